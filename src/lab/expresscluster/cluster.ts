import * as z from 'zod';
import {readConf} from './clp-conf.js';
import {type Configuration, configurationIn, type GroupConf, type ResourceConf} from './configuration.js';

/**
One EXPRESSCLUSTER cluster as plain data: its configuration as it was uploaded, and what each server knows and does. Each has a
view of its own, because a cut network makes them differ.

Instants are milliseconds since 1970 of the world's clock.
*/
export type Cluster = Frozen<z.infer<typeof ClusterSchema>>;
export type Server = Cluster['servers'][string];
export type GroupState = Server['groups'][string];
export type ResourceState = Server['resources'][string];
export type MonitorState = Server['monitors'][string];
/** One server's half of a mirror disk. */
export type MirrorHalf = Server['mirrors'][string];
export type Factor = 'CLUSTERSTART' | 'CLUSTERSTOP' | 'GROUPSTART' | 'GROUPSTOP' | 'GROUPMOVE' | 'GROUPFAILOVER';

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int().nonnegative();

/** Why a script runs. Source: EXPRESSCLUSTER's environment variable `CLP_FACTOR`. */
const FactorSchema = z.enum(['CLUSTERSTART', 'CLUSTERSTOP', 'GROUPSTART', 'GROUPSTOP', 'GROUPMOVE', 'GROUPFAILOVER']);

const GroupStateSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('offline')}),
	z.strictObject({kind: z.literal('starting'), factor: FactorSchema}),
	z.strictObject({kind: z.literal('online')}),
	/** A resource of it could not be activated. */
	z.strictObject({kind: z.literal('failed')}),
	/** `to`: the server that starts it then. */
	z.strictObject({kind: z.literal('stopping'), factor: FactorSchema, to: z.string().optional()}),
]);

/** `until`: when it is done, or has taken too long where a script does it; that script's work has the id `work`. */
const ResourceStateSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('offline')}),
	z.strictObject({
		kind: z.literal('starting'),
		until: Instant,
		work: z.string().optional(),
		factor: FactorSchema,
		tries: z.number().int(),
	}),
	z.strictObject({kind: z.literal('online')}),
	z.strictObject({
		kind: z.literal('stopping'),
		until: Instant,
		work: z.string().optional(),
		factor: FactorSchema,
		tries: z.number().int(),
	}),
	z.strictObject({kind: z.literal('failed'), doing: z.enum(['start', 'stop'])}),
]);

const MonitorStateSchema = z.strictObject({
	status: z.enum(['offline', 'normal', 'caution', 'error', 'suspended']),
	/** It goes on when the cluster does; undefined: a person has suspended it. */
	resumes: z.literal(true).optional(),
	/** When it looks next; undefined: it does not. */
	next: Instant.optional(),
	/** The script that is looking, and when it has taken too long. */
	work: z.strictObject({id: z.string(), until: Instant}).optional(),
	/** Errors one after the other. */
	misses: z.number().int(),
	restarts: z.number().int(),
	failovers: z.number().int(),
});

const MirrorHalfSchema = z.strictObject({
	/** It has been mirrored once. */
	constructed: z.boolean(),
	/** Older than another server's. */
	old: z.boolean(),
	/** Its server lost power while it was written to: nobody knows. */
	crashed: z.boolean(),
	/** It was written to while the other half was away. */
	alone: z.boolean(),
	/** A person has given its copy up: it is not begun again by itself. */
	held: z.boolean().default(false),
});

const ServerSchema = z.strictObject({
	/** The host that it is. */
	host: z.string(),
	daemon: z.discriminatedUnion('kind', [
		z.strictObject({kind: z.literal('stopped')}),
		/** `until`: when it is through, or has waited long enough for the others. */
		z.strictObject({kind: z.literal('starting'), since: Instant, until: Instant}),
		z.strictObject({kind: z.literal('online')}),
	]),
	/** It was asked to go: its groups are stopped first. What it does then. */
	leaving: z.enum(['stop', 'off', 'boot']).optional(),
	/** Servers from which nothing has been heard since. */
	silentSince: z.record(z.string(), Instant),
	/** Servers that it holds for down. */
	down: z.array(z.string()),
	/** Where it has last seen each group. */
	lastSeen: z.record(z.string(), z.string()),
	groups: z.record(z.string(), GroupStateSchema),
	resources: z.record(z.string(), ResourceStateSchema),
	monitors: z.record(z.string(), MonitorStateSchema),
	mirrors: z.record(z.string(), MirrorHalfSchema),
});

export const ClusterSchema = z.strictObject({
	/** `clp.conf` as it was uploaded. */
	conf: z.string(),
	/** Scripts as they were uploaded, by path below `scripts/`. */
	scripts: z.record(z.string(), z.string()),
	/** Heartbeats get through on any network that two servers share, whatever `clp.conf` says of addresses. */
	hearsOnAnyNetwork: z.boolean(),
	/** What an emergency shutdown does to a host. */
	emergency: z.enum(['off', 'boot']),
	suspended: z.boolean(),
	groups: z.record(
		z.string(),
		z.strictObject({
			/** Stopped by a person: nobody starts it by himself. */
			stopped: z.boolean(),
			/** How often it has failed over because of each resource. */
			failovers: z.record(z.string(), z.number().int()),
		}),
	),
	/** Copies of mirror disks that are under way. */
	copies: z.record(
		z.string(),
		z.strictObject({from: z.string(), to: z.string(), since: Instant, until: Instant, isInitial: z.boolean()}),
	),
	servers: z.record(z.string(), ServerSchema),
	/** How many scripts it has run: each has an id of its own. */
	works: z.number().int(),
});

export const off: GroupState = {kind: 'offline'};

const newServer = (host: string): Server => ({
	host,
	daemon: {kind: 'stopped'},
	silentSince: {},
	down: [],
	lastSeen: {},
	groups: {},
	resources: {},
	monitors: {},
	mirrors: {},
});

const newHalf: MirrorHalf = {constructed: false, old: false, crashed: false, alone: false, held: false};
const newMonitor: MonitorState = {status: 'offline', misses: 0, restarts: 0, failovers: 0};

/** A cluster to which this configuration was just uploaded, nothing of it running; `before` is what it had until then. */
export function configured(
	conf: string,
	scripts: Readonly<Record<string, string>>,
	hosts: Readonly<Record<string, string>>,
	before?: Cluster,
): Cluster {
	return {
		conf,
		scripts,
		hearsOnAnyNetwork: before?.hearsOnAnyNetwork ?? false,
		emergency: before?.emergency ?? 'off',
		suspended: before?.suspended ?? false,
		groups: before?.groups ?? {},
		copies: before?.copies ?? {},
		servers: Object.fromEntries(
			Object.entries(hosts).map(([name, host]) => [name, before?.servers[name] ?? newServer(host)]),
		),
		works: before?.works ?? 0,
	};
}

const read = new Map<string, Configuration>();

/** What its `clp.conf` says. */
export function configurationOf({conf}: Cluster): Configuration {
	const found = read.get(conf);
	if (found !== undefined) {
		return found;
	}

	const tree = readConf(conf);
	const result = tree === undefined ? undefined : configurationIn(tree);
	if (result?.kind !== 'read') {
		throw new Error(result?.problems.join(' ') ?? 'Its clp.conf is not a configuration file.');
	}

	read.set(conf, result.configuration);
	return result.configuration;
}

/** Names of its servers, in the order in which groups prefer them. */
export function serversOf(cluster: Cluster): readonly string[] {
	return configurationOf(cluster).servers.map(({name}) => name);
}

export function groupsOf(cluster: Cluster): readonly GroupConf[] {
	return configurationOf(cluster).groups;
}

export function resourcesOf(cluster: Cluster): readonly ResourceConf[] {
	return groupsOf(cluster).flatMap(({resources}) => resources);
}

export function groupOfResource(cluster: Cluster, resource: string): GroupConf | undefined {
	return groupsOf(cluster).find(({resources}) => resources.some(({name}) => name === resource));
}

export function serverOfHost({servers}: Cluster, host: string): string | undefined {
	return Object.entries(servers).find(([, server]) => server.host === host)?.[0];
}

export function isOnline(cluster: Cluster, server: string): boolean {
	return cluster.servers[server]?.daemon.kind === 'online';
}

export function groupState(cluster: Cluster, server: string, group: string): GroupState {
	return cluster.servers[server]?.groups[group] ?? off;
}

export function resourceState(cluster: Cluster, server: string, resource: string): ResourceState {
	return cluster.servers[server]?.resources[resource] ?? {kind: 'offline'};
}

export function monitorState(cluster: Cluster, server: string, monitor: string): MonitorState {
	return cluster.servers[server]?.monitors[monitor] ?? newMonitor;
}

export function mirrorHalf(cluster: Cluster, server: string, mirror: string): MirrorHalf {
	return cluster.servers[server]?.mirrors[mirror] ?? newHalf;
}

/** Servers that `server` knows to be in the cluster, itself included. */
export function membersSeenBy(cluster: Cluster, server: string): readonly string[] {
	const {down = []} = cluster.servers[server] ?? {};
	return serversOf(cluster).filter(each => each === server || (isOnline(cluster, each) && !down.includes(each)));
}

/** Where a group is, as `server` knows it; undefined: nowhere. Who is silent has what he had, until he is held for down. */
export function currentOf(cluster: Cluster, server: string, group: string): string | undefined {
	const isThere = (each: string) => groupState(cluster, each, group).kind !== 'offline';
	const lastSeen = cluster.servers[server]?.lastSeen[group] ?? '';
	const seen = isThere(server) ? server : membersSeenBy(cluster, server).find(isThere);
	return seen ?? (isSilent(cluster, server, lastSeen) ? lastSeen : undefined);
}

/** Not heard, and not yet held for down. */
export function isSilent(cluster: Cluster, server: string, other: string): boolean {
	return cluster.servers[server]?.silentSince[other] !== undefined;
}

/** The server on which a group is online, whatever each of them knows; the first where several have it. */
export function serverWithGroup(cluster: Cluster, group: string): string | undefined {
	return serversOf(cluster).find(server => groupState(cluster, server, group).kind === 'online');
}

/** Addresses that the cluster has put on a host. */
export function floatingOn(cluster: Cluster, host: string): readonly string[] {
	const server = serverOfHost(cluster, host) ?? '';
	return resourcesOf(cluster).flatMap(({type, name, tags}) =>
		type === 'fip' && ['online', 'stopping'].includes(resourceState(cluster, server, name).kind)
			? [(tags['parameters/ip'] ?? '').split('%')[0] ?? '']
			: [],
	);
}

/** Where its groups really are, whatever each server knows. */
export function lookAt(cluster: Cluster): string {
	const where = groupsOf(cluster).map(({name}) => {
		const active = serversOf(cluster).filter(server => groupState(cluster, server, name).kind === 'online');
		return `${name} on ${active.join(' and ') || 'no server'}`;
	});
	return `${configurationOf(cluster).name}: ${where.join('; ') || 'no groups'}`;
}

export function withServer(cluster: Cluster, name: string, change: Partial<Server>): Cluster {
	const server = cluster.servers[name];
	return server === undefined ? cluster : {...cluster, servers: {...cluster.servers, [name]: {...server, ...change}}};
}

export function withGroup(cluster: Cluster, server: string, group: string, state: GroupState): Cluster {
	return withServer(cluster, server, {groups: {...cluster.servers[server]?.groups, [group]: state}});
}

export function withResource(cluster: Cluster, server: string, resource: string, state: ResourceState): Cluster {
	return withServer(cluster, server, {resources: {...cluster.servers[server]?.resources, [resource]: state}});
}

export function withMonitor(cluster: Cluster, server: string, monitor: string, change: Partial<MonitorState>): Cluster {
	const monitors = {
		...cluster.servers[server]?.monitors,
		[monitor]: {...monitorState(cluster, server, monitor), ...change},
	};
	return withServer(cluster, server, {monitors});
}

export function withHalf(cluster: Cluster, server: string, mirror: string, change: Partial<MirrorHalf>): Cluster {
	const mirrors = {...cluster.servers[server]?.mirrors, [mirror]: {...mirrorHalf(cluster, server, mirror), ...change}};
	return withServer(cluster, server, {mirrors});
}

export function setStopped(cluster: Cluster, group: string, stopped: boolean): Cluster {
	const before = cluster.groups[group] ?? {stopped, failovers: {}};
	return {...cluster, groups: {...cluster.groups, [group]: {...before, stopped}}};
}

/** `failovers`: how often a group has failed over because of each resource. */
export function withFailovers(cluster: Cluster, group: string, failovers: Readonly<Record<string, number>>): Cluster {
	const {stopped = false} = cluster.groups[group] ?? {};
	return {...cluster, groups: {...cluster.groups, [group]: {stopped, failovers}}};
}
