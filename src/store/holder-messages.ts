import * as z from 'zod';
import {RunEventSchema} from '../run/schema.js';

/** The most that one line may hold that a holder is sent: a request is short, or it is none. */
export const MAX_REQUEST_BYTES = 16 * 1024;

/** The most bytes of output or of a kept file in one answer. */
export const MAX_ANSWERED_BYTES = 256 * 1024;

/** The most events in one answer. */
export const MAX_ANSWERED_EVENTS = 500;

const count = z.int().min(0);
const bytes = z.base64().transform(text => Uint8Array.from(Buffer.from(text, 'base64')));

/** What a holder is asked, one JSON object a line; it answers one line each, in the same order. */
export const HolderRequest = z.discriminatedUnion('ask', [
	z.strictObject({ask: z.literal('who')}),
	z.strictObject({ask: z.literal('run')}),
	z.strictObject({ask: z.literal('events'), after: count}),
	z.strictObject({ask: z.literal('blob'), name: z.string(), start: count}),
	z.strictObject({
		ask: z.literal('output'),
		key: z.strictObject({
			step: z.string(),
			host: z.string(),
			attempt: z.int().min(1),
			part: z.enum(['check', 'run', 'verify', 'undo']),
		}),
		start: count,
	}),
	/** Into this file, which is there and empty. */
	z.strictObject({ask: z.literal('copy'), to: z.string()}),
]);
export type HolderRequest = z.infer<typeof HolderRequest>;

/** Who holds the run: `since` and `pid` are this machine's. */
export const Holder = z.strictObject({by: z.string(), device: z.string(), since: z.string(), pid: z.int()});
export type Holder = z.infer<typeof Holder>;

/** By what was asked. */
export const holderAnswers = {
	who: Holder,
	run: z.strictObject({
		meta: z.record(z.string(), z.string()),
		blobs: z.array(z.string()),
		signed: z.strictObject({seq: count, head: z.string()}).nullable(),
	}),
	events: z.array(z.strictObject({seq: count, at: z.string(), event: RunEventSchema, hash: z.string()})),
	blob: z.strictObject({bytes, total: count}),
	output: z.strictObject({
		bytes,
		start: count,
		total: count,
		times: z.array(z.strictObject({offset: count, at: z.number()})),
		lastAt: z.number(),
	}),
	copy: z.strictObject({}),
};

/** Each line that comes back. */
export const HolderAnswer = z.union([z.strictObject({value: z.unknown()}), z.strictObject({trouble: z.string()})]);
