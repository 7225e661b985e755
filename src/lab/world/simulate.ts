import * as z from 'zod';
import type {SimulatedWorld, WorldTime, WorldWork} from '../host.js';
import type {MirrorDevice} from '../linux/disks.js';
import {checkDeed, subjectOf} from './deeds.js';
import {kinds} from './kinds.js';
import type {Member, SavedMember} from './member.js';
import type {PartRoom, SavedPart, WorldPart} from './part.js';
import {partKinds} from './parts.js';
import {restored} from './unreadable-world.js';

/** A whole world as it is kept: every host and every part as its kind keeps it. */
const SavedWorldSchema = z.strictObject({
	version: z.literal(1),
	now: z.number().int(),
	hosts: z
		.array(z.looseObject({kind: z.string(), name: z.string()}))
		.min(1)
		.readonly(),
	parts: z
		.array(z.looseObject({kind: z.string(), name: z.string()}))
		.readonly()
		.default([]),
	/** As worlds were kept that knew no other parts. */
	clusters: z
		.array(z.looseObject({name: z.string()}))
		.readonly()
		.default([]),
});
export type SavedWorld = {
	readonly version: 1;
	readonly now: number;
	readonly hosts: readonly SavedMember[];
	readonly parts?: readonly SavedPart[];
};

/** Nothing in a room goes back and forth for ever; what does is our bug. */
const mostRounds = 1_000;

/** Brings a saved world to life; `changed` is called after each change. Throws an UnreadableWorld if `saved` is none that this version knows. */
export function simulate(saved: unknown, changed: () => void): SimulatedWorld {
	const world = restored('the world', () => SavedWorldSchema.parse(saved));
	return new MachineRoom(world, changed);
}

class MachineRoom implements SimulatedWorld {
	readonly #members: ReadonlyMap<string, Member>;
	readonly #parts: readonly WorldPart[];
	/** Hosts of virtual machines that were on when last looked at. */
	readonly #carrying = new Set<string>();
	readonly #changed: () => void;
	#now: WorldTime;
	#settling = false;
	/** Something has changed since the last round of settling began. */
	#unsettled = false;
	/** When something will happen by itself, as long as nothing changes; undefined: that is not known. */
	#quietUntil: WorldTime | undefined;

	constructor({hosts, parts, clusters, now}: z.output<typeof SavedWorldSchema>, changed: () => void) {
		this.#now = now;
		this.#changed = changed;
		this.#members = this.#enter(hosts);
		this.#parts = this.#assemble([...parts, ...clusters.map(cluster => ({...cluster, kind: 'expresscluster'}))]);
		for (const {runsOn = ''} of this.#guests()) {
			if (isOn(this.#member(runsOn))) {
				this.#carrying.add(runsOn);
			}
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
					guests: name => this.#guests().filter(({runsOn}) => runsOn === name),
					guest: vm => [...this.#members.values()].find(member => member.vm === vm),
					// A host may be asked while the room is still being furnished
					floating: name => (this.#parts ?? []).flatMap(part => part.floating?.(name) ?? []),
					parts: kind => (this.#parts ?? []).filter(part => part.kind === kind),
					mirrorDevices: name => this.#mirrorDevices(name),
					partFiles: name => Object.assign({}, ...(this.#parts ?? []).map(part => part.files?.(name) ?? {})),
					footprints: name => (this.#parts ?? []).flatMap(part => part.footprint?.(name) ?? []),
					partCommands: name => this.#parts.flatMap(part => part.commands?.(name) ?? []),
				}),
			]),
		);
		return new Map(
			saved.map(host => {
				const maker = makers.get(host.kind);
				if (maker === undefined) {
					throw new Error(`${host.name} is a host of an unknown kind, ${host.kind}`);
				}

				return [host.name, restored(host.name, () => maker.restore(host))];
			}),
		);
	}

	#assemble(saved: readonly SavedPart[]): readonly WorldPart[] {
		const room: PartRoom = {
			members: () => [...this.#members.values()],
			member: name => this.#member(name),
			parts: kind => this.#parts.filter(part => part.kind === kind),
			areConnected: (one, other, network) => this.#areConnected(one, other, network),
			answers: (address, networks) => this.#answers(address, networks),
			mirrorDevices: host => this.#mirrorDevices(host),
			changed: () => this.#settle(),
			now: () => this.#now,
		};
		return partKinds.flatMap(kind => {
			const own = saved.filter(part => part.kind === kind.kind);
			const all = own.length > 0 || kind.always === undefined ? own : [kind.always];
			return all.map(part => restored(`${kind.kind} ${part.name}`, () => kind.restore(part, room)));
		});
	}

	#mirrorDevices(host: string): readonly MirrorDevice[] {
		return (this.#parts ?? []).flatMap(part => part.mirrorDevices?.(host) ?? []);
	}

	/** Virtual machines that run, or would run, on a host of this room. */
	#guests(): readonly Member[] {
		return [...this.#members.values()].filter(({runsOn}) => runsOn !== undefined);
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
		if (address.endsWith('.1') && networks.some(network => !network.includes(':'))) {
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
		if (this.#quietUntil === undefined) {
			let next: WorldTime | undefined;
			for (const changing of [...this.#members.values(), ...this.#parts]) {
				next = earlier(next, changing.nextChange(this.#now));
			}
			this.#quietUntil = next ?? Number.POSITIVE_INFINITY;
		}

		return this.#quietUntil === Number.POSITIVE_INFINITY ? undefined : this.#quietUntil;
	}

	advance(now: WorldTime): void {
		this.#now = now;
		this.#settling = true;
		this.#unsettled = false;
		for (const member of this.#members.values()) {
			member.advance(now);
		}

		this.#settling = false;
		// It is called before each command: most often nothing has changed since all settled, and nothing is due
		if (this.#quietUntil !== undefined && now < this.#quietUntil) {
			return;
		}

		const hasChanged = this.#unsettled;
		if (this.#follow() || hasChanged) {
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

		if (member.isInstalled === false) {
			throw new Error(`${member.label} has no system yet that could boot`);
		}

		const carrier = member.runsOn === undefined ? undefined : this.#member(member.runsOn);
		if (member.vm !== undefined && carrier === undefined) {
			throw new Error(`${member.label} is a virtual machine that no host has in its inventory`);
		}

		if (carrier !== undefined && !isOn(carrier)) {
			throw new Error(`${member.label} cannot be powered on: ${carrier.label}, which it runs on, is not up`);
		}

		member.powerOn(now);
		return `${member.label} got power and boots`;
	}

	deed(words: readonly string[], now: WorldTime): string {
		const problem = checkDeed(words, this.toJSON());
		if (problem !== undefined) {
			throw new Error(problem);
		}

		const part = this.#parts.find(({name}) => name === subjectOf(words));
		if (part?.deed !== undefined) {
			const did = part.deed(words, now);
			this.#settle();
			return did;
		}

		return this.#member(subjectOf(words)).deed(words, now);
	}

	look(words: readonly string[], now: WorldTime): string {
		const [name = ''] = words;
		const seen = this.#members.get(name) ?? this.#parts.find(part => part.name === name);
		const vms = [...this.#members.values()].flatMap(({inventory}) => inventory?.look(name, now) ?? []);
		if (words.length === 1 && seen === undefined && vms.length > 0) {
			return vms.join('; ');
		}

		if (words.length !== 1 || seen === undefined) {
			const names = [...this.#members.keys(), ...this.#parts.map(part => part.name)];
			throw new Error(`Only these can be looked at: ${names.map(each => `look ${each}`).join(', ')}`);
		}

		return seen.look(now);
	}

	takeWork() {
		const taken = this.#parts.map(part => ({part, ...(part.takeWork?.() ?? {begin: [], kill: []})}));
		return {
			begin: taken.flatMap(({part, begin}) => begin.map((work): WorldWork => ({...work, id: idOf(part, work.id)}))),
			kill: taken.flatMap(({part, kill}) => kill.map(id => idOf(part, id))),
		};
	}

	workEnded(id: string, status: number | undefined, now: WorldTime): void {
		this.#now = now;
		const part = this.#parts.find(each => id.startsWith(idOf(each, '')));
		part?.workEnded?.(id.slice(idOf(part, '').length), status, now);
		this.#settle();
	}

	hostAt(address: string, from: string): string | undefined {
		const asking = this.#member(from);
		const isLoopback = address === '127.0.0.1' || address === 'localhost';
		if (isLoopback || asking.addresses().some(({ip}) => ip === address)) {
			return from;
		}

		const networks = asking.addresses().flatMap(each => each.networks);
		return [...this.#members.values()].find(member =>
			member.addresses().some(({ip, networks: own}) => ip === address && own.some(each => networks.includes(each))),
		)?.name;
	}

	toJSON(): SavedWorld {
		const hosts = [...this.#members.values()].map(member => member.toJSON());
		return {version: 1, now: this.#now, hosts, parts: this.#parts.map(part => part.toJSON())};
	}

	/** After a change: all that follows from it at once. */
	#settle(): void {
		this.#unsettled = true;
		this.#quietUntil = undefined;
		if (!this.#settling) {
			this.#follow();
			this.#changed();
		}
	}

	/** A host takes its virtual machines with it, parts follow hosts, and so on until nothing changes. Whether anything did. */
	#follow(): boolean {
		this.#quietUntil = undefined;
		this.#settling = true;
		let hasChanged = false;
		try {
			for (let round = 1; ; round += 1) {
				this.#unsettled = false;
				this.#followCarriers();
				for (const member of this.#members.values()) {
					this.#unsettled = member.follow?.(this.#now) || this.#unsettled;
				}
				for (const part of this.#parts) {
					this.#unsettled = part.settle(this.#now) || this.#unsettled;
				}

				if (!this.#unsettled) {
					return hasChanged;
				}

				hasChanged = true;
				if (round === mostRounds) {
					throw new Error('The machine room does not settle');
				}
			}
		} finally {
			this.#settling = false;
		}
	}

	#areConnected(one: string, other: string, network?: string): boolean {
		const reached = (name: string) =>
			this.#member(name)
				.addresses()
				.flatMap(address => address.networks)
				.filter(each => network === undefined || each === network);
		const networks = reached(one);
		return reached(other).some(each => networks.includes(each));
	}

	#followCarriers(): void {
		const guests = this.#guests();
		const carriers = new Set(guests.map(({runsOn = ''}) => runsOn));
		for (const name of [...carriers].filter(each => this.#member(each).hasInventory !== true)) {
			const on = isOn(this.#member(name));
			const cameBack = on && !this.#carrying.has(name);
			if (on) {
				this.#carrying.add(name);
			} else {
				this.#carrying.delete(name);
			}

			for (const guest of guests.filter(({runsOn}) => runsOn === name)) {
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

/** Unique in the whole room. */
function idOf({kind, name}: WorldPart, work: string): string {
	return `${kind}/${name}/${work}`;
}

function earlier(one: WorldTime | undefined, other: WorldTime | undefined): WorldTime | undefined {
	return one === undefined || (other !== undefined && other < one) ? other : one;
}

function isOn(member: Member): boolean {
	return member.labHost().power.kind === 'on';
}
