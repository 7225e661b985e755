import {footerLine} from './footer.js';
import {homeLook} from './home/look.js';
import {focusedKeys} from './key-table.js';
import type {KeyGroup} from './keys.js';
import {emptyLine, filled, fitLine, justify, type Line, span} from './line.js';
import {modalLook} from './modal/look.js';
import type {Model, Screen, Size} from './model.js';
import {runLook} from './run/look.js';
import {sheetLook} from './sheet/look.js';
import {isTyped} from './text-field.js';
import type {Theme} from './theme.js';
import {typingIn} from './typing.js';

/** Everything a frame shows: rows of text at places, and where the caret stands. Pure, so that tests read it as text. */
export type Frame = {
	readonly panes: readonly Pane[];
	/** Undefined: no text is being edited. From 0, of the whole terminal. */
	readonly cursor: Point | undefined;
};

export type Pane = {
	readonly at: Point;
	readonly columns: number;
	/** Never wider than `columns`. */
	readonly lines: readonly Line[];
	/** Rows that are painted already, as output is; in place of `lines`. */
	readonly painted?: readonly string[];
	readonly theme: Theme;
};

export type Point = {readonly x: number; readonly y: number};

/** What a screen puts between the frame's head and foot; its panes begin at row 0. */
export type Body = {
	readonly title: Line;
	/** At the right edge of the title's row. */
	readonly aside: Line;
	/** How much of the rule under the title is drawn heavy, from 0 to 1. */
	readonly progress: number;
	readonly panes: readonly Pane[];
	readonly cursor: Point | undefined;
	/** Stands over the keys while there is no notice. */
	readonly hint?: Line;
};

const smallest: Size = {columns: 60, rows: 15};

/** Rows of the head: the title and the rule under it. */
const headRows = 2;
/** Rows of the foot: a notice, the keys. */
const footRows = 2;

/** The space a screen has for its body. */
export function bodySize({columns, rows}: Size): Size {
	return {columns, rows: Math.max(1, rows - headRows - footRows)};
}

export function frameOf(model: Model, theme: Theme): Frame {
	const {size} = model;
	if (size.columns < smallest.columns || size.rows < smallest.rows) {
		return tooSmall(model, theme);
	}
	const behind = model.modal === undefined ? theme : theme.faded;
	const body = bodyOf(model.screen, bodySize(size), behind);
	const base: Frame = {
		panes: [
			head(body, size, behind),
			...body.panes.map(pane => below(pane)),
			foot(model, body.hint ?? emptyLine, theme, behind),
		],
		cursor: body.cursor === undefined ? undefined : {x: body.cursor.x, y: body.cursor.y + headRows},
	};
	if (model.modal === undefined) {
		return base;
	}
	const overlay = modalLook(model.modal, model, theme);
	return {panes: [...base.panes, ...overlay.panes], cursor: overlay.cursor};
}

function bodyOf(screen: Screen, size: Size, theme: Theme): Body {
	switch (screen.kind) {
		case 'waiting':
			return {
				title: [span(' fieldbook', 'strong')],
				aside: emptyLine,
				progress: 0,
				panes: [{at: {x: 0, y: 1}, columns: size.columns, lines: [[span(`  ${screen.what} …`, 'quiet')]], theme}],
				cursor: undefined,
			};
		case 'home':
			return homeLook(screen, size, theme);
		case 'sheet':
			return sheetLook(screen, size, theme);
		case 'run':
			return runLook(screen, size, theme);
	}
}

function head(body: Body, {columns}: Size, theme: Theme): Pane {
	const {rule, heavyRule, cut} = theme.marks;
	const heavy = Math.round(Math.max(0, Math.min(1, body.progress)) * columns);
	const lines: readonly Line[] = [
		justify(body.title, [span('  '), ...body.aside, span(' ')], columns, cut),
		[span(heavyRule.repeat(heavy), 'busy'), span(rule.repeat(columns - heavy), 'quiet')],
	];
	return {at: {x: 0, y: 0}, columns, lines, theme};
}

function below(pane: Pane): Pane {
	return {...pane, at: {x: pane.at.x, y: pane.at.y + headRows}};
}

function foot(model: Model, hint: Line, theme: Theme, behind: Theme): Pane {
	const {columns, rows} = model.size;
	const {notice} = model;
	const notes = notice === undefined ? hint : [span(' '), span(notice.text, notice.role)];
	const lines = [fitLine(notes, columns, theme.marks.cut), footerLine(workingKeys(model), columns, theme)];
	// A modal names its own keys; the row behind it stays empty.
	const shown = model.modal === undefined ? lines : filled([lines[0] ?? emptyLine], footRows);
	return {at: {x: 0, y: rows - footRows}, columns, lines: shown, theme: model.modal === undefined ? theme : behind};
}

/** While text is typed, letters are no keys. */
function workingKeys(model: Model): readonly KeyGroup[] {
	const isTyping = typingIn(model) !== undefined;
	return focusedKeys(model).map(({title, keys}) => ({
		title,
		keys: keys.filter(({strokes: [stroke]}) => !(isTyping && isTyped(stroke))),
	}));
}

/** Where nothing fits, one line says so and what state things are in. */
function tooSmall({size, screen}: Model, theme: Theme): Frame {
	const what = `fieldbook needs ${smallest.columns}x${smallest.rows}; this is ${size.columns}x${size.rows}.`;
	const state = screen.kind === 'run' ? ' The run goes on.' : '';
	const lines = [fitLine([span(what + state)], size.columns, theme.marks.cut)];
	return {panes: [{at: {x: 0, y: 0}, columns: size.columns, lines, theme}], cursor: undefined};
}
