import type {FrontMatter} from '../document/document.js';
import {assemble, type Satellites, type StepDraft} from './assemble.js';
import type {Compiling} from './compiling.js';
import {type Declarations, readFrontMatter} from './front-matter.js';
import {giveIds} from './give-ids.js';
import {type Outline, readOutline} from './outline.js';
import {type Given, readParamTable} from './param-table.js';
import {type Piece, readPieces} from './pieces.js';
import type {ProblemList} from './problem-list.js';
import {resolveCondition, type Scope} from './resolve.js';
import {type Placed, resolveContext, resolveSatellite, resolveShown, resolveStep, scopeOf} from './resolve-steps.js';
import type {Context, Param, Phase, PhaseId, Runbook, Step} from './runbook.js';
import {readSatellite, readVerify} from './satellite.js';
import {checkShells} from './shell-fits.js';
import {warnOfShellTraps} from './shell-hints.js';
import {readStep} from './step.js';

/** Compiles a document with our front matter. */
export function compileDialect(
	document: Compiling['document'],
	frontMatter: FrontMatter,
	problems: ProblemList,
): Runbook {
	const {title, names}: Declarations = readFrontMatter(frontMatter, problems);
	const compiling: Compiling = {document, lines: document.source.split('\n'), names, problems};
	const outlines = readOutline(compiling);
	const pieces = outlines.map(({section}) => readPieces(section.blocks, compiling));
	const {drafts, closing, shared, includes} = assemble(outlines, pieces, compiling);
	const {phaseIds, stepIds} = giveIds(outlines, drafts, problems);
	const placed = placeSteps(drafts, outlines, phaseIds, stepIds, compiling);
	const scope = scopeOf(placed, compiling);
	const repeats = new Map(placed.map(({step, outline}) => [step.id, outline.repeats]));
	const steps = placed.map((step, index) => resolveStep(step, index, repeats, scope));
	const phases = readPhases(outlines, phaseIds, shared, scope);
	for (const step of steps) {
		checkShells(step, compiling);
		warnOfShellTraps(step, problems);
	}

	checkMeasures(placed, problems);
	const params = withGiven(pieces, compiling);
	warnOfUnused(params, steps, scope);
	return {
		file: document.file,
		title: title ?? document.sections.find(({depth}) => depth === 1)?.title ?? document.file,
		plain: false,
		hosts: [...names.hosts.values()],
		roles: [...names.roles.values()],
		params,
		phases,
		steps,
		closing: readClosing(closing, outlines, phaseIds, scope),
		includes: includes.map(({url, at}) => ({url, at})),
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
	const given: Given = new Map();
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
