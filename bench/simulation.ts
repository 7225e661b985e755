import {loadavg} from 'node:os';
import {hunt} from '../test/simulation/hunt.ts';

const SEEDS = 5000;

/** How many simulated runs a second, from their first event to their last, on all processors. */
export async function simulation(_scratch: string, rounds: number): Promise<void> {
	console.log(`\n## simulation: ${SEEDS} seeds\nload before: ${loadavg()[0]?.toFixed(1)}`);
	for (let round = 0; round < rounds; round++) {
		const from = 1 + round * SEEDS;
		const begunAt = performance.now();
		const {seeds, events, failed} = await hunt(from, from + SEEDS);
		const seconds = (performance.now() - begunAt) / 1000;
		console.log(
			`${(seeds / seconds).toFixed(0)} seeds/s, ${(events / seconds).toFixed(0)} events/s, ${failed.length} failed`,
		);
	}
}
