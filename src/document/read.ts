import {attachComments} from './attach.js';
import {readTopLevel} from './blocks.js';
import type {FrontMatter, ReadDocument} from './document.js';
import {readFrontMatter} from './front-matter.js';
import {groupSections} from './group.js';
import {type Page, pageOf} from './page.js';
import type {Part} from './parts.js';
import {type Piece, parsePiece, piecesOf} from './pieces.js';
import type {Problem} from './problem.js';
import {collectDefinitions, type Definitions, missingDefinitions} from './references.js';
import {refusalOf, undecoded} from './refuse.js';

/** In UTF-16 units. Shorter pieces pay more often for a parser's start, longer ones for its growing effort. */
const usualPieceLength = 4096;

/**
Reads Markdown: always gives a document, and every problem met; never throws.

`file` is only named in problems. `source` may have any line ends and a byte order mark; places are those that an editor
shows. `pieceLength` is how much is parsed at a time and changes nothing in the result.
Source: CommonMark 0.31 and GitHub Flavored Markdown, as micromark reads them.
*/
export function readDocument(file: string, source: string, pieceLength: number = usualPieceLength): ReadDocument {
	const refusal = refusalOf(file, source);
	if (refusal) {
		return {document: {file, source: '', frontMatter: undefined, sections: []}, problems: [refusal]};
	}

	const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
	const {frontMatter, end, problems: frontMatterProblems} = readFrontMatter(file, text);
	const page = pageOf(file, text, declaresFieldbook(frontMatter));
	const read = readPieces(page, end === 0 ? 1 : page.lines.lineAt(end) + 1, pieceLength);
	const attached = attachComments(
		page,
		read.flatMap(({parts}) => parts),
	);
	const grouped = groupSections(page, attached.parts);
	const problems = [
		...undecoded(page),
		...frontMatterProblems,
		...read.flatMap(piece => piece.problems),
		...attached.problems,
		...grouped.problems,
	];
	return {
		document: {file, source: text, frontMatter, sections: grouped.sections},
		problems: problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column),
	};
}

function declaresFieldbook(frontMatter: FrontMatter | undefined): boolean {
	return /^fieldbook\s*:/m.test(frontMatter?.yaml ?? '');
}

type Converted = {readonly parts: readonly Part[]; readonly problems: readonly Problem[]};

/** The trees are dropped one by one: of a long document they would take ten times its size. */
function readPieces(page: Page, firstLine: number, pieceLength: number): readonly Converted[] {
	const definitions: Definitions = new Map();
	const pieces = Array.from(piecesOf(page, firstLine, pieceLength), piece => ({
		firstLine: piece.firstLine,
		endLine: piece.endLine,
		own: collectDefinitions(piece.root, definitions),
		converted: convert(page, piece, definitions),
	}));
	return pieces.map(({converted, own, firstLine: first, endLine}) => {
		const missing = missingDefinitions(page, first, endLine, own, definitions);
		return missing.size === 0 ? converted : convert(page, parsePiece(page, first, endLine, missing), definitions);
	});
}

function convert(page: Page, {root, offset}: Piece, definitions: Definitions): Converted {
	const problems: Problem[] = [];
	return {parts: readTopLevel({page, offset, definitions, hidden: [], problems}, root.children), problems};
}
