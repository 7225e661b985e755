import {buildGraph} from '../../src/graph/build.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {HostFacts, Part, RecordedEvent, RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {RunState} from '../../src/run/state.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import {
	at,
	host,
	manual,
	onGroup,
	onHost,
	phase,
	runbook,
	satellite,
	script,
	step,
	template,
	verify,
	wait,
} from '../graph/make.js';

/** A runbook with a bit of everything, and what happened to it, for tests of what people see. */

const book: Runbook = runbook(
	[
		step('ssh-service', {phase: 'base', title: 'The SSH service is on.', readonly: true, on: onGroup('esxi')}),
		step('time', {
			phase: 'base',
			title: 'Set the clock.',
			on: onGroup('esxi'),
			action: script('esxcli system ntp set --server {{ntp_server}}'),
			check: satellite('esxcli system ntp get'),
		}),
		step('vswitches', {
			phase: 'network',
			title: 'Add the virtual switches.',
			on: onGroup('esxi'),
			action: script('esxcfg-vswitch --add Mirror_vswitch\nesxcfg-vswitch --add iSCSI_vswitch\n', {
				script: {
					shell: 'sh',
					shebang: ['/bin/sh', '-eux'],
					template: template('esxcfg-vswitch --add Mirror_vswitch\nesxcfg-vswitch --add iSCSI_vswitch\n'),
					at: at(1),
				},
			}),
			check: satellite('esxcfg-vswitch --list'),
			verify: verify('true', 2000, 60_000),
			gates: [{kind: 'warning', text: 'The network of the hosts changes.', type: undefined, at: at(1)}],
		}),
		step('power-off-esxi1', {
			phase: 'test',
			title: 'Pull both power cords of ESXi#1.',
			action: manual('Pull both power cords of ESXi#1.', {expects: 'down'}),
			gates: [
				{
					kind: 'danger',
					text: 'Power is cut under a running VM.\nUnsaved work in it is lost.',
					type: undefined,
					at: at(1),
				},
			],
		}),
		step('group-on-ec1', {
			phase: 'test',
			title: 'The group comes up on ec1.',
			on: onHost('ec1'),
			action: wait('clpstat'),
			measure: {name: 'failover', from: 'power-off-esxi1', maxMs: 120_000},
		}),
		step('application', {
			phase: 'test',
			title: 'Log in: the application answers.',
			on: undefined,
			action: manual('Log in to the VM: the application answers.'),
			needs: ['note'],
		}),
	],
	{
		title: 'VMware host clustering',
		hosts: [host('esxi1', 'esxi'), host('esxi2', 'esxi'), host('ec1', 'ec')],
		phases: [
			phase('base', {title: 'Base'}),
			phase('network', {title: 'Network'}),
			phase('test', {title: 'Power off ESXi#1', kind: 'test'}),
		],
	},
);

export const graph: StepGraph = buildGraph(book).graph;

export const facts = (name: string, more: Partial<HostFacts> = {}): HostFacts => ({
	name,
	version: 'VMware ESXi 7.0.3 build-20036589',
	keyType: 'ssh-ed25519',
	fingerprint: 'SHA256:Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Zx1Z',
	clockSkewMs: 400,
	uptimeSeconds: 200_000,
	...more,
});

const output = {bytes: 0, kept: 0, sha256: ''};

export const started = (mode: 'real' | 'rehearsal' = 'rehearsal'): RunEvent => ({
	type: 'RunStarted',
	runId: 'r1',
	title: book.title,
	runbook: {file: 'clustering.md', sha256: ''},
	mode,
	pace: 'step',
	values: {ntp_server: {'*': '172.31.255.1'}, iscsi_ip: {esxi1: '172.31.254.2', esxi2: '172.31.254.3'}},
	hosts: {
		esxi1: {address: '172.31.255.2', port: 22, user: 'root'},
		esxi2: {address: '172.31.255.3', port: 2022, user: 'root'},
		ec1: {address: '172.31.255.11', port: 22, user: 'admin'},
	},
	selection: {startAt: null, only: null},
	by: 'ada',
	device: 'laptop',
	version: '0.1.0',
	graphHash: '',
});

export const contacted = (name: string, more?: Partial<HostFacts>): RunEvent => ({
	type: 'HostContacted',
	host: name,
	facts: facts(`${name}.example`, more),
});

export const reachedAll: readonly RunEvent[] = ['esxi1', 'esxi2', 'ec1'].map(name => contacted(name));

export const begun: RunEvent = {type: 'RunBegun', by: 'ada'};

type About = {
	readonly step: string;
	readonly host: string;
	readonly attempt?: number;
	readonly part?: Part;
};

export const intended = ({step: id, host: name, attempt = 1, part = 'run'}: About): RunEvent => ({
	type: 'PartIntended',
	step: id,
	host: name,
	attempt,
	part,
	job: `r1.${id}.${name}.${attempt}.${part}`,
	scriptHash: '',
	changes: part === 'run',
});

export const ended = (
	{step: id, host: name, attempt = 1, part = 'run'}: About,
	settles: Extract<RunEvent, {type: 'PartEnded'}>['settles'],
	{
		because = '',
		outcome = {kind: 'exited', code: settles === 'failed' || (part === 'check' && settles === null) ? 1 : 0},
		tries = 1,
		captured = {},
	}: {because?: string; outcome?: Outcome; tries?: number; captured?: Record<string, string>} = {},
): RunEvent => ({
	type: 'PartEnded',
	step: id,
	host: name,
	attempt,
	part,
	outcome,
	output,
	tries,
	because,
	settles,
	captured,
});

/** Both parts of one after the other. */
export const ran = (
	about: About,
	settles: 'satisfied' | 'done' | 'failed' | null,
	more?: Parameters<typeof ended>[2],
): RunEvent[] => [intended(about), ended(about, settles, more)];

/** One event a second, from 14:30:00 UTC on. */
export function recorded(events: readonly RunEvent[]): readonly RecordedEvent[] {
	return events.map((event, index) => ({
		seq: index + 1,
		at: new Date(Date.UTC(2026, 10, 20, 14, 30, index)).toISOString(),
		event,
	}));
}

export function stateAfter(...events: readonly RunEvent[]): RunState {
	return recorded(events).reduce(evolve, newRun);
}

/** The clock of a run to which `events` happened, this many seconds after the last of them. */
export function secondsAfter(state: RunState, seconds: number): number {
	return Date.UTC(2026, 10, 20, 14, 30, state.lastSeq - 1 + seconds);
}

const notThere = {because: 'not there: exit 1, accepted: 0'};

/** The whole of it, step by step, as a person would do it. */
export const story: readonly RunEvent[] = [
	started(),
	...reachedAll.slice(0, 1),
	{type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aP'},
	{
		type: 'HostRefused',
		host: 'ec1',
		refusal: 'auth',
		reason: 'The server accepts publickey; we offered 1 key.',
		next: 'Load the key.',
	},
	{type: 'HostKeyTrusted', host: 'esxi2', fingerprint: 'SHA256:9aP', by: 'ada'},
	{type: 'HostContactAsked', host: 'ec1', by: 'ada'},
	...reachedAll.slice(1),
	begun,
	{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
	...ran({step: 'ssh-service', host: 'esxi1'}, 'done'),
	...ran({step: 'ssh-service', host: 'esxi2'}, 'done'),
	...ran({step: 'time', host: 'esxi1', part: 'check'}, 'satisfied', {because: 'its check found it there'}),
	...ran({step: 'time', host: 'esxi2', part: 'check'}, null, notThere),
	{type: 'StepConfirmed', step: 'time', by: 'ada'},
	...ran({step: 'time', host: 'esxi2'}, 'failed', {because: 'exit 2, accepted: 0'}),
	{type: 'StepSkipped', step: 'time', host: 'esxi2', reason: 'the customer sets it', by: 'ada'},
	...ran({step: 'vswitches', host: 'esxi1', part: 'check'}, null, notThere),
	...ran({step: 'vswitches', host: 'esxi2', part: 'check'}, null, notThere),
	{type: 'GatePassed', step: 'vswitches', typed: [], by: 'ada'},
	intended({step: 'vswitches', host: 'esxi1'}),
	intended({step: 'vswitches', host: 'esxi2'}),
	ended({step: 'vswitches', host: 'esxi1'}, null),
	ended({step: 'vswitches', host: 'esxi2'}, 'unknown', {
		outcome: {kind: 'lost', evidence: 'the link was lost'},
		because: 'the link was lost',
	}),
	...ran({step: 'vswitches', host: 'esxi1', part: 'verify'}, 'done', {tries: 3}),
	{type: 'CheckAsked', step: 'vswitches', host: 'esxi2', by: 'ada'},
	...ran({step: 'vswitches', host: 'esxi2', attempt: 2, part: 'check'}, 'done', {because: 'its check found it there'}),
	{type: 'GatePassed', step: 'power-off-esxi1', typed: ['esxi1.example'], by: 'ada'},
	{type: 'HandAsked', step: 'power-off-esxi1', host: 'esxi1', by: 'ada'},
	{type: 'HandDone', step: 'power-off-esxi1', host: 'esxi1', did: 'powered off esxi1', watched: true, captured: {}},
	{type: 'HostSeen', step: 'power-off-esxi1', host: 'esxi1', what: 'down', since: '2026-11-20T14:30:37.000Z'},
	...ran({step: 'group-on-ec1', host: 'ec1'}, 'done', {tries: 13}),
	{type: 'NoteTaken', step: 'application', text: 'second try', by: 'bob'},
	{
		type: 'ManualAnswered',
		step: 'application',
		host: '',
		choice: 'done',
		note: 'saw the\u001B[2J page',
		captured: {},
		by: 'bob',
	},
	{type: 'RunFinished'},
];
