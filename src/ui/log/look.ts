import type {Hit} from '../../engine/handle.js';
import {nodeOf} from '../../run/nodes.js';
import {type OutputLine, paintLine, wrapOutputLine} from '../../text/output-line.js';
import {sanitiseLine} from '../../text/sanitise.js';
import {indexOfSought} from '../../text/sought.js';
import {hostWord} from '../../view/names.js';
import {clockTime} from '../../view/time.js';
import {titleById} from '../../view/titles.js';
import type {Body, Pane} from '../frame.js';
import {cutLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {RunScreen} from '../run/run-screen.js';
import {viewOf} from '../text-field.js';
import type {Theme} from '../theme.js';
import {windowOf} from '../window.js';
import {highlighted} from './lines.js';
import type {LogView, Reading} from './log.js';

/** The log in place of the run's panes. */
export function logLook(screen: RunScreen, log: LogView, size: Size, theme: Theme): Pick<Body, 'panes' | 'cursor'> {
	return log.reading === undefined
		? foundLook(screen, log, size, theme)
		: {panes: readingLook(screen, log, log.reading, size, theme), cursor: undefined};
}

const label = ' Search all output: ';

function foundLook(screen: RunScreen, log: LogView, size: Size, theme: Theme): Pick<Body, 'panes' | 'cursor'> {
	const room = size.columns - label.length - 30;
	const {text, caretColumn} = viewOf(log.field, room, undefined);
	const hits = log.found?.hits ?? [];
	const chosen = hits[log.chosen];
	const rows = windowOf(hits, log.chosen, size.rows - 2).map(hit => hitLine(screen, log, hit, hit === chosen, theme));
	const field: Line = [
		span(label, 'quiet'),
		span(text.padEnd(1), log.isTyping ? 'input' : 'plain'),
		span('   '),
		span(countWords(log), 'quiet'),
	];
	const lines = [field, [], ...rows].map(line => cutLine(line, size.columns, theme.marks.cut));
	return {
		panes: [{at: {x: 0, y: 0}, columns: size.columns, lines, theme}],
		cursor: log.isTyping ? {x: label.length + caretColumn, y: 0} : undefined,
	};
}

function countWords({sought, found, isTyping}: LogView): string {
	if (sought === '') {
		return isTyping ? 'small letters find capitals too' : '';
	}

	if (found === undefined) {
		return 'looking …';
	}

	const {hits, isCut} = found;
	return hits.length === 0
		? `nothing has "${sanitiseLine(sought)}"`
		: `${isCut ? 'the newest ' : ''}${hits.length} ${hits.length === 1 ? 'line' : 'lines'}, newest last`;
}

function hitLine(screen: RunScreen, log: LogView, {key, at, line}: Hit, isChosen: boolean, theme: Theme): Line {
	const {graph} = screen.open;
	const title = titleById(graph, screen.state, key.step, nodeOf(graph, key.step) && [key.host]);
	const host = hostWord(key.host);
	return [
		span(isChosen ? `${theme.marks.pointer}` : ' ', 'pointer'),
		span(`${timeWord(at)}  `, 'quiet'),
		...(host === '' ? [] : [span(`${host}  `, 'plain')]),
		...markedSpans(line.trim(), log.sought, isChosen),
		span(`   ${title}`, 'quiet'),
	];
}

function markedSpans(line: string, sought: string, isChosen: boolean): Line {
	const plain = isChosen ? 'chosen' : 'plain';
	const index = indexOfSought(line, sought);
	return index < 0
		? [span(line, plain)]
		: [
				span(line.slice(0, index), plain),
				span(line.slice(index, index + sought.length), 'strong'),
				span(line.slice(index + sought.length), plain),
			];
}

/** By this laptop's clock; blanks where nobody noted it. */
export function timeWord(at: number): string {
	return at === 0 ? ' '.repeat(8) : clockTime(new Date(at).toISOString(), undefined);
}

function readingLook(screen: RunScreen, log: LogView, reading: Reading, size: Size, theme: Theme): readonly Pane[] {
	const {key, window, top} = reading;
	const {graph} = screen.open;
	const {marks} = theme;
	const part = key.part === 'run' ? '' : ` · ${key.part}`;
	const attempt = key.attempt > 1 ? ` · attempt ${key.attempt}` : '';
	const host = hostWord(key.host);
	const place = window === undefined || window.lines.length === 0 ? 'reading …' : placeWords(reading);
	const title: Line = [
		span(`${marks.rule} `, 'quiet'),
		span(titleById(graph, screen.state, key.step, [key.host]), 'focus'),
		span(`${host === '' ? '' : ` · ${host}`}${part}${attempt}`, 'plain'),
		span(`   ${window?.total === 0 ? 'nothing was printed' : place}`, 'quiet'),
	];
	const rows = size.rows - 1;
	const lines = window?.lines.slice(top, top + rows) ?? [];
	const gutter = 2 + (screen.showsTimes ? 9 : 0);
	const columns = size.columns - gutter;
	const painted = lines
		.flatMap(({line, offset, at}) => {
			const sign = offset === reading.marked ? marks.pointer : ' ';
			const shown: OutputLine = highlighted(line, log.sought);
			const pieces = screen.wraps ? wrapOutputLine(shown, columns) : [shown];
			const {open, close} = theme.roles.quiet;
			return pieces.map((piece, index) => {
				const time = !screen.showsTimes ? '' : index === 0 ? `${timeWord(at)} ` : ' '.repeat(9);
				return `${sign} ${open}${time}${close}${paintLine(piece, {columns, colour: theme.colored})}`;
			});
		})
		.slice(0, rows);
	return [
		{at: {x: 0, y: 0}, columns: size.columns, lines: [cutLine(title, size.columns, marks.cut)], theme},
		{at: {x: 0, y: 1}, columns: size.columns, lines: [], painted, theme},
	];
}

/** `37 % of 1.2 MB`: lines are not counted, because those before were not all read. */
function placeWords({window, top}: Reading): string {
	if (window === undefined) {
		return '';
	}

	const at = window.lines[top]?.offset ?? window.start;
	const percent = window.total === 0 ? 0 : Math.floor((at / window.total) * 100);
	return `${percent} % of ${window.total.toLocaleString('en')} bytes`;
}
