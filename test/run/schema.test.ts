import {describe, expect, expectTypeOf, test} from 'vitest';
import type {z} from 'zod';
import type {RunEvent} from '../../src/run/event.js';
import {RunEventSchema} from '../../src/run/schema.js';
import {begun, contacted, ended, exited, intended, lost, started} from './given.js';

const by = 'ana';
const at = {step: 'a', host: 'web-1'};

/** One of each type; the compiler holds the list complete. */
const events: {readonly [Type in RunEvent['type']]: Extract<RunEvent, {type: Type}> | RunEvent} = {
	RunStarted: started({
		values: {vmhba: {'web-1': 'x', '*': 'y'}},
		tables: {vms: [{name: 'vm1', vmx: '/vm1.vmx'}]},
		selection: {startAt: 'a', only: null},
	}),
	RunResumed: {
		type: 'RunResumed',
		...{by, device: 'desk', deviceKey: 'SHA256:x', version: '0.1.0', epoch: 2, signed: 0},
		takenFrom: {by, device: 'laptop', epoch: 1},
	},
	RunbookAdopted: {
		type: 'RunbookAdopted',
		by,
		runbook: {file: 'a.md', sha256: '00', path: '/books/a.md'},
		...{copy: '11', before: null, graphHash: '22'},
		calls: {steps: {b: 'a'}, phases: {}},
		...{changed: ['a'], reworded: ['c'], moved: [], added: ['d']},
		removed: [{step: 'e', title: 'Look.'}],
		values: {ntp: {'*': '10.0.0.1'}},
	},
	RunSalvaged: {
		...{type: 'RunSalvaged', by, device: 'laptop', lost: null},
		begun: [{...at, attempt: 1, part: 'run'}],
		without: {output: [{...at, attempt: 1, part: 'verify'}], files: ['runbook.md']},
	},
	RunbookKept: {type: 'RunbookKept', by, copy: '11'},
	RunBegun: begun,
	RunPaused: {type: 'RunPaused', by, reason: ''},
	RunFinished: {type: 'RunFinished'},
	PaceSet: {type: 'PaceSet', pace: 'phase', by},
	HostContacted: contacted('web-1'),
	HostKeyMet: {type: 'HostKeyMet', host: 'web-1', keyType: 'rsa', fingerprint: 'SHA256:x'},
	HostKeyTrusted: {type: 'HostKeyTrusted', host: 'web-1', fingerprint: 'SHA256:x', by},
	HostRefused: {type: 'HostRefused', host: 'web-1', refusal: 'unreachable', reason: 'x', next: 'y'},
	HostContactAsked: {type: 'HostContactAsked', host: 'web-1', by},
	StepConfirmed: {type: 'StepConfirmed', step: 'a', by},
	GatePassed: {type: 'GatePassed', step: 'a', typed: ['x'], by},
	HostChosen: {type: 'HostChosen', ...at, by},
	PartIntended: intended({step: 'a'}, true, {
		on: ['web-2'],
		...{replaces: null, detached: true, reboots: true, boot: 'b1'},
	}),
	PartEnded: ended({step: 'a'}, null, {kind: 'notStarted', reason: 'x', refused: 'auth'}, {captured: {vmhba: 'x'}}),
	HostSeen: {type: 'HostSeen', ...at, what: 'down', since: '2026-11-20T10:00:00.000Z', follows: 'verify'},
	ManualAnswered: {type: 'ManualAnswered', ...at, choice: 'not-as-described', note: '', captured: {}, by},
	HandAsked: {type: 'HandAsked', ...at, by},
	HandDone: {type: 'HandDone', ...at, did: 'x', watched: true, captured: {}},
	StepSkipped: {type: 'StepSkipped', ...at, reason: 'x', by},
	StepMarked: {type: 'StepMarked', ...at, as: 'done', reason: 'x', by},
	RetryAsked: {type: 'RetryAsked', ...at, by},
	CheckAsked: {type: 'CheckAsked', ...at, by},
	LookAsked: {type: 'LookAsked', ...at, by},
	JobLookedUp: {
		type: 'JobLookedUp',
		...{...at, attempt: 1, part: 'run', unasked: true},
		seen: {kind: 'unanswered', evidence: 'x', refused: 'auth'},
	},
	CancelAsked: {type: 'CancelAsked', ...at, by},
	PhaseGivenUp: {type: 'PhaseGivenUp', phase: 'power-1', reason: 'x', by},
	WayChosen: {type: 'WayChosen', phase: 'license', way: 'license.by-hand', by},
	ProbeBegan: {type: 'ProbeBegan', ...at, attempt: 1, job: 'job', scriptHash: '00'},
	ProbeEnded: {
		type: 'ProbeEnded',
		...{...at, attempt: 1, longestGapMs: 1500, tries: 3, because: '', settles: null},
		gaps: [{from: '2026-11-20T10:00:00.000Z', to: '2026-11-20T10:00:01.500Z'}],
	},
	RoleFound: {type: 'RoleFound', ...at, because: 'web-2 says: web-1'},
	UndoAsked: {type: 'UndoAsked', ...at, by},
	EvidenceTaken: {
		type: 'EvidenceTaken',
		...{...at, kind: 'photo', text: '', by},
		blob: {sha256: '00', name: 'rack.jpg', bytes: 7},
	},
	NoteTaken: {type: 'NoteTaken', step: null, text: 'x', by},
};

type Deep<T> =
	T extends ReadonlyArray<infer Element>
		? ReadonlyArray<Deep<Element>>
		: T extends object
			? {readonly [Key in keyof T]: Deep<T[Key]>}
			: T;

test('the compiler holds the schema and the type to be the same', () => {
	expectTypeOf<Deep<z.infer<typeof RunEventSchema>>>().toExtend<RunEvent>();
	expectTypeOf<RunEvent>().toExtend<Deep<z.infer<typeof RunEventSchema>>>();
});

describe('events', () => {
	test.for(Object.values(events))('$type comes back from disk as it was written', event => {
		expect(RunEventSchema.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
	});

	test.for([exited(0), lost, {kind: 'signaled', signal: 'TERM'}, {kind: 'timedOut', afterMs: 1500}] as const)(
		'and so does the outcome $kind',
		outcome => {
			const event = ended({step: 'a'}, 'failed', outcome);
			expect(RunEventSchema.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
		},
	);

	test('of version 1 need not say so', () => {
		expect(RunEventSchema.parse({...begun, v: 1})).toEqual(begun);
	});

	test('of a newer version are refused by name', () => {
		const {error} = RunEventSchema.safeParse({v: 2, type: 'RunBegun', by, why: 'lunch is over'});
		expect(error?.issues.map(({message}) => message)).toEqual([
			'A newer fieldbook wrote this event (version 2); this one reads up to 1.',
		]);
	});

	test.for([
		undefined,
		null,
		'RunBegun',
		{},
		{type: 'RunEnded'},
		{type: 'RunBegun'},
		{type: 'RunBegun', by, more: 1},
		{...intended({step: 'a'}), attempt: 0},
		{...ended({step: 'a'}, 'done'), settles: 'maybe'},
	])('%j is none', stored => {
		expect(RunEventSchema.safeParse(stored).success).toBe(false);
	});
});
