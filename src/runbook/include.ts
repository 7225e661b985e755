import {posix} from 'node:path';
import type {Place, Problem} from '../document/problem.js';
import {slugOf} from './ids.js';
import type {Outline} from './outline.js';
import type {Piece} from './pieces.js';
import type {ProblemList} from './problem-list.js';
import type {Runbook} from './runbook.js';

/** A document that another one includes, compiled by itself, with what it includes in its place. */
export type IncludedDocument = {
	/** From the folder of the outermost document. */
	readonly path: string;
	/** As problems name it. */
	readonly file: string;
	readonly source: string;
	readonly runbook: Runbook;
	/** Of this document alone. */
	readonly problems: readonly Problem[];
};

/** What one document needs to know of the others. */
export type Including = {
	/** Its own path from the folder of the outermost document, behind those of the documents around it, outermost first. */
	readonly chain: readonly [string, ...string[]];
	/** A document by its path, as it is included from this chain; or a sentence that says why there is none. */
	readonly compile: (chain: Including['chain']) => IncludedDocument | string;
	/** Takes as many steps out of what is left for the whole runbook; false if there are not as many. */
	readonly spend: (steps: number) => boolean;
};

/** A document that stands in the place of a link. */
export type Inclusion = {
	readonly piece: IncludePiece;
	/** What its ids begin with, before `/`. */
	readonly name: string;
	readonly runbook: Runbook;
};

export type IncludePiece = Extract<Piece, {kind: 'include'}>;

/** More documents in one another than these are told apart by nobody. */
const MAX_DEPTH = 8;

/** Compiles what a document's links include. What is wrong with one is told at its link; then it is left out. */
export function readInclusions(
	sections: ReadonlyArray<readonly Piece[]>,
	including: Including,
	problems: ProblemList,
): readonly Inclusion[] {
	const lines = new Map<string, number>();
	return sections.flat().flatMap((piece): readonly Inclusion[] => {
		if (piece.kind !== 'include' || !isRunbookBeside(piece, problems)) {
			return [];
		}

		const name = nameOf(piece.url);
		const line = lines.get(name);
		if (line !== undefined) {
			problems.error(
				'duplicate-id',
				piece.at,
				`A runbook called "${name}" is included twice, and its ids would not differ.`,
				`It is already on line ${line}.`,
			);
			return [];
		}

		lines.set(name, piece.at.line);
		const runbook = compileIncluded(piece, including, problems);
		return runbook === undefined ? [] : [{piece, name, runbook}];
	});
}

function compileIncluded({url, at}: IncludePiece, including: Including, problems: ProblemList): Runbook | undefined {
	const {chain} = including;
	const path = posix.normalize(posix.join(posix.dirname(chain.at(-1) ?? ''), url));
	const refuse = (code: string, message: string, help = '') => {
		problems.error(code, at, message, help);
		return undefined;
	};
	if (chain.includes(path)) {
		const round = [...chain.slice(chain.indexOf(path)), path].join(', which includes ');
		return refuse('include-cycle', `This document would stand in itself: ${round}.`, 'Take one of these links out.');
	}

	if (chain.length > MAX_DEPTH) {
		return refuse('include-depth', `More than ${MAX_DEPTH} documents stand in one another here: ${chain.join(', ')}.`);
	}

	const included = including.compile([...chain, path]);
	if (typeof included === 'string') {
		return refuse('bad-include', included, 'The link is relative to this document.');
	}

	const {runbook} = included;
	const errors = included.problems.filter(({severity}) => severity === 'error').length;
	if (runbook.plain) {
		return refuse('bad-include', `${path} is no runbook of ours.`, 'Its front matter must say `fieldbook: 1`.');
	}

	if (errors > 0) {
		refuse('bad-include', `${path} has ${errors === 1 ? 'an error' : `${errors} errors`}.`, 'Correct it first.');
	} else if (runbook.steps.length === 0) {
		refuse('bad-include', `${path} has no steps.`);
	}

	return including.spend(runbook.steps.length)
		? runbook
		: refuse('bad-include', `With ${path} this runbook has more steps than can be read.`);
}

/** Only what stands beside the runbook or below: a run must work without a network, and on another laptop. */
function isRunbookBeside({url, at}: IncludePiece, problems: ProblemList): boolean {
	const isBeside = url !== '' && !/^(?:[a-z][a-z\d+.-]*:|\/)/i.test(url) && !url.split('/').includes('..');
	const isRunbook = /\.md$/i.test(url);
	if (!isBeside || !isRunbook) {
		problems.error(
			'bad-link',
			at,
			isBeside ? `"${url}" is no Markdown document.` : `"${url}" is no document beside the runbook.`,
			'Link to a whole `.md` file in the runbook’s own folder or below, relative to this document.',
		);
	}

	return isBeside && isRunbook;
}

/** The file's name without its ending, as far as an id may be called so. */
function nameOf(url: string): string {
	const name = posix.basename(url).replace(/\.md$/i, '');
	return /^[\w-]{1,64}$/.test(name) ? name : slugOf(name);
}

/** Whether something of an included runbook may stand where the link is. */
export function checkStand(
	{piece: {at}, runbook}: Inclusion,
	section: number,
	outlines: readonly Outline[],
	problems: ProblemList,
): void {
	const outline = outlines[section];
	const test = runbook.phases.find(({kind}) => kind === 'test');
	if (outline?.kind === 'ways') {
		problems.error(
			'step-in-ways',
			at,
			'These steps are in none of the ways.',
			'Move the link under one of the headings below.',
		);
	} else if (test !== undefined && isInTest(section, outlines)) {
		problems.error('contradiction', at, `A test cannot stand in a test, and "${test.title}" is one.`);
	}
}

function isInTest(section: number, outlines: readonly Outline[]): boolean {
	for (let index: number | undefined = section; index !== undefined; index = outlines[index]?.parent) {
		if (outlines[index]?.kind === 'test') {
			return true;
		}
	}

	return false;
}

/** Where a place is, for a sentence about another document: `all.md:5`. */
export function placeWords(file: string, at: Place): string {
	return `${at.file ?? file}:${at.line}`;
}
