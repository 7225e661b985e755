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
	readonly lines: readonly Line[];
	/** Where the caret stands in `lines`. */
	readonly cursor: Point | undefined;
};

/** Cells at both sides of what a modal says: the frame and a blank. */
const sideColumns = 2;
/** Rows above and below it: frame, a blank row; a blank row, the keys, frame. */
const aboveRows = 2;
const belowRows = 3;

/** How wide a modal's lines may be. */
export function contentColumns({columns}: Size): number {
	return Math.min(columns - 4, 86) - 2 * sideColumns;
}

/** How many of its lines are seen at once. */
export function contentRows({rows}: Size): number {
	return Math.max(3, rows - 2 - aboveRows - belowRows);
}

/** A framed box in the middle of the terminal. What does not fit in height is cut before the keys. */
export function boxed(
	content: Content,
	keys: KeyGroup,
	size: Size,
	theme: Theme,
): {readonly panes: readonly Pane[]; readonly cursor: Point | undefined} {
	const {marks} = theme;
	const inner = contentColumns(size);
	const columns = inner + 2 * sideColumns;
	const shown = content.lines.slice(0, contentRows(size));
	const side = span(marks.divider, content.role);
	const row = (line: Line): Line => [side, span(' '), ...fitLine(line, inner, marks.cut), span(' '), side];
	const footer = footerLine([keys], inner + 1, theme);
	const lines: readonly Line[] = [
		topEdge(content, columns, theme),
		row(emptyLine),
		...shown.map(row),
		row(emptyLine),
		[side, ...fitLine(footer, inner + 2, marks.cut), side],
		[span(`${marks.corners.bottomLeft}${marks.rule.repeat(columns - 2)}${marks.corners.bottomRight}`, content.role)],
	];
	const at = {x: Math.floor((size.columns - columns) / 2), y: Math.max(0, Math.floor((size.rows - lines.length) / 2))};
	const {cursor} = content;
	return {
		panes: [{at, columns, lines, theme}],
		cursor:
			cursor === undefined || cursor.y >= shown.length
				? undefined
				: {x: at.x + sideColumns + cursor.x, y: at.y + aboveRows + cursor.y},
	};
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
