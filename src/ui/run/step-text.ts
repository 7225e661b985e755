import {widthOf} from '../../text/width.js';
import type {HostRow} from '../../view/host-rows.js';
import {type StepPane, stepPane} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Role, Theme} from '../theme.js';
import type {RunScreen} from './run-screen.js';
import {shownScript} from './script.js';

/** What the view says of the chosen step; undefined before there is one. */
export function shownStep(screen: RunScreen, columns: number): StepPane | undefined {
	const {chosen, open, state, now} = screen;
	return chosen === undefined ? undefined : stepPane(open.graph, state, chosen, {columns, now});
}

/** What is said of the chosen step, from what surrounds it to what came of it. */
export function stepLines(screen: RunScreen, columns: number, glyphs: Theme['glyphs']): readonly Line[] {
	const pane = shownStep(screen, columns);
	if (pane === undefined || screen.chosen === undefined) {
		return [];
	}
	const blocks: ReadonlyArray<readonly Line[]> = [
		pane.context.map(textLine),
		pane.instruction.map(textLine),
		pane.gates.flatMap(({danger, isPassed, text}) =>
			text.map((line, index) => [
				span(
					index === 0 ? `${danger ? 'Danger' : 'Warning'}${isPassed ? ', passed' : ''}: ` : '  ',
					isPassed ? 'quiet' : danger ? 'bad' : 'doubt',
				),
				span(line, isPassed ? 'quiet' : 'plain'),
			]),
		),
		shownScript(screen, screen.chosen, columns - 2).map(line => [span('  '), ...textLine(line)]),
		pane.facts.map(fact => [span(fact, 'quiet')]),
		hostLines(pane.hosts, glyphs),
	];
	return blocks
		.filter(block => block.length > 0)
		.flatMap((block, index) => (index === 0 ? block : [emptyLine, ...block]));
}

/** What is going on says its state itself; what has ended says what came of it. */
function hostLines(rows: readonly HostRow[], glyphs: Theme['glyphs']): readonly Line[] {
	const names = Math.max(0, ...rows.map(({name}) => widthOf(name)));
	return rows.map(({name, look, note, status}) => [
		span(`${glyphs[look.glyph]} `, look.tone),
		span(names > 0 ? name + ' '.repeat(names - widthOf(name) + 2) : ''),
		...(status === 'running' && note !== ''
			? [span(note, look.tone)]
			: [span(look.word, look.tone), span(note === '' ? '' : `  ${note}`, 'quiet')]),
	]);
}

export function textLine(line: TextLine): Line {
	return line.map(({text, style}) => span(text, style satisfies Role));
}
