import type {SimulatedWorld} from '../../../src/lab/host.js';
import {Machine} from '../../../src/lab/machine/machine.js';
import {statusOf} from '../../../src/lab/process/process.js';
import {ByteQueue, Collector, Source} from '../../../src/lab/process/stream.js';
import {topologies} from '../../../src/lab/world/topologies.js';
import {WorldClock} from '../../../src/lab/world-clock.js';

/** What a script printed on one host and how it ended. */
export type Ran = {readonly out: string; readonly err: string; readonly status: number};

/** Both ESXi hosts with the lab's shell, without servers around them. Time goes as fast as it can. */
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

	const machines = new Map<string, Machine>();
	let following = Promise.resolve();
	const world = topology.create(start, () => {
		following = following.then(async () => {
			for (const machine of machines.values()) {
				await machine.follow();
			}
		});
	});
	const clock = new WorldClock({
		now: topology.epoch,
		speed: Number.POSITIVE_INFINITY,
		settleMs: 0,
		mayMove: () => true,
		arrived: () => {},
	});
	const bugs: unknown[] = [];
	for (const name of topology.hosts) {
		const machine = new Machine({
			now: () => clock.now(),
			view: () => world.host(name),
			advance: () => world.advance(clock.now()),
			keys: [],
			strike: () => undefined,
			hostAt: () => undefined,
			accounting: {
				busy: () => clock.enterWork(),
				idle: () => clock.leaveWork(),
				sleep: (ms, signal) => clock.sleep(ms, signal),
				failed: (_, error) => bugs.push(error),
			},
		});
		await machine.begin();
		machines.set(name, machine);
	}

	return {
		world,
		clock,
		run: async (host, script, variables = {}) => {
			const machine = machines.get(host);
			if (!machine) {
				throw new Error(`There is no host ${host}`);
			}

			await following;
			const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
			const input = new Lines(`${exports.join('')}${script}\n`);
			const [out, err] = [new Collector(), new Collector()];
			const process = machine.login({
				user: 'root',
				command: 'sh -eu',
				stdin: input,
				stdout: out,
				stderr: err,
				terminal: undefined,
				hangs: false,
			});
			const status = statusOf(await process.ended);
			if (bugs.length > 0) {
				throw bugs[0];
			}

			return {out: Buffer.from(out.bytes()).toString(), err: Buffer.from(err.bytes()).toString(), status};
		},
		stop: () => clock.stop(),
	};
}

class Lines extends Source {
	readonly #queue = new ByteQueue();

	constructor(text: string) {
		super();
		void this.#queue.put(Buffer.from(text)).then(() => this.#queue.end());
	}

	protected override next(): Promise<Uint8Array | undefined> {
		return this.#queue.take();
	}
}
