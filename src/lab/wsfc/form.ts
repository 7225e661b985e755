import {subnetOf} from '../windows/adapters.js';
import type {WindowsHost} from '../windows/host-state.js';
import {madeGuid} from '../windows/vms.js';
import type {ClusterNetwork} from './cluster.js';

/** The cluster service of a host, set to run and running, or disabled. */
export function withClusterService(host: WindowsHost, runs: boolean): WindowsHost {
	const services = host.services.map(each =>
		each.name === 'ClusSvc'
			? {...each, running: runs, start: runs ? ('Automatic' as const) : ('Disabled' as const)}
			: each,
	);
	return {...host, services};
}

/** Subnets that every node has: with clients where there is a gateway, none of the cluster's where only storage is. */
export function networksShared(cluster: string, hosts: readonly WindowsHost[]): readonly ClusterNetwork[] {
	const [first, ...others] = hosts;
	const shared = (first?.adapters ?? []).filter(
		({ip, network}) =>
			ip !== '' && others.every(host => host.adapters.some(each => each.network === network && each.ip !== '')),
	);
	return shared.map(({ip, prefix, gateway, network}, index) => ({
		id: madeGuid(cluster, network),
		name: `Cluster Network ${index + 1}`,
		network,
		subnet: subnetOf(ip, prefix),
		prefix,
		role: gateway === '' ? 1 : 3,
	}));
}
