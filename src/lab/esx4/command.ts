import type {Surroundings as EsxiSurroundings} from '../esxi/command.js';
import type {MachineRoom} from '../esxi/platform.js';
import type {Surroundings as LinuxSurroundings} from '../linux/command.js';
import type {LinuxHost} from '../linux/linux-host.js';
import {type HostAnswer, type HostQuestion, hostCommand} from '../world/host-command.js';
import type {Neighbourhood} from '../world/member.js';
import {networksOfPortGroup} from '../world/network.js';
import {consoleOf, type Esx4Host, vmkernelOf, withConsole, withVmkernel} from './esx4-host.js';

/** The machine room as the commands of one ESX 4 host see it. */
export type Surroundings = {
	/** This host as it is now. */
	host(): Esx4Host;
	replace(host: Esx4Host): void;
	/** The VMkernels of all ESX 4 hosts, with their inventories. */
	readonly room: MachineRoom;
	readonly neighbourhood: Neighbourhood;
};

export type Question = HostQuestion<Esx4Host>;

export type Answer = HostAnswer<Esx4Host>;

export const command = hostCommand<Esx4Host>;

export function refused(err: string, status = 1): Answer {
	return {err: `${err}\n`, status};
}

/** As the commands of a Linux host see it: the service console. */
export function aroundConsole(surroundings: Surroundings): LinuxSurroundings {
	const {host, replace, neighbourhood} = surroundings;
	return {
		host: () => consoleOf(host()),
		replace: console => replace(withConsole(host(), console)),
		networksOf: nic => consoleNetworks(host(), nic),
		floating: () => neighbourhood.floating(host().name),
		mirrors: () => [],
		neighbourhood,
	};
}

/** As the commands of an ESXi host see it: the VMkernel. */
export function aroundVmkernel({host, replace, neighbourhood}: Surroundings): EsxiSurroundings {
	return {
		host: () => vmkernelOf(host()),
		replace: vmkernel => replace(withVmkernel(host(), vmkernel)),
		answers: neighbourhood.answers,
		footprints: () => neighbourhood.footprints(host().name),
	};
}

/** The networks that a NIC of the console gets to, through the uplinks of its port group. */
export function consoleNetworks(host: Esx4Host, {up, network}: LinuxHost['nics'][number]): readonly string[] {
	return up ? networksOfPortGroup(vmkernelOf(host), network) : [];
}
