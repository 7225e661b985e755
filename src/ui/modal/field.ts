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

/** Lines, an empty one, and the field that is typed into. */
export function withField(
	title: string,
	lines: readonly Line[],
	typing: Typing | undefined,
	columns: number,
	theme: Theme,
	problem = '',
): Content {
	const field = typing === undefined ? undefined : fieldLine(typing, columns, theme);
	return {
		title,
		role: 'plain',
		lines: [...lines, emptyLine, field?.line ?? emptyLine, [span(problem, 'bad')]],
		cursor: field === undefined ? undefined : {x: field.caret, y: lines.length + 1},
	};
}

export function fieldLine(
	typing: Typing,
	columns: number,
	theme: Theme,
): {readonly line: Line; readonly caret: number} {
	const view = viewOf(typing.field, columns, typing.isSecret ? theme.marks.bullet : undefined);
	return {line: fitLine([span(view.text, 'input')], columns, '', 'input'), caret: view.caretColumn};
}
