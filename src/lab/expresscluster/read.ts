import * as z from 'zod';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlEntry, type YamlNode} from '../../runbook/yaml.js';
import {kindOf} from '../world/kinds.js';
import type {SavedMember} from '../world/member.js';
import {type Cluster, configured, groupsOf, resourcesOf, serverWithGroup, withServer} from './cluster.js';
import {confOf, type Described, type Description, scriptsOf} from './described.js';
import {withMirrorDisk} from './mirror-devices.js';
import {
	Address,
	Duration,
	describedMonitor,
	describedResource,
	MonitorShape,
	Name,
	ResourceShape,
} from './resource-shapes.js';
import type {Slot} from './slot.js';

const GroupShape = z.strictObject({
	current: Text('Name the server where it is active.').optional(),
	resources: z
		.union([z.array(Name), z.record(Name, ResourceShape)], 'Write a list of resources, or resources with their keys.')
		.default([]),
	/** The mirror disk among resources that are only names. */
	mirror: Name.optional(),
	floating_ip: Address.optional(),
});

const ClusterShape = z.strictObject({
	hosts: z
		.array(Text('Name a host of this file.'), 'Write a list of hosts.')
		.min(1, 'A cluster has at least one host.'),
	state: z.enum(['running', 'none'], 'Write running or none.').default('running'),
	heartbeat_timeout: Duration.default(50_000),
	/** The networks of its heartbeats; without them, whatever network two servers share. */
	interconnects: z.array(Name).default([]),
	mirror_connect: Name.optional(),
	witness: Text()
		.regex(/^\d{1,3}(\.\d{1,3}){3}:\d+$/, 'Write an address and a port: 172.31.255.10:80.')
		.optional(),
	survivor: Text('Name one of its hosts.').optional(),
	emergency: z.enum(['off', 'boot'], 'Write off or boot.').default('off'),
	/** Products whose licences were registered on each of its hosts. */
	licences: z.array(Text()).min(1, 'A cluster that runs has a licence.').default(['EXPRESSCLUSTER X 4.3']),
	groups: z
		.union([z.array(Name), z.record(Name, GroupShape)], 'Write a list of groups, or groups with their keys.')
		.default([]),
	monitors: z.record(Name, MonitorShape).default({}),
});

/** What a cluster needs to know of a host: the shapes of Linux hosts and of ESX 4 consoles. */
const NicsSchema = z.array(
	z.looseObject({network: z.string(), connection: z.looseObject({addresses: z.array(z.string())})}),
);
const HostSchema = z.looseObject({
	hostname: z.string().optional(),
	nics: NicsSchema.optional(),
	console: z.looseObject({hostname: z.string(), nics: NicsSchema}).optional(),
});

/** `clusters` of a topology. A host is in one cluster at most. */
export function readClusters(
	node: YamlNode | undefined,
	hosts: readonly SavedMember[],
	problems: ProblemList,
): readonly Slot[] {
	const taken = new Set<string>();
	return entriesOf(node, '`clusters`', problems).flatMap(entry => {
		const servers = hosts.filter(({kind, name}) => kindOf(kind)?.withClusterSoftware !== undefined && !taken.has(name));
		const slot = readCluster(entry, servers, problems);
		for (const host of slot?.hosts ?? []) {
			taken.add(host);
		}

		return slot ?? [];
	});
}

/** The hosts with what these clusters bring where they run: their software, and virtual machines that their groups start. */
export function withClusters(
	hosts: readonly SavedMember[],
	slots: readonly Slot[],
	topology: YamlNode,
	problems: ProblemList,
): readonly SavedMember[] {
	return hosts.map(host =>
		whereItsGroupIs(withMirrorDisks(withClusterSoftware(host, slots), slots), slots, topology, problems),
	);
}

/** The disks of a cluster that runs already were made ready for it. */
function withMirrorDisks(host: SavedMember, slots: readonly Slot[]): SavedMember {
	const cluster = slots.find(({hosts}) => hosts?.includes(host.name) === true)?.cluster;
	const mirrors = cluster === undefined ? [] : resourcesOf(cluster).filter(({type}) => type === 'md');
	return mirrors.reduce((before, {tags}) => {
		const [, disk] = /^\/dev\/(sd[b-z])2$/.exec(tags['parameters/diskdev/dppath'] ?? '') ?? [];
		return disk === undefined ? before : withMirrorDisk(before, disk);
	}, host);
}

function withClusterSoftware(host: SavedMember, slots: readonly Slot[]): SavedMember {
	return slots.some(({cluster, hosts}) => cluster !== undefined && hosts?.includes(host.name) === true)
		? (kindOf(host.kind)?.withClusterSoftware?.(host) ?? host)
		: host;
}

/** A virtual machine that a cluster group starts is, at first, on the host that the group's server runs on. */
function whereItsGroupIs(
	host: SavedMember,
	slots: readonly Slot[],
	node: YamlNode,
	problems: ProblemList,
): SavedMember {
	const kind = kindOf(host.kind);
	const group = kind?.protectedBy?.(host);
	if (group === undefined) {
		return host;
	}

	const written = valueAt(valueAt(node, 'hosts'), host.name);
	const at = valueAt(written, 'protected_by')?.at ?? node.at;
	const clusters = slots.flatMap(({cluster}) => cluster ?? []);
	const servers = clusters.flatMap(cluster => {
		const server = serverWithGroup(cluster, group);
		return server === undefined ? [] : [cluster.servers[server]?.host ?? server];
	});
	const carrier = valueAt(valueAt(valueAt(node, 'hosts'), servers[0] ?? ''), 'runs_on');
	if (servers.length === 0) {
		const names = clusters.flatMap(cluster => groupsOf(cluster).map(({name}) => name));
		problems.error('unknown-group', at, `No cluster has a group "${group}".`, suggestion(group, names));
	} else if (carrier?.kind !== 'text') {
		problems.error(
			'missing-key',
			at,
			`${host.name} has nowhere to run.`,
			`Give the servers of ${group} a \`runs_on\`.`,
		);
	} else if (valueAt(written, 'runs_on') !== undefined) {
		problems.error('bad-value', at, `${host.name} is where ${group} is.`, 'Take its `runs_on` out.');
	}

	return carrier?.kind === 'text' ? (kind?.runningOn?.(host, carrier.text) ?? host) : host;
}

/**
One entry of `clusters`; undefined after a problem that leaves nothing of it. `hosts` are those that can be in one.

> | ec:
> |   hosts: [ec1, ec2]
> |   heartbeat_timeout: 50s
> |   groups: { failover-vm: { resources: [fip-iscsi, md-iscsi], mirror: md-iscsi, floating_ip: 172.31.254.10 } }
*/
function readCluster(
	{key: name, value, keyAt}: YamlEntry,
	known: readonly SavedMember[],
	problems: ProblemList,
): Slot | undefined {
	const shape = readShape(ClusterShape, value, 'a cluster', problems);
	if (shape === undefined) {
		return undefined;
	}

	const {hosts, groups: written, monitors} = shape;
	const names = known.map(each => each.name);
	checkNames(valueAt(value, 'hosts'), hosts, names, `${name} cannot have`, problems);
	checkNames(
		valueAt(value, 'survivor'),
		shape.survivor === undefined ? [] : [shape.survivor],
		hosts,
		'It cannot be',
		problems,
	);
	const servers = hosts.flatMap(
		host =>
			serverAt(
				known.find(each => each.name === host),
				shape,
			) ?? [],
	);
	const groups = Array.isArray(written)
		? written.map(each => ({name: each, current: hosts[0], resources: []}))
		: Object.entries(written).map(([group, {current = hosts[0] ?? '', ...of}]) => {
				const at = valueAt(valueAt(valueAt(value, 'groups'), group), 'current');
				checkNames(at, [current], hosts, `${group} cannot be on`, problems);
				return {name: group, current, resources: resourcesIn(of)};
			});
	const groupNames = groups.map(group => group.name);
	const description: Description = {
		name,
		heartbeatTimeoutMs: shape.heartbeat_timeout,
		survivor: servers.find(({host}) => host === shape.survivor)?.name,
		servers,
		witness: shape.witness,
		groups,
		monitors: [
			...Object.entries(monitors).map(([monitor, of]) => describedMonitor(monitor, of, groupNames)),
			...(Object.values(monitors).some(({type}) => type === 'userw') ? [] : [userw]),
		],
	};
	if (servers.length < hosts.length) {
		return {kind: 'expresscluster', name, hosts, licences: {}, works: []};
	}

	try {
		return slotOf(description, servers, groups, shape);
	} catch (error) {
		problems.error(
			'bad-value',
			keyAt,
			`The cluster ${name} cannot be.`,
			error instanceof Error ? error.message : String(error),
		);
		return undefined;
	}
}

const userw: Described = {
	type: 'userw',
	name: 'userw',
	after: [],
	tags: {'relation/type': 'cls', 'relation/name': 'LocalServer'},
	scripts: {},
};

/** Resources with their types; those that are only names get theirs from the group's keys, and run nothing. */
function resourcesIn({
	resources,
	mirror,
	floating_ip,
}: Omit<z.output<typeof GroupShape>, 'current'>): readonly Described[] {
	if (!Array.isArray(resources)) {
		return Object.entries(resources).map(([resource, of]) => describedResource(resource, of));
	}

	const named = mirror === undefined || resources.includes(mirror) ? resources : [mirror, ...resources];
	const own = named.find(each => each.startsWith('fip')) ?? 'fip';
	const all = floating_ip === undefined || named.includes(own) ? named : [own, ...named];
	return all.map((each, index) => {
		const after = all.slice(Math.max(0, index - 1), index);
		return each === own && floating_ip !== undefined
			? {type: 'fip', name: each, after, tags: {'parameters/ip': floating_ip}, scripts: {}}
			: {type: each === mirror ? 'md' : 'exec', name: each, after, tags: {}, scripts: {}};
	});
}

type Server = Description['servers'][number] & {readonly host: string};

function serverAt(
	saved: SavedMember | undefined,
	{interconnects, mirror_connect}: z.output<typeof ClusterShape>,
): Server | undefined {
	if (saved === undefined) {
		return undefined;
	}

	const {hostname, nics, console} = HostSchema.parse(saved);
	const own = nics ?? console?.nics ?? [];
	const addressOn = (network: string | undefined) =>
		own.find(nic => nic.network === network)?.connection.addresses[0]?.split('/')[0];
	const networks = interconnects.length > 0 ? interconnects : own.slice(0, 1).map(nic => nic.network);
	return {
		host: saved.name,
		name: (hostname ?? console?.hostname ?? saved.name).split('.')[0] ?? saved.name,
		lan: networks.flatMap(network => addressOn(network) ?? []),
		mirrorConnect: addressOn(mirror_connect),
	};
}

function slotOf(
	description: Description,
	servers: readonly Server[],
	groups: readonly {readonly name: string; readonly current: string | undefined}[],
	{state, interconnects, emergency, licences: registered}: z.output<typeof ClusterShape>,
): Slot {
	const conf = confOf(description);
	const scripts = scriptsOf(description);
	const hosts = Object.fromEntries(servers.map(({name, host}) => [name, host]));
	const licences = Object.fromEntries(servers.map(({host}) => [host, registered]));
	const slot = {
		kind: 'expresscluster',
		name: description.name,
		hosts: servers.map(({host}) => host),
		works: [],
	} as const;
	const bare: Cluster = {...configured(conf, scripts, hosts), hearsOnAnyNetwork: interconnects.length === 0, emergency};
	groupsOf(bare); // Throws if nobody can go by it
	return state === 'none'
		? {...slot, licences: {}, builder: {conf, scripts, hosts, hearsOnAnyNetwork: interconnects.length === 0, emergency}}
		: {...slot, licences, cluster: running(bare, groups)};
}

/** A cluster that has been running for long, its groups where `current` says. */
function running(
	cluster: Cluster,
	groups: readonly {readonly name: string; readonly current: string | undefined}[],
): Cluster {
	let after = cluster;
	for (const [server, {host}] of Object.entries(cluster.servers)) {
		const here = groups.filter(({current}) => current === host).map(({name}) => name);
		const active = groupsOf(cluster).filter(({name}) => here.includes(name));
		const mirrors = resourcesOf(cluster).filter(({type}) => type === 'md');
		after = withServer(after, server, {
			daemon: {kind: 'online'},
			groups: Object.fromEntries(active.map(({name}) => [name, {kind: 'online'}])),
			resources: Object.fromEntries(
				active.flatMap(({resources}) => resources.map(({name}) => [name, {kind: 'online'}] as const)),
			),
			mirrors: Object.fromEntries(
				mirrors.map(({name}) => [name, {constructed: true, old: false, crashed: false, alone: false, held: false}]),
			),
		});
	}

	return after;
}

function checkNames(
	node: YamlNode | undefined,
	names: readonly string[],
	known: readonly string[],
	what: string,
	problems: ProblemList,
): void {
	for (const [index, name] of names.entries()) {
		const at = node?.kind === 'list' ? node.items[index]?.at : node?.at;
		if (at !== undefined && !known.includes(name)) {
			problems.error('unknown-host', at, `${what} "${name}".`, suggestion(name, known, 'It can be'));
		}
	}
}
