import {type ClpConf, confPath, elementAt, valueAt} from './clp-conf.js';
import type {XmlElement} from './xml.js';

/** What a `clp.conf` says, as the cluster goes by it. */
export type Configuration = {
	readonly name: string;
	readonly heartbeatTimeoutMs: number;
	/** In order of priority. */
	readonly servers: readonly ServerConf[];
	/** In order of priority. */
	readonly heartbeats: readonly HeartbeatConf[];
	readonly partitions: readonly PartitionConf[];
	readonly groups: readonly GroupConf[];
	readonly monitors: readonly TypedConf[];
};

type ServerConf = {
	readonly name: string;
	/** Spared when both are active. */
	readonly survives: boolean;
	/** Addresses of its interconnects, by device. */
	readonly lan: Readonly<Record<string, string>>;
	/** Addresses of its mirror disk connects, in order. */
	readonly mirrorConnects: readonly string[];
};

export type HeartbeatConf = {
	readonly type: string;
	readonly name: string;
	readonly device: string;
	/** A witness heartbeat: where the witness is. */
	readonly target: string | undefined;
};

/** What tells a server whether it is the one that is cut off. */
type PartitionConf = {readonly type: string; readonly name: string; readonly targets: readonly string[]};

export type GroupConf = {
	readonly name: string;
	/** In the order of their activation. */
	readonly resources: readonly ResourceConf[];
};

/** Something with a type, a name and values by tag: `parameters/ip`. */
export type TypedConf = {readonly type: string; readonly name: string; readonly tags: Readonly<Record<string, string>>};

export type ResourceConf = TypedConf & {readonly after: readonly string[]};

/** EXPRESSCLUSTER's own where nothing is configured. Source: the notes on the domain, 4.2. */
const DEFAULT_HEARTBEAT_TIMEOUT_MS = 90_000;

/** What `clp.conf` says, or the sentences that say why nobody can go by it. */
export function configurationIn(
	conf: ClpConf,
):
	| {readonly kind: 'read'; readonly configuration: Configuration}
	| {readonly kind: 'wrong'; readonly problems: readonly string[]} {
	const servers = byPriority(childrenOf(conf, 'server')).map(serverIn);
	const groups = childrenOf(conf, 'group').map(group => groupIn(conf, group));
	const configuration = {
		name: valueAt(conf, confPath('cluster/name')) ?? '',
		heartbeatTimeoutMs: Number(valueAt(conf, confPath('cluster/heartbeat/timeout')) ?? DEFAULT_HEARTBEAT_TIMEOUT_MS),
		servers,
		heartbeats: byPriority(typedIn(conf, 'heartbeat')).map(heartbeatIn),
		partitions: byPriority(typedIn(conf, 'networkpartition')).map(element => partitionIn(conf, element)),
		groups: groups.map(({name, resources}) => ({name, resources})),
		monitors: typedIn(conf, 'monitor').map(typed),
	};
	const problems = problemsOf(
		configuration,
		groups.flatMap(({problems: of}) => of),
	);
	return problems.length === 0 ? {kind: 'read', configuration} : {kind: 'wrong', problems};
}

/** A number behind a tag; `otherwise` where there is none. */
export function numberAt({tags}: TypedConf, tag: string, otherwise: number): number {
	const value = Number(tags[tag] ?? otherwise);
	return Number.isFinite(value) ? value : otherwise;
}

function problemsOf(
	{name, servers, heartbeats, groups, monitors}: Configuration,
	ofGroups: readonly string[],
): readonly string[] {
	const resources = groups.flatMap(group => group.resources);
	const targets = monitors.flatMap(monitor => {
		const target = monitor.tags['target'] ?? monitor.tags['parameters/object'];
		// A disk monitor may name a device
		return target === undefined || target.startsWith('/') || resources.some(each => each.name === target)
			? []
			: [`Monitor resource ${monitor.name} watches ${target}, which is no resource.`];
	});
	const addresses = servers.flatMap(server =>
		heartbeats
			.filter(({type, device}) => isLan(type) && server.lan[device] === undefined)
			.map(heartbeat => `Server ${server.name} has no address for ${heartbeat.name}.`),
	);
	return [
		...(name === '' ? ['The cluster has no name.'] : []),
		...(servers.length === 0 ? ['The cluster has no server.'] : []),
		...(servers.length > 1 && !heartbeats.some(({type}) => isLan(type)) ? ['The cluster has no LAN heartbeat.'] : []),
		...addresses,
		...ofGroups,
		...resources.flatMap(resource => missingTags(resource)),
		...targets,
	];
}

export function isLan(type: string): boolean {
	return type === 'lanhb' || type === 'lankhb';
}

/** What a resource of a type cannot do without. */
function missingTags({type, name, tags}: ResourceConf): readonly string[] {
	const needed: Readonly<Record<string, readonly string[]>> = {fip: ['parameters/ip']};
	return (needed[type] ?? []).filter(tag => tags[tag] === undefined).map(tag => `Resource ${name} has no ${tag}.`);
}

function serverIn(element: XmlElement): ServerConf {
	const devices = element.children.filter(({tag}) => tag === 'device');
	const ofType = (type: string) => devices.filter(device => valueAt(device, confPath('type')) === type);
	return {
		name: element.key?.value ?? '',
		survives: valueAt(element, confPath('survive')) === '1',
		lan: Object.fromEntries(
			ofType('lan').map(device => [device.key?.value ?? '', valueAt(device, confPath('info')) ?? '']),
		),
		mirrorConnects: ofType('mdc').map(device => valueAt(device, confPath('info')) ?? ''),
	};
}

function heartbeatIn(element: XmlElement): HeartbeatConf {
	return {
		type: element.tag,
		name: element.key?.value ?? '',
		device: valueAt(element, confPath('device')) ?? '0',
		target: valueAt(element, confPath('host')),
	};
}

/** An HTTP one without a host of its own asks the witness. */
function partitionIn(conf: ClpConf, element: XmlElement): PartitionConf {
	const witness = typedIn(conf, 'heartbeat').flatMap(each => valueAt(each, confPath('host')) ?? []);
	const own = flattened(element).filter(([tag]) => tag === 'host' || tag.endsWith('/ip'));
	const targets = own.length === 0 ? witness : own.map(([, value]) => value);
	return {
		type: element.tag,
		name: element.key?.value ?? '',
		targets: targets.map(target => target.split(':')[0] ?? ''),
	};
}

function groupIn(conf: ClpConf, group: XmlElement): GroupConf & {readonly problems: readonly string[]} {
	const name = group.key?.value ?? '';
	const found = group.children
		.filter(({tag}) => tag === 'resource')
		.flatMap(({key}) => {
			const [type = '', resource = ''] = key?.value.split('@') ?? [];
			const element = elementAt(conf, [{tag: 'resource'}, {tag: type, key: {attribute: 'name', value: resource}}]);
			return element === undefined ? [] : [element];
		});
	const resources = found.map(element => ({...typed(element), after: dependencies(element, found)}));
	const {ordered, problems} = inOrder(name, resources);
	return {name, resources: ordered, problems};
}

/** Without any of its own, what reaches the network comes first, then disks, then what runs on them. */
const ranks: Readonly<Record<string, number>> = {fip: 0, vip: 0, md: 1, hd: 1, disk: 1, nas: 1, volmgr: 1, exec: 2};

function dependencies(element: XmlElement, all: readonly XmlElement[]): readonly string[] {
	const own = element.children.filter(({tag}) => tag === 'depend').map(({key}) => key?.value ?? '');
	return own.length > 0
		? own
		: all.filter(({tag}) => (ranks[tag] ?? 2) < (ranks[element.tag] ?? 2)).map(({key}) => key?.value ?? '');
}

/** Each behind those that it depends on; else as they were added. */
function inOrder(
	group: string,
	resources: readonly ResourceConf[],
): {readonly ordered: readonly ResourceConf[]; readonly problems: readonly string[]} {
	const ordered: ResourceConf[] = [];
	const problems: string[] = [];
	const names = resources.map(({name}) => name);
	for (const {name, after} of resources) {
		problems.push(
			...after
				.filter(each => !names.includes(each))
				.map(each => `Resource ${name} depends on ${each}, which is not in ${group}.`),
		);
	}

	while (ordered.length < resources.length) {
		const done = ordered.map(({name}) => name);
		const next = resources.find(
			({name, after}) => !done.includes(name) && after.every(each => done.includes(each) || !names.includes(each)),
		);
		if (next === undefined) {
			return {
				ordered: resources,
				problems: [...problems, `The resources of ${group} depend on one another in a circle.`],
			};
		}

		ordered.push(next);
	}

	return {ordered, problems};
}

function typed(element: XmlElement): TypedConf {
	return {type: element.tag, name: element.key?.value ?? '', tags: Object.fromEntries(flattened(element))};
}

/** Values by tag: `parameters/netdev@0/priority`. */
function flattened(element: XmlElement, before = ''): readonly (readonly [string, string])[] {
	return element.children.flatMap(child => {
		const tag = `${before}${child.tag}${child.key === undefined ? '' : `@${child.key.value}`}`;
		const own = child.text === undefined ? [] : [[tag, child.text] as const];
		return [...own, ...flattened(child, `${tag}/`)];
	});
}

/** The elements of a section, without the list of its types. */
function typedIn(conf: ClpConf, section: string): readonly XmlElement[] {
	return (elementAt(conf, [{tag: section}])?.children ?? []).filter(
		({tag, key}) => tag !== 'types' && key !== undefined,
	);
}

function childrenOf(conf: ClpConf, tag: string): readonly XmlElement[] {
	return conf.children.filter(child => child.tag === tag);
}

function byPriority(elements: readonly XmlElement[]): readonly XmlElement[] {
	const priority = (element: XmlElement) => Number(valueAt(element, confPath('priority')) ?? 0);
	return elements.toSorted((one, other) => priority(one) - priority(other));
}
