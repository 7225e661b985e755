import type {Fence} from '../document/document.js';
import type {Place} from '../document/problem.js';
import type {Compiling} from './compiling.js';
import {posixZones} from './posix-zones.js';
import {powershellZones} from './powershell-zones.js';
import type {ProblemList} from './problem-list.js';
import type {Script, Shell} from './runbook.js';
import type {ZoneKind, Zones} from './shell-zones.js';
import {type Mark, readTemplate} from './template.js';

/** A fence's code as a script. Placeholders where their value would not be one word are problems. */
export function readScript(fence: Fence, shell: Shell, {problems}: Compiling): Script {
	const {code, codeLine, codeColumn, at} = fence;
	const {template, marks, malformed} = readTemplate(code, {
		line: codeLine,
		column: codeColumn,
		indentation: codeColumn,
	});
	refuseMalformed(malformed, problems);
	refuseInvisible(fence, problems);
	if (code.trim() === '') {
		problems.error('empty-script', at, 'This script is empty.', 'Write what is to be run.');
	}

	const shebang = shell === 'powershell' ? undefined : shebangOf(code);
	if (shebang !== undefined) {
		checkShebang(shebang, {line: codeLine, column: codeColumn, length: 2}, problems);
	}

	if (marks.length > 0) {
		checkMarks(code, marks, shell, problems);
	}

	return {shell, shebang, template, at};
}

export function refuseMalformed(places: readonly Place[], problems: ProblemList): void {
	for (const at of places) {
		problems.error(
			'bad-placeholder',
			at,
			'`{{` begins no placeholder here.',
			'Write `{{name}}` without blanks, or `\\{{` for the braces themselves.',
		);
	}
}

/** Control characters and those that turn the writing direction: what is read would not be what runs. */
export function refuseInvisible(
	{code, codeLine, codeColumn}: Pick<Fence, 'code' | 'codeLine' | 'codeColumn'>,
	problems: ProblemList,
): void {
	if (!hidden.test(code)) {
		return;
	}

	for (const [index, line] of code.split('\n').entries()) {
		const column = line.search(hidden);
		if (column !== -1) {
			const point = line.codePointAt(column)?.toString(16).toUpperCase().padStart(4, '0');
			problems.error(
				'control-character',
				{line: codeLine + index, column: codeColumn + column, length: 1},
				`The character U+${point} stands here and cannot be seen.`,
				'Take it out, or write it as an escape such as \\033.',
			);
		}
	}
}

const hidden = /[\p{Cc}\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF](?<!\t|\n)/u;

/** What Linux makes of a first line: an interpreter, and everything behind it as one argument. Source: execve(2). */
export function shebangOf(code: string): Script['shebang'] {
	const [, path, argument = ''] = /^#![ \t]*(\S+)[ \t]*(.*?)[ \t]*(?:\n|$)/.exec(code) ?? [];
	return path === undefined ? undefined : argument === '' ? [path] : [path, argument];
}

function checkShebang([path, argument = '']: readonly string[], at: Place, problems: ProblemList): void {
	const interpreter = path?.endsWith('/env') ? argument : (path ?? '');
	if (!/(?:^|\/)(?:sh|bash|ash|dash|ksh|busybox)$/.test(interpreter)) {
		const help = 'Other interpreters run as files: put the script on the host with `file=` and call it.';
		problems.error('unknown-shell', at, `\`${interpreter}\` is no POSIX shell.`, help);
	} else if (/\s/.test(argument)) {
		const help = 'Write the flags as one word, such as `-eux`.';
		problems.error('bad-shebang', at, `Linux passes \`${argument}\` as one argument.`, help);
	}
}

export function zonesOf(code: string, shell: Shell): Zones {
	return shell === 'powershell' ? powershellZones(code) : posixZones(code, shell);
}

function checkMarks(code: string, marks: readonly Mark[], shell: Shell, problems: ProblemList): void {
	const {zones} = zonesOf(code, shell);
	const sorted = zones.toSorted((a, b) => a.start - b.start || b.end - a.end);
	let next = 0;
	let open: Array<{end: number; kind: ZoneKind}> = [];
	for (const {placeholder, offset, length} of marks) {
		for (let zone = sorted[next]; zone !== undefined && zone.start <= offset; zone = sorted[++next]) {
			open.push(zone);
		}

		open = open.filter(({end}) => end > offset);
		const zone = open.at(-1);
		const mark = code.slice(offset, offset + length);
		if (zone !== undefined) {
			problems.error(
				'placeholder-in-quotes',
				placeholder.at,
				`\`${mark}\` stands in ${zone.kind}, where its value would not be quoted.`,
				insteadOf(placeholder.name, placeholder.host, shell),
			);
		} else if (
			shell === 'powershell' &&
			/^(?:[\w\\/:%~-]|\{\{)/.test(code.slice(offset + length, offset + length + 2))
		) {
			problems.error(
				'placeholder-in-quotes',
				placeholder.at,
				`PowerShell would read what stands right behind \`${mark}\` as another argument.`,
				insteadOf(placeholder.name, placeholder.host, shell),
			);
		}
	}
}

function insteadOf(name: string, host: string | undefined, shell: Shell): string {
	if (name.includes('.') || host !== undefined) {
		const mark = host === undefined ? `{{${name}}}` : `{{${name}@${host}}}`;
		return `Give it a variable first, such as ${shell === 'powershell' ? '$' : ''}x=${mark}, and use that.`;
	}

	const variable = shell === 'powershell' ? `$env:${name}` : `$${name}`;
	return `Use the variable \`${variable}\`, in double quotes: every value is exported under its name.`;
}
