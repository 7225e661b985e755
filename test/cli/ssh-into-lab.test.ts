import {execFile} from 'node:child_process';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {haveSsh} from '../ssh.js';
import {startInTerminal} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const run = promisify(execFile);

const runbook = `---
fieldbook: 1
title: Two pairs of hands
hosts:
  esxi1: { platform: esxi }
---

# Two pairs of hands

## Switches
<!-- on=esxi1 -->

Add a switch and leave a note.

\`\`\`sh id=make
esxcfg-vswitch --add Run_vswitch
echo "from the run" >/tmp/note
\`\`\`

- [ ] Add the second switch, and answer the note. <!-- id=by-hand -->

Afterwards it is there, and so is the answer:
\`\`\`sh verify
esxcfg-vswitch -l | grep '^Person_vswitch '
grep -x 'from a person' /tmp/note
\`\`\`
`;

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

test.runIf(haveSsh())(
	'whoever logs in to a host of the lab with ssh sees what the run has made, and the run sees what he makes',
	async () => {
		const book = join(fieldbook.folder, 'book');
		mkdirSync(book);
		writeFileSync(join(book, 'hands.md'), runbook);
		writeFileSync(join(book, 'site.yaml'), 'hosts: { esxi1: { address: 172.31.255.2, user: root } }\n');
		writeFileSync(
			join(book, 'lab.yaml'),
			'topology: { hosts: { esxi1: { platform: esxi, address: 172.31.255.2 } } }\nhands: { by-hand: look esxi1 }\n',
		);
		const file = join(fieldbook.folder, 'hands.fieldbook');
		const words = ['rehearse', join(book, 'hands.md'), '--run-file', file, '--pace', 'auto', '--plain'];
		const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
			columns: 110,
			rows: 40,
			env: {...fieldbook.env},
			cwd: fieldbook.folder,
		});
		await program.waitFor(/Enter: begin/);
		program.press('Enter');
		await program.waitFor(/To look around on its hosts meanwhile: fieldbook lab hosts/);

		const {out} = await fieldbook.run('lab', 'hosts', '--run', file);
		const [, command = '', password = ''] = /^ *esxi1: ssh (.*?) {4}password: (.*)$/m.exec(out) ?? [];
		const ssh = logsIn(command.split(' '), password);

		expect(await ssh('esxcfg-vswitch -l')).toMatch(/^Run_vswitch /m);
		expect(await ssh('cat /tmp/note')).toBe('from the run\n');

		// Not yet: what nobody has made the run does not see either
		program.press('d', 'Enter');
		await program.waitFor(/by-hand[\s\S]*failed/);
		await ssh('esxcfg-vswitch --add Person_vswitch && echo "from a person" >>/tmp/note');
		program.press('r', 'Enter');
		await program.waitFor(() => /lab hosts[\s\S]*lab hosts/.test(program.received()));
		program.press('d', 'Enter');
		await program.waitFor(/finished\. 2 steps: 2 done/);

		expect(await program.exited).toMatchObject({status: 0});
	},
	120_000,
);

/** The real OpenSSH client, in the words that fieldbook has printed, with the password that it has printed. */
function logsIn(words: readonly string[], password: string): (command: string) => Promise<string> {
	const askPass = fieldbook.write('ask-pass', `#!/bin/sh\necho '${password}'\n`);
	chmodSync(askPass, 0o700);
	const env = {...process.env, SSH_ASKPASS: askPass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0'};
	return async command => (await run('ssh', [...words, command], {env})).stdout;
}
