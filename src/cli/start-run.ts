import {createHash} from 'node:crypto';
import {hostname, userInfo} from 'node:os';
import {basename, resolve} from 'node:path';
import * as z from 'zod';
import {formatProblems} from '../document/format-problem.js';
import type {RunPlan} from '../engine/plan.js';
import type {HostAccess} from '../engine/ports.js';
import type {LabOptions} from '../lab/start.js';
import type {Pace, Selection} from '../run/event.js';
import {MIN_ENCODED_CHARACTERS} from '../run/needles.js';
import type {BoundSite} from '../runbook/bind.js';
import type {HostName, Runbook, StepId} from '../runbook/runbook.js';
import type {SiteHost, Values} from '../runbook/site.js';
import {FROM_DAMAGE} from '../store/clear-errors.js';
import {openDeviceKey} from '../store/device-key.js';
import {keptFacts} from '../store/kept-files.js';
import type {SeenRun} from '../store/look.js';
import {sanitiseLine} from '../text/sanitise.js';
import {sealed} from '../text/secret.js';
import {UserError} from '../text/user-error.js';
import type {HostKeyPolicy} from '../transport/transport.js';
import type {Decided} from './edited-runbook.js';
import type {LabChoice} from './lab-options.js';
import {type OpenedFile, withRows} from './open-runbook.js';
import {newRunFile, runsFolder, stateFolder} from './places.js';
import {resumedLease} from './resumed-lease.js';
import {type FoldedRun, foldRun, runbookFiles} from './run-list.js';
import {takeVariable} from './secret-variables.js';
import {newId, type SessionSpec, type WorldSpec} from './session.js';
import {bindSheet, knownHostsOf, type OpenedSheet, sshConfigOf} from './sheet.js';
import {version} from './version.js';

/** What a person chose before a run begins. */
export type StartChoices = {
	readonly opened: OpenedFile;
	readonly sheet: OpenedSheet;
	/** By the key of the field, over the sheet. */
	readonly set: Readonly<Record<string, string>>;
	/** Typed into the sheet. */
	readonly secrets: Values;
	readonly mode: 'real' | 'rehearsal';
	readonly pace: Pace;
	readonly detach: RunPlan['detach'];
	readonly selection: Selection;
	readonly runFile: string | undefined;
	readonly hostKeys: HostKeyPolicy;
	readonly lab: LabChoice;
};

/** The blob that holds where the hosts are and which world the run plays in; no secrets. */
const WORLD_BLOB = 'world.json';

/**
Everything for a new run, as data; nothing is opened or written yet.

Rejects with a UserError (status 2) that prints every problem of the sheet, or names a step that `--only` or `--start-at` does
not find.
*/
export async function specOfNewRun(choices: StartChoices): Promise<SessionSpec> {
	const {sheet, mode, selection} = choices;
	requireSteps(choices.opened);
	const bound = bindSheet(choices.opened, sheet, choices.set);
	requireBound(bound, sheet, choices.opened);
	const opened = withRows(choices.opened, bound.tables);
	requireSelected(opened, selection);
	const references = referencesOf(bound);
	const secrets = sealed({...secretsAt({...passwordsOf(bound.hosts), ...references}), ...choices.secrets});
	requireNoSecretIn(bound, secrets);
	const startedAt = new Date().toISOString();
	const runId = newId();
	const path = choices.runFile ?? newRunFile(runsFolder(process.env), opened.runbook.title, startedAt);
	const world = await worldOf({...choices, opened}, bound, runId, path);
	const meta = {runId, title: opened.runbook.title, createdBy: `fieldbook ${version}`};
	const kept: KeptWorld = {hosts: bound.hosts, world, secrets: references};
	const blobs = [...runbookFiles(opened), {name: WORLD_BLOB, bytes: Buffer.from(JSON.stringify(kept))}];
	return {
		plan: {
			...planOf(opened, hostAccess(opened.runbook, bound.hosts)),
			detach: choices.detach,
			open: {
				kind: 'start',
				runId,
				runbook: {
					file: basename(opened.file),
					sha256: createHash('sha256').update(opened.source).digest('hex'),
					path: resolve(opened.file),
				},
				mode,
				pace: choices.pace,
				values: bound.values,
				...(Object.keys(bound.tables).length === 0 ? {} : {tables: bound.tables}),
				selection,
				kept: keptFacts(meta, blobs),
				...whoAndWhere(),
			},
		},
		runFile: {kind: 'new', path, meta, blobs},
		world,
		secrets,
		localUser: userInfo().username,
		stateFolder: stateFolder(process.env),
	};
}

async function worldOf(choices: StartChoices, bound: BoundSite, runId: string, path: string): Promise<WorldSpec> {
	const {opened, sheet, mode} = choices;
	if (mode === 'real') {
		return {kind: 'real', knownHosts: knownHostsFiles(sheet), sshConfig: sshConfigOf(sheet), policy: choices.hostKeys};
	}

	// The whole lab comes with it: a run on real hosts does not wait for that
	const {labOptions} = await import('./lab-options.js');
	return {kind: 'lab', lab: labOptions(opened, rehearsedHosts(opened, bound), choices.lab, runId, resolve(path))};
}

export type ResumeChoices = {
	/** Undefined: as before. */
	readonly pace: Pace | undefined;
	readonly detach: RunPlan['detach'];
	/** That of its lab, if it is a rehearsal. */
	readonly speed: number;
	/** Whoever holds the run, it is this one's from now on. */
	readonly takeOver: boolean;
	/** What somebody said about its edited runbook; undefined: nothing. */
	readonly decided?: Decided | undefined;
};

/** `lastSeq`: the last event that was recorded before. */
export type ResumedRun = {readonly spec: SessionSpec; readonly lastSeq: number};

/**
Everything to go on with a run.

Throws a UserError (status 5) if its file is held, damaged or from another fieldbook, or if another device has not let go
of the run.
*/
export async function specOfResumedRun(
	path: string,
	{pace, detach, speed, takeOver, decided}: ResumeChoices,
): Promise<ResumedRun> {
	const folded = foldRun(path);
	const {seen, state} = folded;
	if (seen.damage !== undefined) {
		throw new UserError('run-damaged', `${path} is damaged. ${seen.damage}`, FROM_DAMAGE, 5);
	}

	const opened = decided?.opened ?? folded.opened;
	const kept = keptWorld(path, seen.blobs.get(WORLD_BLOB));
	const spec: SessionSpec = {
		plan: {
			...planOf(opened, hostAccess(opened.runbook, kept.hosts)),
			detach,
			open: {
				kind: 'resume',
				pace,
				...(decided === undefined ? {} : {edited: decided.edited}),
				...(await resumedLease(path, folded, whoAndWhere(), takeOver)),
			},
		},
		runFile: {kind: 'existing', path},
		world: kept.world.kind === 'lab' ? {kind: 'lab', lab: {...kept.world.lab, speed}} : kept.world,
		secrets: sealed(secretsAt({...passwordsOf(kept.hosts), ...kept.secrets})),
		localUser: userInfo().username,
		stateFolder: stateFolder(process.env),
	};
	return {spec, lastSeq: state.lastSeq};
}

/** What there is to see of a run, as it was kept: of a damaged one as far as it can be read. Throws a UserError (status 5). */
export function planOfKeptRun(path: string, {seen, opened}: FoldedRun): Omit<RunPlan, 'open' | 'detach'> {
	return planOf(opened, hostAccess(opened.runbook, keptWorld(path, seen.blobs.get(WORLD_BLOB)).hosts));
}

/** How each host of a run encodes what it prints: a WHATWG label. */
export function keptEncodings(path: string, {blobs}: SeenRun): (host: HostName) => string {
	const {hosts} = keptWorld(path, blobs.get(WORLD_BLOB));
	return host => hosts[host]?.encoding ?? 'utf-8';
}

function planOf(opened: OpenedFile, hosts: Readonly<Record<HostName, HostAccess>>) {
	return {runbook: opened.runbook, graph: opened.graph, hosts, linkedFiles: opened.linkedFiles};
}

function whoAndWhere() {
	const {fingerprint} = openDeviceKey(stateFolder(process.env));
	return {by: userInfo().username, device: hostname(), deviceKey: fingerprint, version};
}

function requireBound({problems}: BoundSite, sheet: OpenedSheet, {sources}: OpenedFile): void {
	const errors = problems.filter(({severity}) => severity === 'error');
	if (errors.length === 0) {
		return;
	}

	throw new UserError(
		'sheet-wrong',
		`${formatProblems(errors, new Map([...sources, [sheet.file, sheet.text]]))}\nNothing was run.`,
		`Correct ${sheet.file}, or give values with --set.`,
		2,
	);
}

/** Values are written down, so none may hold a secret. Shorter ones are in many words by chance. */
function requireNoSecretIn({values, tables}: BoundSite, secrets: Values): void {
	const all = Object.values(secrets).flatMap(byHost => Object.values(byHost));
	const long = all.filter(secret => secret.length >= MIN_ENCODED_CHARACTERS);
	for (const [name, texts] of [...Object.entries(values), ...Object.entries(tables)]) {
		if (long.some(secret => JSON.stringify(texts).includes(JSON.stringify(secret).slice(1, -1)))) {
			throw new UserError(
				'secret-in-clear',
				`The value of ${sanitiseLine(name)} holds a secret of this run, and values are written down.`,
				'Declare it as a secret too, or change the secret. Nothing was run.',
				2,
			);
		}
	}
}

/** Those that steps may run on: the lab serves them all itself, so a host that only leads to others need not be there. */
function rehearsedHosts({runbook}: OpenedFile, {hosts}: BoundSite): readonly HostName[] {
	return runbook.plain ? Object.keys(hosts) : runbook.hosts.map(({name}) => name);
}

function requireSteps({file, graph}: OpenedFile): void {
	if (graph.nodes.length === 0) {
		throw new UserError(
			'no-steps',
			`${sanitiseLine(file)} has no steps: there is nothing to run.`,
			'Steps are list items and code blocks; see docs/dialect.md.',
			2,
		);
	}
}

/** The document says `register`, and the run `machines/register[vm1]`. */
function meantBy(id: StepId, ids: readonly StepId[]): string {
	const called = ids.filter(other => other.replace(/\[.*$/, '').replace(/^.*\//, '') === id);
	return called.length === 0 ? '' : `Here it is ${called.slice(0, 3).join(', ')}${called.length > 3 ? ', …' : ''}. `;
}

function requireSelected({graph}: OpenedFile, {startAt, only}: Selection): void {
	for (const [option, id] of [
		['--start-at', startAt],
		['--only', only],
	] as const) {
		const ids = graph.nodes.map(({step}) => step.id);
		if (id !== null && !ids.includes(id)) {
			throw new UserError(
				'unknown-step',
				`${option} ${id}: the runbook has no step of that id.`,
				`${meantBy(id, ids)}\`fieldbook graph\` prints the steps with their ids.`,
				2,
			);
		}
	}
}

function hostAccess(
	runbook: Runbook,
	hosts: Readonly<Record<HostName, SiteHost>>,
): Readonly<Record<HostName, HostAccess>> {
	return Object.fromEntries(
		Object.entries(hosts).map(([name, host]) => {
			const declared = runbook.hosts.find(candidate => candidate.name === name);
			return [name, {...host, name, platform: host.platform ?? declared?.platform ?? 'linux'}];
		}),
	);
}

function knownHostsFiles(sheet: OpenedSheet): readonly [string] | undefined {
	const own = knownHostsOf(sheet);
	return own === undefined ? undefined : [own];
}

/** The values of what is named so; a variable that is not set is asked for later. */
function secretsAt(references: Values): Values {
	const found = Object.entries(references).flatMap(([name, byHost]) => {
		const values = Object.entries(byHost).flatMap(([host, reference]) => {
			const value = fromEnvironment(reference);
			return value === undefined ? [] : [[host, value] as const];
		});
		return values.length === 0 ? [] : [[name, Object.fromEntries(values)] as const];
	});
	return Object.fromEntries(found);
}

/** Where the secrets of a sheet are to be found, by name and host: `env:NAME`. What is asked for is not there. */
function referencesOf({fields}: BoundSite): Values {
	const references: Record<string, Record<string, string>> = {};
	for (const {param, host, secret, value} of fields) {
		if (secret && value !== '') {
			references[param] = {...references[param], [host ?? '*']: value};
		}
	}

	return references;
}

function passwordsOf(hosts: Readonly<Record<HostName, SiteHost>>): Values {
	const named = Object.entries(hosts).flatMap(([name, {password}]) =>
		password === undefined ? [] : [[name, password] as const],
	);
	return {password: Object.fromEntries(named)};
}

function fromEnvironment(reference: string): string | undefined {
	const name = /^env:(\w+)$/.exec(reference)?.[1];
	return name === undefined ? undefined : takeVariable(name);
}

/** The lab's speed is chosen anew whenever a run is opened. */
type KeptWorld = {
	readonly hosts: Readonly<Record<HostName, SiteHost>>;
	readonly world: Extract<WorldSpec, {kind: 'real'}> | {readonly kind: 'lab'; readonly lab: Omit<LabOptions, 'speed'>};
	/** Where they are to be found, and never what they are. */
	readonly secrets: Values;
};

const optional = z.string().optional();
const KeptHost = z
	.object({
		address: z.string(),
		port: z.int().optional(),
		user: optional,
		auth: z.enum(['key', 'agent', 'password', 'keyboard-interactive']).optional(),
		key: optional,
		password: optional,
		jump: optional,
		legacy: z.boolean().default(false),
		transport: z.enum(['system']).optional(),
		sudo: z.boolean(),
		platform: z.enum(['esxi', 'linux', 'windows', 'esx4']).optional(),
		encoding: z.string(),
	})
	.transform(
		({port, user, auth, key, password, jump, platform, ...host}): SiteHost => ({
			...host,
			port,
			user,
			auth,
			key,
			password,
			jump,
			platform,
		}),
	);
const KeptWorld = z.object({
	hosts: z.record(z.string(), KeptHost),
	world: z.discriminatedUnion('kind', [
		z.object({
			kind: z.literal('real'),
			knownHosts: z.tuple([z.string()], z.string()).optional(),
			sshConfig: optional,
			policy: z.enum(['strict', 'ask', 'accept-new']),
		}),
		z.object({
			kind: z.literal('lab'),
			lab: z.custom<Omit<LabOptions, 'speed'>>(value => typeof value === 'object' && value !== null),
		}),
	]),
	secrets: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

function keptWorld(path: string, blob: Uint8Array | undefined): KeptWorld {
	try {
		return KeptWorld.parse(JSON.parse(Buffer.from(blob ?? []).toString('utf8')));
	} catch {
		throw new UserError('run-damaged', `${path} has lost where its hosts are.`, 'Go on from an intact copy.', 5);
	}
}
