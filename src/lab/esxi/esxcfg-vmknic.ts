import type {EsxiHost, VmkernelNic} from '../world/esxi-host.js';
import {addVmknic, broadcastOf, removeVmknic} from '../world/network.js';
import {type Answer, type Flag, type Question, readArguments, row} from './command.js';
import {refusal} from './refusals.js';

const flags: readonly Flag[] = [
	{letter: 'a', long: 'add', takes: false},
	{letter: 'd', long: 'del', takes: false},
	{letter: 'l', long: 'list', takes: false},
	{letter: 'i', long: 'ip', takes: true},
	{letter: 'n', long: 'netmask', takes: true},
	{letter: 'p', long: 'portgroup', takes: true},
	{letter: 'h', long: 'help', takes: false},
];

const usage = `esxcfg-vmknic [options] [portgroup]
  -a|--add                      Add a VMkernel NIC; wants --ip, --netmask and a port group.
  -d|--del                      Delete the VMkernel NIC of a port group.
  -l|--list                     List the VMkernel NICs.
  -i|--ip=address               Its IPv4 address.
  -n|--netmask=mask             Its netmask.
  -p|--portgroup=name           The same as the port group at the end.
  -h|--help                     Show this message.
`;

/** `esxcfg-vmknic`: works on the VMkernel behind hostd's back, which learns of it when it starts next. */
export function esxcfgVmknic({args, host}: Question): Answer {
	const read = readArguments('esxcfg-vmknic', args, flags);
	if ('wrong' in read) {
		return {err: `${read.wrong}\n${usage}`, status: 1};
	}

	const {options, rest} = read;
	if (options.has('list')) {
		return {out: listing(host)};
	}

	const portGroup = options.get('portgroup') ?? rest[0];
	if (options.has('add') && portGroup !== undefined) {
		const changed = addVmknic(host, portGroup, options.get('ip') ?? '', options.get('netmask') ?? '');
		return changed.kind === 'fault' ? {err: `${refusal(changed)}\n`, status: 1} : {host: changed};
	}

	if (options.has('del') && portGroup !== undefined) {
		const changed = removeVmknic(host, portGroup);
		return changed.kind === 'fault' ? {err: `${refusal(changed)}\n`, status: 1} : {host: changed};
	}

	return options.has('help') ? {out: usage} : {err: usage, status: 1};
}

function listing(host: EsxiHost): string {
	const widths = [11, 40, 10, 40, 16, 16, 18, 8, 10, 8, 20, 20];
	const header = [
		'Interface',
		'Port Group/DVPort/Opaque Network',
		'IP Family',
		'IP Address',
		'Netmask',
		'Broadcast',
		'MAC Address',
		'MTU',
		'TSO MSS',
		'Enabled',
		'Type',
		'NetStack',
	];
	const rows = host.config.vmknics.flatMap(nic => {
		const ends = [nic.mac, nic.mtu, 65535, true];
		const ipv4 = [nic.ip, nic.netmask, broadcastOf(nic), ...ends, 'STATIC'];
		const ipv6 = [linkLocal(nic), '64', '', ...ends, 'STATIC, PREFERRED'];
		return [
			[nic.name, nic.portGroup, 'IPv4', ...ipv4, 'defaultTcpipStack'],
			[nic.name, nic.portGroup, 'IPv6', ...ipv6, 'defaultTcpipStack'],
		];
	});
	return [header, ...rows].map(cells => `${row(widths, cells)}\n`).join('');
}

/** The modified EUI-64 address. Source: RFC 4291, appendix A. */
function linkLocal({mac}: VmkernelNic): string {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map(byte => Number.parseInt(byte, 16));
	const groups = [
		[a ^ 2, b],
		[c, 0xff],
		[0xfe, d],
		[e, f],
	].map(([high = 0, low = 0]) => ((high << 8) | low).toString(16));
	return `fe80::${groups.join(':')}`;
}
