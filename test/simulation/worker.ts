import {parentPort, workerData} from 'node:worker_threads';
import type {Found, Share} from './hunt.js';
import {simulate} from './simulate.js';

/** How many are told of at most. */
const MAX_TOLD = 20;

// Nothing in a simulated world is left alone with its trouble
let unhandled: unknown;
process.on('unhandledRejection', error => {
	unhandled = error;
});

const {from, to, step, conditions} = workerData as Share;
const found = {
	seeds: 0,
	events: 0,
	lives: 0,
	executions: 0,
	crashes: 0,
	kinds: new Set<string>(),
	failed: [] as Array<Found['failed'][number]>,
};
for (let seed = from; seed < to && found.failed.length < MAX_TOLD; seed += step) {
	const {violation, events, lives, executions, kinds} = await simulate(seed, conditions);
	found.seeds++;
	found.events += events;
	found.lives += lives;
	found.crashes += lives - 1;
	found.executions += executions;
	for (const kind of kinds) {
		found.kinds.add(kind);
	}

	if (violation !== undefined) {
		found.failed.push({seed, ...violation});
	} else if (unhandled !== undefined) {
		found.failed.push({
			seed,
			wrong: 'died',
			because: `nobody caught ${unhandled instanceof Error ? unhandled.stack : unhandled}`,
		});
		unhandled = undefined;
	}
}

parentPort?.postMessage(found);
