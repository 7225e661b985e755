import {setTimeout as wait} from 'node:timers/promises';
import type {Clock} from '../engine/ports.js';

/** This laptop's time. */
export const wallClock: Clock = {
	now: async () => Date.now(),
	sleep: async (ms, signal) => {
		// An aborted sleep is over, not failed.
		await wait(ms, undefined, signal === undefined ? {} : {signal}).catch(() => {});
	},
};
