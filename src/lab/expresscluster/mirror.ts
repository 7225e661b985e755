import {
	type Cluster,
	isOnline,
	membersSeenBy,
	mirrorHalf,
	resourceState,
	resourcesOf,
	serversOf,
	withHalf,
} from './cluster.js';
import type {GroupConf, ResourceConf} from './configuration.js';
import {mirrorsTo} from './heartbeats.js';
import type {Turn} from './turn.js';

/** A copy of what has changed meanwhile. Source: the notes on the domain, 4.1, number 13: minutes. */
const RECOVERY_MS = 120_000;
/** A first copy takes the whole of a gigabit line: 500 GB take hours. */
const BYTES_PER_MS = 100_000;

export type Colour = 'GREEN' | 'YELLOW' | 'RED' | 'GRAY';

/** The colour of a server's half as `viewer` knows it. */
export function colourOf(cluster: Cluster, mirror: string, viewer: string, of: string): Colour {
	if (of !== viewer && !membersSeenBy(cluster, viewer).includes(of)) {
		return 'GRAY';
	}

	if (cluster.copies[mirror] !== undefined) {
		return 'YELLOW';
	}

	const {constructed, old, crashed} = mirrorHalf(cluster, of, mirror);
	return constructed && !old && !crashed ? 'GREEN' : 'RED';
}

/** A sentence that says why a mirror disk cannot be activated on a server; undefined: it can be. */
export function canActivate(turn: Turn, server: string, {name, tags}: ResourceConf): string | undefined {
	for (const device of [tags['parameters/diskdev/cppath'], tags['parameters/diskdev/dppath']]) {
		if (device !== undefined && turn.world.partition(server, device) === undefined) {
			return `${device} does not exist`;
		}
	}

	if (turn.cluster.copies[name]?.to === server) {
		return 'mirror recovery is in progress';
	}

	const {old, crashed} = mirrorHalf(turn.cluster, server, name);
	return old || crashed ? 'the data is not up-to-date' : undefined;
}

/** Whether a server has the data that a group needs. */
function hasData(cluster: Cluster, {resources}: GroupConf, server: string): boolean {
	return resources.every(({type, name}) => {
		const {old, crashed} = mirrorHalf(cluster, server, name);
		return type !== 'md' || !(old || crashed || cluster.copies[name]?.to === server);
	});
}

export function couldStart(turn: Turn, group: GroupConf, server: string): boolean {
	return hasData(turn.cluster, group, server);
}

/** Nobody knows whose data are the last; a script of the group, run before its disk, may decide it. */
export function isWorthATry({cluster}: Turn, {resources}: GroupConf, server: string): boolean {
	return resources.every(({type, name, after}) => {
		const {old, crashed} = mirrorHalf(cluster, server, name);
		const isDecided = resources.some(each => each.type === 'exec' && after.includes(each.name));
		return type !== 'md' || (!old && (!crashed || isDecided));
	});
}

/** A mirror disk has become active: its data are those that count. */
export function beginsMirror(turn: Turn, server: string, mirror: string): void {
	turn.cluster = withHalf(turn.cluster, server, mirror, {constructed: true, old: false, crashed: false});
}

/** Where servers meet, one half is found to be older; where one is active, the other is copied. */
export function followMirrors(turn: Turn): void {
	for (const {type, name} of resourcesOf(turn.cluster)) {
		if (type === 'md') {
			compare(turn, name);
			copy(turn, name);
		}
	}
}

/** Halves between which every write goes at once: one is active, and the other one has all that it has. */
export function halvesInStep(turn: Turn): ReadonlyArray<{
	readonly mirror: ResourceConf;
	readonly from: string;
	readonly to: string;
}> {
	const {cluster, servers} = turn;
	const mirrors = resourcesOf(cluster).filter(({type, name}) => type === 'md' && cluster.copies[name] === undefined);
	return mirrors.flatMap(mirror => {
		const [from, ...alsoActive] = servers.filter(each => isActive(cluster, each, mirror.name));
		if (from === undefined || alsoActive.length > 0) {
			return [];
		}

		const isInStep = (server: string) => {
			const {constructed, old, crashed} = mirrorHalf(cluster, server, mirror.name);
			return constructed && !old && !crashed && mirrorsTo(turn, from, server);
		};
		return servers.filter(each => each !== from && isInStep(each)).map(to => ({mirror, from, to}));
	});
}

export function isActive(cluster: Cluster, server: string, mirror: string): boolean {
	return ['online', 'stopping'].includes(resourceState(cluster, server, mirror).kind);
}

/** Who writes without the other half is ahead of it; when they meet, the other one learns that it is old. */
function compare(turn: Turn, mirror: string): void {
	const all = serversOf(turn.cluster).filter(each => isOnline(turn.cluster, each));
	for (const server of all.filter(each => isActive(turn.cluster, each, mirror))) {
		const others = serversOf(turn.cluster).filter(each => each !== server);
		if (others.some(other => !mirrorsTo(turn, server, other))) {
			turn.cluster = withHalf(turn.cluster, server, mirror, {alone: true});
		}
	}

	for (const server of all) {
		for (const other of all.filter(each => each !== server && mirrorsTo(turn, server, each))) {
			const own = mirrorHalf(turn.cluster, server, mirror);
			const its = mirrorHalf(turn.cluster, other, mirror);
			const isAhead = own.alone && !own.old && !isActive(turn.cluster, other, mirror);
			if (isAhead && (!its.alone || isActive(turn.cluster, server, mirror)) && its.constructed) {
				turn.cluster = withHalf(turn.cluster, other, mirror, {old: true, crashed: false, alone: false});
				turn.cluster = withHalf(turn.cluster, server, mirror, {crashed: false});
			}
		}
	}
}

function copy(turn: Turn, mirror: string): void {
	const under = turn.cluster.copies[mirror];
	if (under !== undefined) {
		const goesOn = isActive(turn.cluster, under.from, mirror) && mirrorsTo(turn, under.from, under.to);
		if (!goesOn) {
			turn.cluster = withoutCopy(turn.cluster, mirror);
			turn.complain(under.from, 'mdadmn', 5, `Mirror recovery of ${mirror} has failed.`);
		} else if (under.until <= turn.now) {
			finish(turn, mirror, under.from, under.to);
		}

		return;
	}

	const from = turn.servers.find(server => isOnline(turn.cluster, server) && isActive(turn.cluster, server, mirror));
	const to = turn.servers.find(server => {
		const {old, constructed, held} = mirrorHalf(turn.cluster, server, mirror);
		return server !== from && (old || !constructed) && !held && isOnline(turn.cluster, server);
	});
	if (from !== undefined && to !== undefined && mirrorsTo(turn, from, to)) {
		beginCopy(turn, mirror, from, to);
	}
}

/** Begins a copy from one half to the other. */
export function beginCopy(turn: Turn, mirror: string, from: string, to: string): void {
	const conf = resourcesOf(turn.cluster).find(({name}) => name === mirror);
	const device = conf?.tags['parameters/diskdev/dppath'] ?? '';
	const bytes = turn.world.partition(from, device);
	const isInitial = !mirrorHalf(turn.cluster, to, mirror).constructed;
	if (turn.world.partition(to, device) === undefined && device !== '') {
		return;
	}

	const takesMs = isInitial && typeof bytes === 'number' ? Math.ceil(bytes / BYTES_PER_MS) : RECOVERY_MS;
	const begun = {from, to, since: turn.now, until: turn.now + takesMs, isInitial};
	turn.cluster = withHalf(turn.cluster, to, mirror, {held: false});
	turn.cluster = {...turn.cluster, copies: {...turn.cluster.copies, [mirror]: begun}};
	turn.inform(
		from,
		'mdadmn',
		isInitial ? 16 : 17,
		isInitial
			? `Initial mirror recovery of ${mirror} has started.`
			: `Mirror recovery of ${mirror} has started.(${takesMs * BYTES_PER_MS} bytes)`,
	);
}

/** A person gives a copy up: the half stays as old as it is until he asks for a new one, or its server starts again. */
export function breakCopy(turn: Turn, mirror: string): void {
	const under = turn.cluster.copies[mirror];
	if (under !== undefined) {
		turn.cluster = withHalf(withoutCopy(turn.cluster, mirror), under.to, mirror, {old: true, held: true});
	}
}

function finish(turn: Turn, mirror: string, from: string, to: string): void {
	turn.cluster = withoutCopy(turn.cluster, mirror);
	turn.cluster = withHalf(turn.cluster, to, mirror, {constructed: true, old: false, crashed: false, alone: false});
	turn.cluster = withHalf(turn.cluster, from, mirror, {alone: false});
	turn.inform(from, 'mdadmn', 6, `Mirror recovery  of ${mirror} was completed successfully.`);
	turn.actions.push({kind: 'copied', mirror, from, to});
}

function withoutCopy(cluster: Cluster, mirror: string): Cluster {
	const {[mirror]: _, ...copies} = cluster.copies;
	return {...cluster, copies};
}
