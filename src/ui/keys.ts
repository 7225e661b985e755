import type {Step} from './model.js';
import type {Stroke} from './stroke.js';
import type {Marks} from './theme.js';

/**
One line of the key table: what the handler, the footer and the help overlay read alike.

The tables are functions of what is looked at, so that a line can say why its key means nothing just now.
*/
export type Key = {
	/** The first one is what footer and help show. */
	readonly strokes: readonly [Stroke, ...Stroke[]];
	/** What it does, in the imperative: `run on esxi1`. */
	readonly does: string;
	/** Why it does nothing now; empty if it works. */
	readonly unless: string;
	/** Movement keys are in the help only. */
	readonly inFooter: boolean;
	/** Ignored right after something came up and when typed ahead: it lets something happen. */
	readonly confirms: boolean;
	readonly press: (at: number) => Step;
};

/** The keys of one pane, screen or modal, most likely next action first. */
export type KeyGroup = {readonly title: string; readonly keys: readonly Key[]};

export function key(
	strokes: Key['strokes'],
	does: string,
	press: Key['press'],
	{unless = '', inFooter = true, confirms = false}: Partial<Pick<Key, 'unless' | 'inFooter' | 'confirms'>> = {},
): Key {
	return {strokes, does, unless, inFooter, confirms, press};
}

/** The line of the table for this stroke; where two groups claim it, the first one that can do something has it. */
export function keyFor(groups: readonly KeyGroup[], stroke: Stroke): Key | undefined {
	const claiming = groups.flatMap(({keys}) => keys).filter(({strokes}) => strokes.includes(stroke));
	return claiming.find(({unless}) => unless === '') ?? claiming[0];
}

/** Up, down, top and end of a list of `count` rows. */
export function moveKeys(chosen: number, count: number, move: (to: number) => Step): readonly Key[] {
	return [
		key(['down', 'j'], 'down', () => move(chosen + 1), {inFooter: false}),
		key(['up', 'k'], 'up', () => move(chosen - 1), {inFooter: false}),
		key(['page-down', 'ctrl-d'], 'ten down', () => move(chosen + 10), {inFooter: false}),
		key(['page-up', 'ctrl-u'], 'ten up', () => move(chosen - 10), {inFooter: false}),
		key(['home', 'g'], 'to the top', () => move(0), {inFooter: false}),
		key(['end', 'G'], 'to the end', () => move(count - 1), {inFooter: false}),
	];
}

/** How a key is written on the screen: `↵`, `^W`, `q`. */
export function strokeName(stroke: Stroke, marks: Marks): string {
	const names: Readonly<Record<string, string>> = {
		...marks.keys,
		'shift-tab': `shift-${marks.keys.tab}`,
		' ': 'space',
		home: 'Home',
		end: 'End',
		'page-up': 'PgUp',
		'page-down': 'PgDn',
	};
	const letter = /^ctrl-(.)$/.exec(stroke)?.[1];
	return letter === undefined ? (names[stroke] ?? stroke) : `^${letter.toUpperCase()}`;
}
