import type {FrontMatter} from '../document/document.js';
import {assemble, type Satellites, type StepDraft} from './assemble.js';
import type {Compiling} from './compiling.js';
import {type Declarations, readFrontMatter} from './front-matter.js';
import {giveIds} from './give-ids.js';
import {checkStand, type Including, readInclusions} from './include.js';
import {joinNames} from './join-names.js';
import {type Outline, readOutline} from './outline.js';
import {type Given, readParamTable} from './param-table.js';
import {type Piece, readPieces} from './pieces.js';
import {inFile, namesInFile, type PlacedInclusion, placeInclusions} from './place-inclusions.js';
import type {ProblemList} from './problem-list.js';
import {resolveCondition, type Scope} from './resolve.js';
import {
	type IncludedThere,
	type Placed,
	repeatsById,
	resolveContext,
	resolveGate,
	resolveSatellite,
	resolveShown,
	resolveStep,
	scopeOf,
} from './resolve-steps.js';
import type {Context, Param, ParamName, Phase, PhaseId, Runbook, Step} from './runbook.js';
import {readSatellite, readVerify} from './satellite.js';
import {checkShells} from './shell-fits.js';
import {warnOfShellTraps} from './shell-hints.js';
import {checkGates, readGate, readStep} from './step.js';
import {phasesWithoutTest} from './without-test.js';

/** Compiles a document with our front matter; the runbooks that it includes stand in the place of their links. */
export function compileDialect(
	document: Compiling['document'],
	frontMatter: FrontMatter,
	including: Including,
	problems: ProblemList,
): Runbook {
	const {title, names: own} = declarationsOf(document, frontMatter, including, problems);
	const lines = document.source.split('\n');
	const pieces = document.sections.map(({blocks}) => readPieces(blocks, {document, lines, names: own, problems}));
	const inclusions = readInclusions(pieces, including, problems);
	const names = joinNames(document.file, own, inclusions, problems);
	const compiling: Compiling = {document, lines, names, problems};
	const outlines = readOutline(compiling);
	const {drafts, closing, shared, includes} = assemble(outlines, pieces, compiling);
	const {phaseIds, stepIds} = giveIds(outlines, drafts, problems);
	const placed = placeSteps(drafts, outlines, phaseIds, stepIds, compiling);
	const included = includes.flatMap((draft): readonly IncludedThere[] => {
		const inclusion = inclusions.find(({piece}) => piece === draft.piece);
		const outline = outlines[draft.section];
		return inclusion === undefined || outline === undefined ? [] : [{inclusion, draft, outline}];
	});
	const scope = scopeOf(placed, included, compiling);
	const repeats = repeatsById(placed, included);
	const steps = placed.map((step, index) => resolveStep(step, index, repeats, scope));
	const phases = readPhases(outlines, phaseIds, shared, scope);
	for (const step of steps) {
		checkShells(step, compiling);
		warnOfShellTraps(step, problems);
	}

	checkMeasures(placed, problems);
	const params = withGiven(pieces, compiling);
	warnOfUnused(
		params.filter(({name}) => own.params.has(name) && !inclusions.some(({runbook}) => declares(runbook, name))),
		steps,
		scope,
	);
	const ordered = {phases, steps, closing: readClosing(closing, outlines, phaseIds, scope)};
	const [root] = including.chain;
	const path = including.chain.at(-1) ?? root;
	const all = placeInclusions(
		isIncluded(including) ? inFile(ordered, document.file, path) : ordered,
		included.map(there => placeInclusion(there, outlines, phaseIds, scope)),
	);
	if (!isIncluded(including)) {
		checkTests(all.phases, outlines, phaseIds, problems);
	}

	return {
		file: document.file,
		title: title ?? document.sections.find(({depth}) => depth === 1)?.title ?? document.file,
		plain: false,
		hosts: [...names.hosts.values()],
		roles: [...names.roles.values()],
		params,
		...all,
	};
}

function declarationsOf(
	{file}: Compiling['document'],
	frontMatter: FrontMatter,
	including: Including,
	problems: ProblemList,
): Declarations {
	const {title, names} = readFrontMatter(frontMatter, problems);
	return {title, names: isIncluded(including) ? namesInFile(names, file) : names};
}

function isIncluded({chain}: Including): boolean {
	return chain.length > 1;
}

function declares({params}: Runbook, name: ParamName): boolean {
	return params.some(param => param.name === name);
}

/** The context and gates above the link become those of the first included step. */
function placeInclusion(
	{inclusion, draft, outline}: IncludedThere,
	outlines: readonly Outline[],
	phaseIds: readonly PhaseId[],
	scope: Scope,
): PlacedInclusion {
	const {name, runbook} = inclusion;
	const {section, before} = draft;
	checkStand(inclusion, section, outlines, scope.problems);
	const [first] = runbook.steps;
	const {variables, repeats} = outline;
	const user = {on: first?.on, variables, repeats, index: undefined, isShown: false};
	const gates = draft.gates.map(gate => resolveGate(readGate(gate, scope), user, scope));
	if (first !== undefined) {
		checkGates({gates, on: first.on}, scope);
	}

	return {
		name,
		runbook,
		phase: phaseIds[section] || undefined,
		depth: outline.section.depth,
		serial: outline.serial,
		before,
		context: draft.context.map(context => resolveContext(context, {...user, isShown: true}, scope)),
		gates,
	};
}

function placeSteps(
	drafts: readonly StepDraft[],
	outlines: readonly Outline[],
	phaseIds: readonly PhaseId[],
	stepIds: readonly string[],
	compiling: Compiling,
): readonly Placed[] {
	return drafts.flatMap((draft, index): Placed[] => {
		const outline = outlines[draft.section];
		if (outline === undefined) {
			return [];
		}

		const step = readStep(draft, stepIds[index] ?? '', phaseIds[draft.section] || undefined, outline, compiling);
		return [{step, draft, outline}];
	});
}

function readPhases(
	outlines: readonly Outline[],
	phaseIds: readonly PhaseId[],
	shared: ReadonlyMap<number, Satellites>,
	scope: Scope,
): readonly Phase[] {
	return outlines.flatMap((outline, index): Phase[] => {
		const {section, annotation, parent, on, when, kind} = outline;
		if (section.depth === 0) {
			return [];
		}

		const user = {
			on: outline.effectiveOn,
			variables: outline.variables,
			repeats: outline.repeats,
			index: undefined,
			isShown: true,
		};
		const phase: Phase = {
			id: phaseIds[index] ?? '',
			title: resolveShown(section.title, section.at.line, user, scope),
			depth: section.depth,
			parent: parent === undefined ? undefined : phaseIds[parent],
			at: section.at,
			on,
			when: when && resolveCondition(when, outline, scope),
			serial: annotation.values.serial === true,
			each: annotation.values.each,
			kind,
		};
		const satellites = shared.get(index);
		return [satellites === undefined ? phase : {...phase, satellites: readShared(satellites, outline, scope)}];
	});
}

function readShared(
	{check, verify, undo}: Satellites,
	outline: Outline,
	scope: Scope,
): NonNullable<Phase['satellites']> {
	const user = {
		on: outline.effectiveOn,
		variables: outline.variables,
		repeats: outline.repeats,
		index: undefined,
		isShown: false,
	};
	return {
		check: check && resolveSatellite(readSatellite(check, outline.variables, scope), user, scope),
		verify: verify && resolveSatellite(readVerify(verify, outline.variables, scope), user, scope),
		undo: undo && resolveSatellite(readSatellite(undo, outline.variables, scope), user, scope),
	};
}

function readClosing(
	closing: ReadonlyMap<number, readonly Context[]>,
	outlines: readonly Outline[],
	phaseIds: readonly PhaseId[],
	scope: Scope,
): Runbook['closing'] {
	const entries = [...closing].filter(([, contexts]) => contexts.length > 0);
	return Object.fromEntries(
		entries.map(([section, contexts]) => {
			const user = {
				on: undefined,
				variables: outlines[section]?.variables ?? [],
				repeats: outlines[section]?.repeats ?? [],
				index: undefined,
				isShown: true,
			};
			return [phaseIds[section] ?? '', contexts.map(context => resolveContext(context, user, scope))];
		}),
	);
}

/** Of the whole: what is included may be for a test that stands outside of it. */
function checkTests(
	phases: readonly Phase[],
	outlines: readonly Outline[],
	phaseIds: readonly PhaseId[],
	problems: ProblemList,
): void {
	for (const {phase, isAbove} of phasesWithoutTest(phases)) {
		const {id, kind, at} = phase;
		const own = outlines[phaseIds.indexOf(id)];
		problems.error(
			'no-test',
			own?.annotation.place(kind) ?? at,
			`This \`${kind}\` is for no test: none stands around it or ${isAbove ? 'before it' : 'beside it'}.`,
			isAbove
				? 'Put it into the test or behind it.'
				: 'Put it into a test or beside one, or give the heading that is one the word `test`.',
		);
	}
}

function checkMeasures(placed: readonly Placed[], problems: ProblemList): void {
	const lines = new Map<string, number>();
	for (const {step, draft} of placed) {
		const name = step.measure?.name;
		const line = name === undefined ? undefined : lines.get(name);
		if (name !== undefined && line !== undefined) {
			problems.error(
				'duplicate-id',
				draft.piece.annotation.valuePlace('measure'),
				`"${name}" is measured twice.`,
				`It is already on line ${line}.`,
			);
		} else if (name !== undefined) {
			lines.set(name, step.at.line);
		}
	}
}

function withGiven(pieces: ReadonlyArray<readonly Piece[]>, compiling: Compiling): readonly Param[] {
	// What an included document's tables give is given already
	const given: Given = new Map([...compiling.names.params.values()].map(param => [param.name, {...param.given}]));
	for (const piece of pieces.flat()) {
		if (piece.kind === 'params') {
			readParamTable(piece.table, given, compiling);
		}
	}

	return [...compiling.names.params.values()].map(param => ({...param, given: given.get(param.name) ?? {}}));
}

function warnOfUnused(params: readonly Param[], steps: readonly Step[], {used, problems, names}: Scope): void {
	const variables = new Set(steps.flatMap(variablesIn));
	const looped = new Set([...names.groups.keys()]);
	for (const {name, at, type} of params) {
		if (!used.has(name) && !variables.has(name.toLowerCase()) && !looped.has(name) && type !== 'table') {
			problems.warning(
				'unused-param',
				at,
				`Nothing uses "${name}".`,
				`Take it out, or use it as \`{{${name}}}\` or as the variable \`$${name}\`.`,
			);
		}
	}
}

/** In lower case, because PowerShell does not tell capitals apart and a hint need not either. */
function variablesIn({action, check, verify, undo}: Step): readonly string[] {
	const scripts = ['script' in action ? action.script : undefined, check?.script, verify?.script, undo?.script];
	return scripts.flatMap(script =>
		[...(script?.template.source ?? '').matchAll(/\$\{?(?:env:)?([A-Za-z_]\w*)/gi)].map(([, name = '']) =>
			name.toLowerCase(),
		),
	);
}
