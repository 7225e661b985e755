import {agentOf, type HaCluster, hostNames, type ProtectedVm} from './cluster.js';

/** What the agents meet in the world around them. */
export type Ground = {
	/** The host has booted and not crashed. */
	isUp(host: string): boolean;
	hostdRuns(host: string): boolean;
	inMaintenance(host: string): boolean;
	/** A packet gets from one management address to the other, split switches aside. */
	areConnected(one: string, other: string): boolean;
	/** Somebody answers the host at this address of the management network. */
	answers(host: string, address: string): boolean;
	/** `dead`: all paths down; `lost`: the array says that the device is gone for good. */
	path(host: string, datastore: string): 'active' | 'dead' | 'lost';
	/** The hosts on which it has power. More than one: two copies of it run. */
	runningOn(vm: ProtectedVm): readonly string[];
	isRegistered(vm: ProtectedVm, host: string): boolean;
	/** It is off because a person wanted it. */
	wasStopped(vm: ProtectedVm, host: string): boolean;
	/** Why this host could not start it, in the words of the host; undefined: it can. */
	cannotStart(vm: ProtectedVm, host: string): string | undefined;
};

/** What an agent does to a virtual machine through hostd of its host. */
export type Act = {
	readonly kind: 'start' | 'stop' | 'reset' | 'unregister';
	readonly vm: ProtectedVm;
	readonly host: string;
};

/** The cluster at one instant, with what surrounds it. */
export type Scene = {readonly ground: Ground; readonly now: number};

/** Its agent works: on its own feet, and on those of hostd. */
export function isFunctional(cluster: HaCluster, host: string, {ground}: Scene): boolean {
	return (
		ground.isUp(host) &&
		agentOf(cluster, host).process.kind === 'running' &&
		ground.hostdRuns(host) &&
		!ground.inMaintenance(host)
	);
}

/** Packets get from one to the other, also where a switch is split. */
export function reaches(cluster: HaCluster, one: string, other: string, {ground}: Scene): boolean {
	const side = cluster.sides.find(hosts => hosts.includes(one));
	const isSameSide = cluster.sides.length === 0 || side === undefined || side.includes(other);
	return isSameSide && ground.isUp(one) && ground.isUp(other) && ground.areConnected(one, other);
}

/** One agent's heartbeats get to the other. */
export function hears(cluster: HaCluster, one: string, other: string, scene: Scene): boolean {
	return (
		one !== other &&
		isFunctional(cluster, one, scene) &&
		isFunctional(cluster, other, scene) &&
		reaches(cluster, one, other, scene)
	);
}

export function heardBy(cluster: HaCluster, host: string, scene: Scene): readonly string[] {
	return hostNames(cluster).filter(other => hears(cluster, host, other, scene));
}

/** The agent keeps its heartbeat file open on a datastore that the onlooker sees too. */
export function beatsOnDatastore(cluster: HaCluster, host: string, onlooker: string, scene: Scene): boolean {
	return (
		isFunctional(cluster, host, scene) &&
		cluster.heartbeatDatastores.some(store =>
			[host, onlooker].every(each => scene.ground.path(each, store) === 'active'),
		)
	);
}
