import {type IPty, spawn} from '@lydell/node-pty';
import xterm, {type Terminal as Screen} from '@xterm/headless';
import {pictureOf} from './terminal-picture.js';

/** A program in a terminal of a given size: what it drew, as a person would see it, and keys for it. */
export type TerminalProgram = {
	/** Resolves with the screen once it contains `text`, matches it, or satisfies it; rejects with the last screen. */
	waitFor(text: string | RegExp | ((screen: string) => boolean)): Promise<string>;
	/** Sends keys by name (`Enter`, `Ctrl-c`, `Up`), or text as it is; all of them in one chunk. */
	press(...keys: readonly string[]): void;
	/** As a terminal sends what was pasted, between its brackets. */
	paste(text: string): void;
	/** The rows as text, blanks at their ends cut, joined by LF. */
	screen(): string;
	/** The screen as a picture, with its colours and its caret. */
	svg(): string;
	resize(columns: number, rows: number): void;
	signal(name: NodeJS.Signals): void;
	/** Closes the terminal, as closing its window does. */
	hangUp(): void;
	/** Stops and goes on reading what the program writes, as a stuck terminal would. */
	freeze(): void;
	thaw(): void;
	/** Every character the program has written so far. */
	received(): string;
	/** What the program has done to the terminal itself. */
	modes(): TerminalModes;
	readonly exited: Promise<{readonly status: number; readonly signal: number}>;
	/** Ends the program if it still runs; resolves once it has ended. */
	stop(): Promise<void>;
};

/** Presses a key until it has been heard: for 300 ms after something came up no key confirms. */
export async function insist(
	terminal: Pick<TerminalProgram, 'press' | 'waitFor'>,
	key: string,
	until: Parameters<TerminalProgram['waitFor']>[0],
	everyMs = 200,
): Promise<string> {
	const pressing = setInterval(() => terminal.press(key), everyMs);
	try {
		return await terminal.waitFor(until);
	} finally {
		clearInterval(pressing);
	}
}

type TerminalModes = {
	readonly alternateScreen: boolean;
	readonly cursorVisible: boolean;
	readonly cursor: {readonly column: number; readonly row: number};
	readonly lineWrap: boolean;
	readonly bracketedPaste: boolean;
};

export type TerminalOptions = {
	readonly columns: number;
	readonly rows: number;
	/** Over an environment of `PATH`, `HOME` and `TERM=xterm-256color`; undefined takes a variable away. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
};

const patienceMs = 20_000;

/** Starts `command` (the program and its arguments) in a terminal of its own. */
export function startInTerminal(command: readonly [string, ...string[]], options: TerminalOptions): TerminalProgram {
	const {columns, rows} = options;
	const screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 1000, logLevel: 'off'});
	const [file, ...parameters] = command;
	const pty = spawn(file, parameters, {
		name: options.env?.['TERM'] ?? 'xterm-256color',
		cols: columns,
		rows,
		cwd: options.cwd ?? process.cwd(),
		env: {...environment(), ...options.env},
	});
	const heard: string[] = [];
	const watchers = new Set<() => void>();
	let hasEnded = false;

	// Between these two (DEC mode 2026) a terminal shows the frame before: half a frame is nothing to look at.
	let isDrawing = false;
	screen.parser.registerCsiHandler({prefix: '?', final: 'h'}, parameters => {
		isDrawing ||= parameters.includes(2026);
		return false;
	});
	screen.parser.registerCsiHandler({prefix: '?', final: 'l'}, parameters => {
		isDrawing &&= !parameters.includes(2026);
		return false;
	});
	const lookNow = () => {
		for (const look of isDrawing && !hasEnded ? [] : watchers) {
			look();
		}
	};
	pty.onData(text => {
		heard.push(text);
		screen.write(text, lookNow);
	});
	// What a program asks its terminal (cursor position, device attributes) is answered as xterm would.
	screen.onData(answer => {
		if (!hasEnded) {
			pty.write(answer);
		}
	});
	const exited = new Promise<{status: number; signal: number}>(resolve => {
		pty.onExit(({exitCode, signal}) => {
			hasEnded = true;
			// The last bytes may still be on their way through the emulator.
			screen.write('', () => {
				resolve({status: exitCode, signal: signal ?? 0});
				lookNow();
			});
		});
	});

	return {
		waitFor: wanted =>
			waitFor(
				wanted,
				() => textOf(screen),
				watchers,
				() => isDrawing,
			),
		press: (...keys) => pty.write(keys.map(key => keyBytes(key)).join('')),
		paste: text => pty.write(`\x1b[200~${text}\x1b[201~`),
		screen: () => textOf(screen),
		svg() {
			const {cursor, cursorVisible} = modesOf(screen, heard.join(''));
			return pictureOf(screen, cursorVisible ? cursor : undefined);
		},
		resize(nextColumns, nextRows) {
			screen.resize(nextColumns, nextRows);
			pty.resize(nextColumns, nextRows);
		},
		signal: name => pty.kill(name),
		hangUp() {
			hasEnded = true;
			(pty as IPty & {destroy(): void}).destroy();
		},
		freeze: () => pty.pause(),
		thaw: () => pty.resume(),
		received: () => heard.join(''),
		modes: () => modesOf(screen, heard.join('')),
		exited,
		async stop() {
			if (!hasEnded) {
				pty.resume();
				killHard(pty);
			}
			await exited;
			screen.dispose();
		},
	};
}

function killHard(pty: IPty): void {
	try {
		pty.kill('SIGKILL');
	} catch {
		// It has ended by itself in this very moment.
	}
}

/** `CI` would turn Ink's drawing off, and colours must not depend on who runs the tests. */
function environment(): Record<string, string | undefined> {
	const {PATH, HOME, TMPDIR} = process.env;
	return {PATH, HOME, TMPDIR, TERM: 'xterm-256color', LANG: 'C.UTF-8'};
}

function waitFor(
	wanted: string | RegExp | ((screen: string) => boolean),
	look: () => string,
	watchers: Set<() => void>,
	isDrawing: () => boolean,
): Promise<string> {
	return new Promise((resolve, reject) => {
		const end = () => {
			clearTimeout(limit);
			watchers.delete(check);
		};
		const check = () => {
			const seen = look();
			if (isSatisfied(wanted, seen)) {
				end();
				resolve(seen);
			}
		};
		const limit = setTimeout(() => {
			end();
			reject(new Error(`Waited ${patienceMs} ms for ${String(wanted)}, but the screen shows:\n${look()}`));
		}, patienceMs);
		watchers.add(check);
		if (!isDrawing()) {
			check();
		}
	});
}

function isSatisfied(wanted: string | RegExp | ((screen: string) => boolean), seen: string): boolean {
	if (typeof wanted === 'string') {
		return seen.includes(wanted);
	}
	return typeof wanted === 'function' ? wanted(seen) : wanted.test(seen);
}

function textOf(screen: Screen): string {
	const {active} = screen.buffer;
	const rows = Array.from({length: screen.rows}, (_, row) => active.getLine(active.viewportY + row));
	return rows.map(line => line?.translateToString(true) ?? '').join('\n');
}

function modesOf(screen: Screen, heard: string): TerminalModes {
	const {active} = screen.buffer;
	return {
		alternateScreen: active.type === 'alternate',
		cursorVisible: heard.lastIndexOf('\x1b[?25h') >= heard.lastIndexOf('\x1b[?25l'),
		cursor: {column: active.cursorX, row: active.cursorY},
		lineWrap: screen.modes.wraparoundMode,
		bracketedPaste: screen.modes.bracketedPasteMode,
	};
}

const keys: Readonly<Record<string, string>> = {
	Enter: '\r',
	Esc: '\x1b',
	Tab: '\t',
	'Shift-Tab': '\x1b[Z',
	Up: '\x1b[A',
	Down: '\x1b[B',
	Right: '\x1b[C',
	Left: '\x1b[D',
	Home: '\x1b[H',
	End: '\x1b[F',
	PageUp: '\x1b[5~',
	PageDown: '\x1b[6~',
	Delete: '\x1b[3~',
	Backspace: '\x7f',
};

/** `Ctrl-c` is byte 3; a name of the table is its sequence; anything else is typed as it stands. */
function keyBytes(key: string): string {
	const letter = /^Ctrl-([a-z])$/.exec(key)?.[1];
	return letter === undefined ? (keys[key] ?? key) : String.fromCharCode(letter.charCodeAt(0) - 96);
}
