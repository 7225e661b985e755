import type {Alert, Block, Details, Item, List, Prose, Table} from '../document/document.js';
import type {Place} from '../document/problem.js';
import {type Annotation, annotate, checkNothingFollows, holdsWords, readsAsWords, wordsOf} from './annotation.js';
import type {Compiling} from './compiling.js';
import {type FencePiece, readFencePiece, refuseHiddenFence, refuseLostScript} from './fence-piece.js';
import type {Context} from './runbook.js';
import {alertMarkdown, itemMarkdown} from './shown.js';

/** What a block of the document is to a runbook, with the words that stand on it. */
export type Piece =
	| {readonly kind: 'context'; readonly context: Context; readonly text: string; readonly isProse: boolean}
	| {
			readonly kind: 'gate';
			readonly gate: 'warning' | 'danger';
			readonly text: string;
			readonly markdown: string;
			readonly at: Place;
			readonly annotation: Annotation;
	  }
	| {readonly kind: 'manual'; readonly item: Item; readonly annotation: Annotation}
	/** `text` is the paragraph around the link. */
	| {
			readonly kind: 'linked-file';
			readonly url: string;
			readonly text: string;
			readonly at: Place;
			readonly annotation: Annotation;
	  }
	| {readonly kind: 'include'; readonly url: string; readonly at: Place}
	| {readonly kind: 'params'; readonly table: Table}
	| FencePiece;

/** The pieces of a section's blocks, in order. */
export function readPieces(blocks: readonly Block[], compiling: Compiling): readonly Piece[] {
	return blocks.flatMap(block => piecesOf(block, compiling));
}

function piecesOf(block: Block, compiling: Compiling): readonly Piece[] {
	switch (block.kind) {
		case 'prose':
			return [contextPiece('prose', block.markdown, block.at, block.text), ...linkPieces(block, compiling)];
		case 'fence':
			return [readFencePiece(block, compiling)];
		case 'list':
			return block.items.flatMap((item, index) => itemPieces(block, item, index, compiling));
		case 'alert':
			return [alertPiece(block, compiling)];
		case 'table':
			return tablePieces(block, compiling);
		case 'details':
			return detailsPieces(block, compiling);
		case 'comment':
			warnOfStrayWords(block.comment.text, block.at, compiling);
			return [];
	}
}

function contextPiece(kind: Context['kind'], markdown: string, at: Place, text = ''): Piece {
	return {kind: 'context', context: {kind, markdown, at}, text, isProse: kind === 'prose' && text !== ''};
}

/** A link with words in its comment, right behind it or at the end of its line, is a file step or an include. */
function linkPieces({links, comments: others, text}: Prose, compiling: Compiling): readonly Piece[] {
	const {problems} = compiling;
	for (const comment of others.filter(({at}) => !links.some(link => link.at.line === at.line))) {
		warnOfStrayWords(comment.text, comment.at, compiling);
	}

	return links.flatMap((link): readonly Piece[] => {
		const isLast = !links.some(({at}) => at.line === link.at.line && at.column > link.at.column);
		const atEnd = isLast ? others.filter(({at, text: words}) => at.line === link.at.line && holdsWords(words)) : [];
		const comments = [...link.comments, ...atEnd];
		const words = wordsOf(undefined, comments, problems);
		if (words.length === 0) {
			return [];
		}

		checkNothingFollows(comments, problems);
		if (words.some(({name}) => name === 'include')) {
			annotate(words, 'include', link.at, problems);
			return [{kind: 'include', url: pathOf(link.url), at: link.at}];
		}

		const annotation = annotate(words, 'file', link.at, problems);
		if (annotation.values.file === undefined) {
			const help = 'Write `file=/path` to put the linked file there, or `include` for a runbook.';
			problems.error(
				'missing-word',
				annotation.at,
				'A comment behind a link makes it a file step or an include.',
				help,
			);
			return [];
		}

		return [{kind: 'linked-file', url: pathOf(link.url), text, at: link.at, annotation}];
	});
}

/** A blank in a file's name stands in a link as `%20`. What is no such writing is meant as it stands. */
function pathOf(url: string): string {
	try {
		return decodeURIComponent(url);
	} catch {
		return url;
	}
}

function itemPieces(list: List, item: Item, index: number, compiling: Compiling): readonly Piece[] {
	const {problems} = compiling;
	checkNested(item.blocks, item.checked !== undefined, compiling);
	if (item.checked === undefined) {
		for (const comment of [...item.comments, ...item.links.flatMap(({comments}) => comments)]) {
			refuseOnPlainItem(comment.text, comment.at, compiling);
		}

		return [contextPiece('prose', itemMarkdown(list, item, index), item.at)];
	}

	if (item.checked) {
		problems.warning(
			'ticked',
			item.at,
			'This item is ticked in the document.',
			'A run keeps its own ticks; write `[ ]`.',
		);
	}

	checkNothingFollows(item.comments, problems);
	const words = wordsOf(undefined, item.comments, problems);
	return [{kind: 'manual', item, annotation: annotate(words, 'manual', item.at, problems)}];
}

/** GitHub draws no alert in a list item. A script in one never runs; only in a task item is that what everybody expects. */
function checkNested(blocks: readonly Block[], isTask: boolean, compiling: Compiling): void {
	const {problems} = compiling;
	for (const block of blocks) {
		if (block.kind === 'alert') {
			const help = 'Move it out of the list, right above the step that it guards.';
			problems.error(
				'alert-in-item',
				block.at,
				'An alert in a list item guards nothing: GitHub draws it as a plain quote.',
				help,
			);
		} else if (block.kind === 'fence') {
			refuseHiddenFence(block, 'in a list item', compiling);
			refuseLostScript(block, isTask, compiling);
		} else if (block.kind === 'comment') {
			warnOfStrayWords(block.comment.text, block.at, compiling);
		} else if (block.kind === 'details') {
			checkNested(block.blocks, isTask, compiling);
		} else if (block.kind === 'list') {
			for (const item of block.items) {
				for (const comment of item.comments) {
					refuseOnPlainItem(comment.text, comment.at, compiling);
				}

				checkNested(item.blocks, isTask, compiling);
			}
		} else {
			for (const {text, at} of block.comments) {
				warnOfStrayWords(text, at, compiling);
			}
		}
	}
}

function alertPiece({alert, markdown, text, at, comments}: Alert, {problems}: Compiling): Piece {
	checkNothingFollows(comments, problems);
	const words = wordsOf(undefined, comments, problems);
	switch (alert) {
		case 'CAUTION':
			return {kind: 'gate', gate: 'danger', text, markdown, at, annotation: annotate(words, 'gate', at, problems)};
		case 'WARNING':
		case 'NOTE':
		case 'TIP':
		case 'IMPORTANT':
			break;
	}

	for (const {name, at: place} of words) {
		problems.error(
			'misplaced-word',
			place,
			`\`${name}\` does not belong on a \`[!${alert}]\` alert.`,
			'Only `type=` on `[!CAUTION]` does.',
		);
	}

	if (alert === 'WARNING') {
		return {kind: 'gate', gate: 'warning', text, markdown, at, annotation: annotate([], 'gate', at, problems)};
	}

	return contextPiece('note', alertMarkdown(alert, markdown), at);
}

function tablePieces(table: Table, {problems}: Compiling): readonly Piece[] {
	const context = contextPiece('table', table.markdown, table.at);
	const words = wordsOf(undefined, table.comments, problems);
	if (words.length === 0) {
		return [context];
	}

	checkNothingFollows(table.comments, problems);
	const {values} = annotate(words, 'params', table.at, problems);
	return values.params === true ? [context, {kind: 'params', table}] : [context];
}

/** What an undo needs stands in `<details>`, so that nobody pastes it in passing; nothing else that runs may hide there. */
function detailsPieces({summary, blocks, at}: Details, compiling: Compiling): readonly Piece[] {
	const isUndo = /\bundo\b/i.test(summary);
	const pieces = blocks.flatMap((block): readonly Piece[] => {
		if (block.kind === 'fence') {
			return [readFencePiece(block, compiling, isUndo ? 'undo' : 'details')];
		}

		return piecesOf(block, compiling).filter(piece => {
			if (piece.kind !== 'context') {
				const help = 'Move it out of <details>.';
				compiling.problems.error('hidden-step', block.at, 'What is to be done must not hide in <details>.', help);
			}

			return piece.kind === 'context';
		});
	});
	const hasText = pieces.some(piece => piece.kind === 'context');
	return hasText ? [contextPiece('prose', `**${summary}**`, at), ...pieces] : pieces;
}

function warnOfStrayWords(text: string, at: Place, {problems}: Compiling): void {
	if (readsAsWords(text)) {
		const help =
			'Put it at the end of the line of what it belongs to, or on the line right below; for a fence, right above.';
		problems.warning('stray-words', at, 'This comment reads as words of ours, but belongs to nothing.', help);
	}
}

function refuseOnPlainItem(text: string, at: Place, {problems}: Compiling): void {
	if (readsAsWords(text)) {
		problems.error(
			'misplaced-word',
			at,
			'These words stand on a plain list item, which is only shown.',
			'Write `- [ ]` at top level to make it a step, or move the link into a paragraph.',
		);
	}
}
