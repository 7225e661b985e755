import * as z from 'zod';

/**
The version of the events below. An event is written as it is in memory; from version 2 on it will also carry `v`, in
the JSON and so under its hash. Older ones are lifted when they are read, never rewritten.
*/
const EVENT_VERSION = 1;

const text = z.string();
const host = text;
const step = text;
const phase = text;
const by = text;
const attempt = z.int().min(1);
const part = z.enum(['check', 'run', 'verify', 'undo']);
const pace = z.enum(['step', 'phase', 'auto']);
const captured = z.record(text, text);
const follows = z.literal('verify').exactOptional();
const refusal = z.enum(['auth', 'host-key-changed', 'host-key-unknown', 'host-key-revoked']);

const outcome = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('notStarted'), reason: text, refused: refusal.exactOptional()}),
	z.strictObject({kind: z.literal('exited'), code: z.int()}),
	z.strictObject({kind: z.literal('signaled'), signal: text}),
	z.strictObject({kind: z.literal('timedOut'), afterMs: z.number()}),
	z.strictObject({kind: z.literal('lost'), evidence: text}),
]);

const jobSeen = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('finished'), code: z.int()}),
	z.strictObject({kind: z.literal('running')}),
	z.strictObject({kind: z.literal('notStarted'), reason: text}),
	z.strictObject({kind: z.literal('gone'), because: z.enum(['vanished', 'rebooted', 'folder-lost', 'attached'])}),
	z.strictObject({kind: z.literal('superseded'), epoch: z.int().min(1)}),
	z.strictObject({kind: z.literal('unanswered'), evidence: text, refused: refusal.exactOptional()}),
]);

const hostFacts = z.strictObject({
	name: text,
	version: text,
	keyType: text,
	fingerprint: text,
	clockSkewMs: z.number().nullable(),
	uptimeSeconds: z.number().nullable(),
	bootId: text.nullable().exactOptional(),
	way: text.exactOptional(),
	note: text.exactOptional(),
});

const outputFacts = z.strictObject({bytes: z.int(), kept: z.int(), sha256: text, rows: text.exactOptional()});

const runbook = z.strictObject({file: text, sha256: text, path: text.exactOptional()});
const names = z.record(text, text);
const values = z.record(text, z.record(text, text));

const event = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('RunStarted'),
		runId: text,
		title: text,
		runbook,
		mode: z.enum(['real', 'rehearsal']),
		pace,
		values,
		tables: z.record(text, z.array(z.record(text, text))).exactOptional(),
		hosts: z.record(host, z.strictObject({address: text, port: z.int(), user: text})),
		selection: z.strictObject({startAt: step.nullable(), only: step.nullable()}),
		by,
		device: text,
		deviceKey: text.exactOptional(),
		version: text,
		kept: z.strictObject({files: z.record(text, text), meta: text}).exactOptional(),
		graphHash: text,
	}),
	z.strictObject({
		type: z.literal('RunResumed'),
		by,
		device: text,
		deviceKey: text.exactOptional(),
		version: text,
		epoch: z.int().min(2).exactOptional(),
		takenFrom: z.strictObject({by, device: text, epoch: z.int().min(1)}).exactOptional(),
		signed: z.int().min(0).exactOptional(),
	}),
	z.strictObject({
		type: z.literal('RunbookAdopted'),
		by,
		runbook,
		copy: text,
		before: text.nullable(),
		graphHash: text,
		calls: z.strictObject({steps: names, phases: names}),
		changed: z.array(step),
		reworded: z.array(step),
		moved: z.array(step),
		added: z.array(step),
		removed: z.array(z.strictObject({step, title: text})),
		values,
	}),
	z.strictObject({type: z.literal('RunbookKept'), by, copy: text}),
	z.strictObject({type: z.literal('RunBegun'), by}),
	z.strictObject({type: z.literal('RunPaused'), by, reason: text}),
	z.strictObject({type: z.literal('RunFinished')}),
	z.strictObject({
		type: z.literal('RunSalvaged'),
		by,
		device: text,
		lost: z.int().nullable(),
		begun: z.array(z.strictObject({step, host, attempt, part: z.enum(['run', 'undo'])})),
		without: z.strictObject({output: z.array(z.strictObject({step, host, attempt, part})), files: z.array(text)}),
	}),
	z.strictObject({type: z.literal('PaceSet'), pace, by}),
	z.strictObject({type: z.literal('HostContacted'), host, facts: hostFacts}),
	z.strictObject({type: z.literal('HostKeyMet'), host, keyType: text, fingerprint: text, about: text.exactOptional()}),
	z.strictObject({type: z.literal('HostKeyTrusted'), host, fingerprint: text, by}),
	z.strictObject({
		type: z.literal('HostRefused'),
		host,
		refusal: z.enum([...refusal.options, 'unreachable']),
		reason: text,
		next: text,
	}),
	z.strictObject({
		type: z.literal('HostContactAsked'),
		host,
		by,
		before: z.strictObject({step, attempt}).exactOptional(),
	}),
	z.strictObject({type: z.literal('StepConfirmed'), step, by}),
	z.strictObject({type: z.literal('GatePassed'), step, typed: z.array(text), by}),
	z.strictObject({type: z.literal('HostChosen'), step, host, by}),
	z.strictObject({type: z.literal('RoleFound'), step, host, because: text}),
	z.strictObject({
		type: z.literal('PartIntended'),
		step,
		host,
		attempt,
		part,
		job: text,
		scriptHash: text,
		changes: z.boolean(),
		on: z.array(host).exactOptional(),
		replaces: text.nullable().exactOptional(),
		detached: z.literal(true).exactOptional(),
		reboots: z.literal(true).exactOptional(),
		boot: text.exactOptional(),
	}),
	z.strictObject({
		type: z.literal('JobLookedUp'),
		step,
		host,
		attempt,
		part,
		seen: jobSeen,
		unasked: z.literal(true).exactOptional(),
	}),
	z.strictObject({
		type: z.literal('PartEnded'),
		step,
		host,
		attempt,
		part,
		outcome,
		output: outputFacts,
		tries: z.int(),
		because: text,
		settles: z.enum(['satisfied', 'done', 'failed', 'unknown', 'undone']).nullable(),
		captured,
	}),
	z.strictObject({type: z.literal('HostSeen'), step, host, what: z.enum(['down', 'up']), since: text, follows}),
	z.strictObject({
		type: z.literal('ManualAnswered'),
		step,
		host,
		choice: z.enum(['done', 'not-as-described', 'cannot']),
		note: text,
		captured,
		by,
		follows,
	}),
	z.strictObject({type: z.literal('HandAsked'), step, host, by}),
	z.strictObject({type: z.literal('HandDone'), step, host, did: text, watched: z.boolean(), captured, follows}),
	z.strictObject({type: z.literal('StepSkipped'), step, host, reason: text, by}),
	z.strictObject({
		type: z.literal('StepMarked'),
		step,
		host,
		as: z.enum(['done', 'failed', 'satisfied', 'undone']),
		reason: text,
		by,
	}),
	z.strictObject({type: z.literal('RetryAsked'), step, host, by}),
	z.strictObject({type: z.literal('CheckAsked'), step, host, by}),
	z.strictObject({type: z.literal('LookAsked'), step, host, by}),
	z.strictObject({type: z.literal('CancelAsked'), step, host, by}),
	z.strictObject({type: z.literal('PhaseGivenUp'), phase, reason: text, by}),
	z.strictObject({type: z.literal('WayChosen'), phase, way: phase, by}),
	z.strictObject({type: z.literal('ProbeBegan'), step, host, attempt, job: text, scriptHash: text}),
	z.strictObject({
		type: z.literal('ProbeEnded'),
		step,
		host,
		attempt,
		longestGapMs: z.number().min(0),
		gaps: z.array(z.strictObject({from: text, to: text})),
		tries: z.int(),
		because: text,
		settles: z.enum(['done', 'failed']).nullable(),
	}),
	z.strictObject({type: z.literal('UndoAsked'), step, host, by}),
	z.strictObject({
		type: z.literal('EvidenceTaken'),
		step,
		host,
		kind: text,
		text,
		blob: z.strictObject({sha256: text, name: text, bytes: z.int()}).nullable(),
		by,
	}),
	z.strictObject({type: z.literal('NoteTaken'), step: step.nullable(), text, by}),
]);

/** One event as read from disk. What a newer fieldbook wrote is an error that says so, never a guess. */
export const RunEventSchema = z.unknown().transform(lifted).pipe(event);

function lifted(stored: unknown, context: z.RefinementCtx): unknown {
	const versioned = z.looseObject({v: z.int().min(1).default(EVENT_VERSION)}).safeParse(stored);
	if (!versioned.success) {
		return stored;
	}

	const {v, ...rest} = versioned.data;
	if (v > EVENT_VERSION) {
		context.addIssue(`A newer fieldbook wrote this event (version ${v}); this one reads up to ${EVENT_VERSION}.`);
		return z.NEVER;
	}

	return rest;
}
