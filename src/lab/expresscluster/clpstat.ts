import {type Cluster, currentOf, type GroupState, isOnline, isSilent, membersSeenBy, stateOf} from './cluster.js';

const frame = ` ${'='.repeat(69)}\n`;

/** `clpstat` as `host` knows the cluster. Layout: the notes on the domain, 3.7. */
export function clusterStatus(cluster: Cluster, host: string): string {
	const servers = cluster.hosts.flatMap(each => [
		named(each === host ? '   *' : '    ', each, serverState(cluster, host, each)),
		entry('lankhb1', heartbeat(cluster, host, each), 'Kernel Mode LAN Heartbeat'),
	]);
	const groups = cluster.groups.flatMap(({name, resources, stoppedResources}) => {
		const current = isOnline(cluster, host) ? currentOf(cluster, host, name) : undefined;
		const state =
			current === undefined
				? 'Offline'
				: isSilent(cluster, host, current)
					? 'Online'
					: groupState(stateOf(cluster, current, name));
		return [
			named('    ', name, state),
			entry('current', current ?? 'None'),
			...resources.map(resource => entry(resource, stoppedResources.includes(resource) ? 'Offline' : state)),
		];
	});
	const watching = isOnline(cluster, host) ? (cluster.suspended ? 'Suspend' : 'Normal') : 'Offline';
	return [
		' ========================  CLUSTER STATUS  ===========================\n',
		`  Cluster : ${cluster.name}\n`,
		'  <server>\n',
		...servers,
		'  <group>\n',
		...groups,
		'  <monitor>\n',
		`    ${'userw'.padEnd(17)}: ${watching}\n`,
		frame,
	].join('');
}

/** `clpstat -g`. */
export function groupMap(cluster: Cluster, host: string): string {
	const members = membersSeenBy(cluster, host);
	const lines = cluster.hosts.map(each => {
		const there = cluster.groups
			.filter(({name}) => currentOf(cluster, host, name) === each)
			.map(({name}) => `${name}[o] `);
		return `    ${each} [${isOnline(cluster, host) && members.includes(each) ? 'o' : 'x'}] : ${there.join('')}\n`;
	});
	return [
		' ======================  GROUPMAP INFORMATION  =======================\n',
		`  Cluster : ${cluster.name}\n`,
		...cluster.hosts.map((each, index) => `   ${each === host ? '*' : ' '}server${index} : ${each}\n`),
		`\n  ${'-'.repeat(68)}\n`,
		...lines,
		frame,
	].join('');
}

/** > |    *server1 .........: Online */
function named(before: string, name: string, state: string): string {
	const short = name.slice(0, 16);
	return `${before}${`${short} `.padEnd(17, '.')}: ${state}\n`;
}

/** > |       lankhb1        : Normal           Kernel Mode LAN Heartbeat */
function entry(name: string, state: string, comment = ''): string {
	return `${`      ${name.padEnd(15)}: ${comment === '' ? state : state.padEnd(17)}${comment}`}\n`;
}

function serverState(cluster: Cluster, host: string, of: string): string {
	if (!isOnline(cluster, host)) {
		return of === host && cluster.servers[host]?.daemon.kind === 'starting' ? 'Online Pending' : 'Offline';
	}

	return membersSeenBy(cluster, host).includes(of) || isSilent(cluster, host, of) ? 'Online' : 'Offline';
}

function heartbeat(cluster: Cluster, host: string, of: string): string {
	if (serverState(cluster, host, of) !== 'Online') {
		return 'Offline';
	}

	return isSilent(cluster, host, of) ? 'Error' : 'Normal';
}

function groupState(state: GroupState): string {
	switch (state.kind) {
		case 'offline':
			return 'Offline';
		case 'starting':
			return 'Online Pending';
		case 'online':
			return 'Online';
		case 'stopping':
			return 'Offline Pending';
	}
}
