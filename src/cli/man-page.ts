import {say} from './output.js';
import type {CommandEntry, CommandTable, OptionEntry} from './program.js';
import {version} from './version.js';

/** `fieldbook man`: the manual page on standard output. */
export async function man(table: CommandTable): Promise<number> {
	await say(manualPage(table));
	return 0;
}

/** The page in the `man` macros. Source: groff_man(7). */
export function manualPage(table: CommandTable): string {
	const [own, ...commands] = table;
	return [
		`.TH FIELDBOOK 1 "" "fieldbook ${roff(version)}" "User Commands"`,
		'.SH NAME',
		'fieldbook \\- walk through a Markdown runbook over SSH and keep one file that proves what was done',
		'.SH SYNOPSIS',
		...[own, ...commands].flatMap(entry => (entry === undefined ? [] : synopsis(entry))),
		'.SH DESCRIPTION',
		roff(own?.description ?? ''),
		'Without a command it shows the home screen: runs to go on with first, then runbooks.',
		'.SH OPTIONS',
		...(own?.options ?? []).flatMap(option),
		'.SH COMMANDS',
		...commands.flatMap(command),
		'.SH EXIT STATUS',
		...statuses.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, roff(meaning)]),
		'Where several hold, the first of 70, 130, 5, 4, 3, 2, 1.',
		'.SH ENVIRONMENT',
		...variables.flatMap(([name, meaning]) => ['.TP', `.B ${name}`, roff(meaning)]),
		'',
	].join('\n');
}

function synopsis({name, usage}: CommandEntry): readonly string[] {
	return [`.B fieldbook${name === '' ? '' : ` ${roff(name)}`}`, roff(usage.replace(/ ?\[command\]/, '')), '.br'];
}

function command({name, description, options}: CommandEntry): readonly string[] {
	return [`.SS ${roff(name)}`, roff(sentence(description)), ...options.flatMap(option)];
}

function option({flags, description, choices}: OptionEntry): readonly string[] {
	const among = choices.length === 0 ? '' : ` One of ${choices.join(', ')}.`;
	return ['.TP', `.B ${roff(flags)}`, roff(`${sentence(description)}${among}`)];
}

function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!]$/.test(text) ? '' : '.'}`;
}

/** A backslash begins an escape, a point or quote at the start of a line a request, and `-` is a hyphen. */
function roff(text: string): string {
	return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}

const statuses = [
	['0', 'All done.'],
	['1', 'A step failed or was left open.'],
	['2', 'The runbook, the site file or the command line is wrong.'],
	['3', 'The outcome of a step is unknown.'],
	['4', 'A host refused the login or showed another host key.'],
	['5', 'The run file is locked, full, read-only or damaged.'],
	['70', 'A bug of fieldbook.'],
	['130', 'Interrupted.'],
] as const;

const variables = [
	['FIELDBOOK_HOME', 'Where runs are kept; default: the fieldbook folder of $XDG_STATE_HOME or ~/.local/state.'],
	['NO_COLOR', 'Anything: no colours.'],
	['SSH_AUTH_SOCK', 'The agent whose keys are offered to hosts.'],
] as const;
