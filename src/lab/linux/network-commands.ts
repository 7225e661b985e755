import type {CommandIo, LabCommand} from '../host.js';
import {isIpv4} from '../world/network.js';
import {type Answer, command, type Question, refused, type Surroundings} from './command.js';
import type {LinuxHost, LinuxNic} from './linux-host.js';
import {bringUp, broadcastOf, changeNic, findNic, isInSubnet, linkIsUp, subnetOf} from './network.js';

export function networkCommands(surroundings: Surroundings): readonly LabCommand[] {
	return [
		command(surroundings, 'ip', 20, question => ip(question, surroundings)),
		command(surroundings, 'nmcli', 200, nmcli),
		ping(surroundings),
	];
}

/** `ip [-4|-br|-o] addr|link|route [show] [dev NIC]`, `ip link set NIC up|down`, `ip addr add|del ADDRESS/PREFIX dev NIC`. */
function ip({args, host, user}: Question, surroundings: Surroundings): Answer {
	const options = args.filter(word => word.startsWith('-'));
	const [object = '', ...words] = args.filter(word => !word.startsWith('-'));
	const [verb = 'show', ...rest] = words;
	const name = rest.filter(word => word !== 'dev').at(-1) ?? '';
	const shows = ['show', 'list', 's', 'ls', 'l'].includes(verb);
	const isObject = (...names: readonly string[]) => names.some(each => each.startsWith(object) && object !== '');
	if (!isObject('address', 'addr', 'link', 'route')) {
		return refused(`Object "${object}" is unknown, try "ip help".`);
	}

	if (shows && isObject('route')) {
		return {out: routes(host)};
	}

	if (shows) {
		const nics = name === '' || name === 'up' ? host.nics : host.nics.filter(nic => nic.name === name);
		if (nics.length === 0 && name !== 'lo') {
			return refused(`Device "${name}" does not exist.`);
		}

		const addresses = isObject('address', 'addr');
		const shown = name === '' || name === 'lo' ? [loopback(addresses, options)] : [];
		return {out: [...shown, ...nics.map(nic => drawNic(nic, host, addresses, options, surroundings))].join('')};
	}

	const nic = findNic(
		host,
		verb === 'set' ? (rest.find(word => word !== 'dev' && word !== 'up' && word !== 'down') ?? '') : name,
	);
	if (nic === undefined) {
		return refused(`Cannot find device "${name}"`);
	}

	if (user !== 'root') {
		return refused('RTNETLINK answers: Operation not permitted', 2);
	}

	const [address = ''] = rest;
	switch (verb) {
		case 'set':
			return {host: changeNic(host, nic.name, {up: !rest.includes('down')})};
		case 'add':
			return nic.addresses.includes(address)
				? refused('RTNETLINK answers: File exists', 2)
				: {host: changeNic(host, nic.name, {addresses: [...nic.addresses, address]})};
		case 'del':
		case 'delete':
			return nic.addresses.includes(address)
				? {host: changeNic(host, nic.name, {addresses: nic.addresses.filter(each => each !== address)})}
				: refused('RTNETLINK answers: Cannot assign requested address', 2);
		case 'flush':
			return {host: changeNic(host, nic.name, {addresses: []})};
		default:
			return refused(`Command "${verb}" is unknown, try "ip ${object} help".`);
	}
}

function loopback(addresses: boolean, options: readonly string[]): string {
	if (options.includes('-br') || options.includes('-brief')) {
		return `${'lo'.padEnd(17)}UNKNOWN        ${addresses ? '127.0.0.1/8 ' : '00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> '}\n`;
	}

	const inet = '    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n';
	return `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
${addresses ? inet : ''}`;
}

function drawNic(
	nic: LinuxNic,
	host: LinuxHost,
	withAddresses: boolean,
	options: readonly string[],
	surroundings: Surroundings,
): string {
	const state = linkIsUp(nic) ? 'UP' : 'DOWN';
	const flags = [
		'BROADCAST',
		'MULTICAST',
		...(nic.up && !nic.plugged ? ['NO-CARRIER'] : []),
		...(nic.up ? ['UP'] : []),
		...(linkIsUp(nic) ? ['LOWER_UP'] : []),
	];
	const floating = surroundings
		.floating()
		.filter(address => nic.addresses.some(own => isInSubnet(own, address)))
		.map(address => `${address}/24`);
	const addresses = [...nic.addresses, ...floating];
	if (options.includes('-br') || options.includes('-brief')) {
		return `${nic.name.padEnd(17)}${state.padEnd(15)}${withAddresses ? addresses.join(' ') : `${nic.mac} <${flags.join(',')}>`} \n`;
	}

	const number = host.nics.indexOf(nic) + 2;
	const inet = addresses.map((address, index) => {
		const kind = floating.includes(address) || index > 0 ? 'scope global secondary' : 'scope global noprefixroute';
		return `    inet ${address} brd ${broadcastOf(address)} ${kind} ${nic.name}\n       valid_lft forever preferred_lft forever\n`;
	});
	if (options.includes('-o') || options.includes('-oneline')) {
		return withAddresses
			? addresses
					.map(
						address =>
							`${number}: ${nic.name}    inet ${address} brd ${broadcastOf(address)} scope global ${nic.name}\\       valid_lft forever preferred_lft forever\n`,
					)
					.join('')
			: `${number}: ${nic.name}: <${flags.join(',')}> mtu 1500 qdisc mq state ${state} mode DEFAULT group default qlen 1000\\    link/ether ${nic.mac} brd ff:ff:ff:ff:ff:ff\n`;
	}

	return `${number}: ${nic.name}: <${flags.join(',')}> mtu 1500 qdisc mq state ${state} group default qlen 1000
    link/ether ${nic.mac} brd ff:ff:ff:ff:ff:ff
${withAddresses ? inet.join('') : ''}`;
}

function routes(host: LinuxHost): string {
	const [gateway] = host.nics.filter(nic => linkIsUp(nic) && nic.connection.gateway !== '');
	const lines = host.nics.flatMap((nic, index) =>
		linkIsUp(nic)
			? nic.addresses.map(
					address =>
						`${subnetOf(address)} dev ${nic.name} proto kernel scope link src ${address.split('/')[0]} metric ${100 + index}\n`,
				)
			: [],
	);
	return [
		...(gateway === undefined
			? []
			: [`default via ${gateway.connection.gateway} dev ${gateway.name} proto static metric 100\n`]),
		...lines,
	].join('');
}

/** `nmcli c show`, `c modify NAME KEY VALUE …`, `c up|down NAME`, `d status`. A connection is called as its NIC. */
function nmcli({args, host, user}: Question): Answer {
	const words = args.filter(word => !word.startsWith('-'));
	const [object = '', verb = 'show', name = '', ...settings] = words;
	if ('device'.startsWith(object) && object !== '') {
		return {out: devices(host)};
	}

	if (!('connection'.startsWith(object) && object !== '')) {
		return refused(`Error: argument '${object}' not understood. Try passing --help instead.`, 2);
	}

	const nic = findNic(host, name === 'id' ? (settings.shift() ?? '') : name);
	if ('show'.startsWith(verb) && name === '') {
		return {out: connections(host)};
	}

	if (nic === undefined) {
		return refused(`Error: ${name === '' ? '<id> argument missing' : `unknown connection '${name}'`}.`, 10);
	}

	if ('show'.startsWith(verb)) {
		return {out: properties(nic)};
	}

	if (user !== 'root') {
		return refused('Error: Failed to modify connection: Insufficient privileges', 1);
	}

	switch (verb) {
		case 'up':
			return {host: bringUp(host, nic.name), out: 'Connection successfully activated\n'};
		case 'down':
			return {host: changeNic(host, nic.name, {up: false}), out: `Connection '${nic.name}' successfully deactivated\n`};
		default:
			return 'modify'.startsWith(verb)
				? modify(host, nic, settings)
				: refused(`Error: argument '${verb}' not understood.`, 2);
	}
}

function modify(host: LinuxHost, nic: LinuxNic, settings: readonly string[]): Answer {
	let {connection} = nic;
	for (let at = 0; at < settings.length; at += 2) {
		const [key = '', value = ''] = settings.slice(at, at + 2);
		switch (key) {
			case 'ipv4.addresses':
			case 'ip4':
				if (!value.split(',').every(each => isIpv4(each.trim().split('/')[0] ?? ''))) {
					return refused(
						`Error: failed to modify ipv4.addresses: invalid IP address: Invalid IPv4 address '${value}'.`,
						2,
					);
				}

				connection = {
					...connection,
					addresses: value.split(',').map(each => (each.includes('/') ? each.trim() : `${each.trim()}/32`)),
				};
				break;
			case 'ipv4.gateway':
			case 'gw4':
				connection = {...connection, gateway: value};
				break;
			case 'connection.autoconnect':
			case 'autoconnect':
				connection = {...connection, autoconnect: value === 'yes' || value === 'true'};
				break;
			default:
				if (!/^(ipv4|ipv6|connection|802-3-ethernet|ethernet)\.[a-z0-9-]+$/.test(key)) {
					return refused(`Error: invalid <setting>.<property> '${key}'.`, 2);
				}
		}
	}

	return {host: changeNic(host, nic.name, {connection})};
}

function devices(host: LinuxHost): string {
	const rows = host.nics.map(nic => [
		nic.name,
		'ethernet',
		nic.plugged ? (nic.up ? 'connected' : 'disconnected') : 'unavailable',
		linkIsUp(nic) ? nic.name : '--',
	]);
	return table([['DEVICE', 'TYPE', 'STATE', 'CONNECTION'], ...rows, ['lo', 'loopback', 'unmanaged', '--']]);
}

function connections(host: LinuxHost): string {
	const rows = host.nics.map((nic, index) => [
		nic.name,
		`5a1c0e${index}2-6f0b-4c1d-9a2e-0050568${index}0000`,
		'ethernet',
		linkIsUp(nic) ? nic.name : '--',
	]);
	return table([['NAME', 'UUID', 'TYPE', 'DEVICE'], ...rows]);
}

function properties({name, connection}: LinuxNic): string {
	const lines = [
		['connection.id:', name],
		['connection.interface-name:', name],
		['connection.autoconnect:', connection.autoconnect ? 'yes' : 'no'],
		['ipv4.method:', 'manual'],
		['ipv4.addresses:', connection.addresses.join(', ') || '--'],
		['ipv4.gateway:', connection.gateway || '--'],
	];
	return lines.map(([key = '', value = '']) => `${key.padEnd(40)}${value}\n`).join('');
}

function table(rows: readonly (readonly string[])[]): string {
	const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
	return rows
		.map(
			row =>
				`${row
					.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
					.join('')
					.trimEnd()}\n`,
		)
		.join('');
}

/** As iputils has it: a packet a second, for ever unless `-c` says how many; exit 1 when none came back. */
function ping(surroundings: Surroundings): LabCommand {
	return {
		name: 'ping',
		async run(args, io) {
			const {count, wait, quiet, target, wrong} = readPing(args);
			if (wrong !== undefined) {
				io.err(`${wrong}\n`);
				return wrong.startsWith('ping:') ? 2 : 1;
			}

			const address = isIpv4(target) ? target : await resolve(target, io);
			if (address === undefined) {
				io.err(`ping: ${target}: Name or service not known\n`);
				return 2;
			}

			if (!isRoutable(surroundings.host(), address)) {
				io.err('connect: Network is unreachable\n');
				return 2;
			}

			io.out(`PING ${target} (${address}) 56(84) bytes of data.\n`);
			const begun = io.now();
			const times: number[] = [];
			for (let sequence = 1; sequence <= count; sequence += 1) {
				if (sequence > 1) {
					await io.sleep(1_000);
				}

				if (answers(surroundings, address)) {
					const time = 0.212 + ((sequence * 37) % 90) / 1000;
					times.push(time);
					io.out(quiet ? '' : `64 bytes from ${address}: icmp_seq=${sequence} ttl=64 time=${time.toFixed(3)} ms\n`);
				}
			}

			// The last packet is waited for if it does not come
			await io.sleep(times.length === count ? 1 : wait);
			io.out(statistics(target, count, times, io.now() - begun));
			return times.length > 0 ? 0 : 1;
		},
	};
}

type PingWords = {
	readonly count: number;
	readonly wait: number;
	readonly quiet: boolean;
	readonly target: string;
	readonly wrong: string | undefined;
};

function readPing(args: readonly string[]): PingWords {
	const valued = ['-c', '-W', '-w', '-i', '-I', '-s', '-t'];
	const values = new Map<string, string>();
	const targets: string[] = [];
	let quiet = false;
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		const option = word.slice(0, 2);
		if (valued.includes(option)) {
			at += word.length > 2 ? 0 : 1;
			values.set(option, word.length > 2 ? word.slice(2) : (args[at] ?? ''));
		} else if (word.startsWith('-')) {
			quiet ||= word.includes('q');
		} else {
			targets.push(word);
		}
	}

	const count = Number(values.get('-c') ?? Number.POSITIVE_INFINITY);
	const wait = Number(values.get('-W') ?? 10) * 1000;
	const [target = ''] = targets;
	return {
		count,
		wait: Number.isNaN(wait) ? 10_000 : wait,
		quiet,
		target,
		wrong:
			target === ''
				? 'ping: usage error: Destination address required'
				: Number.isNaN(count)
					? `ping: invalid argument: '${values.get('-c')}'`
					: undefined,
	};
}

async function resolve(name: string, io: CommandIo): Promise<string | undefined> {
	const lines = (await io.fs.readFile('/etc/hosts').catch(() => '')).split('\n');
	const found = lines
		.map(line => line.replace(/#.*/, '').trim().split(/\s+/))
		.find(([, ...names]) => names.includes(name));
	return found?.[0];
}

function isRoutable(host: LinuxHost, address: string): boolean {
	return (
		address.startsWith('127.') ||
		host.nics.some(
			nic => nic.up && (nic.connection.gateway !== '' || nic.addresses.some(own => isInSubnet(own, address))),
		)
	);
}

function answers(surroundings: Surroundings, address: string): boolean {
	const host = surroundings.host();
	const own = [
		...host.nics.flatMap(({addresses}) => addresses.map(each => each.split('/')[0])),
		...surroundings.floating(),
	];
	return (
		address.startsWith('127.') ||
		own.includes(address) ||
		host.nics
			.filter(nic => nic.addresses.some(each => isInSubnet(each, address)))
			.some(nic => surroundings.neighbourhood.answers(address, surroundings.networksOf(nic)))
	);
}

function statistics(target: string, sent: number, times: readonly number[], tookMs: number): string {
	const lost = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100);
	const mean = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
	const summary = [Math.min(...times), mean, Math.max(...times), 0.021].map(time => time.toFixed(3)).join('/');
	return [
		'',
		`--- ${target} ping statistics ---`,
		`${sent} packets transmitted, ${times.length} received, ${lost}% packet loss, time ${tookMs}ms`,
		...(times.length > 0 ? [`rtt min/avg/max/mdev = ${summary} ms`] : ['']),
		'',
	].join('\n');
}
