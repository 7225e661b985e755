import type {Comment} from './document.js';
import {misreading, type Page} from './page.js';
import {type CommentPart, type CommentTarget, type Entry, freeComment, type Part} from './parts.js';
import type {Problem} from './problem.js';

export type Attached = {readonly entries: readonly Entry[]; readonly problems: readonly Problem[]};

/**
Gives each comment on a line of its own to what it annotates: what ends on the line right above it, or the fence on the line
right below it. Comments on neighbouring lines stay together. What is left stands as a block of its own.

`above` is what stands before the first part.
*/
export function attachComments(page: Page, parts: readonly Part[], above?: CommentTarget): Attached {
	const entries: Entry[] = [];
	const problems: Problem[] = [];
	let target = above;
	let run: CommentPart[] = [];
	const settle = (fenceLine?: number, fence?: Comment[]) => {
		const {upper, lower, free, isAmbiguous} = splitRun(run, target, fenceLine);
		target?.comments.push(...upper.map(({comment}) => comment));
		fence?.push(...lower.map(({comment}) => comment));
		entries.push(...free.map(({comment, at}) => freeComment(comment, at)));
		problems.push(...(isAmbiguous ? upper.map(comment => ambiguous(page, comment)) : []));
		run = [];
	};

	for (const part of parts) {
		if (part.kind === 'entry') {
			settle(part.above && part.entry.at.line, part.above);
			entries.push(part.entry);
			target = part.below;
			continue;
		}

		const last = run.at(-1);
		if (last && part.at.line > last.lastLine + 1) {
			settle();
		}

		run.push(part);
	}

	settle();
	return {entries, problems};
}

type Split = {
	readonly upper: readonly CommentPart[];
	readonly lower: readonly CommentPart[];
	readonly free: readonly CommentPart[];
	readonly isAmbiguous: boolean;
};

const none = {upper: [], lower: [], free: [], isAmbiguous: false};

/**
> | ## Phase
> | <!-- on=esxi -->      upper: the heading's
> | <!-- id=add -->       lower: the fence's
> | ```sh
*/
function splitRun(
	run: readonly CommentPart[],
	target: CommentTarget | undefined,
	fenceLine: number | undefined,
): Split {
	const [first, ...others] = run;
	if (!first) {
		return none;
	}

	const lastLine = run.at(-1)?.lastLine ?? first.lastLine;
	const isBelow = target !== undefined && target.line === first.at.line - 1;
	const isAbove = fenceLine === lastLine + 1;
	if (isAbove && (!isBelow || target.isLink)) {
		return {...none, lower: run};
	}

	if (isAbove) {
		return {...none, upper: [first], lower: others, isAmbiguous: others.length === 0};
	}

	return isBelow ? {...none, upper: run} : {...none, free: run};
}

function ambiguous(page: Page, {at}: CommentPart): Problem {
	return misreading(
		page,
		'ambiguous-comment',
		at,
		'This comment stands right below one thing and right above a fence; it was read as belonging to what is above.',
		'Put an empty line between it and what it does not belong to.',
	);
}
