import {sanitiseLine} from '../../text/sanitise.js';
import {widthOf} from '../../text/width.js';
import {lookOf, type StatusLook} from '../../view/status.js';
import type {Body} from '../frame.js';
import {cutLine, emptyLine, fitLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {windowOf} from '../window.js';
import {type Entry, entriesOf, type HomeScreen} from './home.js';

/** A heading of the list, a gap, or an entry with its index. */
type Row = {readonly entry: Entry; readonly index: number} | {readonly heading: string} | 'gap';

export function homeLook(screen: HomeScreen, size: Size, theme: Theme): Body {
	const rows = rowsOf(screen);
	const chosenRow = rows.findIndex(row => row !== 'gap' && 'index' in row && row.index === screen.chosen);
	const list = windowOf(rows, chosenRow, size.rows - 2);
	const titles = titleColumns(screen, size.columns);
	const lines = list.map(row => rowLine(row, screen, titles, size.columns, theme));
	return {
		title: [span(' fieldbook', 'strong')],
		aside: [span(summary(screen), 'quiet')],
		progress: 0,
		panes: [
			{at: {x: 0, y: 0}, columns: size.columns, lines, theme},
			{at: {x: 0, y: size.rows - 1}, columns: size.columns, lines: [modeLine(screen)], theme},
		],
		cursor: undefined,
	};
}

function summary({listing}: HomeScreen): string {
	if (listing === undefined) {
		return 'reading …';
	}
	if (!listing.areRunsRead) {
		return 'reading the runs …';
	}
	const runs = listing.unfinished.length + listing.finished.length;
	return `${runs} ${runs === 1 ? 'run' : 'runs'}, ${listing.unfinished.length} unfinished`;
}

function modeLine({mode}: HomeScreen): Line {
	return mode === 'real'
		? [span('  New runs on: '), span('real hosts', 'strong')]
		: [span('  New runs on: '), span(' the lab ', 'badge'), span('  a rehearsal on simulated hosts', 'quiet')];
}

function rowsOf(screen: HomeScreen): readonly Row[] {
	const entries = entriesOf(screen).map((entry, index) => ({entry, index}));
	const section = (heading: string, kinds: ReadonlyArray<Entry['kind']>): readonly Row[] => {
		const own = entries.filter(({entry}) => kinds.includes(entry.kind));
		return own.length === 0 ? [] : [{heading}, ...own, 'gap'];
	};
	return [
		...section('Resume', ['resume']),
		...section('Run', ['open', 'open-file']),
		...section('Finished', ['finished']),
	];
}

/** As wide as the longest title, but the notes keep at least half of the row. */
function titleColumns(screen: HomeScreen, columns: number): number {
	const longest = Math.max(0, ...entriesOf(screen).map(entry => widthOf(indentOf(entry) + titleOf(entry))));
	return Math.min(longest, Math.floor(columns / 2) - 4);
}

function rowLine(row: Row, {chosen}: HomeScreen, titles: number, columns: number, theme: Theme): Line {
	const {cut, pointer} = theme.marks;
	if (row === 'gap') {
		return emptyLine;
	}
	if ('heading' in row) {
		return [span(`  ${row.heading}`, 'quiet')];
	}
	const isChosen = row.index === chosen;
	const state = stateOf(row.entry);
	const title = fitLine(
		[span(indentOf(row.entry)), span(titleOf(row.entry), isChosen ? 'chosen' : 'plain')],
		titles,
		cut,
	);
	return cutLine(
		[
			span(isChosen ? ` ${pointer} ` : '   ', 'pointer'),
			state === undefined ? span('  ') : span(`${theme.glyphs[state.glyph]} `, state.tone),
			...title,
			span('   '),
			...(isRehearsal(row.entry) ? [span(' lab ', 'badge'), span(' ')] : []),
			span(noteOf(row.entry), 'quiet'),
		],
		columns,
		cut,
	);
}

function titleOf(entry: Entry): string {
	switch (entry.kind) {
		case 'resume':
		case 'finished':
			return sanitiseLine(entry.run.title);
		case 'open':
			return sanitiseLine(entry.runbook.title);
		case 'open-file':
			return 'open a file…';
	}
}

function noteOf(entry: Entry): string {
	switch (entry.kind) {
		case 'resume':
		case 'finished':
			return sanitiseLine(entry.run.note);
		case 'open':
			return runbookNote(entry);
		case 'open-file':
			return '';
	}
}

/** A page stands under the runbook that it is part of. */
function indentOf(entry: Entry): string {
	return entry.kind === 'open' && entry.runbook.partOf !== undefined ? '  ' : '';
}

/** One that stands alone says where it lies: others may be called the same. */
function runbookNote({runbook: {folder, partOf, note}, parts}: Extract<Entry, {kind: 'open'}>): string {
	const place = parts > 0 || partOf !== undefined || folder === '' ? [] : [`${folder}/`];
	return [...place, note]
		.filter(word => word !== '')
		.map(sanitiseLine)
		.join('  ');
}

function isRehearsal(entry: Entry): boolean {
	return 'run' in entry && entry.run.mode === 'rehearsal';
}

/** A runbook has no state, and the signs of steps stand for those of runs. */
function stateOf(entry: Entry): StatusLook | undefined {
	return 'run' in entry ? lookOf(entry.run.state === 'open' ? 'waiting' : entry.run.state) : undefined;
}
