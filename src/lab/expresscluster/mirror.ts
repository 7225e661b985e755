import {type Cluster, type Group, isOnline, type Mirror, membersSeenBy, stateOf} from './cluster.js';

/** A copy of what has changed meanwhile; a first one of a whole disk takes hours. */
export const RECOVERY_MS = 120_000;

type Colour = 'GREEN' | 'YELLOW' | 'RED' | 'GRAY';

/** Mirror disks: where a server is away while the group writes, its data are old; when it is back, they are copied. */
export function followMirrors(cluster: Cluster, now: number): Cluster {
	const groups = cluster.groups.map(group =>
		group.mirror === undefined ? group : {...group, mirror: followMirror(cluster, group, group.mirror, now)},
	);
	return {...cluster, groups};
}

/** Whether the server may start the group: its data are those of the last one that wrote. */
export function hasData({mirror}: Group, host: string): boolean {
	return mirror === undefined || !mirror.outdated.includes(host);
}

/** The colour of a server's data as `host` knows it. */
export function colourOf(cluster: Cluster, mirror: Mirror, host: string, of: string): Colour {
	if (of !== host && !membersSeenBy(cluster, host).includes(of)) {
		return 'GRAY';
	}

	return mirror.recovering !== undefined ? 'YELLOW' : mirror.outdated.includes(of) ? 'RED' : 'GREEN';
}

function followMirror(cluster: Cluster, {name}: Group, mirror: Mirror, now: number): Mirror {
	const writer = cluster.hosts.find(host => ['online', 'starting'].includes(stateOf(cluster, host, name).kind));
	if (writer === undefined) {
		const {recovering: _, ...without} = mirror;
		return without;
	}

	const reached = membersSeenBy(cluster, writer);
	const away = cluster.hosts.filter(host => host !== writer && !reached.includes(host));
	const outdated = [...new Set([...mirror.outdated.filter(host => host !== writer), ...away])];
	const {recovering} = mirror;
	if (recovering !== undefined && recovering.until <= now && !away.includes(recovering.host)) {
		return {name: mirror.name, outdated: outdated.filter(host => host !== recovering.host)};
	}

	const next = recovering === undefined || away.includes(recovering.host) ? undefined : recovering;
	const waiting = outdated.find(host => reached.includes(host) && isOnline(cluster, host));
	const begun = next ?? (waiting === undefined ? undefined : {host: waiting, from: writer, until: now + RECOVERY_MS});
	return {name: mirror.name, outdated, ...(begun === undefined ? {} : {recovering: begun})};
}
