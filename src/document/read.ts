import type {Root} from 'mdast';
import {attachComments} from './attach.js';
import {readTopLevel} from './blocks.js';
import type {FrontMatter, ReadDocument} from './document.js';
import {readFrontMatter} from './front-matter.js';
import {groupSections} from './group.js';
import {normalised} from './lines.js';
import {type Page, pageOf} from './page.js';
import type {Entry} from './parts.js';
import {maxPieceLines, type Piece, parsePiece, piecesOf, unlessTooDeep} from './pieces.js';
import type {Problem} from './problem.js';
import {collectDefinitions, type Definitions, missingDefinitions} from './references.js';
import {refusalOf, undecoded} from './refuse.js';

/**
In UTF-16 units. Longer pieces leave trees to the collector that it takes for lasting ones: 10 MB of Markdown took 250 MB
resident in pieces of 512, in one run of ten 335 to 504 MB in pieces of 1,024, and 560 MB in pieces of 2,000.
*/
const usualPieceLength = 512;

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

	const text = normalised(source);
	const {frontMatter, nextLine, problems: frontMatterProblems} = readFrontMatter(file, text);
	const page = pageOf(file, text, declaresFieldbook(frontMatter));
	const read = readPieces(page, nextLine, pieceLength);
	const grouped = groupSections(
		page,
		read.flatMap(({entries}) => entries),
	);
	const problems = [
		...undecoded(page),
		...frontMatterProblems,
		...read.flatMap(piece => piece.problems),
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

type Converted = {
	readonly entries: readonly Entry[];
	readonly problems: readonly Problem[];
	/** Identifiers of the definitions in the piece itself. */
	readonly own: readonly string[];
};

/** The trees are dropped one by one: those of a long document would take a hundred times its size. */
function readPieces(page: Page, from: number, pieceLength: number): readonly Converted[] {
	const definitions: Definitions = new Map();
	const pieces = Array.from(piecesOf(page, from, pieceLength), piece => ({
		firstLine: piece.firstLine,
		endLine: piece.endLine,
		converted: convert(page, piece, definitions),
	}));
	return pieces.map(({converted, firstLine, endLine}) => {
		const missing = missingDefinitions(page, firstLine, endLine, converted.own, definitions);
		return missing.size === 0 ? converted : convert(page, parsePiece(page, firstLine, endLine, missing), definitions);
	});
}

/** A piece ends with a blank line, so that no comment annotates anything in another one. */
function convert(page: Page, piece: Piece, definitions: Definitions): Converted {
	const {root, offset} = piece;
	const converted = root && unlessTooDeep(() => convertTree(page, root, offset, definitions));
	return converted ?? {entries: [], problems: [unreadable(page, piece)], own: []};
}

function convertTree(page: Page, root: Root, offset: number, definitions: Definitions): Converted {
	const own = collectDefinitions(root, definitions);
	const reading = {page, offset, definitions, hidden: [], problems: []};
	const {entries, problems} = attachComments(page, readTopLevel(reading, root.children));
	return {entries, problems: [...reading.problems, ...problems], own};
}

function unreadable({file, lines}: Page, {firstLine, endLine}: Piece): Problem {
	const count = endLine - firstLine;
	const at = lines.place(lines.startOf(firstLine), lines.endOf(firstLine));
	return count > maxPieceLines
		? {
				file,
				at,
				severity: 'error',
				code: 'too-long',
				message: `From here, ${count} lines stand without a break between them; at most ${maxPieceLines} are read.`,
				help: 'Put headings between them, or move a long listing to a file of its own.',
			}
		: {
				file,
				at,
				severity: 'error',
				code: 'too-deep',
				message: 'Lists, quotes or emphasis are nested too deeply to be read, on this line or below.',
				help: 'Nobody could follow them on paper either: put the inner ones under headings of their own.',
			};
}
