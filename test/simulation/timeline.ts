/** Something that will happen unless it is called off before. */
export type Due = {readonly at: number; readonly order: number; happen: (() => void) | undefined};

/**
The one time of a simulated world, in milliseconds since 1970. It stands still while anything is being worked on, and
then jumps to what happens next.
*/
export class Timeline {
	now = Date.UTC(2026, 10, 20, 10);
	#order = 0;
	/** A heap: the earliest stands first. */
	readonly #queue: Due[] = [];

	/** Happens after so many milliseconds; what was asked for first happens first. */
	after(ms: number, happen: () => void): Due {
		this.#order++;
		const due: Due = {at: this.now + ms, order: this.#order, happen};
		this.#push(due);
		return due;
	}

	/** Lets the next thing happen. False: nothing is left. */
	step(): boolean {
		for (;;) {
			const due = this.#pop();
			if (due === undefined) {
				return false;
			}

			if (due.happen !== undefined) {
				this.now = Math.max(this.now, due.at);
				due.happen();
				return true;
			}
		}
	}

	#push(due: Due): void {
		const queue = this.#queue;
		let index = queue.push(due) - 1;
		while (index > 0) {
			const parent = (index - 1) >> 1;
			const above = queue[parent];
			if (above === undefined || isBefore(above, due)) {
				break;
			}

			queue[index] = above;
			index = parent;
		}

		queue[index] = due;
	}

	#pop(): Due | undefined {
		const queue = this.#queue;
		const first = queue[0];
		const last = queue.pop();
		if (first === undefined || last === undefined || queue.length === 0) {
			return first;
		}

		let index = 0;
		for (;;) {
			const left = 2 * index + 1;
			const one = queue[left];
			const other = queue[left + 1];
			if (one === undefined) {
				break;
			}

			const isOther = other !== undefined && isBefore(other, one);
			const next = isOther ? other : one;
			if (isBefore(last, next)) {
				break;
			}

			queue[index] = next;
			index = isOther ? left + 1 : left;
		}

		queue[index] = last;
		return first;
	}
}

/** It does not happen any more. */
export function callOff(due: Due | undefined): void {
	if (due !== undefined) {
		due.happen = undefined;
	}
}

function isBefore(one: Due, other: Due): boolean {
	return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Resolves when nothing is left to do at this moment: whatever an answer has set going has come to wait for something. */
export async function stillness(): Promise<void> {
	// What was put off to the end of a turn ends in the second one
	await new Promise(setImmediate);
	await new Promise(setImmediate);
}
