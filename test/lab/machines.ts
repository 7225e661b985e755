import type {SimulatedWorld, Topology} from '../../src/lab/host.js';
import {Machine} from '../../src/lab/machine/machine.js';
import {statusOf} from '../../src/lab/process/process.js';
import {ByteQueue, Collector, Source} from '../../src/lab/process/stream.js';
import {WorldClock} from '../../src/lab/world-clock.js';

/** What a command printed, and how it ended. */
export type Ran = {readonly out: string; readonly err: string; readonly status: number};

/** Hosts of a topology with the lab's shell, without servers around them. Time goes as fast as it can, and stops wherever something happens. */
export type Machines = {
	readonly world: SimulatedWorld;
	readonly clock: WorldClock;
	/** Lets everything follow that is due. */
	advance(): void;
	/** The machine of a host. */
	of(host: string): Machine;
	/** Logs in, gives all the input at once, waits for the end. */
	run(host: string, command: string, stdin?: string, user?: string): Promise<Ran>;
	stop(): void;
};

export async function startMachines(
	topology: Topology,
	start = topology.starts[0],
	hosts: readonly string[] = topology.hosts,
): Promise<Machines> {
	const machines = new Map<string, Machine>();
	let following = Promise.resolve();
	const world = topology.create(start, () => {
		following = following.then(async () => {
			for (const machine of machines.values()) {
				await machine.follow();
			}
		});
	});
	const clock: WorldClock = new WorldClock({
		now: topology.epoch,
		speed: Number.POSITIVE_INFINITY,
		settleMs: 0,
		mayMove: () => true,
		arrived: () => advance(),
	});
	const advance = () => {
		world.advance(clock.now());
		clock.expect(world.nextChange());
	};
	const of = (host: string): Machine => {
		const machine = machines.get(host);
		if (machine === undefined) {
			throw new Error(`There is no host ${host}`);
		}

		return machine;
	};
	const bugs: unknown[] = [];
	for (const name of hosts) {
		const machine = new Machine({
			now: () => clock.now(),
			view: () => world.host(name),
			advance,
			keys: [],
			hostKeyLines: () => '',
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
		advance,
		of,
		run: async (host, command, stdin = '', user = 'root') => {
			await following;
			const [out, err] = [new Collector(), new Collector()];
			const process = of(host).login({
				user,
				command,
				stdin: new Input(stdin),
				stdout: out,
				stderr: err,
				terminal: undefined,
				hangs: false,
			});
			const status = statusOf(await process.ended);
			await following;
			if (bugs.length > 0) {
				throw bugs[0];
			}

			return {out: Buffer.from(out.bytes()).toString(), err: Buffer.from(err.bytes()).toString(), status};
		},
		stop: () => clock.stop(),
	};
}

class Input extends Source {
	readonly #queue = new ByteQueue();

	constructor(text: string) {
		super();
		void this.#queue.put(Buffer.from(text)).then(() => this.#queue.end());
	}

	protected override next(): Promise<Uint8Array | undefined> {
		return this.#queue.take();
	}
}
