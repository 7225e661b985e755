import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {insist, startInTerminal} from '../terminal.js';
import {writePages} from './engineer.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

/** The lab's hands take the other host. */
const lab = `topology: vmware-host-clustering
start: esxi-ready
hands:
  pull: power off esxi2
`;
const site = `hosts:
  esxi1: { address: 172.31.255.2, user: root }
  esxi2: { address: 172.31.255.3, user: root }
`;
const book = `---
fieldbook: 1
title: A cord is pulled
hosts:
  esxi1: { group: esxi, platform: esxi, label: "ESXi#1" }
  esxi2: { group: esxi, platform: esxi, label: "ESXi#2" }
---

# A cord is pulled

Read the build of each host.

\`\`\`sh on=esxi id=build readonly
vmware -v
\`\`\`

- [ ] Pull the cords of ESXi#1. <!-- id=pull on=esxi1 expect=down -->

The other one is still there.

\`\`\`sh on=esxi2 id=still readonly
vmware -v
\`\`\`
`;

test.for([
	[80, 24],
	[160, 45],
] as const)(
	'%ix%i: the screen says which host has gone in place of the one that was meant, and what to do now; once that is done, the run goes on',
	{timeout: 120_000},
	async ([columns, rows]) => {
		const run = join(fieldbook.folder, 'run.fieldbook');
		const page = writePages(fieldbook, 'page', {book, site, lab});
		const program = startInTerminal(
			[
				process.execPath,
				join(root, 'bin/fieldbook.js'),
				'rehearse',
				page,
				'--run-file',
				run,
				'--pace',
				'auto',
				'--speed',
				'1000',
			],
			{columns, rows, env: {...fieldbook.env, NO_COLOR: undefined}, cwd: fieldbook.folder},
		);
		await insist(program, 'Enter', /esxi1 .*VMware ESXi[\s\S]*esxi2 .*VMware ESXi/);
		await insist(program, 'Enter', 'let the lab do it');
		const wrong = await insist(program, 'Enter', /○ esxi2/);

		expect(inOneLine(wrong)).toContain(
			'! esxi2 has gone, and esxi1 still answers. This step is for esxi1: look whether the right host was taken. If not, bring esxi2 back, then do the step on esxi1.',
		);
		expect(wrong).toMatch(/● esxi1/);

		await fieldbook.run('lab', 'do', 'power', 'on', 'esxi2');
		const right = await program.waitFor(screen => !screen.includes('○'));

		expect(right).not.toContain('has gone');

		await fieldbook.run('lab', 'do', 'power', 'off', 'esxi1');
		await program.waitFor(/3 steps[\s\S]*done/);
		program.press('q');

		expect(await program.exited).toMatchObject({status: 0});
	},
);

/** The right pane of a frame, as one line. */
function inOneLine(frame: string): string {
	return frame
		.split('\n')
		.map(line => (line.split('│').at(-1) ?? '').trim())
		.join(' ');
}
