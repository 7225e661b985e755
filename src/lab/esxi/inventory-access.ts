import type {EsxiHost, VirtualMachine} from '../world/esxi-host.js';
import {changeVm, placeOf, register, setLock} from '../world/inventory.js';
import type {Inventory, VmNamed} from '../world/member.js';
import {isUp} from '../world/power-cycle.js';
import type {MachineRoom} from './platform.js';
import {refusal} from './refusals.js';
import {answer, forget, heartbeatOf, isHeldElsewhere, migrate, powerOff, powerOn} from './virtual-machines.js';

/** The answer "I moved it" to whether a virtual machine was moved or copied. */
const MOVED = 1;

/** The virtual machines of a host as vSphere HA and VMware HA handle them, through hostd. */
export function inventoryOf(room: MachineRoom, name: string): Inventory {
	const found = (vm: VmNamed) => room.host(name).vms.find(each => each.name === vm.name);
	const stop = (vm: VmNamed, now: number) => {
		const entry = found(vm);
		if (entry !== undefined) {
			powerOff(room, name, entry.id, now);
			room.replace(changeVm(room.host(name), entry.id, {hasCrashed: true}));
		}
	};
	const start = (vm: VmNamed, now: number): string | undefined => {
		const host = found(vm) === undefined ? register(room.host(name), vm.vmx, undefined, now) : room.host(name);
		if (host.kind === 'fault') {
			return refusal(host);
		}

		room.replace(withFreeLock(host, vm));
		const {id = 0}: Partial<VirtualMachine> = found(vm) ?? {};
		const result = powerOn(room, name, id, now, true);
		if (result.kind === 'asks') {
			answer(room, name, id, MOVED, now);
		}

		return result.kind === 'failed' ? result.because : undefined;
	};
	return {
		machines: () => room.host(name).vms.map(vm => ({name: vm.name, vmx: vm.vmx, isOn: vm.power === 'on'})),
		refuses({vmx}) {
			const host = room.host(name);
			const place = placeOf(host, vmx);
			return place === undefined
				? 'The object or item referred to could not be found.'
				: isHeldElsewhere(room, host, place)
					? 'Failed to lock the file'
					: undefined;
		},
		look(vm, now) {
			const host = room.host(name);
			const entry = host.vms.find(each => each.name === vm);
			return entry && isUp(host)
				? `${vm} is ${entry.power} on ${host.label}, its heartbeat ${heartbeatOf(room, host, entry, now)}`
				: undefined;
		},
		start,
		stop,
		shutDown(vm, now) {
			const guest = room.guest(vm.name);
			if (found(vm)?.isStuck === false && guest?.runsOn === name) {
				guest.shutDown?.('off', now);
			}
		},
		migrate(vm, to, now) {
			migrate(room, name, found(vm)?.id ?? 0, to, now);
		},
		reset(vm, now) {
			stop(vm, now);
			start(vm, now);
		},
		unregister(vm, now) {
			const entry = found(vm);
			if (entry !== undefined) {
				forget(room, name, entry.id, now);
			}
		},
	};
}

/** Who had it is dead, or does not get to the datastore any more: HA has made sure. */
function withFreeLock(host: EsxiHost, {vmx}: VmNamed): EsxiHost {
	const place = placeOf(host, vmx);
	return place === undefined ? host : setLock(host, place, undefined);
}
