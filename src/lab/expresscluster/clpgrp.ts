import type {CommandIo} from '../host.js';
import {
	currentOf,
	groupState,
	groupsOf,
	isOnline,
	isSilent,
	membersSeenBy,
	serverOfHost,
	setStopped,
	withFailovers,
} from './cluster.js';
import {startGroup, stopGroup} from './groups.js';
import {couldStart, isWorthATry} from './mirror.js';
import {done, type Place, readWords, refuse, waitUntil} from './place.js';
import type {Turn} from './turn.js';

/**
`clpgrp -n GROUP`, `-s [GROUP] [-h SERVER]`, `-t [GROUP] [-h SERVER]`, `-m [GROUP] [-h SERVER] [-a SERVER]`.

Without a group it is every one that can be meant: nothing is stopped that is not started. `-h` of `-t` and `-m` is where it has to be.
*/
export async function clpgrp(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-n', '-s', '-t', '-m', '-f'], ['-h', '-a', '--apito']);
	const verb = ['-n', '-s', '-t', '-m'].find(each => words?.options.has(each));
	if (words === undefined || verb === undefined || words.rest.length > 1) {
		return refuse(io, 'Invalid option.');
	}

	const turn = place.cluster() === undefined ? undefined : place.look();
	const here = turn === undefined ? undefined : serverOfHost(turn.cluster, place.host);
	if (turn === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const [asked] = words.rest;
	const groups = groupsOf(turn.cluster);
	const named = ['-a', '-h'].flatMap(option => words.options.get(option) ?? []);
	if (asked !== undefined && !groups.some(({name}) => name === asked)) {
		return refuse(io, 'Invalid group name.');
	}

	if (named.some(server => !turn.servers.includes(server))) {
		return refuse(io, 'Invalid server name.');
	}

	if (!isOnline(turn.cluster, here)) {
		return refuse(io, 'The cluster is not started.');
	}

	const at = words.options.get('-h');
	const isMeant = (name: string) => {
		const current = currentOf(turn.cluster, here, name);
		return verb === '-s' ? current === undefined : current !== undefined && (at === undefined || at === current);
	};
	const names = asked === undefined ? groups.flatMap(({name}) => (isMeant(name) ? [name] : [])) : [asked];
	const order = {verb, at, to: words.options.get('-a'), here};
	for (const name of names) {
		const status = await onGroup(name, order, io, place);
		if (status !== 0) {
			return status;
		}
	}

	return names.length === 0 ? refuse(io, verb === '-s' ? 'Group is started already.' : 'Group is not started.') : 0;
}

/** What is asked of a group on the server `here`: `at`: where it is, or is to be started; `to`: where it is to go. */
type Order = {
	readonly verb: string;
	readonly at: string | undefined;
	readonly to: string | undefined;
	readonly here: string;
};

async function onGroup(name: string, {verb, at, to, here}: Order, io: CommandIo, place: Place): Promise<number> {
	const {cluster} = place.look();
	const current = currentOf(cluster, here, name);
	const kind = current === undefined ? 'offline' : groupState(cluster, current, name).kind;
	if (verb === '-n') {
		io.out(current === undefined ? '' : `${current}\n`);
		return current === undefined ? refuse(io, 'Group is not started.') : 0;
	}

	if (cluster.suspended || kind === 'starting' || kind === 'stopping') {
		return refuse(io, cluster.suspended ? 'The cluster is suspended.' : 'Group status is changing.');
	}

	// Who is silent cannot be asked, and is not held for down yet
	if (current !== undefined && isSilent(cluster, here, current)) {
		return refuse(io, 'Invalid server status.');
	}

	if (verb === '-s') {
		return activate(name, at ?? here, current, io, place);
	}

	if (current === undefined || (at !== undefined && at !== current)) {
		return refuse(io, 'Group is not started.');
	}

	return verb === '-t'
		? deactivate(name, current, io, place)
		: move(name, current, to ?? membersSeenBy(cluster, here).find(each => each !== current), here, io, place);
}

async function activate(
	name: string,
	to: string,
	current: string | undefined,
	io: CommandIo,
	place: Place,
): Promise<number> {
	const {cluster} = place.look();
	if (current !== undefined && groupState(cluster, current, name).kind === 'online') {
		return current === to ? done(io) : refuse(io, 'Group is started on another server.');
	}

	if (current !== undefined && current !== to) {
		return refuse(io, 'Group is started on another server.');
	}

	if (!isOnline(cluster, to)) {
		return refuse(io, 'Invalid server status.');
	}

	if (!isFit(name, to, place)) {
		return refuse(io, notFit(to, name));
	}

	place.act(turn => {
		forget(turn, name);
		startGroup(turn, to, name, 'GROUPSTART');
	});
	return settled(name, to, 'online', io, place);
}

async function deactivate(name: string, current: string, io: CommandIo, place: Place): Promise<number> {
	place.act(turn => {
		turn.cluster = setStopped(turn.cluster, name, true);
		stopGroup(turn, current, name, 'GROUPSTOP');
	});
	return settled(name, current, 'offline', io, place);
}

async function move(
	name: string,
	current: string,
	to: string | undefined,
	here: string,
	io: CommandIo,
	place: Place,
): Promise<number> {
	if (to === undefined || to === current || !membersSeenBy(place.look().cluster, here).includes(to)) {
		return refuse(io, 'Invalid server status.');
	}

	if (!isFit(name, to, place)) {
		place.act(turn => turn.warn(current, 'rc', 66, notFit(to, name)));
		return refuse(io, notFit(to, name));
	}

	place.act(turn => {
		forget(turn, name);
		turn.inform(current, 'rc', 50, `Moving ${name} group has started.`);
		stopGroup(turn, current, name, 'GROUPMOVE', to);
	});
	const status = await settled(name, to, 'online', io, place);
	place.act(turn =>
		status === 0
			? turn.inform(to, 'rc', 51, `Moving ${name} group has completed.`)
			: turn.complain(to, 'rc', 52, `Moving ${name} group has failed.`),
	);
	return status;
}

/** Its data are the last ones; or nobody knows whose are, and a script of the group may decide it. */
function isFit(name: string, server: string, place: Place): boolean {
	const turn = place.look();
	return groupsOf(turn.cluster).every(
		group => group.name !== name || couldStart(turn, group, server) || isWorthATry(turn, group, server),
	);
}

function notFit(server: string, group: string): string {
	return `Server ${server} is not in a condition to start group ${group}.`;
}

/** Somebody looks after it: what has failed before counts no longer. */
function forget(turn: Turn, name: string): void {
	turn.cluster = withFailovers(turn.cluster, name, {});
	for (const server of turn.servers) {
		const group = groupsOf(turn.cluster).find(each => each.name === name);
		const resources = Object.fromEntries(
			Object.entries(turn.server(server)?.resources ?? {}).filter(
				([resource, state]) => state.kind !== 'failed' || !group?.resources.some(each => each.name === resource),
			),
		);
		turn.change(server, {resources});
	}
}

async function settled(
	name: string,
	on: string,
	wanted: 'online' | 'offline',
	io: CommandIo,
	place: Place,
): Promise<number> {
	const isChanging = () => {
		const {cluster, servers} = place.look();
		return servers.some(server => ['starting', 'stopping'].includes(groupState(cluster, server, name).kind));
	};
	await waitUntil(() => !isChanging(), io, place);
	return groupState(place.look().cluster, on, name).kind === wanted ? done(io) : refuse(io, 'Command failed.');
}
