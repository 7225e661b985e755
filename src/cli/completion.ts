import {sanitiseLine} from '../text/sanitise.js';
import type {CommandEntry, CommandTable, OptionEntry} from './program.js';

/** What completion has to look up: steps of a runbook, and the names of runs. */
export type Lookup = {
	steps(runbook: string): ReadonlyArray<{readonly id: string; readonly title: string}>;
	runs(): readonly string[];
};

/** Asks the shell for file names too. */
const FILES = ':files';

/**
What may stand in place of the last word, each `word` or `word<TAB>what it means`. `words` are those behind `fieldbook`.

> | fieldbook rehearse esxi.md --only ad     add-uplinks<TAB>Add the uplinks
*/
export function complete(words: readonly string[], table: CommandTable, lookup: Lookup): readonly string[] {
	const word = words.at(-1) ?? '';
	const before = words.slice(0, -1);
	const named = table.find(({name}) => name !== '' && name === before[0]);
	const [own] = table;
	const command = named ?? own;
	if (command === undefined) {
		return [];
	}

	const option = command.options.find(({long, takesValue}) => takesValue && long === before.at(-1));
	const all =
		option !== undefined
			? valuesOf(option, before, command, lookup)
			: word.startsWith('-')
				? command.options.map(({long, description}) => described(long, description))
				: named === undefined
					? commandNames(table)
					: argumentsOf(named, lookup);
	return all.filter(candidate => candidate === FILES || candidate.startsWith(word));
}

function commandNames(table: CommandTable): readonly string[] {
	return table.flatMap(({name, description}) => (name === '' ? [] : [described(name, description)]));
}

function valuesOf(
	{long, choices}: OptionEntry,
	before: readonly string[],
	command: CommandEntry,
	lookup: Lookup,
): readonly string[] {
	if (choices.length > 0) {
		return choices;
	}

	switch (long) {
		case '--only':
		case '--start-at':
		case '--step': {
			const [file] = positionals(before.slice(1), command);
			return file === undefined ? [] : lookup.steps(file).map(({id, title}) => described(id, title));
		}

		case '--world':
		case '--against':
			return [...lookup.runs(), FILES];
		case '--site':
		case '--run-file':
			return [FILES];
		default:
			return [];
	}
}

/** The words that are neither options nor their values. */
function positionals(words: readonly string[], {options}: CommandEntry): readonly string[] {
	const found: string[] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? '';
		if (!word.startsWith('-')) {
			found.push(word);
		} else if (options.some(({long, takesValue}) => takesValue && long === word)) {
			index++;
		}
	}

	return found;
}

function argumentsOf({arguments: [first]}: CommandEntry, lookup: Lookup): readonly string[] {
	switch (first?.name) {
		case 'file':
			return [FILES];
		case 'run':
			return [...lookup.runs(), FILES];
		default:
			return first?.choices ?? [];
	}
}

function described(word: string, meaning: string): string {
	return meaning === '' ? sanitiseLine(word) : `${sanitiseLine(word)}\t${sanitiseLine(meaning)}`;
}
