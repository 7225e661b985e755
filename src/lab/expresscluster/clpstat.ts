import {currentOf, groupsOf, isOnline, isSilent, membersSeenBy, monitorState} from './cluster.js';
import {arrives} from './heartbeats.js';
import type {Turn} from './turn.js';
import {commentOf, groupWord, monitorWord, resourceWord, serverWord} from './words.js';

const frame = ` ${'='.repeat(69)}\n`;

/** Names that the short form shows to 16 characters, the long one to 32. */
export type Width = 'short' | 'long';

/** `clpstat` as `viewer` knows the cluster; `local`: only itself and what is on it. Layout: the notes on the domain, 3.7. */
export function clusterStatus(turn: Turn, viewer: string, width: Width = 'short', local = false): string {
	const {cluster, configuration} = turn;
	const shown = local ? [viewer] : turn.servers;
	const servers = shown.flatMap(each => [
		named(each === viewer ? '   *' : '    ', each, serverWord(cluster, viewer, each), width),
		...configuration.heartbeats.map(heartbeat =>
			entry(heartbeat.name, heartbeatWord(turn, viewer, each, heartbeat.name), width, commentOf(heartbeat.type)),
		),
		...configuration.partitions.map(({name, type}) =>
			entry(name, partitionWord(turn, viewer, each, name), width, commentOf(type)),
		),
	]);
	const groups = groupsOf(cluster).flatMap(({name, resources}) => {
		const current = isOnline(cluster, viewer) ? currentOf(cluster, viewer, name) : undefined;
		const isQuiet = current !== undefined && isSilent(cluster, viewer, current);
		const of = (word: (server: string) => string) =>
			current === undefined || !shown.includes(current) ? 'Offline' : isQuiet ? 'Online' : word(current);
		return [
			named(
				'    ',
				name,
				of(server => groupWord(cluster, server, name)),
				width,
			),
			entry('current', current ?? 'None', width),
			...resources.map(resource =>
				entry(
					resource.name,
					of(server => resourceWord(cluster, server, resource.name)),
					width,
				),
			),
		];
	});
	const monitors = configuration.monitors.map(
		({name}) => `    ${name.padEnd(nameWidth[width])}: ${monitorSeenBy(turn, viewer, name, shown)}\n`,
	);
	return [
		' ========================  CLUSTER STATUS  ===========================\n',
		`  Cluster : ${configuration.name}\n`,
		'  <server>\n',
		...servers,
		'  <group>\n',
		...groups,
		'  <monitor>\n',
		...monitors,
		frame,
	].join('');
}

/** `clpstat -m`: each monitor on each server. The layout is a guess. */
export function monitorMap(turn: Turn, viewer: string): string {
	const {cluster, configuration} = turn;
	const columns = turn.servers.map((_, index) => `server${index}`);
	return [
		' =====================  MONITOR RESOURCE STATUS  =====================\n',
		`  Cluster : ${configuration.name}\n`,
		...turn.servers.map((each, index) => `   ${each === viewer ? '*' : ' '}server${index} : ${each}\n`),
		'\n',
		...configuration.monitors.flatMap(({name}) => [
			`  ${name.padEnd(16)}: ${turn.servers.some(each => monitorState(cluster, each, name).status === 'error') ? 'Error' : monitorSeenBy(turn, viewer, name)}\n`,
			`    ${turn.servers.map((each, index) => `${columns[index]}: ${monitorWord(monitorState(cluster, each, name))}`).join('   ')}\n`,
		]),
		frame,
	].join('');
}

/** `clpstat -n`: what each server hears of each other, a column for each heartbeat. The layout is a guess. */
export function heartbeatMap(turn: Turn, viewer: string): string {
	const {heartbeats, name} = turn.configuration;
	const seenBy = (server: string) =>
		turn.servers.map((each, index) => {
			const marks = heartbeats.map(heartbeat =>
				heartbeatWord(turn, server, each, heartbeat.name) === 'Normal' ? 'o' : 'x',
			);
			return `     server${index} : ${marks.join(' ')}\n`;
		});
	return [
		' ====================  HEARTBEAT RESOURCE STATUS  ====================\n',
		`  Cluster : ${name}\n`,
		...turn.servers.map((each, index) => `   ${each === viewer ? '*' : ' '}server${index} : ${each}\n`),
		...heartbeats.map((heartbeat, index) => `    HB${index} : ${heartbeat.name}\n`),
		...turn.servers.flatMap((server, index) =>
			server === viewer || serverWord(turn.cluster, viewer, server) === 'Online'
				? [
						`\n   [on server${index}]\n`,
						`          HB ${heartbeats.map((_, number) => number).join(' ')}\n`,
						...seenBy(server),
					]
				: [],
		),
		frame,
	].join('');
}

/** `clpstat -g`. */
export function groupMap(turn: Turn, viewer: string): string {
	const {cluster} = turn;
	const members = membersSeenBy(cluster, viewer);
	const lines = turn.servers.map(each => {
		const there = groupsOf(cluster)
			.filter(({name}) => currentOf(cluster, viewer, name) === each)
			.map(({name}) => `${name}[o] `);
		return `    ${each} [${isOnline(cluster, viewer) && members.includes(each) ? 'o' : 'x'}] : ${there.join('')}\n`;
	});
	return [
		' ======================  GROUPMAP INFORMATION  =======================\n',
		`  Cluster : ${turn.configuration.name}\n`,
		...turn.servers.map((each, index) => `   ${each === viewer ? '*' : ' '}server${index} : ${each}\n`),
		`\n  ${'-'.repeat(68)}\n`,
		...lines,
		frame,
	].join('');
}

/** `clpstat -i` and `clpstat --cl`, `--sv`, `--hb`, `--grp`, `--rsc`, `--mon`: what is configured; undefined: there is nothing of that name. */
export function information(
	turn: Turn,
	viewer: string,
	of: string,
	wanted: string | undefined,
	isDetailed: boolean,
): string | undefined {
	const {configuration} = turn;
	const sections: readonly (readonly [string, string, string, readonly (readonly [string, string])[]])[] = [
		...(of === 'cl' || of === 'all'
			? [
					[
						'',
						'Cluster',
						configuration.name,
						[['Heartbeat Timeout (sec)', String(configuration.heartbeatTimeoutMs / 1000)]],
					] as const,
				]
			: []),
		...listed(of, 'sv', configuration.servers, 'Server', server => [
			['IP Address', Object.values(server.lan).join(', ')],
			['Status', serverWord(turn.cluster, viewer, server.name)],
		]),
		...listed(of, 'hb', configuration.heartbeats, 'HB', ({type}) => [
			['Type', type],
			['Comment', commentOf(type)],
		]),
		...listed(of, 'grp', configuration.groups, 'Group', group => [
			['Type', 'failover'],
			['Resources', group.resources.map(({name}) => name).join(' ')],
			['Current Server', currentOf(turn.cluster, viewer, group.name) ?? 'None'],
		]),
		...listed(
			of,
			'rsc',
			configuration.groups.flatMap(group => group.resources),
			'Resource',
			({type, after, tags}) => [
				['Type', type],
				['Depends on', after.join(' ')],
				...(isDetailed ? Object.entries(tags) : []),
			],
		),
		...listed(of, 'mon', configuration.monitors, 'Monitor', ({type, tags}) => [
			['Type', type],
			...(isDetailed ? Object.entries(tags) : []),
		]),
	];
	const found = sections.filter(([, , name]) => wanted === undefined || name === wanted);
	if (found.length === 0 && wanted !== undefined) {
		return undefined;
	}

	const text = found.map(
		([number, title, name, values]) =>
			`[${title}${number} : ${name}]\n${values.map(([key, value]) => `  ${key.padEnd(55)}: ${value}\n`).join('')}`,
	);
	return ` =======================  CLUSTER INFORMATION  =======================\n${text.join('')}${frame}`;
}

function listed<Item extends {readonly name: string}>(
	of: string,
	kind: string,
	items: readonly Item[],
	title: string,
	values: (item: Item) => readonly (readonly [string, string])[],
): readonly (readonly [string, string, string, readonly (readonly [string, string])[]])[] {
	return of === kind || of === 'all'
		? items.map((item, index) => [String(index), title, item.name, values(item)] as const)
		: [];
}

const nameWidth = {short: 17, long: 33} as const;

/** > |    *server1 .........: Online */
function named(before: string, name: string, state: string, width: Width): string {
	const short = name.slice(0, nameWidth[width] - 1);
	return `${before}${`${short} `.padEnd(nameWidth[width], '.')}: ${state}\n`;
}

/** > |       lankhb1        : Normal           Kernel Mode LAN Heartbeat */
function entry(name: string, state: string, width: Width, comment = ''): string {
	return `      ${name.padEnd(nameWidth[width] - 2)}: ${comment === '' ? state : state.padEnd(17)}${comment}\n`;
}

function heartbeatWord(turn: Turn, viewer: string, of: string, name: string): string {
	if (serverWord(turn.cluster, viewer, of) !== 'Online') {
		return 'Offline';
	}

	const heartbeat = turn.configuration.heartbeats.find(each => each.name === name);
	const isHeard = of === viewer || (heartbeat !== undefined && arrives(turn, heartbeat, viewer, of));
	return isHeard ? 'Normal' : 'Error';
}

function partitionWord(turn: Turn, viewer: string, of: string, name: string): string {
	if (serverWord(turn.cluster, viewer, of) !== 'Online') {
		return 'Offline';
	}

	const targets = turn.configuration.partitions.find(each => each.name === name)?.targets ?? [];
	return targets.some(target => turn.world.answers(of, target)) ? 'Normal' : 'Error';
}

/** As the server that has the watched group says it; else the viewer. */
function monitorSeenBy(turn: Turn, viewer: string, monitor: string, on: readonly string[] = turn.servers): string {
	if (!isOnline(turn.cluster, viewer)) {
		return 'Offline';
	}

	const states = membersSeenBy(turn.cluster, viewer)
		.filter(each => on.includes(each) && !isSilent(turn.cluster, viewer, each))
		.map(each => monitorState(turn.cluster, each, monitor));
	const worst = (['error', 'caution', 'suspended', 'normal', 'offline'] as const).find(status =>
		states.some(each => each.status === status),
	);
	return monitorWord({...(states[0] ?? {misses: 0, restarts: 0, failovers: 0}), status: worst ?? 'offline'});
}
