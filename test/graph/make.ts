import type {Place} from '../../src/document/problem.js';
import type {
	Action,
	HostDeclaration,
	Phase,
	Runbook,
	Satellite,
	Script,
	Step,
	Target,
	Template,
	Verify,
} from '../../src/runbook/runbook.js';

/** Runbook values for tests of what comes after reading: everything that does not matter to a test has a default. */

export const at = (line: number): Place => ({line, column: 1, length: 1});

export const template = (source: string): Template => ({source, parts: [source]});

export const shellScript = (source: string): Script => ({
	shell: 'sh',
	shebang: undefined,
	template: template(source),
	at: at(1),
});

export const script = (source: string, more: Partial<Extract<Action, {kind: 'script'}>> = {}): Action => ({
	kind: 'script',
	script: shellScript(source),
	accepts: {codes: [0]},
	long: false,
	reboot: undefined,
	cut: undefined,
	...more,
});

export const wait = (source: string): Action => ({
	kind: 'wait',
	script: shellScript(source),
	everyMs: 5000,
	forMs: 120_000,
});

export const manual = (instruction: string, more: Partial<Extract<Action, {kind: 'manual'}>> = {}): Action => ({
	kind: 'manual',
	instruction: template(instruction),
	expects: undefined,
	once: false,
	...more,
});

export const satellite = (source: string): Satellite => ({
	script: shellScript(source),
	on: undefined,
	as: undefined,
	timeoutMs: 60_000,
	expect: [],
	at: at(1),
});

export const verify = (source: string, everyMs = 0, forMs = 0): Verify => ({...satellite(source), everyMs, forMs});

export const onHost = (host: string): Target => ({kind: 'host', host});

export const onGroup = (group: string): Target => ({kind: 'group', group});

export const step = (id: string, more: Partial<Step> = {}): Step => ({
	id,
	idIsExplicit: true,
	title: `Title of ${id}`,
	phase: undefined,
	context: [],
	gates: [],
	action: script(`run ${id}`),
	on: onHost('esxi1'),
	as: undefined,
	after: undefined,
	when: undefined,
	serial: false,
	timeoutMs: 600_000,
	readonly: false,
	check: undefined,
	verify: undefined,
	undo: undefined,
	expect: [],
	captures: undefined,
	unknown: 'ask',
	measure: undefined,
	needs: [],
	optional: false,
	at: at(1),
	...more,
});

export const phase = (id: string, more: Partial<Phase> = {}): Phase => ({
	id,
	title: `Title of ${id}`,
	depth: 1,
	parent: undefined,
	at: at(1),
	on: undefined,
	when: undefined,
	serial: false,
	each: undefined,
	kind: 'plain',
	...more,
});

export const host = (name: string, group?: string): HostDeclaration => ({
	name,
	group,
	platform: 'esxi',
	label: name,
	runsOn: undefined,
	at: at(1),
});

export const runbook = (steps: readonly Step[], more: Partial<Runbook> = {}): Runbook => ({
	file: 'book.md',
	title: 'A book',
	plain: false,
	hosts: [host('esxi1', 'esxi'), host('esxi2', 'esxi'), host('ec1', 'ec')],
	roles: [],
	params: [],
	phases: [],
	steps,
	closing: {},
	...more,
});
