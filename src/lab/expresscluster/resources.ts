import {type Factor, type ResourceState, resourceState, withResource} from './cluster.js';
import {type GroupConf, numberAt, type ResourceConf} from './configuration.js';
import {dropOut} from './heartbeats.js';
import {beginsMirror, canActivate} from './mirror.js';
import {scriptOf} from './scripts.js';
import type {Turn} from './turn.js';

/** What the resources of a group take that run no script. Source: the notes on the domain, 4.2: HB time-out + 5 to 15 s until the survivor has the group. */
const GROUP_STARTS_MS = 10_000;
const GROUP_STOPS_MS = 5_000;

/** Seconds that a script or a mirror disk has. Sources: the notes on the domain, 4.2, and EXPRESSCLUSTER's default for scripts. */
const timeouts: Readonly<Record<string, number>> = {exec: 1_800, md: 190};

/** What becomes of a server where a resource cannot be deactivated, by the number in `clp.conf`. Source: EXPRESSCLUSTER's final actions. */
const STOP_AND_SHUT_DOWN = 4;
const STOP_AND_REBOOT = 5;

/** A server begins to activate a resource. */
export function start(
	turn: Turn,
	server: string,
	group: GroupConf,
	resource: ResourceConf,
	factor: Factor,
	tries = 0,
): void {
	turn.inform(server, 'rc', 30, `Activating ${resource.name} resource has started.`);
	// Whether an address is free is seen later: in this very moment another server may have given it up
	const refusal = resource.type === 'fip' ? undefined : refusalOf(turn, server, resource);
	if (refusal !== undefined) {
		fail(turn, server, resource, refusal);
		return;
	}

	run(turn, server, group, resource, 'start', factor, tries);
}

export function stop(turn: Turn, server: string, group: GroupConf, resource: ResourceConf, factor: Factor): void {
	turn.inform(server, 'rc', 40, `Stopping ${resource.name} resource has started.`);
	run(turn, server, group, resource, 'stop', factor, 0);
}

function run(
	turn: Turn,
	server: string,
	group: GroupConf,
	resource: ResourceConf,
	doing: 'start' | 'stop',
	factor: Factor,
	tries: number,
): void {
	const script = scriptOf(turn, server, group.name, resource, doing, factor);
	const kind = doing === 'start' ? 'starting' : 'stopping';
	const work = script === undefined ? undefined : turn.begin(server, script.command, script.env);
	const seconds = numberAt(
		resource,
		`${doing === 'start' ? 'act' : 'deact'}/timeout`,
		numberAt(resource, 'parameters/timeout', timeouts[resource.type] ?? 180),
	);
	const until = turn.now + (work === undefined ? shareOf(group, resource, doing) : seconds * 1000);
	set(turn, server, resource.name, {kind, until, work, factor, tries});
}

/** All that run no script take the same, and a group of them alone takes what a group takes. */
function shareOf({resources}: GroupConf, {tags}: ResourceConf, doing: 'start' | 'stop'): number {
	const own = doing === 'start' ? 'parameters/act/path' : 'parameters/deact/path';
	const timed = resources.filter(each => each.tags[own] === undefined);
	const all = doing === 'start' ? GROUP_STARTS_MS : GROUP_STOPS_MS;
	return tags[own] === undefined ? Math.floor(all / timed.length) : 0;
}

/** Lets what was begun with a resource come to its end. */
export function watch(turn: Turn, server: string, group: string, resource: ResourceConf): void {
	const state = resourceState(turn.cluster, server, resource.name);
	if ((state.kind === 'starting' || state.kind === 'stopping') && state.until <= turn.now) {
		if (state.work !== undefined) {
			turn.actions.push({kind: 'kill', work: state.work});
			ended(turn, server, group, resource, state, false, 'it took too long');
		} else {
			ended(turn, server, group, resource, state, true, '');
		}
	}
}

/** A script of the cluster has ended; `status` undefined: its host lost power. */
export function scriptEnded(turn: Turn, work: string, status: number | undefined): void {
	for (const server of turn.servers) {
		for (const group of turn.configuration.groups) {
			for (const resource of group.resources) {
				const state = resourceState(turn.cluster, server, resource.name);
				if ((state.kind === 'starting' || state.kind === 'stopping') && state.work === work) {
					ended(turn, server, group.name, resource, state, status === 0, `its script ended with ${status}`);
				}
			}
		}
	}
}

function ended(
	turn: Turn,
	server: string,
	groupName: string,
	resource: ResourceConf,
	state: Extract<ResourceState, {kind: 'starting' | 'stopping'}>,
	isDone: boolean,
	why: string,
): void {
	const {name} = resource;
	if (state.kind === 'stopping') {
		if (isDone) {
			set(turn, server, name, {kind: 'offline'});
			turn.inform(server, 'rc', 41, `Stopping ${name} resource has completed.`);
		} else {
			set(turn, server, name, {kind: 'failed', doing: 'stop'});
			turn.complain(server, 'rc', 42, `Stopping ${name} resource has failed.(99 : ${why})`);
		}

		return;
	}

	const refusal = isDone ? refusalOf(turn, server, resource) : why;
	if (refusal === undefined) {
		set(turn, server, name, {kind: 'online'});
		turn.inform(server, 'rc', 31, `Activating ${name} resource has completed.`);
		if (resource.type === 'md') {
			beginsMirror(turn, server, name);
		}

		return;
	}

	const group = turn.configuration.groups.find(each => each.name === groupName);
	if (group !== undefined && state.tries < numberAt(resource, 'act/retry', 0)) {
		start(turn, server, group, resource, state.factor, state.tries + 1);
	} else {
		fail(turn, server, resource, refusal);
	}
}

/** Why a resource cannot be activated there at this moment. */
function refusalOf(turn: Turn, server: string, resource: ResourceConf): string | undefined {
	const {type, tags} = resource;
	switch (type) {
		case 'fip':
			return turn.world.answers(server, tags['parameters/ip']?.split('%')[0] ?? '')
				? 'IP address already exists'
				: undefined;
		case 'md':
			return canActivate(turn, server, resource);
		default:
			return undefined;
	}
}

function fail(turn: Turn, server: string, {name}: ResourceConf, why: string): void {
	set(turn, server, name, {kind: 'failed', doing: 'start'});
	turn.complain(server, 'rc', 32, `Activating ${name} resource has failed.(99 : ${why})`);
}

/** What a server does that cannot deactivate a resource: without another word in `clp.conf`, it shuts down. False: nothing. */
export function actsOnFailedStop(turn: Turn, server: string, resource: ResourceConf): boolean {
	const action = numberAt(resource, 'deact/action', STOP_AND_SHUT_DOWN);
	if (action !== STOP_AND_SHUT_DOWN && action !== STOP_AND_REBOOT) {
		return false;
	}

	dropOut(turn, server, action === STOP_AND_REBOOT ? 'boot' : undefined);
	return true;
}

function set(turn: Turn, server: string, resource: string, state: ResourceState): void {
	turn.cluster = withResource(turn.cluster, server, resource, state);
}
