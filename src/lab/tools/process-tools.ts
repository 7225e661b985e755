import type {LabHost, PosixPlatform} from '../host.js';
import {type Process, statusOf} from '../process/process.js';
import {NullStream} from '../process/stream.js';
import {builtins} from '../shell/builtins.js';
import {runInteractive} from '../shell/interactive.js';
import {type ChildBirth, type Program, Shell, type ShellHost} from '../shell/shell.js';
import {readOptions} from '../shell/shell-options.js';
import {ShellError, ShellState} from '../shell/state.js';
import {secondsOf} from './clock-tools.js';

/** What these tools know of their host beyond what a shell knows. */
export type ProcessHost = ShellHost & {
	/** Whose the small tools are. */
	readonly tools: PosixPlatform['tools'];
	view(): LabHost;
	processes(): readonly Process[];
	prompt(user: string, cwd: string): string;
};

/** Tools that start, list or end processes. */
export function processTools(host: ProcessHost): ReadonlyMap<string, Program> {
	const shell: Program = (process, argv) => runShell(process, argv, host);
	const start: StartProgram = (process, words, how) => startProgram(process, words, how, host);
	return new Map<string, Program>([
		['sh', shell],
		['ash', shell],
		['env', (process, [, ...args]) => env(process, args, start)],
		['nohup', (process, [, ...args]) => nohup(process, args, start)],
		['setsid', (process, [, ...args]) => setsid(process, args, start)],
		['timeout', (process, [, ...args]) => timeout(process, args, start, host)],
		...['echo', 'kill', 'pwd', 'test', '['].map(name => [name, asProgram(name, host)] as const),
		['ps', process => ps(process, host)],
		['which', (process, [, ...args]) => which(process, args, host)],
	]);
}

/** `sh -eu -c TEXT NAME ARGS`, `sh -eux FILE ARGS`, `sh -s`, `sh`. */
async function runShell(process: Process, argv: readonly string[], host: ProcessHost): Promise<number> {
	const [called = host.shellName, ...args] = argv;
	const name = called.replace(/^-/, '');
	try {
		const {on, others, rest = []} = readOptions(args, name, 'csil');
		const [first, second, ...behind] = rest;
		const text = others.includes('c') ? first : undefined;
		const file = text === undefined && !others.includes('s') ? first : undefined;
		if (others.includes('c') && text === undefined) {
			throw new ShellError('-c requires an argument', 2);
		}
		const positional = text !== undefined ? behind : file !== undefined ? rest.slice(1) : rest;
		const state = new ShellState(process.pid, (text !== undefined ? second : file) ?? name, positional);
		state.adopt(process.env);
		state.assign('PPID', String(process.parent?.pid ?? 1), {exported: false});
		for (const option of on) {
			state.options.add(option);
		}
		return await runWith(process, host, state, {text, file, asksForPrompt: others.includes('i')});
	} catch (error) {
		if (error instanceof ShellError) {
			await process.err(`${host.shellName}: ${error.message}\n`);
			return error.status;
		}
		throw error;
	}
}

type Script = {readonly text: string | undefined; readonly file: string | undefined; readonly asksForPrompt: boolean};

async function runWith(process: Process, host: ProcessHost, state: ShellState, script: Script): Promise<number> {
	if (script.text !== undefined) {
		return new Shell(process, host, state).runText(script.text);
	}
	if (script.file !== undefined) {
		return new Shell(process, host, state).runText(await readScriptFile(script.file, process, host));
	}
	const input = process.descriptors.get(0) ?? new NullStream();
	if (input.terminal || script.asksForPrompt) {
		return runInteractive(new Shell(process, host, state), input, cwd => host.prompt(process.user, cwd));
	}
	return new Shell(process, host, state).runInput(input);
}

async function readScriptFile(file: string, process: Process, {fs}: ProcessHost): Promise<string> {
	try {
		return await fs.readFile(fs.resolvePath(process.cwd, file));
	} catch {
		throw new ShellError(`can't open '${file}': No such file or directory`, 2);
	}
}

type How = Omit<ChildBirth, 'command'>;
type StartProgram = (process: Process, words: readonly string[], how?: How) => Promise<Process | number>;

/** A child that is the program; its exit status if there is no such program. */
async function startProgram(
	process: Process,
	words: readonly string[],
	how: How = {},
	host: ProcessHost,
): Promise<Process | number> {
	const [name = ''] = words;
	const env = how.env ?? process.env;
	const found = await host.find(name, env, process.cwd);
	if (found.kind !== 'program') {
		await process.err(
			`${found.kind === 'none' ? host.notFound(name) : `${host.shellName}: ${name}: ${found.because}`}\n`,
		);
		return found.kind === 'none' ? 127 : 126;
	}
	return host.start(process, {...how, command: words.join(' '), env}, child => found.program(child, words));
}

export async function endOf(process: Process, started: Process | number): Promise<number> {
	return typeof started === 'number' ? started : statusOf(await process.wait(started.ended));
}

async function env(process: Process, args: readonly string[], start: StartProgram): Promise<number> {
	const clean = args[0] === '-i' || args[0] === '-';
	const words = clean ? args.slice(1) : args;
	const variables = new Map(clean ? [] : process.env);
	const command = words.findIndex(word => !/^[A-Za-z_]\w*=/.test(word));
	for (const word of command === -1 ? words : words.slice(0, command)) {
		variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
	}
	if (command === -1) {
		await process.out([...variables].map(([name, value]) => `${name}=${value}\n`).join(''));
		return 0;
	}
	return endOf(process, await start(process, words.slice(command), {env: variables}));
}

async function nohup(process: Process, words: readonly string[], start: StartProgram): Promise<number> {
	process.dispositions.set('HUP', 'ignore');
	return endOf(process, await start(process, words));
}

/** Leads a group already: then only a child can lead a session, and nobody waits for it. */
async function setsid(process: Process, args: readonly string[], start: StartProgram): Promise<number> {
	const waits = args[0] === '-w';
	const started = await start(process, waits ? args.slice(1) : args, {leads: 'session'});
	return waits || typeof started === 'number' || process.group !== process.pid ? endOf(process, started) : 0;
}

/**
`timeout [-k SECONDS] [-s SIGNAL] SECONDS COMMAND`. GNU's says 124 when it had to end the command (137 where nothing but KILL
helped), BusyBox's what the command itself ended with: 143 after a TERM that it did not catch.

Source: GNU coreutils' documentation, 23.4; BusyBox 1.35, whose `timeout` becomes the command. Older than 1.30 it wants `-t SECONDS`.
*/
async function timeout(
	process: Process,
	args: readonly string[],
	start: StartProgram,
	host: ProcessHost,
): Promise<number> {
	const read = readTimeout(args);
	if (read === undefined) {
		await process.err('timeout: invalid time interval\n');
		return host.tools === 'gnu' ? 125 : 1;
	}

	const {ms, killMs, signal, keepsStatus, command} = read;
	const started = await start(process, command);
	if (typeof started === 'number') {
		return started;
	}

	let hasFired = false;
	const guard = host.start(process, {command: `timeout ${ms / 1000}`}, async watcher => {
		await watcher.sleep(ms);
		hasFired = true;
		host.kill(started.pid, signal, process.user);
		if (killMs !== undefined) {
			await watcher.sleep(killMs);
			host.kill(started.pid, 'KILL', process.user);
		}
		return 0;
	});
	const status = await endOf(process, started);
	guard.deliver('KILL');
	return hasFired && host.tools === 'gnu' && !keepsStatus && status !== 137 ? 124 : status;
}

type Timeout = {
	readonly ms: number;
	/** How much later it is killed, if it still lives. */
	readonly killMs: number | undefined;
	readonly signal: string;
	/** Says what the command said, whoever ended it. */
	readonly keepsStatus: boolean;
	readonly command: readonly string[];
};

function readTimeout(args: readonly string[]): Timeout | undefined {
	let signal = 'TERM';
	let killMs: number | undefined;
	let limit: string | undefined;
	let keepsStatus = false;
	let at = 0;
	for (; /^-./.test(args[at] ?? ''); at += 1) {
		const [, letter = '', attached = ''] = /^(-[skt]|--signal|--kill-after)=?(.*)$/.exec(args[at] ?? '') ?? [];
		const value = letter === '' ? '' : attached === '' ? (args[++at] ?? '') : attached;
		signal = letter === '-s' || letter === '--signal' ? value : signal;
		killMs = letter === '-k' || letter === '--kill-after' ? secondsOf(value) * 1000 : killMs;
		limit = letter === '-t' ? value : limit;
		keepsStatus ||= args[at] === '--preserve-status';
	}

	const ms = secondsOf(limit ?? args[at++] ?? '') * 1000;
	return Number.isNaN(ms) || Number.isNaN(killMs ?? 0) || args[at] === undefined
		? undefined
		: {ms, killMs, signal, keepsStatus, command: args.slice(at)};
}

/** What is a shell's own, but a program too: for `xargs` and `env`. */
function asProgram(name: string, host: ProcessHost): Program {
	return async (process, [, ...args]) => {
		const builtin = builtins.get(name);
		return builtin === undefined ? 127 : builtin(new Shell(process, host, new ShellState(process.pid, name, [])), args);
	};
}

async function ps(process: Process, host: ProcessHost): Promise<number> {
	const rows = host.processes().map(({pid, parent, group, user, sleeping, command}) => {
		const numbers = [pid, parent?.pid ?? 1, group].map(each => String(each).padStart(7)).join(' ');
		return `${numbers} ${user.padEnd(8)} ${sleeping ? 'S' : 'R'}    ${command}\n`;
	});
	await process.out(`    PID    PPID    PGID USER     STAT COMMAND\n${rows.join('')}`);
	return 0;
}

async function which(process: Process, names: readonly string[], host: ProcessHost): Promise<number> {
	let status = 0;
	for (const name of names) {
		const found = await host.find(name, process.env, process.cwd);
		status = found.kind === 'program' ? status : 1;
		await process.out(found.kind === 'program' ? `${found.path}\n` : '');
	}
	return status;
}
