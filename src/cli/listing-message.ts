import * as z from 'zod';

const RunMessage = z.object({
	file: z.string(),
	title: z.string(),
	mode: z.enum(['real', 'rehearsal']),
	state: z.enum(['open', 'unknown', 'failed', 'done']),
	note: z.string(),
});

/** What the thread that lists posts, fuller each time. */
export const ListingMessage = z.object({
	unfinished: z.array(RunMessage),
	runbooks: z.array(
		z.object({
			file: z.string(),
			title: z.string(),
			folder: z.string(),
			partOf: z.string().optional(),
			note: z.string(),
		}),
	),
	finished: z.array(RunMessage),
	areRunsRead: z.boolean(),
});
