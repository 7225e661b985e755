import {
	type ClpConf,
	type ConfPath,
	confPath,
	elementAt,
	named,
	newConf,
	numbered,
	withElement,
	without,
	withValue,
} from './clp-conf.js';

/** What one call of `clpcfset` makes of a `clp.conf`, or a sentence that says why it does nothing. */
export type Edited =
	| {readonly kind: 'edited'; readonly conf: ClpConf}
	| {readonly kind: 'refused'; readonly why: string};

type Edit = {
	/** What the words behind `add` are. */
	readonly add: string;
	/** What the words behind `del` are. */
	readonly del: string;
	change(conf: ClpConf, words: readonly string[], verb: 'add' | 'del'): Edited;
};

/** What a device of a type is numbered from. Sources: configurations that tools of the product's maker write; those of `disk` and `ping` are a guess. */
const deviceNumbers: Readonly<Record<string, number>> = {
	lan: 0,
	disk: 300,
	mdc: 400,
	witness: 700,
	ping: 10_200,
	http: 10_700,
};
const heartbeatTypes = ['lankhb', 'lanhb', 'witnesshb', 'diskhb', 'bmchb'];
const partitionTypes = ['httpnp', 'pingnp'];
const resourceTypes = ['fip', 'vip', 'exec', 'md', 'disk', 'hd', 'nas', 'volmgr'];
const monitorTypes = [
	'userw',
	'genw',
	'fipw',
	'vipw',
	'arpw',
	'mdw',
	'mdnw',
	'diskw',
	'ipw',
	'miiw',
	'pidw',
	'psw',
	'mrw',
];

const edits: Readonly<Record<string, Edit>> = {
	clsparam: {
		add: 'TAG VALUE',
		del: 'TAG',
		change: (conf, [tags = '', value = ''], verb) => setTags(conf, [], tags, value, verb),
	},
	srv: {
		add: 'SERVER PRIORITY',
		del: 'SERVER',
		change: (conf, [name = '', priority = ''], verb) =>
			verb === 'add'
				? (isNumber(priority) ?? create(conf, [named('server', name)], {priority}))
				: remove(conf, [named('server', name)]),
	},
	device: {
		add: 'SERVER TYPE ID INFO [EXTEND]',
		del: 'SERVER TYPE ID',
		change(conf, [server = '', type = '', id = '', info = '', extend = ''], verb) {
			const device = [named('server', server), numbered('device', String((deviceNumbers[type] ?? 0) + Number(id)))];
			return (
				isOneOf('device type', type, Object.keys(deviceNumbers)) ??
				isNumber(id) ??
				(verb === 'add'
					? (isThere(conf, [named('server', server)]) ??
						put(conf, device, {type, info, ...(extend === '' ? {} : {extend})}))
					: remove(conf, device))
			);
		},
	},
	hb: {
		add: 'TYPE DEVICE PRIORITY [HOST:PORT]',
		del: 'TYPE DEVICE PRIORITY',
		change: (conf, [type = '', device = '', priority = '', host = ''], verb) =>
			isOneOf('heartbeat', type, heartbeatTypes) ??
			isNumber(device) ??
			isNumber(priority) ??
			((type === 'witnesshb') === (host !== '') || verb === 'del'
				? numberedOfType(conf, 'heartbeat', type, priority, {priority, device, ...(host === '' ? {} : {host})}, verb)
				: refused(type === 'witnesshb' ? 'A witnesshb needs HOST:PORT.' : `A ${type} has no HOST:PORT.`)),
	},
	np: {
		add: 'httpnp DEVICE PRIORITY [HOST:PORT] | pingnp DEVICE PRIORITY GROUP ID ADDRESS',
		del: 'TYPE DEVICE PRIORITY',
		change: (conf, [type = '', device = '', priority = '', ...more], verb) =>
			isOneOf('NP resolution resource', type, partitionTypes) ??
			isNumber(device) ??
			isNumber(priority) ??
			addPartition(conf, type, device, priority, more, verb),
	},
	grp: {
		add: 'failover NAME',
		del: 'failover NAME',
		change: (conf, [type = '', name = ''], verb) =>
			isOneOf('group type', type, ['failover']) ??
			(verb === 'add' ? create(conf, [named('group', name)], {comment: ' '}) : remove(conf, [named('group', name)])),
	},
	grpparam: {
		add: 'failover NAME TAG VALUE',
		del: 'failover NAME TAG',
		change: (conf, [, name = '', tags = '', value = ''], verb) =>
			isThere(conf, [named('group', name)]) ?? setTags(conf, [named('group', name)], tags, value, verb),
	},
	rsc: {
		add: 'GROUP TYPE NAME',
		del: 'GROUP TYPE NAME',
		change(conf, [group = '', type = '', name = ''], verb) {
			const member = [named('group', group), named('resource', `${type}@${name}`)];
			const own = [{tag: 'resource'}, named(type, name)];
			return (
				isOneOf('resource type', type, resourceTypes) ??
				isThere(conf, [named('group', group)]) ??
				(verb === 'add'
					? then(ofType(create(conf, own, {comment: ' '}), 'resource', type), added =>
							edited(withElement(added, member)),
						)
					: then(remove(conf, own), left => edited(without(left, member))))
			);
		},
	},
	rscparam: {
		add: 'TYPE NAME TAG VALUE',
		del: 'TYPE NAME TAG',
		change: (conf, [type = '', name = '', tags = '', value = ''], verb) =>
			isThere(conf, [{tag: 'resource'}, named(type, name)]) ??
			setTags(conf, [{tag: 'resource'}, named(type, name)], tags, value, verb),
	},
	rscdep: {
		add: 'TYPE NAME RESOURCE',
		del: 'TYPE NAME RESOURCE',
		change(conf, [type = '', name = '', on = ''], verb) {
			const own = [{tag: 'resource'}, named(type, name)];
			const known = elementAt(conf, [{tag: 'resource'}])?.children.some(({key}) => key?.value === on) ?? false;
			return (
				isThere(conf, own) ??
				(known ? undefined : refused(`There is no resource ${on}.`)) ??
				(verb === 'add'
					? edited(withElement(conf, [...own, named('depend', on)]))
					: remove(conf, [...own, named('depend', on)]))
			);
		},
	},
	mon: {
		add: 'TYPE NAME',
		del: 'TYPE NAME',
		change(conf, [type = '', name = ''], verb) {
			const own = [{tag: 'monitor'}, named(type, name)];
			return (
				isOneOf('monitor type', type, monitorTypes) ??
				(verb === 'add' ? ofType(create(conf, own, {comment: ' '}), 'monitor', type) : remove(conf, own))
			);
		},
	},
	monparam: {
		add: 'TYPE NAME TAG VALUE',
		del: 'TYPE NAME TAG',
		change: (conf, [type = '', name = '', tags = '', value = ''], verb) =>
			isThere(conf, [{tag: 'monitor'}, named(type, name)]) ??
			setTags(conf, [{tag: 'monitor'}, named(type, name)], tags, value, verb),
	},
};

/**
What `clpcfset` does with the words behind it; `conf` is the `clp.conf` of the current folder, undefined where there is none.
Sources: the notes on the domain, 2.3, and public descriptions of the command; its messages are a guess.
*/
export function edit(conf: ClpConf | undefined, [verb = '', object = '', ...words]: readonly string[]): Edited {
	if (verb === 'create') {
		return words.length !== 1 || object === ''
			? refused('Usage: clpcfset create CLUSTER ENCODING')
			: !/^[A-Za-z0-9][\w.-]*$/.test(object)
				? refused(`${object} cannot be the name of a cluster.`)
				: edited(newConf(object, words[0] ?? ''));
	}

	if (verb !== 'add' && verb !== 'del') {
		return refused(`Usage: clpcfset create|add|del ...`);
	}

	const known = Object.hasOwn(edits, object) ? edits[object] : undefined;
	if (known === undefined) {
		return refused(
			`${object || 'Nothing'} cannot be ${verb === 'add' ? 'added' : 'deleted'}: ${Object.keys(edits).join(', ')}`,
		);
	}

	if (!fits(words.length, known[verb])) {
		return refused(`Usage: clpcfset ${verb} ${object} ${known[verb]}`);
	}

	return conf === undefined
		? refused('There is no clp.conf in the current directory.')
		: known.change(conf, words, verb);
}

/** > | TYPE DEVICE PRIORITY [HOST:PORT]        3 or 4 words */
function fits(count: number, usage: string): boolean {
	return usage.split(' | ').some(form => {
		const words = form.split(' ');
		return count <= words.length && count >= words.filter(word => !word.startsWith('[')).length;
	});
}

function addPartition(
	conf: ClpConf,
	type: string,
	device: string,
	priority: string,
	more: readonly string[],
	verb: 'add' | 'del',
): Edited {
	if (verb === 'del' || type === 'httpnp') {
		const [host] = more;
		return more.length > 1
			? refused('Usage: clpcfset add np httpnp DEVICE PRIORITY [HOST:PORT]')
			: numberedOfType(
					conf,
					'networkpartition',
					type,
					priority,
					{priority, device, ...(host === undefined ? {} : {host})},
					verb,
				);
	}

	const [group, id, address] = more;
	if (group === undefined || id === undefined || address === undefined) {
		return refused('Usage: clpcfset add np pingnp DEVICE PRIORITY GROUP ID ADDRESS');
	}

	const place = [{tag: 'networkpartition'}, named(type, `${type}${Number(priority) + 1}`)];
	return then(numberedOfType(conf, 'networkpartition', type, priority, {priority, device}, verb), added =>
		edited(withValue(added, [...place, numbered('grp', group), numbered('list', id), {tag: 'ip'}], address)),
	);
}

/** `lankhb1` is the heartbeat of priority 0, and so on. */
function numberedOfType(
	conf: ClpConf,
	section: string,
	type: string,
	priority: string,
	values: Readonly<Record<string, string>>,
	verb: 'add' | 'del',
): Edited {
	const place = [{tag: section}, named(type, `${type}${countedName(conf, section, type, priority)}`)];
	return verb === 'add' ? ofType(put(conf, place, values), section, type) : remove(conf, place);
}

/** Which one of its type it is, from 1: the one that has this priority, else the next. */
function countedName(conf: ClpConf, section: string, type: string, priority: string): number {
	const ofSame = (elementAt(conf, [{tag: section}])?.children ?? []).filter(({tag}) => tag === type);
	const at = ofSame.findIndex(({children}) => children.some(({tag, text}) => tag === 'priority' && text === priority));
	return (at === -1 ? ofSame.length : at) + 1;
}

/** Each section lists the types that it has. */
function ofType(before: Edited, section: string, type: string): Edited {
	return then(before, conf => {
		const place = [{tag: section}, named('types', type)];
		return edited(elementAt(conf, place) === undefined ? withElement(conf, place) : conf);
	});
}

function create(conf: ClpConf, place: ConfPath, values: Readonly<Record<string, string>>): Edited {
	const name = place.at(-1)?.key?.value ?? '';
	if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
		return refused(`${name || 'Nothing'} cannot be a name.`);
	}

	return elementAt(conf, place) === undefined ? put(conf, place, values) : refused(`${name} already exists.`);
}

function put(conf: ClpConf, place: ConfPath, values: Readonly<Record<string, string>>): Edited {
	return edited(
		Object.entries(values).reduce((before, [tag, value]) => withValue(before, [...place, {tag}], value), conf),
	);
}

function remove(conf: ClpConf, place: ConfPath): Edited {
	return isThere(conf, place) ?? edited(without(conf, place));
}

function setTags(conf: ClpConf, place: ConfPath, tags: string, value: string, verb: 'add' | 'del'): Edited {
	if (!/^[A-Za-z]\w*(@[\w.-]+)?(\/[A-Za-z]\w*(@[\w.-]+)?)*$/.test(tags)) {
		return refused(`${tags} is no tag.`);
	}

	const whole = [...place, ...confPath(tags)];
	const server = /^server@/.test(tags) && place.length === 0 ? isThere(conf, whole.slice(0, 1)) : undefined;
	return server ?? (verb === 'add' ? edited(withValue(conf, whole, value)) : remove(conf, whole));
}

function isThere(conf: ClpConf, place: ConfPath): Edited | undefined {
	const {tag = '', key} = place.at(-1) ?? {};
	return elementAt(conf, place) === undefined
		? refused(`There is no ${tag}${key === undefined ? '' : ` ${key.value}`}.`)
		: undefined;
}

function isOneOf(what: string, word: string, known: readonly string[]): Edited | undefined {
	return known.includes(word) ? undefined : refused(`${word} is no ${what}: ${known.join(', ')}`);
}

function isNumber(word: string): Edited | undefined {
	return /^\d{1,5}$/.test(word) ? undefined : refused(`${word || 'Nothing'} is no number.`);
}

function edited(conf: ClpConf): Edited {
	return {kind: 'edited', conf};
}

function refused(why: string): Edited {
	return {kind: 'refused', why};
}

function then(before: Edited, next: (conf: ClpConf) => Edited): Edited {
	return before.kind === 'edited' ? next(before.conf) : before;
}
