import {isDeepStrictEqual} from 'node:util';
import type {PartRoom} from '../world/part.js';
import {readConf} from './clp-conf.js';
import {type Cluster, configurationOf, configured, groupState, groupsOf, isOnline} from './cluster.js';
import {configurationIn} from './configuration.js';

type Upload = {readonly refused: string} | {readonly cluster: Cluster; readonly delivered: readonly string[]};

/**
The cluster as it is once `clpcfctrl --push` has brought a configuration to all its servers from the host `from`, or a sentence that
says why it does not. Source: the notes on the domain, 4.1, number 25.
*/
export function uploadOf(
	text: string,
	scripts: Readonly<Record<string, string>>,
	from: string,
	before: Cluster | undefined,
	room: PartRoom,
): Upload {
	const conf = readConf(text);
	const result = conf === undefined ? undefined : configurationIn(conf);
	if (result?.kind !== 'read') {
		return {refused: result?.problems.join('\n') ?? 'clp.conf is not a configuration file.'};
	}

	const {configuration} = result;
	const hosts: Record<string, string> = {};
	for (const {name} of configuration.servers) {
		const member = room
			.members()
			.find(each => each.labHost().hostname.split('.')[0] === name && each.runs !== undefined);
		if (member === undefined) {
			return {refused: `No server has the host name ${name}.`};
		}

		if (member.labHost().power.kind !== 'on' || (member.name !== from && !room.areConnected(from, member.name))) {
			return {refused: `Server ${name} cannot be reached.`};
		}

		if (member.has?.('expresscls') !== true) {
			return {refused: `EXPRESSCLUSTER is not installed on server ${name}.`};
		}

		hosts[name] = member.name;
	}

	if (!Object.values(hosts).includes(from)) {
		return {refused: 'This server is not in the configuration.'};
	}

	const after = configured(text, scripts, hosts, before);
	const refused = before === undefined ? undefined : wrongState(before, after);
	return refused === undefined
		? {cluster: after, delivered: configuration.servers.map(({name, lan}) => Object.values(lan)[0] ?? name)}
		: {refused};
}

/** A running cluster has to be suspended, groups whose resources change have to be stopped, and its servers stay who they are. */
function wrongState(before: Cluster, after: Cluster): string | undefined {
	const running = Object.keys(before.servers).filter(server => isOnline(before, server));
	if (running.length === 0) {
		return undefined;
	}

	if (!before.suspended) {
		return 'The cluster is running. Suspend or stop it first.';
	}

	const servers = (cluster: Cluster) => configurationOf(cluster).servers.map(({name}) => name);
	if (!isDeepStrictEqual(servers(before), servers(after))) {
		return 'The servers of the cluster have changed. Stop the cluster first.';
	}

	const active = groupsOf(before).find(
		group =>
			running.some(server => groupState(before, server, group.name).kind !== 'offline') &&
			!isDeepStrictEqual(
				group,
				groupsOf(after).find(({name}) => name === group.name),
			),
	);
	return active === undefined
		? undefined
		: `Group ${active.name} is active and its resources have changed. Stop it first.`;
}
