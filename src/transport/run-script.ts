import {createHash} from 'node:crypto';
import type {OutputSink, RemoteCommand} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {ask, newToken} from './helper.js';
import {haveNul, isShell, readMarker, type ScriptPlace, scriptLine, secretLines} from './posix.js';
import type {Place, Session} from './session.js';
import {sha256Function} from './sha256.js';
import {type Stopped, stopGroup} from './stop-group.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';

/** Runs one script at a place and says what is known about it. Rejects only with what `sink` threw. */
export async function runScript(
	place: Place,
	command: RemoteCommand,
	sink: OutputSink,
	cancel: AbortSignal,
	timing: Timing,
): Promise<Outcome> {
	if (haveNul([command.script, ...Object.values(command.variables), ...Object.values(command.secrets)])) {
		return {
			kind: 'notStarted',
			reason: 'There is a NUL character in the script or its values, which no shell can carry.',
		};
	}

	const script = {kind: 'text', text: command.script} as const;
	return isShell(command.interpreter) && place.fits(scriptLine(command, newToken(), script, place.shell))
		? runLine(place, command, script, sink, cancel, timing)
		: runFile(place, command, sink, cancel, timing);
}

/** The script as a file, because it is long or its interpreter wants one. Nothing runs before the file is known to be whole. */
async function runFile(
	place: Place,
	command: RemoteCommand,
	sink: OutputSink,
	cancel: AbortSignal,
	timing: Timing,
): Promise<Outcome> {
	const bytes = Buffer.from(command.script);
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	const name = newToken().replace(':', '-');
	const uploaded = await ask(place, {script: uploadScript, args: [name, sha256], input: bytes, cancel}, timing);
	if (uploaded.kind !== 'replied') {
		// Nothing has run, whatever became of the file
		return uploaded.kind === 'lost' ? {kind: 'notStarted', reason: uploaded.evidence} : uploaded;
	}

	const folder = uploaded.out.trim();
	if (uploaded.code !== 0 || folder === '') {
		return {kind: 'notStarted', reason: `The script could not be put on ${place.name}: ${uploaded.err.trim()}`};
	}

	const script = {kind: 'file', path: `${folder}/script`} as const;
	const outcome: Outcome = place.fits(scriptLine(command, newToken(), script, place.shell))
		? await runLine(place, command, script, sink, cancel, timing)
		: {kind: 'notStarted', reason: 'The values of this step are too long together for a command line.'};
	if (outcome.kind !== 'lost') {
		// A script that may still be running keeps its file
		await ask(place, {script: 'rm -rf "$1"', args: [folder]}, timing);
	}

	return outcome;
}

/** `$1` is the folder's name, `$2` the hash. A cut connection leaves a shorter file, which the hash gives away. */
const uploadScript = `
${sha256Function}
umask 077
for base in "\${TMPDIR:-/tmp}" /tmp "$HOME"; do
	folder=$base/$1
	mkdir "$folder" 2>/dev/null && break
	folder=
done
[ "$folder" ] || { echo "no folder could be made in /tmp" >&2; exit 1; }
cat >"$folder/script" || { rm -rf "$folder"; exit 1; }
[ "$(sha256 "$folder/script")" = "$2" ] || { rm -rf "$folder"; echo "it did not arrive whole" >&2; exit 1; }
printf '%s\\n' "$folder"
`;

async function runLine(
	place: Place,
	command: RemoteCommand,
	script: ScriptPlace,
	sink: OutputSink,
	cancel: AbortSignal,
	timing: Timing,
): Promise<Outcome> {
	const token = newToken();
	const watch = new Watch(place.name, token, sink, timing.heldOpen);
	const started = await place.start(scriptLine(command, token, script, place.shell), watch, {cancel});
	if (started.kind !== 'started') {
		return started;
	}

	const {session} = started;
	watch.attach(session);
	const secrets = secretLines(command.secrets);
	if (secrets.length > 0) {
		void session.write(secrets);
	}

	const {timeoutMs} = command;
	await atMost(timeoutMs ?? Number.POSITIVE_INFINITY, watch.ended, cancel);
	if (watch.isOver || watch.ending !== undefined) {
		await watch.ended; // After an exit status only the rest of the output is waited for
		learnShell(place, watch);
		return missingInterpreter(watch, place, command.interpreter) ?? watch.outcome();
	}

	const outcome = await endScript(place, session, watch, timing);
	return outcome.kind === 'signaled' && !cancel.aborted && timeoutMs !== undefined
		? {kind: 'timedOut', afterMs: timeoutMs}
		: outcome;
}

function missingInterpreter(watch: Watch, place: Place, interpreter: readonly string[]): Outcome | undefined {
	return watch.word === '-'
		? {kind: 'notStarted', reason: `${place.name} has no ${interpreter.join(' ')}, which the script asks for.`}
		: undefined;
}

/** A shell that did not come to the script, though it was thought to read POSIX sh, gets the careful form next time. */
function learnShell(place: Place, watch: Watch): void {
	place.shell.isPosix = watch.word === undefined ? false : place.shell.isPosix || readMarker(watch.word).shell.isPosix;
}

/** Ends a script that has not ended by itself. `signaled` says that we did it and the host confirmed it. */
async function endScript(place: Place, session: Session, watch: Watch, timing: Timing): Promise<Outcome> {
	await atMost(timing.marker, watch.began);
	const stopped = await stopWhatBegan(place, session, watch.word, timing);
	if (typeof stopped === 'object') {
		await signalInstead(session, watch);
	} else {
		await atMost(timing.heldOpen + 500, watch.ended);
	}

	session.close();
	return judgeStop(watch.outcome(), stopped);
}

async function stopWhatBegan(
	place: Place,
	{group}: Session,
	marker: string | undefined,
	timing: Timing,
): Promise<Stopped> {
	return marker === undefined
		? {noAnswer: 'it had not said yet which process it is'}
		: stopGroup(place, group ?? readMarker(marker).processId, timing);
}

/** What came of a command that we ended. */
export function judgeStop(outcome: Outcome, stopped: Stopped): Outcome {
	if (stopped === 'SIGTERM' || stopped === 'SIGKILL') {
		// A script that catches the signal may end with any status: it was cut short all the same
		return outcome.kind === 'signaled' ? outcome : {kind: 'signaled', signal: stopped};
	}

	if (outcome.kind !== 'lost') {
		return outcome; // It ended while we were about to end it, or by the protocol's signal
	}

	return {kind: 'lost', evidence: `We tried to end it, but its end is not confirmed: ${whyNot(stopped)}.`};
}

function whyNot(stopped: Exclude<Stopped, 'SIGTERM' | 'SIGKILL'>): string {
	switch (stopped) {
		case 'alive':
			return 'its processes are still there after SIGKILL';
		case 'absent':
			return 'its processes are gone, but no exit status came';
		default:
			return stopped.noAnswer.replace(/\.$/, '');
	}
}

/** Where a second channel cannot be had: what the protocol offers. Processes of root on an older host do not obey. */
async function signalInstead(session: Session, watch: Watch): Promise<void> {
	for (const name of ['TERM', 'KILL']) {
		if (!watch.isOver) {
			session.signal(name);
			await atMost(2000, watch.ended);
		}
	}
}
