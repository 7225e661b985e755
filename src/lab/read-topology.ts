import type {Place} from '../document/problem.js';
import {isName} from '../runbook/names.js';
import {type ProblemList, suggestion} from '../runbook/problem-list.js';
import {entriesOf, valueAt, type YamlEntry, type YamlNode} from '../runbook/yaml.js';
import {kindOf, kinds} from './world/kinds.js';
import type {SavedMember} from './world/member.js';
import {partKinds} from './world/parts.js';
import {rootKeyLine} from './world/root-keys.js';
import type {SavedWorld} from './world/simulate.js';
import {EPOCH} from './world/vmware-host-clustering.js';

const keys = ['hosts', ...partKinds.flatMap(({key}) => key ?? [])];

/**
Reads a topology that a lab file describes itself; undefined if no host is left of it.

> | topology:
> |   hosts:
> |     esxi1: { platform: esxi, address: 172.31.255.2 }
> |     ec1: { platform: linux, address: 172.31.255.11, runs_on: esxi1 }
> |     ec2: { platform: linux, address: 172.31.255.12 }
> |   clusters:
> |     ec: { hosts: [ec1, ec2], groups: [failover-vm], heartbeat_timeout: 30s }
*/
export function readWorld(node: YamlNode, problems: ProblemList): SavedWorld | undefined {
	for (const {key, keyAt} of entriesOf(node, '`topology`', problems)) {
		if (!keys.includes(key)) {
			problems.error('unknown-key', keyAt, `Unknown key "${key}" in a topology.`, suggestion(key, keys, 'Its keys'));
		}
	}

	const hosts = readHosts(valueAt(node, 'hosts'), node.at, problems);
	const read = partKinds.map(kind => {
		const described = kind.key === undefined ? undefined : valueAt(node, kind.key);
		return {kind, parts: kind.read?.(described, hosts, problems) ?? []};
	});
	return hosts.length === 0
		? undefined
		: {
				version: 1,
				now: EPOCH,
				hosts: read.reduce((before, {kind, parts}) => kind.prepare?.(before, parts, node, problems) ?? before, hosts),
				parts: read.flatMap(({parts}) => parts),
			};
}

function readHosts(node: YamlNode | undefined, at: Place, problems: ProblemList): readonly SavedMember[] {
	const entries = entriesOf(node, '`hosts`', problems).filter(entry => isName(entry, 'host', problems));
	if (entries.length === 0) {
		problems.error('missing-key', node?.at ?? at, 'The topology has no hosts.', 'Write at least one below `hosts`.');
	}

	const numbers = new Map<string, number>();
	const hosts = entries.flatMap(entry => {
		checkCarrier(entry, entries, problems);
		return readHost(entry, numbers, problems) ?? [];
	});
	return withKeys(hosts, entries, problems);
}

/** Hosts let in whoever gets to them with a key: `ssh_to` of the others. */
function withKeys(
	hosts: readonly SavedMember[],
	entries: readonly YamlEntry[],
	problems: ProblemList,
): readonly SavedMember[] {
	const names = hosts.filter(({kind}) => kindOf(kind)?.letIn !== undefined).map(({name}) => name);
	const keys = new Map<string, string[]>();
	for (const {key: from, value} of entries) {
		const list = valueAt(value, 'ssh_to');
		for (const to of list?.kind === 'list' ? list.items : []) {
			if (to.kind === 'text' && names.includes(to.text)) {
				keys.set(to.text, [...(keys.get(to.text) ?? []), rootKeyLine(from)]);
			} else if (to.kind === 'text') {
				problems.error(
					'unknown-host',
					to.at,
					`${from} cannot get to "${to.text}" with a key.`,
					suggestion(to.text, names),
				);
			}
		}
	}

	return hosts.map(host => {
		const own = keys.get(host.name);
		return own === undefined ? host : (kindOf(host.kind)?.letIn?.(host, own) ?? host);
	});
}

function readHost({key: name, value}: YamlEntry, numbers: Map<string, number>, problems: ProblemList) {
	const platform = valueAt(value, 'platform');
	const word = platform?.kind === 'text' ? platform.text : '';
	const kind = kindOf(word);
	if (kind === undefined) {
		const known = kinds.map(each => each.platform);
		problems.error(
			word === '' ? 'missing-key' : 'unknown-platform',
			platform?.at ?? value.at,
			word === '' ? `${name} has no \`platform\`.` : `The lab has no hosts of platform "${word}".`,
			suggestion(word, known),
		);
		return undefined;
	}

	const number = (numbers.get(word) ?? 0) + 1;
	numbers.set(word, number);
	return kind.read(value, name, number, problems);
}

/** A virtual machine runs on a host of the same file that is no virtual machine itself. */
function checkCarrier({key: name, value}: YamlEntry, entries: readonly YamlEntry[], problems: ProblemList): void {
	const carrier = valueAt(value, 'runs_on');
	if (carrier?.kind !== 'text') {
		return;
	}

	const others = entries.filter(({key, value}) => key !== name && valueAt(value, 'runs_on') === undefined);
	const names = others.map(({key}) => key);
	if (!names.includes(carrier.text)) {
		problems.error(
			'unknown-host',
			carrier.at,
			`${name} cannot run on "${carrier.text}".`,
			suggestion(carrier.text, names, 'It can run on'),
		);
	}
}
