import {setTimeout as sleep} from 'node:timers/promises';
import type {ReadStream, WriteStream} from 'node:tty';
import {render} from 'ink';
import type {Pace} from '../run/event.js';
import {evolve} from '../run/evolve.js';
import type {RunState} from '../run/state.js';
import {clipboardString} from './copy.js';
import {createHandOver} from './hand-over.js';
import type {Command, Screen} from './model.js';
import {createPerformer} from './perform.js';
import {Screens} from './screens.js';
import {createStore} from './store.js';
import {lineWrapOff} from './terminal-modes.js';
import {themeOf} from './theme.js';
import {firstModel} from './update.js';
import type {Mode, OpenRun, Workbench} from './workbench.js';

export type UiOptions = {
	/** What comes up first. */
	readonly first:
		| {readonly screen: 'home'; readonly mode: Mode}
		| {readonly screen: 'sheet'; readonly file: string; readonly mode: Mode}
		| {readonly screen: 'resume'; readonly runFile: string};
	/** The pace that new runs begin with. */
	readonly pace: Pace;
	readonly glyphs: 'unicode' | 'ascii';
	readonly color: boolean;
	/** Writes only what has changed of a line: less to send, more to compute. For SSH and tmux. */
	readonly incremental: boolean;
	/** Shows a text in a program that has the terminal to itself until it ends. */
	readonly pager: (lines: AsyncIterable<string>) => Promise<void>;
	readonly editor: (file: string, line: number) => Promise<void>;
	/** Does the work; rejects also with an error of this thread that nothing caught. */
	readonly heedingStrays: <T>(work: () => Promise<T>) => Promise<T>;
	readonly stdin: ReadStream;
	readonly stdout: WriteStream;
};

/** How the screens were left, with the terminal as it was before. */
export type UiEnd = {
	/** `interrupted`: Ctrl-C twice, or a signal. */
	readonly how: 'quit' | 'interrupted';
	/** The run that was open last and what had come of it; its handle is closed. */
	readonly run: {readonly open: OpenRun; readonly state: RunState} | undefined;
	/** The file of the run that was open last. */
	readonly runFile: string | undefined;
	/** What ended the run by itself, kept the first screen from opening, or was our mistake; undefined if nothing did. */
	readonly error: unknown;
};

/**
Shows the screens until somebody leaves them. The terminal is given back in every case but SIGKILL.

The run is closed too, also after a mistake of ours. Never ends the process.
*/
export async function runUi(workbench: Workbench, options: UiOptions): Promise<UiEnd> {
	const {stdin, stdout, first} = options;
	const stamp = () => performance.now();
	const handOver = createHandOver();
	let leaving: UiEnd['how'] | undefined;
	let restore = () => {};
	/** Whoever has the terminal meanwhile wants its lines wrapped. */
	const lend = (work: () => Promise<void>) =>
		handOver.lend(async () => {
			restore();
			try {
				await work();
			} finally {
				restore = lineWrapOff(stdout);
			}
		});
	const performer = createPerformer({
		workbench,
		model: () => store.model(),
		send: message => store.send(message),
		leave(how) {
			leaving ??= how;
			instance.unmount();
		},
		stamp,
		terminal: {
			copy(text) {
				const sequence = clipboardString(text);
				stdout.write(sequence ?? '');
				return sequence !== undefined;
			},
			edit: (file, line) => lend(() => options.editor(file, line)),
			page: lines => lend(() => options.pager(lines)),
			suspend: () => lend(suspended),
		},
	});
	const size = {columns: stdout.columns, rows: stdout.rows};
	const mode = first.screen === 'resume' ? 'real' : first.mode;
	const home = firstModel({size, mode, pace: options.pace});
	const store = createStore({...home, screen: firstScreen(first, home.screen)}, performer.perform);
	// Windows consoles scroll when their last cell is written; there the last row stays empty.
	const spareRows = process.platform === 'win32' ? 1 : 0;
	const onInterrupt = () => {
		if (!handOver.isLent) {
			onSignal();
		}
	};
	const onSignal = () => performer.perform({kind: 'leave', how: 'interrupted'}, store.model());
	// Of a terminal that is gone one may hear nothing but that its input has ended, or that nothing can be written.
	// Nobody takes these listeners away: what is written afterwards must not end the program before the run is closed.
	stdin.on('end', onSignal).on('error', onSignal);
	stdout.on('error', onSignal);
	restore = lineWrapOff(stdout);
	const instance = render(
		<Screens store={store} theme={themeOf(options)} stamp={stamp} spareRows={spareRows} handOver={handOver} />,
		{
			stdin,
			stdout,
			alternateScreen: true,
			exitOnCtrlC: false,
			patchConsole: true,
			maxFps: 60,
			incrementalRendering: options.incremental,
			interactive: true,
		},
	);
	process.on('SIGTERM', onSignal).on('SIGHUP', onSignal).on('SIGINT', onInterrupt);
	let mistake: unknown;
	try {
		performer.perform(firstCommand(first), store.model());
		await options.heedingStrays(() => instance.waitUntilExit());
	} catch (error) {
		mistake = error;
		instance.unmount();
	} finally {
		process.off('SIGTERM', onSignal).off('SIGINT', onInterrupt);
		restore();
	}
	const {open, error} = await performer.release();
	const {screen} = store.model();
	const run =
		open !== undefined && screen.kind === 'run' && mistake === undefined
			? {open, state: await Promise.race([caughtUp(open, screen.state), atMost(patienceMs, screen.state)])}
			: undefined;
	try {
		await open?.handle.close();
	} catch (error) {
		mistake ??= error;
	}
	// It may come once more, from the shell: until here it would end the program before the run is closed.
	process.off('SIGHUP', onSignal);
	return {how: leaving ?? 'quit', run, runFile: open?.file, error: mistake ?? error};
}

/**
Stops this program and whoever waits for it in the same process group, as a terminal does on Ctrl-Z where nobody reads
the key. Where no shell could let it go on, the system does not stop it.
*/
async function suspended(): Promise<void> {
	process.kill(0, 'SIGTSTP');
	// Behind this line it goes on, or was never stopped; the signal needs a moment to arrive.
	await sleep(100);
}

/** An engine that does not answer any more keeps nobody here. */
const patienceMs = 3000;

function atMost<T>(ms: number, instead: T): Promise<T> {
	return sleep(ms, instead, {ref: false});
}

/** What has happened by now, also what the screen did not live to see. A run that died has told all it could. */
async function caughtUp({handle}: OpenRun, seen: RunState): Promise<RunState> {
	let state = seen;
	try {
		for (;;) {
			const {events} = await handle.pull({afterSeq: state.lastSeq, output: undefined});
			if (events.length === 0) {
				return state;
			}
			state = events.reduce(evolve, state);
		}
	} catch {
		return state;
	}
}

/** Nothing stands behind what the command line asked for: if it does not open, the screens are left. */
function firstScreen(first: UiOptions['first'], home: Screen): Screen {
	switch (first.screen) {
		case 'home':
			return home;
		case 'sheet':
			return {kind: 'waiting', what: `Reading ${first.file}`, back: undefined};
		case 'resume':
			return {kind: 'waiting', what: 'Opening the run', back: undefined};
	}
}

function firstCommand(first: UiOptions['first']): Command {
	switch (first.screen) {
		case 'home':
			return {kind: 'list-home'};
		case 'sheet':
			return {kind: 'open', file: first.file, mode: first.mode};
		case 'resume':
			return {kind: 'resume', runFile: first.runFile};
	}
}
