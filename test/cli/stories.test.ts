import {chmodSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {insist, startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

/** The moments that fieldbook is made for, each as keys and what is then on the screen. */

let fieldbook: Fieldbook;
const started: TerminalProgram[] = [];
beforeAll(() => {
	fieldbook = new Fieldbook();
	fieldbook.write('lab.yaml', 'topology: vmware-host-clustering\nstart: esxi-ready\n');
	fieldbook.write('site.yaml', 'hosts:\n  esxi1: { address: 172.31.255.2 }\n  esxi2: { address: 172.31.255.3 }\n');
});
afterEach(async () => {
	await Promise.all(started.splice(0).map(program => program.stop()));
});
afterAll(() => fieldbook.remove());

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): TerminalProgram {
	const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 100,
		rows: 30,
		env: {...fieldbook.env, ...env},
		cwd: fieldbook.folder,
	});
	started.push(program);
	return program;
}

const hosts = `---
fieldbook: 1
title: Two hosts
hosts:
  esxi1: { group: esxi, platform: esxi }
  esxi2: { group: esxi, platform: esxi }
---
# Two hosts
`;

test('resume: the laptop dies in the middle of a command, and the next one shows what nobody saw', async () => {
	const runbook = fieldbook.write(
		'long.md',
		`${hosts}
First a look.

\`\`\`sh on=esxi1 id=look readonly
echo it was looked at
\`\`\`

Then something that takes its time.

\`\`\`sh on=esxi1 id=slow
echo begun; sleep 3600
\`\`\`
Already there if:
\`\`\`sh check
test -e /tmp/slow-is-done
\`\`\`
`,
	);
	const run = join(fieldbook.folder, 'long.fieldbook');
	const first = start(['rehearse', runbook, '--run-file', run, '--pace', 'auto', '--speed', '1']);
	await first.waitFor('Preflight in the lab');
	await insist(first, 'Enter', 'VMware ESXi');
	await insist(first, 'Enter', 'begun');
	first.signal('SIGKILL');
	await first.exited;

	const second = start(['resume', run]);
	await second.waitFor(/VMware ESXi[\s\S]*go on/);
	const unknown = await insist(second, 'Enter', /nobody saw how it ended/);
	expect(unknown).toContain('fieldbook stopped while it ran');
	expect(unknown).toContain('Its check has looked since: it is not there.');
	expect(unknown).toMatch(/r +run again/);
	second.press('d');
	await second.waitFor('Why?');
	second.press('looked at the console');
	await second.waitFor('looked at the console');
	await insist(second, 'Enter', 'All done');
	second.press('q');
	expect((await second.exited).status).toBe(0);
	const intents = lookAtRun(run).events.filter(
		({event}) => event.type === 'PartIntended' && event.step === 'slow' && event.part === 'run',
	);
	expect(intents).toHaveLength(1);
});

test('authoring: a mistake is shown at its place, put right in the editor, and the runbook opens', async () => {
	const runbook = fieldbook.write(
		'draft.md',
		`${hosts}
A look.

\`\`\`sh on=esxi1 id=look readonyl
hostname
\`\`\`
`,
	);
	const editor = fieldbook.write('editor.sh', '#!/bin/sh\nsed -i s/readonyl/readonly/ "$2"\n');
	chmodSync(editor, 0o755);
	const program = start([], {EDITOR: editor});
	await program.waitFor('rehearse');
	// The list is still filling: its end is where it was a moment before
	await insist(program, 'G', /▌ +open a file/);
	await insist(program, 'Enter', 'path of a Markdown file');
	program.press(runbook);
	await program.waitFor('draft.md');
	const problems = await insist(program, 'Enter', 'unknown-word');
	expect(problems).toMatch(/Did you mean "readonly"\?/);
	program.press('e');
	await program.waitFor('Two hosts · parameters');
	program.press('Esc');
	await insist(program, 'G', /▌ +open a file/);
	program.press('q');
	expect((await program.exited).status).toBe(0);
});

test('test execution: the search finds the line with "error" that scrolled away, and Esc leads back', async () => {
	const runbook = fieldbook.write(
		'noisy.md',
		`${hosts}
A lot of output.

\`\`\`sh on=esxi id=noise readonly
seq 1 5000
echo "an ERROR on $(hostname)"
seq 1 5000
\`\`\`
`,
	);
	const program = start([
		'rehearse',
		runbook,
		'--run-file',
		join(fieldbook.folder, 'noisy.fieldbook'),
		'--pace',
		'auto',
	]);
	await program.waitFor('Preflight in the lab');
	await insist(program, 'Enter', 'VMware ESXi');
	await insist(program, 'Enter', 'All done');
	program.press('/');
	await program.waitFor('Search all output');
	program.press('error', 'Enter');
	const found = await program.waitFor('2 lines, newest last');
	expect(found).toMatch(/esxi2 +an ERROR on esxi2/);
	program.press('Enter');
	expect(await program.waitFor(/▌ +an ERROR/)).toMatch(/4999\n +5000\n▌ +an ERROR on esxi\d\n +1\n/);
	program.press('Esc');
	await program.waitFor('2 lines, newest last');
	program.press('Esc');
	await program.waitFor(/look at the steps|Outline/);
	program.press('q');
	expect((await program.exited).status).toBe(0);
});
