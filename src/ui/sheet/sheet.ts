import type {Pace} from '../../run/event.js';
import type {HostName, ParamName} from '../../runbook/runbook.js';
import type {SheetField} from '../../runbook/site.js';
import {counted} from '../../view/names.js';
import {bodySize} from '../frame.js';
import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import {act, type Model, type Screen, type Step, say, stay} from '../model.js';
import {fieldOf, type TextField, textOf} from '../text-field.js';
import type {Mode, OpenedRunbook, Sheet, SheetEdit} from '../workbench.js';
import {aimOf, blockOf} from './block.js';
import {lastProblemTop} from './problems.js';
import {columnsOf, rowsOf} from './rows.js';

/** The parameters as a form: one row for each, hosts side by side. Behind the last row stands the way on. */
export type SheetScreen = {
	readonly kind: 'sheet';
	readonly opened: OpenedRunbook;
	readonly mode: Mode;
	readonly pace: Pace;
	/** At most one for each field. */
	readonly edits: readonly SheetEdit[];
	/** What the edits amount to. */
	readonly sheet: Sheet;
	readonly at: Place;
	/** The text of the field at `at`; empty at the way on. */
	readonly field: TextField;
	/** Nothing was typed since the site file was read or written. */
	readonly saved: boolean;
	/** Esc was pressed once although something is not written. */
	readonly isForgotten: boolean;
	readonly back: Screen | undefined;
	/** How many rows of the runbook's problems are scrolled out at the top. */
	readonly top: number;
};

/** Row of `rowsOf`, or the number of rows for the way on; column of the row's cells. */
type Place = {readonly row: number; readonly column: number};

export function sheetScreen(
	opened: OpenedRunbook,
	mode: Mode,
	pace: Pace,
	back: Screen | undefined,
	edits: readonly SheetEdit[] = [],
): SheetScreen {
	const sheet = opened.sheet(mode, edits);
	const start: SheetScreen = {
		kind: 'sheet',
		opened,
		mode,
		pace,
		edits,
		sheet,
		at: {row: 0, column: 0},
		field: fieldOf(''),
		saved: true,
		isForgotten: false,
		back,
		top: 0,
	};
	// A sheet that is complete needs one Enter; any other begins where something is missing.
	return moved(start, placeOfProblem(sheet) ?? {row: rowsOf(sheet).length, column: 0});
}

export function fieldAt(screen: SheetScreen): SheetField | undefined {
	return rowsOf(screen.sheet)[screen.at.row]?.cells[screen.at.column];
}

/** What was typed for the field, or what the site file says; a secret is never read back. */
export function shownText(screen: SheetScreen, field: SheetField): string {
	return editOf(screen.edits, field.param, field.host)?.text ?? field.value;
}

/** True with an error in the runbook: then there is nothing to fill in. */
export function isBroken({opened}: SheetScreen): boolean {
	return opened.problems.some(({severity}) => severity === 'error');
}

export function sheetKeys(model: Model, screen: SheetScreen): KeyGroup {
	if (isBroken(screen)) {
		return problemKeys(model, screen);
	}
	const rows = rowsOf(screen.sheet);
	const isLast = screen.at.row >= rows.length;
	const go = (at: Place): Step => stay({...model, screen: moved(screen, at)});
	return {
		title: 'Sheet',
		keys: [
			isLast
				? key(['enter'], 'preflight', () => start(model, screen))
				: key(['enter'], 'next field', () => go(following(screen, 1))),
			...choiceKeys(model, screen),
			key(['tab'], 'next host', () => go(following(screen, 1)), {inFooter: columnsOf(screen.sheet).length > 1}),
			key(['shift-tab'], 'field before', () => go(following(screen, -1)), {inFooter: false}),
			key(['ctrl-w'], 'write site file', () => act(model, {kind: 'write-site', sheet: screen}), {
				unless: screen.saved ? 'nothing to write' : '',
			}),
			key(['ctrl-o'], 'edit the file', () => edit(model, screen, screen.opened.siteFile, 1), {
				unless: screen.saved ? '' : 'what you typed is not written yet',
				inFooter: false,
			}),
			key(['ctrl-p'], 'preflight', () => start(model, screen), {inFooter: !isLast}),
			key(
				['ctrl-r'],
				otherMode(screen) === 'rehearsal' ? 'rehearse instead' : 'real hosts instead',
				() => changeMode(model, screen),
				{unless: otherMode(screen) === 'rehearsal' ? screen.opened.noRehearsal : ''},
			),
			key(['up'], 'row above', () => go(besides(screen, -1)), {inFooter: false}),
			key(['down'], 'row below', () => go(besides(screen, 1)), {inFooter: false}),
		],
	};
}

/** Lends the terminal to the person's editor, then reads everything again. */
function edit(model: Model, {opened, mode, back}: SheetScreen, file: string, line: number): Step {
	const waiting = {kind: 'waiting', what: `Reading ${opened.file}`, back} as const;
	return act({...model, screen: waiting}, {kind: 'edit', file, line, open: opened.file, mode});
}

/** > esxi.md:41:7 error[unknown-key] … */
function firstLineOf({opened}: SheetScreen): number {
	const [first] = opened.problems.filter(({severity}) => severity === 'error');
	return Number(/:(\d+):\d+ /.exec(first?.text ?? '')?.[1] ?? 1);
}

/** With an error in the runbook there is nothing but its problems to look at, until somebody has put them right. */
function problemKeys(model: Model, screen: SheetScreen): KeyGroup {
	const {opened, mode, back} = screen;
	const again = {kind: 'waiting', what: `Reading ${opened.file}`, back} as const;
	const last = lastProblemTop(screen.opened.problems, bodySize(model.size));
	const move = (to: number): Step => stay({...model, screen: {...screen, top: Math.max(0, Math.min(last, to))}});
	return {
		title: 'Problems',
		keys: [
			key(['e'], 'edit it', () => edit(model, screen, opened.file, firstLineOf(screen))),
			key(['enter'], 'read it again', () => act({...model, screen: again}, {kind: 'open', file: opened.file, mode})),
			...moveKeys(Math.min(screen.top, last), last + 1, move),
		],
	};
}

/** The screen with this text in the field at `at`. */
export function typedInto(screen: SheetScreen, text: TextField): SheetScreen {
	const field = fieldAt(screen);
	if (field === undefined) {
		return screen;
	}
	const edits = [
		...screen.edits.filter(edit => edit.param !== field.param || edit.host !== field.host),
		{param: field.param, host: field.host, text: textOf(text)},
	];
	return {
		...screen,
		field: text,
		edits,
		sheet: screen.opened.sheet(screen.mode, edits),
		saved: false,
		isForgotten: false,
	};
}

/** A pasted block goes into the cells right of and below the one at `at`; any other text is left to the field. */
export function pastedBlock(model: Model, screen: SheetScreen, text: string): Step | undefined {
	const row = rowsOf(screen.sheet)[screen.at.row];
	const block = row === undefined ? undefined : blockOf(text, row.cells.length > 1);
	if (row === undefined || block === undefined) {
		return undefined;
	}
	const aim = aimOf(block, row, screen.at.column);
	let next = screen;
	let count = 0;
	for (const [index, values] of aim.block.entries()) {
		const rows = rowsOf(next.sheet);
		const name = aim.names === undefined ? undefined : values[aim.names];
		const target =
			name === undefined || row.section.kind === 'table'
				? screen.at.row + index
				: rows.findIndex(({param, label}) => param === name || label === name);
		for (const [column, value] of values.entries()) {
			const at = {row: target, column: aim.columns[column] ?? -1};
			const there = rows[target]?.section.kind === row.section.kind ? moved(next, at) : next;
			if (there !== next && fieldAt(there) !== undefined) {
				next = typedInto(there, fieldOf(value));
				count++;
			}
		}
	}
	const lost = aim.block.flat().length - count - (aim.names === undefined ? 0 : aim.block.length);
	const words = `Pasted ${counted(count, 'value')}${lost > 0 ? `; ${lost} had no place here` : ''}.`;
	return say({...model, screen: moved(next, screen.at)}, words, lost > 0 ? 'bad' : 'plain');
}

function start(model: Model, screen: SheetScreen): Step {
	if (screen.sheet.ready) {
		const waiting = {kind: 'waiting', what: `Opening ${screen.opened.title}`, back: screen} as const;
		return act({...model, screen: waiting}, {kind: 'start', sheet: screen});
	}
	const missing = placeOfProblem(screen.sheet);
	const wrong = screen.sheet.fields.filter(({problem}) => problem !== '').length;
	const text = wrong === 1 ? 'One field is empty or wrong.' : `${wrong} fields are empty or wrong.`;
	const next = missing === undefined ? screen : moved(screen, missing);
	return say({...model, screen: next}, missing === undefined ? 'The sheet is not complete.' : text, 'bad');
}

function changeMode(model: Model, screen: SheetScreen): Step {
	const mode = otherMode(screen);
	const {opened, pace, back, edits} = screen;
	return stay({...model, screen: {...sheetScreen(opened, mode, pace, back, edits), saved: screen.saved}});
}

function otherMode({mode}: SheetScreen): Mode {
	return mode === 'real' ? 'rehearsal' : 'real';
}

/** What can be chosen in the field; empty where it is typed. */
export function optionsOf(field: SheetField | undefined): readonly string[] {
	return field?.type === 'boolean' ? ['true', 'false'] : (field?.options ?? []);
}

/** A choice is made with the arrows; typing goes on to mean text. */
function choiceKeys(model: Model, screen: SheetScreen): readonly Key[] {
	const options = optionsOf(fieldAt(screen));
	if (options.length === 0) {
		return [];
	}
	const turn = (by: number) => (): Step => {
		const now = options.indexOf(textOf(screen.field));
		const next = options[(now + by + options.length) % options.length] ?? '';
		return stay({...model, screen: typedInto(screen, fieldOf(next))});
	};
	return [key(['right', ' '], 'other choice', turn(1)), key(['left'], 'choice before', turn(-1), {inFooter: false})];
}

function editOf(edits: readonly SheetEdit[], param: ParamName, host: HostName | undefined): SheetEdit | undefined {
	return edits.find(edit => edit.param === param && edit.host === host);
}

function moved(screen: SheetScreen, at: Place): SheetScreen {
	const next = {...screen, at};
	const field = fieldAt(next);
	return {...next, field: fieldOf(field === undefined ? '' : shownText(next, field))};
}

function placeOfProblem(sheet: Sheet): Place | undefined {
	for (const [row, {cells}] of rowsOf(sheet).entries()) {
		const column = cells.findIndex(cell => (cell?.problem ?? '') !== '');
		if (column >= 0) {
			return {row, column};
		}
	}
	return undefined;
}

/** The field `by` further on in reading order; stops at both ends. */
function following(screen: SheetScreen, by: 1 | -1): Place {
	const places = rowsOf(screen.sheet).flatMap(({cells}, row) =>
		cells.flatMap((cell, column) => (cell === undefined ? [] : [{row, column}])),
	);
	const here = places.findIndex(({row, column}) => row === screen.at.row && column === screen.at.column);
	const wayOn = {row: rowsOf(screen.sheet).length, column: 0};
	if (here < 0) {
		return by > 0 ? wayOn : (places.at(-1) ?? wayOn);
	}
	return places[here + by] ?? (by > 0 ? wayOn : screen.at);
}

/** The row above or below, in the same column if it has one. */
function besides(screen: SheetScreen, by: 1 | -1): Place {
	const rows = rowsOf(screen.sheet);
	const row = Math.max(0, Math.min(rows.length, screen.at.row + by));
	const cells = rows[row]?.cells ?? [];
	const here = Math.min(screen.at.column, Math.max(0, cells.length - 1));
	const column = cells[here] === undefined ? cells.findIndex(cell => cell !== undefined) : here;
	return {row, column: Math.max(0, column)};
}
