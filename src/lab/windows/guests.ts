import type {Member, Neighbourhood} from '../world/member.js';
import {carriesNetwork, switchNetwork} from './adapters.js';
import type {Vm, WindowsHost} from './host-state.js';
import {changeVm, findVm, newVm, withVm} from './vms.js';

/** Hosts of the world that are virtual machines here: what the host does with one and what it does itself, the other follows. */
export function followGuests(
	before: WindowsHost,
	around: Neighbourhood,
	others: readonly WindowsHost[],
	now: number,
): WindowsHost {
	const own = around.guests(before.name);
	// One that was just moved away is still said to run here
	const described = own.filter(guest => [before, ...others].every(host => findVm(host, vmName(guest)) === undefined));
	const host = described.reduce((after, guest) => withVm(after, describedVm(after, guest, now)), before);
	return host.vms.reduce((after, vm) => {
		const guest = guestNamed(vm.name, around, [before, ...others]);
		return guest === undefined ? after : followGuest(after, vm, guest, now);
	}, host);
}

/** Wherever it is said to run at this moment. */
function guestNamed(name: string, around: Neighbourhood, hosts: readonly WindowsHost[]): Member | undefined {
	return hosts.flatMap(host => around.guests(host.name)).find(guest => vmName(guest) === name) ?? around.guest(name);
}

function vmName({vm, label}: Member): string {
	return vm ?? label;
}

/** One that the lab file puts here: on the switches that its networks need. */
function describedVm(host: WindowsHost, guest: Member, now: number): Vm {
	const {power} = guest.labHost();
	const isOn = power.kind !== 'off';
	const adapters = host.switches.map(({name}, index) => ({
		name: 'Network Adapter',
		mac: `00155D03${index.toString(16).padStart(4, '0')}`,
		onSwitch: name,
	}));
	return {
		...newVm(host, {name: vmName(guest), generation: 2, path: host.migration.machinePath}),
		adapters,
		power: isOn ? 'Running' : 'Off',
		since: power.kind === 'on' ? power.bootedAt : now,
		guestOn: isOn,
		startAction: guest.autostart ? 'Start' : 'Nothing',
		stopAction: 'ShutDown',
	};
}

function followGuest(host: WindowsHost, vm: Vm, guest: Member, now: number): WindowsHost {
	if (guest.runsOn !== host.name) {
		guest.moveTo?.(host.name);
	}

	const isOn = guest.labHost().power.kind !== 'off';
	const runs = vm.power === 'Running' || vm.power === 'Paused';
	if (guest.isInstalled === false || (runs === isOn && vm.guestOn === isOn)) {
		return host;
	}

	if (runs === isOn) {
		return changeVm(host, vm.name, {guestOn: isOn});
	}

	if (runs && !vm.guestOn) {
		guest.powerOn(now);
		return changeVm(host, vm.name, {guestOn: true});
	}

	if (runs) {
		return changeVm(host, vm.name, {power: 'Off', guestOn: false});
	}

	if (vm.guestOn) {
		guest.cutPower(now);
		return changeVm(host, vm.name, {guestOn: false});
	}

	return changeVm(host, vm.name, {power: 'Running', since: now, guestOn: true});
}

/** Somebody has installed a system at the virtual machine's console, and it boots. Throws an Error with a sentence. */
export function withSystem(host: WindowsHost, guest: Member, now: number): WindowsHost {
	const name = vmName(guest);
	const vm = findVm(host, name);
	if (vm === undefined) {
		throw new Error(`${host.label} has no virtual machine ${name}`);
	}

	return changeVm(host, vm.name, {power: 'Running', since: vm.power === 'Running' ? vm.since : now, guestOn: false});
}

/** Whether a virtual machine gets through to the network. One that stands still for want of its disk gets nowhere. */
export function guestReaches(host: WindowsHost, network: string, name: string | undefined): boolean {
	const vm = name === undefined ? undefined : findVm(host, name);
	if (vm === undefined) {
		return carriesNetwork(host, network);
	}

	const switches = host.switches.filter(each => vm.adapters.some(({onSwitch}) => onSwitch === each.name));
	const stands = vm.critical || vm.power !== 'Running';
	return !stands && switches.some(each => switchNetwork(host, each) === network);
}
