import {sanitiseLine} from '../text/sanitise.js';
import {cutToWidth, graphemesOf, widthOf} from '../text/width.js';
import {linesOf, normalised} from './lines.js';
import type {Problem} from './problem.js';

/** Cells of the source line that are shown at most: in all, and before what is underlined. */
const shownCells = 96;
const shownBefore = 48;

/** More than any line shows, however many units a character takes; a line may be megabytes long. */
const looked = 1000;

/**
All problems as text for a terminal, in the order given, without a line end behind the last one.

> | book.md:41:16 error[unknown-key] There is no key "tmeout".
> |   41 | ```sh on=esxi1 tmeout=2m
> |      |                ^^^^^^
> |   Did you mean "timeout"?

`source` is the text of the file that the problems are about, or of each of several by its name; without one, or past its
end, no line is shown.
*/
export function formatProblems(problems: readonly Problem[], source: string | ReadonlyMap<string, string>): string {
	const lineOf = new Map<string, (line: number) => string>();
	const sourceLine = ({file, at}: Problem): string => {
		const known = lineOf.get(file) ?? lineFinder(typeof source === 'string' ? source : (source.get(file) ?? ''));
		lineOf.set(file, known);
		return known(at.line);
	};
	return problems
		.map(problem => [headline(problem), ...excerpt(problem, sourceLine(problem)), ...helpLines(problem)].join('\n'))
		.join('\n');
}

function lineFinder(source: string): (line: number) => string {
	const text = normalised(source);
	const lines = linesOf(text);
	return line => text.slice(lines.startOf(line), lines.endOf(line));
}

function headline({file, at, severity, code, message}: Problem): string {
	return `${sanitiseLine(file)}:${at.line}:${at.column} ${severity}[${code}] ${oneLine(message)}`;
}

function helpLines({help}: Problem): readonly string[] {
	return help === '' ? [] : [`  ${oneLine(help)}`];
}

function oneLine(text: string): string {
	return sanitiseLine(text.replace(/\s*\n\s*/g, ' '));
}

/** Nothing of a line in which a secret was written down: it would stand in every log that somebody sends on. */
function excerpt({code, at: {line, column, length}}: Problem, sourceLine: string): readonly string[] {
	if (sourceLine === '' || code === 'secret-in-clear') {
		return [];
	}

	const start = column - 1;
	const before = lastCells(sanitiseLine(sourceLine.slice(Math.max(0, start - looked), start)), shownBefore);
	const marked = cutToWidth(
		sanitiseLine(sourceLine.slice(start, start + Math.min(length, looked))),
		shownCells - widthOf(before),
	);
	const rest = shownCells - widthOf(before) - widthOf(marked);
	const after = cutToWidth(sanitiseLine(sourceLine.slice(start + length, start + length + looked)), rest);
	const number = String(line).padStart(4);
	const carets = '^'.repeat(Math.max(1, widthOf(marked)));
	return [
		`${number} | ${before}${marked}${after}`.trimEnd(),
		`${' '.repeat(number.length)} | ${' '.repeat(widthOf(before))}${carets}`,
	];
}

/** The end of a text, an ellipsis before it if something is left out. */
function lastCells(text: string, cells: number): string {
	if (widthOf(text) <= cells) {
		return text;
	}

	let width = 1;
	let shown = '';
	for (const grapheme of [...graphemesOf(text)].reverse()) {
		width += widthOf(grapheme);
		if (width > cells) {
			break;
		}

		shown = grapheme + shown;
	}

	return `…${shown}`;
}
