import {graphemesOf, widthOf} from '../../src/text/width.js';
import {frameOf, type Pane} from '../../src/ui/frame.js';
import {paint} from '../../src/ui/line.js';
import {linesOf} from '../../src/ui/log/lines.js';
import {WINDOW_BYTES} from '../../src/ui/log/log.js';
import type {Message} from '../../src/ui/message.js';
import type {Command, Model, Size} from '../../src/ui/model.js';
import {wantOf} from '../../src/ui/run/run-screen.js';
import {SightReader} from '../../src/ui/run/watch.js';
import type {Stroke} from '../../src/ui/stroke.js';
import {type Theme, themeOf} from '../../src/ui/theme.js';
import {firstModel, update} from '../../src/ui/update.js';
import type {Mode, OpenRun, Workbench} from '../../src/ui/workbench.js';
import type {FakeRun} from './fake-run.js';

/**
Somebody at the screens without a terminal: presses keys, waits until the run has nothing more to do, reads the rows.

The clock stands still unless it is moved, so that what depends on time is exact.
*/
export type Desk = {
	/** One key after another, each a second after the last; then everything that follows from them. */
	press(...strokes: readonly Stroke[]): Promise<void>;
	/** At this time, and as part of a larger chunk or not. */
	pressAt(stroke: Stroke, at: number, isAlone?: boolean): Promise<void>;
	send(message: Message): Promise<void>;
	/** Lets the run go on and looks at it. */
	look(): Promise<void>;
	model(): Model;
	/** The rows of the terminal, blanks at their ends cut. */
	screen(): string;
	frame(): ReturnType<typeof frameOf>;
	resize(size: Size): Promise<void>;
	readonly left: () => 'quit' | 'interrupted' | undefined;
	readonly clock: () => number;
	/** What was copied, oldest first. */
	readonly clipboard: readonly string[];
};

export type DeskOptions = {
	readonly size?: Size;
	readonly mode?: Mode;
	readonly theme?: Theme;
};

const plainTheme = themeOf({color: false, glyphs: 'unicode'});

export async function deskAt(
	workbench: Workbench,
	first: Command,
	run: () => FakeRun | undefined,
	{size = {columns: 100, rows: 30}, mode = 'real', theme = plainTheme}: DeskOptions = {},
): Promise<Desk> {
	let model = firstModel({size, mode, pace: 'step'});
	let clock = 1000;
	let left: 'quit' | 'interrupted' | undefined;
	let begun: OpenRun | undefined;
	let reader: {readonly open: FakeRun; readonly sights: SightReader} | undefined;
	const clipboard: string[] = [];

	const send = async (message: Message): Promise<void> => {
		const step = update(model, message);
		model = step.model;
		for (const command of step.commands) {
			await perform(command);
		}
	};

	const perform = async (command: Command): Promise<void> => {
		switch (command.kind) {
			case 'list-home':
				return workbench.home(listing => send({kind: 'listed', listing}));
			case 'open':
				return workbench.open(command.file).then(
					opened => send({kind: 'opened', opened, mode: command.mode}),
					(error: Error) => send({kind: 'failed', title: 'That file cannot be opened', text: error.message, at: clock}),
				);
			case 'start':
				begun = await command.sheet.opened.start(command.sheet);
				return send({kind: 'began', open: begun});
			case 'resume': {
				const edited = await workbench.edited(command.runFile);
				if (edited?.kind === 'asked') {
					return send({kind: 'edited', edited, at: clock});
				}
				const open = await workbench.resume(command.runFile);
				return send({kind: 'began', open, ...(edited === undefined ? {} : {words: edited.words})});
			}
			case 'go-on':
				return send({kind: 'began', open: await command.open()});
			case 'review':
				return send({kind: 'began', open: await workbench.review(command.runFile)});
			case 'close-run':
				await (command.isVain ? begun?.discard?.() : undefined);
				return undefined;
			case 'write-site':
				await command.sheet.opened.writeSite(command.sheet.edits);
				return send({kind: 'site-written', sheet: command.sheet});
			case 'request': {
				const answer = await run()?.handle.request(command.request);
				return answer === undefined ? undefined : send({kind: 'answered', request: command.request, answer});
			}
			case 'tell':
				await run()?.handle.tell(command.prompt, command.value?.reveal());
				return undefined;
			case 'pull':
				return undefined;
			case 'search': {
				const found = await run()?.handle.search({text: command.text, limit: 1000});
				return found === undefined ? undefined : send({kind: 'found', text: command.text, found});
			}
			case 'read-log': {
				const {key, start, isAligned, show} = command;
				const output = await run()?.handle.read({key, start, maxBytes: WINDOW_BYTES});
				return output === undefined
					? undefined
					: send({kind: 'log-read', key, window: linesOf(output, 'utf-8', isAligned || output.start > start), show});
			}
			case 'edit':
				return workbench.open(command.open).then(opened => send({kind: 'opened', opened, mode: command.mode}));
			case 'copy':
				clipboard.push(command.text);
				return send({kind: 'copied', text: command.text, isTooLong: false});
			case 'page':
				return undefined;
			case 'attach': {
				const {request, path} = command;
				const file = {name: path, bytes: Buffer.from('what the file holds')};
				const answer = await run()?.handle.request({...request, text: '', file});
				return answer === undefined ? undefined : send({kind: 'answered', request, answer});
			}
			case 'report': {
				const file = run()?.file;
				return file === undefined ? undefined : send({kind: 'reported', report: await workbench.report(file)});
			}
			case 'suspend':
				return undefined;
			case 'leave':
				left = command.how;
				return undefined;
			case 'leave-when-ended':
				await run()?.handle.ended;
				left = 'quit';
		}
	};

	const look = async (): Promise<void> => {
		const open = run();
		for (let quiet = 0; open !== undefined && quiet < 3; ) {
			await new Promise(resolve => setImmediate(resolve));
			const {screen} = model;
			if (screen.kind !== 'run') {
				return;
			}
			const want = wantOf(screen);
			if (reader?.open !== open) {
				reader = {open, sights: new SightReader(open)};
			}
			const before = model;
			const sight = {...(await reader.sights.look(want)), at: 0};
			const {pulled} = sight;
			await send({kind: 'saw', sight, stamp: clock});
			quiet =
				pulled.events.length === 0 && JSON.stringify(wantOf(screen)) === JSON.stringify(wantNow(before))
					? quiet + 1
					: 0;
		}
	};

	const wantNow = ({screen}: Model) => (screen.kind === 'run' ? wantOf(screen) : undefined);

	await perform(first);
	await look();
	clock += 1000;

	const desk: Desk = {
		async press(...strokes) {
			for (const stroke of strokes) {
				clock += 1000;
				await desk.pressAt(stroke, clock);
			}
		},
		async pressAt(stroke, at, isAlone = true) {
			await send({kind: 'key', stroke, at, isAlone});
			await look();
		},
		send,
		look,
		clipboard,
		model: () => model,
		frame: () => frameOf(model, theme),
		screen: () => textOfPanes(frameOf(model, theme).panes, model.size),
		async resize(next) {
			await send({kind: 'resized', size: next});
		},
		left: () => left,
		clock: () => clock,
	};
	return desk;
}

/** What a terminal would show of the panes, the later ones over the earlier. Throws if one leaves the terminal. */
export function textOfPanes(panes: readonly Pane[], {columns, rows}: Size): string {
	const grid = Array.from({length: rows}, () => Array.from({length: columns}, () => ' '));
	for (const {at, lines, painted, theme, columns: width} of panes) {
		const texts = [...lines.map(line => paint([line], theme)), ...(painted ?? [])].map(withoutLooks);
		for (const [offset, text] of texts.entries()) {
			if (at.y + offset >= rows || widthOf(text) > width || at.x + width > columns) {
				throw new Error(`Row ${at.y + offset} leaves the terminal of ${columns}x${rows}: ${JSON.stringify(text)}`);
			}
			put(grid[at.y + offset], at.x, text);
		}
	}
	return grid.map(row => row.join('').trimEnd()).join('\n');
}

function put(row: string[] | undefined, from: number, text: string): void {
	let column = from;
	for (const grapheme of graphemesOf(text)) {
		const width = widthOf(grapheme);
		row?.splice(column, width, grapheme, ...Array.from({length: width - 1}, () => ''));
		column += width;
	}
}

/** The text alone. */
export function withoutLooks(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: these are our own looks, taken out to read the text
	return text.replace(/\x1b\[[\d;]*m/g, '');
}
