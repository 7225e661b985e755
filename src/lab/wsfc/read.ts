import * as z from 'zod';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlNode} from '../../runbook/yaml.js';
import {withFeatures} from '../windows/features.js';
import {type WindowsHost, WindowsHostSchema} from '../windows/host-state.js';
import type {SavedMember} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import type {SavedPart} from '../world/part.js';
import {type Cluster, type ClusterDisk, type ClusterRole, defaultProperties, newCluster, newRole} from './cluster.js';
import {describedLuns, withFilesOnVolumes} from './described-disks.js';
import {networksShared, withClusterService} from './form.js';

const ClusterShape = z.strictObject({
	hosts: z.array(Text('Name a host of this file.'), 'Write a list of hosts.').min(1, 'A cluster has a host.'),
	address: Text().refine(isIpv4, 'Write an IPv4 address.').optional(),
	/** What its networks are called and for, by the network of the lab file. */
	networks: z
		.record(
			Text(),
			z.strictObject({
				name: Text('Write what the cluster calls it.'),
				role: z.enum(['0', '1', '3'], 'Write 0, 1 or 3.').transform(Number),
			}),
		)
		.default({}),
	/** Disks by what the cluster calls them, in the order in which it got them. */
	disks: z
		.record(
			Text(),
			z.strictObject({
				/** The target whose first LUN it is. */
				target: Text('Write the name of a target of this file.'),
				use: z.enum(['csv', 'witness', 'storage'], 'Write csv, witness or storage.').default('storage'),
				owner: Text('Name a host of the cluster.').optional(),
			}),
		)
		.default({}),
	/** Virtual machines that are roles of it; who owns one has it among its `vms`. */
	roles: z
		.record(
			Text(),
			z.strictObject({
				owner: Text('Name a host of the cluster.'),
				failover: z.enum(['default', 'never'], 'Write default or never.').default('default'),
			}),
		)
		.default({}),
	/** What `Get-Cluster` shows, where it is not the default. */
	properties: z
		.record(
			Text().refine(
				name => Object.hasOwn(defaultProperties, name),
				`Write properties of a cluster: ${Object.keys(defaultProperties).join(', ')}.`,
			),
			Text()
				.regex(/^\d{1,10}$/, 'Write a number.')
				.transform(Number),
		)
		.default({}),
	/** The names of the networks that machines move over; without it, all. */
	migration_networks: z.array(Text()).optional(),
});
type ClusterShape = z.output<typeof ClusterShape>;

/**
Failover clusters of a topology, formed already.

> | wsfc:
> |   ws2019-lm-cluster:
> |     hosts: [hv1, hv2]
> |     address: 192.168.137.198
> |     disks: { Cluster Disk 1: { target: iqn.1996-10.com.ecx, use: csv } }
> |     roles: { vm1: { owner: hv1 } }
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

		const cluster = newCluster(name, shape.address ?? '', shape.hosts, networksShared(name, nodes));
		return [described(cluster, shape, value, hosts, problems)];
	});
	const part: SavedPart & {readonly clusters: readonly Cluster[]} = {kind: 'wsfc', name: 'wsfc', clusters};
	return [part];
}

/** A cluster with what the file says of it beyond its nodes. */
function described(
	bare: Cluster,
	shape: ClusterShape,
	node: YamlNode,
	hosts: readonly SavedMember[],
	problems: ProblemList,
): Cluster {
	const {owner: ownerOf, check} = ownersIn(bare, node, problems);
	const networks = bare.networks.map(network => ({...network, ...shape.networks[network.network]}));
	const disks = Object.entries(shape.disks).flatMap(([name, {target, use, owner}], index): ClusterDisk[] => {
		const [lun] = describedLuns(hosts, target);
		if (lun === undefined) {
			const at = valueAt(valueAt(valueAt(node, 'disks'), name), 'target')?.at ?? node.at;
			problems.error('unknown-target', at, `No Linux host of this file has the target "${target}".`);
			return [];
		}

		check(['disks', name], owner);
		return [
			{
				name,
				lun: lun.naa,
				use: use === 'witness' ? 'core' : use,
				owner: owner ?? ownerOf(use),
				state: 'Online',
				stale: false,
				...(use === 'csv' ? {volume: `Volume${index + 1}`} : {}),
			},
		];
	});
	const roles = Object.entries(shape.roles).map(([name, {owner, failover}]): ClusterRole => {
		check(['roles', name], owner);
		const restraint = failover === 'never' ? {failoverThreshold: 0, failoverPeriod: 0, autoFailback: 0} : {};
		return {...newRole(name, owner, true), ...restraint};
	});
	const witness = Object.entries(shape.disks).find(([, {use}]) => use === 'witness')?.[0];
	const {migration_networks: allowed} = shape;
	const excluded = networks.filter(({name}) => allowed !== undefined && !allowed.includes(name)).map(({id}) => id);
	return {
		...bare,
		networks,
		disks,
		roles,
		properties: {...bare.properties, ...shape.properties},
		vmParameters: excluded.length === 0 ? {} : {MigrationExcludeNetworks: excluded.join(';')},
		made: disks.length,
		...(witness === undefined ? {} : {witness}),
	};
}

/** Who owns what the file does not say, and a problem where it says somebody else. */
function ownersIn({nodes, coreOwner, storageOwner}: Cluster, node: YamlNode, problems: ProblemList) {
	const names = nodes.map(({host}) => host);
	return {
		owner: (use: 'csv' | 'witness' | 'storage') => (use === 'storage' ? storageOwner : coreOwner),
		check(path: readonly string[], owner: string | undefined) {
			const at = [...path, 'owner'].reduce<YamlNode | undefined>(valueAt, node)?.at ?? node.at;
			if (owner !== undefined && !names.includes(owner)) {
				problems.error('unknown-host', at, `"${owner}" is no node of the cluster.`, suggestion(owner, names));
			}
		},
	};
}

/** The hosts as they are with these clusters: the service at work, their disks online, the files of their machines on shared volumes. */
export function withClusters(
	hosts: readonly SavedMember[],
	parts: readonly SavedPart[],
	topology: YamlNode,
): readonly SavedMember[] {
	const clusters = parts.flatMap(part => ('clusters' in part ? (part.clusters as readonly Cluster[]) : []));
	return clusters.reduce((before, cluster) => withCluster(before, cluster, topology), hosts);
}

function withCluster(hosts: readonly SavedMember[], cluster: Cluster, topology: YamlNode): readonly SavedMember[] {
	const nodes = new Set(cluster.nodes.map(({host}) => host));
	const prepared = hosts.map(host => (nodes.has(host.name) ? asNode(host, cluster, hosts) : host));
	return withFilesOnVolumes(prepared, cluster, topology);
}

function asNode(saved: SavedMember, {disks, roles}: Cluster, hosts: readonly SavedMember[]): WindowsHost {
	const windows: WindowsHost = WindowsHostSchema.parse(saved);
	const luns = windows.iscsi.sessions.flatMap(({iqn, address}) =>
		describedLuns(hosts, iqn)
			.slice(0, 1)
			.map(({naa, name, bytes}) => ({id: naa, name, bytes, iqn, address})),
	);
	const views = luns
		.filter(({id}) => disks.some(({lun}) => lun === id))
		.map((lun, index) => ({number: windows.disks.length + index, lun, offline: false, readOnly: false, letters: {}}));
	const vms = windows.vms.map(vm => ({...vm, clustered: roles.some(({name}) => name === vm.name)}));
	const host = {...windows, disks: [...windows.disks, ...views], vms};
	return withClusterService(withFeatures(host, ['Failover-Clustering']), true);
}
