import {shownTemplate} from './action.js';
import type {Annotation} from './annotation.js';
import type {IncludeDraft, StepDraft} from './assemble.js';
import type {Compiling} from './compiling.js';
import type {Inclusion} from './include.js';
import {hostsOf, type Names} from './names.js';
import type {Outline} from './outline.js';
import {suggestion} from './problem-list.js';
import {
	type CaptureFound,
	isRepeatedWith,
	resolveCondition,
	resolveTemplate,
	type Scope,
	type User,
} from './resolve.js';
import type {
	Action,
	Context,
	Gate,
	HostName,
	ParamName,
	ParamType,
	Phase,
	PhaseId,
	Runbook,
	Satellite,
	Script,
	Step,
	StepId,
	Target,
	Template,
} from './runbook.js';

/** A step with what it was made of and where it stands. */
export type Placed = {readonly step: Step; readonly draft: StepDraft; readonly outline: Outline};

/** An included runbook with where its link stands. */
export type IncludedThere = {readonly inclusion: Inclusion; readonly draft: IncludeDraft; readonly outline: Outline};

/** What all steps together declare. */
export function scopeOf(placed: readonly Placed[], included: readonly IncludedThere[], compiling: Compiling): Scope {
	const captures = capturesOf(placed, included, compiling);
	const params = [...compiling.names.params.values()].filter(({type}) => type !== 'secret' && type !== 'table');
	const types = new Map<ParamName, ParamType>([
		...params.map(({name, type}): [ParamName, ParamType] => [name, type]),
		...[...captures].map(([name, {type}]): [ParamName, ParamType] => [name, type]),
	]);
	const fileSteps = new Map(
		placed.flatMap(({step: {id, action, at}, outline: {repeats}}) =>
			action.kind === 'file' ? [[id, {path: action.path, line: at.line, repeats}]] : [],
		),
	);
	return {...compiling, captures, types, fileSteps, used: new Set()};
}

/** Checks what a step says of others: ids, values, conditions; and fills in the paths of file steps. */
export function resolveStep(
	{step, draft, outline}: Placed,
	index: number,
	repeatsById: ReadonlyMap<StepId, readonly number[]>,
	scope: Scope,
): Step {
	const {on, after} = step;
	const {annotation} = draft.piece;
	const {variables, repeats} = outline;
	const user: User = {on, variables, repeats, index: after === undefined ? index : undefined, isShown: false};
	const later: User = {...user, index: user.index === undefined ? undefined : user.index + 1};
	for (const {markdown, at} of draft.gates) {
		checkShown(markdown, at.line, user, scope);
	}

	return {
		...step,
		title: withPaths(step.title, scope),
		after: resolveAfter(step, annotation, repeatsById, scope),
		when: step.when && resolveCondition(step.when, outline, scope),
		context: step.context.map(context => resolveContext(context, user, scope)),
		gates: step.gates.map(gate => resolveGate(gate, user, scope)),
		action: resolveAction(step.action, user, scope),
		check: step.check && resolveSatellite(step.check, user, scope),
		verify: step.verify && resolveSatellite(step.verify, later, scope),
		undo: step.undo && resolveSatellite(step.undo, later, scope),
		measure: step.measure && {...step.measure, from: resolveFrom(step, draft, outline, repeatsById, scope)},
	};
}

/** Checks the placeholders of what is shown; a listing has none. */
export function resolveContext(context: Context, user: User, scope: Scope): Context {
	if (context.kind === 'listing') {
		return context;
	}

	return {...context, markdown: resolveShown(context.markdown, context.at.line, user, scope)};
}

/** Checks the placeholders of text that stands from `line` on. It keeps them; only the paths of file steps are written out. */
export function resolveShown(text: string, line: number, user: User, scope: Scope): string {
	checkShown(text, line, user, scope);
	return withPaths(text, scope);
}

/** Its values are those of the step's host, wherever it runs; where the step is on none, those of its own. */
export function resolveSatellite<T extends Satellite>(satellite: T, user: User, scope: Scope): T {
	const isOnHost = user.on !== undefined && user.on.kind !== 'local';
	const own = isOnHost ? user : {...user, on: satellite.on ?? user.on};
	return {...satellite, script: resolveScript(satellite.script, own, scope)};
}

/** By id, the sections with `each` around each step, those of included runbooks among them. */
export function repeatsById(
	placed: readonly Placed[],
	included: readonly IncludedThere[],
): ReadonlyMap<StepId, readonly number[]> {
	return new Map([
		...placed.map(({step, outline}) => [step.id, outline.repeats] as const),
		...included.flatMap(({inclusion: {name, runbook}, outline}) => {
			const repeated = repeatedPhases(runbook);
			return runbook.steps.map(({id, phase}) => {
				const isRepeated = (repeated.get(phase ?? '') ?? []).length > 0;
				return [`${name}/${id}`, isRepeated ? [...outline.repeats, ELSEWHERE] : outline.repeats] as const;
			});
		}),
	]);
}

/** A section of another document: nothing of this one stands in it. */
const ELSEWHERE = -1;

/** By phase, itself and those around it that have `each`. */
function repeatedPhases({phases}: Runbook): ReadonlyMap<PhaseId, readonly Phase[]> {
	const repeated = new Map<PhaseId, readonly Phase[]>();
	for (const phase of phases) {
		const around = repeated.get(phase.parent ?? '') ?? [];
		repeated.set(phase.id, phase.each === undefined ? around : [...around, phase]);
	}

	return repeated;
}

/** The values that included runbooks read, each as if it were read where the link stands. */
function includedCaptures(
	included: readonly IncludedThere[],
	{names, problems}: Compiling,
): Map<ParamName, CaptureFound> {
	const captures = new Map<ParamName, CaptureFound>();
	for (const {inclusion, draft, outline} of included) {
		const {piece, runbook} = inclusion;
		const phases = repeatedPhases(runbook);
		for (const step of runbook.steps.filter(({captures: capture}) => capture !== undefined)) {
			const {name = '', type = 'text'} = step.captures ?? {};
			const known = captures.get(name);
			const {on} = step;
			const repeated = (phases.get(step.phase ?? '') ?? []).filter(
				({each}) => on?.kind !== 'group' || on.each !== each?.variable,
			);
			const owners = ownersOf(step.on, names);
			if (isTaken(name, names)) {
				problems.error('duplicate-name', piece.at, `"${name}" is read in ${piece.url}, and means something else here.`);
			} else if (known === undefined) {
				const repeats = repeated.length > 0 ? [...outline.repeats, ELSEWHERE] : outline.repeats;
				captures.set(name, {type, line: piece.at.line, index: draft.before - 1, owners, repeats});
			} else if (known.type !== type) {
				problems.error(
					'duplicate-name',
					piece.at,
					`"${name}" is read as ${type} in ${piece.url}, and as ${known.type} on line ${known.line}.`,
				);
			} else {
				captures.set(name, {...known, owners: joinOwners(known.owners, owners)});
			}
		}
	}

	return captures;
}

function isTaken(name: ParamName, {params, hosts, groups, roles}: Names): boolean {
	return [params, hosts, groups, roles].some(map => map.has(name));
}

/** \`undefined\`: one value for all, or nobody can say. */
function ownersOf(on: Target | undefined, names: Names): readonly HostName[] | undefined {
	return on === undefined || on.kind === 'local' || on.kind === 'asked' ? undefined : hostsOf(on, names);
}

function joinOwners(
	some: readonly HostName[] | undefined,
	others: readonly HostName[] | undefined,
): readonly HostName[] | undefined {
	return some && others && [...new Set([...some, ...others])];
}

function capturesOf(
	placed: readonly Placed[],
	included: readonly IncludedThere[],
	compiling: Compiling,
): ReadonlyMap<ParamName, CaptureFound> {
	const {names, problems} = compiling;
	const captures = includedCaptures(included, compiling);
	for (const [index, {step, draft, outline}] of placed.entries()) {
		const {captures: capture, on} = step;
		const {annotation} = draft.piece;
		if (capture === undefined) {
			continue;
		}

		const at = annotation.valuePlace(annotation.values.capture === undefined ? 'answer' : 'capture');
		const isVariable = outline.variables.some(({variable}) => variable === capture.name);
		if (isTaken(capture.name, names) || isVariable) {
			problems.error(
				'duplicate-name',
				at,
				`"${capture.name}" already means something else.`,
				'Capture into a name of its own.',
			);
			continue;
		}

		const repeats = repeatsOfValue(on, outline);
		const owners = ownersOf(on, names);
		const earlier = captures.get(capture.name);
		if (earlier === undefined) {
			captures.set(capture.name, {type: capture.type, line: step.at.line, index, owners, repeats});
		} else if (!isRepeatedWith({repeats}, earlier) || !isRepeatedWith(earlier, {repeats})) {
			problems.error(
				'duplicate-name',
				at,
				`"${capture.name}" is read on line ${earlier.line} too, and not as often as here.`,
				'Capture into a name of its own.',
			);
		} else if (earlier.type !== capture.type) {
			problems.error(
				'duplicate-name',
				at,
				`"${capture.name}" is captured as ${capture.type} here and as ${earlier.type} on line ${earlier.line}.`,
			);
		} else {
			const first = Math.min(earlier.index, index);
			captures.set(capture.name, {...earlier, index: first, owners: joinOwners(earlier.owners, owners)});
		}
	}

	return captures;
}

/** On the host that a phase goes through, a value is that host's own, as everywhere. */
function repeatsOfValue(on: Target | undefined, {repeats, variables}: Outline): readonly number[] {
	const own = on?.kind === 'group' ? variables.findIndex(({variable}) => variable === on.each) : -1;
	return own === -1 ? repeats : repeats.toSpliced(repeats.length - 1 - own, 1);
}

function resolveAction(action: Action, user: User, scope: Scope): Action {
	switch (action.kind) {
		case 'script':
		case 'wait':
		case 'probe':
			return {...action, script: resolveScript(action.script, user, scope)};
		case 'file':
			return {
				...action,
				path: resolvePath(action.path, user, scope),
				content:
					action.content.kind === 'inline'
						? {kind: 'inline', text: resolveTemplate(action.content.text, user, scope)}
						: action.content,
				set: action.set.map(({name, value}) => ({name, value: resolveTemplate(value, user, scope)})),
			};
		case 'manual':
			return {...action, instruction: resolveTemplate(action.instruction, {...user, isShown: true}, scope)};
	}
}

/** A path that named another file's path could name itself. */
function resolvePath(path: Template, user: User, scope: Scope): Template {
	return resolveTemplate(path, user, {...scope, fileSteps: new Map()});
}

function resolveScript(script: Script, user: User, scope: Scope): Script {
	return {...script, template: resolveTemplate(script.template, user, scope)};
}

/** Fills in what a gate says of others. */
export function resolveGate(gate: Gate, user: User, scope: Scope): Gate {
	return {...gate, text: withPaths(gate.text, scope), type: gate.type && resolveTemplate(gate.type, user, scope)};
}

function checkShown(markdown: string, line: number, user: User, scope: Scope): void {
	if (markdown.includes('{{')) {
		resolveTemplate(shownTemplate(markdown, line, scope), {...user, isShown: true}, scope);
	}
}

/** Text that is shown keeps its placeholders; only the paths of file steps are written out. */
function withPaths(text: string, {fileSteps}: Scope): string {
	return text.replaceAll(
		/(?<!\\)\{\{([\w-]+)\.path\}\}/g,
		(mark, id: string) => fileSteps.get(id)?.path.source ?? mark,
	);
}

/** Unknown ids are left out, so that the graph of what is there can be drawn. */
function resolveAfter(
	{after}: Step,
	annotation: Annotation,
	ids: ReadonlyMap<StepId, unknown>,
	{problems}: Scope,
): readonly StepId[] | undefined {
	let {column} = annotation.valuePlace('after');
	return after?.filter(id => {
		const at = {...annotation.valuePlace('after'), column, length: id.length};
		column += id.length + 1;
		if (!ids.has(id)) {
			problems.error('unknown-id', at, `No step is called "${id}".`, suggestion(id, writtenIds(ids)));
		}

		return ids.has(id);
	});
}

function resolveFrom(
	{measure}: Step,
	{piece: {annotation}}: StepDraft,
	outline: Outline,
	repeatsById: ReadonlyMap<StepId, readonly number[]>,
	{problems}: Scope,
): string | undefined {
	const from = measure?.from;
	const id = from?.replace(/\.start$/, '');
	const repeats = id === undefined ? [] : repeatsById.get(id);
	if (id !== undefined && repeats === undefined) {
		problems.error(
			'unknown-id',
			annotation.valuePlace('from'),
			`No step is called "${id}".`,
			suggestion(id, writtenIds(repeatsById)),
		);
	} else if (repeats !== undefined && !isRepeatedWith(outline, {repeats})) {
		problems.error(
			'repeated-step',
			annotation.valuePlace('from'),
			`"${id}" is done once for each repetition of its phase: nothing says from which one it is measured.`,
			'Measure inside of that phase.',
		);
	}

	return from;
}

/** Automatic ids have a dot, change with the headings, and are no ids to write. */
function writtenIds(ids: ReadonlyMap<StepId, unknown>): readonly StepId[] {
	return [...ids.keys()].filter(id => !id.includes('.'));
}
