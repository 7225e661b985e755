import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {readlinkSync} from 'node:fs';

/** Some machines in a row, each with a network of its own and a cable to the next one, and to nobody else. */
export type Networks = {
	/** Words that start a program on the machine of that number, from 0. */
	inside(machine: number): readonly string[];
	/** How the machine before it calls this one, from 1: `10.99.1.2`. */
	address(machine: number): string;
	stop(): Promise<void>;
};

/** True where networks can be made: on Linux, by root. Says so where not, for tests are skipped then; in CI that is a failure. */
export function haveNetworks(): boolean {
	if (process.platform === 'linux' && spawnSync('unshare', ['--net', 'ip', 'link']).status === 0) {
		return true;
	}

	const message =
		'Tests with networks of their own are skipped: they want Linux, root, and the programs unshare and ip.';
	if (process.env['CI'] !== undefined) {
		throw new Error(message);
	}

	console.warn(message);
	return false;
}

/** Lays so many machines in a row. Nothing of this machine's own network is changed, and all ends with `stop` or with us. */
export async function startNetworks(count: number): Promise<Networks> {
	const holders: ChildProcess[] = [];
	for (let machine = 0; machine < count; machine += 1) {
		holders.push(spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], {stdio: 'ignore'}));
	}

	const inside = (machine: number) => ['nsenter', `--net=/proc/${holders[machine]?.pid}/ns/net`];
	const ip = (machine: number, ...words: readonly string[]) => {
		const [enter = '', ...rest] = inside(machine);
		execFileSync(enter, [...rest, 'ip', ...words]);
	};
	await Promise.all(holders.map(hasOwnNetwork));
	for (let machine = 0; machine < count; machine += 1) {
		ip(machine, 'link', 'set', 'lo', 'up');
		if (machine > 0) {
			const before = machine - 1;
			const peer = ['peer', 'name', 'back', 'netns', String(holders[machine]?.pid)];
			ip(before, 'link', 'add', 'forth', 'type', 'veth', ...peer);
			ip(before, 'address', 'add', `10.99.${machine}.1/30`, 'dev', 'forth');
			ip(before, 'link', 'set', 'forth', 'up');
			ip(machine, 'address', 'add', `10.99.${machine}.2/30`, 'dev', 'back');
			ip(machine, 'link', 'set', 'back', 'up');
		}
	}

	return {
		inside,
		address: machine => `10.99.${machine}.2`,
		stop: async () => {
			for (const holder of holders) {
				const ended = new Promise(resolve => holder.once('exit', resolve));
				holder.kill('SIGKILL');
				await ended;
			}
		},
	};
}

async function hasOwnNetwork({pid}: ChildProcess): Promise<void> {
	while (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) {
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}
