import type {SheetField} from '../../runbook/site.js';
import {sanitiseLine} from '../../text/sanitise.js';
import {widthOf} from '../../text/width.js';
import {counted, hostWord, hostWords} from '../../view/names.js';
import type {Body, Point} from '../frame.js';
import {cutLine, emptyLine, fitLine, type Line, type Span, span} from '../line.js';
import type {Size} from '../model.js';
import {viewOf} from '../text-field.js';
import type {Theme} from '../theme.js';
import {windowStart} from '../window.js';
import type {ProblemText} from '../workbench.js';
import {lastProblemTop, problemRows} from './problems.js';
import {columnsOf, rowsOf, type SheetRow, type SheetSection} from './rows.js';
import {isBroken, optionsOf, type SheetScreen, shownText} from './sheet.js';

/** What lies under what: the columns of the form, worked out once for all rows. */
type Grid = {
	readonly labels: number;
	readonly cells: number;
	/** The first host column that is shown: with many hosts the others are beyond the edge. */
	readonly first: number;
	/** How many host columns fit. */
	readonly shown: number;
};

type FormRow = {readonly lines: readonly Line[]; readonly cursor: Point | undefined};

/** Of a secret that nobody has given yet. */
const notTyped = '(asked for)';

const indent = 3;
const gap = 2;

export function sheetLook(screen: SheetScreen, size: Size, theme: Theme): Body {
	const {title, aside} = headOf(screen, size.columns);
	if (isBroken(screen)) {
		const lines = problemLines(screen.opened.problems, size.columns, theme);
		const top = Math.min(screen.top, lastProblemTop(screen.opened.problems, size));
		const pane = {at: {x: 0, y: 1}, columns: size.columns, lines: lines.slice(top, top + size.rows - 1), theme};
		const below = lines.length - top - pane.lines.length;
		const more = below > 0 ? [span(` ${theme.marks.more} ${below} more lines`, 'quiet')] : emptyLine;
		return {title, aside, progress: 0, panes: [pane], cursor: undefined, hint: more};
	}
	const grid = gridOf(screen, size.columns);
	const form = formRows(screen, grid, size.columns, theme);
	const lines: Line[] = [];
	let cursor: Point | undefined;
	for (const row of form) {
		cursor = row.cursor === undefined ? cursor : {x: row.cursor.x, y: row.cursor.y + lines.length};
		lines.push(...row.lines);
	}
	const warnings = problemLines([...screen.sheet.problems, ...screen.opened.problems], size.columns, theme);
	const space = size.rows - 1;
	const top = windowStart(lines.length, cursor?.y ?? lines.length - 1, space);
	const shown = [...lines, ...(warnings.length > 0 ? [emptyLine, ...warnings] : [])].slice(top, top + space);
	return {
		title,
		aside,
		progress: 0,
		panes: [{at: {x: 0, y: 1}, columns: size.columns, lines: shown, theme}],
		cursor: cursor === undefined ? undefined : {x: cursor.x, y: cursor.y - top + 1},
		hint: hintOf(screen, grid, size.columns),
	};
}

function headOf(screen: SheetScreen, columns: number): {readonly title: Line; readonly aside: Line} {
	const {opened, mode, sheet, saved} = screen;
	const missing = sheet.fields.filter(({problem}) => problem !== '').length;
	const errors = opened.problems.filter(({severity}) => severity === 'error').length;
	const file = `${sanitiseLine(fileName(opened.siteFile))}${saved ? '' : ' (not written)'}`;
	const state = missing === 0 ? 'complete' : `${missing} to fill in`;
	// A narrow terminal keeps the room for the title.
	const words = errors > 0 ? counted(errors, 'error') : columns < 80 ? state : `${file}, ${state}`;
	return {
		title: [
			span(' '),
			span(sanitiseLine(opened.title), 'strong'),
			span(errors > 0 ? ' · problems' : ` · parameters${columns < 100 ? '' : ` · ${sheet.steps}`}`, 'quiet'),
		],
		aside: [
			...(mode === 'rehearsal' ? [span(' REHEARSAL ', 'badge'), span('  ')] : [span('real hosts  ', 'strong')]),
			span(words, 'quiet'),
		],
	};
}

function fileName(path: string): string {
	return path.split(/[\\/]/).at(-1) ?? path;
}

function gridOf(screen: SheetScreen, columns: number): Grid {
	const rows = rowsOf(screen.sheet);
	const words = rows.flatMap(({label, section: {title}}) => [label, title]);
	const labels = Math.min(Math.floor(columns / 3), Math.max(8, ...words.map(widthOf)));
	const texts = screen.sheet.fields.map(field => cellWidth(screen, field));
	const cells = Math.max(14, Math.min(26, ...[Math.max(...texts, 0) + 1]));
	const room = columns - indent - labels - gap;
	const shown = Math.max(1, Math.floor(room / (cells + gap)));
	const heads = Math.max(1, rows[screen.at.row]?.section.heads.length ?? columnsOf(screen.sheet).length);
	return {labels, cells, shown, first: windowStart(heads, screen.at.column, shown)};
}

function cellWidth(screen: SheetScreen, field: SheetField): number {
	const text = shownText(screen, field);
	if (field.secret) {
		return widthOf(text.startsWith('env:') ? sanitiseLine(text) : notTyped);
	}
	return widthOf(sanitiseLine(text)) + (optionsOf(field).length > 0 ? 4 : 0);
}

function formRows(screen: SheetScreen, grid: Grid, columns: number, theme: Theme): readonly FormRow[] {
	const rows = rowsOf(screen.sheet);
	const form: FormRow[] = [];
	for (const [index, row] of rows.entries()) {
		if (row.section.kind !== 'single' && rows[index - 1]?.section !== row.section) {
			const gapAbove = index === 0 ? [] : [emptyLine];
			form.push({lines: [...gapAbove, headings(row.section, grid, theme)], cursor: undefined});
		}
		form.push(rowOf(screen, row, index, grid, columns, theme));
	}
	form.push({lines: [emptyLine], cursor: undefined}, wayOn(screen, rows.length, theme));
	return form;
}

function headings({title, heads}: SheetSection, grid: Grid, theme: Theme): Line {
	const shown = heads.slice(grid.first, grid.first + grid.shown);
	return [
		span(' '.repeat(indent)),
		...fitLine([span(title, 'plain')], grid.labels + gap, theme.marks.cut),
		...shown.flatMap(head => fitLine([span(hostWord(head), 'quiet')], grid.cells + gap, theme.marks.cut)),
	];
}

function rowOf(screen: SheetScreen, row: SheetRow, index: number, grid: Grid, columns: number, theme: Theme): FormRow {
	const {cut, pointer} = theme.marks;
	const isChosen = screen.at.row === index;
	const line: Span[] = [
		span(isChosen ? ` ${pointer} ` : '   ', 'pointer'),
		...fitLine([span(row.label, isChosen ? 'strong' : 'plain')], grid.labels, cut),
		span(' '.repeat(gap)),
	];
	const isSingle = row.section.kind === 'single';
	let cursor: Point | undefined;
	const visible = isSingle ? row.cells : row.cells.slice(grid.first, grid.first + grid.shown);
	for (const [offset, field] of visible.entries()) {
		const column = isSingle ? 0 : grid.first + offset;
		const width = isSingle ? singleWidth(grid, columns) : grid.cells;
		const x = indent + grid.labels + gap + offset * (grid.cells + gap);
		const isHere = isChosen && screen.at.column === column;
		const cell =
			field === undefined ? {line: emptyLine, caret: undefined} : cellOf(screen, field, isHere, width, theme);
		line.push(...fitLine(cell.line, width, cut), span(' '.repeat(gap)));
		cursor = isHere && cell.caret !== undefined ? {x: x + cell.caret, y: 0} : cursor;
	}
	const {text, role} = noteOf(row, isChosen, screen.at.column);
	const note = [span(text, role)];
	return {lines: [cutLine([...line, ...note], columns, cut)], cursor};
}

/** The value as it stands; the one that is edited with its caret, a secret as dots. */
function cellOf(
	screen: SheetScreen,
	field: SheetField,
	isHere: boolean,
	width: number,
	theme: Theme,
): {readonly line: Line; readonly caret: number | undefined} {
	const {bullet, keys} = theme.marks;
	const text = shownText(screen, field);
	if (optionsOf(field).length > 0) {
		const line = isHere
			? [span(`${keys.left} `, 'key'), span(sanitiseLine(text), 'chosen'), span(` ${keys.right}`, 'key')]
			: [span(sanitiseLine(text))];
		return {line, caret: undefined};
	}
	if (isHere) {
		const view = viewOf(screen.field, width - 1, field.secret ? bullet : undefined);
		// The field is underlined to its edge, so that an empty one is seen too.
		const line = fitLine([span(view.text, 'input')], width - 1, '', 'input');
		return {line, caret: view.caretColumn};
	}
	if (text === '') {
		return {line: [span(field.secret ? notTyped : '-', 'quiet')], caret: undefined};
	}
	if (field.secret && !text.startsWith('env:')) {
		return {line: [span(`${bullet.repeat(5)} (typed)`, 'quiet')], caret: undefined};
	}
	return {line: [span(sanitiseLine(text), field.problem === '' ? 'plain' : 'bad')], caret: undefined};
}

/** What one value for all hosts has room for, with enough beside it for what may be wrong with it. */
function singleWidth({labels, cells}: Grid, columns: number): number {
	return Math.max(cells, Math.min(44, columns - indent - labels - gap - 36));
}

/** What is wrong in the row; where nothing is and it is being filled in, what belongs there. */
function noteOf({cells}: SheetRow, isChosen: boolean, column: number): Span {
	const here = isChosen ? cells[column] : undefined;
	const wrong = (here?.problem ?? '') === '' ? cells.find(cell => (cell?.problem ?? '') !== '') : here;
	if (wrong !== undefined) {
		const hosts = cells.flatMap(cell => (cell?.problem === wrong.problem ? (cell.host ?? []) : []));
		const where = hosts.length > 0 && cells.length > 1 ? `${hostWords(hosts)}: ` : '';
		return span(`${where}${sanitiseLine(wrong.problem)}`, isChosen ? 'bad' : 'doubt');
	}
	return span(sanitiseLine(here?.type ?? ''), 'quiet');
}

/** What is wrong in the chosen row, where the row itself has no room to say it. */
function hintOf(screen: SheetScreen, grid: Grid, columns: number): Line {
	const row = rowsOf(screen.sheet)[screen.at.row];
	if (row === undefined) {
		return emptyLine;
	}
	const note = noteOf(row, true, screen.at.column);
	const cells =
		row.section.kind !== 'single'
			? Math.min(row.cells.length, grid.shown) * (grid.cells + gap)
			: singleWidth(grid, columns) + gap;
	const room = columns - indent - grid.labels - gap - cells;
	return widthOf(note.text) <= room ? emptyLine : [span(` ${row.label}: `), note];
}

function wayOn(screen: SheetScreen, index: number, theme: Theme): FormRow {
	const isChosen = screen.at.row === index;
	const hasHosts = columnsOf(screen.sheet).length > 0;
	const where = screen.mode === 'real' ? 'Preflight: reach the hosts, change nothing' : 'Preflight in the lab';
	const what = hasHosts ? where : 'To the steps: no host takes part';
	const line = [
		span(isChosen ? ` ${theme.marks.pointer} ` : '   ', 'pointer'),
		span(` ${what} `, isChosen ? 'chosen' : screen.sheet.ready ? 'plain' : 'quiet'),
	];
	return {lines: [line], cursor: undefined};
}

function problemLines(problems: readonly ProblemText[], columns: number, theme: Theme): readonly Line[] {
	return problemRows(problems, columns).map(line => cutLine(line, columns, theme.marks.cut));
}
