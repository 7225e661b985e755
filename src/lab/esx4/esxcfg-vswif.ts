import {type Flag, readArguments, row} from '../esxi/command.js';
import type {LinuxNic} from '../linux/linux-host.js';
import {broadcastOf, changeNic, findNic} from '../linux/network.js';
import {isIpv4, switchOfPortGroup} from '../world/network.js';
import {type Answer, type Question, refused} from './command.js';
import {consoleOf, type Esx4Host, vmkernelOf, withConsole} from './esx4-host.js';

const flags: readonly Flag[] = [
	{letter: 'a', long: 'add', takes: false},
	{letter: 'd', long: 'del', takes: false},
	{letter: 'l', long: 'list', takes: false},
	{letter: 'e', long: 'enable', takes: false},
	{letter: 's', long: 'disable', takes: false},
	{letter: 'p', long: 'portgroup', takes: true},
	{letter: 'i', long: 'ip', takes: true},
	{letter: 'n', long: 'netmask', takes: true},
	{letter: 'c', long: 'check', takes: true},
	{letter: 'h', long: 'help', takes: false},
];

const usage = `esxcfg-vswif <options> [<vswif>]
-a|--add                Add vswif, requires IP parameters.
-d|--del                Delete vswif.
-l|--list               List configured vswifs.
-e|--enable             Enable this vswif interface.
-s|--disable            Disable this vswif interface.
-p|--portgroup          Set the portgroup name of the vswif.
-i|--ip=<A.B.C.D>       The IP address for this vswif.
-n|--netmask=<A.B.C.D>  The IP netmask for this vswif.
-c|--check              Check to see if a virtual NIC exists.
-h|--help               Show this message.
`;

/** The service console's own NICs: `esxcfg-vswif -a vswif1 -p "Service Console 2" -i 10.0.1.1 -n 255.255.255.0`. */
export function esxcfgVswif({args, host, user}: Question): Answer {
	const read = readArguments('esxcfg-vswif', args, flags);
	if ('wrong' in read) {
		return {err: `${read.wrong}\n${usage}`, status: 1};
	}

	const {options, rest} = read;
	const console = consoleOf(host);
	const checked = options.get('check');
	if (options.has('list')) {
		return {out: listing(host)};
	}

	if (checked !== undefined) {
		return {out: findNic(console, checked) === undefined ? '0\n' : '1\n'};
	}

	const [name = ''] = rest;
	if (!/^vswif\d+$/.test(name)) {
		return options.has('help') ? {out: usage} : {err: usage, status: 1};
	}

	if (user !== 'root') {
		return refused('You must be root to run this command.');
	}

	if (options.has('add')) {
		return add(host, name, options);
	}

	const nic = findNic(console, name);
	if (nic === undefined) {
		return refused(`Error: could not find vswif: ${name}`);
	}

	if (options.has('del')) {
		return {host: withConsole(host, {...console, nics: console.nics.filter(each => each !== nic)})};
	}

	const up = options.has('enable') ? true : options.has('disable') ? false : undefined;
	return up === undefined ? {err: usage, status: 1} : {host: withConsole(host, changeNic(console, name, {up}))};
}

function add(host: Esx4Host, name: string, options: ReadonlyMap<string, string>): Answer {
	const [portGroup = '', ip = '', netmask = ''] = ['portgroup', 'ip', 'netmask'].map(option => options.get(option));
	const console = consoleOf(host);
	const prefix = prefixOf(netmask);
	if (!isIpv4(ip) || prefix === undefined) {
		return refused(`Error: invalid IP address or netmask: ${ip} ${netmask}`);
	}

	if (switchOfPortGroup(vmkernelOf(host), portGroup) === undefined) {
		return refused(`Error: could not find portgroup: ${portGroup}`);
	}

	if (findNic(console, name) !== undefined) {
		return refused(`Error: vswif already exists: ${name}`);
	}

	if (host.vmkernel.config.vmknics.some(vmknic => vmknic.ip === ip) || addressesOf(host).includes(ip)) {
		return refused(`Error: IP address is already in use: ${ip}`);
	}

	return {
		host: withConsole(host, {
			...console,
			nics: [...console.nics, consoleNic(host, name, portGroup, `${ip}/${prefix}`)],
		}),
	};
}

/** A NIC of the console as it is made; its MAC follows the host's first NIC, so that no two hosts share one. */
export function consoleNic({vmkernel}: Esx4Host, name: string, portGroup: string, withPrefix: string): LinuxNic {
	const number = Number(name.replace('vswif', ''));
	return {
		name,
		mac: `00:50:56:4${number % 10}:${vmkernel.nics[0]?.mac.slice(-5) ?? '00:00'}`,
		network: portGroup,
		plugged: true,
		up: true,
		addresses: [withPrefix],
		connection: {addresses: [withPrefix], gateway: '', autoconnect: true},
	};
}

function addressesOf(host: Esx4Host): readonly string[] {
	return consoleOf(host).nics.flatMap(({addresses}) => addresses.map(address => address.split('/')[0] ?? ''));
}

/** Undefined: no netmask. */
function prefixOf(netmask: string): number | undefined {
	const bits = isIpv4(netmask)
		? netmask
				.split('.')
				.map(part => Number(part).toString(2).padStart(8, '0'))
				.join('')
		: '';
	return /^1+0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

function netmaskOf(prefix: number): string {
	return [0, 8, 16, 24].map(at => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - at)))).join('.');
}

function listing(host: Esx4Host): string {
	const widths = [9, 20, 17, 16, 16, 10, 10];
	const rows = consoleOf(host).nics.map(({name, network, addresses: [address = ''], up}) => [
		name,
		network,
		address.split('/')[0] ?? '',
		netmaskOf(Number(address.split('/')[1])),
		broadcastOf(address),
		up,
		'STATIC',
	]);
	const header = ['Name', 'Port Group', 'IP Address', 'Netmask', 'Broadcast', 'Enabled', 'TYPE'];
	return [header, ...rows].map(cells => `${row(widths, cells).trimEnd()}\n`).join('');
}
