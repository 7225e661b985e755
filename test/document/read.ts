import type {Block, Document} from '../../src/document/document.js';
import type {Place, Problem} from '../../src/document/problem.js';
import {readDocument} from '../../src/document/read.js';

export function read(...lines: readonly string[]) {
	return readDocument('book.md', lines.join('\n'));
}

/** The same, declared a fieldbook. Line 1 of the text is line 4 of the file. */
export function readStrictly(...lines: readonly string[]) {
	return read('---', 'fieldbook: 1', '---', ...lines);
}

export function codesOf(problems: readonly Problem[]): readonly string[] {
	return problems.map(({at, severity, code}) => `${at.line}:${at.column} ${severity} ${code}`);
}

/** Every block at any depth, each before what is inside of it. */
export function blocksOf(document: Document): readonly Block[] {
	const inside = (block: Block): readonly Block[] => {
		switch (block.kind) {
			case 'list':
				return [block, ...block.items.flatMap(item => item.blocks.flatMap(inside))];
			case 'details':
				return [block, ...block.blocks.flatMap(inside)];
			case 'prose':
			case 'fence':
			case 'alert':
			case 'table':
			case 'comment':
				return [block];
		}
	};

	return document.sections.flatMap(({blocks}) => blocks.flatMap(inside));
}

/** Every place in a value, at any depth. */
export function placesIn(value: unknown): readonly Place[] {
	if (typeof value !== 'object' || value === null) {
		return [];
	}

	return isPlace(value) ? [value] : Object.values(value).flatMap(placesIn);
}

export function isPlace(value: object): value is Place {
	return 'line' in value && 'column' in value && 'length' in value;
}
