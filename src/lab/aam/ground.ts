import type {AamCluster} from './cluster.js';

/** What the agents meet in the world around them. */
export type Ground = {
	isUp(host: string): boolean;
	/** Heartbeats get from one service console to the other. */
	areConnected(one: string, other: string): boolean;
	/** Somebody answers the host at this address. */
	answers(host: string, address: string): boolean;
	/** What the host has in its inventory. */
	machines(host: string): readonly Machine[];
	/** Why this host could not start it, in the words of the host; undefined: it can. */
	refuses(vm: VmFile, host: string): string | undefined;
};

type VmFile = {readonly name: string; readonly vmx: string};

type Machine = VmFile & {readonly isOn: boolean};

/** What an agent has its host do to a virtual machine. */
export type Act = {
	readonly kind: 'start' | 'stop' | 'shutDown' | 'unregister';
	readonly vm: VmFile;
	readonly host: string;
};

/** The cluster at one instant, with what surrounds it. */
export type Scene = {readonly ground: Ground; readonly now: number};

export function hears({ground}: Scene, one: string, other: string): boolean {
	return ground.isUp(one) && ground.isUp(other) && ground.areConnected(one, other);
}

export function runsOn({ground}: Scene, vm: string, host: string): boolean {
	return ground.isUp(host) && ground.machines(host).some(({name, isOn}) => name === vm && isOn);
}

/** Hosts that may decide about others: they are up and not cut off. */
export function judges({hosts, agents}: AamCluster, {ground}: Scene): readonly string[] {
	return hosts.filter(host => ground.isUp(host) && agents[host]?.isolatedSince === undefined);
}
