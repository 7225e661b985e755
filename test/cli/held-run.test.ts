import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Fieldbook, type Running} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

type Held = {readonly run: string; readonly program: Running; readonly go: () => void};

/** A run on this laptop whose second step works until `go`. */
async function held(name: string): Promise<Held> {
	const gate = join(fieldbook.folder, `${name}.go`);
	const book = fieldbook.write(
		`${name}.md`,
		[
			'---\nfieldbook: 1\ntitle: Held\n---\n',
			'# A\n<!-- on=local -->\n',
			"First.\n\n```sh id=first\nprintf 'one\\033[2Jtwo\\n'\n```\n",
			`Second.\n\n\`\`\`sh id=second unknown=rerun\necho begun\nuntil [ -e ${gate} ]; do sleep 0.05; done\necho gone on\n\`\`\`\n`,
		].join('\n'),
	);
	const run = join(fieldbook.folder, `${name}.fieldbook`);
	const program = fieldbook.start(['run', book, '--plain', '--run-file', run]);
	await program.prints(/▶ second/);
	return {run, program, go: () => writeFileSync(gate, '')};
}

describe('a run that somebody works on', () => {
	test('is shown, listed, logged and copied meanwhile, and a second process is told who has it', async () => {
		const {run, program, go} = await held('live');
		const shown = await fieldbook.run('show', run);
		expect(shown.out).toMatch(/Second +running/);
		expect(shown.out).toMatch(/open now by .+ on .+ since .+, process \d+/);
		expect(JSON.parse((await fieldbook.run('show', run, '--json')).out).status).toBe('running');

		const second = await fieldbook.run('resume', run, '--plain');
		expect(second.err).toMatch(new RegExp(`is open by .+ on .+ since .+, process ${program.process.pid}`));
		expect(second.status).toBe(5);
		expect((await fieldbook.run('resume', run, '--plain', '--take-over')).status).toBe(5);

		const following = fieldbook.start(['log', run, '--follow']);
		await following.prints(/==> second local, attempt 1\nbegun/);
		const copy = fieldbook.write('copy.fieldbook', await fieldbook.bytes('export', run, '--format', 'run'));
		expect((await fieldbook.run('verify', copy)).out).toMatch(/chain complete/);

		go();
		expect((await program.ended).status).toBe(0);
		const followed = await following.ended;
		expect(followed.out).toMatch(/begun\ngone on\n$/);
		expect(followed.status).toBe(0);
		expect((await fieldbook.run('verify', copy, '--against', run)).err).toMatch(/it is older, or its end was cut off/);
		expect((await fieldbook.run('verify', run, '--against', copy)).status).toBe(0);
	});

	test('is answered for anew after a kill -9, whose socket stays behind', async () => {
		const {run, program, go} = await held('killed');
		program.process.kill('SIGKILL');
		await program.ended;
		expect((await fieldbook.run('show', run)).out).not.toMatch(/open now/);
		const again = fieldbook.start(['resume', run, '--plain']);
		await again.prints(/▶ second/);
		expect((await fieldbook.run('show', run)).out).toMatch(/open now by .+, process \d+/);
		go();
		expect((await again.ended).status).toBe(0);
	});
});

describe('log', () => {
	test('is harmless without --raw, and the very bytes with it; only of the step and host that were asked for', async () => {
		const {run, program, go} = await held('log');
		go();
		await program.ended;
		expect((await fieldbook.run('log', run, '--step', 'first')).out).toBe('==> first local, attempt 1\nonetwo\n');
		expect((await fieldbook.run('log', run, '--step', 'first', '--raw')).out).toBe('one\u001b[2Jtwo\n');
		expect((await fieldbook.run('log', run, '--host', 'local', '--raw')).out).toBe('one\u001b[2Jtwo\nbegun\ngone on\n');
		expect((await fieldbook.run('complete', '--', 'log', run, '--step', '')).out).toMatch(
			/^first\tFirst\nsecond\tSecond$/m,
		);
		const follow = await fieldbook.run('log', run, '--follow');
		expect(follow.err).toMatch(/Nobody works on this run now/);
		expect(follow.status).toBe(0);
	});

	test.for([
		['--step', 'frist', /no step of that id/],
		['--host', 'esxi9', /no host of that name/],
	] as const)('refuses %s %s', async ([option, name, words]) => {
		const {run, program, go} = await held(`bad${option}`);
		go();
		await program.ended;
		const {err, status} = await fieldbook.run('log', run, option, name);
		expect(err).toMatch(words);
		expect(status).toBe(2);
	});
});
