import type {Place, Problem} from './problem.js';

/**
The Markdown as written, with everything that GitHub would draw and every place it came from.

Knows blocks, positions and comments; knows nothing of steps, hosts or words of the dialect.
*/
export type Document = {
	readonly file: string;
	/** The whole text with LF line ends; `source.split('\n')[line - 1]` is the line of a `Place`. */
	readonly source: string;
	readonly frontMatter: FrontMatter | undefined;
	/** In document order. The first one has `depth` 0 if something stands before the first heading. */
	readonly sections: readonly Section[];
};

export type FrontMatter = {
	/** The YAML between the fences. */
	readonly yaml: string;
	/** The line of the file on which `yaml` begins, from 1. */
	readonly line: number;
};

/** A heading and what stands under it, up to the next heading of any depth. */
export type Section = {
	/** 1 to 6, or 0 for what stands before the first heading. */
	readonly depth: number;
	/** Plain text of the heading, without its comment; empty at depth 0. */
	readonly title: string;
	readonly at: Place;
	/** Comments at the end of the heading's line or on the line right below it. */
	readonly comments: readonly Comment[];
	readonly blocks: readonly Block[];
};

/** `<!-- text -->` that annotates what it is attached to. */
export type Comment = {
	/** What stands between the marks, not trimmed. */
	readonly text: string;
	/** Where `text` begins. A comment may span lines. */
	readonly at: Place;
	/** Where the first visible character after the comment on its last line stands: nothing may. */
	readonly followedAt: Place | undefined;
};

export type Block = Prose | Fence | List | Alert | Table | Details | FreeComment;

/** A paragraph, image, quote, rule or HTML block. */
export type Prose = {
	readonly kind: 'prose';
	readonly at: Place;
	/** The source lines, comments taken out, dedented. */
	readonly markdown: string;
	/** What a reader sees, markup and comments taken out. */
	readonly text: string;
	readonly links: readonly Link[];
	readonly comments: readonly Comment[];
};

export type Link = {
	readonly url: string;
	readonly text: string;
	readonly at: Place;
	/**
	Comments behind the link on its line, at most punctuation between, or on the line right below. The comment of a task
	item is the item's, even if the item's text ends in a link; in other items it is the link's.
	*/
	readonly comments: readonly Comment[];
};

/** A code block, fenced or indented, at any depth. */
export type Fence = {
	readonly kind: 'fence';
	readonly at: Place;
	readonly fenced: boolean;
	/** Stands in a quote, an alert or a footnote, whose text stands before it as a block of its own. */
	readonly quoted: boolean;
	/** First word of the info string as written; empty if there is none. */
	readonly language: string;
	/** The info string after the language, as written. */
	readonly info: string;
	readonly infoAt: Place;
	/** Without the fence's indentation; no line end after the last line. CR is removed. */
	readonly code: string;
	/** Line of the file on which `code` begins. `code`'s column 1 is the file's column `codeColumn`. */
	readonly codeLine: number;
	readonly codeColumn: number;
	/** Comments on the line right above the fence. */
	readonly comments: readonly Comment[];
};

export type List = {
	readonly kind: 'list';
	readonly at: Place;
	readonly ordered: boolean;
	readonly items: readonly Item[];
};

export type Item = {
	readonly at: Place;
	/** `undefined` unless it is a task item. */
	readonly checked: boolean | undefined;
	/** The item's own first paragraph, markup and comments taken out. */
	readonly text: string;
	/** The whole item as written, comments taken out, dedented, without the bullet and box. */
	readonly markdown: string;
	/** Of the first paragraph. */
	readonly links: readonly Link[];
	/** Comments at the end of the first paragraph or on the line right below it. */
	readonly comments: readonly Comment[];
	/** Everything nested after the first paragraph, in order. */
	readonly blocks: readonly Block[];
};

export type AlertKind = 'NOTE' | 'TIP' | 'IMPORTANT' | 'WARNING' | 'CAUTION';

export type Alert = {
	readonly kind: 'alert';
	readonly at: Place;
	readonly alert: AlertKind;
	/** What stands below `[!KIND]`, without the quote marks. */
	readonly markdown: string;
	readonly text: string;
	/** Comments at the end of its last line or on the line right below it. */
	readonly comments: readonly Comment[];
};

export type Table = {
	readonly kind: 'table';
	readonly at: Place;
	readonly markdown: string;
	readonly header: readonly Cell[];
	/** Each row has as many cells as the header; missing ones are empty. */
	readonly rows: ReadonlyArray<readonly Cell[]>;
	/** Comments on the line right below it. */
	readonly comments: readonly Comment[];
};

export type Cell = {readonly text: string; readonly at: Place};

/** `<details><summary>…</summary>` … `</details>`: its blocks are inside it. */
export type Details = {
	readonly kind: 'details';
	readonly at: Place;
	readonly summary: string;
	readonly blocks: readonly Block[];
};

/** A comment that is attached to nothing. */
export type FreeComment = {readonly kind: 'comment'; readonly at: Place; readonly comment: Comment};

/** What reading gives: always a document, and every problem met. */
export type ReadDocument = {readonly document: Document; readonly problems: readonly Problem[]};
