import {sanitiseText} from '../../text/sanitise.js';
import {wrapToWidth} from '../../text/width.js';
import {emptyLine, fitLine, type Line, span} from '../line.js';
import {viewOf} from '../text-field.js';
import type {Theme} from '../theme.js';
import type {Typing} from '../typing.js';
import type {Content} from './box.js';

/** Outside text, harmless and wrapped. */
export function textLines(text: string, columns: number): readonly Line[] {
	return sanitiseText(text).flatMap(line => wrapToWidth(line, columns).map(part => [span(part)]));
}

/** Lines, and under them the field that is typed into. `asks` stands right above it. */
export function withField(
	{title, lines, asks, problem = ''}: Asking,
	typing: Typing | undefined,
	columns: number,
	theme: Theme,
): Content {
	const field = typing === undefined ? undefined : fieldLine(typing, columns, theme);
	return {
		title,
		role: 'plain',
		lines: lines.length > 0 ? [...lines, emptyLine] : [],
		answer: [...asks, field?.line ?? emptyLine, [span(problem, 'bad')]],
		cursor: field === undefined ? undefined : {x: field.caret, y: asks.length},
	};
}

type Asking = {
	readonly title: string;
	readonly lines: readonly Line[];
	readonly asks: readonly Line[];
	/** Why the last Enter did nothing. */
	readonly problem?: string;
};

export function fieldLine(
	typing: Typing,
	columns: number,
	theme: Theme,
): {readonly line: Line; readonly caret: number} {
	const view = viewOf(typing.field, columns, typing.isSecret ? theme.marks.bullet : undefined);
	return {line: fitLine([span(view.text, 'input')], columns, '', 'input'), caret: view.caretColumn};
}
