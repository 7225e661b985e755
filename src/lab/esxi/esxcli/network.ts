import {type EsxiHost, fault, type VirtualSwitch, type VmkernelNic} from '../../world/esxi-host.js';
import type {Connection} from '../../world/member.js';
import {
	addPortGroup,
	addSwitch,
	addUplink,
	broadcastOf,
	findNic,
	linkIsUp,
	removePortGroup,
	removeSwitch,
	removeUplink,
	setMtu,
	setNicUp,
	setVlan,
	setVmknicAddress,
	vmknicOn,
} from '../../world/network.js';
import {rulesets, setRuleset} from '../../world/services.js';
import {NIC_DESCRIPTION, NIC_DRIVER} from '../esxcfg-nics.js';
import {NUM_PORTS, usedPorts} from '../esxcfg-vswitch.js';
import {changedOr, type EsxcliCommand, type EsxcliOption, isTrue, required, showing} from './command.js';
import type {Record} from './output.js';

const vswitchName: EsxcliOption = {
	letter: 'v',
	long: 'vswitch-name',
	takes: 'text',
	required: true,
	description: 'The name of the virtual switch.',
};
const uplinkName: EsxcliOption = {
	letter: 'u',
	long: 'uplink-name',
	takes: 'text',
	required: true,
	description: 'The name of the physical NIC.',
};
const portGroupName: EsxcliOption = {
	letter: 'p',
	long: 'portgroup-name',
	takes: 'text',
	required: true,
	description: 'The name of the port group.',
};
const nicName: EsxcliOption = {
	letter: 'n',
	long: 'nic-name',
	takes: 'text',
	required: true,
	description: 'The name of the physical NIC.',
};
const interfaceName: EsxcliOption = {
	letter: 'i',
	long: 'interface-name',
	takes: 'text',
	description: 'The name of the VMkernel NIC; all of them unless given.',
};

export const networkCommands: readonly EsxcliCommand[] = [
	{
		path: 'network firewall get',
		description: 'Show whether the firewall is on.',
		options: [],
		run: () => ({
			kind: 'records',
			records: [
				{
					fields: [
						['Default Action', 'DROP'],
						['Enabled', true],
						['Loaded', true],
					],
				},
			],
		}),
	},
	{
		path: 'network firewall refresh',
		description: 'Load the firewall configuration again.',
		options: [],
		run: ({host}) => ({kind: 'changed', host}),
	},
	{
		path: 'network firewall ruleset list',
		description: 'List the rule sets.',
		options: [{letter: 'r', long: 'ruleset-id', takes: 'text', description: 'Only this rule set.'}],
		run: call =>
			showing(
				call,
				'ruleset-id',
				'ruleset',
				rulesets.map(name => ({name})),
				shown => ({
					kind: 'table',
					columns: ['Name', 'Enabled'],
					rows: shown.map(({name}) => [name, call.host.config.openRulesets.includes(name)]),
				}),
			),
	},
	{
		path: 'network firewall ruleset set',
		description: 'Open or close a rule set.',
		options: [
			{letter: 'e', long: 'enabled', takes: 'boolean', required: true, description: 'True opens it, false closes it.'},
			{letter: 'r', long: 'ruleset-id', takes: 'text', required: true, description: 'The rule set.'},
		],
		run: call => changedOr(setRuleset(call.host, required(call, 'ruleset-id'), isTrue(required(call, 'enabled')))),
	},
	{
		path: 'network ip connection list',
		description: 'List the connections of the host itself.',
		options: [],
		run: ({host, footprints}) => ({
			kind: 'table',
			columns: [
				'Proto',
				'Recv Q',
				'Send Q',
				'Local Address',
				'Foreign Address',
				'State',
				'World ID',
				'CC Algo',
				'World Name',
			],
			rows: [...ownConnections(host), ...footprints.flatMap(({connections}) => connections)].map((each, index) => [
				each.protocol,
				0,
				0,
				each.local,
				each.foreign,
				each.state,
				2_099_000 + index,
				each.protocol === 'tcp' ? 'newreno' : '',
				each.world,
			]),
		}),
	},
	{
		path: 'network ip interface ipv4 get',
		description: 'Show the IPv4 settings of VMkernel NICs.',
		options: [interfaceName],
		run: call =>
			showing(call, 'interface-name', 'vmknic', call.host.config.vmknics, shown => ({
				kind: 'table',
				columns: ['Name', 'IPv4 Address', 'IPv4 Netmask', 'IPv4 Broadcast', 'Address Type', 'Gateway', 'DHCP DNS'],
				rows: shown.map(nic => [nic.name, nic.ip, nic.netmask, broadcastOf(nic), 'STATIC', nic.gateway, false]),
			})),
	},
	{
		path: 'network ip interface ipv4 set',
		description: 'Set the IPv4 address of a VMkernel NIC.',
		options: [
			{...interfaceName, required: true},
			{letter: 'I', long: 'ipv4', takes: 'text', required: true, description: 'The address.'},
			{letter: 'N', long: 'netmask', takes: 'text', required: true, description: 'The netmask.'},
			{letter: 't', long: 'type', takes: 'text', required: true, description: 'static; there is no DHCP here.'},
		],
		run: call =>
			required(call, 'type') === 'static'
				? changedOr(
						setVmknicAddress(
							call.host,
							required(call, 'interface-name'),
							required(call, 'ipv4'),
							required(call, 'netmask'),
						),
					)
				: {kind: 'refused', because: 'No DHCP server answered.'},
	},
	{
		path: 'network ip interface list',
		description: 'List the VMkernel NICs.',
		options: [],
		run: ({host}) => ({kind: 'records', records: host.config.vmknics.map(nic => interfaceRecord(host, nic))}),
	},
	{
		path: 'network ip route ipv4 list',
		description: 'List the IPv4 routes.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Network', 'Netmask', 'Gateway', 'Interface', 'Source'],
			rows: host.config.vmknics.flatMap(({ip, netmask, gateway, name}) => [
				...(gateway === '0.0.0.0' ? [] : [['default', '0.0.0.0', gateway, name, 'MANUAL']]),
				[networkOf(ip, netmask), netmask, '0.0.0.0', name, 'MANUAL'],
			]),
		}),
	},
	{
		path: 'network nic down',
		description: 'Take the link of a physical NIC down.',
		options: [nicName],
		run: call => changedOr(setNicUp(call.host, required(call, 'nic-name'), false)),
	},
	{
		path: 'network nic get',
		description: 'Show one physical NIC.',
		options: [nicName],
		run(call) {
			const nic = findNic(call.host, required(call, 'nic-name'));
			return nic
				? {
						kind: 'records',
						records: [
							{
								fields: [
									['Advertised Auto Negotiation', true],
									['Auto Negotiation', true],
									['Cable Type', 'Twisted Pair'],
									['Link Detected', linkIsUp(nic)],
									['Link Status', linkIsUp(nic) ? 'Up ' : 'Down '],
									['Name', nic.name],
									['Virtual Address', nic.mac],
								],
							},
						],
					}
				: fault('missing', 'nic', required(call, 'nic-name'));
		},
	},
	{
		path: 'network nic list',
		description: 'List the physical NICs.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: [
				'Name',
				'PCI Device',
				'Driver',
				'Admin Status',
				'Link Status',
				'Speed',
				'Duplex',
				'MAC Address',
				'MTU',
				'Description',
			],
			rows: host.nics.map(nic => [
				nic.name,
				nic.pci,
				NIC_DRIVER,
				nic.adminUp ? 'Up' : 'Down',
				...(linkIsUp(nic) ? ['Up', 1000, 'Full'] : ['Down', 0, 'Half']),
				nic.mac,
				1500,
				NIC_DESCRIPTION,
			]),
			shortRule: true,
		}),
	},
	{
		path: 'network nic up',
		description: 'Bring the link of a physical NIC up.',
		options: [nicName],
		run: call => changedOr(setNicUp(call.host, required(call, 'nic-name'), true)),
	},
	{
		path: 'network vswitch standard add',
		description: 'Add a virtual switch.',
		options: [vswitchName, {letter: 'P', long: 'ports', takes: 'number', description: 'Has no effect since ESXi 5.5.'}],
		run: call => changedOr(addSwitch(call.host, required(call, 'vswitch-name'))),
	},
	{
		path: 'network vswitch standard list',
		description: 'List the virtual switches.',
		options: [{letter: 'v', long: 'vswitch-name', takes: 'text', description: 'Only this virtual switch.'}],
		run: call =>
			showing(call, 'vswitch-name', 'switch', call.host.config.switches, shown => ({
				kind: 'records',
				records: shown.map(each => switchRecord(call.host, each)),
			})),
	},
	{
		path: 'network vswitch standard portgroup add',
		description: 'Add a port group to a virtual switch.',
		options: [portGroupName, vswitchName],
		run: call => changedOr(addPortGroup(call.host, required(call, 'vswitch-name'), required(call, 'portgroup-name'))),
	},
	{
		path: 'network vswitch standard portgroup list',
		description: 'List the port groups.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Name', 'Virtual Switch', 'Active Clients', 'VLAN ID'],
			rows: host.config.switches
				.flatMap(found =>
					found.portGroups.map(({name, vlan}) => [name, found.name, vmknicOn(host, name) ? 1 : 0, vlan] as const),
				)
				.toSorted(([left], [right]) => (left < right ? -1 : 1)),
		}),
	},
	{
		path: 'network vswitch standard portgroup remove',
		description: 'Remove a port group from a virtual switch.',
		options: [portGroupName, vswitchName],
		run: call =>
			changedOr(removePortGroup(call.host, required(call, 'vswitch-name'), required(call, 'portgroup-name'))),
	},
	{
		path: 'network vswitch standard portgroup set',
		description: 'Set the VLAN of a port group.',
		options: [
			portGroupName,
			{letter: 'v', long: 'vlan-id', takes: 'number', required: true, description: '0 to 4095; 0 is none.'},
		],
		run: call => changedOr(setVlan(call.host, required(call, 'portgroup-name'), Number(required(call, 'vlan-id')))),
	},
	{
		path: 'network vswitch standard remove',
		description: 'Remove a virtual switch.',
		options: [vswitchName],
		run: call => changedOr(removeSwitch(call.host, required(call, 'vswitch-name'))),
	},
	{
		path: 'network vswitch standard set',
		description: 'Set the MTU of a virtual switch.',
		options: [
			{letter: 'm', long: 'mtu', takes: 'number', required: true, description: '1280 to 9000 bytes.'},
			vswitchName,
		],
		run: call => changedOr(setMtu(call.host, required(call, 'vswitch-name'), Number(required(call, 'mtu')))),
	},
	{
		path: 'network vswitch standard uplink add',
		description: 'Make a physical NIC an uplink of a virtual switch.',
		options: [uplinkName, vswitchName],
		run: call => changedOr(addUplink(call.host, required(call, 'vswitch-name'), required(call, 'uplink-name'))),
	},
	{
		path: 'network vswitch standard uplink remove',
		description: 'Take an uplink from a virtual switch.',
		options: [uplinkName, vswitchName],
		run: call => changedOr(removeUplink(call.host, required(call, 'vswitch-name'), required(call, 'uplink-name'))),
	},
];

function switchRecord(host: EsxiHost, found: VirtualSwitch): Record {
	return {
		title: found.name,
		fields: [
			['Name', found.name],
			['Class', 'cswitch'],
			['Num Ports', NUM_PORTS],
			['Used Ports', usedPorts(host, found)],
			['Configured Ports', 128],
			['MTU', found.mtu],
			['CDP Status', 'listen'],
			['Beacon Enabled', false],
			['Beacon Interval', 1],
			['Beacon Threshold', 3],
			['Beacon Required By', ''],
			['Uplinks', found.uplinks],
			['Portgroups', found.portGroups.map(({name}) => name)],
		],
	};
}

/** hostd and sshd. */
function ownConnections({running}: EsxiHost): readonly Connection[] {
	const listening = (port: number, world: string) => ({
		protocol: 'tcp',
		local: `0.0.0.0:${port}`,
		foreign: '0.0.0.0:0',
		state: 'LISTEN',
		world,
	});
	return [listening(443, 'rhttpproxy-IO'), ...(running.SSH ? [listening(22, 'busybox')] : [])];
}

function interfaceRecord(host: EsxiHost, nic: VmkernelNic): Record {
	return {
		title: nic.name,
		fields: [
			['Name', nic.name],
			['MAC Address', nic.mac],
			['Enabled', true],
			[
				'Portset',
				host.config.switches.find(({portGroups}) => portGroups.some(({name}) => name === nic.portGroup))?.name ?? '',
			],
			['Portgroup', nic.portGroup],
			['Netstack Instance', 'defaultTcpipStack'],
			['VDS Name', 'N/A'],
			['MTU', nic.mtu],
			['TSO MSS', 65535],
		],
	};
}

function networkOf(ip: string, netmask: string): string {
	const mask = netmask.split('.').map(Number);
	return ip
		.split('.')
		.map((part, index) => Number(part) & (mask[index] ?? 0))
		.join('.');
}
