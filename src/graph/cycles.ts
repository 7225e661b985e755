import type {StepId} from '../runbook/runbook.js';

type Ordered = {readonly id: StepId; readonly after: readonly StepId[]};

/**
The cycles among steps, each as ids where one comes after the next and the last after the first; none shares a step with
another. Empty if every step can be reached. Ids that name no step are passed over.
*/
export function findCycles(steps: readonly Ordered[]): ReadonlyArray<readonly StepId[]> {
	const waiting = new Waiting(steps);
	const cycles: Array<readonly StepId[]> = [];
	// What is left comes after something that is left, so going from each to one before it must come round
	for (const {id} of steps) {
		while (waiting.has(id)) {
			const cycle = comeRound(id, waiting);
			cycles.push(cycle);
			waiting.release(cycle);
		}
	}

	return cycles;
}

function comeRound(from: StepId, waiting: Waiting): readonly StepId[] {
	const path: StepId[] = [];
	const position = new Map<StepId, number>();
	let id = from;
	while (!position.has(id)) {
		position.set(id, path.length);
		path.push(id);
		id = waiting.oneBefore(id);
	}

	return path.slice(position.get(id));
}

/** The steps that cannot begin: without all those whose predecessors have all begun. */
class Waiting {
	readonly #before = new Map<StepId, Set<StepId>>();
	readonly #behind = new Map<StepId, StepId[]>();

	constructor(steps: readonly Ordered[]) {
		const known = new Set(steps.map(({id}) => id));
		for (const {id, after} of steps) {
			this.#before.set(id, new Set(after.filter(before => known.has(before))));
			for (const before of after) {
				const behind = this.#behind.get(before) ?? [];
				behind.push(id);
				this.#behind.set(before, behind);
			}
		}

		this.release([...this.#before].filter(([, before]) => before.size === 0).map(([id]) => id));
	}

	has(id: StepId): boolean {
		return this.#before.has(id);
	}

	oneBefore(id: StepId): StepId {
		const [before = id] = this.#before.get(id) ?? [];
		return before;
	}

	/** Lets these begin, and everything that waited for nothing else. */
	release(ids: readonly StepId[]): void {
		const queue = [...ids];
		for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
			this.#before.delete(id);
			for (const behind of this.#behind.get(id) ?? []) {
				const before = this.#before.get(behind);
				before?.delete(id);
				if (before?.size === 0) {
					queue.push(behind);
				}
			}
		}
	}
}
