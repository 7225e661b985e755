import type {Outcome} from '../run/outcome.js';
import {withoutClixml} from '../text/clixml.js';
import {collect, newToken, type Reply} from './helper.js';
import type {Place, StartOptions} from './session.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';
import {powershellHelperLine, shellProbe, shellThatSaid, type WindowsShell} from './windows-script.js';

/** A PowerShell script of ours: `args` are its variables, `input` its standard input to the end. */
export type PowerShellHelper = StartOptions & {
	readonly script: string;
	readonly args: Readonly<Record<string, string>>;
	readonly input?: Uint8Array;
	/** How long to wait for all of it; undefined: as `ask` does. */
	readonly timeoutMs?: number | undefined;
};

/** Runs a small script of ours on a Windows host and collects what it prints, as `ask` does elsewhere. */
export async function askPowerShell(place: Place, helper: PowerShellHelper, timing: Timing): Promise<Reply> {
	if (Object.values(helper.args).some(value => value.includes('\0'))) {
		return {kind: 'notStarted', reason: 'There is a NUL character in it, which no command can carry.'};
	}

	const shell = await learnShell(place, timing, helper);
	if (typeof shell === 'object') {
		return shell;
	}

	const token = newToken();
	const line = powershellHelperLine(helper.script, helper.args, token, shell);
	if (line === undefined) {
		return {kind: 'notStarted', reason: `It is too long for a command line of ${place.name}.`};
	}

	const reply = await collect(place, line, token, helper, timing);
	return reply.kind === 'replied' ? {...reply, err: withoutClixml(reply.err)} : reply;
}

/** Which shell reads our lines; or why the host could not be asked. One that answers otherwise is taken for cmd.exe. */
export async function learnShell(
	place: Place,
	timing: Timing,
	how: StartOptions,
): Promise<WindowsShell | Extract<Outcome, {readonly kind: 'notStarted'}>> {
	const {shell} = place;
	if (shell.windows === undefined) {
		const token = newToken();
		const watch = new Watch(place.name, token, () => {}, timing.heldOpen);
		const started = await place.start(shellProbe(token), watch, how);
		if (started.kind !== 'started') {
			// Nothing of the caller's was sent, whatever became of the question
			return started.kind === 'lost' ? {kind: 'notStarted', reason: started.evidence} : started;
		}

		watch.attach(started.session);
		started.session.end();
		await atMost(timing.helper, watch.ended, how.cancel);
		shell.windows = watch.word === undefined ? undefined : shellThatSaid(watch.word);
	}

	return shell.windows ?? 'cmd';
}
