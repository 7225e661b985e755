import {createHash} from 'node:crypto';
import {madeMac} from './adapters.js';
import type {Vm, WindowsHost} from './host-state.js';

/** What the host itself wants to keep. Of the lab's making: Hyper-V's own reserve depends on its memory. */
const HOST_RESERVE_MB = 2 * 1024;

export function findVm({vms}: WindowsHost, name: string): Vm | undefined {
	return vms.find(vm => vm.name.toLowerCase() === name.toLowerCase());
}

export function changeVm(host: WindowsHost, name: string, change: Partial<Vm>): WindowsHost {
	return {...host, vms: host.vms.map(vm => (vm.name === name ? {...vm, ...change} : vm))};
}

export function withVm(host: WindowsHost, vm: Vm): WindowsHost {
	return {...host, vms: [...host.vms.filter(({name}) => name !== vm.name), vm]};
}

export function withoutVm(host: WindowsHost, name: string): WindowsHost {
	return {...host, vms: host.vms.filter(vm => vm.name !== name)};
}

/** Memory that virtual machines can still be given. */
export function freeMemoryMb({memoryMb, vms}: WindowsHost): number {
	const used = vms.filter(({power}) => power === 'Running' || power === 'Paused');
	return memoryMb - HOST_RESERVE_MB - used.reduce((sum, vm) => sum + vm.memoryMb, 0);
}

/** As `Get-VM` has its `State`. */
export function vmState({power, critical}: Vm): string {
	if (!critical) {
		return power;
	}

	return power === 'Running' || power === 'Paused' ? 'PausedCritical' : `${power}Critical`;
}

/** Why it cannot be started: what Hyper-V says. Source: the project's notes on the domain, 3.9. */
export function outOfMemory(name: string): string {
	return `'${name}' failed to start. Not enough memory in the system to start the virtual machine ${name}. Could not initialize memory: Ran out of memory (0x8007000E).`;
}

/** > | 5f3759df-a2b1-4c3d-8e9f-0123456789ab      the same on every rehearsal */
export function madeGuid(...from: readonly string[]): string {
	const digits = createHash('sha256').update(from.join('\n')).digest('hex');
	return [
		digits.slice(0, 8),
		digits.slice(8, 12),
		`4${digits.slice(13, 16)}`,
		`a${digits.slice(17, 20)}`,
		digits.slice(20, 32),
	].join('-');
}

/** As Hyper-V makes it: one processor, one network adapter, not started with the host. */
export function newVm(
	host: WindowsHost,
	{
		name,
		generation = 1,
		memoryMb = 1024,
		path,
		onSwitch,
	}: {
		readonly name: string;
		readonly generation?: 1 | 2;
		readonly memoryMb?: number;
		readonly path: string;
		readonly onSwitch?: string | undefined;
	},
): Vm {
	return {
		name,
		id: madeGuid(host.name, name, String(host.made)),
		generation,
		memoryMb,
		processors: 1,
		power: 'Off',
		critical: false,
		since: 0,
		wasRunning: false,
		guestOn: false,
		path,
		startAction: 'StartIfRunning',
		startDelay: 0,
		stopAction: 'Save',
		adapters: [networkAdapter(host, 0, onSwitch)],
		disks: [],
		clustered: false,
		secureBoot: generation === 2,
		...(generation === 1 ? {dvd: ''} : {}),
	};
}

/** `count`: how many the virtual machine has. */
export function networkAdapter(
	host: WindowsHost,
	count: number,
	onSwitch: string | undefined,
	name = 'Network Adapter',
): Vm['adapters'][number] {
	return {
		name,
		mac: madeMac(host, (host.made * 8 + count + 16) % 256).replaceAll('-', ''),
		...(onSwitch === undefined ? {} : {onSwitch}),
	};
}

/** The next free place on the controller from which this generation boots. */
export function diskPlace({generation, disks}: Vm): Pick<Vm['disks'][number], 'controller' | 'location'> {
	const controller = generation === 2 || disks.length > 0 ? 'SCSI' : 'IDE';
	return {controller, location: disks.filter(disk => disk.controller === controller).length};
}
