import type {CommandIo} from '../host.js';
import {mirrorList, mirrorStatus} from './clpmdstat.js';
import {isOnline, resourceState, resourcesOf, serverOfHost, withHalf, withResource} from './cluster.js';
import {mirrorsTo} from './heartbeats.js';
import {beginCopy, breakCopy, canActivate, isActive} from './mirror.js';
import {done, type Place, readWords, refuse, waitUntil} from './place.js';

/** `clpmdstat -l`, `clpmdstat -m NAME [--detail]`. */
export async function clpmdstat(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-l', '--list', '--detail', '-d'], ['-m', '--mirror', '-a', '--active']);
	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	if (words === undefined || words.rest.length > 0) {
		return refuse(io, 'Invalid option.');
	}

	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	if (words.options.has('-l') || words.options.has('--list')) {
		io.out(mirrorList(cluster));
		return 0;
	}

	const name =
		words.options.get('-m') ??
		words.options.get('--mirror') ??
		words.options.get('-a') ??
		words.options.get('--active');
	const mirror = resourcesOf(cluster).find(each => each.type === 'md' && each.name === name);
	if (name === undefined || mirror === undefined) {
		return refuse(io, name === undefined ? 'Invalid option.' : 'Invalid resource name.');
	}

	io.out(mirrorStatus(cluster, name, here, io.now()));
	if (words.options.has('--detail')) {
		const {tags} = mirror;
		const active = place.look().servers.filter(server => isActive(cluster, server, name));
		io.out(
			[
				['Device', tags['parameters/nmppath'] ?? ''],
				['Data Partition', tags['parameters/diskdev/dppath'] ?? ''],
				['Cluster Partition', tags['parameters/diskdev/cppath'] ?? ''],
				['Active Server', active.join(' ') || 'None'],
			]
				.map(([key, value]) => `${` ${`${key}:`.padEnd(21)}${value}`.trimEnd()}\n`)
				.join(''),
		);
	}

	return 0;
}

const verbs = [
	'-a',
	'-d',
	'-r',
	'-f',
	'-b',
	'--active',
	'--deactive',
	'--recovery',
	'--force',
	'--break',
	'--rwait',
	'--resize',
];

/** `clpmdctrl -a|-d|-r|-f|-b NAME`, `clpmdctrl --rwait NAME [-timeout SECONDS] [-rcancel]`. */
export async function clpmdctrl(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, [...verbs, '-rcancel'], ['-timeout']);
	const verb = verbs.find(each => words?.options.has(each));
	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	const timeoutMs = Number(words?.options.get('-timeout') ?? Number.POSITIVE_INFINITY) * 1000;
	if (words === undefined || verb === undefined || words.rest.length !== 1 || Number.isNaN(timeoutMs)) {
		return refuse(io, 'Invalid option.');
	}

	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const [name = ''] = words.rest;
	const mirror = resourcesOf(cluster).find(each => each.type === 'md' && each.name === name);
	if (mirror === undefined) {
		return refuse(io, 'Invalid resource name.');
	}

	switch (verb) {
		case '-a':
		case '--active': {
			const why = canActivate(place.look(), here, mirror);
			if (why !== undefined) {
				return refuse(io, `Mirror disk ${name} cannot be activated: ${why}.`);
			}

			place.act(turn => {
				turn.cluster = withResource(turn.cluster, here, name, {kind: 'online'});
				turn.cluster = withHalf(turn.cluster, here, name, {constructed: true});
			});
			return done(io);
		}
		case '-d':
		case '--deactive':
			if (!isActive(cluster, here, name)) {
				return refuse(io, `Mirror disk ${name} is not active on this server.`);
			}

			place.act(turn => {
				turn.cluster = withResource(turn.cluster, here, name, {kind: 'offline'});
			});
			return done(io);
		case '-f':
		case '--force':
			return force(name, here, io, place);
		case '-r':
		case '--recovery':
			return recover(name, here, io, place);
		case '-b':
		case '--break':
			if (cluster.copies[name] === undefined) {
				return refuse(io, 'Mirror recovery is not in progress.');
			}

			place.act(turn => breakCopy(turn, name));
			return done(io);
		case '--rwait':
			return rwait(name, timeoutMs, words.options.has('-rcancel'), io, place);
		default:
			return refuse(io, 'Resizing is not simulated.');
	}
}

/** This server's data count from now on, whatever they are worth. */
async function force(name: string, here: string, io: CommandIo, place: Place): Promise<number> {
	const {cluster} = place.look();
	if (cluster.copies[name] !== undefined || isActive(cluster, here, name)) {
		return refuse(io, `Mirror disk ${name} is ${cluster.copies[name] === undefined ? 'active' : 'being recovered'}.`);
	}

	await io.sleep(2_000);
	place.act(turn => {
		turn.cluster = withHalf(turn.cluster, here, name, {constructed: true, old: false, crashed: false, alone: true});
		for (const other of turn.servers.filter(
			each => each !== here && isOnline(turn.cluster, each) && turn.world.areConnected(here, each),
		)) {
			turn.cluster = withHalf(turn.cluster, other, name, {old: true, crashed: false, alone: false});
		}

		turn.inform(here, 'mdadmn', 36, `Forced recovery of ${name} was completed.`);
	});
	return done(io);
}

async function recover(name: string, here: string, io: CommandIo, place: Place): Promise<number> {
	const turn = place.look();
	const from = turn.servers.find(server => isActive(turn.cluster, server, name)) ?? here;
	const to = turn.servers.find(server => server !== from && mirrorsTo(turn, from, server));
	if (to === undefined || turn.cluster.copies[name] !== undefined) {
		return refuse(io, to === undefined ? 'Invalid server status.' : 'Mirror recovery is in progress.');
	}

	if (resourceState(turn.cluster, from, name).kind !== 'online') {
		return refuse(io, `Mirror disk ${name} is not active.`);
	}

	place.act(changing => beginCopy(changing, name, from, to));
	return done(io);
}

/** Ends when nothing is copied any more; after the time-out with 1, the copy given up if so asked. */
async function rwait(name: string, timeoutMs: number, cancels: boolean, io: CommandIo, place: Place): Promise<number> {
	const end = io.now() + timeoutMs;
	const isUnder = () => place.look().cluster.copies[name] !== undefined;
	await waitUntil(() => !isUnder() || io.now() >= end, io, place);
	if (!isUnder()) {
		return done(io);
	}

	if (cancels) {
		place.act(turn => breakCopy(turn, name));
	}

	return refuse(io, 'Timeout.');
}
