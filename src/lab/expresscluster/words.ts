import {
	type Cluster,
	groupState,
	groupsOf,
	isOnline,
	isSilent,
	type MonitorState,
	membersSeenBy,
	type ResourceState,
	resourceState,
} from './cluster.js';

/** The status words of `clpstat`. Source: the notes on the domain, 3.7. */
export function serverWord(cluster: Cluster, viewer: string, of: string): string {
	if (!isOnline(cluster, viewer)) {
		return of === viewer && cluster.servers[viewer]?.daemon.kind === 'starting' ? 'Online Pending' : 'Offline';
	}

	if (of === viewer && cluster.servers[viewer]?.leaving !== undefined) {
		return 'Offline Pending';
	}

	return membersSeenBy(cluster, viewer).includes(of) || isSilent(cluster, viewer, of) ? 'Online' : 'Offline';
}

/** Of a group on the server that has it. */
export function groupWord(cluster: Cluster, server: string, group: string): string {
	switch (groupState(cluster, server, group).kind) {
		case 'offline':
			return 'Offline';
		case 'starting':
			return 'Online Pending';
		case 'online':
			return 'Online';
		case 'failed':
			return groupsOf(cluster)
				.find(({name}) => name === group)
				?.resources.some(({name}) => resourceWord(cluster, server, name) === 'Offline Failure')
				? 'Offline Failure'
				: 'Online Failure';
		case 'stopping':
			return 'Offline Pending';
	}
}

export function resourceWord(cluster: Cluster, server: string, resource: string): string {
	const state: ResourceState = resourceState(cluster, server, resource);
	switch (state.kind) {
		case 'offline':
			return 'Offline';
		case 'starting':
			return 'Online Pending';
		case 'online':
			return 'Online';
		case 'stopping':
			return 'Offline Pending';
		case 'failed':
			return state.doing === 'start' ? 'Online Failure' : 'Offline Failure';
	}
}

export function monitorWord({status}: MonitorState): string {
	switch (status) {
		case 'offline':
			return 'Offline';
		case 'normal':
			return 'Normal';
		case 'caution':
			return 'Caution';
		case 'error':
			return 'Error';
		case 'suspended':
			return 'Suspend';
	}
}

const comments: Readonly<Record<string, string>> = {
	lankhb: 'Kernel Mode LAN Heartbeat',
	lanhb: 'LAN Heartbeat',
	witnesshb: 'Witness Heartbeat',
	diskhb: 'DISK Heartbeat',
	httpnp: 'http resolution',
	pingnp: 'ping resolution',
};

/** What a heartbeat or network partition resolution of a type is called. */
export function commentOf(type: string): string {
	return comments[type] ?? '';
}
