import type {CommandIo} from '../host.js';
import {isOnline, monitorState, serverOfHost, withMonitor} from './cluster.js';
import {done, type Place, readWords, refuse} from './place.js';

/** `clpmonctrl -s|-r [-m MONITOR] [-h SERVER]`: suspends monitors of this server, or goes on with them. `-v` lists how often each has acted. */
export async function clpmonctrl(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-s', '-r', '-v', '-c'], ['-m', '-h', '-w']);
	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	const hasVerb = ['-s', '-r', '-v', '-c'].some(verb => words?.options.has(verb));
	if (words === undefined || words.rest.length > 0 || !hasVerb) {
		return refuse(io, 'Invalid option.');
	}

	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const {monitors} = place.look().configuration;
	const wanted = words.options.get('-m');
	const server = words.options.get('-h') ?? here;
	const names = monitors.map(({name}) => name).filter(name => wanted === undefined || name === wanted);
	if (names.length === 0 || !isOnline(cluster, server)) {
		return refuse(io, names.length === 0 ? 'Invalid monitor resource name.' : 'Invalid server status.');
	}

	if (words.options.has('-v')) {
		const counts = names.map(name => ({name, ...monitorState(cluster, server, name)}));
		io.out(
			counts
				.map(({name, restarts, failovers}) => `${name.padEnd(17)}: restart ${restarts} failover ${failovers}\n`)
				.join(''),
		);
		return 0;
	}

	const suspends = words.options.has('-s');
	place.act(turn => {
		for (const name of names) {
			const {status, work} = monitorState(turn.cluster, server, name);
			if (suspends && status !== 'offline') {
				if (work !== undefined) {
					turn.actions.push({kind: 'kill', work: work.id});
				}

				turn.cluster = withMonitor(turn.cluster, server, name, {status: 'suspended', next: undefined, work: undefined});
			} else if (words.options.has('-c')) {
				turn.cluster = withMonitor(turn.cluster, server, name, {restarts: 0, failovers: 0});
			} else if (!suspends && status === 'suspended') {
				turn.cluster = withMonitor(turn.cluster, server, name, {status: 'normal', next: turn.now, misses: 0});
			}
		}
	});
	return done(io);
}
