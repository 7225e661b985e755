import {existsSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';

/**
Where fieldbook keeps what it keeps on this laptop.

`FIELDBOOK_HOME` wins; else the user's state folder. Source: XDG Base Directory Specification 0.8, `$XDG_STATE_HOME`;
on Windows `%LOCALAPPDATA%`.
*/
export function stateFolder(environment: Readonly<Record<string, string | undefined>>): string {
	const {FIELDBOOK_HOME: own, XDG_STATE_HOME: xdg, LOCALAPPDATA: local} = environment;
	if (own !== undefined && own !== '') {
		return own;
	}

	const base =
		xdg !== undefined && xdg !== ''
			? xdg
			: process.platform === 'win32' && local !== undefined
				? local
				: join(homedir(), '.local', 'state');
	return join(base, 'fieldbook');
}

export function runsFolder(environment: Readonly<Record<string, string | undefined>>): string {
	return join(stateFolder(environment), 'runs');
}

/** Where a new run goes: `esxi-base-set-up-20261120-141107.fieldbook`, with `-2` where another one has begun that second. */
export function newRunFile(folder: string, title: string, startedAt: string): string {
	const name = runName(title, startedAt);
	let file = join(folder, `${name}.fieldbook`);
	for (let number = 2; existsSync(file); number++) {
		file = join(folder, `${name}-${number}.fieldbook`);
	}

	return file;
}

/** The lab file beside a runbook; undefined: there is none. */
export function labFileOf(runbookFile: string): string | undefined {
	const file = join(dirname(runbookFile), 'lab.yaml');
	return existsSync(file) ? file : undefined;
}

/** Where the simulated world of a rehearsal is kept: beside its run. */
export function worldFileOf(runFile: string): string {
	return `${runFile.replace(/\.fieldbook$/, '')}.world.json`;
}

/** Sorts by title, then time. `startedAt` is ISO 8601. */
function runName(title: string, startedAt: string): string {
	const slug = title
		.toLowerCase()
		.replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
		.replaceAll(/^-+|-+$/g, '')
		.slice(0, 60);
	const time = startedAt.replace(/\..*$/, '').replaceAll(/[-:]/g, '').replace('T', '-');
	return `${slug === '' ? 'run' : slug}-${time}`;
}
