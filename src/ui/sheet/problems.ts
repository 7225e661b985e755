import {sanitiseText} from '../../text/sanitise.js';
import {wrapToWidth} from '../../text/width.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {ProblemText} from '../workbench.js';

/** Sentences go on in the next row; the lines of the document and their carets stay as they are. */
export function problemRows(problems: readonly ProblemText[], columns: number): readonly Line[] {
	return problems.flatMap(({severity, text}) => {
		const role = severity === 'error' ? 'bad' : 'doubt';
		const rows = sanitiseText(text).flatMap((line, index): readonly Line[] =>
			/^ *\d* \| /.test(line)
				? [[span(`  ${line}`, 'quiet')]]
				: wrapToWidth(line.trimStart(), columns - 6).map(part => [
						span(`${index === 0 ? '  ' : '    '}${part}`, index === 0 ? role : 'quiet'),
					]),
		);
		return [...rows, emptyLine];
	});
}

/** How far the problems of a runbook can be scrolled. */
export function lastProblemTop(problems: readonly ProblemText[], {columns, rows}: Size): number {
	return Math.max(0, problemRows(problems, columns).length - (rows - 1));
}
