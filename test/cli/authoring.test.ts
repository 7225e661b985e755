import {execFileSync} from 'node:child_process';
import {afterAll, describe, expect, test} from 'vitest';
import {Fieldbook, root} from './fieldbook.js';

const fieldbook = new Fieldbook();
afterAll(() => fieldbook.remove());

const small = `---
fieldbook: 1
title: Small
hosts:
  ec1: { group: ec, platform: linux }
  ec2: { group: ec, platform: linux }
params:
  volume: { type: name, default: data1 }
---

# Small

## Look

See what there is.

\`\`\`sh on=ec id=look-around readonly
echo {{volume}} {{host.address}}
\`\`\`

> [!CAUTION]
> Everything on it is lost.

Make it.

\`\`\`sh on=ec1 id=make-it
mkfs {{volume}}
\`\`\`
`;

const sheet = 'hosts:\n  ec1: { address: 10.0.0.1 }\n  ec2: { address: 10.0.0.2 }\n';

describe('fieldbook preview', () => {
	const file = fieldbook.write('small.md', small);
	fieldbook.write('site.yaml', sheet);

	test('prints the outline and every step with the values of the sheet', async () => {
		const {status, out} = await fieldbook.run('preview', file);
		expect(out).toMatchInlineSnapshot(`
			"Small   2 steps
			  Look
			    See what there is   look-around · ec1, ec2
			    Make it   make-it · ec1

			See what there is   look-around · sh on ec1, ec2
			See what there is.
			on ec1:
			1  echo 'data1' '10.0.0.1'
			on ec2:
			1  echo 'data1' '10.0.0.2'
			· changes nothing

			Make it   make-it · sh on ec1
			Make it.
			DANGER Everything on it is lost.
			1  mkfs 'data1'
			"
		`);
		expect(status).toBe(0);
	});

	test('prints one step, with a value of the command line', async () => {
		const {out} = await fieldbook.run('preview', file, '--step', 'make-it', '--set', 'volume=data2');
		expect(out).toContain("mkfs 'data2'");
		expect(out).not.toContain('look-around');
	});

	test('shows what could be understood, then the errors, with status 2', async () => {
		const wrong = fieldbook.write('wrong.md', small.replace('readonly', 'readonyl'));
		const {status, out} = await fieldbook.run('preview', wrong);
		expect(status).toBe(2);
		expect(out).toMatch(/make-it[\s\S]*Did you mean "readonly"/);
	});

	test('names a step that there is not', async () => {
		const {status, err} = await fieldbook.run('preview', file, '--step', 'mak-it');
		expect(status).toBe(2);
		expect(err).toContain('There is no step mak-it.');
	});
});

describe('--watch', () => {
	test('checks again when the file is saved, and ends with what it saw last', async () => {
		const file = fieldbook.write('watched.md', small);
		const running = fieldbook.start(['check', '--watch', file]);
		await running.prints(/no problems, 2 steps[\s\S]*waiting for a change/);
		fieldbook.write('watched.md', small.replace('on=ec1 id', 'on=ec3 id'));
		await running.prints(/ec3[\s\S]*waiting for a change/);
		running.process.kill('SIGINT');
		expect((await running.ended).status).toBe(2);
	});

	test('goes on when the file is gone for a moment', async () => {
		const file = fieldbook.write('gone.md', small);
		const running = fieldbook.start(['preview', '--watch', file]);
		await running.prints(/waiting for a change/);
		fieldbook.drop(file);
		await running.prints(/cannot be read/);
		fieldbook.write('gone.md', small.replace('title: Small', 'title: Back again'));
		await running.prints(/Back again/);
		running.process.kill('SIGINT');
		expect((await running.ended).status).toBe(0);
	});
});

describe('fieldbook complete', () => {
	const complete = async (...words: readonly string[]) => {
		const {out} = await fieldbook.run('complete', '--', ...words);
		return out.split('\n').filter(line => line !== '');
	};

	test('offers commands', async () => {
		expect(await complete('re')).toEqual([expect.stringMatching(/^rehearse\t/), expect.stringMatching(/^resume\t/)]);
	});

	test('offers the options of the command', async () => {
		expect(await complete('rehearse', 'x.md', '--s')).toEqual(
			['--site', '--set', '--start-at', '--seed', '--speed'].map(option => expect.stringMatching(`^${option}\t`)),
		);
	});

	test('offers the words that an option takes', async () => {
		expect(await complete('run', 'x.md', '--pace', '')).toEqual(['step', 'phase', 'auto']);
	});

	test('offers the steps of the runbook on the line', async () => {
		const file = fieldbook.write('complete.md', small);
		expect(await complete('run', '--pace', 'auto', file, '--only', '')).toEqual([
			'look-around\tSee what there is',
			'make-it\tMake it',
		]);
	});

	test('offers runs and files to whoever looks at a run, and nothing for a runbook that cannot be read', async () => {
		expect(await complete('show', '')).toEqual([':files']);
		expect(await complete('run', 'no-such.md', '--only', '')).toEqual([]);
	});

	test.each(['bash', 'zsh', 'fish'])('%s gets a script', async shell => {
		const {out, status} = await fieldbook.run('completion', shell);
		expect(status).toBe(0);
		expect(out).toContain('fieldbook complete --');
	});

	test('bash completes with it', async () => {
		const {out} = await fieldbook.run('completion', 'bash');
		const script = `
			fieldbook() { '${process.execPath}' '${root}bin/fieldbook.js' "$@"; }
			${out}
			COMP_WORDS=(fieldbook run x.md --pace p) COMP_CWORD=4
			_fieldbook
			printf '%s\\n' "\${COMPREPLY[@]}"
			cd '${fieldbook.folder}' && touch only-this.md
			COMP_WORDS=(fieldbook check only) COMP_CWORD=2
			compopt() { :; }
			_fieldbook
			printf '%s\\n' "\${COMPREPLY[@]}"`;
		expect(execFileSync('bash', ['-c', script], {encoding: 'utf8', env: {...process.env, ...fieldbook.env}})).toBe(
			'phase\nonly-this.md\n',
		);
	});
});

describe('fieldbook man', () => {
	test('names every command, every option and every exit status, and troff takes it', async () => {
		const {out} = await fieldbook.run('man');
		const {out: help} = await fieldbook.run('--help');
		const commands = [...help.matchAll(/^ {2}([a-z]+) (?=[[<]|\s{2,})/gm)].map(([, name = '']) => name);
		expect(commands.length).toBeGreaterThan(10);
		for (const name of commands) {
			expect(out).toContain(`.SS ${name}\n`);
		}

		expect(out).toContain('.B \\-\\-pace <pace>');
		expect(out).toMatch(/\.B 130\nInterrupted/);
		expect(out.split('\n').filter(line => /^[.']/.test(line) && !/^\.(TH|SH|SS|B|TP|br)\b/.test(line))).toEqual([]);
	});
});

test('fieldbook schema prints what an editor reads', async () => {
	const {out} = await fieldbook.run('schema', 'site');
	expect(JSON.parse(out)).toMatchObject({properties: {hosts: {type: 'object'}}});
});
