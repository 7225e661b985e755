import {agentOf, type HaCluster, hostNames, isActing} from './cluster.js';
import type {Ground} from './ground.js';
import {RETRY_AFTER_MS} from './timings.js';

/** What vCenter would show: its states of hosts, where each virtual machine is, and what is still to be started. */
export function lookAt(cluster: HaCluster, ground: Ground): string {
	const hosts = hostNames(cluster).map(host => `${host} ${availability(cluster, host)}`);
	const vms = cluster.vms.map(vm => `${vm.name} on ${ground.runningOn(vm).join(' and ') || 'no host'}`);
	const restarts = cluster.restarts.map(({vm, attempts, next}) =>
		next === undefined
			? `${vm}: given up after ${attempts} attempts`
			: `${vm}: attempt ${attempts + 1} of ${RETRY_AFTER_MS.length + 1} at ${new Date(next).toISOString().slice(11, 19)}`,
	);
	return [`${cluster.name}: ${hosts.join(', ')}`, vms.join(', '), ...restarts].filter(part => part !== '').join('; ');
}

/** The words of vCenter. Source: the project's notes on the domain, 5.1. */
function availability(cluster: HaCluster, host: string): string {
	const masters = hostNames(cluster).filter(each => isActing(cluster, each));
	const verdict = masters.flatMap(master => agentOf(cluster, master).watched[host]?.verdict ?? [])[0];
	const {role, isolated} = agentOf(cluster, host);
	if (masters[0] === host) {
		return 'master';
	}

	if (verdict !== undefined) {
		return verdict;
	}

	switch (role.kind) {
		case 'master':
			return isolated === undefined ? 'networkPartitionedFromMaster' : 'networkIsolated';
		case 'slave':
			return 'connectedToMaster';
		case 'electing':
			return 'election';
		case 'none':
			return 'uninitialized';
	}
}
