import {addSwitch, findAdapter, findSwitch, removeSwitch} from '../adapters.js';
import type {Switch} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {enumerated, PsObject, toText} from '../powershell/value.js';
import {madeGuid} from '../vms.js';
import {isPattern, namesAsked, truth} from './asking.js';
import {descriptionOf} from './network.js';
import {hyperV, refused} from './vm-asking.js';

/** While a switch is put on a card, the card says nothing. */
const BINDING_MS = 5_000;

/** Virtual switches of Hyper-V. */
export const switchCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-VMSwitch',
		parameters: 'Name -SwitchType -InputObject -ComputerName',
		feature: hyperV,
		async run(call) {
			for (const each of await switchesAsked(call)) {
				await call.emit(switchObject(call, each));
			}
		},
	},
	{
		name: 'New-VMSwitch',
		parameters:
			'Name -NetAdapterName -AllowManagementOS -SwitchType -Notes -NetAdapterInterfaceDescription -ComputerName',
		feature: hyperV,
		run: newSwitch,
	},
	{
		name: 'Set-VMSwitch',
		parameters: 'Name -AllowManagementOS -NetAdapterName -Notes',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			for (const each of await switchesAsked(call)) {
				const own = process.host.adapters.some(({onSwitch}) => onSwitch === each.name);
				const wanted = truth(call, 'AllowManagementOS') ?? own;
				if (wanted !== own) {
					process.change(addSwitch(removeSwitch(process.host, each), each, wanted));
				}
			}
		},
	},
	{
		name: 'Remove-VMSwitch',
		parameters: 'Name -InputObject -Force!',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			for (const each of await switchesAsked(call)) {
				process.change(removeSwitch(process.host, each));
			}
		},
	},
];

async function switchesAsked(call: Call): Promise<readonly Switch[]> {
	const {switches} = call.shell.process.host;
	const names = namesAsked(call);
	const type = call.text('SwitchType')?.toLowerCase();
	for (const name of names.filter(each => !isPattern(each))) {
		if (!switches.some(each => wildcard(name).test(each.name))) {
			await call.error(`Hyper-V was unable to find a virtual switch with name "${name}".`, refused(call, name));
		}
	}
	return switches.filter(
		each =>
			(names.length === 0 || names.some(name => wildcard(name).test(each.name))) &&
			(type === undefined || each.type.toLowerCase() === type),
	);
}

function switchObject(call: Call, {name, type, uplink}: Switch): PsObject {
	const {host} = call.shell.process;
	const adapter = uplink === undefined ? undefined : findAdapter(host, uplink);
	return new PsObject('Microsoft.HyperV.PowerShell.VMSwitch', {
		Name: name,
		Id: madeGuid(host.name, name),
		SwitchType: enumerated(
			'Microsoft.HyperV.PowerShell.VMSwitchType',
			type,
			['Private', 'Internal', 'External'].indexOf(type),
		),
		NetAdapterInterfaceDescription: adapter === undefined ? null : descriptionOf(host, adapter),
		AllowManagementOS: host.adapters.some(({onSwitch}) => onSwitch === name),
		ComputerName: host.computerName.toUpperCase(),
	});
}

async function newSwitch(call: Call): Promise<void> {
	const {process} = call.shell;
	const name = call.text('Name') ?? '';
	const uplink = call.text('NetAdapterName');
	const adapter = uplink === undefined ? undefined : findAdapter(process.host, uplink);
	if (uplink !== undefined && (adapter === undefined || adapter.onSwitch !== undefined)) {
		throw call.failure(`The network adapter "${uplink}" was not found.`, refused(call, uplink));
	}
	const taken = process.host.switches.find(each => adapter !== undefined && each.uplink === adapter.alias);
	if (taken !== undefined || findSwitch(process.host, name) !== undefined) {
		throw call.failure(
			`Failed while adding virtual Ethernet switch connections.\nExternal Ethernet adapter '${adapter === undefined ? name : descriptionOf(process.host, adapter)}' is already bound to the Microsoft Virtual Switch protocol.`,
			{
				category: 'NotSpecified',
				id: 'OperationFailed,Microsoft.HyperV.PowerShell.Commands.NewVMSwitch',
				exception: 'VirtualizationException',
			},
		);
	}
	const asked = toText(call.value('SwitchType') ?? null).toLowerCase();
	const type = adapter !== undefined ? 'External' : asked === 'internal' ? 'Internal' : 'Private';
	const added: Switch = {name, type, ...(adapter === undefined ? {} : {uplink: adapter.alias})};
	const isShared = type === 'Internal' || (type === 'External' && (truth(call, 'AllowManagementOS') ?? true));
	const changed = addSwitch(process.host, added, isShared);
	const until = process.io.now() + BINDING_MS;
	process.change(adapter === undefined ? changed : {...changed, binding: {alias: adapter.alias, until}});
	await process.io.sleep(BINDING_MS + 1_000);
	await call.emit(switchObject(call, added));
}
