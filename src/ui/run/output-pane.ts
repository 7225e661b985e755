import {type OutputLine, paintLine, wrapOutputLine} from '../../text/output-line.js';
import {hostWord} from '../../view/names.js';
import {spokenDuration} from '../../view/time.js';
import {justify, type Line, span} from '../line.js';
import {timeWord} from '../log/look.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {hostLayout} from './host-layout.js';
import {tabsTitle} from './lanes.js';
import {type OutputView, sameStretch} from './output.js';
import {pinnedAt, type RunScreen, runningSteps, shownStretch} from './run-screen.js';

/** A time of day and a blank. */
const timeColumns = 9;

/** What is known of the shown stretch: nothing of another one, which may still stand there for the time of a look. */
export function shownOutput(screen: RunScreen): OutputView | undefined {
	const stretch = shownStretch(screen);
	return sameStretch(screen.output?.key, stretch) ? screen.output : undefined;
}

/** The rule over the output: whose it is, how much, how old. `size` is that of the rows under it. */
export function outputTitle(screen: RunScreen, size: Size, isFocused: boolean, theme: Theme): Line {
	const {marks} = theme;
	const view = shownOutput(screen);
	const stretch = shownStretch(screen);
	const role = isFocused ? 'focus' : 'quiet';
	const part = stretch === undefined || stretch.part === 'run' ? '' : ` · ${stretch.part}`;
	const name = stretch === undefined ? 'Output' : `${hostWord(stretch.host) || 'Output'}${part}`;
	const attempt = stretch !== undefined && stretch.attempt > 1 ? ` · attempt ${stretch.attempt}` : '';
	const right = view === undefined ? '' : outputNotes(screen, view, size.rows, theme).join(' · ');
	if (hostLayout(screen, size.columns) === 'tabs') {
		return tabsTitle(
			screen,
			[span(` ${attempt === '' ? '' : `attempt ${stretch?.attempt} · `}${right} `, 'quiet')],
			size.columns,
			isFocused,
			theme,
		);
	}
	const left: Line = [span(`${marks.rule} `, 'quiet'), span(name + attempt, role), span(' ')];
	const notes: Line =
		right === ''
			? [span(marks.rule.repeat(2), 'quiet')]
			: [span(` ${right} `, 'quiet'), span(marks.rule.repeat(2), 'quiet')];
	const line = justify(left, notes, size.columns, marks.cut);
	// The blanks between both become the rule.
	return line.map(part => (/^ {2,}$/.test(part.text) ? span(marks.rule.repeat(part.text.length), 'quiet') : part));
}

/** `12 kB`, how old the last byte is, what is out of sight. */
function outputNotes(screen: RunScreen, view: OutputView, rows: number, {marks}: Theme): readonly string[] {
	const pinned = pinnedAt(screen);
	const isPinned = pinned !== undefined;
	const isBusy = runningSteps(screen).includes(view.key.step);
	const age = screen.laptopNow - view.lastAt;
	return [
		...(isPinned ? [`${marks.more} ${unseenWords(view, pinned + rows, isBusy)}, G to follow`] : []),
		...(isBusy && view.lastAt > 0 && !isPinned
			? [age < 2000 ? 'output now' : `no output for ${spokenDuration(seconds(age))}`]
			: []),
		...(view.skipped > 0 ? [`${byteWords(view.skipped)} before it not shown`] : []),
		byteWords(view.bytes),
	];
}

/** What came behind the last line in view; `below` is the number of the line after it. */
function unseenWords(view: OutputView, below: number, isBusy: boolean): string {
	if (view.unread > 0) {
		return `${byteWords(view.unread)} more`;
	}
	const unseen = Math.max(0, view.firstLine + view.lines.length - below);
	return `${unseen} ${isBusy ? 'new' : 'more'} ${unseen === 1 ? 'line' : 'lines'}`;
}

function seconds(ms: number): number {
	return Math.floor(ms / 1000) * 1000;
}

/** `0 B`, `12 kB`, `3.4 MB`. */
function byteWords(bytes: number): string {
	if (bytes < 1000) {
		return `${bytes} B`;
	}
	const units = ['kB', 'MB', 'GB', 'TB'];
	let value = bytes / 1000;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** The rows in view, painted; from the pinned line on, else the newest. */
export function outputLines(screen: RunScreen, columns: number, rows: number, theme: Theme): readonly string[] {
	return viewLines(screen, shownOutput(screen), pinnedAt(screen), {columns, rows}, theme);
}

/** The same of any stretch; `from` undefined: it follows. */
export function viewLines(
	screen: RunScreen,
	view: OutputView | undefined,
	from: number | undefined,
	{columns, rows}: Size,
	theme: Theme,
): readonly string[] {
	if (view === undefined || rows <= 0) {
		return [];
	}
	const first = from === undefined ? Math.max(0, view.lines.length - rows) : Math.max(0, from - view.firstLine);
	const gutter = screen.showsTimes ? timeColumns : 0;
	const room = columns - gutter;
	const {plain, quiet} = theme.roles;
	const painted = view.lines.slice(first, first + rows).flatMap((line, index) => {
		const pieces: readonly OutputLine[] = screen.wraps ? wrapOutputLine(line, room) : [line];
		return pieces.map((piece, at) => {
			const time = at === 0 ? `${timeWord(view.times[first + index] ?? 0)} ` : ' '.repeat(timeColumns);
			const before = screen.showsTimes ? quiet.open + time + quiet.close : '';
			return before + plain.open + paintLine(piece, {columns: room, colour: theme.colored}) + plain.close;
		});
	});
	return from === undefined ? painted.slice(-rows) : painted.slice(0, rows);
}
