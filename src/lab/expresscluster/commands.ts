import type {CommandIo, LabCommand} from '../host.js';
import {mirrorList, mirrorStatus} from './clpmdstat.js';
import {clusterStatus, groupMap} from './clpstat.js';
import {
	type Cluster,
	currentOf,
	GROUP_STARTS_MS,
	GROUP_STOPS_MS,
	isOnline,
	membersSeenBy,
	startGroup,
	stateOf,
	stopGroup,
} from './cluster.js';
import {hasData} from './mirror.js';

/** The cluster as the commands of one of its servers reach it. */
export type ClusterPlace = {
	/** This server. */
	readonly host: string;
	cluster(): Cluster;
	replace(cluster: Cluster): void;
	/** Starts or stops the cluster service of a server. */
	setService(host: string, runs: boolean): void;
	shutDown(host: string, andThen: 'off' | 'boot'): void;
};

const succeeded = 'Command succeeded.\n';

/** EXPRESSCLUSTER's commands, as far as a rehearsal of roles and failovers needs them. Sources: the notes on the domain, 2.3 and 3.7. */
export function clusterCommands(place: ClusterPlace): readonly LabCommand[] {
	return [
		asRoot('clpstat', async (args, io) => {
			io.out(args.includes('-g') ? groupMap(place.cluster(), place.host) : clusterStatus(place.cluster(), place.host));
			return 0;
		}),
		asRoot('clpmdstat', async (args, io) => clpmdstat(args, io, place)),
		asRoot('clpgrp', (args, io) => clpgrp(args, io, place)),
		asRoot('clprsc', (args, io) => clprsc(args, io, place)),
		asRoot('clpcl', (args, io) => clpcl(args, io, place)),
		asRoot('clpdown', async args => {
			place.shutDown(place.host, args.includes('-r') ? 'boot' : 'off');
			return 0;
		}),
		asRoot('clpstdn', async args => {
			for (const host of place.cluster().hosts) {
				place.shutDown(host, args.includes('-r') ? 'boot' : 'off');
			}

			return 0;
		}),
	];
}

function asRoot(name: string, run: LabCommand['run']): LabCommand {
	return {
		name,
		run: async (args, io) => {
			await io.sleep(200);
			return io.user === 'root' ? run(args, io) : refuse(io, 'Log in as root.');
		},
	};
}

function refuse(io: CommandIo, message: string): number {
	io.err(`${message}\n`);
	return 1;
}

/** The word behind an option. */
function after(args: readonly string[], option: string): string | undefined {
	const at = args.indexOf(option);
	return at === -1 ? undefined : args[at + 1];
}

/** `clpgrp -n GROUP`, `-s [GROUP] [-h SERVER]`, `-t [GROUP]`, `-m [GROUP] [-a SERVER]`. Without a group it is every one. */
async function clpgrp(args: readonly string[], io: CommandIo, place: ClusterPlace): Promise<number> {
	const [verb = '', ...rest] = args;
	const asked = rest[0]?.startsWith('-') === false ? rest[0] : undefined;
	const {groups, hosts} = place.cluster();
	const target = after(args, '-a') ?? after(args, '-h');
	if (asked !== undefined && !groups.some(({name}) => name === asked)) {
		return refuse(io, 'Invalid group name.');
	}

	if (target !== undefined && !hosts.includes(target)) {
		return refuse(io, 'Invalid server name.');
	}

	if (!isOnline(place.cluster(), place.host)) {
		return refuse(io, 'The cluster is not started.');
	}

	const names = asked === undefined ? groups.map(({name}) => name) : [asked];
	for (const name of names) {
		const status = await onGroup(verb, name, target, io, place);
		if (status !== 0) {
			return status;
		}
	}

	return 0;
}

async function onGroup(
	verb: string,
	name: string,
	target: string | undefined,
	io: CommandIo,
	place: ClusterPlace,
): Promise<number> {
	const cluster = place.cluster();
	const current = currentOf(cluster, place.host, name);
	const members = membersSeenBy(cluster, place.host);
	const settled = current === undefined || stateOf(cluster, current, name).kind === 'online';
	if (verb === '-n') {
		io.out(current === undefined ? '' : `${current}\n`);
		return current === undefined ? refuse(io, 'Group is not started.') : 0;
	}

	if (cluster.suspended || !settled) {
		return refuse(io, cluster.suspended ? 'The cluster is suspended.' : 'Group status is changing.');
	}

	switch (verb) {
		case '-s': {
			const to = target ?? place.host;
			if (current !== undefined) {
				return current === to ? done(io) : refuse(io, 'Group is started on another server.');
			}

			if (!canStart(cluster, to, name)) {
				return refuse(io, `Server ${to} is not in a condition to start group ${name}.`);
			}

			place.replace(startGroup(cluster, to, name, io.now()));
			return waitFor(to, name, GROUP_STARTS_MS, 'online', io, place);
		}
		case '-t':
			if (current === undefined) {
				return refuse(io, 'Group is not started.');
			}

			place.replace(stopGroup(cluster, current, name, undefined, io.now()));
			return waitFor(current, name, GROUP_STOPS_MS, 'offline', io, place);
		case '-m': {
			const to = target ?? members.find(host => host !== current);
			if (current === undefined) {
				return refuse(io, 'Group is not started.');
			}

			if (to === undefined || !members.includes(to) || to === current) {
				return refuse(io, 'Invalid server status.');
			}

			if (!canStart(cluster, to, name)) {
				return refuse(io, `Server ${to} is not in a condition to start group ${name}.`);
			}

			place.replace(stopGroup(cluster, current, name, to, io.now()));
			return waitFor(to, name, GROUP_STOPS_MS + GROUP_STARTS_MS, 'online', io, place);
		}
		default:
			return refuse(io, 'Invalid option.');
	}
}

function canStart({groups}: Cluster, host: string, name: string): boolean {
	return groups.every(group => group.name !== name || hasData(group, host));
}

/** `clpmdstat -l`, `clpmdstat -m NAME`. */
function clpmdstat(args: readonly string[], io: CommandIo, place: ClusterPlace): number {
	const cluster = place.cluster();
	if (args.includes('-l')) {
		io.out(mirrorList(cluster));
		return 0;
	}

	const name = after(args, '-m') ?? after(args, '--mirror');
	const mirror = cluster.groups.find(each => each.mirror?.name === name)?.mirror;
	if (mirror === undefined) {
		return refuse(io, 'Invalid resource name.');
	}

	io.out(mirrorStatus(cluster, mirror, place.host, io.now()));
	return 0;
}

async function waitFor(
	host: string,
	group: string,
	ms: number,
	wanted: 'online' | 'offline',
	io: CommandIo,
	place: ClusterPlace,
): Promise<number> {
	await io.sleep(ms);
	return stateOf(place.cluster(), host, group).kind === wanted ? done(io) : refuse(io, 'Command failed.');
}

function done(io: CommandIo): number {
	io.out(succeeded);
	return 0;
}

/** `clprsc -s|-t RESOURCE`, `clprsc -n RESOURCE`. */
async function clprsc(args: readonly string[], io: CommandIo, place: ClusterPlace): Promise<number> {
	const [verb = '', name = ''] = args;
	const cluster = place.cluster();
	const group = cluster.groups.find(({resources}) => resources.includes(name));
	if (group === undefined) {
		return refuse(io, 'Invalid resource name.');
	}

	const current = currentOf(cluster, place.host, group.name);
	if (current === undefined) {
		return refuse(io, 'Group is not started.');
	}

	if (verb === '-n') {
		io.out(`${current}\n`);
		return 0;
	}

	if (verb !== '-s' && verb !== '-t') {
		return refuse(io, 'Invalid option.');
	}

	await io.sleep(2_000);
	const others = group.stoppedResources.filter(each => each !== name);
	const stoppedResources = verb === '-t' ? [...others, name] : others;
	const now = place.cluster();
	place.replace({
		...now,
		groups: now.groups.map(each => (each.name === group.name ? {...each, stoppedResources} : each)),
	});
	return done(io);
}

/** `clpcl -s|-t|-r [-a] [-h SERVER]`, `clpcl --suspend`, `clpcl --resume`. */
async function clpcl(args: readonly string[], io: CommandIo, place: ClusterPlace): Promise<number> {
	const {hosts} = place.cluster();
	const named = after(args, '-h');
	if (named !== undefined && !hosts.includes(named)) {
		return refuse(io, 'Invalid server name.');
	}

	const targets = args.includes('-a') ? hosts : [named ?? place.host];
	const say = (what: string, on: readonly string[]) =>
		io.out(on.map(host => `${what} ${host} : ${succeeded}`).join(''));
	const set = (runs: boolean) => {
		for (const host of targets) {
			place.setService(host, runs);
		}
	};
	switch (args.find(word => ['-s', '-t', '-r', '--suspend', '--resume'].includes(word))) {
		case '-s':
			set(true);
			say('Start', targets);
			return 0;
		case '-t':
			set(false);
			say('Stop', targets);
			return 0;
		case '-r':
			set(false);
			await io.sleep(5_000);
			set(true);
			say('Return', targets);
			return 0;
		case '--suspend':
		case '--resume': {
			const suspended = args.includes('--suspend');
			const cluster = place.cluster();
			if (cluster.suspended === suspended || !isOnline(cluster, place.host)) {
				return refuse(io, 'Invalid server status.');
			}

			place.replace({...cluster, suspended});
			say(suspended ? 'Suspend' : 'Resume', hosts);
			return 0;
		}
		default:
			return refuse(io, 'Invalid option.');
	}
}
