import * as z from 'zod';
import {durationMs} from '../../runbook/duration.js';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlEntry, type YamlNode} from '../../runbook/yaml.js';
import {kindOf} from '../world/kinds.js';
import type {SavedMember} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import {type Cluster, newCluster} from './cluster.js';

const Name = Text().regex(namePattern, nameHelp);

const GroupShape = z.strictObject({
	current: Text('Name the server where it is active.').optional(),
	resources: z.array(Name).default([]),
	/** The mirror disk among its resources. */
	mirror: Name.optional(),
	floating_ip: Text().refine(isIpv4, 'Write an IPv4 address.').optional(),
});

export const ClusterShape = z.strictObject({
	hosts: z
		.array(Text('Name a host of this file.'), 'Write a list of hosts.')
		.min(2, 'A cluster has at least two hosts.'),
	heartbeat_timeout: Text()
		.refine(text => durationMs(text) !== undefined, 'Write a number and a unit: 30s, 2m.')
		.transform(text => durationMs(text) ?? 0)
		.default(50_000),
	groups: z
		.union([z.array(Name), z.record(Name, GroupShape)], 'Write a list of groups, or groups with their keys.')
		.default([]),
});

/** `clusters` of a topology. A host is in one cluster at most. */
export function readClusters(
	node: YamlNode | undefined,
	hosts: readonly SavedMember[],
	problems: ProblemList,
): readonly Cluster[] {
	const taken = new Set<string>();
	return entriesOf(node, '`clusters`', problems).flatMap(entry => {
		const servers = hosts.filter(({kind, name}) => kind === 'linux' && !taken.has(name)).map(({name}) => name);
		const cluster = readCluster(entry, servers, problems);
		for (const host of cluster?.hosts ?? []) {
			taken.add(host);
		}

		return cluster ?? [];
	});
}

/** The hosts with what these clusters bring: their software, and virtual machines that their groups start. */
export function withClusters(
	hosts: readonly SavedMember[],
	clusters: readonly Cluster[],
	topology: YamlNode,
	problems: ProblemList,
): readonly SavedMember[] {
	return hosts.map(host => whereItsGroupIs(withClusterSoftware(host, clusters), clusters, topology, problems));
}

function withClusterSoftware(host: SavedMember, clusters: readonly Cluster[]): SavedMember {
	return clusters.some(({hosts}) => hosts.includes(host.name))
		? (kindOf(host.kind)?.withClusterSoftware?.(host) ?? host)
		: host;
}

/** A virtual machine that a cluster group starts is, at first, on the host that the group's server runs on. */
function whereItsGroupIs(
	host: SavedMember,
	clusters: readonly Cluster[],
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
	const servers = clusters.flatMap(({hosts, servers}) =>
		hosts.filter(name => servers[name]?.groups[group]?.kind === 'online'),
	);
	const carrier = valueAt(valueAt(valueAt(node, 'hosts'), servers[0] ?? ''), 'runs_on');
	if (servers.length === 0) {
		const names = clusters.flatMap(({groups}) => groups.map(({name}) => name));
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
One entry of `clusters`; undefined after a problem that leaves nothing of it. `servers` are the hosts that can be in one.

> | ec:
> |   hosts: [ec1, ec2]
> |   heartbeat_timeout: 50s
> |   groups: { failover-vm: { resources: [fip-iscsi, md-iscsi], mirror: md-iscsi, floating_ip: 172.31.254.10 } }
*/
function readCluster(
	{key: name, value}: YamlEntry,
	servers: readonly string[],
	problems: ProblemList,
): Cluster | undefined {
	const shape = readShape(ClusterShape, value, 'a cluster', problems);
	if (shape === undefined) {
		return undefined;
	}

	const {hosts, heartbeat_timeout, groups} = shape;
	checkNames(valueAt(value, 'hosts'), hosts, servers, `${name} cannot have`, problems);
	const described = Array.isArray(groups)
		? groups.map(each => [each, GroupShape.parse({})] as const)
		: Object.entries(groups);
	return newCluster(
		name,
		hosts,
		heartbeat_timeout,
		described.map(([group, written]) => {
			const {current = hosts[0] ?? '', floating_ip, mirror} = written;
			const resources =
				mirror === undefined || written.resources.includes(mirror) ? written.resources : [mirror, ...written.resources];
			checkNames(
				valueAt(valueAt(valueAt(value, 'groups'), group), 'current'),
				[current],
				hosts,
				`${group} cannot be on`,
				problems,
			);
			return {
				name: group,
				resources,
				floatingIps: floating_ip === undefined ? [] : [floating_ip],
				...(mirror === undefined ? {} : {mirror: {name: mirror, outdated: []}}),
				current,
			};
		}),
	);
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
