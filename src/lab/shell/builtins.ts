import {jobs, kill, trap, wait} from './builtin-processes.js';
import {read} from './builtin-read.js';
import {declare, getopts, local, set, shift, unset} from './builtin-variables.js';
import type {Shell} from './shell.js';
import {ExitShell, LeaveLoop, ReturnFrom, ShellError} from './state.js';
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
	['pwd', async shell => shell.say(`${shell.process.cwd}\n`)],
	['echo', echo],
	['printf', printf],
	['test', async (shell, args) => runTest(shell, args)],
	['[', async (shell, args) => runTest(shell, closed(args))],
	['read', read],
	['wait', wait],
	['kill', kill],
	['umask', umask],
	['ulimit', ulimit],
	['local', local],
	['command', command],
	['type', type],
	['jobs', jobs],
	['getopts', getopts],
	['alias', async () => 0],
	['hash', async () => 0],
]);

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
	return word === '-' ? shell.say(`${path}\n`) : 0;
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
	return shell.say((escapes ? withEscapes(text) : text) + (lineEnd ? '\n' : ''));
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

async function umask(shell: Shell, [mask]: readonly string[]): Promise<number> {
	if (mask === undefined) {
		return shell.say(`${shell.process.umask.toString(8).padStart(4, '0')}\n`);
	}
	if (!/^[0-7]{1,4}$/.test(mask)) {
		await shell.complain(`umask: Illegal number: ${mask}`);
		return 2;
	}
	shell.process.umask = Number.parseInt(mask, 8);
	return 0;
}

/** `ulimit -f BLOCKS` of 512 bytes; no other limit is simulated. */
async function ulimit(shell: Shell, [option = '-f', limit]: readonly string[]): Promise<number> {
	const {process} = shell;
	if (option !== '-f' || limit === undefined) {
		return shell.say(process.fileLimit === undefined ? 'unlimited\n' : `${process.fileLimit / 512}\n`);
	}
	if (limit !== 'unlimited' && !/^\d+$/.test(limit)) {
		await shell.complain(`ulimit: Illegal number: ${limit}`);
		return 2;
	}
	process.fileLimit = limit === 'unlimited' ? undefined : Number(limit) * 512;
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
		return shell.say(short ? `${name}\n` : `${name} is a function\n`);
	}
	if (specialBuiltins.has(name) || builtins.has(name) || name === 'exec') {
		return shell.say(short ? `${name}\n` : `${name} is a shell builtin\n`);
	}
	const found = await shell.host.find(name, shell.state.environment(), shell.process.cwd);
	if (found.kind === 'program') {
		return shell.say(short ? `${found.path}\n` : `${name} is ${found.path}\n`);
	}
	if (!short) {
		await shell.complain(`${name}: not found`);
	}
	return shell.host.shellName === 'bash' ? 1 : 127;
}
