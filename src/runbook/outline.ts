import type {Section} from '../document/document.js';
import {type Annotation, annotate, checkNothingFollows, wordsOf} from './annotation.js';
import type {Compiling} from './compiling.js';
import {type EachVariable, readTarget} from './names.js';
import {isShellName} from './params.js';
import {suggestion} from './problem-list.js';
import type {Condition, Phase, Target} from './runbook.js';

/** A section with what its heading says and what it takes over from the headings around it. */
export type Outline = {
	readonly section: Section;
	/** Of the section around it, in the list of all; `undefined` at the top. */
	readonly parent: number | undefined;
	readonly annotation: Annotation;
	readonly kind: Phase['kind'];
	/** The heading's own. */
	readonly on: Target | undefined;
	/** The heading's own, else that of the nearest one around it that has one. */
	readonly effectiveOn: Target | undefined;
	/** Here or around. */
	readonly serial: boolean;
	readonly when: Condition | undefined;
	/** The variables of `each=`, here and around, innermost first. */
	readonly variables: readonly EachVariable[];
	/** The sections that are repeated, here and around, in the list of all; outermost first. */
	readonly repeats: readonly number[];
	/** The next heading is one of this section's own: what stands at its end introduces that. */
	readonly leadsOn: boolean;
};

/** One for each section of the document, in order. */
export function readOutline(compiling: Compiling): readonly Outline[] {
	const outlines: Outline[] = [];
	const around: number[] = [];
	const {sections} = compiling.document;
	for (const [index, section] of sections.entries()) {
		while (around.length > 0 && (outlines[around.at(-1) ?? 0]?.section.depth ?? 0) >= section.depth) {
			around.pop();
		}

		const parent = around.at(-1);
		const next = sections[index + 1];
		const leadsOn = next !== undefined && (section.depth === 0 || next.depth > section.depth);
		outlines.push(outlineOf(section, parent, outlines, leadsOn, compiling));
		if (section.depth > 0) {
			around.push(index);
		}
	}

	for (const [index, outline] of outlines.entries()) {
		if (outline.kind === 'ways' && !outlines.some(({parent}) => parent === index)) {
			compiling.problems.error(
				'no-ways',
				outline.annotation.place('ways'),
				'No heading under this one is a way.',
				'Give each way a heading of its own.',
			);
		}
	}

	return outlines;
}

function outlineOf(
	section: Section,
	parent: number | undefined,
	outlines: readonly Outline[],
	leadsOn: boolean,
	compiling: Compiling,
): Outline {
	const {problems, names} = compiling;
	checkNothingFollows(section.comments, problems);
	const annotation = annotate(wordsOf(undefined, section.comments, problems), 'phase', section.at, problems);
	const {values} = annotation;
	const outer = parent === undefined ? undefined : outlines[parent];
	const kind = kindOf(annotation, outer, outlines, compiling);
	const each = readEach(annotation, kind, outer?.variables ?? [], compiling);
	const variables = [...(each === undefined ? [] : [each]), ...(outer?.variables ?? [])];
	const on =
		values.on === undefined
			? undefined
			: readTarget(values.on, annotation.valuePlace('on'), names, variables, problems);
	return {
		section,
		parent,
		annotation,
		kind,
		on,
		effectiveOn: on ?? outer?.effectiveOn,
		serial: values.serial === true || outer?.serial === true,
		when: values.when === undefined ? undefined : {source: values.when, at: annotation.valuePlace('when')},
		variables,
		repeats: [...(outer?.repeats ?? []), ...(each === undefined ? [] : [outlines.length])],
		leadsOn,
	};
}

function kindOf(
	annotation: Annotation,
	outer: Outline | undefined,
	outlines: readonly Outline[],
	{problems}: Compiling,
): Phase['kind'] {
	const {values} = annotation;
	const [kind, ...others] = (['test', 'require', 'restore', 'ways'] as const).filter(word => values[word] === true);
	for (const other of others) {
		problems.error('contradiction', annotation.place(other), `A phase is not \`${kind}\` and \`${other}\` at once.`);
	}

	if (outer?.kind === 'ways') {
		if (kind !== undefined) {
			problems.error(
				'contradiction',
				annotation.place(kind),
				`A way cannot be \`${kind}\`.`,
				'Put the word on the heading around the ways.',
			);
		}

		return 'way';
	}

	if (kind === 'test' && isInTest(outer, outlines)) {
		problems.error('contradiction', annotation.place('test'), 'A test cannot stand in a test.');
	}

	return kind ?? 'plain';
}

function isInTest(outer: Outline | undefined, outlines: readonly Outline[]): boolean {
	if (outer === undefined || outer.kind === 'test' || outer.kind === 'require' || outer.kind === 'restore') {
		return outer !== undefined;
	}

	return isInTest(outer.parent === undefined ? undefined : outlines[outer.parent], outlines);
}

function readEach(
	annotation: Annotation,
	kind: Phase['kind'],
	around: readonly EachVariable[],
	{names, problems}: Compiling,
): EachVariable | undefined {
	const {each} = annotation.values;
	if (each === undefined) {
		return undefined;
	}

	const at = annotation.valuePlace('each');
	const tables = [...names.params.values()].filter(({type}) => type === 'table').map(({name}) => name);
	if (!names.groups.has(each.of) && !tables.includes(each.of)) {
		const help = suggestion(each.of, [...names.groups.keys(), ...tables]);
		problems.error('unknown-group', at, `"${each.of}" is neither a group of hosts nor a table.`, help);
	}

	if (
		isShellName(each.variable) ||
		each.variable in {} ||
		around.some(({variable}) => variable === each.variable) ||
		[names.hosts, names.groups, names.roles, names.params].some(map => map.has(each.variable))
	) {
		problems.error(
			'duplicate-name',
			at,
			`"${each.variable}" already means something else.`,
			'Choose another variable.',
		);
	}

	if (kind === 'way') {
		problems.error(
			'contradiction',
			annotation.place('each'),
			'A way that is repeated would be several ways.',
			'Put `each` on a heading in it, or on the heading around the ways.',
		);
	}

	return each;
}
