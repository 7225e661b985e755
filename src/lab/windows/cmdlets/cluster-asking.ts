import type {Cluster, ClusterRole} from '../../wsfc/cluster.js';
import {isUp, nodeOf, nodeState} from '../../wsfc/cluster.js';
import type {Wsfc} from '../../wsfc/part.js';
import {roleState} from '../../wsfc/roles.js';
import type {Call} from '../powershell/cmdlet.js';
import {enumerated, PsObject, toNumber, type Value} from '../powershell/value.js';

/** The feature whose cmdlets these are. */
export const clustering = 'RSAT-Clustering-PowerShell';

/** The failover cluster as the service of this host has it. */
export type Here = {
	readonly wsfc: Wsfc;
	readonly cluster: Cluster;
	/** This host, as the lab file calls it. */
	readonly host: string;
};

/** Ends the statement where the cluster service does not answer. */
export function clusterHere(call: Call): Here {
	const {wsfc, hostName} = call.shell.process;
	const cluster = wsfc?.servedBy(hostName);
	if (wsfc === undefined || cluster === undefined) {
		throw call.failure(
			'The cluster service is not running.  Make sure that the service is running on all nodes in the cluster.\n    There are no more endpoints available from the endpoint mapper',
			{
				category: 'ConnectionError',
				target: '(:)',
				id: `${call.name},Microsoft.FailoverClusters.PowerShell.${call.name.replace('-', '')}Command`,
				exception: 'ClusterCmdletException',
			},
		);
	}
	return {wsfc, cluster, host: hostName};
}

/** > | Move-ClusterSharedVolume : … */
export function clusterFailure(call: Call, message: string, name = '') {
	return call.failure(message, about(call, name));
}

export function about(call: Call, name = '') {
	return {
		category: name === '' ? 'NotSpecified' : 'ObjectNotFound',
		target: name === '' ? '(:)' : `(${name}:String)`,
		id: `${call.name},Microsoft.FailoverClusters.PowerShell.${call.name.replace('-', '')}Command`,
		exception: 'ClusterCmdletException',
	};
}

/** As the cluster calls a host. */
function nodeName(wsfc: Wsfc, host: string): string {
	return wsfc.ground.host(host).computerName;
}

/** The node of a name that somebody typed. Ends the statement where the cluster has none. */
export function nodeNamed(call: Call, {wsfc, cluster}: Here, name: string): string {
	const host = wsfc.hostNamed(name);
	if (host === undefined || nodeOf(cluster, host) === undefined) {
		throw clusterFailure(call, `The cluster node '${name}' was not found.`, name);
	}
	return host;
}

/** A node that can take something. Ends the statement where it cannot. */
export function nodeToTake(call: Call, here: Here, name: string): string {
	const host = nodeNamed(call, here, name);
	if (!isUp(here.cluster, host)) {
		throw clusterFailure(
			call,
			`The operation failed because the cluster node '${name}' is not up.\n    The cluster node is not available for this operation`,
		);
	}
	return host;
}

export function nodeObject({wsfc, cluster}: Here, host: string): PsObject {
	const node = nodeOf(cluster, host);
	const state = node === undefined ? 'Down' : nodeState(cluster, node, wsfc.now());
	const name = nodeName(wsfc, host);
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.ClusterNode',
		{
			Name: name,
			NodeName: name,
			State: enumerated(
				'Microsoft.FailoverClusters.PowerShell.ClusterNodeState',
				state === 'Isolated' || state === 'Quarantined' ? state : state,
				{Up: 0, Down: 1, Paused: 2, Joining: 3}[state] ?? 1,
			),
			Type: 'Node',
			Id: String(cluster.nodes.findIndex(each => each.host === host) + 1),
			NodeWeight: 1,
			StatusInformation: state === 'Isolated' || state === 'Quarantined' ? state : 'Normal',
			Cluster: cluster.name,
		},
		{text: name},
	);
}

/** Groups, in the order of their names; shared volumes are in none that is shown. */
export function groupNames({cluster}: Here): readonly string[] {
	return ['Available Storage', 'Cluster Group', ...cluster.roles.map(({name}) => name)].toSorted((a, b) =>
		a.toLowerCase() < b.toLowerCase() ? -1 : 1,
	);
}

const groupStates: readonly string[] = ['Online', 'Offline', 'Failed', 'PartialOnline', 'Pending'];

export function groupObject(here: Here, name: string): PsObject {
	const {wsfc, cluster} = here;
	const role = cluster.roles.find(each => each.name === name);
	const state = groupState(here, name, role);
	const owner = role?.owner ?? (name === 'Cluster Group' ? cluster.coreOwner : cluster.storageOwner);
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.ClusterGroup',
		{
			Name: name,
			OwnerNode: nodeObject(here, owner),
			State: enumerated('Microsoft.FailoverClusters.PowerShell.ClusterGroupState', state, groupStates.indexOf(state)),
			GroupType: role === undefined ? (name === 'Cluster Group' ? 'Cluster' : 'AvailableStorage') : 'VirtualMachine',
			FailoverThreshold: role?.failoverThreshold ?? 4_294_967_295,
			FailoverPeriod: role?.failoverPeriod ?? 6,
			AutoFailbackType: role?.autoFailback ?? 0,
			Cluster: cluster.name,
		},
		{
			text: name,
			changed(property, value) {
				if (role !== undefined) {
					changeRole(wsfc, role.name, property, value);
				}
			},
		},
	);
}

function groupState({wsfc, cluster}: Here, name: string, role: ClusterRole | undefined): string {
	if (role !== undefined) {
		return roleState(cluster, role, wsfc.ground, wsfc.now());
	}
	if (name === 'Cluster Group') {
		return cluster.disks.some(({use, state}) => use === 'core' && state === 'Failed') ? 'PartialOnline' : 'Online';
	}
	const states = cluster.disks.filter(({use}) => use === 'storage').map(({state}) => state);
	return states.length === 0
		? 'Offline'
		: states.every(state => state === 'Online')
			? 'Online'
			: (states[0] ?? 'Offline');
}

const settable: Readonly<Record<string, 'failoverThreshold' | 'failoverPeriod' | 'autoFailback'>> = {
	FailoverThreshold: 'failoverThreshold',
	FailoverPeriod: 'failoverPeriod',
	AutoFailbackType: 'autoFailback',
};

function changeRole(wsfc: Wsfc, name: string, property: string, value: Value): void {
	const key = settable[property];
	const cluster = wsfc.having(name);
	if (key !== undefined && cluster !== undefined) {
		const roles = cluster.roles.map(role => (role.name === name ? {...role, [key]: toNumber(value)} : role));
		wsfc.put({...cluster, roles});
	}
}
