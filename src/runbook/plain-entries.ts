import type {Block, Fence, Item} from '../document/document.js';
import type {Place} from '../document/problem.js';
import {readCode} from '../document/transcript.js';
import {unfilledPlaceholders} from '../document/unfilled.js';
import type {ProblemList} from './problem-list.js';
import type {Context, Shell} from './runbook.js';
import {alertMarkdown, itemMarkdown, listingOf} from './shown.js';
import {titleOf} from './title.js';

/** What a block of a plain document comes to, in order. */
export type PlainEntry =
	| {readonly kind: 'context'; readonly context: Context}
	| {readonly kind: 'manual'; readonly item: Item; readonly title: string}
	| {
			readonly kind: 'script';
			readonly code: string;
			readonly shell: Shell;
			readonly title: string;
			readonly unfilled: readonly string[];
			/** What stands beside it: sample output, and the rest of the list item that holds it. */
			readonly context: Context[];
			readonly at: Place;
	  };

type ScriptEntry = Extract<PlainEntry, {kind: 'script'}>;

export function plainEntries(blocks: readonly Block[], problems: ProblemList): readonly PlainEntry[] {
	let introduction = '';
	return blocks.flatMap(block => {
		const entries = entriesOf(block, introduction, problems);
		introduction = block.kind === 'prose' ? block.text : '';
		return entries;
	});
}

function entriesOf(block: Block, introduction: string, problems: ProblemList): readonly PlainEntry[] {
	switch (block.kind) {
		case 'prose':
			return [contextEntry('prose', block.markdown, block.at)];
		case 'alert':
			return [contextEntry('note', alertMarkdown(block.alert, block.markdown), block.at)];
		case 'table':
			return [contextEntry('table', block.markdown, block.at)];
		case 'fence':
			return codeEntries(block, introduction, problems);
		case 'list':
			return block.items.flatMap(item => itemEntries(item, problems));
		case 'details':
			return [contextEntry('prose', block.summary, block.at), ...plainEntries(block.blocks, problems)];
		case 'comment':
			return [];
	}
}

/** An item that holds a script is its context; any other one is a step of its own, with all that is nested in it. */
function itemEntries(item: Item, problems: ProblemList): readonly PlainEntry[] {
	if (!holdsScript(item.blocks)) {
		return [{kind: 'manual', item, title: titleOf(item.text)}];
	}

	return withTrailingContext(nestedEntries(item, problems));
}

function nestedEntries(item: Item, problems: ProblemList): readonly PlainEntry[] {
	let introduction = item.text;
	const own = item.text === '' ? [] : [contextEntry('prose', item.text, item.at)];
	const nested = item.blocks.flatMap((block): readonly PlainEntry[] => {
		if (block.kind === 'list') {
			return block.items.flatMap((child, index) =>
				holdsScript(child.blocks)
					? nestedEntries(child, problems)
					: [contextEntry('prose', itemMarkdown(block, child, index), child.at)],
			);
		}

		const entries = entriesOf(block, introduction, problems);
		introduction = block.kind === 'prose' && !/^e\.g\./i.test(block.text) ? block.text : introduction;
		return entries;
	});
	return [...own, ...nested];
}

/** What stands behind the last script of an item is still about that script. */
function withTrailingContext(entries: readonly PlainEntry[]): readonly PlainEntry[] {
	const last = entries.findLastIndex(({kind}) => kind === 'script');
	return entries.slice(0, last + 1).map((entry, index) => {
		if (index !== last || entry.kind !== 'script') {
			return entry;
		}

		const trailing = entries.slice(last + 1).flatMap(other => (other.kind === 'context' ? [other.context] : []));
		return {...entry, context: [...entry.context, ...trailing]};
	});
}

function holdsScript(blocks: readonly Block[]): boolean {
	return blocks.some(isOrHoldsScript);
}

function isOrHoldsScript(block: Block): boolean {
	switch (block.kind) {
		case 'fence': {
			const reading = readCode(block.language, block.code);
			return reading.kind === 'script' || (reading.kind === 'transcript' && reading.entries.some(({runs}) => runs));
		}
		case 'list':
			return block.items.some(item => holdsScript(item.blocks));
		case 'details':
			return holdsScript(block.blocks);
		case 'prose':
		case 'alert':
		case 'table':
		case 'comment':
			return false;
	}
}

function codeEntries(fence: Fence, introduction: string, problems: ProblemList): readonly PlainEntry[] {
	const {language, code, codeLine, codeColumn, at} = fence;
	const reading = readCode(language, code);
	switch (reading.kind) {
		case 'listing':
			return [{kind: 'context', context: listingOf(language, code, at)}];
		case 'script': {
			const script = dedented(code);
			const start = {line: codeLine + script.skipped, column: codeColumn};
			return [
				{
					kind: 'script',
					code: script.code,
					shell: reading.shell,
					title: titleOf(introduction) || firstCommand(script.code),
					unfilled: pointOutUnfilled(script.code, start, problems),
					context: [],
					at,
				},
			];
		}
		case 'transcript': {
			const isOne = reading.entries.length === 1;
			return reading.entries.flatMap(({command, line, prompt, runs, output}): PlainEntry[] => {
				const place = {
					line: codeLine + line - 1,
					column: codeColumn,
					length: Math.max(1, firstLine(prompt + command).length),
				};
				if (!runs) {
					return [{kind: 'context', context: listingOf('', [prompt + command, ...output].join('\n'), place)}];
				}

				const start = {line: place.line, column: codeColumn + prompt.length};
				const title = (isOne && titleOf(introduction)) || firstLine(command);
				const sample = output.length === 0 ? [] : [listingOf('', output.join('\n'), place)];
				return [
					{
						kind: 'script',
						code: command,
						shell: reading.shell,
						title,
						unfilled: pointOutUnfilled(command, start, problems),
						context: sample,
						at: place,
					} satisfies ScriptEntry,
				];
			});
		}
	}
}

/** Warns of what looks as if it was to be filled in, and names it for the step; each once. */
function pointOutUnfilled(
	code: string,
	start: {readonly line: number; readonly column: number},
	problems: ProblemList,
): readonly string[] {
	const found = unfilledPlaceholders(code);
	for (const {text, line, column} of found) {
		const at = {line: start.line + line - 1, column: (line === 1 ? start.column : 1) + column - 1, length: text.length};
		problems.warning(
			'unfilled',
			at,
			`\`${text}\` looks as if something was to be filled in.`,
			'Look at it before the script runs.',
		);
	}

	return [...new Set(found.map(({text}) => text))];
}

/** Without blank lines above and the indentation that all lines share: a shebang must come first. */
function dedented(code: string): {readonly code: string; readonly skipped: number} {
	const lines = code.split('\n');
	const first = Math.max(
		0,
		lines.findIndex(line => line.trim() !== ''),
	);
	const kept = lines.slice(first);
	const indentation = Math.min(...kept.filter(line => line.trim() !== '').map(line => line.search(/\S/)));
	return {code: kept.map(line => line.slice(indentation)).join('\n'), skipped: first};
}

function firstCommand(code: string): string {
	const lines = code.split('\n').map(line => line.trim());
	return lines.find(line => line !== '' && !line.startsWith('#')) ?? firstLine(code);
}

function firstLine(code: string): string {
	return code.split('\n', 1)[0]?.trim() ?? '';
}

function contextEntry(kind: Context['kind'], markdown: string, at: Place): PlainEntry {
	return {kind: 'context', context: {kind, markdown, at}};
}
