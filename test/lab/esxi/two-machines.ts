import type {SimulatedWorld} from '../../../src/lab/host.js';
import {topologies} from '../../../src/lab/world/topologies.js';
import type {WorldClock} from '../../../src/lab/world-clock.js';
import {type Ran, startMachines} from '../machines.js';

/** Both ESXi hosts with the lab's shell, without servers around them. */
export type TwoMachines = {
	readonly world: SimulatedWorld;
	readonly clock: WorldClock;
	/** Runs it as `sh -eu`, with these variables exported. */
	run(host: string, script: string, variables?: Readonly<Record<string, string>>): Promise<Ran>;
	stop(): void;
};

export async function twoMachines(start: string): Promise<TwoMachines> {
	const [topology] = topologies;
	if (!topology) {
		throw new Error('There is no topology');
	}

	const {world, clock, run, stop} = await startMachines(topology, start);
	return {
		world,
		clock,
		run(host, script, variables = {}) {
			const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
			return run(host, 'sh -eu', `${exports.join('')}${script}\n`);
		},
		stop,
	};
}
