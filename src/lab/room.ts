import * as z from 'zod';
import {type Fault, FaultCounts, FaultWatch} from './faults.js';
import type {Platform, SimulatedWorld, Topology} from './host.js';
import {Machine, SavedMachine} from './machine/machine.js';
import {HostKeys, makeHostKeys, type PublicKey, publicKeyOf} from './ssh/host-keys.js';
import {HostServer} from './ssh/host-server.js';
import {WorldClock} from './world-clock.js';

/** A whole lab as one document: enough to go on where it stopped, in another process or on another laptop. */
export const SavedRoom = z.object({
	version: z.literal(1),
	topology: z.string(),
	now: z.number(),
	world: z.unknown(),
	hosts: z.record(z.string(), z.object({machine: SavedMachine, keys: HostKeys, port: z.number()})),
	/** What a host with the fault `changed-host-key` shows. */
	otherKeys: HostKeys.optional(),
	counts: FaultCounts,
});
export type SavedRoom = z.infer<typeof SavedRoom>;

export type RoomOptions = {
	readonly topology: Topology;
	/** A named state, or a room that was saved. */
	readonly from: {readonly kind: 'start'; readonly start: string} | {readonly kind: 'saved'; readonly saved: SavedRoom};
	/** World seconds for a real one; Infinity: as fast as it goes. */
	readonly speed: number;
	/** True: time runs while nobody waits for it too, for people who only look around. */
	readonly runsIdle: boolean;
	readonly fault: Fault | undefined;
	readonly address: string;
	/** Where to look for free ports; a saved room takes its own again if it can. */
	readonly firstPort: number;
	/** Writes a saved room down. Called after each command that changed something, before anybody hears of its end. */
	readonly keep: (saved: SavedRoom) => Promise<void>;
	readonly log: (text: string) => void;
	readonly makeKeys?: () => Promise<HostKeys>;
};

export type RoomHost = {
	readonly name: string;
	readonly address: string;
	readonly port: number;
	readonly platform: Platform['name'];
	readonly user: string;
	readonly password: string;
	/** What the host really shows, whatever a fault makes of it. */
	readonly keys: readonly PublicKey[];
};

/** The machine room at work: a world, its machines, their servers, one clock. */
export class Room {
	readonly clock: WorldClock;
	readonly #options: RoomOptions;
	readonly #world: SimulatedWorld;
	readonly #faults: FaultWatch;
	readonly #machines = new Map<string, Machine>();
	readonly #servers = new Map<string, HostServer>();
	readonly #keys = new Map<string, HostKeys>();
	readonly #otherKeys: HostKeys | undefined;
	/** Exchanges that a client has begun, by host: while the host does not rest, time stands. */
	readonly #exchanges = new Map<string, number>();
	#changed = true;
	/** World time of the last saved room: a restored world must not be younger than what a run has seen of it. */
	#savedAt = -1;
	#saving: Promise<void> = Promise.resolve();
	#closed = false;

	static async open(options: RoomOptions): Promise<Room> {
		const {topology, from} = options;
		const saved = from.kind === 'saved' ? from.saved : undefined;
		if (saved !== undefined) {
			requireSameHosts(topology.hosts, Object.keys(saved.hosts));
		}
		const makeKeys = options.makeKeys ?? makeHostKeys;
		const keys = await Promise.all(
			topology.hosts.map(async name => [name, saved?.hosts[name]?.keys ?? (await makeKeys())] as const),
		);
		const otherKeys = options.fault?.name === 'changed-host-key' ? (saved?.otherKeys ?? (await makeKeys())) : undefined;
		const room = new Room(options, new Map(keys), otherKeys);
		await room.#begin(saved);
		return room;
	}

	private constructor(options: RoomOptions, keys: ReadonlyMap<string, HostKeys>, otherKeys: HostKeys | undefined) {
		const {topology, from, speed} = options;
		this.#options = options;
		this.#otherKeys = otherKeys;
		this.#faults = new FaultWatch(options.fault, from.kind === 'saved' ? from.saved.counts : {});
		const changed = () => this.#worldChanged();
		this.#world =
			from.kind === 'saved' ? topology.restore(from.saved.world, changed) : topology.create(from.start, changed);
		this.clock = new WorldClock({
			now: from.kind === 'saved' ? from.saved.now : topology.epoch,
			speed,
			mayMove: () => this.#mayMove(),
			arrived: () => this.#advance(),
		});
		for (const [name, hostKeys] of keys) {
			this.#keys.set(name, hostKeys);
			this.#addHost(name, hostKeys);
		}
	}

	#addHost(name: string, keys: HostKeys): void {
		const {address, firstPort, log} = this.#options;
		const view = () => this.#world.host(name);
		const machine = new Machine({
			now: () => this.clock.now(),
			view,
			advance: () => this.#advance(),
			accounting: {
				busy: () => this.clock.enterWork(),
				idle: () => this.clock.leaveWork(),
				sleep: (ms, signal) => this.clock.sleep(ms, signal),
				failed: (process, error) =>
					log(`${name} "${process.command}": ${error instanceof Error ? error.stack : String(error)}`),
			},
		});
		machine.files.watch(() => {
			this.#changed = true;
		});
		this.#machines.set(name, machine);
		const saved = this.#options.from.kind === 'saved' ? this.#options.from.saved.hosts[name]?.port : undefined;
		const server = new HostServer({
			machine,
			view,
			keys,
			otherKeys: this.#otherKeys,
			faults: this.#faults,
			address,
			firstPort: saved ?? firstPort + this.#servers.size,
			save: () => this.save(),
			activity: () => this.clock.reconsider(),
			log,
		});
		this.#servers.set(name, server);
	}

	async #begin(saved: SavedRoom | undefined): Promise<void> {
		for (const [name, machine] of this.#machines) {
			const kept = saved?.hosts[name]?.machine;
			await (kept === undefined ? machine.begin() : machine.restore(kept));
		}
		this.#advance();
		for (const server of this.#servers.values()) {
			await server.begin();
		}
		await this.save();
		if (this.#options.runsIdle) {
			void this.#runIdle();
		}
	}

	/** Time passes for those who only look on. */
	async #runIdle(): Promise<void> {
		while (!this.#closed) {
			await this.clock.sleep(1000);
		}
	}

	hosts(): readonly RoomHost[] {
		return [...this.#servers].map(([name, server]) => {
			const {platform, users} = this.#world.host(name);
			const [user = 'root', password = ''] = Object.entries(users)[0] ?? [];
			const keys = this.#keys.get(name);
			return {
				name,
				address: this.#options.address,
				port: server.port,
				platform: platform.name,
				user,
				password,
				keys: platform.ssh.hostKeys.flatMap(kind =>
					keys === undefined || kind === 'ed25519' ? [] : [publicKeyOf(keys[kind])],
				),
			};
		});
	}

	/** Whether anybody is connected to any host. */
	get inUse(): boolean {
		return [...this.#servers.values()].some(server => server.connections > 0);
	}

	/** `power off HOST`, `power on HOST`, `set …`, `look …`. Says what was done. Throws an Error with a sentence. */
	async perform(words: readonly string[]): Promise<string> {
		const did = this.#do(words);
		await this.#settled();
		await this.save();
		return did;
	}

	#do(words: readonly string[]): string {
		this.#advance();
		const now = this.clock.now();
		const [verb, ...rest] = words;
		const [to, host = ''] = rest;
		if (verb === 'power' && (to === 'on' || to === 'off')) {
			return this.#world.power(host, to, now);
		}
		if (verb === 'set') {
			return this.#world.deed(rest, now);
		}
		if (verb === 'look') {
			return this.#world.look(rest, now);
		}
		throw new Error(`Nobody knows how to ${words.join(' ')}.`);
	}

	/** A client begins or ends an exchange with a host; a host that is not here never rests. */
	exchange(host: string, change: 1 | -1): void {
		this.#exchanges.set(host, (this.#exchanges.get(host) ?? 0) + change);
		this.clock.reconsider();
	}

	/** A client went away: whatever it had begun is over. */
	forgetExchanges(counts: ReadonlyMap<string, number>): void {
		for (const [host, count] of counts) {
			this.#exchanges.set(host, (this.#exchanges.get(host) ?? 0) - count);
		}
		this.clock.reconsider();
	}

	#mayMove(): boolean {
		return [...this.#exchanges].every(
			([host, count]) => count === 0 || count <= (this.#servers.get(host)?.sessionsAtRest() ?? 0),
		);
	}

	#advance(): void {
		this.#world.advance(this.clock.now());
		this.clock.expect(this.#world.nextChange());
	}

	#worldChanged(): void {
		this.#changed = true;
		for (const machine of this.#machines.values()) {
			void machine.follow();
		}
		for (const server of this.#servers.values()) {
			void server.follow();
		}
		// The clock is made after the world; a new world may already say that it has changed
		this.clock?.expect(this.#world.nextChange());
	}

	async #settled(): Promise<void> {
		await Promise.all([...this.#machines.values(), ...this.#servers.values()].map(each => each.follow()));
	}

	/** Writes the room down if anything has changed since the last time. */
	save(): Promise<void> {
		this.#saving = this.#saving.then(() => this.#save());
		return this.#saving;
	}

	async #save(): Promise<void> {
		if (!this.#changed && this.clock.now() === this.#savedAt) {
			return;
		}
		this.#changed = false;
		this.#savedAt = this.clock.now();
		const hosts: SavedRoom['hosts'] = {};
		for (const [name, machine] of this.#machines) {
			const keys = this.#keys.get(name);
			if (keys !== undefined) {
				hosts[name] = {machine: await machine.save(), keys, port: this.#servers.get(name)?.port ?? 0};
			}
		}
		await this.#options.keep({
			version: 1,
			topology: this.#options.topology.name,
			now: this.#savedAt,
			world: this.#world.toJSON(),
			hosts,
			otherKeys: this.#otherKeys,
			counts: this.#faults.counts,
		});
	}

	async close(): Promise<void> {
		this.#closed = true;
		for (const server of this.#servers.values()) {
			await server.close();
		}
		this.clock.stop();
		this.#changed = true;
		await this.save();
	}
}

/** A world can be gone on with where the same hosts are wanted. Throws an Error with a sentence. */
function requireSameHosts(wanted: readonly string[], saved: readonly string[]): void {
	if (wanted.length !== saved.length || wanted.some(name => !saved.includes(name))) {
		throw new Error(`The saved world has the hosts ${saved.join(', ')}, and not ${wanted.join(', ')}.`);
	}
}
