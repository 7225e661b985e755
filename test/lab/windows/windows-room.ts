import type {SimulatedWorld} from '../../../src/lab/host.js';
import {Machine} from '../../../src/lab/machine/machine.js';
import {statusOf} from '../../../src/lab/process/process.js';
import {ByteQueue, Collector, Source} from '../../../src/lab/process/stream.js';
import {readLab} from '../../../src/lab/read-lab.js';
import {topologyOf} from '../../../src/lab/world/topologies.js';
import {WorldClock} from '../../../src/lab/world-clock.js';
import {withoutClixml} from '../../../src/text/clixml.js';

/** What a script printed, with plain line ends, and how it ended. */
type Ran = {readonly out: string; readonly err: string; readonly status: number};

/** The hosts of a lab file without servers around them. Time goes as fast as it can, and stops wherever something happens. */
export type WindowsRoom = {
	readonly world: SimulatedWorld;
	readonly clock: WorldClock;
	/** Runs PowerShell on a Windows host, as an encoded command. */
	powershell(host: string, script: string): Promise<Ran>;
	/** Runs it in the login shell. */
	run(host: string, command: string, user?: string): Promise<Ran>;
	/** > | power off hv1      > | set cable hv1 mirror out */
	hand(words: string): string;
	pass(seconds: number): Promise<void>;
	stop(): void;
};

/** `topology`: what stands below `topology:` of a lab file. */
export async function windowsRoom(topology: string): Promise<WindowsRoom> {
	const indented = topology.replaceAll(/^/gm, '  ');
	const {lab, problems} = readLab('lab.yaml', `topology:\n${indented}\n`);
	const found = lab && topologyOf(lab.topology);
	if (found === undefined || problems.length > 0) {
		throw new Error(problems.map(({message, help}) => `${message} ${help ?? ''}`).join('\n'));
	}

	const machines = new Map<string, Machine>();
	let following = Promise.resolve();
	const world = found.create(found.starts[0], () => {
		following = following.then(async () => {
			for (const machine of machines.values()) {
				await machine.follow();
			}
		});
	});
	const clock: WorldClock = new WorldClock({
		now: found.epoch,
		speed: Number.POSITIVE_INFINITY,
		settleMs: 0,
		mayMove: () => true,
		arrived: () => advance(),
	});
	const advance = () => {
		world.advance(clock.now());
		clock.expect(world.nextChange());
	};
	const bugs: unknown[] = [];
	for (const name of found.hosts) {
		const machine = new Machine({
			now: () => clock.now(),
			view: () => world.host(name),
			advance,
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

	const run = async (host: string, command: string, user = 'Administrator'): Promise<Ran> => {
		await following;
		const machine = machines.get(host);
		if (machine === undefined) {
			throw new Error(`There is no host ${host}`);
		}

		const [out, err] = [new Collector(), new Collector()];
		const process = machine.login({
			user,
			command,
			stdin: new Nothing(),
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

		const text = (collected: Collector) => Buffer.from(collected.bytes()).toString().replaceAll('\r\n', '\n');
		return {out: text(out), err: withoutClixml(text(err)), status};
	};
	return {
		world,
		clock,
		run,
		powershell: (host, script) =>
			run(host, `powershell -NonInteractive -EncodedCommand ${Buffer.from(script, 'utf16le').toString('base64')}`),
		hand(words) {
			advance();
			const [verb, ...rest] = words.split(' ');
			const now = clock.now();
			const said =
				verb === 'power'
					? world.power(rest[1] ?? '', rest[0] === 'on' ? 'on' : 'off', now)
					: verb === 'look'
						? world.look(rest, now)
						: world.deed(rest, now);
			clock.expect(world.nextChange());
			return said;
		},
		pass: seconds => clock.sleep(seconds * 1000),
		stop: () => clock.stop(),
	};
}

class Nothing extends Source {
	readonly #queue = new ByteQueue();

	constructor() {
		super();
		this.#queue.end();
	}

	protected override next(): Promise<Uint8Array | undefined> {
		return this.#queue.take();
	}
}
