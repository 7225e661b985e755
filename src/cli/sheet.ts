import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import type {Problem} from '../document/problem.js';
import {type BoundSite, bindRows, bindSite} from '../runbook/bind.js';
import {emptySite, readSite} from '../runbook/read-site.js';
import type {ParamName} from '../runbook/runbook.js';
import type {Site, Tables} from '../runbook/site.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {counted} from '../view/names.js';
import {type OpenedFile, readText, withRows} from './open-runbook.js';
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

/** How many steps a run with these rows has. `without`: tables that have none, and for whose rows it would have more. */
export type StepCount = {readonly steps: number; readonly without: readonly ParamName[]};

export function countSteps(opened: OpenedFile, tables: Tables): StepCount {
	const repeated = new Set(opened.runbook.phases.flatMap(({each}) => (each === undefined ? [] : [each.of])));
	const {params} = opened.runbook;
	return {
		steps: withRows(opened, tables).graph.nodes.length,
		without: params.flatMap(({name, type}) =>
			type === 'table' && repeated.has(name) && (tables[name] ?? []).length === 0 ? [name] : [],
		),
	};
}

/** The same with the rows of the sheet that a rehearsal would take; what is wrong with that sheet is told when it is opened. */
export function countStepsBeside(opened: OpenedFile): StepCount {
	try {
		return countSteps(opened, bindRows(opened.runbook, openSheet(opened.file, undefined, 'rehearsal').site).tables);
	} catch (error) {
		if (error instanceof UserError) {
			return countSteps(opened, {});
		}

		throw error;
	}
}

/** `14 steps`, `9 steps, more with rows of vms`. */
export function stepWords({steps, without}: StepCount): string {
	const more = without.length === 0 ? '' : `, more with rows of ${without.map(sanitiseLine).join(' and ')}`;
	return `${counted(steps, 'step')}${more}`;
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
