import type {Topology} from '../../src/lab/host.js';
import {Machine} from '../../src/lab/machine/machine.js';
import {statusOf} from '../../src/lab/process/process.js';
import {ByteQueue, Collector, Source} from '../../src/lab/process/stream.js';
import {WorldClock} from '../../src/lab/world-clock.js';
import {tinyTopology} from './tiny-room.js';

/** One host of a room, without servers around it. Its time goes as fast as it can. */
export type LoneMachine = {
	readonly machine: Machine;
	readonly clock: WorldClock;
	/** Logs in, gives all the input at once, waits for the end. */
	run(
		command: string,
		stdin?: string,
		user?: string,
	): Promise<{readonly out: string; readonly err: string; readonly status: number}>;
	stop(): void;
};

export async function loneMachine(topology: Topology = tinyTopology, name = 'alpha'): Promise<LoneMachine> {
	const machines: Machine[] = [];
	const world = topology.create(topology.starts[0], () => {
		for (const machine of machines) {
			void machine.follow();
		}
	});
	const clock = new WorldClock({
		now: topology.epoch,
		speed: Number.POSITIVE_INFINITY,
		settleMs: 0,
		mayMove: () => true,
		arrived: () => {},
	});
	const bugs: unknown[] = [];
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
	machines.push(machine);
	await machine.begin();
	return {
		machine,
		clock,
		run: async (command, stdin = '', user = 'root') => {
			const input = new QueueSource();
			await input.queue.put(Buffer.from(stdin));
			input.queue.end();
			const [out, err] = [new Collector(), new Collector()];
			const process = machine.login({
				user,
				command,
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

class QueueSource extends Source {
	readonly queue = new ByteQueue();

	protected override next(): Promise<Uint8Array | undefined> {
		return this.queue.take();
	}
}
