import {createHash} from 'node:crypto';
import * as z from 'zod';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlEntry, type YamlNode} from '../../runbook/yaml.js';
import type {SavedMember} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import {type HaCluster, monitorings, newCluster, priorities, responses} from './cluster.js';
import {ISOLATION_DELAY_MS} from './timings.js';

const Name = Text().regex(namePattern, nameHelp);
const WholeNumber = Text()
	.regex(/^\d{1,7}$/, 'Write a whole number.')
	.transform(Number);

const VmShape = z.strictObject({
	/** The host that it runs on at first. */
	on: Text('Name the host that it runs on.'),
	datastore: Text('Name the datastore that it lies on.'),
	priority: z.enum(priorities, `Write ${priorities.join(', ')}.`).default('medium'),
	/** MB that it reserves. */
	reservation: WholeNumber.default(1_024),
});

const HaShape = z.strictObject({
	hosts: z.record(
		Name,
		Text('Write the id that vCenter has given the host, such as host-28.'),
		'Write hosts with their ids.',
	),
	/** Default: whom an election would take. */
	master: Text('Name the host that leads at first.').optional(),
	heartbeat_datastores: z.array(Text()).default([]),
	isolation_addresses: z.array(Text().refine(isIpv4, 'Write an IPv4 address.')).default([]),
	response: z.enum(responses, `Write ${responses.join(', ')}.`).default('leaveOn'),
	monitoring: z.enum(monitorings, `Write ${monitorings.join(', ')}.`).default('disabled'),
	vmcp: z.enum(['on', 'off'], 'Write on or off.').default('off'),
	/** 5.0 answers an isolation at once. */
	release: z.enum(['5.0', '5.1'], 'Write 5.0, or 5.1 for that and all later ones.').default('5.1'),
	/** MB of each host. */
	memory: WholeNumber.default(65_536),
	vms: z.record(Name, VmShape, 'Write virtual machines with their keys.').default({}),
});

/**
`vsphere_ha` of a topology.

> | vsphere_ha:
> |   ha:
> |     hosts: { esxi1: host-99, esxi2: host-100 }
> |     heartbeat_datastores: [ha-ds1, ha-ds2]
> |     response: powerOff
> |     vms: { vm1: { on: esxi2, datastore: ha-ds1, priority: high } }
*/
export function readHaClusters(
	node: YamlNode | undefined,
	hosts: readonly SavedMember[],
	problems: ProblemList,
	now: number,
): readonly HaCluster[] {
	const known = hosts.filter(({kind}) => kind === 'esxi').map(({name}) => name);
	return entriesOf(node, '`vsphere_ha`', problems).flatMap(entry => readOne(entry, known, problems, now) ?? []);
}

function readOne(
	{key: name, value}: YamlEntry,
	known: readonly string[],
	problems: ProblemList,
	now: number,
): HaCluster | undefined {
	const shape = readShape(HaShape, value, 'a vSphere HA cluster', problems);
	if (shape === undefined) {
		return undefined;
	}

	const {vms, heartbeat_datastores, isolation_addresses, response, monitoring, vmcp, release, memory} = shape;
	const members = Object.entries(shape.hosts).map(([host, moid]) => ({host, moid}));
	const names = members.map(({host}) => host);
	const written = [
		...names.map(host => [host, known, 'hosts'] as const),
		...Object.values(vms).map(({on}) => [on, names, 'vms'] as const),
		...(shape.master === undefined ? [] : [[shape.master, names, 'master'] as const]),
	];
	for (const [host, possible, key] of written.filter(([host, possible]) => !possible.includes(host))) {
		const at = valueAt(value, key)?.at ?? value.at;
		problems.error('unknown-host', at, `${name} has no host "${host}".`, suggestion(host, possible, 'It can be'));
		return undefined;
	}

	const [highest] = members.toSorted((one, other) => (one.moid < other.moid ? 1 : -1));
	return newCluster(
		{
			name,
			folder: folderOf(name),
			hosts: members,
			heartbeatDatastores: heartbeat_datastores,
			settings: {
				response,
				responseDelayMs: release === '5.0' ? 0 : ISOLATION_DELAY_MS,
				isolationAddresses: isolation_addresses,
				monitoring,
				vmcp: vmcp === 'on',
				hostMemoryMb: memory,
			},
			vms: Object.entries(vms).map(([vm, {on, datastore, priority, reservation}]) => ({
				name: vm,
				vmx: `/vmfs/volumes/${datastore}/${vm}/${vm}.vmx`,
				datastore,
				priority,
				reservationMb: reservation,
				host: on,
			})),
			master: shape.master ?? highest?.host ?? '',
		},
		now,
	);
}

/** > | FDM-5E2A7C01-93B4-4D1F-8A60-2C7E91D0B3F4-26-9d7b1d6-vcenter   the prefix is confirmed by nobody */
function folderOf(name: string): string {
	const hex = createHash('sha256').update(name).digest('hex').toUpperCase();
	const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
	return `FDM-${uuid}-26-9d7b1d6-vcenter`;
}
