import type {Block, Prose, Section} from './document.js';
import {misreading, type Page} from './page.js';
import type {HeadingPart, SettledPart} from './parts.js';
import type {Problem} from './problem.js';

/** GitHub stops far earlier; deeper ones are left out. */
const maxDetailsDepth = 100;

/** The blocks of a container, with what stands in `<details>` inside of it. */
export function groupBlocks(
	page: Page,
	parts: readonly SettledPart[],
): {readonly blocks: readonly Block[]; readonly problems: readonly Problem[]} {
	const {ends, problems} = detailsEnds(page, parts);
	return {blocks: entriesOf(parts, ends, 0, parts.length).map(asBlock), problems};
}

/** The sections of a document, one per heading outside of `<details>`; there, a heading is prose. */
export function groupSections(
	page: Page,
	parts: readonly SettledPart[],
): {readonly sections: readonly Section[]; readonly problems: readonly Problem[]} {
	const {ends, problems} = detailsEnds(page, parts);
	const sections: Array<Section & {readonly blocks: Block[]}> = [];
	for (const entry of entriesOf(parts, ends, 0, parts.length)) {
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
	parts: readonly SettledPart[],
): {readonly ends: Ends; readonly problems: readonly Problem[]} {
	const ends = new Map<number, number>();
	const open: number[] = [];
	for (const [index, part] of parts.entries()) {
		if (part.kind === 'open' && open.length < maxDetailsDepth) {
			open.push(index);
		} else if (part.kind === 'close') {
			const opened = open.pop();
			if (opened !== undefined) {
				ends.set(opened, index);
			}
		}
	}

	const problems: Problem[] = [];
	for (const index of open) {
		const heading = parts.findIndex((part, at) => at > index && part.kind === 'heading');
		ends.set(index, heading === -1 ? parts.length : heading);
		const part = parts[index];
		if (part?.kind === 'open') {
			problems.push(
				misreading(
					page,
					'unclosed-details',
					part.at,
					'This <details> is never closed.',
					'Put </details> on a line of its own behind an empty line, indented like this line.',
				),
			);
		}
	}

	return {ends, problems};
}

function entriesOf(
	parts: readonly SettledPart[],
	ends: Ends,
	from: number,
	to: number,
): readonly (Block | HeadingPart)[] {
	const entries: Array<Block | HeadingPart> = [];
	for (let index = from; index < to; index++) {
		const part = parts[index];
		if (part?.kind === 'block') {
			entries.push(part.block);
		} else if (part?.kind === 'heading') {
			entries.push(part);
		} else if (part?.kind === 'open') {
			const end = Math.min(to, ends.get(index) ?? index + 1);
			const blocks = entriesOf(parts, ends, index + 1, end).map(asBlock);
			entries.push({kind: 'details', at: part.at, summary: part.summary, blocks});
			index = end - 1;
		}
	}

	return entries;
}

function asBlock(entry: Block | HeadingPart): Block {
	return entry.kind === 'heading' ? proseOfHeading(entry) : entry;
}

function proseOfHeading({depth, title, at, comments}: HeadingPart): Prose {
	return {kind: 'prose', at, markdown: `${'#'.repeat(depth)} ${title}`, text: title, links: [], comments};
}
