import type {Block, Comment, Fence, FreeComment} from './document.js';
import type {Place} from './problem.js';

/** What converting Markdown gives, in order, while comments may still find what they annotate. */
export type Part =
	| {
			readonly kind: 'entry';
			readonly entry: Entry;
			readonly below: CommentTarget | undefined;
			/** Of a fence: takes the comment lines right above it. */
			readonly above: Comment[] | undefined;
	  }
	| CommentPart;

/** A block, or what groups blocks: a heading, `<details><summary>…</summary>` and `</details>`. */
export type Entry =
	| Block
	| HeadingEntry
	| {readonly kind: 'open'; readonly summary: string; readonly at: Place}
	| {readonly kind: 'close'; readonly at: Place};

export type HeadingEntry = {
	readonly kind: 'heading';
	readonly depth: number;
	readonly title: string;
	readonly at: Place;
	readonly comments: readonly Comment[];
};

/** A comment on lines of its own. */
export type CommentPart = {
	readonly kind: 'comment';
	readonly comment: Comment;
	/** Where `<!--` stands. */
	readonly at: Place;
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

export function entryPart(entry: Entry, below?: CommentTarget): Part {
	return {kind: 'entry', entry, below, above: undefined};
}

export function fencePart(fence: Fence, above: Comment[]): Part {
	return {kind: 'entry', entry: fence, below: undefined, above};
}

export function freeComment(comment: Comment, at: Place): FreeComment {
	return {kind: 'comment', at, comment};
}
