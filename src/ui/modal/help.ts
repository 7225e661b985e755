import {wrapToWidth} from '../../text/width.js';
import {type Key, type KeyGroup, strokeName} from '../keys.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Marks} from '../theme.js';

/** The cells that a key's names take, with the gap behind them. */
const nameColumns = 16;

/** The key table as it stands, group by group; what does nothing now says why. */
export function helpLines(groups: readonly KeyGroup[], columns: number, marks: Marks): readonly Line[] {
	return groups.flatMap(({title, keys}, index): readonly Line[] => [
		...(index > 0 ? [emptyLine] : []),
		[span(title, 'strong')],
		...keys.flatMap(entry => keyLines(entry, columns, marks)),
	]);
}

function keyLines({strokes, does, unless}: Key, columns: number, marks: Marks): readonly Line[] {
	const names = strokes.map(stroke => strokeName(stroke, marks)).join(' ');
	const isOff = unless !== '';
	const [first = '', ...rest] = wrapToWidth(isOff ? `${does}; not now: ${unless}` : does, columns - nameColumns);
	return [
		[span(`  ${names.padEnd(nameColumns - 3)} `, isOff ? 'quiet' : 'key'), span(first, isOff ? 'quiet' : 'plain')],
		...rest.map(text => [span(' '.repeat(nameColumns)), span(text, isOff ? 'quiet' : 'plain')]),
	];
}
