import {changeAdapter, findAdapter, isCalled, networkOf} from '../adapters.js';
import type {Adapter, WindowsHost} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import type {PsObject} from '../powershell/value.js';
import {toNumber, toText, type Value} from '../powershell/value.js';
import {given, instance, isNamed, isPattern, noInstance, tellNoInstance} from './asking.js';

/** Network adapters of the host and their addresses. */
export const networkCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-NetAdapter',
		parameters: 'Name -Physical! -IncludeHidden!',
		async run(call) {
			const found = adapterRows(call.shell.process.host).filter(
				({adapter}) =>
					isNamed(call, 'Name', adapter.alias) && !(call.flag('Physical') && adapter.onSwitch !== undefined),
			);
			const [asked = ''] = call.texts('Name');
			if (found.length === 0 && call.has('Name') && !isPattern(asked)) {
				await tellNoInstance(call, 'MSFT_NetAdapter', 'Name', asked);
			}
			for (const row of found) {
				await call.emit(adapterObject(call.shell.process.host, row));
			}
		},
	},
	{
		name: 'Rename-NetAdapter',
		parameters: 'Name NewName -InputObject -PassThru!',
		async run(call) {
			const {process} = call.shell;
			const adapter = adapterAsked(call, 'Name');
			const alias = call.text('NewName') ?? '';
			if (process.host.adapters.some(other => other !== adapter && isCalled(other.alias, alias))) {
				throw call.failure(
					'{Object Exists} An attempt was made to create an object and the object name already existed.',
					{
						category: 'NotSpecified',
						id: 'Windows System Error 5010,Rename-NetAdapter',
						exception: 'CimException',
					},
				);
			}
			const renamed = changeAdapter(process.host, adapter.alias, {alias});
			const switches = renamed.switches.map(each => (each.uplink === adapter.alias ? {...each, uplink: alias} : each));
			process.change({...renamed, switches});
		},
	},
	{name: 'Get-NetIPAddress', parameters: 'IPAddress -InterfaceAlias -InterfaceIndex -AddressFamily', run: getAddresses},
	{
		name: 'New-NetIPAddress',
		parameters: 'IPAddress -InterfaceAlias -InterfaceIndex -PrefixLength -DefaultGateway -AddressFamily',
		run: newAddress,
	},
	{
		name: 'Remove-NetIPAddress',
		parameters: 'IPAddress -InterfaceAlias -AddressFamily -InputObject',
		async run(call) {
			const {process} = call.shell;
			const asked = [...call.texts('IPAddress'), ...given(call, 'IPAddress').map(toText)];
			const found = process.host.adapters.filter(
				({alias, ip}) =>
					ip !== '' && isNamed(call, 'InterfaceAlias', alias) && (asked.length === 0 || asked.includes(ip)),
			);
			if (found.length === 0) {
				throw noInstance(call, 'MSFT_NetIPAddress', 'IPAddress', asked[0] ?? '');
			}
			process.change(found.reduce((host, {alias}) => changeAdapter(host, alias, {ip: '', gateway: ''}), process.host));
		},
	},
	{
		name: 'Set-DnsClientServerAddress',
		parameters: 'InterfaceAlias ServerAddresses -InterfaceIndex -ResetServerAddresses! -InputObject',
		async run(call) {
			const {process} = call.shell;
			const adapter = adapterAsked(call, 'InterfaceAlias');
			const dns = call.flag('ResetServerAddresses') ? [] : [...call.texts('ServerAddresses')];
			process.change(changeAdapter(process.host, adapter.alias, {dns}));
		},
	},
	{
		name: 'Get-DnsClientServerAddress',
		parameters: 'InterfaceAlias -AddressFamily',
		async run(call) {
			for (const {adapter, index} of adapterRows(call.shell.process.host)) {
				if (isNamed(call, 'InterfaceAlias', adapter.alias) && adapter.ip !== '') {
					await call.emit(
						instance('MSFT_DNSClientServerAddress', {
							InterfaceAlias: adapter.alias,
							InterfaceIndex: index,
							AddressFamily: 'IPv4',
							ServerAddresses: adapter.dns,
						}),
					);
				}
			}
		},
	},
];

type AdapterRow = {readonly adapter: Adapter; readonly index: number};

/** With the numbers by which Windows knows them. */
function adapterRows({adapters}: WindowsHost): readonly AdapterRow[] {
	return adapters.map((adapter, index) => ({adapter, index: index + 4}));
}

/** As `Get-NetAdapter` and `Get-VMSwitch` call a card. */
export function descriptionOf({adapters}: WindowsHost, adapter: Adapter): string {
	const physical = adapters.filter(({onSwitch}) => onSwitch === undefined);
	const virtual = adapters.filter(({onSwitch}) => onSwitch !== undefined);
	const [name, others] =
		adapter.onSwitch === undefined
			? ['Intel(R) Ethernet Server Adapter I350-T4', physical]
			: ['Hyper-V Virtual Ethernet Adapter', virtual];
	const number = others.findIndex(({alias}) => alias === adapter.alias) + 1;
	return number < 2 ? name : `${name} #${number}`;
}

function adapterObject(host: WindowsHost, {adapter, index}: AdapterRow): PsObject {
	const isUp = networkOf(host, adapter) !== undefined;
	return instance('MSFT_NetAdapter', {
		Name: adapter.alias,
		InterfaceDescription: descriptionOf(host, adapter),
		ifIndex: index,
		InterfaceAlias: adapter.alias,
		InterfaceIndex: index,
		Status: isUp ? 'Up' : 'Disconnected',
		MacAddress: adapter.mac,
		LinkSpeed: isUp ? (adapter.onSwitch === undefined ? '1 Gbps' : '10 Gbps') : '0 bps',
		Virtual: adapter.onSwitch !== undefined,
	});
}

/** The one that is named, numbered or came through the pipeline. Ends the statement where there is none. */
function adapterAsked(call: Call, parameter: string): Adapter {
	const {host} = call.shell.process;
	const number = call.value('InterfaceIndex');
	const name = call.text(parameter) ?? toText(given(call, 'InterfaceAlias')[0] ?? null);
	const found =
		number === undefined
			? findAdapter(host, name)
			: adapterRows(host).find(({index}) => index === toNumber(number))?.adapter;
	if (found === undefined) {
		throw noInstance(call, 'MSFT_NetAdapter', parameter, number === undefined ? name : toText(number));
	}
	return found;
}

async function getAddresses(call: Call): Promise<void> {
	const {process} = call.shell;
	const isIpv6 = /^ipv6$/i.test(call.text('AddressFamily') ?? '');
	const floating = process.floating().map(ip => {
		const carrier = process.host.adapters.find(adapter => adapter.ip.replace(/\d+$/, '') === ip.replace(/\d+$/, ''));
		return {alias: carrier?.alias ?? '', ip, prefix: 24, index: 0};
	});
	const all = [
		...adapterRows(process.host).map(({adapter: {alias, ip, prefix}, index}) => ({alias, ip, prefix, index})),
		...floating,
		{alias: 'Loopback Pseudo-Interface 1', ip: '127.0.0.1', prefix: 8, index: 1},
	];
	const found = all.filter(
		({alias, ip}) => ip !== '' && !isIpv6 && isNamed(call, 'InterfaceAlias', alias) && isNamed(call, 'IPAddress', ip),
	);
	if (found.length === 0 && (call.has('IPAddress') || call.has('InterfaceAlias'))) {
		await call.error(
			'No matching MSFT_NetIPAddress objects found by CIM query for instances of the ROOT/StandardCimv2/MSFT_NetIPAddress class on the CIM server.',
			{
				category: 'ObjectNotFound',
				target: '(MSFT_NetIPAddress:String)',
				id: 'CmdletizationQuery_NotFound,Get-NetIPAddress',
				exception: 'CimJobException',
			},
		);
	}
	for (const row of found) {
		await call.emit(addressObject(row));
	}
}

function addressObject({
	alias,
	ip,
	prefix,
	index,
}: {
	readonly alias: string;
	readonly ip: string;
	readonly prefix: number;
	readonly index: number;
}): Value {
	return instance('MSFT_NetIPAddress', {
		IPAddress: ip,
		InterfaceIndex: index,
		InterfaceAlias: alias,
		AddressFamily: 'IPv4',
		PrefixLength: prefix,
		AddressState: 'Preferred',
	});
}

/** An adapter of the lab has one address: a second one takes the place of the first. */
async function newAddress(call: Call): Promise<void> {
	const {process} = call.shell;
	const adapter = adapterAsked(call, 'InterfaceAlias');
	const ip = call.text('IPAddress') ?? '';
	const prefix = toNumber(call.value('PrefixLength') ?? 32);
	if (process.host.adapters.some(each => each.ip === ip)) {
		throw call.failure('Instance MSFT_NetIPAddress already exists', {
			category: 'InvalidArgument',
			target: '(MSFT_NetIPAddress:ROOT/StandardCimv2/MSFT_NetIPAddress)',
			id: 'Windows System Error 87,New-NetIPAddress',
			exception: 'CimException',
		});
	}
	const gateway = call.text('DefaultGateway') ?? adapter.gateway;
	process.change(changeAdapter(process.host, adapter.alias, {ip, prefix, gateway}));
	const index = adapterRows(process.host).find(row => row.adapter.alias === adapter.alias)?.index ?? 0;
	await call.emit(addressObject({alias: adapter.alias, ip, prefix, index}));
}
