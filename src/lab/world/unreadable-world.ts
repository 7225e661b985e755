import * as z from 'zod';

/** A saved world holds something in a form that this version does not know: another version has kept it. Its message says what. */
export class UnreadableWorld extends Error {
	constructor(what: string, {issues}: z.ZodError) {
		const [first] = issues;
		super(`${what}: ${[...(first?.path ?? []), first?.message ?? 'unknown'].join(' ')}`);
		this.name = 'UnreadableWorld';
	}
}

/** What `restore` brings to life. Throws an UnreadableWorld that names `what`. */
export function restored<Thing>(what: string, restore: () => Thing): Thing {
	try {
		return restore();
	} catch (error) {
		throw error instanceof z.ZodError ? new UnreadableWorld(what, error) : error;
	}
}
