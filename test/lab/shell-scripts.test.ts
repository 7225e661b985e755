import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type LoneMachine, loneMachine} from './lone-machine.js';

/**
Scripts whose golden files were written by a real dash: `FIELDBOOK_GOLDEN=write` asks it again.
*/
const folder = join(import.meta.dirname, 'shell');
const names = readdirSync(folder).filter(name => name.endsWith('.sh'));
const input = 'one\ntwo\nthree\n';

let lone: LoneMachine;
beforeAll(async () => {
	lone = await loneMachine();
});
afterAll(() => lone.stop());

test.each(names)('%s does what it does under dash', async name => {
	const script = readFileSync(join(folder, name), 'utf8');
	const golden = join(folder, name.replace(/\.sh$/, '.golden.txt'));
	if (process.env['FIELDBOOK_GOLDEN'] === 'write' && existsSync('/usr/bin/dash')) {
		writeFileSync(golden, realAnswer(script));
	}

	const {out, status} = await lone.run(script, input);

	expect(`${out}exit ${status}\n`).toBe(readFileSync(golden, 'utf8'));
});

function realAnswer(script: string): string {
	const asked = `(${'exec /usr/bin/dash -c "$0"'}); status=$?; echo "exit $status"`;
	return execFileSync('/bin/sh', ['-c', asked, script], {
		input,
		encoding: 'utf8',
		env: {PATH: '/usr/bin:/bin', HOME: '/', LC_ALL: 'C.UTF-8'},
		cwd: '/',
		stdio: ['pipe', 'pipe', 'ignore'],
	});
}

test('there are scripts', () => {
	expect(names.length).toBeGreaterThan(5);
});

// The sums are those that coreutils 9.1 prints
test('files are compared as POSIX says', async () => {
	const run = async (command: string) => {
		const {out, err, status} = await lone.run(command);
		return [out, err, status];
	};
	await run("printf 'hello\\n' >/a; printf 'hello\\n' >/b; printf 'help\\n' >/c; printf 'hello\\nagain\\n' >/d");

	expect(await run('cmp /a /b')).toEqual(['', '', 0]);
	expect(await run('cmp /a /c')).toEqual(['/a /c differ: byte 4, line 1\n', '', 1]);
	expect(await run('cmp -s /a /c')).toEqual(['', '', 1]);
	expect(await run('cmp /a /d')).toEqual(['', 'cmp: EOF on /a after byte 6, line 2\n', 1]);
	expect(await run('cmp -s /a /none')).toEqual(['', 'cmp: /none: No such file or directory\n', 2]);
	expect(await run('cksum </a; cksum /a; cksum </dev/null')).toEqual([
		'3015617425 6\n3015617425 6 /a\n4294967295 0\n',
		'',
		0,
	]);
});
