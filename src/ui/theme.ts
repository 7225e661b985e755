import {type Glyph, glyphs} from '../view/status.js';

/**
How the words of a screen look, and the marks that screens draw with.

Sixteen colours, so that the terminal's own theme decides how they look; colour never says anything alone. Resolved once,
at the start, and handed in: nothing here reads the environment.
*/
export type Theme = {
	readonly marks: Marks;
	/** The signs of states. */
	readonly glyphs: Readonly<Record<Glyph, string>>;
	/** SGR parameters that open and close the role; empty where it looks like any text. */
	readonly roles: Readonly<Record<Role, Look>>;
	/** The same theme for what lies behind a modal. */
	readonly faded: Theme;
	/** Whether output keeps the colours that its host gave it. */
	readonly colored: boolean;
};

/** What a stretch of text is, not how it looks. */
export type Role =
	| 'plain'
	| 'strong'
	| 'quiet'
	| 'focus'
	| 'pointer'
	| 'good'
	| 'bad'
	| 'doubt'
	| 'busy'
	| 'chosen'
	| 'badge'
	| 'input'
	| 'code'
	| 'key';

type Look = {readonly open: string; readonly close: string};

export type Marks = {
	readonly rule: string;
	readonly heavyRule: string;
	readonly divider: string;
	/** Where a rule leaves the divider to the right. */
	readonly tee: string;
	readonly corners: {
		readonly topLeft: string;
		readonly topRight: string;
		readonly bottomLeft: string;
		readonly bottomRight: string;
	};
	/** In front of the chosen row. */
	readonly pointer: string;
	readonly host: string;
	/** One that is not reached, or does not let us in. */
	readonly noHost: string;
	readonly more: string;
	/** Behind a phase that is folded. */
	readonly shut: string;
	readonly cut: string;
	/** Of a strip: a host was heard, was silent, or nothing is known. */
	readonly strip: Readonly<Record<'heard' | 'silent' | 'unknown', string>>;
	readonly bullet: string;
	/** What stands for typographic characters of our own words; each is one cell wide, as they are. */
	readonly letters: Readonly<Record<string, string>>;
	readonly keys: Readonly<Record<'enter' | 'backspace' | 'tab' | 'up' | 'down' | 'left' | 'right', string>>;
};

const unicodeMarks: Marks = {
	rule: '─',
	heavyRule: '━',
	divider: '│',
	tee: '├',
	corners: {topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯'},
	pointer: '▌',
	host: '●',
	noHost: '○',
	more: '▼',
	shut: '›',
	cut: '…',
	strip: {heard: '▇', silent: '▁', unknown: '·'},
	bullet: '•',
	letters: {},
	keys: {enter: '↵', backspace: '⌫', tab: '⇥', up: '↑', down: '↓', left: '←', right: '→'},
};

const asciiMarks: Marks = {
	rule: '-',
	heavyRule: '=',
	divider: '|',
	tee: '+',
	corners: {topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+'},
	pointer: '>',
	host: '*',
	noHost: 'o',
	more: 'v',
	shut: '>',
	cut: '~',
	strip: {heard: '#', silent: '_', unknown: '.'},
	bullet: '*',
	letters: {'…': '~', '·': '-', '•': '*'},
	keys: {enter: 'Enter', backspace: 'Backspace', tab: 'Tab', up: 'Up', down: 'Down', left: 'Left', right: 'Right'},
};

export function marksOf(glyphs: 'unicode' | 'ascii'): Marks {
	return glyphs === 'unicode' ? unicodeMarks : asciiMarks;
}

const nothing: Look = {open: '', close: ''};
const bold: Look = {open: '\x1b[1m', close: '\x1b[22m'};
const dim: Look = {open: '\x1b[2m', close: '\x1b[22m'};
const inverse: Look = {open: '\x1b[7m', close: '\x1b[27m'};
const underlined: Look = {open: '\x1b[4m', close: '\x1b[24m'};

const both = (one: Look, other: Look): Look => ({open: one.open + other.open, close: other.close + one.close});
const color = (code: number): Look => ({open: `\x1b[${code}m`, close: '\x1b[39m'});

const coloredRoles: Theme['roles'] = {
	plain: nothing,
	strong: bold,
	quiet: dim,
	focus: both(bold, color(36)),
	pointer: both(bold, color(36)),
	good: color(32),
	bad: color(31),
	doubt: color(33),
	busy: color(36),
	chosen: inverse,
	badge: both(inverse, color(33)),
	input: underlined,
	code: nothing,
	key: color(36),
};

/** Still tells everything apart that must be: by weight, inversion and underlining. */
const plainRoles: Theme['roles'] = {
	plain: nothing,
	strong: bold,
	quiet: dim,
	focus: both(bold, underlined),
	pointer: bold,
	good: nothing,
	bad: bold,
	doubt: bold,
	busy: bold,
	chosen: inverse,
	badge: inverse,
	input: underlined,
	code: nothing,
	key: bold,
};

const fadedRoles: Theme['roles'] = {
	plain: dim,
	strong: dim,
	quiet: dim,
	focus: dim,
	pointer: dim,
	good: dim,
	bad: dim,
	doubt: dim,
	busy: dim,
	chosen: dim,
	badge: dim,
	input: dim,
	code: dim,
	key: dim,
};

export function themeOf(look: {readonly color: boolean; readonly glyphs: 'unicode' | 'ascii'}): Theme {
	const marks = marksOf(look.glyphs);
	// Nothing lies behind what is faded already, so that it fades to itself.
	const states = glyphs[look.glyphs];
	const faded: Theme = {
		marks,
		glyphs: states,
		roles: fadedRoles,
		colored: false,
		get faded() {
			return faded;
		},
	};
	return {marks, glyphs: states, roles: look.color ? coloredRoles : plainRoles, colored: look.color, faded};
}
