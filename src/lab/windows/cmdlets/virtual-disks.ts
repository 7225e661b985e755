import type {Vm} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {PsObject, toNumber} from '../powershell/value.js';
import {changeVm, diskPlace, networkAdapter} from '../vms.js';
import {fileAt, freeBytes} from '../volumes.js';
import {isNamed} from './asking.js';
import {hyperV, noPath, refused, vmAsked, vmsAsked} from './vm-asking.js';

/** What a virtual disk that grows takes at first. */
const HEADER_BYTES = 4 * 1024 ** 2;
/** A disk of fixed size is written whole, at this rate. Of the lab's making. */
const BYTES_PER_MS = 250_000;

/** Disks, drives and network adapters of virtual machines. */
export const vmDeviceCmdlets: readonly Cmdlet[] = [
	{
		name: 'New-VHD',
		parameters: 'Path SizeBytes -Fixed! -Dynamic! -Differencing! -ParentPath -BlockSizeBytes',
		feature: hyperV,
		async run(call) {
			const bytes = toNumber(call.value('SizeBytes') ?? 0, 'System.UInt64');
			makeDisk(call, call.text('Path') ?? '', bytes, call.flag('Fixed'));
			await call.shell.process.io.sleep(call.flag('Fixed') ? bytes / BYTES_PER_MS : 1_000);
			await emitDisk(call, call.text('Path') ?? '');
		},
	},
	{
		name: 'Get-VHD',
		parameters: 'Path -VMId',
		feature: hyperV,
		run: call => emitDisk(call, call.text('Path') ?? ''),
	},
	{
		name: 'Add-VMHardDiskDrive',
		parameters:
			'VMName -Path -ControllerType -ControllerNumber -ControllerLocation -VM -Passthru! -AllowUnverifiedPaths!',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			const vm = await vmAsked(call);
			const path = process.files.absolute(call.text('Path') ?? '');
			if (!process.hasFile(path)) {
				throw noPath(call, path);
			}
			if (process.host.vms.some(({disks}) => disks.some(disk => disk.path.toLowerCase() === path.toLowerCase()))) {
				throw call.failure(
					`Failed to add device 'Virtual Hard Disk'. The disk '${path}' is already connected to a virtual machine.`,
					refused(call, path),
				);
			}
			process.change(changeVm(process.host, vm.name, {disks: [...vm.disks, {...diskPlace(vm), path}]}));
		},
	},
	{
		name: 'Get-VMHardDiskDrive',
		parameters: 'VMName -VM',
		feature: hyperV,
		async run(call) {
			for (const vm of await vmsAsked(call, 'VMName')) {
				for (const {controller, location, path} of vm.disks) {
					await call.emit(
						new PsObject('Microsoft.HyperV.PowerShell.HardDiskDrive', {
							VMName: vm.name,
							ControllerType: controller,
							ControllerNumber: 0,
							ControllerLocation: location,
							DiskNumber: null,
							Path: path,
						}),
					);
				}
			}
		},
	},
	{
		name: 'Add-VMNetworkAdapter',
		parameters: 'VMName -SwitchName -Name -VM -Passthru! -ManagementOS! -StaticMacAddress',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			const vm = await vmAsked(call);
			const onSwitch = switchNamed(call);
			const adapter = networkAdapter(process.host, vm.adapters.length, onSwitch, call.text('Name'));
			process.change(changeVm(process.host, vm.name, {adapters: [...vm.adapters, adapter]}));
		},
	},
	{
		name: 'Connect-VMNetworkAdapter',
		parameters: 'VMName Name -SwitchName -VM',
		feature: hyperV,
		run: call => changeAdapters(call, 'Name', switchNamed(call)),
	},
	{
		name: 'Disconnect-VMNetworkAdapter',
		parameters: 'VMName Name -VM',
		feature: hyperV,
		run: call => changeAdapters(call, 'Name', undefined),
	},
	{
		name: 'Rename-VMNetworkAdapter',
		parameters: 'VMName NewName -Name -VM',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			const vm = await vmAsked(call);
			const adapters = vm.adapters.map(each =>
				isNamed(call, 'Name', each.name) ? {...each, name: call.text('NewName') ?? each.name} : each,
			);
			process.change(changeVm(process.host, vm.name, {adapters}));
		},
	},
	{
		name: 'Get-VMNetworkAdapter',
		parameters: 'VMName Name -ManagementOS! -All! -VM',
		feature: hyperV,
		async run(call) {
			const {process} = call.shell;
			if (call.flag('ManagementOS') || call.flag('All')) {
				for (const {onSwitch, mac} of process.host.adapters) {
					if (onSwitch !== undefined) {
						await call.emit(adapterObject(null, {name: onSwitch, mac: mac.replaceAll('-', ''), onSwitch}, []));
					}
				}
			}
			for (const vm of call.flag('ManagementOS') ? [] : await vmsAsked(call, 'VMName')) {
				for (const adapter of vm.adapters.filter(({name}) => isNamed(call, 'Name', name))) {
					const ips = vm.power === 'Running' ? (process.guest(vm.name)?.addresses() ?? []).map(({ip}) => ip) : [];
					await call.emit(adapterObject(vm, adapter, ips));
				}
			}
		},
	},
	...['Set-VMDvdDrive', 'Add-VMDvdDrive'].map(
		(name): Cmdlet => ({
			name,
			parameters: 'VMName -Path -ControllerNumber -ControllerLocation -VM',
			feature: hyperV,
			async run(call) {
				const {process} = call.shell;
				const vm = await vmAsked(call);
				const path = call.text('Path') ?? '';
				process.change(changeVm(process.host, vm.name, {dvd: path === '' ? '' : process.files.absolute(path)}));
			},
		}),
	),
	{
		name: 'Get-VMDvdDrive',
		parameters: 'VMName -VM',
		feature: hyperV,
		async run(call) {
			for (const vm of await vmsAsked(call, 'VMName')) {
				if (vm.dvd !== undefined) {
					await call.emit(
						new PsObject('Microsoft.HyperV.PowerShell.DvdDrive', {
							VMName: vm.name,
							ControllerType: vm.generation === 2 ? 'SCSI' : 'IDE',
							ControllerNumber: vm.generation === 2 ? 0 : 1,
							ControllerLocation: vm.generation === 2 ? vm.disks.length : 0,
							DvdMediaType: vm.dvd === '' ? 'None' : 'ISO',
							Path: vm.dvd === '' ? null : vm.dvd,
						}),
					);
				}
			}
		},
	},
];

/** Writes a virtual disk of this size. Throws a PsError. */
export function makeDisk(call: Call, asked: string, holds: number, isFixed: boolean): void {
	const {process} = call.shell;
	const path = process.files.absolute(asked);
	const place = process.placeOf(path);
	const failure = (why: string) =>
		call.failure(
			`Failed to create the virtual hard disk.\nThe system failed to create '${path}'. ${why}`,
			refused(call, path),
		);
	if (place === undefined) {
		throw failure('The system cannot find the path specified. (0x80070003).');
	}
	if (fileAt(place) !== undefined) {
		throw failure('The file exists. (0x80070050).');
	}
	const bytes = isFixed ? holds : HEADER_BYTES;
	if (bytes > freeBytes(place.volume.partition)) {
		throw failure('There is not enough space on the disk. (0x80070070).');
	}
	process.writeFile(place, {bytes, holds});
}

async function emitDisk(call: Call, path: string): Promise<void> {
	const {process} = call.shell;
	const place = process.placeOf(path);
	const file = place && fileAt(place);
	if (file?.holds === undefined) {
		throw noPath(call, path);
	}
	await call.emit(
		new PsObject('Microsoft.Vhd.PowerShell.VirtualHardDisk', {
			Path: process.files.absolute(path),
			VhdFormat: 'VHDX',
			VhdType: file.bytes === file.holds ? 'Fixed' : 'Dynamic',
			FileSize: file.bytes,
			Size: file.holds,
			Attached: false,
		}),
	);
}

/** Undefined: none was asked for. Ends the statement where it is not there. */
function switchNamed(call: Call): string | undefined {
	const asked = call.text('SwitchName');
	const found = call.shell.process.host.switches.find(({name}) => name.toLowerCase() === asked?.toLowerCase());
	if (asked !== undefined && found === undefined) {
		throw call.failure(
			`Failed to get the virtual switch. Hyper-V was unable to find a virtual switch with name "${asked}".`,
			refused(call, asked),
		);
	}
	return found?.name;
}

async function changeAdapters(call: Call, parameter: string, onSwitch: string | undefined): Promise<void> {
	const {process} = call.shell;
	const vm = await vmAsked(call);
	const adapters = vm.adapters.map(each => {
		const {onSwitch: _, ...bare} = each;
		return isNamed(call, parameter, each.name) ? {...bare, ...(onSwitch === undefined ? {} : {onSwitch})} : each;
	});
	process.change(changeVm(process.host, vm.name, {adapters}));
}

function adapterObject(vm: Vm | null, {name, mac, onSwitch}: Vm['adapters'][number], ips: readonly string[]): PsObject {
	return new PsObject('Microsoft.HyperV.PowerShell.VMNetworkAdapter', {
		Name: name,
		IsManagementOs: vm === null,
		VMName: vm?.name ?? null,
		SwitchName: onSwitch ?? null,
		MacAddress: mac,
		Status: '{Ok}',
		IPAddresses: [...ips],
	});
}
