import type {Surroundings as EsxiSurroundings} from '../esxi/command.js';
import type {MachineRoom} from '../esxi/platform.js';
import type {CommandIo, LabCommand, WorldTime} from '../host.js';
import type {Surroundings as LinuxSurroundings} from '../linux/command.js';
import type {LinuxHost} from '../linux/linux-host.js';
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

export type Question = {
	readonly args: readonly string[];
	readonly host: Esx4Host;
	readonly now: WorldTime;
	readonly user: string;
	readonly io: CommandIo;
};

/** What a command prints and leaves behind. */
export type Answer = {
	readonly out?: string;
	readonly err?: string;
	/** The exit status; 0 unless given. */
	readonly status?: number;
	/** The host afterwards, if it was changed. */
	readonly host?: Esx4Host;
};

/** A command that works for `takesMs` of world time and then does all it does in one instant. */
export function command(
	surroundings: Surroundings,
	name: string,
	takesMs: number,
	answer: (question: Question) => Answer | Promise<Answer>,
): LabCommand {
	return {
		name,
		async run(args, io) {
			await io.sleep(takesMs);
			const question = {args, host: surroundings.host(), now: io.now(), user: io.user, io};
			const {out = '', err = '', status = 0, host} = await answer(question);
			if (host !== undefined) {
				surroundings.replace(host);
			}

			io.out(out);
			io.err(err);
			return status;
		},
	};
}

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
