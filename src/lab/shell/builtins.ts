import {statusOf} from '../process/process.js';
import {signalNamed, signalNames} from '../process/signals.js';
import {splitAtIfs} from './expand.js';
import {quoteForTrace} from './quote-for-trace.js';
import type {Shell} from './shell.js';
import {ExitShell, isName, LeaveLoop, optionLetters, ReturnFrom, ShellError, type ShellOption} from './state.js';
import {readScript} from './syntax.js';
import {test} from './test-command.js';

export type Builtin = (shell: Shell, args: readonly string[]) => Promise<number>;

/** Those whose assignments stay and whose errors end the shell (POSIX, 2.14). `exec` is the shell's own. */
export const specialBuiltins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
	[':', async () => 0],
	['.', source],
	['source', source],
	['eval', async (shell, args) => runText(shell, args.join(' '))],
	['exit', async (shell, [status]) => leaveWith(shell, status, ExitShell)],
	['return', async (shell, [status]) => leaveWith(shell, status, ReturnFrom)],
	['break', async (shell, [levels]) => leaveLoop(shell, 'break', levels)],
	['continue', async (shell, [levels]) => leaveLoop(shell, 'continue', levels)],
	['export', async (shell, args) => declare(shell, 'export', args)],
	['readonly', async (shell, args) => declare(shell, 'readonly', args)],
	['set', set],
	['shift', shift],
	['trap', trap],
	['unset', unset],
]);

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
	['true', async () => 0],
	['false', async () => 1],
	['cd', changeFolder],
	['pwd', async shell => say(shell, `${shell.process.cwd}\n`)],
	['echo', echo],
	['printf', printf],
	['test', async (shell, args) => runTest(shell, args)],
	['[', async (shell, args) => runTest(shell, closed(args))],
	['read', read],
	['wait', wait],
	['kill', kill],
	['umask', umask],
	['local', local],
	['command', command],
	['type', type],
	['jobs', jobs],
	['getopts', getopts],
	['alias', async () => 0],
	['hash', async () => 0],
]);

async function say(shell: Shell, text: string): Promise<number> {
	await shell.process.out(text);
	return 0;
}

async function runText(shell: Shell, text: string): Promise<number> {
	const script = readScript(text);
	if (script.kind !== 'script') {
		throw new ShellError(script.message, 2);
	}
	shell.state.status = 0;
	return shell.runStatements(script.statements);
}

async function source(shell: Shell, [path = '', ...args]: readonly string[]): Promise<number> {
	const {fs} = shell.host;
	let text: string;
	try {
		text = await fs.readFile(fs.resolvePath(shell.process.cwd, path));
	} catch {
		throw new ShellError(`.: can't open '${path}': No such file or directory`, 2);
	}
	const {positional} = shell.state;
	shell.state.positional = args.length > 0 ? args : positional;
	try {
		return await runText(shell, text);
	} catch (error) {
		if (error instanceof ReturnFrom) {
			return error.status;
		}
		throw error;
	} finally {
		shell.state.positional = positional;
	}
}

function leaveWith(shell: Shell, status: string | undefined, How: typeof ExitShell | typeof ReturnFrom): never {
	if (status !== undefined && !/^\d+$/.test(status)) {
		throw new ShellError(`Illegal number: ${status}`, 2);
	}
	throw new How(status === undefined ? shell.state.status : Number(status) & 0xff);
}

function leaveLoop(shell: Shell, how: 'break' | 'continue', levels = '1'): number {
	if (shell.insideLoop) {
		throw new LeaveLoop(how, Math.max(1, Number(levels)));
	}
	return 0;
}

async function declare(shell: Shell, how: 'export' | 'readonly', args: readonly string[]): Promise<number> {
	const names = args.filter(arg => arg !== '-p');
	if (names.length === 0) {
		const shown = [...shell.state.variables].filter(([, variable]) =>
			how === 'export' ? variable.exported : variable.readonly,
		);
		return say(shell, shown.map(([name, {value}]) => `${how} ${name}=${quoteForTrace(value)}\n`).join(''));
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

async function set(shell: Shell, args: readonly string[]): Promise<number> {
	const {state} = shell;
	if (args.length === 0) {
		return say(
			shell,
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

async function shift(shell: Shell, [by = '1']: readonly string[]): Promise<number> {
	const count = Number(by);
	if (count > shell.state.positional.length) {
		return 1;
	}
	shell.state.positional = shell.state.positional.slice(count);
	return 0;
}

async function trap(shell: Shell, args: readonly string[]): Promise<number> {
	const {traps} = shell.state;
	const [action, ...signals] = args[0] === '--' ? args.slice(1) : args;
	if (action === undefined) {
		return say(shell, [...traps].map(([signal, text]) => `trap -- ${quoteForTrace(text)} ${signal}\n`).join(''));
	}
	// `trap INT` resets, as `trap - INT` does
	const reset = action === '-' || signals.length === 0;
	for (const word of signals.length === 0 ? [action] : signals) {
		const name = word === '0' || word === 'EXIT' ? 'EXIT' : signalNamed(word);
		if (name === undefined) {
			throw new ShellError(`trap: ${word}: invalid signal specification`, 1);
		}
		setTrap(shell, name, reset ? undefined : action);
	}
	return 0;
}

function setTrap(shell: Shell, name: string, action: string | undefined): void {
	const signal = signalNamed(name);
	const {dispositions} = shell.process;
	if (action === undefined) {
		shell.state.traps.delete(name);
	} else {
		shell.state.traps.set(name, action);
	}
	if (signal !== undefined && action === undefined) {
		dispositions.delete(signal);
	} else if (signal !== undefined) {
		dispositions.set(signal, action === '' ? 'ignore' : 'trap');
	}
}

async function unset(shell: Shell, args: readonly string[]): Promise<number> {
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

async function changeFolder(shell: Shell, args: readonly string[]): Promise<number> {
	const {process, state} = shell;
	const {fs} = shell.host;
	const [word] = args.filter(arg => arg !== '-P' && arg !== '-L' && arg !== '--');
	const target = word === '-' ? state.previousFolder : (word ?? state.value('HOME') ?? '/');
	const path = fs.resolvePath(process.cwd, target);
	if (!(await isFolder(shell, path))) {
		await shell.complain(`cd: can't cd to ${target}: No such file or directory`);
		return 1;
	}
	state.previousFolder = process.cwd;
	state.assign('OLDPWD', process.cwd);
	process.cwd = path;
	state.assign('PWD', path);
	return word === '-' ? say(shell, `${path}\n`) : 0;
}

async function isFolder(shell: Shell, path: string): Promise<boolean> {
	const {fs} = shell.host;
	return (await fs.exists(path)) && (await fs.stat(path)).isDirectory;
}

async function echo(shell: Shell, args: readonly string[]): Promise<number> {
	let at = 0;
	let lineEnd = true;
	let escapes = false;
	for (; /^-[neE]+$/.test(args[at] ?? ''); at += 1) {
		lineEnd = lineEnd && !args[at]?.includes('n');
		escapes = args[at]?.includes('e') === true;
	}
	const text = args.slice(at).join(' ');
	return say(shell, (escapes ? withEscapes(text) : text) + (lineEnd ? '\n' : ''));
}

/** In every shell `printf` is its own; here the text tool does the work, in the shell's process. */
async function printf(shell: Shell, args: readonly string[]): Promise<number> {
	const found = await shell.host.find('/bin/printf', shell.process.env, '/');
	return found.kind === 'program' ? found.program(shell.process, ['printf', ...args]) : 127;
}

function withEscapes(text: string): string {
	const plain: Readonly<Record<string, string>> = {
		n: '\n',
		t: '\t',
		r: '\r',
		a: '\x07',
		b: '\b',
		f: '\f',
		v: '\v',
		'\\': '\\',
	};
	return text.replaceAll(/\\(?:0([0-7]{1,3})|x([0-9a-fA-F]{1,2})|e|([ntrabfv\\]))/g, (whole, octal, hex, letter) => {
		if (octal !== undefined || hex !== undefined) {
			return String.fromCharCode(Number.parseInt(octal ?? hex, octal === undefined ? 16 : 8));
		}
		return whole === '\\e' ? '\x1b' : (plain[letter] ?? whole);
	});
}

function closed(args: readonly string[]): readonly string[] {
	if (args.at(-1) !== ']') {
		throw new ShellError('missing ]', 2);
	}
	return args.slice(0, -1);
}

async function runTest(shell: Shell, args: readonly string[]): Promise<number> {
	try {
		return (await test(args, shell.testable())) ? 0 : 1;
	} catch (error) {
		if (error instanceof ShellError) {
			await shell.complain(error.message);
			return error.status;
		}
		throw error;
	}
}

async function read(shell: Shell, args: readonly string[]): Promise<number> {
	const {process, state} = shell;
	let raw = false;
	let at = 0;
	for (; args[at]?.startsWith('-'); at += 1) {
		raw = raw || args[at]?.includes('r') === true;
		if (args[at]?.endsWith('p')) {
			at += 1;
			await process.err(args[at] ?? '');
		}
	}
	const names = at < args.length ? args.slice(at) : ['REPLY'];
	const input = process.descriptors.get(0);
	const {text, ended} = input === undefined ? {text: '', ended: true} : await readLogicalLine(shell, input, raw);
	const fields = splitForRead(text, names.length, state.value('IFS') ?? ' \t\n');
	for (const [index, name] of names.entries()) {
		if (!isName(name)) {
			throw new ShellError(`read: ${name}: bad variable name`, 2);
		}
		state.assign(name, fields[index] ?? '');
	}
	return ended ? 1 : 0;
}

async function readLogicalLine(
	shell: Shell,
	input: Parameters<Shell['readLine']>[0],
	raw: boolean,
): Promise<{readonly text: string; readonly ended: boolean}> {
	let text = '';
	for (;;) {
		const line = await shell.readLine(input);
		if (line === undefined) {
			return {text, ended: true};
		}
		const ended = !line.endsWith('\n');
		const body = ended ? line : line.slice(0, -1);
		if (!raw && body.endsWith('\\') && !ended) {
			text += withoutBackslashes(body.slice(0, -1));
			continue;
		}
		return {text: text + (raw ? body : withoutBackslashes(body)), ended};
	}
}

function withoutBackslashes(text: string): string {
	return text.replaceAll(/\\(.)/gs, '$1');
}

/** The last name takes all that is left, with the separators inside it. */
function splitForRead(text: string, count: number, separators: string): readonly string[] {
	const blanks = [...separators].filter(character => /\s/.test(character)).join('');
	const isBlank = (character: string) => blanks.includes(character);
	let rest = trimmed(text, isBlank);
	if (count === 1) {
		return [rest];
	}
	const fields: string[] = [];
	while (fields.length < count - 1 && rest !== '') {
		const end = [...rest].findIndex(character => separators.includes(character));
		if (end === -1) {
			break;
		}
		fields.push(rest.slice(0, end));
		const after = rest
			.slice(end)
			.replace(/^\s*/, space => [...space].filter(character => !isBlank(character)).join(''));
		rest =
			after !== '' && separators.includes(after[0] ?? '') && !isBlank(after[0] ?? '')
				? trimmed(after.slice(1), isBlank)
				: after;
	}
	const left = splitAtIfs(rest, separators);
	return [...fields, left.length <= 1 ? (left[0] ?? '') : rest];
}

function trimmed(text: string, isBlank: (character: string) => boolean): string {
	const characters = [...text];
	const start = characters.findIndex(character => !isBlank(character));
	const end = characters.findLastIndex(character => !isBlank(character));
	return start === -1 ? '' : characters.slice(start, end + 1).join('');
}

async function wait(shell: Shell, args: readonly string[]): Promise<number> {
	const {jobs: children} = shell.state;
	const wanted = args.length === 0 ? [...children.keys()] : args.map(word => Number(word.replace(/^%/, '')));
	let status = 0;
	for (const pid of wanted) {
		const child = children.get(pid);
		if (child === undefined) {
			status = 127;
			continue;
		}
		const ending = await shell.process.waitOrCatch(child.ended);
		if (ending === undefined) {
			return 143; // A trap interrupts `wait`
		}
		children.delete(pid);
		status = args.length === 0 ? 0 : statusOf(ending);
	}
	return status;
}

/** `kill -TERM 12`, `kill -s TERM -12`, `kill -0 12`, `kill -9 -12`, `kill -l`. Also behind `/bin/kill`. */
async function kill(shell: Shell, args: readonly string[]): Promise<number> {
	let signal: string = 'TERM';
	let targets = args;
	const [first = '', second = ''] = args;
	if (first === '-l') {
		return say(shell, `${signalNames().join(' ')}\n`);
	}
	if (first === '-s' || first === '-n') {
		signal = second;
		targets = args.slice(2);
	} else if (/^-./.test(first) && first !== '--') {
		signal = first.slice(1);
		targets = args.slice(1);
	}
	const named = signalNamed(signal);
	if (named === undefined && signal !== '0') {
		await shell.complain(`bad signal name '${signal}'`);
		return 1;
	}
	let status = 0;
	for (const word of targets[0] === '--' ? targets.slice(1) : targets) {
		const target = word.startsWith('%') ? [...shell.state.jobs.keys()][Number(word.slice(1)) - 1] : Number(word);
		if (target === undefined || !Number.isInteger(target) || target === 0) {
			await shell.complain(`invalid number '${word}'`);
			status = 1;
		} else if (!shell.host.kill(target, named)) {
			await shell.complain(`can't kill pid ${target}: No such process`);
			status = 1;
		}
	}
	return status;
}

async function umask(shell: Shell, [mask]: readonly string[]): Promise<number> {
	if (mask === undefined) {
		return say(shell, `${shell.process.umask.toString(8).padStart(4, '0')}\n`);
	}
	if (!/^[0-7]{1,4}$/.test(mask)) {
		await shell.complain(`umask: Illegal number: ${mask}`);
		return 2;
	}
	shell.process.umask = Number.parseInt(mask, 8);
	return 0;
}

async function local(shell: Shell, args: readonly string[]): Promise<number> {
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

async function command(shell: Shell, args: readonly string[]): Promise<number> {
	const [option, ...rest] = args;
	if (option === '-v' || option === '-V') {
		return describe(shell, rest[0] ?? '', option === '-v');
	}
	const words = option === '-p' ? rest : args;
	const [name, ...behind] = words;
	if (name === undefined) {
		return 0;
	}
	const builtin = specialBuiltins.get(name) ?? builtins.get(name);
	return builtin === undefined ? shell.runExternal(words, shell.state.environment()) : builtin(shell, behind);
}

async function type(shell: Shell, args: readonly string[]): Promise<number> {
	let status = 0;
	for (const name of args) {
		status = (await describe(shell, name, false)) || status;
	}
	return status;
}

async function describe(shell: Shell, name: string, short: boolean): Promise<number> {
	if (shell.state.functions.has(name)) {
		return say(shell, short ? `${name}\n` : `${name} is a function\n`);
	}
	if (specialBuiltins.has(name) || builtins.has(name) || name === 'exec') {
		return say(shell, short ? `${name}\n` : `${name} is a shell builtin\n`);
	}
	const found = await shell.host.find(name, shell.state.environment(), shell.process.cwd);
	if (found.kind === 'program') {
		return say(shell, short ? `${found.path}\n` : `${name} is ${found.path}\n`);
	}
	if (!short) {
		await shell.complain(`${name}: not found`);
	}
	return 127;
}

async function jobs(shell: Shell): Promise<number> {
	const lines = [...shell.state.jobs.values()].map(
		(process, index) => `[${index + 1}]  Running                 ${process.command}\n`,
	);
	return say(shell, lines.join(''));
}

async function getopts(shell: Shell, [letters = '', name = '', ...own]: readonly string[]): Promise<number> {
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
