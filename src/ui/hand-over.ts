import type {useApp} from 'ink';

/** Lends the terminal to another program and takes it back; one at a time. */
export type HandOver = {
	/** Called by what draws, once it is there. */
	register(suspend: ReturnType<typeof useApp>['suspendTerminal']): void;
	/** Ctrl-C is then meant for the other program. */
	readonly isLent: boolean;
	/** Rejects if nothing draws yet. */
	lend(work: () => Promise<void>): Promise<void>;
};

export function createHandOver(): HandOver {
	let suspend: ReturnType<typeof useApp>['suspendTerminal'] | undefined;
	let last: Promise<void> = Promise.resolve();
	let isLent = false;
	return {
		get isLent() {
			return isLent;
		},
		register(given) {
			suspend = given;
		},
		lend(work) {
			const own = last.then(async () => {
				if (suspend === undefined) {
					throw new Error('Nothing is drawn that could be put away');
				}

				isLent = true;
				try {
					await suspend(work);
				} finally {
					isLent = false;
				}
			});
			last = own.catch(() => {});
			return own;
		},
	};
}
