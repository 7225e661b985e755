import {counted} from '../../view/names.js';
import type {Body, Pane} from '../frame.js';
import {cutLine, filled, justify, type Line, span, widthOfLine} from '../line.js';
import {logLook} from '../log/look.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {differenceLook} from './difference-look.js';
import {boardColumns, hostLayout} from './host-layout.js';
import {boardPane, lanePanes} from './lanes.js';
import {outlineLines, outlineTitle, pathWords} from './outline.js';
import {outputLines, outputTitle} from './output-pane.js';
import {type Area, type Panes, panesOf, stepHeadRows, stepView} from './panes.js';
import {preflightLook} from './preflight-look.js';
import {type RunScreen, stageOf} from './run-screen.js';
import {shownHead} from './step-text.js';
import {summaryLook} from './summary-look.js';

export function runLook(screen: RunScreen, size: Size, theme: Theme): Body {
	const head = headOf(screen, size.columns, theme);
	if (screen.log !== undefined) {
		return {...head, ...logLook(screen, screen.log, size, theme)};
	}
	switch (stageOf(screen)) {
		case 'preflight':
			return {...head, panes: preflightLook(screen, size, theme), cursor: undefined};
		case 'steps':
			return {...head, panes: stepsLook(screen, size, theme), cursor: filterCursor(screen, size, theme)};
		case 'difference':
			return {...head, panes: differenceLook(screen, size, theme), cursor: undefined};
		case 'summary':
			return {...head, panes: summaryLook(screen, size, theme), cursor: undefined};
	}
}

function headOf({header}: RunScreen, columns: number, theme: Theme): Pick<Body, 'title' | 'aside' | 'progress'> {
	const {title, mode, step, steps, fraction, elapsed, status, failed, unknown, hosts} = header;
	const count = step > 0 ? `step ${step}/${steps}` : counted(steps, 'step');
	const badges =
		hosts.length > mostBadges ? hostCounts(hosts, theme) : hosts.flatMap(badge => badgeSpans(badge, theme));
	// Where the row is short, the hosts go first: their state stands in the step, too.
	const isRoomy = columns >= 100 || (columns >= 76 && (hosts.length <= 2 || hosts.length > mostBadges));
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

/** Behind what is typed into the outline's title row. */
function filterCursor(screen: RunScreen, size: Size, theme: Theme): Body['cursor'] {
	const columns = panesOf(screen, size).outline?.columns;
	const caret = columns === undefined ? undefined : outlineTitle(screen, columns - 1, theme).caret;
	return screen.isFiltering && caret !== undefined ? {x: caret, y: 0} : undefined;
}

/** More hosts than this are counted. */
const mostBadges = 6;

type Badge = RunScreen['header']['hosts'][number];

function badgeSpans({name, tone}: Badge, theme: Theme): Line {
	return [span(`  ${hostMark(tone, theme)} `, tone), span(name)];
}

/** Who is not reached, or does not let us in, is seen without colours too. */
function hostMark(tone: Badge['tone'], {marks}: Theme): string {
	return tone === 'bad' || tone === 'doubt' ? marks.noHost : marks.host;
}

/** `○ 2 not reached  ● 998 reached`. */
function hostCounts(hosts: readonly Badge[], theme: Theme): Line {
	const alike = [...Map.groupBy(hosts, ({word}) => word)].toSorted(([, one], [, other]) => one.length - other.length);
	return alike.flatMap(([word, own]) => [
		span(`  ${hostMark(own[0]?.tone ?? 'quiet', theme)} `, own[0]?.tone ?? 'quiet'),
		span(`${own.length} ${word}`),
	]);
}

function stepsLook(screen: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const panes = panesOf(screen, size);
	return [
		...(panes.outline === undefined ? [] : [outlinePane(screen, panes, size, theme)]),
		...rightPanes(screen, panes, theme),
	];
}

function outlinePane(screen: RunScreen, {outline, output}: Panes, size: Size, theme: Theme): Pane {
	const columns = outline?.columns ?? size.columns;
	const {marks} = theme;
	const isWide = columns < size.columns;
	const width = isWide ? columns - 1 : columns;
	const rows = outlineLines(screen, size.rows - 1, width, theme);
	const lines = filled([outlineTitle(screen, width, theme).line, ...rows], size.rows);
	// The divider is drawn with the outline, so that what varies most stands at the right edge of the terminal.
	const divided = lines.map((line, row) =>
		justify(line, [span(row === output?.at.y ? marks.tee : marks.divider, 'quiet')], columns, marks.cut),
	);
	return {at: {x: 0, y: 0}, columns, lines: isWide ? divided : lines, theme};
}

function rightPanes(screen: RunScreen, {step, output}: Panes, theme: Theme): readonly Pane[] {
	return [
		...(step === undefined ? [] : [stepTextPane(screen, step, theme)]),
		...(output === undefined ? [] : outputPanes(screen, output, theme)),
	];
}

function stepTextPane(screen: RunScreen, area: Area, theme: Theme): Pane {
	const {at, size} = area;
	const {lines: text, top, rows} = stepView(screen, area, theme);
	const shown = text.slice(top, top + rows).map(line => [span(' '), ...line]);
	// Where the outline stands beside it, it says where one is.
	const path = at.x === 0 ? pathWords(screen) : '';
	const head = stepHead(screen, path, size, text.length - top - shown.length, theme);
	const lines = [...head, ...shown].map(line => cutLine(line, size.columns, theme.marks.cut));
	return {at, columns: size.columns, lines, theme};
}

function outputPanes(screen: RunScreen, area: Area, theme: Theme): readonly Pane[] {
	const {at, size} = area;
	switch (hostLayout(screen, size.columns)) {
		case 'one':
		case 'tabs':
			return oneOutput(screen, area, theme);
		case 'lanes':
			return lanePanes(screen, area, theme);
		case 'board': {
			const columns = boardColumns(size.columns);
			const beside = size.columns - columns;
			return [
				boardPane(screen, {at, size: {columns, rows: size.rows}}, theme),
				...(beside === 0
					? []
					: oneOutput(screen, {at: {x: at.x + columns, y: at.y}, size: {columns: beside, rows: size.rows}}, theme)),
			];
		}
	}
}

function oneOutput(screen: RunScreen, {at, size}: Area, theme: Theme): readonly Pane[] {
	const inner = {columns: size.columns - 1, rows: size.rows - 1};
	const isFocused = screen.pane === 'output';
	const title = outputTitle(screen, {columns: size.columns, rows: inner.rows}, isFocused, theme);
	const painted = outputLines(screen, inner.columns, inner.rows, theme);
	return [
		{at, columns: size.columns, lines: [title], theme},
		{at: {x: at.x + 1, y: at.y + 1}, columns: inner.columns, lines: [], painted, theme},
	];
}

/** The title, and what kind of step it is beside it, or under it where both do not fit in one row; there is the path, too. */
function stepHead(screen: RunScreen, path: string, size: Size, below: number, theme: Theme): readonly Line[] {
	const {columns} = size;
	const pane = shownHead(screen, columns);
	const title: Line = [span(' '), span(pane.title, screen.pane === 'step' ? 'focus' : 'strong')];
	const more: Line = below > 0 ? [span(`  ${theme.marks.more} ${below} more`, 'quiet')] : [];
	const heading: Line = [span(`  ${pane.heading} `, 'quiet')];
	const rows = stepHeadRows(size);
	const fits = widthOfLine([...title, ...more, ...heading]) <= columns;
	const under = [fits ? '' : pane.heading, path].filter(Boolean).join(' · ');
	const first = justify(
		title,
		fits || rows === 1 ? [...more, ...heading] : [...more, span(' ')],
		columns,
		theme.marks.cut,
	);
	return rows === 1 ? [first] : [first, [span(under === '' ? '' : ` ${under}`, 'quiet')]];
}
