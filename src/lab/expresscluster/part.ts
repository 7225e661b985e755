import {isDeepStrictEqual} from 'node:util';
import type {Member} from '../world/member.js';
import type {PartKind, PartRoom, WorldPart} from '../world/part.js';
import {type Cluster, ClusterSchema, floatingOn, lookAt, stateOf} from './cluster.js';
import {clusterCommands} from './commands.js';
import {readClusters, withClusters} from './read.js';
import {nextChangeOf, settle} from './settle.js';

/** The service of EXPRESSCLUSTER on its servers. */
const clusterService = 'clusterpro';

/** EXPRESSCLUSTER clusters, in `lab.yaml` and in the machine room. */
export const expressclusterKind: PartKind = {
	kind: 'expresscluster',
	key: 'clusters',
	read: readClusters,
	prepare: (hosts, parts, topology, problems) =>
		withClusters(
			hosts,
			parts.map(part => ClusterSchema.parse(part)),
			topology,
			problems,
		),
	restore: (saved, room) => clusterPart(ClusterSchema.parse(saved), room),
};

function clusterPart(saved: Cluster, room: PartRoom): WorldPart {
	let cluster = saved;
	const protectedGuests = new ProtectedGuests(room, () => cluster);
	return {
		kind: 'expresscluster',
		name: saved.name,
		nextChange: () => nextChangeOf(cluster),
		settle(now) {
			const world = {
				isUp: (host: string) => isOn(room.member(host)),
				runs: (host: string) => room.member(host).runs?.(clusterService) === true,
				areConnected: room.areConnected,
			};
			const settled = settle(cluster, world, now);
			const hasChanged = !isDeepStrictEqual(settled.cluster, cluster);
			cluster = settled.cluster;
			for (const host of settled.shutDown) {
				room.member(host).cutPower(now);
			}

			return protectedGuests.follow(now) || hasChanged;
		},
		look: () => lookAt(cluster),
		floating: host => floatingOn(cluster, host),
		commands: host =>
			cluster.hosts.includes(host)
				? clusterCommands({
						host,
						cluster: () => cluster,
						replace(changed) {
							cluster = changed;
							room.changed();
						},
						setService: (name, runs) => room.member(name).setService?.(clusterService, runs, room.now()),
						shutDown: (name, andThen) => room.member(name).shutDown?.(andThen, room.now()),
					})
				: [],
		toJSON: () => cluster,
	};
}

/** Virtual machines that a group starts: stopped with it, and started on the host that its next server runs on. */
class ProtectedGuests {
	readonly #room: PartRoom;
	readonly #cluster: () => Cluster;
	/** The servers on which their groups were when last looked at. */
	#served: ReadonlyMap<string, string | undefined> | undefined;

	constructor(room: PartRoom, cluster: () => Cluster) {
		this.#room = room;
		this.#cluster = cluster;
	}

	/** Whether anything changed. */
	follow(now: number): boolean {
		const guests = this.#room.members().filter(({protectedBy}) => this.#has(protectedBy));
		const served = this.#served ?? new Map(guests.map(guest => [guest.name, this.#serverOf(guest)]));
		const moved = guests.filter(guest => this.#serverOf(guest) !== served.get(guest.name));
		this.#served = new Map(guests.map(guest => [guest.name, this.#serverOf(guest)]));
		for (const guest of moved) {
			this.#move(guest, now);
		}

		return moved.length > 0;
	}

	#has(group: string | undefined): boolean {
		return this.#cluster().groups.some(({name}) => name === group);
	}

	/** Where the group of a protected virtual machine is online. */
	#serverOf({protectedBy = ''}: Member): string | undefined {
		const cluster = this.#cluster();
		return cluster.hosts.find(host => stateOf(cluster, host, protectedBy).kind === 'online');
	}

	#move(guest: Member, now: number): void {
		if (guest.labHost().power.kind !== 'off') {
			guest.cutPower(now);
		}

		const server = this.#serverOf(guest);
		const carrier = server === undefined ? undefined : this.#room.member(server).runsOn;
		if (carrier !== undefined) {
			guest.moveTo?.(carrier);
			guest.powerOn(now);
		}
	}
}

function isOn(member: Member): boolean {
	return member.labHost().power.kind === 'on';
}
