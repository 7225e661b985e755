import * as z from 'zod';
import type {Found, Pull, Pulled, Read, Search} from '../engine/handle.js';
import type {OutputWindow} from '../engine/ports.js';
import {redactText} from '../run/redaction.js';
import type {Answer, Request} from '../run/request.js';
import {secretsHeld} from '../text/secret.js';
import {UserError} from '../text/user-error.js';

/**
What the thread that draws says to the engine's thread. Each call has a number, which its reply carries.

The envelope is checked; the payloads come from the same program, where the compiler has checked them.
*/
export const Call = z.discriminatedUnion('call', [
	z.object({id: z.int(), call: z.literal('pull'), want: z.custom<Pull>(isObject)}),
	z.object({id: z.int(), call: z.literal('request'), request: z.custom<Request>(isObject)}),
	z.object({id: z.int(), call: z.literal('tell'), prompt: z.int(), value: z.string().optional()}),
	z.object({id: z.int(), call: z.literal('read'), read: z.custom<Read>(isObject)}),
	z.object({id: z.int(), call: z.literal('search'), search: z.custom<Search>(isObject)}),
	z.object({id: z.int(), call: z.literal('close')}),
]);
export type Call = z.infer<typeof Call>;

/** An error that crosses threads: a UserError keeps its kind, everything else its stack. */
const Trouble = z.object({
	message: z.string(),
	stack: z.string(),
	user: z.object({code: z.string(), next: z.string(), status: z.literal([1, 2, 3, 4, 5, 130])}).optional(),
});
type Trouble = z.infer<typeof Trouble>;

/** What comes back: a reply to a call, or news that nobody asked for. */
export const Message = z.discriminatedUnion('kind', [
	z.object({
		kind: z.literal('reply'),
		id: z.int(),
		value: z.custom<Pulled | Answer | OutputWindow | Found | undefined>(() => true),
	}),
	z.object({kind: z.literal('failed'), id: z.int(), trouble: Trouble}),
	z.object({kind: z.literal('opened')}),
	z.object({kind: z.literal('changed')}),
	z.object({kind: z.literal('ended'), trouble: Trouble.optional()}),
	/** The thread has failed, answers nothing more, and ends when it has closed what it holds. */
	z.object({kind: z.literal('broke'), trouble: Trouble}),
]);
export type Message = z.infer<typeof Message>;

/** Secrets that this thread has held are taken out: the other one may not know them. */
export function troubleOf(error: unknown): Trouble {
	const known = error instanceof Error ? error : new Error(String(error));
	const clean = (text: string) => redactText(text, secretsHeld());
	const plain = {message: clean(known.message), stack: clean(known.stack ?? known.message)};
	return known instanceof UserError
		? {...plain, user: {code: known.code, next: clean(known.next), status: known.status}}
		: plain;
}

export function errorOf({message, stack, user}: Trouble): Error {
	if (user !== undefined) {
		return new UserError(user.code, message, user.next, user.status);
	}

	const error = new Error(message);
	error.stack = stack;
	return error;
}

function isObject(value: unknown): boolean {
	return typeof value === 'object' && value !== null;
}
