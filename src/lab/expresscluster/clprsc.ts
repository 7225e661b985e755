import type {CommandIo} from '../host.js';
import {currentOf, groupOfResource, isOnline, resourceState, serverOfHost, withResource} from './cluster.js';
import type {GroupConf, ResourceConf} from './configuration.js';
import {done, type Place, readWords, refuse, waitUntil} from './place.js';
import {start, stop} from './resources.js';

/**
`clprsc -s|-t RESOURCE [-f] [-h SERVER]`, `clprsc -n RESOURCE`.

What a resource depends on has to be active before it, and what depends on it inactive; with `-f` they are made so first.
*/
export async function clprsc(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-s', '-t', '-n', '-f'], ['-h']);
	const verb = ['-s', '-t', '-n'].find(each => words?.options.has(each));
	const [name = ''] = words?.rest ?? [];
	if (words === undefined || verb === undefined || words.rest.length !== 1) {
		return refuse(io, 'Invalid option.');
	}

	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const group = groupOfResource(cluster, name);
	const resource = group?.resources.find(each => each.name === name);
	const at = words.options.get('-h');
	if (group === undefined || resource === undefined || (at !== undefined && cluster.servers[at] === undefined)) {
		return refuse(io, resource === undefined ? 'Invalid resource name.' : 'Invalid server name.');
	}

	if (!isOnline(cluster, here) || cluster.suspended) {
		return refuse(io, cluster.suspended ? 'The cluster is suspended.' : 'The cluster is not started.');
	}

	const current = currentOf(cluster, here, group.name);
	if (current === undefined || (at !== undefined && at !== current)) {
		return refuse(io, 'Group is not started.');
	}

	if (verb === '-n') {
		io.out(`${current}\n`);
		return 0;
	}

	const around = neighbours(group, resource, verb).filter(
		each => (resourceState(cluster, current, each.name).kind === 'online') !== (verb === '-s'),
	);
	const nearest = around.at(-1);
	if (nearest !== undefined && !words.options.has('-f')) {
		return refuse(
			io,
			verb === '-s' ? `It depends on resource ${nearest.name}.` : `Resource ${nearest.name} depends on it.`,
		);
	}

	for (const each of [...around, resource]) {
		if (!(await isMade(verb, each, group, current, io, place))) {
			return refuse(io, 'Command failed.');
		}
	}

	return done(io);
}

/** What has to be started before a resource, or stopped before it, however far away; in that order. */
function neighbours({resources}: GroupConf, {name}: ResourceConf, verb: string): readonly ResourceConf[] {
	const found = new Set([name]);
	const inOrder = verb === '-t' ? resources : resources.toReversed();
	for (const each of inOrder) {
		const isNext =
			verb === '-t'
				? each.after.some(other => found.has(other))
				: resources.some(other => found.has(other.name) && other.after.includes(each.name));
		if (isNext) {
			found.add(each.name);
		}
	}

	return inOrder.filter(each => each.name !== name && found.has(each.name)).toReversed();
}

/** Starts or stops one resource and waits for it. Whether it is so then. */
async function isMade(
	verb: string,
	resource: ResourceConf,
	group: GroupConf,
	server: string,
	io: CommandIo,
	place: Place,
): Promise<boolean> {
	const state = () => resourceState(place.look().cluster, server, resource.name).kind;
	if (verb === '-s' && ['offline', 'failed'].includes(state())) {
		place.act(turn => {
			turn.cluster = withResource(turn.cluster, server, resource.name, {kind: 'offline'});
			start(turn, server, group, resource, 'GROUPSTART');
		});
	} else if (verb === '-t' && ['online', 'failed'].includes(state())) {
		place.act(turn => stop(turn, server, group, resource, 'GROUPSTOP'));
	}

	await waitUntil(() => state() !== 'starting' && state() !== 'stopping', io, place);
	return state() === (verb === '-s' ? 'online' : 'offline');
}
