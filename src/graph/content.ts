import type {Phase, Step} from '../runbook/runbook.js';
import {canonicalJson, type Json} from '../text/canonical-json.js';
import type {StepGraph, StepNode} from './graph.js';
import {whatMatters} from './hash.js';

/** Of the files that file steps link to: SHA-256 in hex, by the link's URL. */
export type LinkedHashes = ReadonlyMap<string, string>;

/** What two texts of a step may differ in. `words` are only read; all the others say what is done. */
export type Aspect =
	| 'script'
	| 'instruction'
	| 'file'
	| 'hosts'
	| 'gates'
	| 'condition'
	| 'check'
	| 'verify'
	| 'undo'
	| 'settings'
	| 'words';

/** In the order in which they are told. */
const aspects: readonly Aspect[] = [
	'script',
	'instruction',
	'file',
	'hosts',
	'gates',
	'condition',
	'check',
	'verify',
	'undo',
	'settings',
	'words',
];

/** A step of a text, with the files that go with it. */
export type StepText = {readonly graph: StepGraph; readonly linked: LinkedHashes};

/**
What a step is in two texts of which it is part: empty if nothing of it was changed.

It is looked at more closely than by its hash: also the bytes of a linked file count, how a role is looked up, what the
headings around make of a step, and what a gate says.
*/
export function differencesIn(
	before: StepText & {readonly node: StepNode},
	now: StepText & {readonly node: StepNode},
): readonly Aspect[] {
	const [one, other] = [contentOf(before), contentOf(now)];
	return aspects.filter(aspect => canonicalJson(one[aspect] ?? null) !== canonicalJson(other[aspect] ?? null));
}

function contentOf({graph, linked, node}: StepText & {readonly node: StepNode}): Partial<Record<Aspect, Json>> {
	const {step, hosts} = node;
	const around = phasesAround(graph, step);
	const {action, on, gates, when, check, verify, undo, expect, ...others} = whatMatters(step, hosts, around);
	const {hosts: names, ...settings} = others;
	const kinds = around.map(({kind}) => kind).filter(kind => kind !== 'plain');
	return {
		[aspectOf(step.action)]: [action, linkedBytes(step, linked), expect],
		hosts: [names, on ?? null, rolesOf(graph, step)],
		gates: [...gates],
		condition: [...when],
		check: check ?? null,
		verify: verify ?? null,
		undo: undo ?? null,
		settings: {...settings, kinds},
		words: wordsOf(step),
	};
}

function aspectOf({kind}: Step['action']): 'script' | 'instruction' | 'file' {
	switch (kind) {
		case 'script':
		case 'wait':
		case 'probe':
			return 'script';
		case 'manual':
			return 'instruction';
		case 'file':
			return 'file';
	}
}

function linkedBytes({action}: Step, linked: LinkedHashes): string | null {
	return action.kind === 'file' && action.content.kind === 'linked' ? (linked.get(action.content.url) ?? null) : null;
}

/** How the hosts of the roles that the step names are found. */
function rolesOf({roles}: StepGraph, {on, check, verify, undo}: Step): Json {
	const named = [on, check?.on, verify?.on, undo?.on].flatMap(target =>
		target?.kind === 'role' || target?.kind === 'runsOn' ? [target.role] : [],
	);
	return roles.filter(({name}) => named.includes(name)).map(({name, of, by}) => [name, of, by]);
}

function wordsOf({title, context, gates}: Step): Json {
	return [title, context.map(({kind, markdown}) => [kind, markdown]), gates.map(({text}) => text)];
}

/** Innermost first. */
function phasesAround({phases}: StepGraph, {phase}: Step): readonly Phase[] {
	const innermost = phases.find(({id}) => id === phase);
	const around = (own: Phase | undefined): readonly Phase[] =>
		own === undefined ? [] : [own, ...around(phases.find(({id}) => id === own.parent))];
	return around(innermost);
}
