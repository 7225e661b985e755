import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import type {WindowsHost} from '../windows/host-state.js';
import {seesLun} from '../windows/iscsi.js';
import {reachOf} from '../windows/room.js';
import type {PartKind, PartRoom, SavedPart, WorldPart} from '../world/part.js';
import {type Cluster, ClusterSchema, isUp, nodeState} from './cluster.js';
import {diskInstants, followDisks, isUsable} from './disks.js';
import {type Ground, SHARED_ROOT} from './ground.js';
import {followNodes, nodeInstants} from './membership.js';
import {readWsfc, withClusters} from './read.js';
import {followRoles, followVolumes, roleState} from './roles.js';

const SavedWsfc = z.strictObject({kind: z.literal('wsfc'), name: z.string(), clusters: z.array(ClusterSchema)});

/** Windows Server failover clusters: those that the lab file describes, and those that cmdlets make. */
export const wsfcKind: PartKind = {
	kind: 'wsfc',
	key: 'wsfc',
	always: {kind: 'wsfc', name: 'wsfc', clusters: []} as SavedPart,
	read: readWsfc,
	prepare: withClusters,
	restore: (saved, room) => new Wsfc(SavedWsfc.parse(saved), room),
};

/** All failover clusters of a room; a host is in one at most. */
export class Wsfc implements WorldPart {
	readonly kind = 'wsfc';
	readonly name: string;
	readonly ground: Ground;
	readonly #room: PartRoom;
	#clusters: readonly Cluster[];

	constructor({name, clusters}: z.output<typeof SavedWsfc>, room: PartRoom) {
		this.name = name;
		this.#clusters = clusters;
		this.#room = room;
		this.ground = groundIn(room);
	}

	/** The cluster that the host is a node of; it may be down there. */
	clusterOf(host: string): Cluster | undefined {
		return this.#clusters.find(({nodes}) => nodes.some(node => node.host === host));
	}

	/** The cluster as its service on this host has it; undefined: the service does not answer there. */
	servedBy(host: string): Cluster | undefined {
		const cluster = this.clusterOf(host);
		return cluster !== undefined && isUp(cluster, host) ? cluster : undefined;
	}

	/** Changes one, or adds it. */
	put(cluster: Cluster): void {
		const others = this.#clusters.filter(({name}) => name !== cluster.name);
		this.#clusters = [...others, cluster];
		this.#room.changed();
	}

	remove(name: string): void {
		this.#clusters = this.#clusters.filter(cluster => cluster.name !== name);
		this.#room.changed();
	}

	clusterNamed(name: string): Cluster | undefined {
		return this.#clusters.find(cluster => cluster.name === name);
	}

	/** The cluster that has this virtual machine as a role. */
	having(role: string): Cluster | undefined {
		return this.#clusters.find(({roles}) => roles.some(({name}) => name === role));
	}

	/** Windows hosts by the names of their computers, in lower case. */
	hostNamed(computer: string): string | undefined {
		const asked = computer.toLowerCase().split('.')[0];
		return this.#room
			.members()
			.find(
				({windows, name}) =>
					windows !== undefined && (windows.now().computerName.toLowerCase() === asked || name === asked),
			)?.name;
	}

	/** LUNs by the folder that the host has them in. */
	sharedVolumes(host: string): Readonly<Record<string, string>> {
		const cluster = this.servedBy(host);
		const found = cluster?.disks.flatMap(({volume, lun}) =>
			volume !== undefined && isUsable(cluster, volume, host, this.ground) ? [[`${SHARED_ROOT}${volume}`, lun]] : [],
		);
		return Object.fromEntries(found ?? []);
	}

	now(): number {
		return this.#room.now();
	}

	nextChange(now: number): number | undefined {
		const instants = this.#clusters.flatMap(cluster => [...nodeInstants(cluster), ...diskInstants(cluster)]);
		const coming = instants.filter(at => at > now);
		return coming.length === 0 ? undefined : Math.min(...coming);
	}

	settle(now: number): boolean {
		let hasChanged = false;
		this.#clusters = this.#clusters.map(before => {
			const nodes = followNodes(before, this.ground, now);
			const after = followRoles(followDisks(nodes, this.ground, now), this.ground, now);
			followVolumes(after, this.ground);
			hasChanged ||= !isDeepStrictEqual(after, before);
			return after;
		});
		return hasChanged;
	}

	floating(host: string): readonly string[] {
		return this.#clusters.flatMap(({address, coreOwner, nodes}) =>
			address !== '' && coreOwner === host && nodes.some(node => node.host === host && node.state === 'Up')
				? [address]
				: [],
		);
	}

	look(now: number): string {
		if (this.#clusters.length === 0) {
			return 'There is no failover cluster';
		}

		return this.#clusters
			.map(cluster => {
				const nodes = cluster.nodes.map(node => `${node.host} ${nodeState(cluster, node, now).toLowerCase()}`);
				const disks = cluster.disks.map(({name, state, owner}) => `${name} ${state.toLowerCase()} on ${owner}`);
				const roles = cluster.roles.map(
					role => `${role.name} ${roleState(cluster, role, this.ground, now).toLowerCase()} on ${role.owner}`,
				);
				return `${cluster.name}: ${[...nodes, ...disks, ...roles].join('; ')}`;
			})
			.join('. ');
	}

	toJSON(): SavedPart {
		const saved: z.output<typeof SavedWsfc> = {kind: 'wsfc', name: this.name, clusters: [...this.#clusters]};
		return saved;
	}
}

function groundIn(room: PartRoom): Ground {
	const windows = (name: string) => {
		const handle = room.member(name).windows;
		if (handle === undefined) {
			throw new RangeError(`${name} is no Windows host`);
		}

		return handle;
	};
	const around = {parts: (kind: string) => room.parts(kind), host: (name: string) => room.member(name)};
	const runs = (host: WindowsHost) => host.services.some(({name, running}) => name === 'ClusSvc' && running);
	return {
		host: name => windows(name).now(),
		replace: host => windows(host.name).replace(host),
		replaceTogether: hosts => windows(hosts[0]?.name ?? '').replaceTogether(hosts),
		serves: name => room.member(name).labHost().power.kind === 'on' && runs(windows(name).now()),
		isOn: name => room.member(name).labHost().power.kind === 'on',
		leaves: name => {
			const host = windows(name).now();
			return host.power.kind === 'stopping' || (host.power.kind === 'on' && !runs(host));
		},
		hears: (one, other, networks) => networks.some(network => room.areConnected(one, other, network)),
		sees: (name, lun) => {
			const host = windows(name).now();
			const isOn = host.power.kind === 'on' || host.power.kind === 'stopping';
			return isOn && seesLun(host, lun, reachOf(host, around));
		},
	};
}
