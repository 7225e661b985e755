import {isCommandName, readsAsCommand, shellOfContent} from './shell-words.js';

export type CodeShell = 'sh' | 'bash' | 'powershell';

/** One command of a console transcript. */
type TranscriptEntry = {
	/** What was typed, without its prompt. A continued command and a here-document keep their lines. */
	readonly command: string;
	/** The line of the code on which the prompt stands, from 1. */
	readonly line: number;
	/** As written, with the blank behind it. */
	readonly prompt: string;
	/** False where no shell reads it: behind `SQL> `. */
	readonly runs: boolean;
	/** Sample output, in order; blank lines at its end are left out. */
	readonly output: readonly string[];
};

/** What a code block of a plain document is: dialect, section 1. */
export type CodeReading =
	| {readonly kind: 'script'; readonly shell: CodeShell}
	| {readonly kind: 'transcript'; readonly shell: CodeShell; readonly entries: readonly TranscriptEntry[]}
	| {readonly kind: 'listing'};

/**
Tells script, transcript and listing apart, by the fence's language where it names one, else by content.

`language` is the first word of the info string, in any case; empty for an indented block.
*/
export function readCode(language: string, code: string): CodeReading {
	const tag = language.toLowerCase();
	const tagged = shellOfTag(tag);
	const lines = dedent(code.split('\n'));
	const first = lines.findIndex(line => line.trim() !== '');
	if (first === -1) {
		return {kind: 'listing'};
	}

	const shebang = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(lines[first] ?? '');
	if (shebang) {
		const shell = shellOfInterpreter(shebang[1] ?? '', shebang[2] ?? '');
		return shell === undefined ? {kind: 'listing'} : {kind: 'script', shell};
	}

	if (tagged === undefined && !mayHoldConsole.has(tag)) {
		return {kind: 'listing'};
	}

	const opening = promptOf(lines[first] ?? '');
	if (opening && !isCommentedScript(opening.kind, lines)) {
		const entries = entriesOf(lines, opening.kind);
		return {kind: 'transcript', shell: tagged ?? shellOfTranscript(opening.kind, entries), entries};
	}

	const shell = tagged ?? (neverScript.has(tag) ? undefined : shellOfContent(lines));
	return shell === undefined ? {kind: 'listing'} : {kind: 'script', shell};
}

/** Languages that do not say whether a shell reads them. */
const mayHoldConsole = new Set([
	'',
	'console',
	'shell-session',
	'shellsession',
	'session',
	'terminal',
	'text',
	'txt',
	'plaintext',
	'plain',
]);

/** Of these, the ones that are output unless a prompt says otherwise. */
const neverScript = new Set(['text', 'txt', 'plaintext', 'plain']);

function shellOfTag(tag: string): CodeShell | undefined {
	switch (tag) {
		case 'sh':
		case 'shell':
		case 'ash':
		case 'dash':
			return 'sh';
		case 'bash':
			return 'bash';
		case 'powershell':
		case 'pwsh':
		case 'ps1':
			return 'powershell';
		default:
			return undefined;
	}
}

/** `/usr/bin/env` names the interpreter in its first argument. */
function shellOfInterpreter(path: string, argument: string): CodeShell | undefined {
	const name = (path.endsWith('/env') ? argument : path).split('/').at(-1) ?? '';
	return shellOfTag(name);
}

type PromptKind = 'powershell' | 'account' | 'busybox' | 'sql' | 'dollar' | 'greater' | 'hash';

type Prompt = {readonly kind: PromptKind; readonly prompt: string; readonly command: string};

/**
The prompt forms, most telling first.

> | PS C:\> Get-VM
> | [root@esxi1:~] esxcli system version get
> | [root@ec1 ~]# clpstat
> | root@ec1:~# clpstat
> | ~ # vim-cmd vmsvc/getallvms
> | SQL> select 1 from dual;
*/
const prompts: ReadonlyArray<readonly [PromptKind, RegExp]> = [
	['powershell', /^PS(?: [^>]*)?> ?/],
	['account', /^\[[\w.-]+@[^\]]+\] ?[#$]? ?/],
	['account', /^[\w.-]+@[\w.-]+:[^\s#$]*[#$] /],
	['busybox', /^(?:~|\/\S*) # /],
	['sql', /^SQL> ?/],
	['dollar', /^\$ /],
	['greater', /^> /],
	['hash', /^# /],
];

/** `undefined` if the line has no prompt or nothing behind it. */
function promptOf(line: string): Prompt | undefined {
	for (const [kind, pattern] of prompts) {
		const prompt = pattern.exec(line)?.[0];
		if (prompt !== undefined) {
			const command = line.slice(prompt.length).replace(/^[ \t]+|[ \t]+$/g, '');
			const isCommand = command !== '' && (kind !== 'hash' || readsAsCommand(command));
			return isCommand ? {kind, prompt, command} : undefined;
		}
	}

	return undefined;
}

/**
A script may begin with a command that somebody has commented out. Then commands stand below it without a prompt; sample
output hardly ever begins with the name of one.
*/
function isCommentedScript(opening: PromptKind, lines: readonly string[]): boolean {
	return opening === 'hash' && lines.some(line => isCommandName(/^\S*/.exec(line)?.[0] ?? ''));
}

/** Once a block is a transcript, plain `> ` is a prompt only if it opened with one: elsewhere it is output or a continuation. */
function isPromptHere(found: Prompt, opening: PromptKind): boolean {
	return found.kind !== 'greater' || opening === 'greater';
}

function entriesOf(lines: readonly string[], opening: PromptKind): readonly TranscriptEntry[] {
	const entries: Array<TranscriptEntry & {readonly output: string[]}> = [];
	for (let index = 0; index < lines.length; index++) {
		const line = lines[index] ?? '';
		const found = promptOf(line);
		if (found && isPromptHere(found, opening)) {
			const typed = typedLines(found.command, lines.slice(index + 1));
			entries.push({
				command: typed.join('\n'),
				line: index + 1,
				prompt: found.prompt,
				runs: found.kind !== 'sql',
				output: [],
			});
			index += typed.length - 1;
		} else if (!isBarePrompt(line)) {
			entries.at(-1)?.output.push(line);
		}
	}

	return entries.map(entry => ({...entry, output: withoutBlankEnd(entry.output)}));
}

function isBarePrompt(line: string): boolean {
	return prompts.some(([kind, pattern]) => kind !== 'hash' && pattern.exec(`${line} `)?.[0].trim() === line.trim());
}

/**
The lines of one command: the first and those that it goes on over.

> | $ printf '%s' one \
> | > two
> | $ cat > note <<END
> | three
> | END
*/
function typedLines(first: string, rest: readonly string[]): readonly string[] {
	const typed = [first];
	const end = /<<-?\s*(['"]?)(\w+)\1/.exec(first)?.[2];
	for (const line of rest) {
		const last = typed.at(-1) ?? '';
		const goesOn = end === undefined ? /(?:^|[^\\])\\$|\s`$/.test(last) : typed.length === 1 || last.trim() !== end;
		if (!goesOn) {
			break;
		}

		typed.push(line.replace(/^>{1,2} /, ''));
	}

	return typed;
}

function shellOfTranscript(opening: PromptKind, entries: readonly TranscriptEntry[]): CodeShell {
	if (opening === 'powershell' || opening === 'greater') {
		return 'powershell';
	}

	return shellOfContent(entries.map(entry => entry.command)) ?? 'sh';
}

function withoutBlankEnd(lines: readonly string[]): readonly string[] {
	return lines.slice(0, lines.findLastIndex(line => line.trim() !== '') + 1);
}

function dedent(lines: readonly string[]): readonly string[] {
	const indents = lines.filter(line => line.trim() !== '').map(line => /^[ \t]*/.exec(line)?.[0].length ?? 0);
	const common = indents.reduce((least, indent) => Math.min(least, indent), Number.POSITIVE_INFINITY);
	return Number.isFinite(common) && common > 0 ? lines.map(line => line.slice(common)) : lines;
}
