import {expect, test} from 'vitest';
import {readsStdin} from '../../src/lab/tools/stdin-readers.js';

test.each([
	['grep x', true],
	['grep x file', false],
	['grep -e x', true],
	['grep -e x file', false],
	['grep -A 2 x', true],
	['grep -A 2 x file', false],
	['grep -A2 x file', false],
	['grep -r x', false],
	['grep x -', true],
	['sed -n 2p', true],
	['sed -n -e 2p file', false],
	['sed -i s/a/b/ file', false],
	['awk -v n=1 {print}', true],
	['awk -F: {print} file', false],
	['awk -f prog', true],
	['sort -k 2', true],
	['sort file', false],
	['sha256sum', true],
	['sha256sum file', false],
	['wc -l', true],
	['tr a b', true],
	['xargs echo', true],
	['mkdir x', false],
	['ls', false],
])('%s: %s', (line, expected) => {
	const [tool = '', ...args] = line.split(' ');

	expect(readsStdin(tool, args)).toBe(expected);
});
