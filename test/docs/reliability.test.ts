import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8');
const rings = readdirSync(join(root, 'test/rings'))
	.filter(name => name.endsWith('.test.ts'))
	.map(name => name.replace(/\.test\.ts$/, ''));

test('every ring stands behind a promise', () => {
	expect(rings.length).toBeGreaterThan(8);
	const promised = page.split('\n').filter(line => line.startsWith('| '));
	expect(rings.filter(ring => !promised.some(line => line.includes(`\`${ring}\``)))).toEqual([]);
});

test('every figure is one that a ring prints', () => {
	const files = [...rings.map(ring => `rings/${ring}`), 'cli/canary'];
	const sources = files.map(file => readFileSync(join(root, `test/${file}.test.ts`), 'utf8')).join('\n');
	const told = [...sources.matchAll(/\btell\(\s*'([^']+)'/g)].map(([, name]) => name);
	const quoted = [...page.matchAll(/^ring ([^:]+): \d/gm)].map(([, name]) => name);
	expect(quoted.length).toBeGreaterThanOrEqual(rings.length);
	expect(quoted.filter(name => !told.includes(name))).toEqual([]);
	expect(told.filter(name => !quoted.includes(name))).toEqual([]);
});
