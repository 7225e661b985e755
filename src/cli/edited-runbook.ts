import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {userInfo} from 'node:os';
import {basename, resolve} from 'node:path';
import type {EditedRunbook} from '../engine/plan.js';
import type {StepText} from '../graph/content.js';
import {adoptionOf, driftOf} from '../run/drift.js';
import {evolve} from '../run/evolve.js';
import type {RunState} from '../run/state.js';
import {keyOfField} from '../runbook/bind.js';
import {emptySite} from '../runbook/read-site.js';
import type {Runbook} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import {copyHash} from '../store/kept-files.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {type DriftView, driftView} from '../view/drift.js';
import {counted} from '../view/names.js';
import {type OpenedFile, openRunbookFile, underRunNames, withRows} from './open-runbook.js';
import {blobName, type FoldedRun, runbookFiles} from './run-list.js';
import {bindSheet, type OpenedSheet, openSheet} from './sheet.js';

/** What the command line says about it. */
export type EditedChoice = {
	/** Another file than the one that the run was started from. */
	readonly runbook: string | undefined;
	readonly site: string | undefined;
	readonly set: Readonly<Record<string, string>>;
};

/** The runbook's file, where it says something else now than what the run executes. */
export type FoundEdited =
	/** Nothing can be made of it: why not. */
	| {readonly kind: 'told'; readonly words: string}
	| {
			readonly kind: 'differs';
			readonly view: DriftView;
			/** Undefined: it cannot be adopted, for what `view.obstacles` says. */
			readonly adopt: Decided | undefined;
			/** It is not asked about again. */
			readonly keep: Decided;
	  };

/** What somebody said about it, and what the run executes from then on. */
export type Decided = {readonly edited: EditedRunbook; readonly opened: OpenedFile};

/**
Looks whether the file that a run was started from, or what it includes or links to, was edited since. Undefined: it was not,
or it is not here, or what it says now was declined before.

Throws a UserError (status 2) where the command line names a file that cannot be read.
*/
export function findEdited(run: FoldedRun, choice: EditedChoice): FoundEdited | undefined {
	const {state} = run;
	const path = choice.runbook ?? state.executes?.runbook.path;
	const isOver = state.started === undefined || state.status === 'finished';
	if (path === undefined || isOver || (choice.runbook === undefined && !existsSync(path))) {
		return undefined;
	}

	const now = openedNow(path, choice);
	if (typeof now === 'string') {
		return {kind: 'told', words: now};
	}

	const copy = hashOf(now);
	if (copy === hashOf(run.opened) || (choice.runbook === undefined && state.declined.has(copy))) {
		return undefined;
	}

	const errors = now.problems.filter(({severity}) => severity === 'error');
	return errors.length > 0
		? {
				kind: 'told',
				words: `${sanitiseLine(path)} was edited, and has ${counted(errors.length, 'error')} now: the run keeps its own runbook. \`fieldbook check\` prints them.`,
			}
		: compared(run, {path, copy, opened: withRows(now, state.started?.tables ?? {})}, choice);
}

/** The file as it is now, or why it cannot be read. */
function openedNow(path: string, choice: EditedChoice): OpenedFile | string {
	try {
		return openRunbookFile(path);
	} catch (error) {
		if (error instanceof UserError && choice.runbook === undefined) {
			return `${error.message} The run keeps its own runbook.`;
		}

		throw error;
	}
}

/** All that belongs to it: its text, and the files that it includes or links to. */
function hashOf(opened: OpenedFile): string {
	return copyHash(runbookFiles(opened).map(({name, bytes}) => ({name, sha256: sha256(bytes)})));
}

function sha256(bytes: Uint8Array | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}

type Edited = {readonly path: string; readonly copy: string; readonly opened: OpenedFile};

function compared(run: FoldedRun, {path, copy, opened}: Edited, choice: EditedChoice): FoundEdited {
	const state = asResumed(run.state);
	const drift = driftOf(textOf(run.opened), {runbook: opened.runbook, linked: linkedHashes(opened)}, state);
	const view = driftView(drift, run.graph, state, basename(path));
	const bound = newValues(run, opened, path, choice);
	const obstacles = [...view.obstacles, ...otherHosts(run, opened.runbook), ...bound.obstacles];
	const by = userInfo().username;
	const adopted: EditedRunbook = {
		event: adoptionOf(drift, run.graph, {
			by,
			runbook: {file: basename(path), sha256: sha256(opened.source), path: resolve(path)},
			copy,
			before: state.executes?.copy ?? null,
			values: bound.values,
		}),
		files: runbookFiles(opened).map(({name, bytes}) => ({name: blobName(copy, name), bytes})),
	};
	return {
		kind: 'differs',
		view: {...view, obstacles},
		adopt: obstacles.length > 0 ? undefined : {edited: adopted, opened: underRunNames(opened, drift.calls)},
		keep: {edited: {event: {type: 'RunbookKept', by, copy}, files: []}, opened: run.opened},
	};
}

/** What was under way when fieldbook stopped is unknown, or begins again. */
function asResumed(state: RunState): RunState {
	const event = {type: 'RunResumed', by: '', device: '', version: ''} as const;
	return evolve(state, {seq: state.lastSeq + 1, at: '', event});
}

function textOf(opened: OpenedFile): StepText {
	return {graph: opened.graph, linked: linkedHashes(opened)};
}

function linkedHashes({linkedFiles}: OpenedFile): StepText['linked'] {
	return new Map([...linkedFiles].map(([url, bytes]) => [url, sha256(bytes)]));
}

/** The run knows its hosts since it was started, and its lab, in a rehearsal, has no others. */
function otherHosts({state, opened}: FoldedRun, {hosts, plain}: Runbook): readonly string[] {
	const known = state.started?.hosts ?? {};
	const platforms = new Map(opened.runbook.hosts.map(({name, platform}) => [name, platform]));
	return [
		...(plain === opened.runbook.plain ? [] : ['It is another kind of document: the front matter came or went.']),
		...hosts
			.filter(({name}) => !Object.hasOwn(known, name))
			.map(({name}) => `The host ${sanitiseLine(name)} is new, and this run does not know where it is.`),
		...hosts
			.filter(({name, platform}) => (platforms.get(name) ?? platform) !== platform)
			.map(({name, platform}) => `The host ${sanitiseLine(name)} is declared as ${platform} now.`),
	];
}

const noSheet: OpenedSheet = {file: '', text: '', site: emptySite, problems: []};

type NewValues = {readonly values: Values; readonly obstacles: readonly string[]};

/**
What the run's own values leave open of what the edited runbook asks for, from the document, the sheet and \`--set\`. Values that
the run has are frozen, and must fit as they are.
*/
function newValues({state}: FoldedRun, {runbook}: OpenedFile, path: string, choice: EditedChoice): NewValues {
	const plain = runbook.params.filter(({type}) => type !== 'table');
	const isOpen = plain.some(({name, type}) => type !== 'secret' && !Object.hasOwn(state.values, name));
	const sheet = isOpen ? openSheet(path, choice.site, state.started?.mode ?? 'real') : noSheet;
	const frozen = plain.flatMap(({name, type}) =>
		type === 'secret'
			? []
			: Object.entries(state.values[name] ?? {}).map(([host, value]) => [keyOf(name, host), value]),
	);
	const {fields, values} = bindSheet({runbook: {...runbook, params: plain}}, sheet, {
		...choice.set,
		...Object.fromEntries(frozen),
	});
	const wrong = fields.filter(({param, problem}) => problem !== '' && plain.some(({name}) => name === param));
	return {
		values: Object.fromEntries(
			Object.entries(values).flatMap(([name, own]) => {
				const missing = Object.entries(own).filter(([host]) => state.values[name]?.[host] === undefined);
				return missing.length === 0 ? [] : [[name, Object.fromEntries(missing)]];
			}),
		),
		obstacles: [
			...wrong.map(
				({param, host, problem}) =>
					`The value "${sanitiseLine(param)}"${host === undefined ? '' : ` of ${sanitiseLine(host)}`} ${sanitiseLine(problem)}: write it into the site file beside the runbook, or give it with --set.`,
			),
			...newColumns(runbook, state),
		],
	};
}

function keyOf(param: string, host: string): string {
	return keyOfField({param, host: host === '*' ? undefined : host});
}

/** The rows of tables are frozen as well: phases were repeated for them. */
function newColumns({params}: Runbook, {started}: RunState): readonly string[] {
	return params.flatMap(({name, type, columns}) => {
		const rows = started?.tables?.[name];
		const isKnown = rows?.every(row => columns.every(column => Object.hasOwn(row, column.name))) ?? false;
		return type !== 'table' || isKnown
			? []
			: [`The table "${sanitiseLine(name)}" is not the one that this run has the rows of.`];
	});
}
