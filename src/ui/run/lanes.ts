import {widthOf} from '../../text/width.js';
import type {HostRow} from '../../view/host-rows.js';
import {lookOf, worstFirst} from '../../view/status.js';
import {spokenDuration} from '../../view/time.js';
import type {Pane} from '../frame.js';
import {cutLine, fitLine, justify, type Line, span, widthOfLine} from '../line.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {windowStart} from '../window.js';
import {hostsAt} from './outline.js';
import {viewLines} from './output-pane.js';
import type {Area} from './panes.js';
import {pinnedAt, type RunScreen, shownHost, stretchOn, viewOfStretch} from './run-screen.js';

/** The hosts of the chosen step side by side: each with its state over the end of its output. */
export function lanePanes(screen: RunScreen, {at, size}: Area, theme: Theme): readonly Pane[] {
	const rows = screen.chosen === undefined ? [] : hostsAt(screen, screen.chosen);
	const width = Math.floor(size.columns / Math.max(1, rows.length));
	return rows.flatMap((row, index): readonly Pane[] => {
		const isLast = index === rows.length - 1;
		const columns = isLast ? size.columns - width * index : width;
		const x = at.x + width * index;
		const inner = columns - 1 - (isLast ? 0 : 1);
		const height = size.rows - 1;
		const divider: Line = [span(theme.marks.divider, 'quiet')];
		return [
			{at: {x, y: at.y}, columns, lines: [laneHead(screen, row, columns, theme)], theme},
			...(isLast
				? []
				: [
						{
							at: {x: x + columns - 1, y: at.y + 1},
							columns: 1,
							lines: Array.from({length: height}, () => divider),
							theme,
						},
					]),
			{
				at: {x: x + 1, y: at.y + 1},
				columns: inner,
				lines: [],
				painted: laneLines(screen, row, {columns: inner, rows: height}, theme),
				theme,
			},
		];
	});
}

/** `─ ✔ esxi1  exit 0, 3 s ────`: the shown one is the one that keys are for. */
function laneHead(screen: RunScreen, row: HostRow, columns: number, theme: Theme): Line {
	const {marks, glyphs} = theme;
	const isShown = row.host === shownHost(screen, screen.chosen);
	const name = isShown ? (screen.pane === 'output' ? 'focus' : 'strong') : 'quiet';
	const start: Line = [
		span(marks.rule, 'quiet'),
		span(isShown && screen.pane === 'output' ? marks.pointer : ' ', 'pointer'),
		span(`${glyphs[row.look.glyph]} `, row.look.tone),
		span(row.name, name),
		span(`  ${wordsOf(row)} `, row.look.tone === 'good' ? 'quiet' : row.look.tone),
	];
	const note = silenceNote(screen, row);
	const line = cutLine(start, columns - 1, marks.cut);
	const free = columns - widthOfLine(line);
	const right = note !== '' && widthOf(note) + 3 < free ? [span(` ${note} `, 'quiet'), span(marks.rule, 'quiet')] : [];
	return [...line, span(marks.rule.repeat(Math.max(0, free - widthOfLine(right))), 'quiet'), ...right];
}

/** How long the host has printed nothing, while it is at work. */
function silenceNote(screen: RunScreen, {host, status}: HostRow): string {
	const lastAt = viewOfStretch(screen, stretchOn(screen, host))?.lastAt ?? 0;
	const age = screen.laptopNow - lastAt;
	return status !== 'running' || lastAt === 0 || age < 2000
		? ''
		: `no output for ${spokenDuration(Math.floor(age / 1000) * 1000)}`;
}

/** What goes on says its state itself. */
function wordsOf({status, look, note}: HostRow): string {
	return status === 'running' && note !== '' ? note : [look.word, note].filter(Boolean).join(', ');
}

function laneLines(screen: RunScreen, {host}: HostRow, size: Size, theme: Theme): readonly string[] {
	const from = host === shownHost(screen, screen.chosen) ? pinnedAt(screen) : undefined;
	return viewLines(screen, viewOfStretch(screen, stretchOn(screen, host)), from, size, theme);
}

/** In the rule over one host's output: all of them by name, with what they are at; the open one stands out. */
export function tabsTitle(screen: RunScreen, notes: Line, columns: number, isFocused: boolean, theme: Theme): Line {
	const {marks, glyphs} = theme;
	const rows = screen.chosen === undefined ? [] : hostsAt(screen, screen.chosen);
	const shown = shownHost(screen, screen.chosen);
	const tabs = rows.flatMap(({host, name, look}): Line => {
		const isShown = host === shown;
		return [
			span(` ${glyphs[look.glyph]} `, look.tone),
			span(isShown ? `[${name}]` : name, isShown ? (isFocused ? 'focus' : 'strong') : 'quiet'),
			span(' ', 'quiet'),
		];
	});
	const line = justify([span(marks.rule, 'quiet'), ...tabs], notes, columns, marks.cut);
	// The blanks between both become the rule.
	return line.map(part => (/^ {2,}$/.test(part.text) ? span(marks.rule.repeat(part.text.length), 'quiet') : part));
}

/** All hosts of the chosen step, those first that need somebody; how many are at what stands over them. */
export function boardPane(screen: RunScreen, {at, size}: Area, theme: Theme): Pane {
	const rows = screen.chosen === undefined ? [] : hostsAt(screen, screen.chosen);
	const shown = rows.findIndex(({host}) => host === shownHost(screen, screen.chosen));
	const height = size.rows - 1;
	const from = windowStart(rows.length, Math.max(0, shown), height);
	const names = Math.max(0, ...rows.slice(from, from + height).map(({name}) => widthOf(name)));
	const lines = rows.slice(from, from + height).map((row, index) => {
		const isShown = from + index === shown;
		const line: Line = [
			span(isShown ? ` ${theme.marks.pointer} ` : '   ', 'pointer'),
			span(`${theme.glyphs[row.look.glyph]} `, row.look.tone),
			span(row.name, isShown ? 'chosen' : 'plain'),
			span(' '.repeat(names - widthOf(row.name) + 2)),
			span(wordsOf(row), row.look.tone === 'good' ? 'quiet' : row.look.tone),
		];
		return fitLine(line, size.columns, theme.marks.cut);
	});
	return {at, columns: size.columns, lines: [boardTitle(screen, rows, size.columns, theme), ...lines], theme};
}

function boardTitle(screen: RunScreen, rows: readonly HostRow[], columns: number, theme: Theme): Line {
	const {marks} = theme;
	const isFocused = screen.pane === 'output';
	const line: Line = [
		span(`${marks.rule} `, 'quiet'),
		span(`${rows.length} hosts`, isFocused ? 'focus' : 'quiet'),
		...countSpans(rows, theme),
		span(' '),
	];
	const fitting = cutLine(line, columns, marks.cut);
	return [...fitting, span(marks.rule.repeat(Math.max(0, columns - widthOfLine(fitting))), 'quiet')];
}

/** `  ✘ 2 failed  ▶ 48 running  ✔ 950 done`, those first that need somebody. */
export function countSpans(rows: readonly HostRow[], {glyphs}: Pick<Theme, 'glyphs'>): Line {
	return worstFirst.flatMap(status => {
		const count = rows.filter(row => row.status === status).length;
		const {glyph, tone, word} = lookOf(status);
		return count === 0 ? [] : [span(`  ${glyphs[glyph]} `, tone), span(`${count} ${word}`)];
	});
}
