import type {Document} from '../document/document.js';
import {compileDialect} from './compile-dialect.js';
import {isOurs} from './front-matter.js';
import {compilePlain} from './plain.js';
import {problemList} from './problem-list.js';
import type {CompiledRunbook} from './runbook.js';

/**
Turns a document into the runbook that it means. Never throws: gives what it understood, and every problem in document order.

With our front matter the dialect's rules hold; any other document becomes a guided check list.
*/
export function compileRunbook(document: Document): CompiledRunbook {
	const problems = problemList(document.file);
	const {frontMatter} = document;
	const runbook =
		frontMatter !== undefined && isOurs(frontMatter)
			? compileDialect(document, frontMatter, problems)
			: compilePlain(document, problems);
	return {runbook, problems: problems.all()};
}
