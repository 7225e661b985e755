import type {CommandIo, LabCommand} from '../host.js';
import {clpcfctrl} from './clpcfctrl.js';
import {clpcfset} from './clpcfset.js';
import {clpcl, shutDownCommand} from './clpcl.js';
import {clpgrp} from './clpgrp.js';
import {clpmonctrl} from './clpmonctrl.js';
import {clprsc} from './clprsc.js';
import {clusterStatus, groupMap, heartbeatMap, information, monitorMap} from './clpstat.js';
import {isOnline, serverOfHost} from './cluster.js';
import {clpfwctrl, clplcnsc} from './licences.js';
import {clpmdctrl, clpmdstat} from './mirror-commands.js';
import {clusterCommand, done, type Place, readWords, refuse, type Words} from './place.js';
import {clprexec, clptrnreq} from './requests.js';
import type {Turn} from './turn.js';

/** EXPRESSCLUSTER's commands. Sources: the notes on the domain, 2.3 and 3.7. */
export function clusterCommands(place: Place): readonly LabCommand[] {
	return (
		[
			['clpcfctrl', clpcfctrl],
			['clpcfset', clpcfset],
			['clpcl', clpcl],
			['clpdown', shutDownCommand(false)],
			['clpfwctrl', clpfwctrl],
			['clpgrp', clpgrp],
			['clplcnsc', clplcnsc],
			['clplogcc', clplogcc],
			['clplogcmd', clplogcmd],
			['clpmdctrl', clpmdctrl],
			['clpmdstat', clpmdstat],
			['clpmonctrl', clpmonctrl],
			['clprexec', clprexec],
			['clprsc', clprsc],
			['clpstat', clpstat],
			['clpstdn', shutDownCommand(true)],
			['clptrnreq', clptrnreq],
		] as const
	).map(([name, run]) => clusterCommand(place, name, run));
}

const informs = ['--cl', '--sv', '--hb', '--fnc', '--svg', '--grp', '--rsc', '--mon'];

/** `clpstat [-s|-g|-m|-n|-i|--long] [--local] [-h SERVER]`, `clpstat --cl|--sv|--hb|--grp|--rsc|--mon [NAME] [--detail]`. */
async function clpstat(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-s', '-g', '-m', '-n', '-i', '--long', '--local', '--detail', ...informs], ['-h']);
	if (words === undefined || words.rest.length > 1) {
		return refuse(io, 'Invalid option.');
	}

	const cluster = place.cluster();
	const here = cluster === undefined ? undefined : serverOfHost(cluster, place.host);
	if (cluster === undefined || here === undefined) {
		return refuse(io, 'The cluster is not created.');
	}

	const turn = place.look();
	const asked = words.options.get('-h');
	const viewer =
		asked === undefined
			? here
			: turn.servers.find(
					each =>
						each === asked ||
						Object.values(turn.configuration.servers.find(({name}) => name === each)?.lan ?? {}).includes(asked),
				);
	if (
		viewer === undefined ||
		(viewer !== here && !(isOnline(cluster, viewer) && turn.world.areConnected(here, viewer)))
	) {
		return refuse(io, viewer === undefined ? 'Invalid server name.' : `Server ${viewer} cannot be reached.`);
	}

	const of = informs.find(each => words.options.has(each))?.slice(2);
	const [name] = words.rest;
	if (of !== undefined || words.options.has('-i')) {
		const text = information(turn, viewer, of ?? 'all', name, words.options.has('--detail') || of === undefined);
		io.out(text ?? '');
		return text === undefined ? refuse(io, 'Invalid resource name.') : 0;
	}

	io.out(mapOf(turn, viewer, words));
	return 0;
}

function mapOf(turn: Turn, viewer: string, {options}: Words): string {
	const map = (
		[
			['-g', groupMap],
			['-m', monitorMap],
			['-n', heartbeatMap],
		] as const
	).find(([option]) => options.has(option));
	const [, draw = undefined] = map ?? [];
	return draw === undefined
		? clusterStatus(turn, viewer, options.has('--long') ? 'long' : 'short', options.has('--local'))
		: draw(turn, viewer);
}

/** `clplogcmd -m TEXT [-l ERR|WARN|INFO] [-i ID] [--syslog] [--alert]`. */
async function clplogcmd(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['--alert', '--mail', '--syslog', '--trap'], ['-m', '-l', '-i']);
	const text = words?.options.get('-m');
	const level = words?.options.get('-l') ?? 'INFO';
	if (text === undefined || words?.rest.length !== 0 || !['ERR', 'WARN', 'INFO', 'ERROR'].includes(level)) {
		return refuse(io, 'Invalid option.');
	}

	place.log(level.slice(0, 1), `<type: logcmd><event: ${words?.options.get('-i') ?? 1}> ${text}`);
	return 0;
}

/** `clplogcc [-h SERVER] [-n SERVER] [-r LEVEL] [-o DIR] [-t TYPE]`: collects logs into a file. */
async function clplogcc(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-l', '--evt'], ['-h', '-n', '-r', '-o', '-t', '-m']);
	if (words === undefined || words.rest.length > 0) {
		return refuse(io, 'Invalid option.');
	}

	const folder = io.fs.resolvePath(io.cwd, words.options.get('-o') ?? '/opt/nec/clusterpro/tmp');
	await io.sleep(20_000);
	await io.fs.mkdir(folder, {recursive: true});
	await io.fs.writeFile(`${folder}/${place.host}-log.tar.gz`, '');
	return done(io);
}
