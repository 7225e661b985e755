import type {SheetField} from '../../runbook/site.js';
import {sanitiseLine, sanitiseText} from '../../text/sanitise.js';
import {widthOf} from '../../text/width.js';
import {hostWord} from '../../view/names.js';
import type {Body, Point} from '../frame.js';
import {cutLine, emptyLine, fitLine, type Line, type Span, span} from '../line.js';
import type {Size} from '../model.js';
import {viewOf} from '../text-field.js';
import type {Theme} from '../theme.js';
import {windowStart} from '../window.js';
import type {ProblemText} from '../workbench.js';
import {columnsOf, isBroken, optionsOf, rowsOf, type SheetRow, type SheetScreen, shownText} from './sheet.js';

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
	const {title, aside} = headOf(screen);
	if (isBroken(screen)) {
		const lines = problemLines(screen.opened.problems, size.columns, theme);
		const pane = {at: {x: 0, y: 1}, columns: size.columns, lines: lines.slice(0, size.rows - 1), theme};
		return {title, aside, progress: 0, panes: [pane], cursor: undefined};
	}
	const form = formRows(screen, gridOf(screen, size.columns), size.columns, theme);
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
	};
}

function headOf({opened, mode, sheet, saved}: SheetScreen): {readonly title: Line; readonly aside: Line} {
	const missing = sheet.fields.filter(({problem}) => problem !== '').length;
	const state = missing === 0 ? 'complete' : missing === 1 ? '1 to fill in' : `${missing} to fill in`;
	return {
		title: [
			span(' '),
			span(sanitiseLine(opened.title), 'strong'),
			span(isBrokenTitle(opened.problems) ? ' · problems' : ' · parameters', 'quiet'),
		],
		aside: [
			...(mode === 'rehearsal' ? [span(' REHEARSAL ', 'badge'), span('  ')] : [span('real hosts  ', 'strong')]),
			span(`${sanitiseLine(fileName(opened.siteFile))}${saved ? '' : ' (not written)'}, ${state}`, 'quiet'),
		],
	};
}

function isBrokenTitle(problems: readonly ProblemText[]): boolean {
	return problems.some(({severity}) => severity === 'error');
}

function fileName(path: string): string {
	return path.split(/[\\/]/).at(-1) ?? path;
}

function gridOf(screen: SheetScreen, columns: number): Grid {
	const rows = rowsOf(screen.sheet);
	const labels = Math.min(Math.floor(columns / 3), Math.max(8, ...rows.map(({label}) => widthOf(label))));
	const texts = screen.sheet.fields.map(field => cellWidth(screen, field));
	const cells = Math.max(14, Math.min(26, ...[Math.max(...texts, 0) + 1]));
	const room = columns - indent - labels - gap;
	const shown = Math.max(1, Math.floor(room / (cells + gap)));
	const hosts = Math.max(1, columnsOf(screen.sheet).length);
	return {labels, cells, shown, first: windowStart(hosts, screen.at.column, shown)};
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
		if (row.isPerHost && rows[index - 1]?.isPerHost !== true) {
			const gapAbove = index === 0 ? [] : [emptyLine];
			form.push({lines: [...gapAbove, hostHeadings(screen, grid, theme)], cursor: undefined});
		}
		form.push(rowOf(screen, row, index, grid, columns, theme));
	}
	form.push({lines: [emptyLine], cursor: undefined}, wayOn(screen, rows.length, theme));
	return form;
}

function hostHeadings({sheet}: SheetScreen, grid: Grid, theme: Theme): Line {
	const shown = columnsOf(sheet).slice(grid.first, grid.first + grid.shown);
	return [
		span(' '.repeat(indent + grid.labels + gap)),
		...shown.flatMap(host => fitLine([span(hostWord(host), 'quiet')], grid.cells + gap, theme.marks.cut)),
	];
}

function rowOf(screen: SheetScreen, row: SheetRow, index: number, grid: Grid, columns: number, theme: Theme): FormRow {
	const {cut, pointer} = theme.marks;
	const isChosen = screen.at.row === index;
	const line: Span[] = [
		span(isChosen ? ` ${pointer} ` : '   ', 'focus'),
		...fitLine([span(row.label, isChosen ? 'strong' : 'plain')], grid.labels + gap, cut),
	];
	const isSingle = !row.isPerHost;
	let cursor: Point | undefined;
	const visible = isSingle ? row.cells : row.cells.slice(grid.first, grid.first + grid.shown);
	for (const [offset, field] of visible.entries()) {
		const column = isSingle ? 0 : grid.first + offset;
		const width = isSingle ? Math.max(grid.cells, Math.min(44, columns - indent - grid.labels - gap - 24)) : grid.cells;
		const x = indent + grid.labels + gap + offset * (grid.cells + gap);
		const isHere = isChosen && screen.at.column === column;
		const cell =
			field === undefined ? {line: emptyLine, caret: undefined} : cellOf(screen, field, isHere, width, theme);
		line.push(...fitLine(cell.line, width, cut), span(' '.repeat(gap)));
		cursor = isHere && cell.caret !== undefined ? {x: x + cell.caret, y: 0} : cursor;
	}
	const note = noteOf(row, isChosen, screen.at.column);
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

/** What is wrong in the row; where nothing is and it is being filled in, what belongs there. */
function noteOf({cells}: SheetRow, isChosen: boolean, column: number): Line {
	const here = isChosen ? cells[column] : undefined;
	const wrong = (here?.problem ?? '') === '' ? cells.find(cell => (cell?.problem ?? '') !== '') : here;
	if (wrong !== undefined) {
		const where = wrong.host !== undefined && cells.length > 1 ? `${hostWord(wrong.host)}: ` : '';
		return [span(sanitiseLine(`${where}${wrong.problem}`), isChosen ? 'bad' : 'doubt')];
	}
	return here === undefined ? [] : [span(sanitiseLine(here.type), 'quiet')];
}

function wayOn(screen: SheetScreen, index: number, theme: Theme): FormRow {
	const isChosen = screen.at.row === index;
	const what = screen.mode === 'real' ? 'Preflight: reach the hosts, change nothing' : 'Preflight in the lab';
	const line = [
		span(isChosen ? ` ${theme.marks.pointer} ` : '   ', 'focus'),
		span(` ${what} `, isChosen ? 'chosen' : screen.sheet.ready ? 'plain' : 'quiet'),
	];
	return {lines: [line], cursor: undefined};
}

function problemLines(problems: readonly ProblemText[], columns: number, theme: Theme): readonly Line[] {
	return problems.flatMap(({severity, text}) => {
		const [first = '', ...rest] = sanitiseText(text);
		const role = severity === 'error' ? 'bad' : 'doubt';
		const lines = [[span(`  ${first}`, role)], ...rest.map(line => [span(`  ${line}`, 'quiet')] as const)];
		return [...lines.map(line => cutLine(line, columns, theme.marks.cut)), emptyLine];
	});
}
