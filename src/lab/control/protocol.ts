import * as z from 'zod';

/**
In place of a host in an `exchange`: somebody looks who answers, and time stands for as long as that lasts. No host is called that.

What is sent to a host behind a cut link waits for world time; a look at one is over at once, whatever patience this laptop has.
*/
export const aLook = '(a look)';

/**
What the lab and its users say to one another over the control socket: one JSON object per line.

A request has an `id` and gets one answer with the same `id`. An `exchange` gets none.
*/
export const ControlRequest = z.discriminatedUnion('do', [
	z.strictObject({do: z.literal('hello'), id: z.number()}),
	z.strictObject({do: z.literal('now'), id: z.number()}),
	z.strictObject({do: z.literal('sleep'), id: z.number(), ms: z.number()}),
	/** Ends the sleep with the id `sleep` early; that one is answered. */
	z.strictObject({do: z.literal('wake'), sleep: z.number()}),
	/** `power off esxi1`. */
	z.strictObject({do: z.literal('perform'), id: z.number(), words: z.array(z.string())}),
	/** All secrets of the run so far: they are kept out of what is saved. */
	z.strictObject({
		do: z.literal('secrets'),
		id: z.number(),
		secrets: z.array(z.strictObject({name: z.string(), value: z.string()})),
	}),
	/** A client begins (1) or ends (-1) an exchange with a host: time stands while the host works on it. */
	z.strictObject({do: z.literal('exchange'), host: z.string(), change: z.union([z.literal(1), z.literal(-1)])}),
	/** The client has done with what a sleep of his woke him for; until he says so, time stands. */
	z.strictObject({do: z.literal('rest')}),
	z.strictObject({do: z.literal('stop'), id: z.number()}),
]);
export type ControlRequest = z.infer<typeof ControlRequest>;

export const Hello = z.object({
	version: z.literal(1),
	run: z.string(),
	topology: z.string(),
	/** The lab's process. */
	pid: z.number(),
	/** What goes wrong in it, in words. */
	fault: z.string().optional(),
	worldFile: z.string(),
	hosts: z.array(
		z.object({
			name: z.string(),
			platform: z.enum(['esxi', 'linux', 'windows', 'esx4']),
			address: z.string(),
			port: z.number(),
			user: z.string(),
			password: z.string(),
			keys: z.array(z.object({type: z.string(), base64: z.string(), fingerprint: z.string()})),
		}),
	),
});
export type Hello = z.infer<typeof Hello>;

export const ControlAnswer = z.union([
	z.object({id: z.number(), value: z.unknown()}),
	/** A sentence. */
	z.object({id: z.number(), error: z.string()}),
]);
export type ControlAnswer = z.infer<typeof ControlAnswer>;

/** Cuts a stream of text into lines; what is left of the last one waits. */
export class Lines {
	#rest = '';

	push(text: string): readonly string[] {
		const lines = (this.#rest + text).split('\n');
		this.#rest = lines.pop() ?? '';
		return lines;
	}
}
