import * as z from 'zod';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlNode} from '../../runbook/yaml.js';
import {withFeatures} from '../windows/features.js';
import {type WindowsHost, WindowsHostSchema} from '../windows/host-state.js';
import type {SavedMember} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import type {SavedPart} from '../world/part.js';
import {type Cluster, newCluster} from './cluster.js';
import {networksShared, withClusterService} from './form.js';

const ClusterShape = z.strictObject({
	hosts: z.array(Text('Name a host of this file.'), 'Write a list of hosts.').min(1, 'A cluster has a host.'),
	address: Text().refine(isIpv4, 'Write an IPv4 address.').optional(),
});

/**
Failover clusters of a topology, formed already: without disks and roles.

> | wsfc:
> |   ws2019-lm-cluster: { hosts: [hv1, hv2], address: 192.168.137.198 }
*/
export function readWsfc(
	node: YamlNode | undefined,
	hosts: readonly SavedMember[],
	problems: ProblemList,
): readonly SavedPart[] {
	if (node === undefined) {
		return [];
	}

	const windows = hosts.filter(({kind}) => kind === 'windows').map(host => WindowsHostSchema.parse(host));
	const taken = new Set<string>();
	const clusters = entriesOf(node, '`wsfc`', problems).flatMap(({key: name, value}): Cluster[] => {
		const shape = readShape(ClusterShape, value, 'a failover cluster', problems);
		const free = windows.filter(host => !taken.has(host.name));
		const wrong = shape?.hosts.find(host => !free.some(each => each.name === host));
		if (shape === undefined || wrong !== undefined) {
			const at = valueAt(value, 'hosts')?.at ?? value.at;
			const names = free.map(host => host.name);
			if (wrong !== undefined) {
				problems.error('unknown-host', at, `"${wrong}" cannot be a node of ${name}.`, suggestion(wrong, names));
			}

			return [];
		}

		const nodes = shape.hosts.flatMap(host => free.filter(each => each.name === host));
		for (const host of shape.hosts) {
			taken.add(host);
		}

		return [newCluster(name, shape.address ?? '', shape.hosts, networksShared(name, nodes))];
	});
	const part: SavedPart & {readonly clusters: readonly Cluster[]} = {kind: 'wsfc', name: 'wsfc', clusters};
	return [part];
}

/** The nodes with the feature, and its service at work. */
export function withClusterServices(
	hosts: readonly SavedMember[],
	parts: readonly SavedPart[],
): readonly SavedMember[] {
	const nodes = new Set(
		parts
			.flatMap(part => ('clusters' in part ? (part.clusters as readonly Cluster[]) : []))
			.flatMap(cluster => cluster.nodes.map(({host}) => host)),
	);
	return hosts.map(host => {
		if (!nodes.has(host.name)) {
			return host;
		}

		const windows: WindowsHost = WindowsHostSchema.parse(host);
		return withClusterService(withFeatures(windows, ['Failover-Clustering']), true);
	});
}
