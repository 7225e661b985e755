import {widthOf} from '../../text/width.js';
import {footerLine} from '../footer.js';
import type {Pane, Point} from '../frame.js';
import type {KeyGroup} from '../keys.js';
import {cutLine, emptyLine, fitLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {Role, Theme} from '../theme.js';

/** What a modal says, between its title and its keys. */
export type Content = {
	readonly title: string;
	/** Of the title and the frame: `bad` for a danger, `doubt` for what is unknown. */
	readonly role: Role;
	/** Where the terminal is low, only some of these are seen, from `top` on. */
	readonly lines: readonly Line[];
	readonly top?: number;
	/** What is answered with: fields, choices. Always on the screen. */
	readonly answer: readonly Line[];
	/** Where the caret stands in `answer`. */
	readonly cursor: Point | undefined;
};

/** Cells at both sides of what a modal says: the frame and a blank. */
const sideColumns = 2;

/** How wide a modal's lines may be. */
export function contentColumns({columns}: Size): number {
	return Math.min(columns - 4, 86) - 2 * sideColumns;
}

/** How many of its lines are seen at once. */
export function contentRows(size: Size): number {
	return size.rows - (isLow(size) ? 3 : 7);
}

/** Then there are no blank rows inside the frame and none around it. */
export function isLow({rows}: Size): boolean {
	return rows < 20;
}

/** A framed box in the middle of the terminal. */
export function boxed(
	content: Content,
	keys: KeyGroup,
	size: Size,
	theme: Theme,
): {readonly panes: readonly Pane[]; readonly cursor: Point | undefined} {
	const {marks} = theme;
	const inner = contentColumns(size);
	const columns = inner + 2 * sideColumns;
	const said = shortened(content, contentRows(size), theme);
	const side = span(marks.divider, content.role);
	const row = (line: Line): Line => [side, span(' '), ...fitLine(line, inner, marks.cut), span(' '), side];
	const gap = isLow(size) ? [] : [row(emptyLine)];
	const footer = fitLine(footerLine([keys], inner + 1, theme), inner + 2, marks.cut);
	const lines: readonly Line[] = [
		topEdge(content, columns, theme),
		...gap,
		...said.map(row),
		...content.answer.map(row),
		...gap,
		[side, ...footer, side],
		[span(`${marks.corners.bottomLeft}${marks.rule.repeat(columns - 2)}${marks.corners.bottomRight}`, content.role)],
	];
	const at = {x: Math.floor((size.columns - columns) / 2), y: Math.floor((size.rows - lines.length) / 2)};
	const answerRow = at.y + 1 + gap.length + said.length;
	const {cursor} = content;
	return {
		panes: [placed(lines, at, columns, size, theme)],
		cursor: cursor && {x: at.x + sideColumns + cursor.x, y: answerRow + cursor.y},
	};
}

/** From which row on the end of so many lines is seen in `room` rows; 0 if all are. One row says how many are below. */
export function lastTop(lines: number, room: number): number {
	return lines <= room ? 0 : lines - room + 1;
}

/** What fits beside the answer; a mark says that there is more. */
function shortened({lines, answer, top = 0}: Content, rows: number, {marks}: Theme): readonly Line[] {
	const room = Math.max(0, rows - answer.length);
	if (lines.length <= room) {
		return lines;
	}
	const from = Math.min(top, lastTop(lines.length, room));
	const shown = lines.slice(from, from + Math.max(0, room - 1));
	const below = lines.length - from - shown.length;
	const more = below > 0 ? `${marks.more} ${below} more, ${marks.keys.down} to read on` : '';
	return [...shown, [span(more, 'quiet')]];
}

/** Where the box leaves but a strip at its sides, letters cut in two are not shown there. */
function placed(lines: readonly Line[], at: Point, columns: number, size: Size, theme: Theme): Pane {
	if (size.columns >= columns + 12) {
		return {at, columns, lines, theme};
	}
	const margin = span(' '.repeat(at.x));
	const wide = lines.map(line => fitLine([margin, ...line], size.columns, theme.marks.cut));
	return {at: {x: 0, y: at.y}, columns: size.columns, lines: wide, theme};
}

function topEdge({title, role}: Content, columns: number, {marks}: Theme): Line {
	const words = cutLine([span(` ${title} `, role === 'plain' ? 'strong' : role)], columns - 4, marks.cut);
	const width = words.reduce((sum, {text}) => sum + widthOf(text), 0);
	return [
		span(`${marks.corners.topLeft}${marks.rule}`, role),
		...words,
		span(`${marks.rule.repeat(Math.max(0, columns - width - 3))}${marks.corners.topRight}`, role),
	];
}
