import fc from 'fast-check';
import {expect, test} from 'vitest';
import {countDifferences, differenceOf, mostLinesCompared} from '../../src/view/difference.js';

const drawn = (one: readonly string[], other: readonly string[]) =>
	differenceOf(one, other).map(row =>
		row.kind === 'gap' ? `… ${row.lines}` : `${{same: ' ', one: '<', other: '>'}[row.kind]}${row.text}`,
	);

test('a line that stands on one side alone is marked, where it stands', () => {
	expect(drawn(['a', 'b', 'c'], ['a', 'c', 'd'])).toEqual([' a', '<b', ' c', '>d']);
});

test('the same texts are one gap', () => {
	expect(drawn(['a', 'b', 'c'], ['a', 'b', 'c'])).toEqual(['… 3']);
	expect(countDifferences(differenceOf(['a'], ['a']))).toBe(0);
	expect(drawn([], [])).toEqual([]);
});

test('two equal lines are shown around what differs, longer stretches are counted', () => {
	const lines = ['1', '2', '3', '4', '5', '6', '7'];
	expect(drawn(lines, [...lines.slice(0, 4), 'x', ...lines.slice(4)])).toEqual([
		'… 2',
		' 3',
		' 4',
		'>x',
		' 5',
		' 6',
		'… 1',
	]);
});

test('blanks at the ends of lines do not count', () => {
	expect(drawn(['a  '], ['a'])).toEqual(['… 1']);
});

test('of a flood the end is compared, in bounded time', () => {
	const flood = Array.from({length: 50_000}, (_, line) => `line ${line}`);
	const other = flood.map(line => (line === 'line 49990' ? 'other' : line));
	const rows = differenceOf(flood, other);
	expect(countDifferences(rows)).toBe(2);
	const worst = differenceOf(
		flood.map(line => `a${line}`),
		flood.map(line => `b${line}`),
	);
	expect(countDifferences(worst)).toBe(2 * mostLinesCompared);
});

test('both texts can be read back, and no smaller set of marks would do for a common one', () => {
	const text = fc.array(fc.constantFrom('a', 'b', 'c'), {maxLength: 12});
	fc.assert(
		fc.property(text, text, (one, other) => {
			const rows = differenceOf(one, other);
			const count = (kinds: readonly string[]) =>
				rows.reduce((sum, row) => sum + (row.kind === 'gap' ? row.lines : kinds.includes(row.kind) ? 1 : 0), 0);
			expect(count(['same', 'one'])).toBe(one.length);
			expect(count(['same', 'other'])).toBe(other.length);
			expect(countDifferences(rows)).toBe(one.length + other.length - 2 * longestCommon(one, other));
		}),
	);
});

function longestCommon([first, ...rest]: readonly string[], other: readonly string[]): number {
	if (first === undefined || other.length === 0) {
		return 0;
	}
	const at = other.indexOf(first);
	const without = longestCommon(rest, other);
	return at < 0 ? without : Math.max(without, 1 + longestCommon(rest, other.slice(at + 1)));
}
