import {NO_HOST, type StepGraph, type StepNode} from '../../src/graph/graph.js';
import type {HostFacts, Pace, Part, RecordedEvent, RunEvent, Selection} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {RunState} from '../../src/run/state.js';
import type {
	Action,
	Gate,
	HostDeclaration,
	HostName,
	Param,
	Phase,
	Satellite,
	Script,
	Step,
	StepId,
	Target,
	Template,
	Verify,
} from '../../src/runbook/runbook.js';

/** Runs are given by their events and graphs by their steps: what a test leaves out is as plain as it can be. */

const at = {line: 1, column: 1, length: 1};

export function template(source: string): Template {
	return {source, parts: [source]};
}

export function scriptOf(source: string): Script {
	return {shell: 'sh', shebang: undefined, template: template(source), at};
}

export function param(name: string, more: Partial<Param> = {}): Param {
	return {
		...{name, type: 'text', label: name, default: undefined, each: undefined, of: [], columns: [], given: {}, at},
		...more,
	};
}

export function satellite(source = 'true', more: Partial<Satellite> = {}): Satellite {
	return {script: scriptOf(source), on: undefined, as: undefined, timeoutMs: 60_000, expect: [], at, ...more};
}

export function verify(source = 'true', more: Partial<Verify> = {}): Verify {
	return {...satellite(source), everyMs: 0, forMs: 0, ...more};
}

export function runs(source = 'true', more: Partial<Extract<Action, {kind: 'script'}>> = {}): Action {
	return {
		kind: 'script',
		script: scriptOf(source),
		accepts: {codes: [0]},
		long: false,
		reboot: undefined,
		cut: undefined,
		...more,
	};
}

export const byHand: Extract<Action, {kind: 'manual'}> = {
	kind: 'manual',
	instruction: template('Do it.'),
	expects: undefined,
	once: false,
};

export const file: Extract<Action, {kind: 'file'}> = {
	kind: 'file',
	path: template('/etc/motd'),
	content: {kind: 'inline', text: template('hello')},
	mode: undefined,
	owner: undefined,
	lines: false,
	set: [],
};

export function waits(everyMs = 5000, forMs = 60_000): Action {
	return {kind: 'wait', script: scriptOf('true'), everyMs, forMs};
}

export const probe: Action = {kind: 'probe', script: scriptOf('true'), everyMs: 1000};

export const warning: Gate = {kind: 'warning', text: 'Mind the gap.', type: undefined, at};
export const danger: Gate = {kind: 'danger', text: 'This hurts.', type: undefined, at};

/** A step on these hosts, after the one before it. */
export type StepGiven = Partial<Omit<Step, 'id'>> & {readonly hosts?: readonly HostName[]};

export function step(id: StepId, {hosts = ['web-1'], ...more}: StepGiven = {}): StepNode {
	const [only] = hosts;
	const on: Target | undefined =
		only === NO_HOST || only === undefined
			? undefined
			: only === 'local'
				? {kind: 'local'}
				: hosts.length === 1
					? {kind: 'host', host: only}
					: {kind: 'group', group: 'web'};
	const made: Step = {
		id,
		idIsExplicit: true,
		title: id,
		phase: undefined,
		context: [],
		gates: [],
		action: runs(),
		on,
		as: undefined,
		after: undefined,
		when: undefined,
		serial: false,
		timeoutMs: more.action?.kind === 'manual' || more.action?.kind === 'file' ? undefined : 600_000,
		readonly: false,
		check: undefined,
		verify: undefined,
		undo: undefined,
		expect: [],
		captures: undefined,
		unknown: more.check === undefined ? 'ask' : 'check',
		measure: undefined,
		needs: [],
		optional: false,
		at,
		...more,
	};
	return {step: made, hosts, after: made.after ?? [], hash: `h1:${id}`};
}

/** A step on whichever of the two hosts is the active one. */
export function onActive(id: StepId, more: StepGiven = {}): StepNode {
	return step(id, {hosts: ['active'], on: {kind: 'role', role: 'active'}, ...more});
}

export const twoHosts = ['web-1', 'web-2'];

export function phase(id: string, parent?: string, more: Partial<Phase> = {}): Phase {
	return {
		id,
		title: id,
		depth: parent === undefined ? 1 : 2,
		parent,
		at,
		on: undefined,
		when: undefined,
		serial: false,
		each: undefined,
		kind: 'plain',
		...more,
	};
}

/** In document order: a step without `after` comes after the one before it. */
export function graphOf(nodes: readonly StepNode[], phases: readonly Phase[] = []): StepGraph {
	const inOrder = nodes.map((node, index) => {
		const before = nodes[index - 1];
		return node.step.after === undefined && before !== undefined ? {...node, after: [before.step.id]} : node;
	});
	return {
		title: 'A test',
		hosts: [host('web-1'), host('web-2')],
		roles: [{name: 'active', of: 'web', by: 'who', at}],
		phases,
		nodes: inOrder,
	};
}

function host(name: HostName): HostDeclaration {
	return {name, group: 'web', platform: 'linux', label: name, runsOn: undefined, at};
}

/** The n-th event of a run happens n seconds after 10:00. */
export function recorded(events: readonly RunEvent[], before = 0): readonly RecordedEvent[] {
	return events.map((event, index) => {
		const seq = before + index + 1;
		return {seq, at: new Date(Date.UTC(2026, 10, 20, 10, 0, seq)).toISOString(), event};
	});
}

export function given(...events: readonly RunEvent[]): RunState {
	return recorded(events).reduce(evolve, newRun);
}

export function andThen(state: RunState, ...events: readonly RunEvent[]): RunState {
	return recorded(events, state.lastSeq).reduce(evolve, state);
}

type Started = Extract<RunEvent, {type: 'RunStarted'}>;

export function started(more: Partial<Started> = {}): Started {
	return {
		type: 'RunStarted',
		runId: 'r1',
		title: 'A test',
		runbook: {file: 'test.md', sha256: '00'},
		mode: 'real',
		pace: 'auto',
		values: {},
		hosts: {
			'web-1': {address: '10.0.0.1', port: 22, user: 'root'},
			'web-2': {address: '10.0.0.2', port: 22, user: 'root'},
		},
		selection: {startAt: null, only: null},
		by: 'ana',
		device: 'laptop',
		version: '0.1.0',
		graphHash: '00',
		...more,
	};
}

export function facts(name: string): HostFacts {
	return {name, version: 'Linux', keyType: 'ssh-ed25519', fingerprint: 'SHA256:x', clockSkewMs: 0, uptimeSeconds: 1};
}

export function contacted(host: HostName): RunEvent {
	return {type: 'HostContacted', host, facts: facts(`${host}.example`)};
}

export const begun: RunEvent = {type: 'RunBegun', by: 'ana'};
export const resumed: RunEvent = {type: 'RunResumed', by: 'ben', device: 'other laptop', version: '0.1.0'};

/** A run that has begun with both hosts reached. */
export function begunWith(more: {pace?: Pace; selection?: Selection; mode?: 'real' | 'rehearsal'} = {}): RunState {
	return given(started(more), contacted('web-1'), contacted('web-2'), begun);
}

/** Which part of which attempt of a step on a host. */
export type PartGiven = {
	readonly step: StepId;
	readonly host?: HostName;
	readonly attempt?: number;
	readonly part?: Part;
};

type Intended = Extract<RunEvent, {type: 'PartIntended'}>;

export function intended(
	{step, host = 'web-1', attempt = 1, part = 'run'}: PartGiven,
	changes = part === 'run' || part === 'undo',
	more: Partial<Intended> = {},
): RunEvent {
	const job = ['r1', step, host, attempt, part].join('.');
	return {type: 'PartIntended', step, host, attempt, part, job, scriptHash: '00', changes, ...more};
}

type Ended = Extract<RunEvent, {type: 'PartEnded'}>;

export function ended(
	{step, host = 'web-1', attempt = 1, part = 'run'}: PartGiven,
	settles: Ended['settles'],
	outcome: Outcome = exited(0),
	more: Partial<Ended> = {},
): RunEvent {
	const output = {bytes: 0, kept: 0, sha256: '00'};
	return {
		type: 'PartEnded',
		...{step, host, attempt, part, outcome, output, settles},
		tries: 1,
		because: '',
		captured: {},
		...more,
	};
}

export function exited(code: number): Outcome {
	return {kind: 'exited', code};
}

export const lost: Outcome = {kind: 'lost', evidence: 'read ECONNRESET'};

/** Intended and ended at once. */
export function did(part: PartGiven, settles: Ended['settles'] = 'done', outcome: Outcome = exited(0)): RunEvent[] {
	return [intended(part), ended(part, settles, outcome)];
}
