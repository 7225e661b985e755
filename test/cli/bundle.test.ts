import {execFileSync} from 'node:child_process';
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
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

test('what a start has compiled is kept for the next one, and done without where it cannot be kept', () => {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-bundle-'));
	const compiled = join(folder, 'dist/compiled');
	const start = () =>
		execFileSync(process.execPath, [join(folder, 'bin/fieldbook.js'), '--version'], {encoding: 'utf8'});
	try {
		for (const name of ['bin', 'dist', 'package.json']) {
			cpSync(join(root, name), join(folder, name), {recursive: true, filter: source => !source.endsWith('compiled')});
		}

		const said = start();
		const kept = readdirSync(compiled, {recursive: true});
		expect(kept.length).toBeGreaterThan(1);
		expect(start()).toBe(said);
		expect(readdirSync(compiled, {recursive: true})).toEqual(kept);

		rmSync(compiled, {recursive: true});
		writeFileSync(compiled, 'no folder');
		expect(start()).toBe(said);
	} finally {
		rmSync(folder, {recursive: true});
	}
});
