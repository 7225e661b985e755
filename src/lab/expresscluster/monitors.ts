import {
	groupOfResource,
	groupState,
	groupsOf,
	isOnline,
	type MonitorState,
	monitorState,
	resourceState,
	serversOf,
	setStopped,
	withMonitor,
} from './cluster.js';
import {numberAt, type TypedConf} from './configuration.js';
import {nextServer, stopGroup} from './groups.js';
import {emergency, mirrorsTo} from './heartbeats.js';
import {colourOf} from './mirror.js';
import {monitorScript} from './scripts.js';
import type {Turn} from './turn.js';

/** Where `clp.conf` says nothing. Sources: the notes on the domain, 4.2, and EXPRESSCLUSTER's defaults; the two counts are a guess. */
const INTERVAL_S = 60;
const TIMEOUT_S = 120;
const RESTARTS = 3;
const FAILOVERS = 1;

/** What one look has found. */
type Finding = 'normal' | 'caution' | 'error';

/** Final actions, by the number in `clp.conf`; what is not here does nothing. */
const finalActions: Readonly<Record<string, 'stopGroup' | 'stopService' | 'off' | 'boot'>> = {
	'2': 'stopGroup',
	'3': 'stopService',
	'4': 'off',
	'5': 'boot',
};

/** Every monitor of every server looks when it is due; what one finds may stop its server, and then the others look no more. */
export function followMonitors(turn: Turn): void {
	for (const server of turn.servers) {
		for (const monitor of turn.configuration.monitors) {
			if (isOnline(turn.cluster, server)) {
				follow(turn, server, monitor);
			}
		}
	}
}

function follow(turn: Turn, server: string, monitor: TypedConf): void {
	const state = monitorState(turn.cluster, server, monitor.name);
	if (!isWatching(turn, server, monitor)) {
		stopLooking(turn, server, monitor.name, state, 'offline');
		return;
	}

	if (turn.cluster.suspended) {
		stopLooking(turn, server, monitor.name, state, 'suspended');
		return;
	}

	const isResumed = state.status === 'suspended' && state.resumes === true;
	if (state.status === 'offline' || isResumed) {
		const first = turn.now + (isResumed ? 0 : numberAt(monitor, 'firstmonwait', 0) * 1000);
		set(turn, server, monitor.name, {status: 'normal', next: first, misses: 0, resumes: undefined});
		turn.inform(server, 'rm', 1, `Monitoring ${monitor.name} has started.`);
	}

	const {work, next} = monitorState(turn.cluster, server, monitor.name);
	if (work !== undefined && work.until <= turn.now) {
		turn.actions.push({kind: 'kill', work: work.id});
		found(turn, server, monitor, 'error', 'timeout');
	} else if (work === undefined && next !== undefined && next <= turn.now) {
		look(turn, server, monitor);
	}
}

/** Always, or as long as its target is active on this server. */
function isWatching(turn: Turn, server: string, {type, tags}: TypedConf): boolean {
	const target = tags['target'];
	const needsTarget = tags['polling/timing'] === '1' || type === 'fipw' || type === 'arpw' || type === 'vipw';
	return !needsTarget || target === undefined || resourceState(turn.cluster, server, target).kind === 'online';
}

function stopLooking(
	turn: Turn,
	server: string,
	monitor: string,
	state: MonitorState,
	status: 'offline' | 'suspended',
): void {
	if (state.status === status || (status === 'suspended' && state.status === 'offline')) {
		return;
	}

	if (state.work !== undefined) {
		turn.actions.push({kind: 'kill', work: state.work.id});
	}

	const resumes = status === 'suspended' ? true : undefined;
	set(turn, server, monitor, {status, next: undefined, work: undefined, resumes});
}

function look(turn: Turn, server: string, monitor: TypedConf): void {
	const script = monitor.type === 'genw' ? monitorScript(turn, server, monitor) : undefined;
	if (script === undefined) {
		found(turn, server, monitor, judge(turn, server, monitor), 'status');
		return;
	}

	const id = turn.begin(server, script.command, script.env);
	const until = turn.now + numberAt(monitor, 'polling/timeout', TIMEOUT_S) * 1000;
	set(turn, server, monitor.name, {work: {id, until}, next: undefined});
}

/** What a monitor without a script sees. */
function judge(turn: Turn, server: string, {type, tags}: TypedConf): Finding {
	switch (type) {
		case 'mdw': {
			const mirror = tags['parameters/object'] ?? tags['target'] ?? '';
			const colours = serversOf(turn.cluster).map(each => colourOf(turn.cluster, mirror, server, each));
			return colours.every(colour => colour === 'GREEN')
				? 'normal'
				: colours.some(colour => colour === 'RED')
					? 'error'
					: 'caution';
		}
		case 'mdnw':
			return turn.servers.every(
				other => other === server || !isOnline(turn.cluster, other) || mirrorsTo(turn, server, other),
			)
				? 'normal'
				: 'error';
		case 'ipw': {
			const targets = Object.entries(tags).filter(([tag]) => tag.endsWith('/ip'));
			return targets.every(([, address]) => turn.world.answers(server, address)) ? 'normal' : 'error';
		}
		case 'diskw':
			return turn.world.partition(server, tags['parameters/object'] ?? '') === undefined ? 'error' : 'normal';
		default:
			return 'normal';
	}
}

/** A monitor's script has ended; `status` undefined: its host lost power. */
export function monitorEnded(turn: Turn, id: string, status: number | undefined): void {
	for (const server of turn.servers) {
		for (const monitor of turn.configuration.monitors) {
			if (monitorState(turn.cluster, server, monitor.name).work?.id === id) {
				const normal = (monitor.tags['parameters/normalval'] ?? '0').split(',').map(Number);
				const isNormal = status !== undefined && normal.includes(status);
				found(turn, server, monitor, isNormal ? 'normal' : 'error', `script ended with ${status}`);
			}
		}
	}
}

function found(turn: Turn, server: string, monitor: TypedConf, finding: Finding, why: string): void {
	const before = monitorState(turn.cluster, server, monitor.name);
	const next = turn.now + numberAt(monitor, 'polling/interval', INTERVAL_S) * 1000;
	const {name} = monitor;
	if (finding !== 'error') {
		if (before.status === 'error') {
			turn.inform(server, 'rm', 26, `The status of ${name} was changed from error to normal.`);
		}

		set(turn, server, name, {status: finding, next, work: undefined, misses: 0, restarts: 0});
		return;
	}

	const misses = before.misses + 1;
	set(turn, server, name, {next, work: undefined, misses});
	if (misses <= numberAt(monitor, 'polling/reconfirmation', 0)) {
		return;
	}

	if (before.status !== 'error') {
		turn.complain(server, 'rm', 9, `Detected an error in monitoring ${name}. (1 : ${why})`);
	}

	set(turn, server, name, {status: 'error'});
	recover(turn, server, monitor);
}

/** Restarts what is watched, then fails it over, then acts finally: each as often as the configuration allows. */
function recover(turn: Turn, server: string, monitor: TypedConf): void {
	const {name, tags} = monitor;
	const {restarts, failovers} = monitorState(turn.cluster, server, name);
	const isServer = (tags['relation/type'] ?? 'cls') === 'cls';
	const target = tags['relation/name'] ?? '';
	const group =
		tags['relation/type'] === 'grp'
			? groupsOf(turn.cluster).find(each => each.name === target)
			: groupOfResource(turn.cluster, target);
	const isThere = group !== undefined && groupState(turn.cluster, server, group.name).kind === 'online';
	if (!isServer && !isThere) {
		return;
	}

	if (group !== undefined && restarts < numberAt(monitor, 'emergency/threshold/restart', RESTARTS)) {
		set(turn, server, name, {restarts: restarts + 1});
		turn.warn(
			server,
			'rm',
			12,
			`Recovery target ${target} has restarted because an error was detected in monitoring ${name}.`,
		);
		stopGroup(turn, server, group.name, 'GROUPSTART', server);
		return;
	}

	const to = group === undefined ? undefined : nextServer(turn, server, group);
	if (group !== undefined && to !== undefined && failovers < numberAt(monitor, 'emergency/threshold/fo', FAILOVERS)) {
		set(turn, server, name, {failovers: failovers + 1});
		turn.warn(
			server,
			'rm',
			14,
			`Recovery target ${target} failed over because an error was detected in monitoring ${name}.`,
		);
		stopGroup(turn, server, group.name, 'GROUPFAILOVER', to);
		return;
	}

	actFinally(turn, server, monitor, group?.name);
}

function actFinally(turn: Turn, server: string, {name, tags}: TypedConf, group: string | undefined): void {
	const action = finalActions[tags['emergency/action'] ?? ''];
	const text = `The system will be stopped because an error was detected in monitoring ${name}.`;
	switch (action) {
		case undefined:
			return;
		case 'stopGroup':
			if (group !== undefined) {
				turn.cluster = setStopped(turn.cluster, group, true);
				stopGroup(turn, server, group, 'GROUPSTOP');
			}

			return;
		case 'stopService':
			turn.change(server, {leaving: 'stop'});
			return;
		case 'off':
		case 'boot':
			emergency(turn, server, 'rm', 20, text, action);
	}
}

function set(turn: Turn, server: string, monitor: string, change: Partial<MonitorState>): void {
	turn.cluster = withMonitor(turn.cluster, server, monitor, change);
}
