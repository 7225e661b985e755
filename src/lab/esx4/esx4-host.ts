import * as z from 'zod';
import {type LinuxHost, LinuxHostSchema} from '../linux/linux-host.js';
import {type EsxiHost, EsxiHostSchema} from '../world/esxi-host.js';
import {PowerSchema} from '../world/power-cycle.js';

/**
One simulated ESX 4.0 host as plain data: a VMkernel like that of ESXi, and a service console that is a small Linux. The lab
saves it beside the run, so the shape is checked when it is read back.

Name and power belong to the whole host, and everything else to one of its halves. `consoleOf` and `vmkernelOf` show each half as
the commands of a Linux and of an ESXi host know it.
*/
export type Esx4Host = Frozen<z.infer<typeof Esx4HostSchema>>;

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const whole = {kind: true, name: true, label: true, power: true, boots: true} as const;

export const Esx4HostSchema = z.strictObject({
	kind: z.literal('esx4'),
	/** As the runbook calls it: `esx1`. */
	name: z.string(),
	/** As people call it: `ESX#1`. */
	label: z.string(),
	power: PowerSchema,
	/** How often it has booted: tells one boot from another. */
	boots: z.number().int(),
	/** Its NICs are `vswif0` and so on; what stands there for their network is their port group. */
	console: LinuxHostSchema.omit({
		...whole,
		runsOn: true,
		vm: true,
		datastore: true,
		autostart: true,
		protectedBy: true,
		vmx: true,
		sshTo: true,
	}),
	vmkernel: EsxiHostSchema.omit(whole),
	/** What `esxcfg-firewall` lets through. */
	firewall: z.strictObject({
		incoming: z.boolean(),
		outgoing: z.boolean(),
		/** `esxcfg-firewall -e`. */
		services: z.array(z.string()),
		/** `PORT,PROTOCOL,DIRECTION,NAME`, as `esxcfg-firewall -o` takes them. */
		ports: z.array(z.string()),
	}),
});

/** The service console, as commands of Linux see it. */
export function consoleOf({name, label, power, boots, console}: Esx4Host): LinuxHost {
	return {...console, kind: 'linux', name, label, power, boots, autostart: false};
}

/** The host after a command of Linux has changed its console. */
export function withConsole(host: Esx4Host, changed: LinuxHost): Esx4Host {
	const {
		kind: _,
		name,
		label,
		power,
		boots,
		autostart,
		runsOn,
		vm,
		datastore,
		protectedBy,
		vmx,
		sshTo,
		...console
	} = changed;
	return {...host, name, label, power, boots, console};
}

/** Whoever looks whether a host has changed compares what he is shown. */
const shown = new WeakMap<Esx4Host, EsxiHost>();

/** The VMkernel, as commands of ESXi see it: the same as long as the host is. */
export function vmkernelOf(host: Esx4Host): EsxiHost {
	const known = shown.get(host);
	if (known !== undefined) {
		return known;
	}

	const {name, label, power, boots, vmkernel} = host;
	const view: EsxiHost = {...vmkernel, kind: 'esxi', name, label, power, boots};
	shown.set(host, view);
	return view;
}

/** The host after a command of ESXi has changed its VMkernel. */
export function withVmkernel(host: Esx4Host, changed: EsxiHost): Esx4Host {
	const {kind: _, name, label, power, boots, ...vmkernel} = changed;
	return {...host, name, label, power, boots, vmkernel};
}
