import * as z from 'zod';
import {PowerSchema} from '../world/power-cycle.js';

const Service = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	running: z.boolean(),
	start: z.enum(['Automatic', 'Manual', 'Disabled']),
});
export type Service = z.infer<typeof Service>;

const Feature = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	state: z.enum(['Available', 'Installed', 'InstallPending']),
	/** It wants a restart before it can be used. */
	restart: z.boolean(),
});
export type Feature = z.infer<typeof Feature>;

const Adapter = z.strictObject({
	alias: z.string(),
	ip: z.string(),
	prefix: z.number().int(),
	gateway: z.string(),
	mac: z.string(),
	plugged: z.boolean(),
	network: z.string(),
});
export type Adapter = z.infer<typeof Adapter>;

const FirewallRule = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	direction: z.enum(['Inbound', 'Outbound']),
	action: z.enum(['Allow', 'Block']),
	protocol: z.string(),
	port: z.string(),
	enabled: z.boolean(),
});

/** Everything true of one Windows host. Plain JSON; replaced whole. */
export const WindowsHostSchema = z.strictObject({
	kind: z.literal('windows'),
	name: z.string(),
	label: z.string(),
	runsOn: z.string().optional(),
	autostart: z.boolean(),
	/** As `hostname` prints it. */
	computerName: z.string(),
	/** Undefined: in the workgroup WORKGROUP. */
	domain: z.string().optional(),
	edition: z.string(),
	/** `10.0.17763` */
	version: z.string(),
	/** A Japanese system prints in Shift_JIS, others here in ASCII alone. */
	encoding: z.enum(['utf-8', 'shift_jis']),
	/** What sshd starts for a login. */
	defaultShell: z.enum(['cmd', 'powershell']),
	power: PowerSchema,
	boots: z.number().int(),
	adapters: z.array(Adapter),
	services: z.array(Service),
	features: z.array(Feature),
	firewall: z.array(FirewallRule),
});
export type WindowsHost = z.infer<typeof WindowsHostSchema>;

export type DescribedHost = {
	readonly name: string;
	readonly label: string;
	readonly address: string;
	readonly computerName: string;
	readonly encoding: WindowsHost['encoding'];
	readonly defaultShell: WindowsHost['defaultShell'];
	readonly runsOn: string | undefined;
	readonly autostart: boolean;
	/** From 1: no two hosts share a MAC address. */
	readonly number: number;
	readonly powered: boolean;
	readonly now: number;
};

/** A Windows Server 2019 as its installation leaves it, with OpenSSH. */
export function newWindowsHost(described: DescribedHost): WindowsHost {
	const {name, label, address, computerName, encoding, defaultShell, runsOn, autostart, number, powered, now} =
		described;
	return {
		kind: 'windows',
		name,
		label,
		...(runsOn === undefined ? {} : {runsOn}),
		autostart,
		computerName,
		edition: 'Microsoft Windows Server 2019 Datacenter',
		version: '10.0.17763',
		encoding,
		defaultShell,
		power: powered ? {kind: 'on', bootedAt: now - 3_600_000} : {kind: 'off'},
		boots: powered ? 1 : 0,
		adapters: [
			{
				alias: 'Ethernet',
				ip: address,
				prefix: 24,
				gateway: address.replace(/\.\d+$/, '.1'),
				mac: `00-15-5D-01-${number.toString(16).padStart(2, '0').toUpperCase()}-00`,
				plugged: true,
				network: 'management',
			},
		],
		services: [
			service('sshd', 'OpenSSH SSH Server', true, 'Automatic'),
			service('Dnscache', 'DNS Client', true, 'Automatic'),
			service('EventLog', 'Windows Event Log', true, 'Automatic'),
			service('LanmanServer', 'Server', true, 'Automatic'),
			service('LanmanWorkstation', 'Workstation', true, 'Automatic'),
			service('MSiSCSI', 'Microsoft iSCSI Initiator Service', false, 'Manual'),
			service('Spooler', 'Print Spooler', true, 'Automatic'),
			service('W32Time', 'Windows Time', true, 'Automatic'),
			service('WinRM', 'Windows Remote Management (WS-Management)', true, 'Automatic'),
		],
		features: [
			feature('Hyper-V', 'Hyper-V', true),
			feature('Failover-Clustering', 'Failover Clustering', false),
			feature('FS-iSCSITarget-Server', 'iSCSI Target Server', false),
			feature('Multipath-IO', 'Multipath I/O', true),
			feature('RSAT-Clustering', 'Failover Clustering Tools', false),
			feature('RSAT-Hyper-V-Tools', 'Hyper-V Management Tools', false),
			feature('Telnet-Client', 'Telnet Client', false),
			feature('Web-Server', 'Web Server (IIS)', false),
		],
		firewall: [
			{
				name: 'OpenSSH-Server-In-TCP',
				displayName: 'OpenSSH SSH Server (sshd)',
				direction: 'Inbound',
				action: 'Allow',
				protocol: 'TCP',
				port: '22',
				enabled: true,
			},
		],
	};
}

function service(name: string, displayName: string, running: boolean, start: Service['start']): Service {
	return {name, displayName, running, start};
}

function feature(name: string, displayName: string, restart: boolean): Feature {
	return {name, displayName, state: 'Available', restart};
}
