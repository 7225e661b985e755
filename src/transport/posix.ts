import {basename} from 'node:path';
import type {RemoteCommand} from '../engine/ports.js';
import {quotePosix} from '../text/quote.js';
import type {JobStart} from './job-scripts.js';
import type {LoginShell} from './session.js';

/**
What we type for the login shell of a POSIX host.

> | exec sh -c 'WRAPPER' fieldbook SCRIPT      to a shell that we do not know: it may be any
> | WRAPPER                                    to one that reads POSIX sh: a process less, half a millisecond

The wrapper, in this order:
1. says `TOKEN -` and ends if the interpreter is missing: never is another one taken in its place;
2. reads the secrets from its standard input, so that they stand in no argument list;
3. exports them and the variables;
4. says `TOKEN PID` on both streams: what comes before it is the chatter of start-up files. From here on the script
   runs, and PID is its process group. Behind PID stands the login shell;
5. becomes the interpreter, with the script as text or as a file, and reads nothing.

Without step 4 nothing of the script has run. `$$` survives every `exec`, and sshd makes each command without
a terminal the leader of a session, hence of a process group, of its own.
*/
export function scriptLine(command: RemoteCommand, token: string, script: ScriptPlace, shell: LoginShell): string {
	const text = quotePosix(script.kind === 'text' ? script.text : script.path);
	const words = command.interpreter.map(quotePosix).join(' ');
	const wrapper = (argument: string) =>
		[
			...sayMissing(command.interpreter, token),
			...Object.entries(command.secrets).map(([name, value]) => readSecret(name, value)),
			...exports(command.variables),
			sayMarker(token, `"$$ \${SHELL-}"`),
			`exec ${words} ${script.kind === 'text' ? '-c ' : ''}${argument} </dev/null`,
		].join('\n');
	return shell.isPosix ? wrapper(text) : `exec sh -c ${quotePosix(wrapper('"$1"'))} fieldbook ${text}`;
}

/**
What the wrapper's marker says behind its token.

> | 4711 /bin/bash
    ^~~~ the process     `SHELL`, which sshd sets to the user's login shell
*/
export function readMarker(word: string): {readonly processId: string; readonly shell: LoginShell} {
	const [processId = '', loginShell = ''] = word.split(' ');
	return {processId, shell: {isPosix: isPosixShell(loginShell)}};
}

/** True for a login shell that reads POSIX sh. */
export function isPosixShell(shell: string): boolean {
	return /^(sh|bash|dash|ash|ksh|mksh)$/.test(basename(shell));
}

export type ScriptPlace =
	| {readonly kind: 'text'; readonly text: string}
	| {readonly kind: 'file'; readonly path: string};

/** The same three things for a job, whose script is a file and begins in a process of its own. */
export function jobStart({interpreter, secrets, variables}: RemoteCommand, token: string): JobStart {
	const kept = Object.entries(secrets).map(([name, value], index) => ({name, value, as: `fieldbook_secret_${index}`}));
	return {
		check: sayMissing(interpreter, token).join('\n'),
		readSecrets: kept.map(({as, value}) => readSecret(as, value)).join('\n'),
		begin: [
			...kept.map(({name, as}) => `export ${name}="$${as}" || exit 125; unset ${as}`),
			...exports(variables),
			`exec ${interpreter.map(quotePosix).join(' ')} "$1" </dev/null`,
		].join('\n'),
	};
}

/** What the wrapper of `scriptLine` reads from its standard input. */
export function secretLines(secrets: Readonly<Record<string, string>>): Uint8Array {
	return Buffer.from(
		Object.values(secrets)
			.map(value => `${value}\n`)
			.join(''),
	);
}

/** A line for a small script of ours. It says `TOKEN ok` first; its standard input is the caller's. */
export function helperLine(script: string, args: readonly string[], token: string): string {
	return helperText(`${sayMarker(token, 'ok')}\n${script}`, args);
}

/** A line for a script of ours that says its own first word. */
export function helperText(script: string, args: readonly string[]): string {
	return `exec sh -c ${quotePosix(script)} fieldbook ${args.map(quotePosix).join(' ')}`;
}

/** True if one of the texts has a NUL, which no argument and no variable can carry: remote output may have brought it. */
export function haveNul(texts: readonly string[]): boolean {
	return texts.some(text => text.includes('\0'));
}

/** True if the interpreter takes its script behind `-c`. Others get a file. */
export function isShell(interpreter: readonly string[]): boolean {
	const [program = '', second = ''] = interpreter;
	return /^(sh|bash|dash|ash|ksh|mksh|zsh)$/.test(basename(basename(program) === 'env' ? second : program));
}

/** The longest line that we send. Linux takes 131,071 bytes per argument, and OpenSSH drops the connection at 262,144. */
const longestLine = 100_000;

/** True if a host takes this line. */
export function fitsOneLine(line: string): boolean {
	return Buffer.byteLength(line) <= longestLine;
}

function sayMarker(token: string, word: string): string {
	return `printf '%s %s\\n' ${token} ${word} >&2\nprintf '%s %s\\n' ${token} ${word} || exit 125`;
}

function sayMissing(interpreter: RemoteCommand['interpreter'], token: string): readonly string[] {
	return neededPrograms(interpreter).map(program => `${isThere(program)} || { printf '%s -\\n' ${token}; exit 127; }`);
}

function exports(variables: RemoteCommand['variables']): readonly string[] {
	return Object.entries(variables).map(([name, value]) => `export ${name}=${quotePosix(value)} || exit 125`);
}

function neededPrograms(interpreter: RemoteCommand['interpreter']): readonly string[] {
	const [program, second] = interpreter;
	const named = basename(program) === 'env' && second !== undefined && !second.startsWith('-') ? [second] : [];
	return [program, ...named].filter(name => name !== 'sh'); // The wrapper itself is read by sh
}

function isThere(program: string): string {
	return program.includes('/') ? `[ -x ${quotePosix(program)} ]` : `command -v ${quotePosix(program)} >/dev/null 2>&1`;
}

/** `read` takes one line, so a value of several lines is put together again. A cut connection ends the wrapper here. */
function readSecret(name: string, value: string): string {
	const furtherLines = value.split('\n').length - 1;
	const further = `IFS= read -r fieldbook_line || exit 125; ${name}="$${name}\n$fieldbook_line"\n`;
	const rest = furtherLines === 0 ? '' : `${further.repeat(furtherLines)}unset fieldbook_line\n`;
	return `IFS= read -r ${name} || exit 125\n${rest}export ${name} || exit 125`;
}
