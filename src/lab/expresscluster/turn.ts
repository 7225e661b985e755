import {type Cluster, configurationOf, type Server, withServer} from './cluster.js';
import type {Configuration} from './configuration.js';

/** What the cluster software meets in the world around it; hosts are called by the names of their servers. */
export type Surroundings = {
	/** The host is up. */
	isUp(server: string): boolean;
	/** The host is up and its cluster service runs. */
	runs(server: string): boolean;
	/** Its licence is registered. */
	isLicensed(server: string): boolean;
	/** A packet gets from one to the other on some network. */
	areConnected(one: string, other: string): boolean;
	/** A packet gets from one server's address to another's. */
	areLinked(one: string, address: string, other: string, otherAddress: string): boolean;
	/** Somebody else answers the server at the address. */
	answers(server: string, address: string): boolean;
	/** Bytes of a partition of the server's disks; undefined: there is none, `unknown`: its disks are not simulated. */
	partition(server: string, device: string): number | 'unknown' | undefined;
};

/** What the world has to do for the cluster. */
export type Action =
	| {
			readonly kind: 'alert';
			readonly server: string;
			readonly level: 'I' | 'W' | 'E';
			readonly module: string;
			readonly id: number;
			readonly text: string;
	  }
	| {
			readonly kind: 'begin';
			readonly server: string;
			readonly work: string;
			readonly command: string;
			readonly env: Readonly<Record<string, string>>;
	  }
	| {readonly kind: 'kill'; readonly work: string}
	| {readonly kind: 'stopService'; readonly server: string}
	/** In order, or at once: an emergency. */
	| {readonly kind: 'shutDown'; readonly server: string; readonly andThen: 'off' | 'boot'; readonly atOnce: boolean}
	/** A mirror's copy has ended. */
	| {readonly kind: 'copied'; readonly mirror: string; readonly from: string; readonly to: string};

/** One look at the cluster at one instant: the state as far as it has come, and what the world has to do for it. */
export class Turn {
	cluster: Cluster;
	readonly world: Surroundings;
	readonly now: number;
	readonly actions: Action[] = [];

	constructor(cluster: Cluster, world: Surroundings, now: number) {
		this.cluster = cluster;
		this.world = world;
		this.now = now;
	}

	get configuration(): Configuration {
		return configurationOf(this.cluster);
	}

	/** Names of its servers, in order of priority. */
	get servers(): readonly string[] {
		return this.configuration.servers.map(({name}) => name);
	}

	server(name: string): Server | undefined {
		return this.cluster.servers[name];
	}

	change(name: string, change: Partial<Server>): void {
		this.cluster = withServer(this.cluster, name, change);
	}

	inform(server: string, module: string, id: number, text: string): void {
		this.actions.push({kind: 'alert', server, level: 'I', module, id, text});
	}

	warn(server: string, module: string, id: number, text: string): void {
		this.actions.push({kind: 'alert', server, level: 'W', module, id, text});
	}

	complain(server: string, module: string, id: number, text: string): void {
		this.actions.push({kind: 'alert', server, level: 'E', module, id, text});
	}

	/** Has a script run on a server; returns the id of that work. */
	begin(server: string, command: string, env: Readonly<Record<string, string>>): string {
		const work = String(this.cluster.works + 1);
		this.cluster = {...this.cluster, works: this.cluster.works + 1};
		this.actions.push({kind: 'begin', server, work, command, env});
		return work;
	}
}
