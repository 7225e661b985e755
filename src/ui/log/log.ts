import type {Found, Hit} from '../../engine/handle.js';
import type {OutputKey} from '../../engine/ports.js';
import {textOf as textOfLine} from '../../text/output-line.js';
import {bodySize} from '../frame.js';
import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import {act, type Model, type Step, stay} from '../model.js';
import type {RunScreen} from '../run/run-screen.js';
import {emptyField, type TextField, textOf} from '../text-field.js';
import type {LogWindow} from './lines.js';

/** What is looked at of all that hosts have sent in this run: lines that have a text, and one of them in its place. */
export type LogView = {
	readonly field: TextField;
	readonly isTyping: boolean;
	/** What was looked for last; empty: nothing yet. */
	readonly sought: string;
	/** Undefined while it is looked for. */
	readonly found: Found | undefined;
	/** The row of `found`. */
	readonly chosen: number;
	readonly reading: Reading | undefined;
};

/** Some output, read from any place on. */
export type Reading = {
	readonly key: OutputKey;
	/** Undefined until it has come. */
	readonly window: LogWindow | undefined;
	/** The first line in view, counted in `window`. */
	readonly top: number;
	/** The line that was looked for, by its offset. */
	readonly marked: number | undefined;
};

/** What of a window is to be in view: the line at this byte, or the last ones. */
export type Show = number | 'end';

/** How much is read at a time: some thousand lines. */
export const WINDOW_BYTES = 256 * 1024;

/** Lines over the one that was looked for. */
const LINES_BEFORE = 3;

const fresh: LogView = {
	field: emptyField,
	isTyping: true,
	sought: '',
	found: undefined,
	chosen: 0,
	reading: undefined,
};

/** Opens the search; what was looked for last stands there. */
export function openSearch(model: Model, screen: RunScreen): Step {
	const before = screen.log;
	return put(model, screen, before === undefined ? fresh : {...before, isTyping: true, reading: undefined});
}

/** Opens one stretch to be read from its beginning. */
export function openReading(model: Model, screen: RunScreen, stretch: OutputKey): Step {
	const log: LogView = {...fresh, isTyping: false, reading: unread(stretch, undefined)};
	return act({...model, screen: {...screen, log}}, readFrom(stretch, 0, true, 0));
}

/** What Esc leads to from here: the lines that were found, else the run. */
export function logBehind(log: LogView): LogView | undefined {
	const isBehindHits = log.reading !== undefined && log.sought !== '';
	return isBehindHits ? {...log, reading: undefined} : undefined;
}

/** The lines came in which a text was looked for. An answer that is no longer asked for is dropped. */
export function withFound(log: LogView, text: string, found: Found): LogView {
	return log.sought === text ? {...log, found, chosen: Math.max(0, found.hits.length - 1)} : log;
}

/** The window came, of which `rows` lines are seen. */
export function withWindow(log: LogView, of: OutputKey, window: LogWindow, show: Show, rows: number): LogView {
	const {reading} = log;
	if (reading === undefined || JSON.stringify(reading.key) !== JSON.stringify(of)) {
		return log;
	}

	const last = Math.max(0, window.lines.length - rows);
	const index = show === 'end' ? last : window.lines.findIndex(({offset}) => offset >= show);
	const line = index < 0 ? last : index;
	const before = reading.window === undefined && reading.marked !== undefined ? LINES_BEFORE : 0;
	return {...log, reading: {...reading, window, top: Math.max(0, line - before)}};
}

/** Keys of the log: of what is typed, found or read. */
export function logKeys(model: Model, screen: RunScreen, log: LogView): readonly KeyGroup[] {
	const type = key(['/'], 'search', () => put(model, screen, {...log, isTyping: true, reading: undefined}));
	if (log.isTyping) {
		return [typingKeys(model, screen, log)];
	}

	return log.reading === undefined
		? [foundKeys(model, screen, log, type)]
		: [readingKeys(model, screen, log, log.reading, type)];
}

function typingKeys(model: Model, screen: RunScreen, log: LogView): KeyGroup {
	const text = textOf(log.field);
	return {
		title: 'Search',
		keys: [
			key(
				['enter'],
				'search all output of this run',
				() =>
					act(
						{...model, screen: {...screen, log: {...log, isTyping: false, sought: text, found: undefined, chosen: 0}}},
						{kind: 'search', text},
					),
				{unless: text === '' ? 'nothing is typed' : ''},
			),
			key(['down'], 'to what was found', () => put(model, screen, {...log, isTyping: false}), {
				unless: log.found === undefined ? 'nothing was looked for' : '',
				inFooter: false,
			}),
		],
	};
}

function foundKeys(model: Model, screen: RunScreen, log: LogView, type: Key): KeyGroup {
	const hits = log.found?.hits ?? [];
	const hit = hits[log.chosen];
	const unless = hit === undefined ? 'nothing is found' : '';
	const move = (to: number) => put(model, screen, {...log, chosen: Math.max(0, Math.min(hits.length - 1, to))});
	return {
		title: 'What was found',
		keys: [
			key(['enter'], 'read around it', () => (hit === undefined ? stay(model) : readHit(model, screen, log, hit)), {
				unless,
			}),
			type,
			key(['y'], 'copy the line', () => act(model, {kind: 'copy', text: hit?.line ?? ''}), {unless}),
			...moveKeys(log.chosen, hits.length, move),
		],
	};
}

function readingKeys(model: Model, screen: RunScreen, log: LogView, reading: Reading, type: Key): KeyGroup {
	const rows = readingRows(model);
	const {window, top} = reading;
	const count = window?.lines.length ?? 0;
	const scroll = (to: number): Step => scrolled(model, screen, log, reading, to, rows);
	const hits = log.found?.hits ?? [];
	const turn = (by: 1 | -1) => (): Step => {
		const chosen = log.chosen + by;
		const hit = hits[chosen];
		return hit === undefined ? stay(model) : readHit(model, screen, {...log, chosen}, hit);
	};
	const isLast = log.chosen >= hits.length - 1;
	const shown = window?.lines.slice(top, top + rows).map(({line}) => textOfLine(line)) ?? [];
	return {
		title: 'Whole output',
		keys: [
			key(['n'], 'next', turn(1), {
				unless: hits.length === 0 ? 'nothing was looked for' : isLast ? 'this is the last one' : '',
			}),
			key(['N'], 'one before', turn(-1), {
				unless: hits.length === 0 ? 'nothing was looked for' : log.chosen === 0 ? 'this is the first one' : '',
			}),
			type,
			...displayKeys(model, screen),
			key(['o'], 'pager', () => act(model, {kind: 'page', key: reading.key})),
			key(['y'], 'copy what is seen', () => act(model, {kind: 'copy', text: shown.join('\n')})),
			key(['down', 'j', 'enter'], 'a line down', () => scroll(top + 1), {inFooter: false}),
			key(['up', 'k'], 'a line up', () => scroll(top - 1), {inFooter: false}),
			key(['page-down', 'ctrl-d', ' '], 'a page down', () => scroll(top + rows), {inFooter: false}),
			key(['page-up', 'ctrl-u'], 'a page up', () => scroll(top - rows), {inFooter: false}),
			key(['g', 'home'], 'to the oldest line', () => jump(model, screen, log, reading, 'start'), {inFooter: false}),
			key(
				['G', 'end'],
				'to the newest line',
				() =>
					window !== undefined && window.end >= window.total
						? scroll(count - rows)
						: jump(model, screen, log, reading, 'end'),
				{inFooter: false},
			),
		],
	};
}

/** How lines of output are drawn, wherever they are. */
export function displayKeys(model: Model, screen: RunScreen): readonly Key[] {
	return [
		key(['t'], screen.showsTimes ? 'without times' : 'with times', () =>
			stay({...model, screen: {...screen, showsTimes: !screen.showsTimes}}),
		),
		key(['w'], screen.wraps ? 'cut long lines' : 'wrap long lines', () =>
			stay({...model, screen: {...screen, wraps: !screen.wraps}}),
		),
	];
}

/** Rows for lines: one is the title's. */
export function readingRows({size}: Model): number {
	return Math.max(1, bodySize(size).rows - 1);
}

function readHit(model: Model, screen: RunScreen, log: LogView, {key: of, offset}: Hit): Step {
	const next = {
		...log,
		chosen: Math.max(0, log.found?.hits.findIndex(hit => hit.key === of && hit.offset === offset) ?? 0),
	};
	const {window} = log.reading ?? {};
	const isThere = log.reading?.key === of && window !== undefined && window.start <= offset && offset < window.end;
	if (isThere) {
		const line = window.lines.findIndex(other => other.offset >= offset);
		return put(model, screen, {
			...next,
			reading: {key: of, window, top: Math.max(0, line - LINES_BEFORE), marked: offset},
		});
	}

	const start = Math.max(0, offset - WINDOW_BYTES / 4);
	return act(
		{...model, screen: {...screen, log: {...next, reading: unread(of, offset)}}},
		readFrom(of, start, start === 0, offset),
	);
}

/** Within the window; over its edge another one is read. */
function scrolled(model: Model, screen: RunScreen, log: LogView, reading: Reading, to: number, rows: number): Step {
	const {window, key: of} = reading;
	if (window === undefined) {
		return stay(model);
	}

	const last = Math.max(0, window.lines.length - rows);
	const top = Math.max(0, Math.min(last, to));
	const moved = {...model, screen: {...screen, log: {...log, reading: {...reading, top}}}};
	const shown = window.lines[Math.max(0, Math.min(window.lines.length - 1, to))]?.offset ?? window.start;
	if (to > last && window.end < window.total) {
		// A window that is full ends within a line, which the next one has whole.
		const start = window.lines.length > rows ? shown : window.end;
		return act(moved, readFrom(of, start, true, shown));
	}

	return to < 0 && window.start > 0
		? act(moved, readFrom(of, Math.max(0, window.start - WINDOW_BYTES / 2), false, window.start))
		: stay(moved);
}

function jump(model: Model, screen: RunScreen, log: LogView, reading: Reading, to: 'start' | 'end'): Step {
	const total = reading.window?.total ?? 0;
	const start = to === 'start' ? 0 : Math.max(0, total - WINDOW_BYTES / 2);
	return act(
		{...model, screen: {...screen, log: {...log, reading}}},
		readFrom(reading.key, start, start === 0, to === 'start' ? 0 : to),
	);
}

function unread(of: OutputKey, marked: number | undefined): Reading {
	return {key: of, window: undefined, top: 0, marked};
}

function readFrom(of: OutputKey, start: number, isAligned: boolean, show: Show) {
	return {kind: 'read-log', key: of, start, isAligned, show} as const;
}

function put(model: Model, screen: RunScreen, log: LogView): Step {
	return stay({...model, screen: {...screen, log}});
}
