import type {HostRow} from '../../view/host-rows.js';
import {type StepPane, stepPane} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import type {Body, Pane} from '../frame.js';
import {cutLine, emptyLine, filled, justify, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {Role, Theme} from '../theme.js';
import {outlineLine, seenRows} from './outline.js';
import {outputLines, outputTitle} from './output-pane.js';
import {type Panes, panesOf} from './panes.js';
import {preflightLook} from './preflight-look.js';
import {type RunScreen, stageOf} from './run-screen.js';
import {shownScript} from './script.js';
import {summaryLook} from './summary-look.js';

export function runLook(screen: RunScreen, size: Size, theme: Theme): Body {
	const head = headOf(screen, size.columns, theme);
	switch (stageOf(screen)) {
		case 'preflight':
			return {...head, panes: preflightLook(screen, size, theme), cursor: undefined};
		case 'steps':
			return {...head, panes: stepsLook(screen, size, theme), cursor: undefined};
		case 'summary':
			return {...head, panes: summaryLook(screen, size, theme), cursor: undefined};
	}
}

function headOf({header}: RunScreen, columns: number, theme: Theme): Pick<Body, 'title' | 'aside' | 'progress'> {
	const {title, mode, step, steps, fraction, elapsed, status, failed, unknown, hosts} = header;
	const count = step > 0 ? `step ${step}/${steps}` : `${steps} steps`;
	const badges = hosts.flatMap(({name, tone}) => [span(`  ${theme.marks.host} `, tone), span(name, 'plain')]);
	// Where the row is short, the hosts go first: their state stands in the step, too.
	const isRoomy = columns >= 100 || hosts.length <= 2;
	return {
		title: [
			span(' '),
			...(mode === 'rehearsal' ? [span(' REHEARSAL ', 'badge'), span(' ')] : []),
			span(title, 'strong'),
		],
		aside: [
			...(failed > 0 ? [span(`  ${failed} failed`, 'bad')] : []),
			...(unknown > 0 ? [span(`  ${unknown} unknown`, 'doubt')] : []),
			...(status === '' ? [] : [span(`  ${status}`, 'busy')]),
			...(isRoomy ? badges : []),
			span(`   ${count}`, 'plain'),
			span(`   ${elapsed}`, 'quiet'),
		],
		progress: fraction,
	};
}

function stepsLook(screen: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const panes = panesOf(screen, size);
	return [
		...(panes.outline === undefined ? [] : [outlinePane(screen, panes.outline, size, theme)]),
		...rightPanes(screen, panes, theme),
	];
}

function outlinePane(screen: RunScreen, {columns}: {readonly columns: number}, size: Size, theme: Theme): Pane {
	const {marks} = theme;
	const isFocused = screen.pane === 'outline';
	const rows = seenRows(screen.outline, screen.chosen, size.rows - 1);
	const title: Line = [span('   '), span('Outline', isFocused ? 'focus' : 'quiet')];
	const isWide = columns < size.columns;
	const width = isWide ? columns - 1 : columns;
	const lines = filled([title, ...rows.map(row => outlineLine(row, screen.chosen, width, theme))], size.rows);
	// The divider is drawn with the outline, so that what varies most stands at the right edge of the terminal.
	const divided = lines.map(line => justify(line, [span(marks.divider, 'quiet')], columns, marks.cut));
	return {at: {x: 0, y: 0}, columns, lines: isWide ? divided : lines, theme};
}

function rightPanes(screen: RunScreen, {step, output}: Panes, theme: Theme): readonly Pane[] {
	const panes: Pane[] = [];
	if (step !== undefined) {
		const text = stepLines(screen, step.size.columns - 2, theme);
		const top = Math.min(
			screen.chosen === undefined ? 0 : (screen.stepTop[screen.chosen] ?? 0),
			Math.max(0, text.length - step.size.rows + 1),
		);
		const shown = text.slice(top, top + step.size.rows - 1);
		const below = text.length - top - shown.length;
		const lines = [stepTitle(screen, step.size.columns, below, theme), ...shown.map(line => [span(' '), ...line])];
		panes.push({
			at: step.at,
			columns: step.size.columns,
			lines: lines.map(line => cutLine(line, step.size.columns, theme.marks.cut)),
			theme,
		});
	}
	if (output !== undefined) {
		const {at, size} = output;
		const inner = {columns: size.columns - 1, rows: size.rows - 1};
		panes.push(
			{
				at,
				columns: size.columns,
				lines: [outputTitle(screen, {...size, rows: inner.rows}, screen.pane === 'output', theme)],
				theme,
			},
			{
				at: {x: at.x + 1, y: at.y + 1},
				columns: inner.columns,
				lines: [],
				painted: outputLines(screen, inner.columns, inner.rows, theme),
				theme,
			},
		);
	}
	return panes;
}

function stepTitle(screen: RunScreen, columns: number, below: number, theme: Theme): Line {
	const pane = paneOf(screen, columns);
	const more = below > 0 ? `${theme.marks.more} ${below} more  ` : '';
	return justify(
		[span(' '), span(pane?.title ?? '', screen.pane === 'step' ? 'focus' : 'strong')],
		[span(`  ${more}${pane?.heading ?? ''} `, 'quiet')],
		columns,
		theme.marks.cut,
	);
}

function paneOf(screen: RunScreen, columns: number): StepPane | undefined {
	const {chosen, open, state, now} = screen;
	return chosen === undefined ? undefined : stepPane(open.graph, state, chosen, {columns, now});
}

/** What is said of the chosen step, from what surrounds it to what came of it. */
export function stepLines(screen: RunScreen, columns: number, theme: Theme): readonly Line[] {
	const pane = paneOf(screen, columns);
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
		shownScript(screen, screen.chosen).map(line => [span('  '), ...textLine(line)]),
		pane.facts.map(fact => [span(fact, 'quiet')]),
		hostLines(pane.hosts, theme),
	];
	return blocks
		.filter(block => block.length > 0)
		.flatMap((block, index) => (index === 0 ? block : [emptyLine, ...block]));
}

function hostLines(rows: readonly HostRow[], theme: Theme): readonly Line[] {
	const names = Math.max(0, ...rows.map(({name}) => name.length));
	return rows.map(({name, look, note}) => [
		span(`${theme.glyphs[look.glyph]} `, look.tone),
		...(names > 0 ? [span(name.padEnd(names + 2))] : []),
		span(look.word, look.tone),
		span(note === '' ? '' : `  ${note}`, 'quiet'),
	]);
}

export function textLine(line: TextLine): Line {
	return line.map(({text, style}) => span(text, style satisfies Role));
}
