import {Machine} from '../../src/lab/machine/machine.js';
import {statusOf} from '../../src/lab/process/process.js';
import {ByteQueue, Collector, Source} from '../../src/lab/process/stream.js';
import {WorldClock} from '../../src/lab/world-clock.js';
import {epoch, tinyTopology} from './tiny-room.js';

/** One host of the tiny room without servers around it. Its time goes as fast as it can. */
export type LoneMachine = {
	readonly machine: Machine;
	readonly clock: WorldClock;
	/** Logs in as root, gives all the input at once, waits for the end. */
	run(command: string, stdin?: string): Promise<{readonly out: string; readonly err: string; readonly status: number}>;
	stop(): void;
};

export async function loneMachine(): Promise<LoneMachine> {
	const world = tinyTopology.create('ready', () => {});
	const clock = new WorldClock({
		now: epoch,
		speed: Number.POSITIVE_INFINITY,
		settleMs: 0,
		mayMove: () => true,
		arrived: () => {},
	});
	const bugs: unknown[] = [];
	const machine = new Machine({
		now: () => clock.now(),
		view: () => world.host('alpha'),
		advance: () => world.advance(clock.now()),
		accounting: {
			busy: () => clock.enterWork(),
			idle: () => clock.leaveWork(),
			sleep: (ms, signal) => clock.sleep(ms, signal),
			failed: (_, error) => bugs.push(error),
		},
	});
	await machine.begin();
	return {
		machine,
		clock,
		run: async (command, stdin = '') => {
			const input = new QueueSource();
			await input.queue.put(Buffer.from(stdin));
			input.queue.end();
			const [out, err] = [new Collector(), new Collector()];
			const process = machine.login({
				user: 'root',
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
