import type {EsxiHost, Fault, VirtualSwitch} from '../world/esxi-host.js';
import {
	addPortGroup,
	addSwitch,
	addUplink,
	findSwitch,
	removePortGroup,
	removeSwitch,
	removeUplink,
	setMtu,
	setVlan,
	switchOfPortGroup,
	vmknicOn,
} from '../world/network.js';
import {type Answer, type Flag, type Question, readArguments, row} from './command.js';
import {refusal} from './refusals.js';

const flags: readonly Flag[] = [
	{letter: 'a', long: 'add', takes: false},
	{letter: 'd', long: 'delete', takes: false},
	{letter: 'l', long: 'list', takes: false},
	{letter: 'L', long: 'link', takes: true},
	{letter: 'U', long: 'unlink', takes: true},
	{letter: 'A', long: 'add-pg', takes: true},
	{letter: 'D', long: 'del-pg', takes: true},
	{letter: 'C', long: 'check-pg', takes: true},
	{letter: 'c', long: 'check', takes: false},
	{letter: 'p', long: 'pg', takes: true},
	{letter: 'v', long: 'vlan', takes: true},
	{letter: 'm', long: 'mtu', takes: true},
	{letter: 'h', long: 'help', takes: false},
];

const usage = `esxcfg-vswitch [options] [vswitch[:ports]]
  -a|--add                      Add a virtual switch.
  -d|--delete                   Delete a virtual switch.
  -l|--list                     List the virtual switches.
  -L|--link=pnic                Make a physical NIC an uplink.
  -U|--unlink=pnic              Remove an uplink.
  -p|--pg=portgroup             The port group that --vlan is for.
  -v|--vlan=id                  Set a port group's VLAN ID; 0 is none.
  -c|--check                    Print 1 if the virtual switch exists, 0 otherwise.
  -A|--add-pg=name              Add a port group.
  -D|--del-pg=name              Delete a port group.
  -C|--check-pg=name            Print 1 if the port group exists, 0 otherwise.
  -m|--mtu=MTU                  Set the MTU.
  -h|--help                     Show this message.
`;

/** `esxcfg-vswitch`: prints nothing when it has changed something. */
export function esxcfgVswitch({args, host}: Question): Answer {
	const read = readArguments('esxcfg-vswitch', args, flags);
	if ('wrong' in read) {
		return {err: `${read.wrong}\n${usage}`, status: 1};
	}

	const {options, rest} = read;
	if (options.has('list')) {
		return {out: host.config.switches.map(found => listing(host, found)).join('')};
	}

	const portGroup = options.get('check-pg');
	if (portGroup !== undefined) {
		return {out: switchOfPortGroup(host, portGroup) ? '1\n' : '0\n'};
	}

	// `vSwitch1:128` asks for a number of ports, which has had no effect since ESXi 5.5.
	const name = rest[0]?.split(':')[0];
	if (options.has('help') || name === undefined) {
		return options.has('help') ? {out: usage} : {err: usage, status: 1};
	}

	if (options.has('check')) {
		return {out: findSwitch(host, name) ? '1\n' : '0\n'};
	}

	const changed = change(host, name, options);
	if (!changed) {
		return {err: usage, status: 1};
	}

	return changed.kind === 'fault' ? {err: `${refusal(changed)}\n`, status: 1} : {host: changed};
}

function change(host: EsxiHost, name: string, options: ReadonlyMap<string, string>): EsxiHost | Fault | undefined {
	if (options.has('add')) {
		return addSwitch(host, name);
	}

	if (options.has('delete')) {
		return removeSwitch(host, name);
	}

	const group = options.get('pg');
	const vlan = options.get('vlan');
	if (group !== undefined && vlan !== undefined) {
		return setVlan(host, group, Number(vlan));
	}

	const mtu = options.get('mtu');
	if (mtu !== undefined) {
		return setMtu(host, name, Number(mtu));
	}

	for (const [option, apply] of Object.entries({
		link: addUplink,
		unlink: removeUplink,
		'add-pg': addPortGroup,
		'del-pg': removePortGroup,
	})) {
		const value = options.get(option);
		if (value !== undefined) {
			return apply(host, name, value);
		}
	}

	return undefined;
}

/** A host-wide figure, not the switch's own. */
export const NUM_PORTS = 2560;

/** One port for the switch, two for each uplink, one for each active client. */
export function usedPorts(host: EsxiHost, {uplinks, portGroups}: VirtualSwitch): number {
	return 1 + 2 * uplinks.length + portGroups.filter(({name}) => vmknicOn(host, name)).length;
}

function listing(host: EsxiHost, found: VirtualSwitch): string {
	const switchWidths = [17, 12, 12, 18, 8, 10];
	const groupWidths = [host.version === '6.7' ? 22 : 42, 9, 12, 10];
	const uplinks = found.uplinks.join(',');
	const lines = [
		row(switchWidths, ['Switch Name', 'Num Ports', 'Used Ports', 'Configured Ports', 'MTU', 'Uplinks']),
		row(switchWidths, [found.name, NUM_PORTS, usedPorts(host, found), 128, found.mtu, ...nonEmpty(uplinks)]),
		'',
		`  ${row(groupWidths, ['PortGroup Name', 'VLAN ID', 'Used Ports', 'Uplinks'])}`,
		...found.portGroups.map(
			({name, vlan}) => `  ${row(groupWidths, [name, vlan, vmknicOn(host, name) ? 1 : 0, ...nonEmpty(uplinks)])}`,
		),
		'',
	];
	return `${lines.join('\n')}\n`;
}

function nonEmpty(text: string): readonly string[] {
	return text === '' ? [] : [text];
}
