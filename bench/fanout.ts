import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {plainRun} from './fieldbook.ts';
import {type Program, printRatio, program, runRounds} from './rounds.ts';
import {type Sshd, withSshd} from './sshd.ts';
import {ansiblePlaybook} from './steps.ts';
import {fanoutRunbook, trueRunbook} from './synthetic.ts';

/** Ansible takes minutes for more. */
const sizes = [
	{hosts: 100, mostRounds: 5, withAnsible: true},
	{hosts: 300, mostRounds: 5, withAnsible: false},
	{hosts: 1000, mostRounds: 3, withAnsible: false},
];

/** One `true` on many hosts: whole programs, one server behind all the addresses, the same key exchange and cipher. */
export async function fanout(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		await oneStep(sshd, scratch, rounds);
		for (const {hosts, mostRounds, withAnsible} of sizes) {
			const addresses = addressesOf(hosts);
			const ours = plainRun(sshd, scratch, {
				label: 'fieldbook',
				name: `fanout-${hosts}`,
				runbook: fanoutRunbook(Object.keys(addresses)),
				parts: hosts,
				bytes: 0,
				addresses,
			});
			const list = Object.values(addresses);
			const peers = [...clush(sshd, list), ...(withAnsible ? ansible(sshd, list) : [])];
			const cases = [ours, ...peers].map(program);
			const samples = await runRounds(`One \`true\` on each of ${hosts} hosts`, Math.min(rounds, mostRounds), cases);
			printRatio(samples, 'fieldbook', 'clush -f 50', 'at most 0.85');
			printRatio(samples, 'fieldbook', 'clush -f 50', 'at most 0.5', 'cpuSeconds');
			printRatio(samples, 'fieldbook', 'clush -f 50', 'at most 0.9', 'treeMiB');
			printRatio(samples, 'fieldbook', 'ansible-playbook', 'at most 0.17');
		}
	});
}

/** The least there is: a run of one step that runs `true`, from the program's start to its end. */
async function oneStep(sshd: Sshd, scratch: string, rounds: number): Promise<void> {
	const runbook = trueRunbook(1);
	const ours = plainRun(sshd, scratch, {label: 'fieldbook, one step', name: 'one', runbook, parts: 1, bytes: 0});
	const ssh = {
		label: 'ssh true',
		command: [...sshd.inside, 'ssh', '-F', join(sshd.folder, 'ssh_config'), '127.0.0.1', 'true'],
	};
	const samples = await runRounds('One `true` on one host', rounds, [ours, ssh].map(program));
	printRatio(samples, 'fieldbook, one step', 'ssh true', 'at most 1.3');
}

/** `h1: 127.0.0.1`, and so on: each is the server's. */
function addressesOf(count: number): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Array.from({length: count}, (_, index) => [
			`h${index + 1}`,
			`127.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
		]),
	);
}

function clush({folder, inside}: Sshd, addresses: readonly string[]): Program[] {
	if (!existsSync('/usr/bin/clush')) {
		console.log('clush is not installed (apt: clustershell): left out');
		return [];
	}

	const list = join(folder, `hosts-${addresses.length}`);
	writeFileSync(list, `${addresses.join('\n')}\n`);
	return [
		{
			label: 'clush -f 50',
			command: [...inside, 'clush', '-q', '-f', '50', '--hostfile', list, '-o', `-F ${folder}/ssh_config`, 'true'],
		},
	];
}

function ansible(sshd: Sshd, addresses: readonly string[]): Program[] {
	return ansiblePlaybook(sshd, addresses, '    - name: all\n      command: "true"\n');
}
