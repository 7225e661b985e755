import {createHash} from 'node:crypto';
import {quotePowerShell} from '../text/quote.js';

/** What reads our lines on a Windows host: the `DefaultShell` of its sshd, cmd.exe unless somebody has set another. */
export type WindowsShell = 'cmd' | 'powershell';

/** cmd.exe takes 8,191 characters; its own name and quotes stand before ours. */
const longestLine = 8000;

/** What a line may carry, and what goes through standard input once the command runs. */
export type Sent = {readonly line: string; readonly input: Uint8Array};

/** A script of the runbook with its values; names are `[A-Za-z_][A-Za-z0-9_]*`. */
export type ScriptInFrame = {
	readonly interpreter: readonly [string, ...string[]];
	readonly script: string;
	readonly variables: Readonly<Record<string, string>>;
	readonly secrets: Readonly<Record<string, string>>;
	/** A WHATWG label: what the host is told to print in. */
	readonly encoding: string;
};

/**
What we type for a script on a Windows host. The line reads the same for cmd.exe and for PowerShell:

> | powershell -NoProfile … -InputFormat None -EncodedCommand JABQAHIAbw…      UTF-16 in base64: nothing to quote

The encoded text, in this order:
1. stops at errors, silences progress, and tells the console which encoding the sheet says: PowerShell and the programs that ask for it
   then print in one and the same;
2. reads the secrets from standard input, in base64 so that no code page changes them, so that they stand in no
   argument list. A line that is not whole ends it with the word `-`;
3. sets the variables. An empty one does not exist on Windows, and reads as empty in PowerShell;
4. says `TOKEN PID STARTED` on both streams. Without it nothing of the script has run;
5. runs the script where it would stand itself, its lines counted from 1, and ends with the exit code of the last program
   that it ran, whatever came after it. Errors end it with 1, `exit` with its own number.

A text that is too long for a line comes through standard input as one line, and runs only if its SHA-256 agrees.
*/
export function sendScript(script: ScriptInFrame, token: string, shell: WindowsShell): Sent {
	const text = [
		preamble,
		printIn(script.encoding),
		...readSecrets(Object.keys(script.secrets), token),
		...Object.entries(script.variables).map(([name, value]) => `$env:${name}=${quotePowerShell(value)}`),
		`$fieldbook="${token} $PID $((Get-Process -Id $PID).StartTime.ToFileTimeUtc())"`,
		'[Console]::Error.WriteLine($fieldbook);[Console]::Out.WriteLine($fieldbook)',
		`. ([scriptblock]::Create(${quotePowerShell(script.script)}))`,
		'if(Test-Path Variable:LASTEXITCODE){exit $LASTEXITCODE}',
	].join('\n');
	const secrets = secretLine(script.secrets);
	const line = lineFor(script.interpreter, text, shell);
	if (line.length <= longestLine) {
		return {line, input: Buffer.from(secrets)};
	}

	const bytes = Buffer.from(text);
	return {
		line: lineFor(script.interpreter, bootstrap(bytes, token), shell),
		input: Buffer.from(`${bytes.toString('base64')}\r\n${secrets}`),
	};
}

/** Process id, and when it began in the host's ticks: numbers are used again. */
export type WindowsProcess = {readonly id: string; readonly started: string};

/** > | 4711 133771234567890000      undefined: the script's frame has not come so far, or not whole */
export function readWindowsMarker(word: string | undefined): WindowsProcess | undefined {
	const [, id, started] = /^(\d+) (\d+)\s*$/.exec(word ?? '') ?? [];
	return id === undefined || started === undefined ? undefined : {id, started};
}

/**
A line for a small script of ours, which says `TOKEN ok` first and prints UTF-8. `args` become its variables; its
standard input is the caller's. Undefined: it is too long for a line.
*/
export function powershellHelperLine(
	script: string,
	args: Readonly<Record<string, string>>,
	token: string,
	shell: WindowsShell,
): string | undefined {
	const text = [
		preamble,
		printIn('utf-8'),
		...Object.entries(args).map(([name, value]) => `$${name}=${quotePowerShell(value)}`),
		`[Console]::Error.WriteLine('${token} ok');[Console]::Out.WriteLine('${token} ok')`,
		script.trim().replaceAll(/\n\t*/g, '\n'),
	].join('\n');
	const line = lineFor(helperInterpreter, text, shell);
	return line.length <= longestLine ? line : undefined;
}

/** Each of the two shells answers it with the variable that it knows filled in. */
export function shellProbe(token: string): string {
	return `echo "${token} %OS% $env:OS"`;
}

/** > | %OS% Windows_NT      PowerShell; cmd.exe, and whatever else, runs a plain line as it is */
export function shellThatSaid(word: string): WindowsShell {
	return /^%OS% Windows/.test(word) ? 'powershell' : 'cmd';
}

/** Windows PowerShell has Get-FileHash as a script, which the policy of a workstation would not let run. */
const helperInterpreter = ['powershell', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'] as const;

/** An error of our own text ends it before the script begins. */
const preamble = "$ProgressPreference='SilentlyContinue';$ErrorActionPreference='Stop'";

/** -InputFormat None: standard input is the script's own. PowerShell before 5 would wait for its end after the script's. */
function lineFor([program, ...flags]: ScriptInFrame['interpreter'], text: string, shell: WindowsShell): string {
	const encoded = Buffer.from(text, 'utf16le').toString('base64');
	const line = [program, ...flags, '-InputFormat', 'None', '-EncodedCommand', encoded].join(' ');
	// PowerShell makes 0 or 1 of a program's exit code, unless told otherwise
	return shell === 'powershell' ? `${line}; exit $LASTEXITCODE` : line;
}

/** Names of WHATWG encodings are .NET's, but for UTF-8, which must not begin with a byte order mark. */
function printIn(encoding: string): string {
	const name = new TextDecoder(encoding).encoding;
	const value = name === 'utf-8' ? 'New-Object Text.UTF8Encoding $false' : `[Text.Encoding]::GetEncoding('${name}')`;
	return `try{[Console]::OutputEncoding=${value}}catch{}`;
}

function readSecrets(names: readonly string[], token: string): readonly string[] {
	return names.length === 0
		? []
		: [
				"$fieldbook=[Console]::In.ReadLine() -split ' '",
				`if($fieldbook.Count -ne ${names.length + 1} -or $fieldbook[-1] -ne '.'){${sayNotWhole(token)}}`,
				...names.map(
					(name, index) =>
						`$env:${name}=[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($fieldbook[${index}]))`,
				),
			];
}

/** > | cGFzcw== c2VjcmV0 .      the dot says that all of it came */
function secretLine(secrets: Readonly<Record<string, string>>): string {
	const values = Object.values(secrets);
	return values.length === 0
		? ''
		: `${[...values.map(value => Buffer.from(value).toString('base64')), '.'].join(' ')}\r\n`;
}

function bootstrap(bytes: Uint8Array, token: string): string {
	const hash = createHash('sha256')
		.update(bytes)
		.digest('hex')
		.toUpperCase()
		.replaceAll(/..(?!$)/g, '$&-');
	return [
		preamble,
		"$hash='';try{$fieldbook=[Convert]::FromBase64String([Console]::In.ReadLine())",
		'$hash=[BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($fieldbook))}catch{}',
		`if($hash -ne '${hash}'){${sayNotWhole(token)}}`,
		'. ([scriptblock]::Create([Text.Encoding]::UTF8.GetString($fieldbook)))',
	].join('\n');
}

function sayNotWhole(token: string): string {
	return `[Console]::Out.WriteLine('${token} -');exit 125`;
}
