import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import {type Cluster, ClusterSchema, floatingOn, lookAt, stateOf} from '../expresscluster/cluster.js';
import {clusterCommands} from '../expresscluster/commands.js';
import {nextChangeOf, settle} from '../expresscluster/settle.js';
import type {LabCommand, SimulatedWorld, WorldTime} from '../host.js';
import {checkDeed} from './deeds.js';
import {kinds} from './kinds.js';
import type {Member, SavedMember} from './member.js';

/** A whole world as it is kept: every host as its kind keeps it. */
const SavedWorldSchema = z.strictObject({
	version: z.literal(1),
	now: z.number().int(),
	hosts: z
		.array(z.looseObject({kind: z.string(), name: z.string()}))
		.min(1)
		.readonly(),
	clusters: z.array(ClusterSchema).readonly().default([]),
});
export type SavedWorld = {
	readonly version: 1;
	readonly now: number;
	readonly hosts: readonly SavedMember[];
	readonly clusters?: readonly Cluster[];
};

/** Brings a saved world to life; `changed` is called after each change. Throws if `saved` is not one. */
export function simulate(saved: unknown, changed: () => void): SimulatedWorld {
	const world = SavedWorldSchema.parse(saved);
	return new MachineRoom(world, changed);
}

class MachineRoom implements SimulatedWorld {
	readonly #members: ReadonlyMap<string, Member>;
	/** Virtual machines. */
	readonly #guests: readonly Member[];
	/** Hosts of virtual machines that were on when last looked at. */
	readonly #carrying = new Set<string>();
	/** The servers on which the groups of protected virtual machines were when last looked at. */
	readonly #served = new Map<string, string | undefined>();
	readonly #changed: () => void;
	#clusters: readonly Cluster[];
	#now: WorldTime;
	#settling = false;

	constructor({hosts, clusters, now}: z.output<typeof SavedWorldSchema>, changed: () => void) {
		this.#now = now;
		this.#clusters = clusters;
		this.#changed = changed;
		this.#members = this.#enter(hosts);
		this.#guests = [...this.#members.values()].filter(({runsOn}) => runsOn !== undefined);
		for (const {runsOn = ''} of this.#guests) {
			if (isOn(this.#member(runsOn))) {
				this.#carrying.add(runsOn);
			}
		}
		for (const guest of this.#guests) {
			this.#served.set(guest.name, this.#serverOf(guest));
		}
	}

	#enter(saved: readonly SavedMember[]): ReadonlyMap<string, Member> {
		const makers = new Map(
			kinds.map(kind => [
				kind.platform as string,
				kind.enter({
					changed: () => this.#settle(),
					host: name => this.#member(name),
					answers: (address, networks) => this.#answers(address, networks),
					guests: name => this.#guests.filter(({runsOn}) => runsOn === name),
					floating: name => this.#clusters.flatMap(cluster => floatingOn(cluster, name)),
					clusterCommands: name => this.#clusterCommands(name),
				}),
			]),
		);
		return new Map(
			saved.map(host => {
				const maker = makers.get(host.kind);
				if (maker === undefined) {
					throw new Error(`${host.name} is a host of an unknown kind, ${host.kind}`);
				}

				return [host.name, maker.restore(host)];
			}),
		);
	}

	#member(name: string): Member {
		const found = this.#members.get(name);
		if (found === undefined) {
			throw new RangeError(`There is no host ${name} in this world`);
		}

		return found;
	}

	/** `.1` of each network is something that always answers. */
	#answers(address: string, networks: readonly string[]): boolean {
		if (address.endsWith('.1') && networks.length > 0) {
			return true;
		}

		return [...this.#members.values()].some(member =>
			member
				.addresses()
				.some(({ip, networks: reached}) => ip === address && reached.some(network => networks.includes(network))),
		);
	}

	host(name: string) {
		return this.#member(name).labHost();
	}

	nextChange(): WorldTime | undefined {
		let next: WorldTime | undefined;
		for (const member of this.#members.values()) {
			const change = member.nextChange(this.#now);
			next = earlier(next, change);
		}

		return this.#clusters.reduce((earliest, cluster) => earlier(earliest, nextChangeOf(cluster)), next);
	}

	advance(now: WorldTime): void {
		this.#now = now;
		for (const member of this.#members.values()) {
			member.advance(now);
		}

		if (this.#clusters.length > 0 && this.#settleClusters()) {
			this.#followGroups();
			this.#changed();
		}
	}

	power(name: string, to: 'on' | 'off', now: WorldTime): string {
		const member = this.#member(name);
		const isOff = member.labHost().power.kind === 'off';
		if (isOff === (to === 'off')) {
			return `${member.label} was ${to} already`;
		}

		if (to === 'off') {
			member.cutPower(now);
			return `${member.label} lost power`;
		}

		const carrier = member.runsOn === undefined ? undefined : this.#member(member.runsOn);
		if (carrier !== undefined && !isOn(carrier)) {
			throw new Error(`${member.label} cannot be powered on: ${carrier.label}, which it runs on, is not up`);
		}

		member.powerOn(now);
		return `${member.label} got power and boots`;
	}

	deed(words: readonly string[], now: WorldTime): string {
		const problem = checkDeed(
			words,
			[...this.#members.values()].map(member => member.toJSON()),
		);
		if (problem !== undefined) {
			throw new Error(problem);
		}

		return this.#member(words[1] ?? '').deed(words, now);
	}

	look(words: readonly string[], now: WorldTime): string {
		const [name = ''] = words;
		const member = this.#members.get(name);
		const cluster = this.#clusters.find(each => each.name === name);
		if (words.length !== 1 || (member === undefined && cluster === undefined)) {
			const names = [...this.#members.keys(), ...this.#clusters.map(each => each.name)];
			throw new Error(`Only a host or a cluster can be looked at: ${names.map(each => `look ${each}`).join(', ')}`);
		}

		return member?.look(now) ?? (cluster === undefined ? '' : lookAt(cluster));
	}

	toJSON(): SavedWorld {
		const hosts = [...this.#members.values()].map(member => member.toJSON());
		return {version: 1, now: this.#now, hosts, clusters: this.#clusters};
	}

	/** What follows from a change at once: a host takes its virtual machines with it, and starts them when it is back. */
	#settle(): void {
		if (!this.#settling) {
			this.#settling = true;
			this.#followCarriers();
			this.#settling = false;
			this.#settleClusters();
			this.#followGroups();
		}

		this.#changed();
	}

	/** Whether anything changed. */
	#settleClusters(): boolean {
		const world = {
			isUp: (host: string) => isOn(this.#member(host)),
			runs: (host: string) => this.#member(host).runs?.(clusterService) === true,
			areConnected: (one: string, other: string) => this.#areConnected(one, other),
		};
		let hasChanged = false;
		for (const before of this.#clusters) {
			const {cluster, shutDown} = settle(before, world, this.#now);
			if (!isDeepStrictEqual(cluster, before)) {
				hasChanged = true;
				this.#clusters = this.#clusters.map(each => (each.name === cluster.name ? cluster : each));
			}

			for (const host of shutDown) {
				this.#member(host).cutPower(this.#now);
			}
		}

		return hasChanged;
	}

	/** A protected virtual machine is stopped with its group, and started on the host that the group's next server runs on. */
	#followGroups(): void {
		for (const guest of this.#guests) {
			const server = this.#serverOf(guest);
			if (guest.protectedBy === undefined || server === this.#served.get(guest.name)) {
				continue;
			}

			this.#served.set(guest.name, server);
			if (guest.labHost().power.kind !== 'off') {
				guest.cutPower(this.#now);
			}

			const carrier = server === undefined ? undefined : this.#member(server).runsOn;
			if (carrier !== undefined) {
				guest.moveTo?.(carrier);
				guest.powerOn(this.#now);
			}
		}
	}

	/** Where the group of a protected virtual machine is online. */
	#serverOf({protectedBy: group}: Member): string | undefined {
		return group === undefined
			? undefined
			: this.#clusters
					.flatMap(cluster => cluster.hosts.filter(host => stateOf(cluster, host, group).kind === 'online'))
					.at(0);
	}

	#areConnected(one: string, other: string): boolean {
		const networks = this.#member(one)
			.addresses()
			.flatMap(address => address.networks);
		return this.#member(other)
			.addresses()
			.some(address => address.networks.some(network => networks.includes(network)));
	}

	#clusterCommands(host: string): readonly LabCommand[] {
		const found = this.#clusters.find(({hosts}) => hosts.includes(host));
		const cluster = () => this.#clusters.find(({name}) => name === found?.name) ?? found;
		return found === undefined
			? []
			: clusterCommands({
					host,
					cluster: () => cluster() ?? found,
					replace: changed => {
						this.#clusters = this.#clusters.map(each => (each.name === changed.name ? changed : each));
						this.#settle();
					},
					setService: (name, runs) => this.#member(name).setService?.(clusterService, runs, this.#now),
					shutDown: (name, andThen) => this.#member(name).shutDown?.(andThen, this.#now),
				});
	}

	#followCarriers(): void {
		for (const name of new Set(this.#guests.map(({runsOn = ''}) => runsOn))) {
			const on = isOn(this.#member(name));
			const cameBack = on && !this.#carrying.has(name);
			if (on) {
				this.#carrying.add(name);
			} else {
				this.#carrying.delete(name);
			}

			for (const guest of this.#guests.filter(({runsOn}) => runsOn === name)) {
				const isOff = guest.labHost().power.kind === 'off';
				if (!on && !isOff) {
					guest.cutPower(this.#now);
				} else if (cameBack && isOff && guest.autostart) {
					guest.powerOn(this.#now);
				}
			}
		}
	}
}

/** The service of EXPRESSCLUSTER on its servers. */
const clusterService = 'clusterpro';

function earlier(one: WorldTime | undefined, other: WorldTime | undefined): WorldTime | undefined {
	return one === undefined || (other !== undefined && other < one) ? other : one;
}

function isOn(member: Member): boolean {
	return member.labHost().power.kind === 'on';
}
