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
	console: LinuxHostSchema.omit({...whole, runsOn: true, autostart: true, protectedBy: true}),
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
	const {kind: _, name, label, power, boots, autostart: __, runsOn: ___, protectedBy: ____, ...console} = changed;
	return {...host, name, label, power, boots, console};
}

/** The VMkernel, as commands of ESXi see it. */
export function vmkernelOf({name, label, power, boots, vmkernel}: Esx4Host): EsxiHost {
	return {...vmkernel, kind: 'esxi', name, label, power, boots};
}

/** The host after a command of ESXi has changed its VMkernel. */
export function withVmkernel(host: Esx4Host, changed: EsxiHost): Esx4Host {
	const {kind: _, name, label, power, boots, ...vmkernel} = changed;
	return {...host, name, label, power, boots, vmkernel};
}
