// npm run bench -- [steps|output|start|parse]...    all of them if none is named; ROUNDS=9 for more than 5 rounds
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {type Case, median, printRatio, runRounds} from './rounds.ts';
import {startSshd} from './sshd.ts';
import {floodCommand, floodRunbook, syntheticRunbook, trueRunbook} from './synthetic.ts';

type Sshd = Awaited<ReturnType<typeof startSshd>>;

const root = new URL('..', import.meta.url).pathname;
const node = process.execPath;
const rounds = Number(process.env['ROUNDS'] ?? 5);
const scratch = mkdtempSync(join(tmpdir(), 'fieldbook-bench-'));
const benches = {steps, output, start, parse};

try {
	const named = process.argv.slice(2);
	for (const [name, bench] of Object.entries(benches)) {
		if (named.length === 0 || named.includes(name)) {
			await bench();
		}
	}
} finally {
	rmSync(scratch, {recursive: true, force: true});
}

/** 100 steps of `true` on one host, each with durable intent and outcome: whole programs. */
async function steps() {
	const sshd = await startSshd();
	try {
		const {folder, inside} = sshd;
		const ssh = ['ssh', '-F', join(folder, 'ssh_config')];
		const loop = `set -e; ${ssh.join(' ')} -o ControlPath=${folder}/master -o ControlMaster=yes -MNf 127.0.0.1; for i in $(seq 100); do ${ssh.join(' ')} -o ControlPath=${folder}/master 127.0.0.1 true </dev/null; done; ${ssh.join(' ')} -o ControlPath=${folder}/master -O exit 127.0.0.1 2>/dev/null`;
		const cases = [
			{label: 'fieldbook', ...fieldbookCase(sshd, 'steps', trueRunbook(100))},
			{label: 'floor: ssh2, two fsyncs', command: [...inside, node, join(root, 'bench/floor.ts'), folder, '100']},
			{label: 'ssh, ControlMaster', command: [...inside, 'sh', '-c', loop]},
			...ansibleCases(sshd),
		];
		const samples = await runRounds('100 steps of `true` on one host', rounds, cases);
		printRatio(samples, 'fieldbook', 'floor: ssh2, two fsyncs', 'at most 2');
		printRatio(samples, 'fieldbook', 'ssh, ControlMaster', 'at most 1');
		printRatio(samples, 'fieldbook', 'ansible-playbook', 'at most 0.1');
	} finally {
		sshd.stop();
	}
}

/** One step that prints 1 GiB into the run file, against ssh into nothing; and a quarter of it, to see that memory is flat. */
async function output() {
	const sshd = await startSshd();
	try {
		const {folder, inside} = sshd;
		const samples = await runRounds('1 GiB of output of one step', rounds, [
			{label: 'fieldbook', ...fieldbookCase(sshd, 'flood', floodRunbook(1024))},
			{label: 'fieldbook, 256 MiB', ...fieldbookCase(sshd, 'flood256', floodRunbook(256))},
			{
				label: 'ssh, aes128-gcm',
				command: [...inside, 'ssh', '-F', join(folder, 'ssh_config'), '127.0.0.1', floodCommand(1024)],
			},
		]);
		printRatio(samples, 'fieldbook', 'ssh, aes128-gcm', 'at most 2 (half of the rate)');
	} finally {
		sshd.stop();
	}
}

/** Starting: what every command waits for. */
async function start() {
	const samples = await runRounds('start', Math.max(rounds, 15), [
		{label: 'fieldbook --version', command: [node, join(root, 'bin/fieldbook.js'), '--version']},
		{label: 'node -e 0', command: [node, '-e', '0']},
	]);
	printRatio(samples, 'fieldbook --version', 'node -e 0', 'at most 1.5');
}

/** Reading alone, against mdast over the whole document: one cold process each. */
async function parse() {
	const ours = join(scratch, 'read.mjs');
	const theirs = join(scratch, 'mdast.mjs');
	await bundle(
		'readDocument',
		`import {readDocument} from '${root}src/document/read.ts'; export const read = source => readDocument('a.md', source);`,
		ours,
	);
	await bundle(
		'mdast',
		`import {fromMarkdown} from 'mdast-util-from-markdown'; import {gfm} from 'micromark-extension-gfm'; import {gfmFromMarkdown} from 'mdast-util-gfm';
		import {frontmatter} from 'micromark-extension-frontmatter'; import {frontmatterFromMarkdown} from 'mdast-util-frontmatter';
		export const read = source => fromMarkdown(source, {extensions: [gfm(), frontmatter(['yaml'])], mdastExtensions: [gfmFromMarkdown(), frontmatterFromMarkdown(['yaml'])]});`,
		theirs,
	);
	const milliseconds = new Map<string, number>();
	for (const [size, bytes, whole, times] of [
		['50 KB', 50_000, true, rounds],
		['1 MB', 1_000_000, true, Math.min(rounds, 3)],
		['10 MB', 10_000_000, false, Math.min(rounds, 3)],
	] as const) {
		const file = join(scratch, `${bytes}.md`);
		writeFileSync(file, syntheticRunbook(bytes));
		const pairs = Array.from({length: times}, () => [readOnce(ours, file), ...(whole ? [readOnce(theirs, file)] : [])]);
		const mine = pairs.map(([one]) => one);
		milliseconds.set(size, median(mine.map(one => one?.ms ?? Number.NaN)));
		const peer = whole ? median(pairs.map(([, one]) => one?.ms ?? Number.NaN)) : undefined;
		const ratio =
			peer === undefined
				? ''
				: `; mdast whole ${peer.toFixed(0)} ms; ratio ${((milliseconds.get(size) ?? 0) / peer).toFixed(2)}`;
		console.log(
			`parse ${size}: ${milliseconds.get(size)?.toFixed(0)} ms, resident ${Math.max(...mine.map(one => one?.mib ?? 0)).toFixed(0)} MiB${ratio}`,
		);
	}

	console.log(
		`parse 10 MB / 1 MB: ${((milliseconds.get('10 MB') ?? 0) / (milliseconds.get('1 MB') ?? 1)).toFixed(1)}; goal: at most 12; 1 MB at most 0.5 of mdast, 50 KB at most 0.75`,
	);
}

function readOnce(module: string, file: string): {readonly ms: number; readonly mib: number} {
	const script = `import {readFileSync} from 'node:fs'; const {read} = await import(${JSON.stringify(module)}); const source = readFileSync(${JSON.stringify(file)}, 'utf8');
		const start = performance.now(); globalThis.kept = read(source); console.log(JSON.stringify({ms: performance.now() - start, mib: process.resourceUsage().maxRSS / 1024}));`;
	return JSON.parse(execFileSync(node, ['--input-type=module', '-e', script], {encoding: 'utf8'}));
}

async function bundle(name: string, contents: string, outfile: string): Promise<void> {
	await build({
		stdin: {contents, resolveDir: root, sourcefile: `${name}.js`},
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		logLevel: 'warning',
	});
}

/**
A run of fieldbook without a screen, on the benchmark's own server.
*/
function fieldbookCase({folder, username, inside}: Sshd, name: string, runbook: string): Omit<Case, 'label'> {
	const book = join(scratch, `${name}.md`);
	const site = join(scratch, `${name}.yaml`);
	const run = join(scratch, `${name}.fieldbook`);
	writeFileSync(book, runbook);
	writeFileSync(
		site,
		`hosts:\n  one: { address: 127.0.0.1, port: 2222, user: ${username}, auth: key, key: ${folder}/id }\nknown_hosts: ${folder}/known_hosts\n`,
	);
	return {
		command: [
			...inside,
			node,
			join(root, 'bin/fieldbook.js'),
			'run',
			book,
			'--site',
			site,
			'--run-file',
			run,
			'--plain',
			'--pace',
			'auto',
		],
		after: () => rmSync(run, {force: true}),
	};
}

function ansibleCases({folder, username, inside}: Sshd): Case[] {
	if (!existsSync('/usr/bin/ansible-playbook')) {
		console.log('ansible-playbook is not installed (apt: ansible-core): left out');
		return [];
	}

	const tasks = Array.from({length: 100}, (_, index) => `    - name: s${index}\n      command: "true"\n`).join('');
	writeFileSync(join(folder, 'book.yml'), `- hosts: all\n  gather_facts: no\n  tasks:\n${tasks}`);
	writeFileSync(join(folder, 'inventory'), `127.0.0.1 ansible_port=2222 ansible_user=${username}\n`);
	writeFileSync(
		join(folder, 'ansible.cfg'),
		`[defaults]\nhost_key_checking=False\ninterpreter_python=/usr/bin/python3\n[ssh_connection]\npipelining=True\nssh_args=-F ${folder}/ssh_config -o ControlMaster=auto -o ControlPersist=5s\ncontrol_path_dir=${folder}\n`,
	);
	return [
		{
			label: 'ansible-playbook',
			command: [...inside, 'ansible-playbook', '-i', join(folder, 'inventory'), join(folder, 'book.yml')],
			env: {ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_HOME: folder},
		},
	];
}
