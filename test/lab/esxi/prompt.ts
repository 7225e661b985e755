import {InMemoryFs} from 'just-bash';
import type {Platform, PosixPlatform, SimulatedWorld, WorldTime} from '../../../src/lab/host.js';
import {topologies} from '../../../src/lab/world/topologies.js';

/** Its commands are looked up by name, as a shell of the lab's would. */
export function posix(platform: Platform): PosixPlatform {
	if (platform.name === 'windows') {
		throw new Error('It has a shell of its own.');
	}

	return platform;
}

/** What one command printed, both streams together in their order, and how it ended. */
export type Printed = {readonly text: string; readonly status: number; readonly tookMs: number};

/** A world and a way to type commands on its hosts, without shells, processes and SSH. Time moves only while a command works. */
export class Prompt {
	readonly world: SimulatedWorld;
	now: WorldTime;

	constructor(start: string, saved?: unknown) {
		const [topology] = topologies;
		if (!topology) {
			throw new Error('There is no topology');
		}

		this.now = topology.epoch;
		this.world = saved === undefined ? topology.create(start, () => {}) : topology.restore(saved, () => {});
	}

	wait(ms: number): void {
		this.now += ms;
		this.world.advance(this.now);
	}

	/** Words are parted by blanks; a part in double quotes is one word. */
	async type(host: string, line: string): Promise<Printed> {
		const [name = '', ...args] = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
		const {platform} = this.world.host(host);
		const command = posix(platform)
			.commands({name: host, now: () => this.world.host(host)})
			.find(command => command.name === name);
		if (!command) {
			throw new Error(`No such command: ${name}`);
		}

		const before = this.now;
		let text = '';
		const print = (part: string) => {
			text += part;
		};
		const status = await command.run(args, {
			stdin: async () => '',
			out: print,
			err: print,
			sleep: async ms => this.wait(ms),
			now: () => this.now,
			signal: new AbortController().signal,
			user: 'root',
			env: {},
			cwd: '/',
			fs: new InMemoryFs(),
		});
		return {text, status, tookMs: this.now - before};
	}

	/** Types each line and expects it to succeed. */
	async do(host: string, ...lines: readonly string[]): Promise<void> {
		for (const line of lines) {
			const {text, status} = await this.type(host, line);
			if (status !== 0) {
				throw new Error(`${line}: exit ${status}\n${text}`);
			}
		}
	}
}
