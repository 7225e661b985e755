import {
	groupOfResource,
	isOnline,
	isSilent,
	membersSeenBy,
	mirrorHalf,
	resourceState,
	resourcesOf,
	withHalf,
	withServer,
} from './cluster.js';
import {type HeartbeatConf, isLan} from './configuration.js';
import type {Turn} from './turn.js';

/** Whether a heartbeat of the other arrives at a server, on this interconnect or through this witness. */
export function arrives(turn: Turn, heartbeat: HeartbeatConf, server: string, other: string): boolean {
	const {world, cluster, configuration} = turn;
	if (!isOnline(cluster, other) || !world.isUp(other)) {
		return false;
	}

	if (isLan(heartbeat.type)) {
		const address = (name: string) =>
			configuration.servers.find(each => each.name === name)?.lan[heartbeat.device] ?? '';
		return cluster.hearsOnAnyNetwork
			? world.areConnected(server, other)
			: world.areLinked(server, address(server), other, address(other));
	}

	const witness = heartbeat.target?.split(':')[0];
	return witness !== undefined && world.answers(server, witness) && world.answers(other, witness);
}

/** Whether a server hears another one, in whatever way. */
export function hears(turn: Turn, server: string, other: string): boolean {
	return turn.configuration.heartbeats.some(heartbeat => arrives(turn, heartbeat, server, other));
}

/** Whether the mirror's own line from one server to the other is up; without one of its own, the interconnects are. */
export function mirrorsTo(turn: Turn, server: string, other: string): boolean {
	const {configuration, world, cluster} = turn;
	const lines = (name: string) => configuration.servers.find(each => each.name === name)?.mirrorConnects ?? [];
	const own = lines(server);
	if (!isOnline(cluster, other) || !world.isUp(other)) {
		return false;
	}

	return own.length === 0 || cluster.hearsOnAnyNetwork
		? hears(turn, server, other)
		: own.some((address, index) => world.areLinked(server, address, other, lines(other)[index] ?? ''));
}

/** Who is not heard for the time-out is held for down, who is heard again is back. */
export function listen(turn: Turn): void {
	for (const server of turn.servers.filter(each => isOnline(turn.cluster, each))) {
		const {silentSince = {}, down = []} = turn.server(server) ?? {};
		const silent = {...silentSince};
		const isDown = new Set(down);
		for (const other of turn.servers.filter(each => each !== server)) {
			if (hears(turn, server, other)) {
				delete silent[other];
				if (isDown.delete(other)) {
					turn.inform(server, 'nm', 1, `Server ${other} has started.`);
				}
			} else if (!isDown.has(other)) {
				silent[other] ??= turn.now;
				if ((silent[other] ?? turn.now) + turn.configuration.heartbeatTimeoutMs <= turn.now) {
					delete silent[other];
					isDown.add(other);
					turn.warn(server, 'nm', 2, `Server ${other} has been stopped.`);
				}
			} else {
				delete silent[other];
			}
		}

		const lost = [...isDown].some(other => !down.includes(other));
		turn.change(server, {silentSince: silent, down: [...isDown]});
		if (lost && isCutOff(turn, server)) {
			emergency(
				turn,
				server,
				'nm',
				30,
				`Network partition was detected. Shut down the server ${server} to protect data.`,
			);
		}
	}
}

/** Whether the servers and whatever tells of a network partition are out of reach. */
export function isCutOff(turn: Turn, server: string): boolean {
	const {partitions} = turn.configuration;
	return (
		partitions.length > 0 &&
		partitions.every(({targets}) => !targets.some(target => turn.world.answers(server, target))) &&
		!turn.servers.some(other => other !== server && hears(turn, server, other))
	);
}

/** An emergency shutdown, and the alert that says why: nothing is stopped in order. */
export function emergency(
	turn: Turn,
	server: string,
	module: string,
	id: number,
	text: string,
	andThen: 'off' | 'boot' = turn.cluster.emergency,
): void {
	turn.complain(server, module, id, text);
	dropOut(turn, server, andThen);
}

/** The server goes at once and says nothing: the others miss it from now on. */
export function dropOut(turn: Turn, server: string, andThen: 'off' | 'boot' = turn.cluster.emergency): void {
	turn.actions.push({kind: 'shutDown', server, andThen, atOnce: true});
	crash(turn, server);
	leave(turn, server);
	for (const other of turn.servers.filter(each => each !== server && isOnline(turn.cluster, each))) {
		const {silentSince = {}, down = []} = turn.server(other) ?? {};
		if (!down.includes(server)) {
			turn.change(other, {silentSince: {[server]: turn.now, ...silentSince}});
		}
	}
}

/** A server that goes while the other half of a mirror was written to does not know what its own half is worth. */
export function crash(turn: Turn, server: string): void {
	for (const {name, type} of resourcesOf(turn.cluster)) {
		const writes = membersSeenBy(turn.cluster, server).some(each =>
			['online', 'stopping'].includes(resourceState(turn.cluster, each, name).kind),
		);
		const last = turn.server(server)?.lastSeen[groupOfResource(turn.cluster, name)?.name ?? ''] ?? '';
		const mayWrite = writes || isSilent(turn.cluster, server, last);
		if (type === 'md' && mayWrite && mirrorHalf(turn.cluster, server, name).constructed) {
			turn.cluster = withHalf(turn.cluster, server, name, {crashed: true});
		}
	}
}

/** The daemon is gone, and what it ran. */
export function leave(turn: Turn, server: string): void {
	for (const state of [
		...Object.values(turn.server(server)?.resources ?? {}),
		...Object.values(turn.server(server)?.monitors ?? {}),
	]) {
		const work = 'work' in state ? state.work : undefined;
		if (work !== undefined) {
			turn.actions.push({kind: 'kill', work: typeof work === 'string' ? work : work.id});
		}
	}

	turn.cluster = withServer(turn.cluster, server, {
		daemon: {kind: 'stopped'},
		leaving: undefined,
		down: [],
		silentSince: {},
		groups: {},
		resources: {},
		monitors: {},
	});
}
