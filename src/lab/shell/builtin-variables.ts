import {quoteForTrace} from './quote-for-trace.js';
import type {Shell} from './shell.js';
import {readOptions} from './shell-options.js';
import {isName, ShellError} from './state.js';

export async function declare(shell: Shell, how: 'export' | 'readonly', args: readonly string[]): Promise<number> {
	const names = args.filter(arg => arg !== '-p');
	if (names.length === 0) {
		const shown = [...shell.state.variables].filter(([, variable]) =>
			how === 'export' ? variable.exported : variable.readonly,
		);
		return shell.say(shown.map(([name, {value}]) => `${how} ${name}=${quoteForTrace(value)}\n`).join(''));
	}
	for (const word of names) {
		const {name, value} = splitAssignment(word);
		if (!isName(name)) {
			throw new ShellError(`${how}: ${name}: bad variable name`, 2);
		}
		const old = shell.state.variables.get(name);
		shell.state.assign(name, value ?? old?.value ?? '', {
			exported: how === 'export' || old?.exported === true,
			readonly: how === 'readonly',
		});
	}
	return 0;
}

function splitAssignment(word: string): {readonly name: string; readonly value: string | undefined} {
	const at = word.indexOf('=');
	return at === -1 ? {name: word, value: undefined} : {name: word.slice(0, at), value: word.slice(at + 1)};
}

export async function set(shell: Shell, args: readonly string[]): Promise<number> {
	const {state} = shell;
	if (args.length === 0) {
		return shell.say(
			[...state.variables].map(([name, {value}]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`).join(''),
		);
	}
	const {on, off, rest} = readOptions(args, 'set');
	for (const option of on) {
		state.options.add(option);
	}
	for (const option of off) {
		state.options.delete(option);
	}
	if (rest !== undefined) {
		state.positional = rest;
	}
	return 0;
}

export async function shift(shell: Shell, [by = '1']: readonly string[]): Promise<number> {
	const count = Number(by);
	if (count > shell.state.positional.length) {
		return 1;
	}
	shell.state.positional = shell.state.positional.slice(count);
	return 0;
}

export async function unset(shell: Shell, args: readonly string[]): Promise<number> {
	const functions = args[0] === '-f';
	for (const name of args.filter(arg => arg !== '-f' && arg !== '-v')) {
		if (functions) {
			shell.state.functions.delete(name);
		} else {
			shell.state.unset(name);
		}
	}
	return 0;
}

export async function local(shell: Shell, args: readonly string[]): Promise<number> {
	const saved = shell.state.locals.at(-1);
	if (saved === undefined) {
		throw new ShellError('local: not in a function', 2);
	}
	for (const word of args) {
		const {name, value} = splitAssignment(word);
		if (!saved.has(name)) {
			saved.set(name, shell.state.variables.get(name));
		}
		shell.state.assign(name, value ?? '');
	}
	return 0;
}

export async function getopts(shell: Shell, [letters = '', name = '', ...own]: readonly string[]): Promise<number> {
	const {state} = shell;
	const args = own.length > 0 ? own : state.positional;
	const index = Number(state.value('OPTIND') ?? '1');
	const offset = Number(state.value('_OPTOFF') ?? '1');
	const word = args[index - 1];
	if (word === undefined || !/^-./.test(word) || word === '--') {
		state.assign('OPTIND', String(word === '--' ? index + 1 : index));
		state.assign(name, '?');
		return 1;
	}
	const letter = word[offset] ?? '';
	const known = letter !== ':' && letters.includes(letter);
	const takesValue = known && letters[letters.indexOf(letter) + 1] === ':';
	const attached = word.slice(offset + 1);
	if (takesValue) {
		state.assign('OPTARG', attached === '' ? (args[index] ?? '') : attached);
	} else {
		state.unset('OPTARG');
	}
	const wordDone = takesValue || attached === '';
	state.assign('OPTIND', String(index + (wordDone ? 1 : 0) + (takesValue && attached === '' ? 1 : 0)));
	state.assign('_OPTOFF', wordDone ? '1' : String(offset + 1));
	state.assign(name, known ? letter : '?');
	if (!known && !letters.startsWith(':')) {
		await shell.complain(`illegal option -- ${letter}`);
	}
	return 0;
}
