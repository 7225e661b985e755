import type {Block, Comment, Fence} from './document.js';
import type {Place} from './problem.js';

/** What converting a piece of Markdown gives, in order: blocks that may still take comments, and what groups them. */
export type Part =
	| BlockPart
	| HeadingPart
	| CommentPart
	/** `<details><summary>…</summary>` and `</details>`. */
	| {readonly kind: 'open'; readonly summary: string; readonly at: Place; readonly firstLine: number}
	| {readonly kind: 'close'; readonly firstLine: number};

/** Without comments that may still find what they annotate. */
export type SettledPart = Exclude<Part, {readonly kind: 'comment'}>;

export type BlockPart = {
	readonly kind: 'block';
	readonly block: Block;
	readonly firstLine: number;
	readonly below: CommentTarget | undefined;
	/** Of a fence: takes the comment lines right above it. */
	readonly above: Comment[] | undefined;
};

export type HeadingPart = {
	readonly kind: 'heading';
	readonly depth: number;
	readonly title: string;
	readonly at: Place;
	readonly firstLine: number;
	readonly comments: readonly Comment[];
	readonly below: CommentTarget;
};

/** A comment on lines of its own. */
export type CommentPart = {
	readonly kind: 'comment';
	readonly comment: Comment;
	/** Where `<!--` stands. */
	readonly at: Place;
	readonly firstLine: number;
	readonly lastLine: number;
};

/** Something that takes a comment from the line right below it. */
export type CommentTarget = {
	readonly line: number;
	/** The same list that the block shows as its own. */
	readonly comments: Comment[];
	/** A fence right below the comment wins over a link above it: prose that introduces a script often holds one. */
	readonly isLink: boolean;
};

export function blockPart(block: Block, below?: CommentTarget): BlockPart {
	return {kind: 'block', block, firstLine: block.at.line, below, above: undefined};
}

export function fencePart(fence: Fence, above: Comment[]): BlockPart {
	return {kind: 'block', block: fence, firstLine: fence.at.line, below: undefined, above};
}

export function freeComment({comment, at}: {readonly comment: Comment; readonly at: Place}): BlockPart {
	return blockPart({kind: 'comment', at, comment});
}
