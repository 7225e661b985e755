import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program in a terminal, timed. Times are of `performance.now`. */
export type Terminal = {
	/** When the bytes came that completed the first frame of which this holds; also one that is there already. */
	when(isShown: (screen: string) => boolean): Promise<number>;
	/** Sends keys; returns when. */
	press(keys: string): number;
	/** Stops reading what the program writes, as a stuck terminal does. */
	freeze(): void;
	thaw(): void;
	/** What it shows now. */
	screen(): string;
	readonly pid: number;
	/** The program has ended by itself, or was stopped. */
	readonly ended: Promise<void>;
	stop(): Promise<void>;
};

const patienceMs = 60_000;

export function startInTerminal(
	[file = '', ...words]: readonly string[],
	{columns, rows}: {readonly columns: number; readonly rows: number},
): Terminal {
	const screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, logLevel: 'off'});
	const {PATH, HOME, FIELDBOOK_HOME} = process.env;
	const env = {PATH, HOME, FIELDBOOK_HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8'};
	const pty = spawn(file, [...words], {name: 'xterm-256color', cols: columns, rows, env});
	const watchers = new Set<(at: number) => void>();

	// Between these two (DEC mode 2026) a terminal still shows the frame before.
	let isDrawing = false;
	const drawing = (starts: boolean) => (parameters: (number | number[])[]) => {
		isDrawing = parameters.includes(2026) ? starts : isDrawing;
		return false;
	};
	screen.parser.registerCsiHandler({prefix: '?', final: 'h'}, drawing(true));
	screen.parser.registerCsiHandler({prefix: '?', final: 'l'}, drawing(false));
	pty.onData(text => {
		const at = performance.now();
		screen.write(text, () => {
			for (const look of isDrawing ? [] : watchers) {
				look(at);
			}
		});
	});
	// What a program asks its terminal is answered.
	screen.onData(answer => pty.write(answer));
	const ended = new Promise<void>(resolve => {
		pty.onExit(() => resolve());
	});

	return {
		when: isShown =>
			new Promise((resolve, reject) => {
				const look = (at: number) => {
					if (isShown(textOf(screen))) {
						clearTimeout(limit);
						watchers.delete(look);
						resolve(at);
					}
				};
				const limit = setTimeout(() => {
					watchers.delete(look);
					reject(new Error(`Waited ${patienceMs} ms for ${isShown}; the screen shows:\n${textOf(screen)}`));
				}, patienceMs);
				watchers.add(look);
				look(performance.now());
			}),
		press(keys) {
			const at = performance.now();
			pty.write(keys);
			return at;
		},
		screen: () => textOf(screen),
		pid: pty.pid,
		freeze: () => pty.pause(),
		thaw: () => pty.resume(),
		ended,
		async stop() {
			pty.resume();
			pty.kill('SIGKILL');
			await ended;
			screen.dispose();
		},
	};
}

function textOf({buffer: {active}, rows}: xterm.Terminal): string {
	return Array.from({length: rows}, (_, row) => active.getLine(row)?.translateToString(true) ?? '').join('\n');
}
