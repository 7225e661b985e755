import {optionLetters, ShellError, type ShellOption} from './state.js';

/** `-eu`, `+x`, `-o pipefail`, `--`; `rest` is what follows, undefined if nothing does. Also the options of `sh` itself. */
export function readOptions(
	args: readonly string[],
	who: string,
	others = '',
): {
	readonly on: readonly ShellOption[];
	readonly off: readonly ShellOption[];
	readonly others: string;
	readonly rest: readonly string[] | undefined;
} {
	const on: ShellOption[] = [];
	const off: ShellOption[] = [];
	let seen = '';
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word === '--' || word === '-' || !/^[-+]./.test(word)) {
			return {on, off, others: seen, rest: args.slice(word === '--' || word === '-' ? at + 1 : at)};
		}
		const list = word.startsWith('-') ? on : off;
		for (const letter of word.slice(1)) {
			const option = letter === 'o' ? optionNamed(args[at + 1] ?? '', who) : optionLetters[letter];
			if (option !== undefined) {
				list.push(option);
			} else if (others.includes(letter)) {
				seen += letter;
			} else {
				throw new ShellError(`${who}: illegal option ${word.slice(0, 1)}${letter}`, 2);
			}
			at += letter === 'o' ? 1 : 0;
		}
	}
	return {on, off, others: seen, rest: undefined};
}

function optionNamed(name: string, who: string): ShellOption {
	const option = [...Object.values(optionLetters), 'pipefail' as const].find(known => known === name);
	if (option === undefined) {
		throw new ShellError(`${who}: illegal option -o ${name}`, 2);
	}
	return option;
}
