import * as z from 'zod';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlEntry, type YamlNode} from '../../runbook/yaml.js';
import type {SavedMember} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import {type AamCluster, responses} from './cluster.js';

const AamShape = z.strictObject({
	hosts: z
		.array(Text('Name a host of this file.'), 'Write a list of hosts.')
		.min(2, 'A cluster has at least two hosts.'),
	/** Whether somebody has turned it on in vCenter. */
	state: z.enum(['on', 'off'], 'Write on or off.').default('on'),
	response: z.enum(responses, `Write ${responses.join(', ')}.`).default('shutdown'),
	isolation_addresses: z.array(Text().refine(isIpv4, 'Write an IPv4 address.')).min(1, 'The agents need one to ping.'),
});

/**
`vmware_ha` of a topology.

> | vmware_ha:
> |   ha4: { hosts: [esx3, esx4], isolation_addresses: [10.0.0.254], response: powerOff }
*/
export function readAamClusters(
	node: YamlNode | undefined,
	hosts: readonly SavedMember[],
	problems: ProblemList,
): readonly AamCluster[] {
	const known = hosts.filter(({kind}) => kind === 'esx4').map(({name}) => name);
	return entriesOf(node, '`vmware_ha`', problems).flatMap(entry => readOne(entry, known, problems) ?? []);
}

function readOne(
	{key: name, value}: YamlEntry,
	known: readonly string[],
	problems: ProblemList,
): AamCluster | undefined {
	const shape = readShape(AamShape, value, 'a VMware HA cluster', problems);
	if (shape === undefined) {
		return undefined;
	}

	const {hosts, state, response, isolation_addresses: isolationAddresses} = shape;
	const unknown = hosts.find(host => !known.includes(host));
	if (unknown !== undefined) {
		const at = valueAt(value, 'hosts')?.at ?? value.at;
		problems.error(
			'unknown-host',
			at,
			`${name} cannot have "${unknown}".`,
			suggestion(unknown, known, 'ESX 4 hosts are'),
		);
		return undefined;
	}

	return {
		kind: 'aam',
		name,
		hosts,
		isOn: state === 'on',
		response,
		isolationAddresses,
		agents: {},
		vms: [],
		restarts: [],
	};
}
