import * as z from 'zod';
import {aLook} from './control/protocol.js';
import type {Mishap, Struck} from './domain-faults.js';
import {type Fault, FaultCounts, FaultWatch} from './faults.js';
import {withHost} from './hands.js';
import type {Platform, SimulatedWorld, Topology, WorldWork} from './host.js';
import {LabSecrets, type NamedSecret} from './lab-secrets.js';
import {filled} from './machine/host-files.js';
import {Machine, type RemoteHost, SavedMachine} from './machine/machine.js';
import {type Process, statusOf} from './process/process.js';
import {NullStream} from './process/stream.js';
import {HostKeys, makeHostKeys, type PublicKey, pemsOf, publicKeyOf} from './ssh/host-keys.js';
import {HostServer} from './ssh/host-server.js';
import {WorldClock} from './world-clock.js';

/** A whole lab as one document: enough to go on where it stopped, in another process or on another laptop. */
export const SavedRoom = z.object({
	version: z.literal(1),
	topology: z.string(),
	now: z.number(),
	world: z.unknown(),
	/** A host without a machine is as it came: nobody has done anything to it. */
	hosts: z.record(z.string(), z.object({machine: SavedMachine.optional(), keys: HostKeys, port: z.number()})),
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
	readonly makeKeys?: (kinds: readonly string[]) => Promise<HostKeys>;
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
	readonly #secrets = new LabSecrets();
	readonly #world: SimulatedWorld;
	readonly #faults: FaultWatch;
	readonly #machines = new Map<string, Machine>();
	readonly #servers = new Map<string, HostServer>();
	/** Servers that have a port of their own. */
	readonly #begun = new Set<HostServer>();
	readonly #keys = new Map<string, HostKeys>();
	#otherKeys: HostKeys | undefined;
	/** Machines that have been asked for. */
	readonly #waking = new Map<string, Promise<Machine>>();
	/** Machines as they were saved last, if nothing has changed since. */
	readonly #kept = new Map<string, SavedMachine>();
	/** How often something was done to the files of a machine; none: it is as it came. */
	readonly #touches = new Map<string, number>();
	/** What the world itself runs on its hosts, by id. */
	readonly #works = new Map<string, {readonly machine: Machine; readonly process: Process}>();
	/** Exchanges that a client has begun, by host: while the host does not rest, time stands. */
	readonly #exchanges = new Map<string, number>();
	#changed = true;
	/** Until then the world has done what is due; undefined: it has changed since. */
	#advancedTo: number | undefined;
	/** The host that held the clock when it was last asked. */
	#holding = '';
	/** World time of the last saved room: a restored world must not be younger than what a run has seen of it. */
	#savedAt = -1;
	#saving: Promise<void> = Promise.resolve();
	/** The one that has not begun. */
	#nextSave: Promise<void> | undefined;
	#closed = false;

	static async open(options: RoomOptions): Promise<Room> {
		const {topology, from} = options;
		const saved = from.kind === 'saved' ? from.saved : undefined;
		if (saved !== undefined) {
			requireSameHosts(topology.hosts, Object.keys(saved.hosts));
		}
		const room = new Room(options);
		await room.#makeKeys(saved);
		await room.#begin(saved);
		return room;
	}

	private constructor(options: RoomOptions) {
		const {topology, from, speed} = options;
		this.#options = {...options, log: text => options.log(this.#secrets.clean(text))};
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
	}

	async #makeKeys(saved: SavedRoom | undefined): Promise<void> {
		const {topology, fault, makeKeys = makeHostKeys} = this.#options;
		const kindsOf = (name: string) => this.#world.host(name).platform.ssh.hostKeys;
		// A key of the slow kind is made once for all hosts of the lab: keys protect nothing here
		let shared: HostKeys['rsa'];
		for (const name of topology.hosts) {
			const kinds = kindsOf(name);
			const made =
				saved?.hosts[name]?.keys ?? (await makeKeys(kinds.filter(kind => kind !== 'rsa' || shared === undefined)));
			shared ??= made.rsa;
			this.#keys.set(name, kinds.includes('rsa') && shared !== undefined ? {rsa: shared, ...made} : made);
		}
		if (fault?.name === 'changed-host-key') {
			this.#otherKeys = saved?.otherKeys ?? (await makeKeys(kindsOf(fault.host)));
		}
	}

	async #begin(saved: SavedRoom | undefined): Promise<void> {
		for (const [name, keys] of this.#keys) {
			this.#addHost(name, keys, saved?.hosts[name]);
		}
		this.#advance();
		for (const server of this.#servers.values()) {
			await server.begin();
			this.#begun.add(server);
		}
		await this.save();
		if (this.#options.runsIdle) {
			void this.#runIdle();
		}
	}

	#addHost(name: string, keys: HostKeys, saved: SavedRoom['hosts'][string] | undefined): void {
		const {address, firstPort, log} = this.#options;
		if (saved?.machine !== undefined) {
			this.#kept.set(name, saved.machine);
		}
		const server = new HostServer({
			name,
			machine: () => this.#machineOf(name),
			view: () => this.#world.host(name),
			keys,
			otherKeys: this.#otherKeys,
			faults: this.#faults,
			address,
			firstPort: saved?.port ?? firstPort + this.#servers.size,
			isGiven: port => [...this.#begun].some(other => other !== server && other.port === port),
			save: () => this.save(),
			isLookedAt: () => this.#exchanges.has(aLook),
			activity: () => this.clock.reconsider(),
			log,
		});
		this.#servers.set(name, server);
	}

	/** A host's files and processes come to life when somebody knocks: a thousand that nobody asks cost nothing. */
	#machineOf(name: string): Promise<Machine> {
		const waking = this.#waking.get(name) ?? this.#wake(name);
		this.#waking.set(name, waking);
		return waking;
	}

	async #wake(name: string): Promise<Machine> {
		const machine = new Machine({
			now: () => this.clock.now(),
			view: () => this.#world.host(name),
			advance: () => this.#advance(),
			keys: this.#publicKeysOf(name),
			hostKeyLines: other => this.#hostKeyLines(other),
			strike: (command, args) => this.#strike(name, command, args),
			hostAt: address => this.#remoteAt(address, name),
			accounting: {
				busy: () => this.clock.enterWork(),
				idle: () => this.clock.leaveWork(),
				sleep: (ms, signal) => this.clock.sleep(ms, signal),
				failed: (process, error) =>
					this.#options.log(`${name} "${process.command}": ${error instanceof Error ? error.stack : String(error)}`),
			},
		});
		const kept = this.#kept.get(name);
		await (kept === undefined ? machine.begin() : machine.restore(kept));
		this.#machines.set(name, machine);
		machine.files.watch(() => this.#touched(name));
		await machine.follow(); // The world may have changed meanwhile
		return machine;
	}

	/** What a fault makes of a call. */
	#strike(host: string, command: string, args: readonly string[]): Struck | undefined {
		const strike = this.#faults.call(host, command, args, this.clock.now());
		return strike?.kind === 'mishap' ? {kind: 'mishap', over: this.#befall(strike, host)} : strike;
	}

	/** Resolves when the hosts are as the world is then. */
	#befall({deeds, befalls}: Mishap, host: string): Promise<void> {
		const {topology} = this.#options;
		const all = (befalls === 'the host' ? [host] : topology.hosts).flatMap(each =>
			deeds.map(words => withHost(words, each)),
		);
		// Not every host knows every deed
		for (const words of all.filter(([verb, ...rest]) => verb !== 'set' || topology.checkDeed(rest) === undefined)) {
			this.#doOrLog(words);
		}
		return this.#settled();
	}

	/** Where there is nothing that it could be done to, the command says so by itself. */
	#doOrLog(words: readonly string[]): void {
		try {
			this.#do(words);
		} catch (error) {
			this.#options.log(`${words.join(' ')}: ${error instanceof Error ? error.message : String(error)}`);
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
			return {
				name,
				address: this.#options.address,
				port: server.port,
				platform: platform.name,
				user,
				password,
				keys: this.#publicKeysOf(name),
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
		this.#countExchanges(host, change);
		this.clock.reconsider();
	}

	#countExchanges(host: string, change: number): void {
		const count = (this.#exchanges.get(host) ?? 0) + change;
		if (count === 0) {
			this.#exchanges.delete(host);
		} else {
			this.#exchanges.set(host, count);
		}
	}

	/** A client went away: whatever it had begun is over. */
	forgetExchanges(counts: ReadonlyMap<string, number>): void {
		for (const [host, count] of counts) {
			this.#countExchanges(host, -count);
		}
		this.clock.reconsider();
	}

	/** Asked after each step of each command. Among a thousand hosts, the one that held the clock a moment ago most likely still does. */
	#mayMove(): boolean {
		if (!this.#isAtRest(this.#holding)) {
			return false;
		}

		for (const host of this.#exchanges.keys()) {
			if (!this.#isAtRest(host)) {
				this.#holding = host;
				return false;
			}
		}

		return true;
	}

	#isAtRest(host: string): boolean {
		const begun = this.#exchanges.get(host) ?? 0;
		return begun <= 0 || begun <= (this.#servers.get(host)?.sessionsAtRest() ?? 0);
	}

	#advance(): void {
		const now = this.clock.now();
		if (now === this.#advancedTo) {
			return;
		}

		this.#advancedTo = now;
		this.#world.advance(now);
		this.#takeWork();
		this.clock.expect(this.#world.nextChange());
	}

	/** The host that answers at an address, for somebody who is on the host `from`. */
	#remoteAt(address: string, from: string): RemoteHost | undefined {
		const name = this.#world.hostAt(address, from);
		if (name === undefined) {
			return undefined;
		}

		return {
			name,
			view: () => this.#world.host(name),
			keys: this.#publicKeysOf(name),
			machine: () => this.#machineOf(name),
			isReached: () => this.#world.hostAt(address, from) === name,
		};
	}

	#publicKeysOf(name: string): readonly PublicKey[] {
		return pemsOf(this.#keys.get(name) ?? {}, this.#world.host(name).platform.ssh.hostKeys).map(publicKeyOf);
	}

	#hostKeyLines(name: string): string {
		const {address} = this.#world.host(name);
		return this.#publicKeysOf(name)
			.map(({type, base64}) => `${address} ${type} ${base64}\n`)
			.join('');
	}

	#takeWork(): void {
		const {begin, kill} = this.#world.takeWork();
		for (const id of kill) {
			const work = this.#works.get(id);
			work?.machine.kill(-work.process.group, 'KILL', 'root');
		}
		for (const work of begin) {
			// Time waits until it runs, and from its end until the world knows
			this.clock.enterWork();
			void this.#perform(work)
				.catch((error: unknown) => this.#options.log(`${work.host} "${work.command}": ${String(error)}`))
				.finally(() => this.clock.leaveWork());
		}
	}

	async #perform({id, host, user, command, env}: WorldWork): Promise<void> {
		const machine = await this.#machineOf(host);
		await machine.follow(); // It may have been powered on in this very moment
		if (this.#world.host(host).power.kind !== 'on') {
			this.#workEnded(id, undefined);
			return;
		}

		const process = machine.login({
			user,
			command,
			env,
			stdin: new NullStream(),
			stdout: new NullStream(),
			stderr: new NullStream(),
			terminal: undefined,
			hangs: false,
		});
		this.#works.set(id, {machine, process});
		const held = process.ended.finally(() => this.clock.enterWork());
		this.clock.leaveWork();
		const ending = await held;
		this.#works.delete(id);
		this.#workEnded(id, this.#world.host(host).power.kind === 'on' ? statusOf(ending) : undefined);
	}

	#workEnded(id: string, status: number | undefined): void {
		this.#advance();
		this.#world.workEnded(id, status, this.clock.now());
	}

	#worldChanged(): void {
		this.#changed = true;
		this.#advancedTo = undefined;
		// The clock is made after the world; a new world may already say that it has changed
		const clock: WorldClock | undefined = this.clock;
		// Time waits until the hosts are as the world is: else a slow laptop would find a port closed that is open by now
		clock?.enterWork();
		void this.#settled().finally(() => clock?.leaveWork());
		if (clock !== undefined) {
			this.#takeWork();
			clock.expect(this.#world.nextChange());
		}
	}

	async #settled(): Promise<void> {
		await Promise.all([...this.#machines.values(), ...this.#servers.values()].map(each => each.follow()));
	}

	/** From now on they are not written down; where a saved room had their names, they stand in the files again. */
	async learn(secrets: readonly NamedSecret[]): Promise<void> {
		this.#secrets.learn(secrets);
		await Promise.all(this.#waking.values());
		for (const [name, kept] of this.#kept) {
			this.#kept.set(name, {...kept, files: filled(kept.files, bytes => this.#secrets.fill(bytes))});
		}
		for (const [name, machine] of this.#machines) {
			if (await machine.fillFiles(bytes => this.#secrets.fill(bytes))) {
				this.#touched(name);
			}
		}
		this.#changed = true;
		await this.save();
	}

	#touched(name: string): void {
		this.#changed = true;
		this.#kept.delete(name);
		this.#touches.set(name, (this.#touches.get(name) ?? 0) + 1);
	}

	/** Writes the room down if anything has changed since the last time. What goes wrong is logged, and the next one tries again. */
	save(): Promise<void> {
		// Whoever comes while one waits for its turn is served by it: it has not looked at anything yet
		this.#nextSave ??= this.#saving.then(async () => {
			this.#nextSave = undefined;
			await this.#save().catch((error: unknown) => {
				this.#changed = true;
				this.#options.log(`The world was not saved: ${error instanceof Error ? error.stack : String(error)}`);
			});
		});
		this.#saving = this.#nextSave;
		return this.#nextSave;
	}

	async #save(): Promise<void> {
		if (!this.#changed && this.clock.now() === this.#savedAt) {
			return;
		}
		this.#changed = false;
		this.#savedAt = this.clock.now();
		const hosts: SavedRoom['hosts'] = {};
		for (const [name, keys] of this.#keys) {
			const machine = await this.#saveMachine(name);
			hosts[name] = {
				machine: machine && this.#secrets.sealMachine(machine),
				keys,
				port: this.#servers.get(name)?.port ?? 0,
			};
		}
		await this.#options.keep({
			version: 1,
			topology: this.#options.topology.name,
			now: this.#savedAt,
			world: this.#secrets.seal(this.#world.toJSON()),
			hosts,
			otherKeys: this.#otherKeys,
			counts: structuredClone(this.#faults.counts),
		});
	}

	/** Undefined: it is as it came. */
	async #saveMachine(name: string): Promise<SavedMachine | undefined> {
		const kept = this.#kept.get(name);
		const touches = this.#touches.get(name);
		const machine = touches === undefined ? undefined : this.#machines.get(name);
		if (machine === undefined) {
			return kept;
		}
		if (kept !== undefined) {
			return {...kept, nextPid: machine.nextPid};
		}
		const saved = await machine.save();
		if (this.#touches.get(name) === touches) {
			this.#kept.set(name, saved); // Nothing was written while it was read
		}
		return saved;
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
