import {isDeepStrictEqual} from 'node:util';
import type {WorldTime} from '../host.js';
import type {Inventory} from '../world/member.js';
import type {PartKind, PartRoom, SavedPart, WorldPart} from '../world/part.js';
import {type AamCluster, AamClusterSchema, agentOf, responses} from './cluster.js';
import {type Act, type Ground, judges, runsOn} from './ground.js';
import {readAamClusters} from './read.js';
import {nextChangeOf, settle} from './settle.js';
import {RETRY_DELAYS_MS} from './timings.js';

const deeds = ['set ha NAME on|off', `set response NAME ${responses.join('|')}`, 'set place NAME VM HOST'] as const;

const forms: Readonly<Record<string, RegExp>> = {
	ha: /^(on|off)$/,
	response: new RegExp(`^(${responses.join('|')})$`),
	place: /^\S+ \S+$/,
};

/** VMware HA 4, in `lab.yaml` and in the machine room. */
export const vmwareHaKind: PartKind = {
	kind: 'aam',
	key: 'vmware_ha',
	read: readAamClusters,
	deeds,
	checkDeed: ([verb = '', , ...rest]) =>
		forms[verb]?.test(rest.join(' ')) ? undefined : `Write it so: ${deeds.find(deed => deed.split(' ')[1] === verb)}`,
	restore: (saved, room) => new AamPart(AamClusterSchema.parse(saved), room),
};

class AamPart implements WorldPart {
	readonly kind = 'aam';
	readonly #room: PartRoom;
	#cluster: AamCluster;

	constructor(saved: AamCluster, room: PartRoom) {
		this.#cluster = saved;
		this.#room = room;
	}

	get name(): string {
		return this.#cluster.name;
	}

	nextChange(now: WorldTime): WorldTime | undefined {
		return nextChangeOf(this.#cluster, now);
	}

	settle(now: WorldTime): boolean {
		const {cluster, acts} = settle(this.#cluster, {ground: this.#ground(), now});
		const hasChanged = acts.length > 0 || !isDeepStrictEqual(cluster, this.#cluster);
		this.#cluster = cluster;
		for (const act of acts) {
			this.#do(act, now);
		}

		return hasChanged;
	}

	look(now: WorldTime): string {
		const {name, isOn, hosts, vms, restarts} = this.#cluster;
		if (!isOn) {
			return `${name}: VMware HA is off`;
		}

		const scene = {ground: this.#ground(), now};
		const states = hosts.map(host => `${host} ${this.#stateOf(host)}`);
		const places = vms.map(
			vm => `${vm.name} on ${hosts.filter(host => runsOn(scene, vm.name, host)).join(' and ') || 'no host'}`,
		);
		const attempts = restarts.map(({vm, attempts, next}) =>
			next === undefined
				? `${vm}: given up after ${attempts} attempts`
				: `${vm}: attempt ${attempts + 1} of ${RETRY_DELAYS_MS.length + 1} at ${new Date(next).toISOString().slice(11, 19)}`,
		);
		return [`${name}: ${states.join(', ')}`, places.join(', '), ...attempts].filter(part => part !== '').join('; ');
	}

	deed([verb, , first = '', second = '']: readonly string[], now: WorldTime): string {
		const {name, hosts} = this.#cluster;
		switch (verb) {
			case 'ha':
				this.#cluster = {...this.#cluster, isOn: first === 'on', agents: {}, vms: [], restarts: []};
				return `VMware HA of ${name} is ${first}`;
			case 'response': {
				const response = responses.find(each => each === first) ?? this.#cluster.response;
				this.#cluster = {...this.#cluster, response};
				return `the isolation response of ${name} is ${response}`;
			}
			default: {
				const from = hosts.find(host => runsOn({ground: this.#ground(), now}, first, host));
				const vm = this.#machines(from).find(machine => machine.name === first);
				if (from === undefined || vm === undefined || !hosts.includes(second)) {
					throw new Error(`${first} runs on no host of ${name}, or ${second} is none of them`);
				}

				if (from !== second) {
					this.#inventory(from).migrate(vm, second, now);
				}

				return `${first} is on ${second}`;
			}
		}
	}

	toJSON(): SavedPart {
		return this.#cluster;
	}

	#stateOf(host: string): string {
		const ground = this.#ground();
		const others = judges(this.#cluster, {ground, now: 0}).filter(each => each !== host);
		if (agentOf(this.#cluster, host).isolatedSince !== undefined) {
			return 'isolated';
		}

		return others.some(other => agentOf(this.#cluster, other).silences[host] !== undefined) || !ground.isUp(host)
			? 'not responding'
			: 'connected';
	}

	#do({kind, vm, host}: Act, now: WorldTime): void {
		const inventory = this.#inventory(host);
		switch (kind) {
			case 'start':
				inventory.start(vm, now);
				break;
			case 'stop':
				inventory.stop(vm, now);
				break;
			case 'shutDown':
				inventory.shutDown(vm, now);
				break;
			case 'unregister':
				inventory.unregister(vm, now);
		}
	}

	#machines(host: string | undefined): ReturnType<Inventory['machines']> {
		return host === undefined ? [] : this.#inventory(host).machines();
	}

	#inventory(host: string): Inventory {
		const {inventory} = this.#room.member(host);
		if (inventory === undefined) {
			throw new Error('A cluster of VMware HA has ESX 4 hosts only');
		}

		return inventory;
	}

	#ground(): Ground {
		const room = this.#room;
		return {
			isUp: host => room.member(host).labHost().power.kind === 'on',
			areConnected: (one, other) => room.areConnected(one, other),
			answers: (host, address) =>
				room.answers(
					address,
					room
						.member(host)
						.addresses()
						.flatMap(({networks}) => networks),
				),
			machines: host => this.#machines(host),
			refuses: (vm, host) => this.#inventory(host).refuses(vm),
		};
	}
}
