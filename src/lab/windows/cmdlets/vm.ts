import type {Vm} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {enumerated, type PsError, PsObject, PsSpan, toNumber, type Value} from '../powershell/value.js';
import {changeVm, diskPlace, findVm, freeMemoryMb, newVm, outOfMemory, vmState, withoutVm, withVm} from '../vms.js';
import {truth} from './asking.js';
import {makeDisk} from './virtual-disks.js';
import {hyperV, noPath, refused, vmsAsked} from './vm-asking.js';

/** Powering one on. */
const START_MS = 3_000;
/** What a guest may take to shut down when it is asked; Hyper-V waits five minutes. */
const STOP_MS = 5 * 60_000;
/** A guest that nobody looks into shuts down in this time. */
const GUEST_STOPS_MS = 15_000;
/** Writing or reading the memory of one, of the size of the smaller ones of the field. */
const SAVE_MS = 8_000;

/** Virtual machines of Hyper-V: what they are, and their power. */
export const vmCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-VM',
		parameters: 'Name -Id -ComputerName -ClusterObject',
		feature: hyperV,
		async run(call) {
			for (const vm of await vmsAsked(call)) {
				await call.emit(vmObject(call, vm));
			}
		},
	},
	{
		name: 'New-VM',
		parameters:
			'Name MemoryStartupBytes -Generation -NewVHDPath -NewVHDSizeBytes -VHDPath -NoVHD! -Path -SwitchName -BootDevice -Version -Force! -ComputerName',
		feature: hyperV,
		run: make,
	},
	{
		name: 'Set-VM',
		parameters:
			'Name -AutomaticStartAction -AutomaticStartDelay -AutomaticStopAction -ProcessorCount -MemoryStartupBytes -StaticMemory! -DynamicMemory! -CheckpointType -AutomaticCheckpointsEnabled -Notes -NewVMName -VM -Passthru!',
		feature: hyperV,
		run: set,
	},
	{
		name: 'Set-VMProcessor',
		parameters: 'VMName -Count -VM -ExposeVirtualizationExtensions -CompatibilityForMigrationEnabled',
		feature: hyperV,
		run: call => changeOff(call, {processors: toNumber(call.value('Count') ?? 1)}),
	},
	{
		name: 'Set-VMMemory',
		parameters: 'VMName -DynamicMemoryEnabled -StartupBytes -MinimumBytes -MaximumBytes -VM',
		feature: hyperV,
		run: call =>
			changeOff(
				call,
				call.has('StartupBytes') ? {memoryMb: toNumber(call.value('StartupBytes') ?? 0) / 1024 ** 2} : {},
			),
	},
	{
		name: 'Set-VMFirmware',
		parameters: 'VMName -EnableSecureBoot -SecureBootTemplate -FirstBootDevice -BootOrder -VM',
		feature: hyperV,
		async run(call) {
			const secureBoot = truth(call, 'EnableSecureBoot');
			await changeOff(call, secureBoot === undefined ? {} : {secureBoot});
		},
	},
	shown('Get-VMProcessor', ({processors}) => ({Count: processors, CompatibilityForMigrationEnabled: false})),
	shown('Get-VMMemory', ({memoryMb}) => ({DynamicMemoryEnabled: false, Startup: memoryMb * 1024 ** 2})),
	shown('Get-VMFirmware', ({secureBoot}) => ({
		SecureBoot: secureBoot ? 'On' : 'Off',
		SecureBootTemplate: 'MicrosoftWindows',
	})),
	power('Start-VM', '-AsJob!', async (call, vm) => {
		const fault = startFault(call, vm);
		if (fault !== undefined) {
			await call.error(fault, refused(call, vm.name));
			return undefined;
		}
		await call.shell.process.io.sleep(vm.power === 'Saved' ? SAVE_MS : START_MS);
		return {power: 'Running', since: call.shell.process.io.now()};
	}),
	power('Stop-VM', '-Force! -TurnOff! -Save! -AsJob!', stop),
	power('Save-VM', '', save),
	power('Suspend-VM', '', async (_, vm) => (vm.power === 'Running' ? {power: 'Paused'} : undefined)),
	power('Resume-VM', '', async (_, vm) => (vm.power === 'Paused' ? {power: 'Running'} : undefined)),
	power('Restart-VM', '-Force! -Type -Wait! -For', async (call, vm) => {
		if (vm.power !== 'Running') {
			return undefined;
		}
		call.shell.process.guest(vm.name)?.cutPower(call.shell.process.io.now());
		return {power: 'Running', since: call.shell.process.io.now(), guestOn: false};
	}),
	{
		name: 'Remove-VM',
		parameters: 'Name -Force! -VM -ComputerName',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			for (const vm of await vmsAsked(call)) {
				if (vm.power !== 'Off') {
					throw call.failure(
						`Failed to remove the virtual machine '${vm.name}'. The operation cannot be performed while the object is in its current state.`,
						refused(call, vm.name),
					);
				}
				process.change(withoutVm(process.host, vm.name));
			}
		},
	},
];

function vmObject(call: Call, vm: Vm): PsObject {
	const {host, io} = call.shell.process;
	const runs = vm.power === 'Running';
	const upMs = runs ? Math.floor((io.now() - vm.since) / 1000) * 1000 : 0;
	const state = vmState(vm);
	return new PsObject(
		'Microsoft.HyperV.PowerShell.VirtualMachine',
		{
			Name: vm.name,
			VMName: vm.name,
			Id: vm.id,
			VMId: vm.id,
			State: enumerated('Microsoft.HyperV.PowerShell.VMState', state, stateNumber(state)),
			CPUUsage: 0,
			MemoryAssigned: runs || vm.power === 'Paused' ? vm.memoryMb * 1024 ** 2 : 0,
			MemoryStartup: vm.memoryMb * 1024 ** 2,
			Uptime: new PsSpan(upMs),
			Status: statusOf(vm),
			Version: '9.0',
			Generation: vm.generation,
			ProcessorCount: vm.processors,
			Path: `${vm.path}\\${vm.name}`,
			ConfigurationLocation: `${vm.path}\\${vm.name}`,
			AutomaticStartAction: vm.startAction,
			AutomaticStartDelay: vm.startDelay,
			AutomaticStopAction: vm.stopAction,
			DynamicMemoryEnabled: false,
			IsClustered: vm.clustered,
			Heartbeat: runs ? 'OkApplicationsUnknown' : 'Disabled',
			ComputerName: host.computerName.toUpperCase(),
			HardDrives: vm.disks.map(({path}) => path),
			NetworkAdapters: vm.adapters.map(({name}) => name),
		},
		{
			changed(name, value) {
				if (name === 'AutomaticStartDelay') {
					call.shell.process.change(changeVm(call.shell.process.host, vm.name, {startDelay: toNumber(value)}));
				}
			},
		},
	);
}

/** Source: Hyper-V's VMState; 10 is Starting. */
function stateNumber(state: string): number {
	return {Running: 2, Off: 3, Saved: 6, Paused: 9}[state] ?? 16;
}

function statusOf({power, critical}: Vm): string {
	if (!critical) {
		return 'Operating normally';
	}

	return power === 'Running' || power === 'Paused'
		? 'Disk(s) encountered critical IO errors'
		: 'Cannot connect to virtual machine configuration storage';
}

async function make(call: Call): Promise<void> {
	const {process} = call.shell;
	const {migration} = process.host;
	const name = call.text('Name') ?? 'New Virtual Machine';
	const path = (call.text('Path') ?? migration.machinePath).replace(/\\+$/, '');
	const onSwitch = call.text('SwitchName');
	if (
		onSwitch !== undefined &&
		!process.host.switches.some(each => each.name.toLowerCase() === onSwitch.toLowerCase())
	) {
		throw call.failure(
			`Failed to get the virtual switch. Hyper-V was unable to find a virtual switch with name "${onSwitch}".`,
			refused(call, onSwitch),
		);
	}
	if (process.placeOf(path) === undefined) {
		throw noPath(call, path);
	}
	await process.io.sleep(START_MS);
	const vhd = call.text('NewVHDPath');
	const size = call.value('NewVHDSizeBytes');
	if (vhd !== undefined) {
		makeDisk(call, vhd, toNumber(size ?? 0, 'System.UInt64'), false);
	} else if (call.has('VHDPath') && !process.hasFile(call.text('VHDPath') ?? '')) {
		throw noPath(call, call.text('VHDPath') ?? '');
	}
	const bare = newVm(process.host, {
		name,
		generation: toNumber(call.value('Generation') ?? 1) === 2 ? 2 : 1,
		memoryMb: Math.round(toNumber(call.value('MemoryStartupBytes') ?? 1024 ** 3) / 1024 ** 2),
		path,
		onSwitch,
	});
	const disk = vhd ?? call.text('VHDPath');
	const vm: Vm =
		disk === undefined ? bare : {...bare, disks: [{...diskPlace(bare), path: process.files.absolute(disk)}]};
	process.change({...withVm(process.host, vm), made: process.host.made + 1});
	await call.emit(vmObject(call, vm));
}

async function set(call: Call): Promise<void> {
	const {process} = call.shell;
	const oneOf = <Name extends string>(parameter: string, names: readonly Name[]): Name | undefined => {
		const asked = call.text(parameter);
		const found = names.find(name => name.toLowerCase() === asked?.toLowerCase());
		if (asked !== undefined && found === undefined) {
			throw call.failure(
				`Cannot bind parameter '${parameter}'. Cannot convert value "${asked}". The possible enumeration values are "${names.join(',')}".`,
				{category: 'InvalidArgument', id: 'CannotConvertArgumentNoMessage', exception: 'ParameterBindingException'},
			);
		}
		return found;
	};
	const startAction = oneOf('AutomaticStartAction', ['Nothing', 'StartIfRunning', 'Start']);
	const stopAction = oneOf('AutomaticStopAction', ['TurnOff', 'Save', 'ShutDown']);
	const hardware = {
		...(call.has('ProcessorCount') ? {processors: toNumber(call.value('ProcessorCount') ?? 1)} : {}),
		...(call.has('MemoryStartupBytes') ? {memoryMb: toNumber(call.value('MemoryStartupBytes') ?? 0) / 1024 ** 2} : {}),
	};
	for (const vm of await vmsAsked(call)) {
		if (Object.keys(hardware).length > 0 && vm.power !== 'Off') {
			throw inItsState(call, vm.name);
		}
		process.change(
			changeVm(process.host, vm.name, {
				...hardware,
				...(startAction === undefined ? {} : {startAction}),
				...(stopAction === undefined ? {} : {stopAction}),
				...(call.has('AutomaticStartDelay') ? {startDelay: toNumber(call.value('AutomaticStartDelay') ?? 0)} : {}),
				...(call.has('NewVMName') ? {name: call.text('NewVMName') ?? vm.name} : {}),
			}),
		);
	}
}

function inItsState(call: Call, name: string): PsError {
	return call.failure(
		`Failed to modify device. The operation cannot be performed while '${name}' is in its current state.`,
		refused(call, name),
	);
}

/** A part of a virtual machine, for those that are named. */
function shown(name: string, part: (vm: Vm) => Readonly<Record<string, Value>>): Cmdlet {
	return {
		name,
		parameters: 'VMName -VM',
		feature: hyperV,
		async run(call) {
			for (const vm of await vmsAsked(call, 'VMName')) {
				await call.emit(
					new PsObject(`Microsoft.HyperV.PowerShell.${name.replace('Get-', '')}`, {VMName: vm.name, ...part(vm)}),
				);
			}
		},
	};
}

/** What can only be changed while it is off. */
async function changeOff(call: Call, change: Partial<Vm>): Promise<void> {
	const {process} = call.shell;
	for (const vm of await vmsAsked(call, 'VMName')) {
		if (vm.power !== 'Off' && Object.keys(change).length > 0) {
			throw inItsState(call, vm.name);
		}
		process.change(changeVm(process.host, vm.name, change));
	}
}

/** `change`: what becomes of it; undefined: nothing. */
function power(name: string, more: string, change: (call: Call, vm: Vm) => Promise<Partial<Vm> | undefined>): Cmdlet {
	return {
		name,
		parameters: `Name -Passthru! -VM -ComputerName ${more}`,
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			for (const vm of await vmsAsked(call)) {
				const changed = await change(call, vm);
				if (changed !== undefined) {
					process.change(changeVm(process.host, vm.name, changed));
				}
				const now = findVm(process.host, vm.name);
				if (call.flag('Passthru') && now !== undefined) {
					await call.emit(vmObject(call, now));
				}
			}
		},
	};
}

/** Why it does not start; undefined: it will. */
function startFault(call: Call, vm: Vm): string | undefined {
	const {process} = call.shell;
	if (vm.power === 'Running') {
		return `Failed to start.\nThe operation cannot be performed while the object is in its current state.`;
	}
	const missing = vm.disks.find(({path}) => !process.hasFile(path));
	if (vm.critical || missing !== undefined) {
		return `'${vm.name}' failed to start. (Virtual machine ID ${vm.id.toUpperCase()})\n'${vm.name}': Attachment '${missing?.path ?? vm.disks[0]?.path ?? vm.path}' not found. Error: 'The system cannot find the path specified.' (0x80070003).`;
	}
	return freeMemoryMb(process.host) < vm.memoryMb ? outOfMemory(vm.name) : undefined;
}

async function stop(call: Call, vm: Vm): Promise<Partial<Vm> | undefined> {
	if (call.flag('Save')) {
		return save(call, vm);
	}
	if (vm.power === 'Off') {
		await call.shell.display.message('warning', 'The virtual machine is already in the specified state.');
		return undefined;
	}
	const {process} = call.shell;
	const guest = process.guest(vm.name);
	if (call.flag('TurnOff') || vm.critical || guest === undefined || guest.labHost().power.kind !== 'on') {
		await process.io.sleep(call.flag('TurnOff') ? 1_000 : GUEST_STOPS_MS);
		return {power: 'Off', critical: false};
	}
	guest.shutDown?.('off', process.io.now());
	const until = process.io.now() + STOP_MS;
	while (process.io.now() < until && guest.labHost().power.kind !== 'off') {
		await process.io.sleep(1_000);
	}
	return {power: 'Off'};
}

async function save(call: Call, vm: Vm): Promise<Partial<Vm> | undefined> {
	if (vm.power !== 'Running') {
		return undefined;
	}
	await call.shell.process.io.sleep(SAVE_MS);
	return {power: 'Saved'};
}
