import * as z from 'zod';
import {durationMs} from '../../runbook/duration.js';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {readShape, Text, valueAt, type YamlEntry, type YamlNode} from '../../runbook/yaml.js';
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

/**
One entry of `clusters`; undefined after a problem that leaves nothing of it. `servers` are the hosts that can be in one.

> | ec:
> |   hosts: [ec1, ec2]
> |   heartbeat_timeout: 50s
> |   groups: { failover-vm: { resources: [fip-iscsi, md-iscsi], mirror: md-iscsi, floating_ip: 172.31.254.10 } }
*/
export function readCluster(
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
