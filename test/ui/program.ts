import type {ReadStream, WriteStream} from 'node:tty';
import {parseArgs} from 'node:util';
import {heedingStrays} from '../../src/cli/stray.js';
import {runUi, type UiOptions} from '../../src/ui/app.js';
import {noEstimates} from '../../src/view/estimates.js';
import {type Cast, type FakeRun, fakeRun} from './fake-run.js';
import {fakeWorkbench} from './fake-workbench.js';
import {graphOf, inJapanese, long, onBoth, setUp, single} from './fixtures.js';
import {hostileOutput} from './hostile.js';

/** The screens with a program that is made up: what the terminal tests start. Arguments choose what comes up. */
const {values} = parseArgs({
	options: {
		file: {type: 'string', default: '/books/esxi.md'},
		first: {type: 'string', default: 'home'},
		scene: {type: 'string', default: 'set-up'},
		mode: {type: 'string', default: 'real'},
		ascii: {type: 'boolean', default: false},
		plain: {type: 'boolean', default: false},
		incremental: {type: 'boolean', default: false},
	},
});

const mode = values.mode === 'rehearsal' ? 'rehearsal' : 'real';
const scenes: Readonly<Record<string, () => FakeRun>> = {
	'set-up': () => play(setUp, {}),
	japanese: () => play(inJapanese, {plays: {'virtual-switches': {output: '仮想スイッチを追加しました。\n完了\n'}}}),
	long: () => play(long, {}),
	running: () =>
		play(setUp, {
			plays: {
				'ssh-service.check': {output: 'running = true\n', outcome: {kind: 'exited', code: 0}},
				'virtual-switches': {output: 'Mirror_vswitch\niSCSI_vswitch\nuser_vswitch\n', hangs: true},
			},
			pace: 'auto',
		}),
	failing: () =>
		play(setUp, {
			plays: {
				'ssh-service': {
					output: 'vim-cmd: no such service\n',
					outcome: {kind: 'exited', code: 1},
					because: 'exit 1, accepted: 0',
				},
			},
			pace: 'auto',
		}),
	lost: () =>
		play(setUp, {
			plays: {
				'ssh-service': {
					output: 'enabling\n',
					outcome: {kind: 'lost', evidence: 'the link was lost'},
					because: 'the link was lost 14:02:20',
				},
			},
			pace: 'auto',
		}),
	first: () =>
		play(setUp, {
			contacts: {
				esxi2: [{type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aPq'}],
				esxi1: [
					{
						type: 'HostRefused',
						host: 'esxi1',
						refusal: 'auth',
						reason: 'The server accepts publickey; we offered 1 key.',
						next: 'Load the key, or set "key" for esxi1 in site.yaml.',
					},
				],
			},
		}),
	hostile: () => play(hostileBook(), {plays: {flood: {output: hostileOutput, hangs: true}}, pace: 'auto'}),
	flood: () => flooding(single, ['esxi1']),
	'flood on both': () => flooding(onBoth, ['esxi1', 'esxi2']),
	throwing: () => throwing(),
};

function play(book: typeof setUp, cast: Cast): FakeRun {
	return fakeRun(book, graphOf(book), {mode, ...cast});
}

/** Text from outside in every place where it can stand. */
function hostileBook(): typeof setUp {
	const taint = hostileOutput;
	return {
		...single,
		title: `Title ${taint}`,
		steps: single.steps.map(step => ({
			...step,
			title: `Step ${taint}`,
			context: [{kind: 'prose', markdown: `Prose ${taint}`, at: step.at}],
		})),
	};
}

/** Fifty megabytes a second from each host, in the pieces that a socket gives. */
function flooding(book: typeof setUp, hosts: readonly string[]): FakeRun {
	const run = play(book, {plays: {flood: {output: 'begin\n', hangs: true}}, pace: 'auto'});
	const lines = Array.from(
		{length: 8000},
		(_, line) => `\x1b[32m${line}\x1b[0m copying block ${'#'.repeat(74)} of the image`,
	);
	const piece = Buffer.from(`${lines.join('\n')}\n`);
	const print = () => {
		for (const host of hosts) {
			run.print(`flood@${host}`, piece);
		}
	};
	const timer = setInterval(print, (piece.length / 50e6) * 1000);
	timer.unref();
	return run;
}

/** A mistake of ours in the middle of a run. */
function throwing(): FakeRun {
	const run = play(setUp, {});
	const {encodingOf: _, ...rest} = run;
	return {
		...rest,
		get graph(): never {
			throw new Error('a mistake of ours');
		},
		encodingOf: () => 'utf-8',
		estimates: async () => noEstimates,
	};
}

function firstOf(name: string): UiOptions['first'] {
	switch (name) {
		case 'sheet':
			return {screen: 'sheet', file: values.file, mode};
		case 'run':
			return {screen: 'resume', runFile: '/runs/yokohama.fieldbook'};
		default:
			return {screen: 'home', mode};
	}
}

let run: FakeRun | undefined;
const {workbench} = fakeWorkbench(() => {
	run = (scenes[values.scene] ?? scenes['set-up'] ?? throwing)();
	return run;
});
const end = await runUi(workbench, {
	first: firstOf(values.first),
	pace: 'step',
	glyphs: values.ascii ? 'ascii' : 'unicode',
	color: !values.plain,
	incremental: values.incremental,
	editor: async file => {
		process.stdout.write(`edited: ${file}\n`);
	},
	pager: async lines => {
		for await (const text of lines) {
			process.stdout.write(`paged: ${text}`);
		}
	},
	heedingStrays,
	stdin: process.stdin as ReadStream,
	stdout: process.stdout as WriteStream,
});
const trouble = end.error instanceof Error ? `, ${end.error.message}` : '';
process.stdout.write(`left: ${end.how}, ${end.run?.state.status ?? 'no run'}${trouble}\n`);
process.exit(0);
