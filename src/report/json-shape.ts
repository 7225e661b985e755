import * as z from 'zod';

const at = z.iso.datetime().describe('UTC');
const afterEnd = z.boolean().describe('It was written down when the run was over.');
const maybeAt = at.nullable().describe('UTC; null where it has not happened');
const seconds = z.number().nonnegative().nullable();
const host = z.string().nullable().describe('Null where the step has none.');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const output = z.strictObject({
	bytes: z.int().describe('Sent by the host.'),
	kept: z.int().describe('Of these, in the run file.'),
	sha256: sha256.describe('Over all of them.'),
});
const lease = z.strictObject({by: z.string(), device: z.string(), epoch: z.int(), since: z.string()});

/**
What `fieldbook export --format json` prints. It only grows: what is here keeps its name, type and meaning.

The first part is what `fieldbook show --json` prints too.
*/
export const RunJson = z.strictObject({
	run: z.string().describe('The id of the run.'),
	runbook: z.string(),
	status: z.enum(['new', 'preflight', 'running', 'paused', 'finished']),
	startedAt: maybeAt,
	finishedAt: maybeAt,
	lease: lease.nullable().describe('Who opened the run last.'),
	takeOvers: z.array(lease.extend({from: z.strictObject({by: z.string(), device: z.string(), epoch: z.int()})})),
	steps: z.array(
		z.strictObject({
			id: z.string(),
			host,
			state: z.enum([
				'waiting',
				'ready',
				'asking',
				'running',
				'satisfied',
				'done',
				'failed',
				'unknown',
				'skipped',
				'undone',
			]),
			attempts: z.int(),
			outcome: z.looseObject({kind: z.string()}).nullable(),
			startedAt: maybeAt,
			finishedAt: maybeAt,
			seconds,
			title: z.string(),
			phase: z.string().nullable(),
			test: z.string().nullable(),
			because: z.string(),
			by: z.string().nullable().describe('Who settled it, if a person did.'),
			captured: z.record(z.string(), z.string()),
			evidence: z.array(
				z.strictObject({
					at,
					afterEnd,
					by: z.string(),
					kind: z.string(),
					text: z.string(),
					file: z.strictObject({name: z.string(), bytes: z.int(), sha256}).nullable(),
				}),
			),
			missingEvidence: z.array(z.string()),
			notes: z.array(z.strictObject({at, afterEnd, by: z.string(), text: z.string()})),
			tries: z
				.array(
					z.strictObject({
						attempt: z.int(),
						part: z.enum(['check', 'run', 'verify', 'undo']),
						startedAt: at,
						endedAt: maybeAt,
						outcome: z.looseObject({kind: z.string()}).nullable(),
						scriptSha256: z.string().describe('Of what was sent, secrets left out.'),
						output: output.nullable(),
					}),
				)
				.describe('Oldest first.'),
		}),
	),
	measurements: z.array(
		z.strictObject({
			name: z.string(),
			step: z.string(),
			host,
			from: z.string().nullable(),
			seconds,
			maxSeconds: seconds,
			verdict: z.enum(['pass', 'over', 'open']),
		}),
	),
	removed: z.array(z.strictObject({id: z.string(), host, title: z.string(), state: z.string(), attempts: z.int()})),
	tests: z.array(
		z.strictObject({
			id: z.string(),
			title: z.string(),
			verdict: z.enum(['passed', 'failed', 'blocked', 'not-run', 'open']),
			because: z.string(),
			startedAt: maybeAt,
			finishedAt: maybeAt,
		}),
	),
	title: z.string(),
	mode: z.enum(['real', 'rehearsal']),
	proof: z.strictObject({
		head: sha256.describe('Of the last event, over all before it: `fieldbook verify` prints it too.'),
		events: z.int(),
		signedUntil: z.int().describe('Up to which event a signature covers the file; 0: none does.'),
	}),
	people: z.array(
		z.strictObject({by: z.string(), device: z.string(), key: z.string(), since: at, takenFrom: z.string().nullable()}),
	),
	hosts: z.array(
		z.strictObject({
			name: z.string(),
			label: z.string(),
			address: z.string(),
			port: z.int(),
			user: z.string(),
			callsItself: z.string().nullable(),
			version: z.string().nullable(),
			key: z.strictObject({type: z.string(), fingerprint: z.string()}).nullable(),
		}),
	),
	deviations: z.array(
		z.strictObject({
			at,
			kind: z.enum([
				'skipped',
				'marked',
				'not-as-described',
				'cannot',
				'given-up',
				'undone',
				'edited',
				'taken-over',
				'salvaged',
			]),
			step: z.string().nullable(),
			host,
			by: z.string(),
			reason: z.string(),
		}),
	),
	notes: z.array(z.strictObject({at, afterEnd, by: z.string(), text: z.string()})).describe('On the run as a whole.'),
	evidence: z.strictObject({needed: z.int(), there: z.int()}),
});
export type RunJson = z.infer<typeof RunJson>;

/** The same for whoever reads it: JSON Schema draft 2020-12. */
export const runJsonSchema = z.toJSONSchema(RunJson);
