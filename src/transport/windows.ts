import type {HostAccess, OutputSink, RemoteCommand} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {bootTime, type OwnFacts} from './facts.js';
import {newToken, type Reply} from './helper.js';
import {judgeStop} from './run-script.js';
import type {Place} from './session.js';
import type {Stopped} from './stop-group.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';
import {askPowerShell, learnShell} from './windows-ask.js';
import {readWindowsMarker, sendScript, type WindowsProcess} from './windows-script.js';

/**
Runs one PowerShell script on a Windows host and says what is known about it. Rejects only with what `sink` threw.

The host kills nothing when a connection is lost (Win32-OpenSSH issue 1751) and knows no detached jobs: what was not seen
to end is `lost`.
*/
export async function runPowerShell(
	place: Place,
	{encoding}: Pick<HostAccess, 'encoding'>,
	command: RemoteCommand,
	sink: OutputSink,
	cancel: AbortSignal,
	timing: Timing,
): Promise<Outcome> {
	const refusal = whyNotSent(place, command);
	if (refusal !== undefined) {
		return {kind: 'notStarted', reason: refusal};
	}

	const shell = await learnShell(place, timing, {cancel});
	if (typeof shell === 'object') {
		return shell;
	}

	const token = newToken();
	const {line, input} = sendScript({...command, encoding}, token, shell);
	const watch = new Watch(place.name, token, sink, timing.heldOpen);
	const started = await place.start(line, watch, {cancel});
	if (started.kind !== 'started') {
		return started;
	}

	const {session} = started;
	watch.attach(session);
	void session.write(input).then(() => session.end()); // Nothing is ended by the protocol's signals here
	const {timeoutMs} = command;
	await atMost(timeoutMs ?? Number.POSITIVE_INFINITY, watch.ended, cancel);
	if (watch.isOver || watch.ending !== undefined) {
		await watch.ended; // After an exit status only the rest of the output is waited for
		return watch.word?.trim() === '-'
			? {kind: 'notStarted', reason: `What was sent to ${place.name} did not arrive whole.`}
			: watch.outcome();
	}

	await atMost(timing.marker, watch.began);
	const stopped = await stopTree(place, readWindowsMarker(watch.word), timing);
	await atMost(timing.heldOpen + 500, watch.ended);
	session.close();
	const outcome = judgeStop(watch.outcome(), stopped);
	return outcome.kind === 'signaled' && !cancel.aborted && timeoutMs !== undefined
		? {kind: 'timedOut', afterMs: timeoutMs}
		: outcome;
}

function whyNotSent(place: Place, {interpreter, script, variables, secrets}: RemoteCommand): string | undefined {
	if (!/^(?:powershell|pwsh)$/.test(interpreter[0])) {
		return `${place.name} is a Windows host: it runs PowerShell, and the script asks for ${interpreter[0]}.`;
	}

	return [script, ...Object.values(variables), ...Object.values(secrets)].some(text => text.includes('\0'))
		? 'There is a NUL character in the script or its values, which PowerShell takes for its end.'
		: undefined;
}

/** Ends a process and all that it started, on a channel of its own, and looks whether it is gone. */
async function stopTree(place: Place, process: WindowsProcess | undefined, timing: Timing): Promise<Stopped> {
	if (process === undefined) {
		return {noAnswer: 'it had not said yet which process it is'};
	}

	const reply = await askPowerShell(place, {script: stopScript, args: process, urgent: true}, timing);
	switch (reply.kind) {
		case 'notStarted':
			return {noAnswer: reply.reason};
		case 'lost':
			return {noAnswer: reply.evidence};
		case 'replied': {
			const word = reply.out.trim();
			return (
				(['absent', 'SIGKILL', 'alive'] as const).find(known => known === word) ?? {
					noAnswer: `${place.name} did not say whether the command has ended`,
				}
			);
		}
	}
}

/** taskkill says 0 only if it has ended every process of the tree. */
const stopScript = `
$ErrorActionPreference='SilentlyContinue'
$p=Get-Process -Id $id
if(-not $p -or "$($p.StartTime.ToFileTimeUtc())" -ne $started){'absent';exit 0}
taskkill.exe /T /F /PID $id 2>$null|Out-Null
$all=$LASTEXITCODE -eq 0
$tries=0
while((Get-Process -Id $id) -and $tries -lt 20){Start-Sleep -Milliseconds 100;$tries++}
if($all -and -not(Get-Process -Id $id)){'SIGKILL'}else{'alive'}
exit 0
`;

/** What is not said is not known: a user may be refused the query. */
export function askFacts(place: Place, timing: Timing): Promise<Reply> {
	return askPowerShell(place, {script: factsScript, args: {}}, timing);
}

const factsScript = `
$ErrorActionPreference='SilentlyContinue'
$os=Get-CimInstance Win32_OperatingSystem
"name=$(hostname.exe)"
if($os){"version=$($os.Caption) $($os.Version)"}else{"version=Windows $([Environment]::OSVersion.Version)"}
if($os){"uptime=$(((Get-Date)-$os.LastBootUpTime).TotalSeconds)"}
"time=$([DateTime]::UtcNow.ToFileTimeUtc())"
exit 0
`;

/** From 1601 to 1970, in milliseconds. Source: FILETIME counts 100 ns from then. */
const fileTimeEpochMs = 11_644_473_600_000;

/** `sentAt` and `receivedAt` are ours, in milliseconds since 1970: the host's clock was read between them. */
export function readWindowsFacts(printed: string, sentAt: number, receivedAt: number): OwnFacts {
	const said = (name: string) => new RegExp(`^${name}=(.*?)\\s*$`, 'm').exec(printed)?.[1];
	const ticks = Number(said('time') || 'NaN');
	const hostTime = Number.isFinite(ticks) ? ticks / 10_000 - fileTimeEpochMs : null;
	// Some cultures write a comma
	const uptime = Number.parseFloat((said('uptime') ?? '').replace(',', '.'));
	const uptimeSeconds = Number.isFinite(uptime) ? uptime : null;
	return {
		name: said('name') ?? '',
		version: (said('version') ?? '').replace(/^Microsoft /, ''),
		clockSkewMs: hostTime === null ? null : Math.round(hostTime - (sentAt + receivedAt) / 2),
		uptimeSeconds,
		bootId: bootTime(hostTime, uptimeSeconds),
	};
}
