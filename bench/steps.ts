import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {plainRun} from './fieldbook.ts';
import {type Program, printRatio, program, runRounds} from './rounds.ts';
import {type Sshd, withSshd} from './sshd.ts';
import {trueRunbook} from './synthetic.ts';

const count = 100;
/** Long enough to show work that grows with the number of steps. */
const manyCount = 1000;

/** Steps of `true` on one host, one after another, each with durable intent and outcome: whole programs. */
export async function steps(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		const floorOf = (steps: number) => ({
			label: `floor: ssh2, two fsyncs, ${steps}`,
			command: [...sshd.inside, process.execPath, join(import.meta.dirname, 'floor.ts'), sshd.folder, String(steps)],
		});
		const ours = (steps: number) =>
			plainRun(sshd, scratch, {
				label: `fieldbook, ${steps}`,
				name: `steps-${steps}`,
				runbook: trueRunbook(steps),
				parts: steps,
				bytes: 0,
			});
		const hundred = await runRounds(
			`${count} steps of \`true\` on one host`,
			rounds,
			[ours(count), floorOf(count), masterLoop(sshd), ...ansible(sshd)].map(program),
		);
		printRatio(hundred, `fieldbook, ${count}`, `floor: ssh2, two fsyncs, ${count}`, 'at most 2');
		printRatio(hundred, `fieldbook, ${count}`, 'ssh, ControlMaster', 'at most 1');
		printRatio(hundred, `fieldbook, ${count}`, 'ansible-playbook', 'at most 0.1');
		const many = await runRounds(
			`${manyCount} steps of \`true\` on one host`,
			Math.min(rounds, 3),
			[ours(manyCount), floorOf(manyCount)].map(program),
		);
		printRatio(many, `fieldbook, ${manyCount}`, `floor: ssh2, two fsyncs, ${manyCount}`, 'none; it shows what grows');
	});
}

function masterLoop({folder, inside}: Sshd): Program {
	const ssh = `ssh -F ${folder}/ssh_config -o ControlPath=${folder}/master`;
	const loop = `for i in $(seq ${count}); do ${ssh} 127.0.0.1 true </dev/null; done`;
	return {
		label: 'ssh, ControlMaster',
		command: [...inside, 'sh', '-c', `set -e; ${ssh} -MNf 127.0.0.1; ${loop}; ${ssh} -O exit 127.0.0.1 2>/dev/null`],
	};
}

function ansible(sshd: Sshd): Program[] {
	const tasks = Array.from({length: count}, (_, index) => `    - name: s${index}\n      command: "true"\n`).join('');
	return ansiblePlaybook(sshd, ['127.0.0.1'], tasks);
}

/** A playbook of these tasks on these addresses, 50 at once; nothing where ansible is not installed. */
export function ansiblePlaybook(
	{folder, username, inside}: Sshd,
	addresses: readonly string[],
	tasks: string,
): Program[] {
	if (!existsSync('/usr/bin/ansible-playbook')) {
		console.log('ansible-playbook is not installed (apt: ansible-core): left out');
		return [];
	}

	const at = (name: string) => join(folder, name);
	writeFileSync(at('book.yml'), `- hosts: all\n  gather_facts: no\n  tasks:\n${tasks}`);
	const hosts = addresses.map(address => `${address} ansible_port=2222 ansible_user=${username}\n`);
	writeFileSync(at('inventory'), hosts.join(''));
	writeFileSync(
		at('ansible.cfg'),
		[
			'[defaults]',
			'timeout=60',
			'host_key_checking=False',
			'interpreter_python=/usr/bin/python3',
			'[ssh_connection]',
			'pipelining=True',
			// The master of one round is gone before the next begins.
			`ssh_args=-F ${folder}/ssh_config -o ControlMaster=auto -o ControlPersist=1s`,
			`control_path_dir=${folder}`,
			'',
		].join('\n'),
	);
	return [
		{
			label: 'ansible-playbook',
			command: [...inside, 'ansible-playbook', '-f', '50', '-i', at('inventory'), at('book.yml')],
			env: {ANSIBLE_CONFIG: at('ansible.cfg'), ANSIBLE_HOME: folder},
		},
	];
}
