import type {Phase, PhaseId, Step, StepId} from '../runbook/runbook.js';
import type {StepGraph, StepNode} from './graph.js';

/** What is the same in two texts of a runbook: by the id in the newer one, the id in the older one. */
export type Same = {
	readonly steps: ReadonlyMap<StepId, StepId>;
	readonly phases: ReadonlyMap<PhaseId, PhaseId>;
};

/**
Which steps of `now` are steps of `before`, however they were moved, reworded or renamed.

A written id says who a step is. One without is known by what it does, and where it does something else now, by its title, or
by its place together with most of its text. When in doubt they are two steps: what is taken for done will not run.
*/
export function sameSteps(before: StepGraph, now: StepGraph): Same {
	const pairs = new Pairs(before.nodes.filter(isWritten), now.nodes.filter(isWritten));
	pairs.take(pairsOf(pairs.left, writtenId, writtenId));
	pairs.take(pairsOf(pairs.left, nameAndHash, nameAndHash));
	pairs.take(inOrder(pairs.left));
	pairs.take(pairsOf(pairs.left, ({hash}) => hash));
	pairs.take(mayBeSame(pairsOf(onceEach(pairs, titleOf), titleOf)));
	pairs.take(mayBeSame(alike(pairs)));
	const steps = pairs.found;
	return {steps, phases: samePhases(before, now, steps)};
}

/** The graph makes steps of what stands under a heading with \`ways\`; they go with their heading. */
function isWritten({step}: StepNode): boolean {
	return step.serves === undefined;
}

/** In document order. */
type Sides = {readonly before: readonly StepNode[]; readonly now: readonly StepNode[]};

type Pair = {readonly before: StepNode; readonly now: StepNode};

/** What is matched so far, and what is left. */
class Pairs {
	readonly #sides: Sides;
	readonly #matched = new Map<StepNode, StepNode>();

	constructor(before: readonly StepNode[], now: readonly StepNode[]) {
		this.#sides = {before, now};
	}

	get left(): Sides {
		const taken = new Set(this.#matched.values());
		return {
			before: this.#sides.before.filter(node => !taken.has(node)),
			now: this.#sides.now.filter(node => !this.#matched.has(node)),
		};
	}

	get all(): Sides {
		return this.#sides;
	}

	/** Of each step that is left, on either side: between which two matched ones it stands. */
	places(): readonly [ReadonlyMap<StepNode, string>, ReadonlyMap<StepNode, string>] {
		const taken = new Set(this.#matched.values());
		return [
			placesAmong(this.#sides.before, node => (taken.has(node) ? node.step.id : undefined)),
			placesAmong(this.#sides.now, node => this.#matched.get(node)?.step.id),
		];
	}

	get found(): ReadonlyMap<StepId, StepId> {
		return new Map([...this.#matched].map(([now, before]) => [now.step.id, before.step.id]));
	}

	take(pairs: readonly Pair[]): void {
		for (const {before, now} of pairs) {
			this.#matched.set(now, before);
		}
	}
}

/** `nameOf` gives nothing for a step that is left. */
function placesAmong(nodes: readonly StepNode[], nameOf: NameOf): ReadonlyMap<StepNode, string> {
	const above: string[] = [];
	const below: string[] = [];
	for (const [index, node] of nodes.entries()) {
		above[index] = nameOf(node) ?? above[index - 1] ?? '';
	}

	for (let index = nodes.length - 1; index >= 0; index--) {
		const node = nodes[index];
		below[index] = (node && nameOf(node)) ?? below[index + 1] ?? '';
	}

	return new Map(nodes.map((node, index) => [node, `${above[index]} ${below[index]}`]));
}

type NameOf = (node: StepNode) => string | undefined;

/** Of equal names the first of one side goes with the first of the other. */
function pairsOf({before, now}: Sides, nameOf: NameOf, nameBefore: NameOf = nameOf): readonly Pair[] {
	const waiting = Map.groupBy(before, nameBefore);
	return now.flatMap(node => {
		const name = nameOf(node);
		const found = name === undefined ? undefined : waiting.get(name)?.shift();
		return found === undefined ? [] : [{before: found, now: node}];
	});
}

/** What the document that a step stands in calls it. */
function nameIn({written, id}: Step): StepId {
	return written ?? id;
}

function writtenId({step}: StepNode): string | undefined {
	return step.idIsExplicit ? nameIn(step) : undefined;
}

function nameAndHash({step, hash}: StepNode): string {
	return `${nameIn(step)} ${hash}`;
}

function titleOf({step}: StepNode): string | undefined {
	return step.title === '' ? undefined : `${step.action.kind} ${step.title}`;
}

/** What does the same in the same order: the longest such sequence, so that of equal steps none changes places with another. */
function inOrder({before, now}: Sides): readonly Pair[] {
	const places = Map.groupBy(before.keys(), index => before[index]?.hash ?? '');
	const candidates = now.flatMap(node =>
		(places.get(node.hash) ?? []).toReversed().flatMap(index => {
			const other = before[index];
			return other === undefined ? [] : [{pair: {before: other, now: node}, index}];
		}),
	);
	return longestRising(candidates.map(({index}) => index)).flatMap(at => candidates[at]?.pair ?? []);
}

/** Places of the longest strictly rising subsequence. */
export function longestRising(numbers: readonly number[]): readonly number[] {
	/** Where the best sequence of each length ends. */
	const ends: number[] = [];
	const previous: Array<number | undefined> = [];
	for (const [at, number] of numbers.entries()) {
		let [low, high] = [0, ends.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			const end = numbers[ends[middle] ?? 0] ?? 0;
			[low, high] = end < number ? [middle + 1, high] : [low, middle];
		}

		previous.push(ends[low - 1]);
		ends[low] = at;
	}

	const places: number[] = [];
	for (let at = ends.at(-1); at !== undefined; at = previous[at]) {
		places.unshift(at);
	}

	return places;
}

/** What is left on both sides of those names that stand once in either text. */
function onceEach({all, left}: Pairs, nameOf: NameOf): Sides {
	const isOnce = (nodes: readonly StepNode[]) => {
		const names = Map.groupBy(nodes, nameOf);
		return (node: StepNode) => names.get(nameOf(node))?.length === 1;
	};
	const [before, now] = [isOnce(all.before), isOnce(all.now)];
	return {
		before: left.before.filter(node => before(node)),
		now: left.now.filter(node => now(node)),
	};
}

/** Two written ids that differ, on steps that do different things, are two steps. */
function mayBeSame(pairs: readonly Pair[]): readonly Pair[] {
	return pairs.filter(({before, now}) => !(before.step.idIsExplicit && now.step.idIsExplicit));
}

/** From this share of common words on, two texts are taken for one that was edited. */
const ALIKE = 0.6;

/** So many pairs at most are looked at: a text that shares less with the other is another document. */
const MOST_COMPARED = 250_000;

/** Of the steps of one kind that stand between the same neighbours, those whose texts have most in common, the most alike first. */
function alike(pairs: Pairs): readonly Pair[] {
	const {before, now} = pairs.left;
	if (before.length * now.length > MOST_COMPARED) {
		return [];
	}

	const [placesBefore, placesNow] = pairs.places();
	const words = new Map([...before, ...now].map(node => [node, wordsOf(node)]));
	const inPlace = Map.groupBy(before, node => placesBefore.get(node));
	const candidates = now.flatMap(node =>
		(inPlace.get(placesNow.get(node)) ?? [])
			.filter(({step}) => step.action.kind === node.step.action.kind)
			.map(other => ({before: other, now: node, share: commonShare(words.get(other), words.get(node))})),
	);
	const taken = new Set<StepNode>();
	return candidates
		.filter(({share}) => share >= ALIKE)
		.toSorted((one, other) => other.share - one.share)
		.filter(pair => {
			if (taken.has(pair.before) || taken.has(pair.now)) {
				return false;
			}

			taken.add(pair.before).add(pair.now);
			return true;
		});
}

/** How often each word stands in what the step does. */
function wordsOf({step: {action}}: StepNode): ReadonlyMap<string, number> {
	const words = textOf(action)
		.split(/\s+/)
		.filter(word => word !== '');
	return new Map([...Map.groupBy(words, word => word)].map(([word, all]) => [word, all.length]));
}

function textOf(action: Step['action']): string {
	switch (action.kind) {
		case 'script':
		case 'wait':
		case 'probe':
			return action.script.template.source;
		case 'file':
			return `${action.path.source} ${action.content.kind === 'inline' ? action.content.text.source : action.content.url}`;
		case 'manual':
			return action.instruction.source;
	}
}

/** From 0 to 1: twice what is common over what there is. */
function commonShare(
	one: ReadonlyMap<string, number> = new Map(),
	other: ReadonlyMap<string, number> = new Map(),
): number {
	const count = (words: ReadonlyMap<string, number>) => words.values().reduce((sum, own) => sum + own, 0);
	const common = one.entries().reduce((sum, [word, own]) => sum + Math.min(own, other.get(word) ?? 0), 0);
	return (2 * common) / Math.max(1, count(one) + count(other));
}

/**
A heading that has kept its name and some of its steps is the same; what else there is goes with the heading that most of its
steps stood under, and where it has none, by its name.
*/
function samePhases(before: StepGraph, now: StepGraph, steps: Same['steps']): Same['phases'] {
	const shared = sharedSteps(before, now, steps);
	const called = new Map(before.phases.map(phase => [phase.written ?? phase.id, phase.id]));
	const byName = now.phases.map(({id}) => ({now: id, before: called.get(id)}));
	const bySteps = shared.filter(({isNearest}) => isNearest).toSorted((one, other) => other.count - one.count);
	const withSteps = new Set(shared.map(pair => `${pair.now} ${pair.before}`));
	const hasSteps = new Set(shared.flatMap(pair => [`now ${pair.now}`, `before ${pair.before}`]));
	const same = new Map<PhaseId, PhaseId>();
	const taken = new Set<PhaseId>();
	for (const pair of [
		...byName.filter(pair => withSteps.has(`${pair.now} ${pair.before}`)),
		...bySteps,
		...byName.filter(pair => !hasSteps.has(`now ${pair.now}`) && !hasSteps.has(`before ${pair.before}`)),
	]) {
		if (pair.before !== undefined && !same.has(pair.now) && !taken.has(pair.before)) {
			same.set(pair.now, pair.before);
			taken.add(pair.before);
		}
	}

	return same;
}

type SharedSteps = {
	readonly now: PhaseId;
	readonly before: PhaseId;
	readonly count: number;
	/** For one of these steps they stand equally far out. */
	readonly isNearest: boolean;
};

/** How many steps two headings have in common, for each two that have one. */
function sharedSteps(before: StepGraph, now: StepGraph, steps: Same['steps']): readonly SharedSteps[] {
	const [pathBefore, pathNow] = [pathsOf(before), pathsOf(now)];
	const phaseBefore = new Map(before.nodes.map(({step}) => [step.id, step.phase]));
	const shared = new Map<string, SharedSteps>();
	for (const {step} of now.nodes) {
		const was = steps.get(step.id);
		const old = was === undefined ? [] : pathBefore(phaseBefore.get(was));
		for (const [depth, id] of pathNow(step.phase).entries()) {
			for (const [oldDepth, other] of old.entries()) {
				const name = `${id} ${other}`;
				const known = shared.get(name) ?? {now: id, before: other, count: 0, isNearest: false};
				shared.set(name, {...known, count: known.count + 1, isNearest: known.isNearest || depth === oldDepth});
			}
		}
	}

	return [...shared.values()];
}

/** The headings around a phase and itself, innermost first. */
function pathsOf({phases}: StepGraph): (id: PhaseId | undefined) => readonly PhaseId[] {
	const byId = new Map<PhaseId, Phase>(phases.map(phase => [phase.id, phase]));
	const pathOf = (id: PhaseId | undefined): readonly PhaseId[] =>
		id === undefined ? [] : [id, ...pathOf(byId.get(id)?.parent)];
	return pathOf;
}
