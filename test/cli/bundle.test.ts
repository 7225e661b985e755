import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {root} from './fieldbook.js';

/** The files that Node reads before the first line of `file` runs: static imports, and theirs. */
function readAtStart(file: string, seen = new Set<string>()): ReadonlySet<string> {
	if (seen.has(file)) {
		return seen;
	}

	seen.add(file);
	const code = readFileSync(file, 'utf8');
	for (const [, specifier = ''] of code.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g)) {
		readAtStart(join(dirname(file), specifier), seen);
	}

	return seen;
}

/** Words that stand in the code of these libraries and nowhere else. */
const heavy = {
	ink: 'react-reconciler',
	ssh2: 'diffie-hellman-group14-sha256',
	lab: 'esxcfg-vswitch',
	mdast: 'micromark',
	sqlite: 'node:sqlite',
};

function libraries(file: string): readonly string[] {
	const codes = [...readAtStart(file)].map(name => readFileSync(name, 'utf8'));
	return Object.entries(heavy).flatMap(([library, word]) => (codes.some(code => code.includes(word)) ? [library] : []));
}

test('help and version load neither Ink nor ssh2 nor the lab, nor anything else that a command needs', () => {
	expect(libraries(join(root, 'dist/main.js'))).toEqual([]);
});

test('a run on real hosts does not wait for the lab, with a screen or without', () => {
	const built = readdirSync(join(root, 'dist')).filter(name =>
		/^(?:command-run|session|workbench)-\w+\.js$/.test(name),
	);
	const loaded = ['engine.js', 'listing.js', ...built].map(
		name => [name, libraries(join(root, 'dist', name))] as const,
	);
	expect(built.length).toBeGreaterThanOrEqual(2);
	expect(loaded.filter(([, found]) => found.includes('lab'))).toEqual([]);
});

test('the engine thread does not load Ink, and the lab loads neither Ink nor the run file', () => {
	expect(libraries(join(root, 'dist/engine.js'))).not.toContain('ink');
	expect(libraries(join(root, 'dist/listing.js'))).not.toContain('ink');
	expect(libraries(join(root, 'dist/lab.js'))).toEqual(expect.arrayContaining(['ssh2', 'lab']));
	expect(libraries(join(root, 'dist/lab.js'))).not.toEqual(expect.arrayContaining(['ink']));
});
