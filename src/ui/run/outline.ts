import {nodeOf} from '../../run/nodes.js';
import type {RunState} from '../../run/state.js';
import type {PhaseId, StepId} from '../../runbook/runbook.js';
import {type HostRow, hostRows} from '../../view/host-rows.js';
import {counted} from '../../view/names.js';
import type {OutlineRow} from '../../view/outline.js';
import {lookOf} from '../../view/status.js';
import {spokenDuration} from '../../view/time.js';
import {cutLine, justify, type Line, span} from '../line.js';
import {type TextField, textOf, viewOf} from '../text-field.js';
import type {Theme} from '../theme.js';
import {windowStart} from '../window.js';
import {chosenAt, mostLanes, type OutlinePlace, type RunScreen, shownHost} from './run-screen.js';

/** What stands in the outline: its rows, and under a step that was opened its hosts. */
export type SeenRow = OutlineRow | (HostRow & {readonly kind: 'host'; readonly id: StepId; readonly depth: number});

/**
The rows that are open now, in document order. While a filter holds, the steps that it names and the phases around them.

Where `height` has room for all of them every phase is open, else those that the run or the choice is in; unless somebody
opened or closed one by hand. What is chosen is always among them.
*/
export function openRows(screen: RunScreen, height: number): readonly SeenRow[] {
	const {outline, expanded} = screen;
	const rows = wordsOf(screen.filter).length > 0 ? filteredRows(screen) : unfoldedRows(screen, height);
	return expanded.size === 0 || outline.length === 0
		? rows
		: rows.flatMap(row => (row.kind === 'step' && expanded.has(row.id) ? [row, ...hostsUnder(screen, row)] : [row]));
}

function unfoldedRows({outline, isOpen, chosen, phase}: RunScreen, height: number): readonly OutlineRow[] {
	const fitsAll = outline.length <= height;
	const around = phasesAround(outline, chosen ?? phase);
	const rows: OutlineRow[] = [];
	let closedAt = Number.POSITIVE_INFINITY;
	for (const row of outline) {
		if (row.depth > closedAt) {
			continue;
		}
		rows.push(row);
		const isShut = row.kind === 'phase' && !around.has(row.id) && !(isOpen[row.id] ?? (fitsAll || row.isCurrent));
		closedAt = isShut ? row.depth : Number.POSITIVE_INFINITY;
	}
	return rows;
}

/** The phases that a row stands in. */
function phasesAround(outline: readonly OutlineRow[], id: StepId | PhaseId | undefined): ReadonlySet<PhaseId> {
	const around = new Set<PhaseId>();
	const row = id === undefined ? -1 : outline.findIndex(own => own.id === id);
	let depth = outline[row]?.depth ?? 0;
	for (let above = row - 1; above >= 0 && depth > 0; above--) {
		const other = outline[above];
		if (other?.kind === 'phase' && other.depth < depth) {
			around.add(other.id);
			depth = other.depth;
		}
	}
	return around;
}

function wordsOf(filter: TextField | undefined): readonly string[] {
	return filter === undefined ? [] : textOf(filter).toLowerCase().split(/\s+/).filter(Boolean);
}

/** Every word must stand somewhere in a step's title, id, hosts or state. */
function filteredRows({outline, filter}: RunScreen): readonly OutlineRow[] {
	const words = wordsOf(filter);
	const open: OutlineRow[] = [];
	const rows: OutlineRow[] = [];
	for (const row of outline) {
		while ((open.at(-1)?.depth ?? -1) >= row.depth) {
			open.pop();
		}
		if (row.kind === 'phase') {
			open.push(row);
		} else if (words.every(word => row.words.includes(word))) {
			// The phases around it come with their first step.
			rows.push(...open.splice(0), row);
		}
	}
	return rows;
}

/** The screen narrowed to this; if the chosen step is not among what is left, the first that is becomes the chosen one. */
export function filteredBy(screen: RunScreen, filter: TextField): RunScreen {
	const next = {...screen, filter};
	const steps = wordsOf(filter).length === 0 ? [] : filteredRows(next).filter(({kind}) => kind === 'step');
	const [first] = steps;
	return first === undefined || steps.some(({id}) => id === screen.chosen)
		? next
		: chosenAt(next, {kind: 'step', id: first.id});
}

/** How many steps the filter leaves; undefined without one. */
function foundSteps(screen: RunScreen): number | undefined {
	return wordsOf(screen.filter).length === 0
		? undefined
		: filteredRows(screen).filter(({kind}) => kind === 'step').length;
}

type HostRowsMade = {readonly second: number; readonly rows: Map<StepId, readonly HostRow[]>};
const made = new WeakMap<RunState, HostRowsMade>();

/** A step's hosts with what they are at; where they are many, those first that need somebody. Durations in it go by whole seconds; made once for all that ask for it. */
export function hostsAt({open, state, now}: RunScreen, step: StepId): readonly HostRow[] {
	const second = Math.floor(now / 1000) * 1000;
	const known = made.get(state);
	const kept = known?.second === second ? known : {second, rows: new Map<StepId, readonly HostRow[]>()};
	made.set(state, kept);
	const node = nodeOf(open.graph, step);
	const order = (node?.hosts.length ?? 0) <= mostLanes ? 'runbook' : 'worst';
	const rows = kept.rows.get(step) ?? (node === undefined ? [] : hostRows(open.graph, state, node, second, order));
	kept.rows.set(step, rows);
	return rows;
}

function hostsUnder(screen: RunScreen, {id, depth}: OutlineRow): readonly SeenRow[] {
	return hostsAt(screen, id).map(row => ({...row, kind: 'host', id, depth: depth + 1}));
}

/** The phases around what is chosen, outermost first: where one is, while the outline is not on the screen. */
export function pathWords({outline, chosen, phase}: RunScreen): string {
	const around = phasesAround(outline, chosen ?? phase);
	const titles = outline.filter(row => row.kind === 'phase' && around.has(row.id)).map(({title}) => title);
	return titles.length === 0 ? '' : `in ${titles.join(' / ')}`;
}

/** Which of the rows is the chosen one; -1 if none is. */
export function chosenRow(rows: readonly SeenRow[], screen: RunScreen): number {
	const {chosen, phase, onHostRow} = screen;
	const host = onHostRow ? shownHost(screen, chosen) : undefined;
	const own = rows.findIndex(row =>
		row.kind === 'phase'
			? row.id === phase
			: row.id === chosen && (host === undefined ? row.kind === 'step' : row.kind === 'host' && row.host === host),
	);
	return own < 0 && host !== undefined ? rows.findIndex(({kind, id}) => kind === 'step' && id === chosen) : own;
}

export function placeAt(row: SeenRow): OutlinePlace {
	switch (row.kind) {
		case 'phase':
			return {kind: 'phase', id: row.id};
		case 'step':
			return {kind: 'step', id: row.id};
		case 'host':
			return {kind: 'host', id: row.id, host: row.host};
	}
}

/** The drawn rows: a stretch with the chosen one near its middle. */
export function outlineLines(screen: RunScreen, height: number, columns: number, theme: Theme): readonly Line[] {
	const rows = openRows(screen, height);
	const chosen = chosenRow(rows, screen);
	const from = windowStart(rows.length, chosen, height);
	return rows.slice(from, from + height).map((row, index) => {
		const at = from + index;
		const isShut = row.kind === 'phase' && (rows[at + 1]?.depth ?? 0) <= row.depth;
		const estimate = row.kind === 'step' ? screen.estimates.get(row.id) : undefined;
		return outlineLine(row, {isChosen: at === chosen, isShut, estimate}, columns, theme);
	});
}

/** What takes less is over before one has read it. */
const NEWS_MS = 5000;

/** `estimate`: how long the step is likely to take, in milliseconds. */
type Drawn = {readonly isChosen: boolean; readonly isShut: boolean; readonly estimate: number | undefined};

function outlineLine(row: SeenRow, {isChosen, isShut, estimate}: Drawn, columns: number, theme: Theme): Line {
	const {marks, glyphs} = theme;
	const isHere = row.kind === 'step' && row.isCurrent;
	const pointer = span(isChosen ? ` ${marks.pointer}` : isHere ? ' >' : '  ', 'pointer');
	const start: Line = [pointer, span(' '.repeat(1 + 2 * row.depth)), span(`${glyphs[row.look.glyph]} `, row.look.tone)];
	switch (row.kind) {
		case 'phase': {
			const count = isShut || row.settled < row.all ? ` ${row.settled}/${row.all}` : '';
			const role = isChosen ? 'chosen' : row.isCurrent ? 'strong' : 'plain';
			const right = [span(count, 'quiet'), span(isShut ? marks.shut : ' ', 'quiet')];
			return justify([...start, span(row.title, role)], right, columns, marks.cut);
		}
		case 'step': {
			const role = isChosen ? 'chosen' : row.status === 'waiting' || row.status === 'skipped' ? 'quiet' : 'plain';
			const isPart = row.all > 1 && row.settled > 0 && row.settled < row.all;
			const isAhead = row.status === 'waiting' || row.status === 'ready' || row.status === 'asking';
			const about = isAhead && estimate !== undefined && estimate >= NEWS_MS ? ` ~${spokenDuration(estimate)} ` : '';
			const words = isPart ? ` ${row.settled}/${row.all} ` : about;
			const right = [words === '' ? span(' ') : span(words, 'quiet')];
			return justify([...start, span(row.title, role)], right, columns, marks.cut);
		}
		case 'host': {
			const note = row.note === '' ? row.look.word : row.note;
			return cutLine(
				[...start, span(row.name, isChosen ? 'chosen' : 'plain'), span(`  ${note}`, 'quiet')],
				columns - 1,
				marks.cut,
			);
		}
	}
}

/** Another step further on (`by` 1) or back (-1) of which this holds; the search goes round once. */
export function nextStep(screen: RunScreen, by: 1 | -1, isWanted: (row: OutlineRow) => boolean): StepId | undefined {
	const {outline, chosen, phase} = screen;
	const at = outline.findIndex(({id}) => id === (chosen ?? phase));
	const count = outline.length;
	for (let far = 1; far <= count; far++) {
		const row = outline[(at + by * far + count * 2) % count];
		if (row?.kind === 'step' && row.id !== chosen && isWanted(row)) {
			return row.id;
		}
	}
	return undefined;
}

export function needsLook({status}: OutlineRow): boolean {
	return status === 'failed' || status === 'unknown';
}

/** The phase or step that a row stands under; undefined at the top. */
export function above(rows: readonly SeenRow[], row: number): SeenRow | undefined {
	const depth = rows[row]?.depth ?? 0;
	return rows.slice(0, Math.max(0, row)).findLast(other => other.depth < depth);
}

/** Whether the step has hosts of which each can have a row. */
export function hasHostRows(screen: RunScreen, step: StepId): boolean {
	return (nodeOf(screen.open.graph, step)?.hosts.length ?? 0) > 1;
}

/** Over the rows: where the choice stands among the steps and how many need a look, or what the outline is narrowed to. */
export function outlineTitle(
	screen: RunScreen,
	columns: number,
	theme: Theme,
): {readonly line: Line; readonly caret: number | undefined} {
	const {filter, isFiltering, pane, outline} = screen;
	const {marks, glyphs} = theme;
	const steps = outline.filter(({kind}) => kind === 'step');
	if (filter !== undefined) {
		const found = foundSteps(screen);
		const right = found === undefined ? '' : ` ${found} of ${steps.length} `;
		const view = viewOf(filter, Math.max(4, columns - 5 - right.length), undefined);
		const left = [span('   / ', 'key'), span(view.text, isFiltering ? 'input' : 'strong')];
		return {
			line: justify(left, [span(right, found === 0 ? 'doubt' : 'quiet')], columns, marks.cut),
			caret: 5 + view.caretColumn,
		};
	}
	const at = steps.findIndex(({id}) => id === screen.chosen);
	const count = (wanted: OutlineRow['status']) => steps.filter(({status}) => status === wanted).length;
	const signs = (['failed', 'unknown'] as const).flatMap(status => {
		const number = count(status);
		const {glyph, tone} = lookOf(status);
		return number === 0 ? [] : [span(` ${glyphs[glyph]}${number} `, tone)];
	});
	const position = at < 0 ? ` ${counted(steps.length, 'step')} ` : ` ${at + 1} of ${steps.length} `;
	const left = [span('   '), span('Outline', pane === 'outline' ? 'focus' : 'quiet')];
	return {line: justify(left, [...signs, span(position, 'quiet')], columns, marks.cut), caret: undefined};
}
