import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';
import type {Problem} from '../../src/document/problem.js';
import {expandRunbook} from '../../src/runbook/expand.js';
import {compile} from './compile.js';

const folder = join(import.meta.dirname, 'golden');
const documents = readdirSync(folder).filter(name => name.endsWith('.md'));
const writes = process.env['FIELDBOOK_GOLDEN'] === 'write';

/** `line:column severity code`, then what is wrong and what to do. */
function told(problems: readonly Problem[]): string {
	return problems
		.map(
			({at, severity, code, message, help}) =>
				`${at.file === undefined ? '' : `${at.file}:`}${at.line}:${at.column}+${at.length} ${severity} ${code}\n\t${message}\n\t${help}\n`,
		)
		.join('');
}

function compareWith(file: string, text: string): void {
	if (writes) {
		rmSync(file, {force: true});
		if (text !== '') {
			writeFileSync(file, text);
		}
	}

	expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

/** What the documents here include. */
const parts = Object.fromEntries(
	readdirSync(join(folder, 'parts'), {recursive: true, encoding: 'utf8'})
		.filter(name => name.endsWith('.md'))
		.map(name => [`parts/${name}`, readFileSync(join(folder, 'parts', name), 'utf8')]),
);

test.each(documents)('%s', name => {
	const {runbook, problems} = compile(readFileSync(join(folder, name), 'utf8'), name, parts);
	const stem = join(folder, basename(name, '.md'));

	compareWith(`${stem}.json`, `${JSON.stringify(runbook, undefined, '\t')}\n`);
	compareWith(`${stem}.problems.txt`, told(problems));
});

const repeated = documents.filter(name => existsSync(join(folder, `${basename(name, '.md')}.rows.json`)));

test.each(repeated)('%s, its phases repeated', name => {
	const stem = join(folder, basename(name, '.md'));
	const {runbook} = compile(readFileSync(join(folder, name), 'utf8'), name, parts);
	const {phases, steps, closing} = expandRunbook(runbook, JSON.parse(readFileSync(`${stem}.rows.json`, 'utf8')));

	compareWith(`${stem}.expanded.json`, `${JSON.stringify({phases, steps, closing}, undefined, '\t')}\n`);
});

test('a document with twelve different mistakes tells twelve, each at its place', () => {
	const source = readFileSync(join(folder, 'twelve-mistakes.md'), 'utf8');
	const {problems} = compile(source);

	expect(new Set(problems.map(({code}) => code)).size).toBe(12);
	expect(problems).toHaveLength(12);
	for (const {at} of problems) {
		expect(source.split('\n')[at.line - 1]?.length).toBeGreaterThanOrEqual(at.column - 1 + at.length);
	}
});
