import {basename, dirname, join} from 'node:path';
import type {Document} from '../document/document.js';
import type {Problem} from '../document/problem.js';
import {readDocument} from '../document/read.js';
import {compileDialect} from './compile-dialect.js';
import {isOurs} from './front-matter.js';
import type {IncludedDocument, Including} from './include.js';
import {compilePlain} from './plain.js';
import {problemList} from './problem-list.js';
import type {CompiledRunbook, Runbook} from './runbook.js';

/** Gives the text of a document by its path from the folder of the outermost one, or a sentence that says why there is none. */
export type ReadIncluded = (path: string) => {readonly text: string} | {readonly because: string};

/** Together, in all documents that are included: more is a mistake, or somebody who wants our memory. */
const MAX_DOCUMENTS = 500;
const MAX_STEPS = 100_000;

/**
Turns a document into the runbook that it means. Never throws: gives what it understood, and every problem in document order.

With our front matter the dialect's rules hold, and the documents that it includes stand in the place of their links; any
other document becomes a guided check list. `read` is asked once for each included document.
*/
export function compileRunbook(document: Document, read: ReadIncluded = nothingBeside): CompiledRunbook {
	const documents = new Map<string, IncludedDocument | string>();
	let steps = MAX_STEPS;
	const spend = (count: number) => {
		steps -= count;
		return steps >= 0;
	};
	const compile: Including['compile'] = chain => {
		const path = chain.at(-1) ?? '';
		const known = documents.get(path);
		if (known !== undefined) {
			return known;
		}

		// Its place among the others is that of its link, whatever it includes itself
		documents.set(path, '');
		const found = documents.size <= MAX_DOCUMENTS ? read(path) : {because: `More than ${MAX_DOCUMENTS} are included.`};
		const included = 'because' in found ? found.because : compileText(found.text, chain);
		documents.set(path, included);
		return included;
	};
	const compileText = (text: string, chain: Including['chain']): IncludedDocument => {
		const path = chain.at(-1) ?? '';
		const file = join(dirname(document.file), path);
		const {document: included, problems: reading} = readDocument(file, text);
		const {runbook, problems} = compileOne(included, {chain, compile, spend});
		return {path, file, source: included.source, runbook, problems: [...reading, ...problems].toSorted(byPlace)};
	};
	const {runbook, problems} = compileOne(document, {chain: [basename(document.file)], compile, spend});
	const included = [...documents.values()].filter(one => typeof one !== 'string');
	return {
		runbook,
		problems: [...problems, ...included.flatMap(one => one.problems)],
		included: included.map(({path, file, source}) => ({path, file, source})),
	};
}

function compileOne(
	document: Document,
	including: Including,
): {readonly runbook: Runbook; readonly problems: readonly Problem[]} {
	const problems = problemList(document.file);
	const {frontMatter} = document;
	const runbook =
		frontMatter !== undefined && isOurs(frontMatter)
			? compileDialect(document, frontMatter, including, problems)
			: compilePlain(document, problems);
	return {runbook, problems: problems.all()};
}

function byPlace(a: Problem, b: Problem): number {
	return a.at.line - b.at.line || a.at.column - b.at.column;
}

function nothingBeside(path: string): {readonly because: string} {
	return {because: `${path} is not at hand.`};
}
