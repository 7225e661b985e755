import type {Comment} from './document.js';
import {misreading, type Page} from './page.js';
import {type CommentPart, type CommentTarget, freeComment, type Part, type SettledPart} from './parts.js';
import type {Problem} from './problem.js';

export type Attached = {readonly parts: readonly SettledPart[]; readonly problems: readonly Problem[]};

/**
Gives each comment on a line of its own to what it annotates: what ends on the line right above it, or the fence on the line
right below it. Comments on neighbouring lines stay together. What is left stands as a block of its own.

`above` is what stands before the first part.
*/
export function attachComments(page: Page, parts: readonly Part[], above?: CommentTarget): Attached {
	const attached: SettledPart[] = [];
	const problems: Problem[] = [];
	let target = above;
	let run: CommentPart[] = [];
	const settle = (fence?: {readonly firstLine: number; readonly comments: Comment[]}) => {
		const {upper, lower, free, isAmbiguous} = splitRun(run, target, fence?.firstLine);
		target?.comments.push(...upper.map(({comment}) => comment));
		fence?.comments.push(...lower.map(({comment}) => comment));
		attached.push(...free.map(freeComment));
		problems.push(...(isAmbiguous ? upper.map(comment => ambiguous(page, comment)) : []));
		run = [];
	};

	for (const part of parts) {
		const last = run.at(-1);
		if (part.kind === 'comment') {
			if (last && part.firstLine > last.lastLine + 1) {
				settle();
			}

			run.push(part);
			continue;
		}

		settle(part.kind === 'block' && part.above ? {firstLine: part.firstLine, comments: part.above} : undefined);
		attached.push(part);
		target = part.kind === 'block' || part.kind === 'heading' ? part.below : undefined;
	}

	settle();
	return {parts: attached, problems};
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
	const isBelow = target !== undefined && target.line === first.firstLine - 1;
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
