import type {Block, Prose, Section} from './document.js';
import {misreading, type Page} from './page.js';
import type {Entry, HeadingEntry} from './parts.js';
import type {Problem} from './problem.js';

/** GitHub stops far earlier; deeper ones are left out. */
const maxDetailsDepth = 100;

/** The blocks of a container, with what stands in `<details>` inside of it. */
export function groupBlocks(
	page: Page,
	entries: readonly Entry[],
): {readonly blocks: readonly Block[]; readonly problems: readonly Problem[]} {
	const {ends, problems} = detailsEnds(page, entries);
	return {blocks: nested(entries, ends, 0, entries.length).map(asBlock), problems};
}

/** The sections of a document, one per heading outside of `<details>`; there, a heading is prose. */
export function groupSections(
	page: Page,
	entries: readonly Entry[],
): {readonly sections: readonly Section[]; readonly problems: readonly Problem[]} {
	const {ends, problems} = detailsEnds(page, entries);
	const sections: Array<Section & {readonly blocks: Block[]}> = [];
	for (const entry of nested(entries, ends, 0, entries.length)) {
		const current = sections.at(-1);
		if (entry.kind === 'heading') {
			const {depth, title, at, comments} = entry;
			sections.push({depth, title, at, comments, blocks: []});
		} else if (current) {
			current.blocks.push(entry);
		} else {
			sections.push({depth: 0, title: '', at: entry.at, comments: [], blocks: [entry]});
		}
	}

	return {sections, problems};
}

type Ends = ReadonlyMap<number, number>;

/** For each part that opens `<details>`, the index behind its content: its end tag, or where it must end without one. */
function detailsEnds(
	page: Page,
	entries: readonly Entry[],
): {readonly ends: Ends; readonly problems: readonly Problem[]} {
	const ends = new Map<number, number>();
	const open: number[] = [];
	for (const [index, entry] of entries.entries()) {
		if (entry.kind === 'open' && open.length < maxDetailsDepth) {
			open.push(index);
		} else if (entry.kind === 'close') {
			const opened = open.pop();
			if (opened !== undefined) {
				ends.set(opened, index);
			}
		}
	}

	const problems: Problem[] = [];
	for (const index of open) {
		const heading = entries.findIndex(({kind}, at) => at > index && kind === 'heading');
		ends.set(index, heading === -1 ? entries.length : heading);
		problems.push(...unclosed(page, entries[index]));
	}

	return {ends, problems};
}

function unclosed(page: Page, details: Entry | undefined): readonly Problem[] {
	const message = 'This <details> is never closed.';
	const help = 'Put </details> on a line of its own behind an empty line, indented like this line.';
	return details ? [misreading(page, 'unclosed-details', details.at, message, help)] : [];
}

/** The entries from index `from` up to `to`, those in details moved into them. */
function nested(entries: readonly Entry[], ends: Ends, from: number, to: number): ReadonlyArray<Block | HeadingEntry> {
	const result: Array<Block | HeadingEntry> = [];
	for (let index = from; index < to; index++) {
		const entry = entries[index];
		if (entry?.kind === 'open') {
			const end = Math.min(to, ends.get(index) ?? index + 1);
			const blocks = nested(entries, ends, index + 1, end).map(asBlock);
			result.push({kind: 'details', at: entry.at, summary: entry.summary, blocks});
			index = end - 1;
		} else if (entry && entry.kind !== 'close') {
			result.push(entry);
		}
	}

	return result;
}

function asBlock(entry: Block | HeadingEntry): Block {
	return entry.kind === 'heading' ? proseOfHeading(entry) : entry;
}

function proseOfHeading({depth, title, at, comments}: HeadingEntry): Prose {
	return {kind: 'prose', at, markdown: `${'#'.repeat(depth)} ${title}`, text: title, links: [], comments};
}
