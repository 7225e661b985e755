import type {CommandIo} from '../host.js';
import {groupState, groupsOf, isOnline, serverOfHost} from './cluster.js';
import {hears} from './heartbeats.js';
import {type Place, readWords, refuse, succeeded, waitUntil} from './place.js';
import type {Turn} from './turn.js';

const verbs = ['-s', '-t', '-r', '--suspend', '--resume'];

/** `clpcl -s|-t|-r [-a] [-h SERVER] [--web] [--alert] [--ib]`, `clpcl --suspend|--resume [-a]`. */
export async function clpcl(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(
		args,
		[...verbs, '-a', '-f', '--force', '--web', '--alert', '--ib', '--md', '--api'],
		['-h', '-w', '--apito'],
	);
	const verb = verbs.find(each => words?.options.has(each));
	if (words === undefined || verb === undefined || words.rest.length > 0) {
		return refuse(io, 'Invalid option.');
	}

	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const {servers} = place.look();
	const named = words.options.get('-h');
	if (named !== undefined && !servers.includes(named)) {
		return refuse(io, 'Invalid server name.');
	}

	const targets = words.options.has('-a') ? servers : [named ?? here];
	switch (verb) {
		case '-s':
			return start(targets, here, io, place);
		case '-t':
			return stop(targets, here, io, place);
		case '-r': {
			// Its helpers alone are restarted without a word about the cluster
			const isHelpers = ['--web', '--alert', '--ib', '--md', '--api'].some(each => words.options.has(each));
			const status = isHelpers ? 0 : await stop(targets, here, io, place, 'Return');
			await io.sleep(5_000);
			for (const server of isHelpers || status !== 0 ? [] : targets) {
				place.setService(server, true);
			}

			return status;
		}
		default:
			return suspend(verb === '--suspend', here, io, place);
	}
}

/** A server that is out of reach, or has no licence, is not started. */
async function start(targets: readonly string[], here: string, io: CommandIo, place: Place): Promise<number> {
	let status = 0;
	for (const server of targets) {
		const turn = place.look();
		const reached = isReached(turn, here, server);
		if (reached && turn.world.isLicensed(server)) {
			place.setService(server, true);
			io.out(`Start ${server} : ${succeeded}`);
		} else {
			io.err(`Start ${server} : Command failed. ${reached ? 'The license is not registered.' : notFound}\n`);
			status = 1;
		}
	}

	return status;
}

/** Groups are handed over where others stay, and stopped where nobody does. A server that is out of reach hears nothing of it. */
async function stop(
	targets: readonly string[],
	here: string,
	io: CommandIo,
	place: Place,
	what = 'Stop',
): Promise<number> {
	const reached = targets.filter(server => isReached(place.look(), here, server));
	const running = reached.filter(server => isOnline(place.look().cluster, server));
	place.act(turn => {
		for (const server of running) {
			turn.change(server, {leaving: 'stop'});
		}
	});
	for (const server of reached.filter(each => !running.includes(each))) {
		place.setService(server, false);
	}

	await waitUntil(() => running.every(server => !isOnline(place.look().cluster, server)), io, place);
	for (const server of targets) {
		const isDone = reached.includes(server);
		const say = isDone ? io.out : io.err;
		say(`${what} ${server} : ${isDone ? succeeded : `Command failed. ${notFound}\n`}`);
	}

	return reached.length === targets.length ? 0 : 1;
}

const notFound = 'The server is not found.';

/** Whether what is asked of a server gets there: itself, or one that is up and answers on some network. */
function isReached({world}: Turn, here: string, server: string): boolean {
	return server === here || (world.isUp(server) && world.areConnected(here, server));
}

function suspend(suspends: boolean, here: string, io: CommandIo, place: Place): number {
	const turn = place.look();
	const {cluster, servers} = turn;
	const isChanging = groupsOf(cluster).some(({name}) =>
		servers.some(server => ['starting', 'stopping'].includes(groupState(cluster, server, name).kind)),
	);
	if (cluster.suspended === suspends || !isOnline(cluster, here) || isChanging) {
		return refuse(io, 'Invalid server status.');
	}

	place.act(changing => {
		changing.cluster = {...changing.cluster, suspended: suspends};
	});
	const reached = servers.filter(server => server === here || hears(turn, here, server));
	io.out(reached.map(server => `${suspends ? 'Suspend' : 'Resume'} ${server} : ${succeeded}`).join(''));
	return 0;
}

/** `clpdown [-r] [-h SERVER]`: this server goes in order. `clpstdn [-r]`: all do that are reached. */
export function shutDownCommand(
	all: boolean,
): (args: readonly string[], io: CommandIo, place: Place) => Promise<number> {
	return async (args, io, place) => {
		const words = readWords(args, ['-r'], all ? [] : ['-h']);
		const cluster = place.cluster();
		const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
		if (words === undefined || words.rest.length > 0) {
			return refuse(io, 'Invalid option.');
		}

		if (here === undefined) {
			return refuse(io, 'The cluster is not created.');
		}

		const andThen = words.options.has('-r') ? 'boot' : 'off';
		const look = place.look();
		const targets = all ? look.servers : [words.options.get('-h') ?? here];
		const reached = targets.filter(server => look.servers.includes(server) && isReached(look, here, server));
		if (reached.length === 0) {
			return refuse(io, look.servers.includes(targets[0] ?? '') ? notFound : 'Invalid server name.');
		}

		place.act(turn => {
			for (const server of reached) {
				if (isOnline(turn.cluster, server)) {
					turn.change(server, {leaving: andThen});
				} else {
					turn.actions.push({kind: 'shutDown', server, andThen, atOnce: false});
				}
			}
		});
		return 0;
	};
}
