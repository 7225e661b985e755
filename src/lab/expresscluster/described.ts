import {type ClpConf, printConf} from './clp-conf.js';
import {edit} from './conf-edits.js';

/** A cluster as a lab file describes it. */
export type Description = {
	readonly name: string;
	readonly heartbeatTimeoutMs: number;
	readonly survivor: string | undefined;
	readonly servers: readonly {
		readonly name: string;
		/** Addresses of its interconnects, in order. */
		readonly lan: readonly string[];
		readonly mirrorConnect: string | undefined;
	}[];
	/** `172.31.255.10:80`. */
	readonly witness: string | undefined;
	readonly groups: readonly {readonly name: string; readonly resources: readonly Described[]}[];
	readonly monitors: readonly Described[];
};

/** A resource or a monitor: its type and name, what it depends on, its values by tag, and its scripts by file name. */
export type Described = {
	readonly type: string;
	readonly name: string;
	readonly after: readonly string[];
	readonly tags: Readonly<Record<string, string>>;
	readonly scripts: Readonly<Record<string, string>>;
};

/** The `clp.conf` of a description, made as a person makes it with `clpcfset`. Throws an Error with a sentence. */
export function confOf(description: Description): string {
	let conf: ClpConf | undefined;
	for (const words of callsOf(description)) {
		const result = edit(conf, words);
		if (result.kind === 'refused') {
			throw new Error(result.why);
		}

		conf = result.conf;
	}

	return conf === undefined ? '' : printConf(conf);
}

/** Its scripts, by path below `scripts/`. */
export function scriptsOf({groups, monitors}: Description): Readonly<Record<string, string>> {
	const ofResources = groups.flatMap(group =>
		group.resources.flatMap(({name, scripts}) =>
			Object.entries(scripts).map(([file, text]) => [`${group.name}/${name}/${file}`, text] as const),
		),
	);
	const ofMonitors = monitors.flatMap(({name, scripts}) =>
		Object.entries(scripts).map(([file, text]) => [`monitor.s/${name}/${file}`, text] as const),
	);
	return Object.fromEntries([...ofResources, ...ofMonitors]);
}

/** The words behind `clpcfset`, call by call. */
function callsOf({
	name,
	heartbeatTimeoutMs,
	survivor,
	servers,
	witness,
	groups,
	monitors,
}: Description): readonly (readonly string[])[] {
	const lines = servers[0]?.lan ?? [];
	return [
		['create', name, 'ASCII'],
		['add', 'clsparam', 'cluster/heartbeat/timeout', String(heartbeatTimeoutMs)],
		...servers.flatMap((server, index) => [
			['add', 'srv', server.name, String(index)],
			...server.lan.map((address, id) => ['add', 'device', server.name, 'lan', String(id), address]),
			...(server.mirrorConnect === undefined ? [] : [['add', 'device', server.name, 'mdc', '0', server.mirrorConnect]]),
		]),
		...lines.map((_, id) => ['add', 'hb', 'lankhb', String(id), String(id)]),
		...(witness === undefined
			? []
			: [
					['add', 'hb', 'witnesshb', '0', String(lines.length), witness],
					['add', 'np', 'httpnp', '0', '0', witness],
				]),
		...(survivor === undefined ? [] : [['add', 'clsparam', `server@${survivor}/survive`, '1']]),
		...groups.flatMap(group => [
			['add', 'grp', 'failover', group.name],
			...group.resources.flatMap(resource => [
				['add', 'rsc', group.name, resource.type, resource.name],
				...Object.entries(resource.tags).map(([tag, value]) => [
					'add',
					'rscparam',
					resource.type,
					resource.name,
					tag,
					value,
				]),
			]),
			...group.resources.flatMap(resource =>
				resource.after.map(each => ['add', 'rscdep', resource.type, resource.name, each]),
			),
		]),
		...monitors.flatMap(monitor => [
			['add', 'mon', monitor.type, monitor.name],
			...Object.entries(monitor.tags).map(([tag, value]) => [
				'add',
				'monparam',
				monitor.type,
				monitor.name,
				tag,
				value,
			]),
		]),
	];
}
