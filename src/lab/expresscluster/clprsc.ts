import type {CommandIo} from '../host.js';
import {currentOf, groupOfResource, resourceState, serverOfHost, withResource} from './cluster.js';
import {done, type Place, readWords, refuse, waitUntil} from './place.js';
import {start, stop} from './resources.js';

/** `clprsc -s|-t RESOURCE [-f] [-h SERVER]`, `clprsc -n RESOURCE`. */
export async function clprsc(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-s', '-t', '-n', '-f'], ['-h']);
	const verb = ['-s', '-t', '-n'].find(each => words?.options.has(each));
	const [name = ''] = words?.rest ?? [];
	if (words === undefined || verb === undefined || words.rest.length !== 1) {
		return refuse(io, 'Invalid option.');
	}

	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	const group = cluster === undefined ? undefined : groupOfResource(cluster, name);
	const resource = group?.resources.find(each => each.name === name);
	if (cluster === undefined || here === undefined || group === undefined || resource === undefined) {
		return refuse(io, cluster === undefined ? 'The cluster is not created.' : 'Invalid resource name.');
	}

	const current = currentOf(cluster, here, group.name);
	if (current === undefined) {
		return refuse(io, 'Group is not started.');
	}

	if (verb === '-n') {
		io.out(`${current}\n`);
		return 0;
	}

	const {kind} = resourceState(cluster, current, name);
	const dependants = group.resources.filter(
		each => each.after.includes(name) && resourceState(cluster, current, each.name).kind === 'online',
	);
	if (verb === '-t' && dependants.length > 0 && !words.options.has('-f')) {
		return refuse(io, `Resource ${dependants[0]?.name} depends on it.`);
	}

	if (verb === '-s' && kind !== 'online') {
		place.act(turn => {
			turn.cluster = withResource(turn.cluster, current, name, {kind: 'offline'});
			start(turn, current, group, resource, 'GROUPSTART');
		});
	} else if (verb === '-t' && kind === 'online') {
		place.act(turn => stop(turn, current, group, resource, 'GROUPSTOP'));
	}

	const state = () => resourceState(place.look().cluster, current, name).kind;
	await waitUntil(() => state() !== 'starting' && state() !== 'stopping', io, place);
	return state() === (verb === '-s' ? 'online' : 'offline') ? done(io) : refuse(io, 'Command failed.');
}
