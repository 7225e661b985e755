import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import type {Problem} from '../document/problem.js';
import {type BoundSite, bindSite} from '../runbook/bind.js';
import {emptySite, readSite} from '../runbook/read-site.js';
import type {Site} from '../runbook/site.js';
import {UserError} from '../text/user-error.js';
import {type OpenedFile, readText} from './open-runbook.js';
import {environmentWithTaken} from './secret-variables.js';

/** The parameter sheet that goes with a runbook: the file it is in, its text, and what it says. */
export type OpenedSheet = {
	/** Where it is, or where it would be written. */
	readonly file: string;
	readonly text: string;
	readonly site: Site;
	readonly problems: readonly Problem[];
};

/**
The sheet of a runbook: `--site`, else `site.yaml` beside it; in a rehearsal the example beside it will do.

Throws a UserError (status 2) if the file that was named cannot be read.
*/
export function openSheet(runbookFile: string, named: string | undefined, mode: 'real' | 'rehearsal'): OpenedSheet {
	const folder = dirname(runbookFile);
	const own = join(folder, 'site.yaml');
	const example = join(folder, 'site.example.yaml');
	const file = named ?? (mode === 'rehearsal' && !existsSync(own) && existsSync(example) ? example : own);
	if (named === undefined && !existsSync(file)) {
		return {file, text: '', site: {...emptySite, file}, problems: []};
	}

	const text = readText(file, 'site file');
	return {file, text, ...readSite(file, text)};
}

/** The known_hosts file that the sheet names, as a path from here; undefined: the user's own. */
export function knownHostsOf({file, site: {knownHosts}}: OpenedSheet): string | undefined {
	return knownHosts === undefined ? undefined : resolve(dirname(file), knownHosts);
}

/**
The ssh configuration that the sheet names, as a path from here; undefined: the user's own.

Throws a UserError (status 2) if there is none: to go on without it would lead to other hosts.
*/
export function sshConfigOf({file, site: {sshConfig}}: OpenedSheet): string | undefined {
	if (sshConfig === undefined) {
		return undefined;
	}

	const path = resolve(dirname(file), sshConfig);
	readText(path, 'ssh configuration');
	return path;
}

/** `--set` words by their key. Throws a UserError (status 2) for a word without `=`. */
export function readSet(words: readonly string[]): Readonly<Record<string, string>> {
	return Object.fromEntries(
		words.map(word => {
			const split = word.indexOf('=');
			if (split < 1) {
				throw new UserError(
					'usage',
					`--set ${word} has no value.`,
					'Write --set name=value, or --set name@host=value.',
					2,
				);
			}

			return [word.slice(0, split), word.slice(split + 1)];
		}),
	);
}

/** What the sheet and the command line give to the runbook, with the problems of both. */
export function bindSheet(
	{runbook}: Pick<OpenedFile, 'runbook'>,
	sheet: OpenedSheet,
	set: Readonly<Record<string, string>>,
): BoundSite {
	const bound = bindSite(runbook, sheet.site, set, environmentWithTaken());
	return {...bound, problems: [...sheet.problems, ...bound.problems]};
}
