import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {haveNetworks, type Networks, startNetworks} from '../networks.js';
import {haveSshd, makeKey, type Sshd, startSshd} from '../sshd.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const passphrase = 'open sesame';

/** The laptop reaches the gate alone, the gate the inner host, and that one the target. */
describe.skipIf(!haveSshd() || !haveNetworks())('a host behind two jump hosts, in networks of their own', () => {
	let networks: Networks;
	let gate: Sshd;
	let inner: Sshd;
	let target: Sshd;
	let fieldbook: Fieldbook;
	let terminal: TerminalProgram | undefined;
	let agent: ChildProcess | undefined;
	let key: string;
	beforeAll(async () => {
		networks = await startNetworks(4);
		fieldbook = new Fieldbook();
		mkdirSync(join(fieldbook.folder, '.ssh'));
		key = makeKey(join(fieldbook.folder, '.ssh'), 'site', 'ed25519', passphrase);
		const authorizedKeys = [readFileSync(`${key}.pub`, 'utf8').trim()];
		const sshdOn = (machine: number) =>
			startSshd({
				port: 22,
				authorizedKeys,
				network: {inside: networks.inside(machine), address: networks.address(machine)},
			});
		[gate, inner, target] = await Promise.all([sshdOn(1), sshdOn(2), sshdOn(3)]);
		fieldbook.write(
			'ssh_config',
			`Host gate
				HostName ${networks.address(1)}
			Host inner
				HostName ${networks.address(2)}
				ProxyJump gate
			Host target
				HostName ${networks.address(3)}
				ProxyJump inner
			Host *
				User ${target.user}
				IdentityFile ${key}
				UserKnownHostsFile ${join(fieldbook.folder, 'known_hosts')}
				GlobalKnownHostsFile none\n`,
		);
		const known = [gate, inner, target].map(({hostKeyLines}, at) => `${networks.address(at + 1)} ${hostKeyLines[0]}\n`);
		fieldbook.write('known_hosts', known.join(''));
		fieldbook.write('site.yaml', 'hosts:\n  one: { address: target }\nssh_config: ./ssh_config\n');
		fieldbook.write(
			'book.md',
			`---\nfieldbook: 1\ntitle: Far away\nhosts:\n  one: { platform: linux }\n---\n\n# Mark\n<!-- on=one -->\n\nLeave a mark.\n\n\`\`\`sh id=mark\necho "from $SSH_CONNECTION" >>${target.folder}/mark\n\`\`\`\n`,
		);
	});
	afterEach(async () => {
		await terminal?.stop();
		agent?.kill();
	});
	afterAll(async () => {
		await Promise.all([gate, inner, target].map(sshd => sshd.stop()));
		await networks.stop();
		await fieldbook.remove();
	});

	test('cannot be reached from here in any other way', () => {
		const [enter = '', ...rest] = networks.inside(0);
		const reaches = (machine: number) =>
			spawnSync(enter, [...rest, 'bash', '-c', `exec 3<>/dev/tcp/${networks.address(machine)}/22`]).status === 0;

		expect([1, 2, 3].map(reaches)).toEqual([true, false, false]);
	});

	test('is reached with an encrypted key, whose passphrase is typed once', async () => {
		const command = [...networks.inside(0), process.execPath, join(root, 'bin/fieldbook.js'), 'run', 'book.md'];
		const [program = '', ...words] = command;
		const screen = startInTerminal([program, ...words], {
			columns: 120,
			rows: 40,
			cwd: fieldbook.folder,
			env: {...fieldbook.env, SSH_AUTH_SOCK: undefined},
		});
		terminal = screen;
		await pressUntil(screen, 'Enter', /Passphrase for ~\/\.ssh\/site/);
		screen.press(passphrase);
		await screen.waitFor('•'.repeat(passphrase.length));
		await pressUntil(screen, 'Enter', /through/);
		expect(screen.screen()).toContain(`through ${gate.user}@gate, ${inner.user}@inner`);
		await pressUntil(screen, 'Enter', /finished/);

		expect(readFileSync(join(target.folder, 'mark'), 'utf8')).toMatch(
			new RegExp(`^from ${networks.address(3).replace(/2$/, '1')} \\d+ ${networks.address(3)} 22\n$`),
		);
		for (const sshd of [gate, inner, target]) {
			expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
		}

		expect(screen.received()).not.toContain(passphrase);
	});

	test('is reached in plain mode with the key in an agent, and a hop that is gone is named', async () => {
		const socket = join(fieldbook.folder, 'agent');
		agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
		await vi.waitUntil(() => existsSync(socket));
		const askPass = fieldbook.write('askpass', `#!/bin/sh\necho '${passphrase}'\n`);
		execFileSync('chmod', ['+x', askPass]);
		const environment = {...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askPass, SSH_ASKPASS_REQUIRE: 'force'};
		execFileSync('ssh-add', [key], {env: environment, stdio: 'ignore'});
		fieldbook.env['SSH_AUTH_SOCK'] = socket;
		const run = (name: string) =>
			fieldbook.start(['run', 'book.md', '--plain', '--run-file', name], networks.inside(0)).ended;
		const reached = await run('first.fieldbook');

		expect(reached.err).toBe('');
		expect(reached.status).toBe(0);
		expect(reached.out).toContain(`through ${gate.user}@gate, ${inner.user}@inner`);
		await inner.stop();
		const refused = await run('second.fieldbook');

		expect(refused.out).toMatch(
			/one .*Could not reach \S+@inner \(10\.99\.2\.2:22\).*leads through \S+@gate, \S+@inner/,
		);
		expect(refused.status).toBe(1);
	});
});

/** A question ignores what is typed in its first moments: press again. */
async function pressUntil(program: TerminalProgram, key: string, wanted: RegExp): Promise<void> {
	await vi.waitUntil(
		() => {
			if (wanted.test(program.screen())) {
				return true;
			}

			program.press(key);
			return false;
		},
		{timeout: 30_000, interval: 350},
	);
}
