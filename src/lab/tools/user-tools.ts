import type {Process} from '../process/process.js';
import {readLine} from '../process/read-line.js';
import type {Stream} from '../process/stream.js';
import type {Program} from '../shell/shell.js';
import {endOf, type ProcessHost} from './process-tools.js';
import {readSudo, type SudoWords} from './sudo-words.js';

const securePath = '/sbin:/bin:/usr/sbin:/usr/bin';
const triesForPassword = 3;
/** What a wrong password costs. */
const wrongPasswordMs = 2_000;

/** Tools by which one user becomes another. */
export function userTools(host: ProcessHost): ReadonlyMap<string, Program> {
	// Sessions in which a user has given his password not long ago
	const tickets = new Set<string>();
	return new Map<string, Program>([
		['sudo', (process, [, ...args]) => sudo(process, args, host, tickets)],
		['su', (process, [, ...args]) => su(process, args, host)],
	]);
}

/**
As sudo 1.8 and 1.9 do, of what a client can see: the prompt on standard error with `-S`, on the terminal without it; the
password read up to its line end and not further; no password where none is needed. Sources: the project's notes on SSH,
section 3.2, and sudo(8).
*/
async function sudo(
	process: Process,
	args: readonly string[],
	host: ProcessHost,
	tickets: Set<string>,
): Promise<number> {
	const words = readSudo(args);
	if ('wrong' in words) {
		await process.err(`${words.wrong}\nusage: sudo [-kKSHEins] [-p prompt] [-u user] [VAR=value] [command]\n`);
		return 1;
	}
	const ticket = `${process.user} ${process.session}`;
	if (words.forgets) {
		tickets.delete(ticket);
	}
	if (words.command.length === 0 && !words.shell && !words.login && !words.validates && !words.lists) {
		return words.forgets ? 0 : fail(process, 'usage: sudo [-kKSHEins] [-p prompt] [-u user] [VAR=value] [command]');
	}
	const {requiretty = false, accounts = {}, users} = host.view();
	if (requiretty && terminalOf(process) === undefined) {
		return fail(process, 'sudo: sorry, you must have a tty');
	}
	if (!Object.hasOwn(users, words.user)) {
		return fail(process, `sudo: unknown user: ${words.user}`);
	}
	const right = process.user === 'root' ? 'nopasswd' : accounts[process.user]?.sudo;
	if (right !== 'nopasswd' && !tickets.has(ticket)) {
		const status = await authenticate(process, words, host);
		if (status !== undefined) {
			return status;
		}
		if (right === 'password' && !words.forgets) {
			tickets.add(ticket);
		}
	}
	if (right === undefined) {
		return fail(process, `${process.user} is not in the sudoers file.  This incident will be reported.`);
	}
	if (words.lists) {
		await process.out(
			`User ${process.user} may run the following commands on ${shortName(host)}:\n    (ALL) ${right === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL\n`,
		);
		return 0;
	}
	return words.validates ? 0 : become(process, words, host);
}

/** Undefined: the password was right. */
async function authenticate(process: Process, words: SudoWords, host: ProcessHost): Promise<number | undefined> {
	if (words.neverAsks) {
		return fail(process, 'sudo: a password is required');
	}
	const terminal = terminalOf(process);
	if (!words.readsInput && terminal === undefined) {
		return fail(
			process,
			'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required',
		);
	}
	const [input, output] = words.readsInput
		? [process.descriptors.get(0), process.descriptors.get(2)]
		: [terminal, terminal];
	const prompt = promptText(words.prompt ?? '[sudo] password for %p: ', process, host);
	for (let tries = 0; tries < triesForPassword; tries += 1) {
		await process.write(output, prompt);
		const line = input === undefined ? undefined : await readLine(process, input);
		if (line === undefined) {
			return fail(
				process,
				tries === 0
					? '\nsudo: no password was provided\nsudo: a password is required'
					: `\nsudo: ${tries} incorrect password attempt${tries === 1 ? '' : 's'}`,
			);
		}
		if (line.replace(/\r?\n$/, '') === host.view().users[process.user]) {
			return undefined;
		}
		await process.sleep(wrongPasswordMs);
		if (tries + 1 < triesForPassword) {
			await process.err('Sorry, try again.\n');
		}
	}
	return fail(process, `sudo: ${triesForPassword} incorrect password attempts`);
}

/** > | %p: whose password     %u: who asks     %h: on which host */
function promptText(prompt: string, process: Process, host: ProcessHost): string {
	const values: Readonly<Record<string, string>> = {
		p: process.user,
		u: process.user,
		h: shortName(host),
		H: host.view().hostname,
		'%': '%',
	};
	return prompt.replaceAll(/%([puhH%])/g, (_, letter: string) => values[letter] ?? '');
}

async function become(process: Process, words: SudoWords, host: ProcessHost): Promise<number> {
	const home = host.home(words.user);
	const kept = words.keepsEnvironment
		? [...process.env]
		: [...process.env].filter(([name]) => name === 'TERM' || name === 'LANG');
	const env = new Map([
		...kept,
		['HOME', home],
		['USER', words.user],
		['LOGNAME', words.user],
		['SHELL', `/bin/${host.shellName}`],
		['PATH', securePath],
		['SUDO_USER', process.user],
		['SUDO_UID', String(host.view().accounts?.[process.user]?.uid ?? 0)],
		['SUDO_COMMAND', words.command.join(' ')],
		...words.variables,
	]);
	const shell = words.login ? `-${host.shellName}` : host.shellName;
	const command =
		words.login || words.shell
			? [shell, ...(words.command.length > 0 ? ['-c', words.command.join(' ')] : [])]
			: words.command;
	return runAs(process, words.user, command, env, words.login ? home : process.cwd, host, 'sudo');
}

/** Only root looks for programs in every folder; the program itself meets the modes as its own user does. */
async function runAs(
	process: Process,
	user: string,
	command: readonly string[],
	env: ReadonlyMap<string, string>,
	cwd: string,
	host: ProcessHost,
	tool: string,
): Promise<number> {
	const [name = ''] = command;
	const found = await host.fs.as('root', () => host.find(name.replace(/^-/, ''), env, cwd));
	if (found.kind !== 'program') {
		return fail(
			process,
			found.kind === 'none'
				? `${tool}: ${name}: command not found`
				: `${tool}: unable to execute ${name}: ${found.because}`,
		);
	}
	const child = host.start(process, {command: command.join(' '), user, env, cwd}, started =>
		found.program(started, command),
	);
	return endOf(process, child);
}

/** `su`, `su - USER`, `su USER -c COMMAND`. Root is asked for nothing; others need a terminal. */
async function su(process: Process, args: readonly string[], host: ProcessHost): Promise<number> {
	const at = args.findIndex(word => word === '-c' || word === '--command');
	const text = at === -1 ? undefined : args[at + 1];
	const rest = args.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
	const isLogin = rest.some(word => word === '-' || word === '-l' || word === '--login');
	const user = rest.find(word => !word.startsWith('-')) ?? 'root';
	const {users} = host.view();
	if (!Object.hasOwn(users, user)) {
		return fail(process, `su: user ${user} does not exist`);
	}
	if (process.user !== 'root') {
		const terminal = terminalOf(process);
		if (terminal === undefined) {
			return fail(process, 'su: must be run from a terminal');
		}
		await process.write(terminal, 'Password: ');
		if ((await readLine(process, terminal))?.replace(/\r?\n$/, '') !== users[user]) {
			await process.sleep(wrongPasswordMs);
			return fail(process, 'su: Authentication failure');
		}
	}
	const home = host.home(user);
	const env = new Map([
		...(isLogin ? [] : process.env),
		['HOME', home],
		['USER', user],
		['LOGNAME', user],
		['SHELL', `/bin/${host.shellName}`],
		['PATH', securePath],
	]);
	const shell = isLogin ? `-${host.shellName}` : host.shellName;
	const command = text === undefined ? [shell] : [shell, '-c', text];
	return runAs(process, user, command, env, isLogin ? home : process.cwd, host, 'su');
}

function terminalOf(process: Process): Stream | undefined {
	return [...process.descriptors.values()].find(({terminal}) => terminal);
}

function shortName(host: ProcessHost): string {
	return host.view().hostname.split('.')[0] ?? '';
}

async function fail(process: Process, message: string): Promise<number> {
	await process.err(`${message}\n`);
	return 1;
}
