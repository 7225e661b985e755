import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {isPlace} from './read.js';

const folder = join(import.meta.dirname, 'golden');

/** `line:column+length` for each place; the source stands beside it in the `.md`. */
function shortened(key: string, value: unknown): unknown {
	if (key === 'source' || key === 'file') {
		return undefined;
	}

	return typeof value === 'object' && value !== null && isPlace(value)
		? `${value.line}:${value.column}+${value.length}`
		: value;
}

test.each(readdirSync(folder).filter(name => name.endsWith('.md')))('%s', name => {
	const expected = join(folder, `${basename(name, '.md')}.json`);
	const read = readDocument(name, readFileSync(join(folder, name), 'utf8'));
	const json = `${JSON.stringify(read, shortened, '\t')}\n`;
	if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
		writeFileSync(expected, json);
	}

	expect(json).toBe(readFileSync(expected, 'utf8'));
});
