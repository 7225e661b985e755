import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

const head = '---\nfieldbook: 1\ntitle: T\nhosts:\n  one: { platform: linux }\n---\n\n# Steps\n<!-- on=one -->\n\n';
const step = (info: string, code = 'true') => `Do it.\n\n\`\`\`sh ${info}\n${code}\n\`\`\`\n\n`;

describe('a document that cannot be read is refused with one clear message', () => {
	const cases: ReadonlyArray<readonly [string, () => string, RegExp]> = [
		['missing', () => join(fieldbook.folder, 'no-such.md'), /no-such\.md cannot be read: no such file or directory/],
		[
			'a folder',
			() => {
				mkdirSync(join(fieldbook.folder, 'folder.md'), {recursive: true});
				return join(fieldbook.folder, 'folder.md');
			},
			/is a folder, not a runbook/,
		],
		[
			'binary',
			() => fieldbook.write('binary.md', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])),
			/is not a text file/,
		],
		['not UTF-8', () => fieldbook.write('latin.md', Buffer.from([0x23, 0x20, 0xe9, 0x0a])), /is not in UTF-8/],
		[
			'over 16 MB',
			() => fieldbook.write('huge.md', Buffer.alloc(17 * 1024 * 1024, 'a\n')),
			/more than 16 MB is not read/,
		],
	];
	for (const [name, make, message] of cases) {
		for (const command of ['check', 'graph', 'run', 'rehearse']) {
			test(`${command}: ${name}`, async () => {
				const {status, err} = await fieldbook.run(command, make());
				expect(err).toMatch(message);
				expect(err).toMatch(/Next: /);
				expect(err).not.toMatch(/\n\s+at /);
				expect(status).toBe(2);
			});
		}
	}
});

describe('a wrong document', () => {
	test.for([
		['an alias bomb in the front matter', '---\nfieldbook: 1\ntitle: &a [x,x]\nparams: [*a,*a]\n---\n# A\n', /alias/i],
		['an unknown key', head + step('id=a tiemout=3s'), /tiemout/],
		['a bad CEL expression', head + step('id=a when="a =="'), /when/],
		['a cycle', head + step('id=a after=b') + step('id=b after=a'), /a.*b|cycle/],
		['an unknown step in after', head + step('id=a after=nowhere'), /nowhere/],
	] as const)('%s is an error at its place, and nothing runs', async ([, text, message]) => {
		const file = fieldbook.write('wrong.md', text);
		const checked = await fieldbook.run('check', file);
		expect(checked.out).toMatch(/wrong\.md:\d+:\d+/);
		expect(checked.out).toMatch(message);
		expect(checked.status).toBe(2);
		const run = await fieldbook.run('run', file, '--plain');
		expect(run.err).toMatch(/nothing was run/);
		expect(run.status).toBe(2);
	});

	test('an empty document says that it is empty', async () => {
		const file = fieldbook.write('empty.md', '');
		const {status, out} = await fieldbook.run('check', file);
		expect(out).toMatch(/empty/);
		expect(status).toBe(2);
	});

	test.for([
		['prose alone', '# A\n\nOnly words.\n'],
		['a runbook without steps', `${head}Only words.\n`],
	] as const)('%s has nothing to run, and says so', async ([, text]) => {
		const file = fieldbook.write('words.md', text);
		const {status, err} = await fieldbook.run('run', file, '--plain');
		expect(err).toMatch(/words\.md has no steps/);
		expect(status).toBe(2);
	});

	test('a 10 MB document is checked', async () => {
		const file = fieldbook.write('long.md', head + step('').repeat(200_000));
		const {status, err} = await fieldbook.run('check', file);
		expect(err).toBe('');
		expect(status).toBe(0);
	});
});

describe('a sheet that does not fit', () => {
	test('a host without an address is told by name', async () => {
		const file = fieldbook.write('host.md', head + step('id=a'));
		const {status, err} = await fieldbook.run('run', file, '--plain');
		expect(err).toMatch(/one/);
		expect(err).toMatch(/address/);
		expect(status).toBe(2);
	});

	test.for([
		['a runbook', `${head}${step('')}`],
		['a plain document', '- Look.\n'],
	] as const)('a host of %s that the lab does not have is told by name', async ([, text]) => {
		const file = fieldbook.write('no-lab-host.md', text);
		fieldbook.write('lab.yaml', readFileSync(join(root, 'runbooks/vmware-host-clustering/lab.yaml'), 'utf8'));
		const site = fieldbook.write('no-lab-host.yaml', 'hosts:\n  one: { address: 127.0.0.1 }\n');
		const {status, err} = await fieldbook.run('rehearse', file, '--site', site, '--plain');
		expect(err).toMatch(/its lab has no host one/);
		expect(status).toBe(2);
	});

	test('a placeholder without a value is told by name', async () => {
		const text = `${head.replace('\n---\n', '\nparams:\n  ntp: { type: ip }\n---\n')}${step('id=a', 'echo {{ntp}}')}`;
		const file = fieldbook.write('value.md', text);
		const site = fieldbook.write('value.yaml', 'hosts:\n  one: { address: 127.0.0.1 }\n');
		const {status, err} = await fieldbook.run('run', file, '--site', site, '--plain');
		expect(err).toMatch(/ntp/);
		expect(status).toBe(2);
	});

	test('an ssh configuration that is not there is told before anything is connected', async () => {
		const file = fieldbook.write('config.md', head + step('id=a'));
		const site = fieldbook.write('config.yaml', 'hosts:\n  one: { address: web }\nssh_config: ./nowhere\n');
		const {status, err} = await fieldbook.run('run', file, '--site', site, '--plain');
		expect(err).toMatch(/nowhere cannot be read/);
		expect(status).toBe(2);
	});

	test('an unknown key in the site file is an error', async () => {
		const file = fieldbook.write('site.md', head + step('id=a'));
		const site = fieldbook.write('bad.yaml', 'hosts:\n  one: { adress: 127.0.0.1 }\n');
		const {status, err} = await fieldbook.run('run', file, '--site', site, '--plain');
		expect(err).toMatch(/bad\.yaml:2:\d+/);
		expect(err).toMatch(/address/);
		expect(status).toBe(2);
	});
});

describe('a wrong command line', () => {
	test.for([
		['an unknown option', ['run', 'a.md', '--fast'], /--fast/],
		['an unknown command', ['rnu', 'a.md'], /no command rnu[\s\S]*Did you mean `fieldbook run`/],
		['--set without a value', ['run', 'a.md', '--set', 'x', '--plain'], /--set x/],
		['--yes on real hosts', ['run', 'a.md', '--yes', '--plain'], /--yes/],
		['a pace that is none', ['run', 'a.md', '--pace', 'slow'], /slow/],
	] as const)('%s is refused with status 2', async ([, words, message]) => {
		fieldbook.write('a.md', head + step('id=a'));
		const {status, err} = await fieldbook.run(...words);
		expect(err).toMatch(message);
		expect(status).toBe(2);
	});
});

test('help and version load neither Ink nor ssh2 nor the lab, and end with 0', async () => {
	for (const words of [['--version'], ['--help'], ['run', '--help']]) {
		const {status, out} = await fieldbook.run(...words);
		expect(out.length).toBeGreaterThan(4);
		expect(status).toBe(0);
	}
});
