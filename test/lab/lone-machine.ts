import type {Topology} from '../../src/lab/host.js';
import type {Machine} from '../../src/lab/machine/machine.js';
import type {WorldClock} from '../../src/lab/world-clock.js';
import {type Ran, startMachines} from './machines.js';
import {tinyTopology} from './tiny-room.js';

/** One host of a room, without servers around it. */
export type LoneMachine = {
	readonly machine: Machine;
	readonly clock: WorldClock;
	run(command: string, stdin?: string, user?: string): Promise<Ran>;
	stop(): void;
};

export async function loneMachine(topology: Topology = tinyTopology, name = 'alpha'): Promise<LoneMachine> {
	const machines = await startMachines(topology, topology.starts[0], [name]);
	return {
		machine: machines.of(name),
		clock: machines.clock,
		run: (command, stdin, user) => machines.run(name, command, stdin, user),
		stop: machines.stop,
	};
}
