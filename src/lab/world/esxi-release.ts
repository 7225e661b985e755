import * as z from 'zod';

export const esxiVersions = ['6.7', '7.0', '8.0'] as const;
export const EsxiVersionSchema = z.enum(esxiVersions);
export type EsxiVersion = z.infer<typeof EsxiVersionSchema>;

/** What differs from one ESXi to the next, as far as runbooks and people meet it. */
export type EsxiRelease = {
	/** `7.0.3`. */
	readonly version: string;
	readonly build: string;
	readonly update: number;
	readonly patch: number;
	/** What `vmware -l` says behind the product's name. */
	readonly level: string;
	/** When its kernel was built, as `uname` shows it. */
	readonly built: string;
	readonly openSsh: string;
	/** Of a virtual machine that nobody has chosen another one for. */
	readonly hardware: number;
	/** What a free licence is called, and which product versions it is for. */
	readonly license: {readonly name: string; readonly product: string};
	/** Files that did not come with the system are not executed (`execInstalledOnly`). */
	readonly runsOnlyInstalled: boolean;
	/** Which plug-in claims local disks. */
	readonly localPlugin: 'NMP' | 'HPP';
	/** Two boot banks, a locker and a scratch volume of fixed sizes; since 7.0 larger banks and one OSDATA volume. */
	readonly hasFixedPartitions: boolean;
	/** The client of NTP has a namespace of esxcli; without it, ntpd reads `/etc/ntp.conf`. */
	readonly hasEsxcliNtp: boolean;
};

/**
One release of each version.

Sources: versions, builds and licence words from the notes on the domain, 3.1, and Broadcom KB 395110 (8.0.2-0.0.22380479);
kernel lines from public `uname -a` transcripts; hardware versions from the vSphere Automation API (`VMX_14`: ESXi 6.7, `VMX_19`:
7.0 U2, `VMX_21`: 8.0 U2); plug-ins from "VMware High Performance Plug-In" of vSphere 6.7 and 7.0 (HPP claims local SCSI devices
from 7.0 U2 on); partitions from "ESXi System Storage" of vSphere 7.0; `execInstalledOnly` from the notes on SSH, 6; NTP from the
notes on the domain, 2.1. Which OpenSSH 6.7 and 8.0 bring, and the level of 6.7, nobody has recorded: a guess.
*/
const releases: Readonly<Record<EsxiVersion, EsxiRelease>> = {
	'6.7': {
		version: '6.7.0',
		build: '8169922',
		update: 0,
		patch: 0,
		level: '6.7.0 GA',
		built: 'Apr  3 2018 14:48:22',
		openSsh: 'OpenSSH_7.6',
		hardware: 14,
		license: {name: 'vSphere 6 Hypervisor', product: '6.0'},
		runsOnlyInstalled: false,
		localPlugin: 'NMP',
		hasFixedPartitions: true,
		hasEsxcliNtp: false,
	},
	'7.0': {
		version: '7.0.3',
		build: '20036589',
		update: 3,
		patch: 50,
		level: '7.0 Update 3',
		built: 'Jul  5 2022 12:29:16',
		openSsh: 'OpenSSH_8.8',
		hardware: 19,
		license: {name: 'vSphere 7 Hypervisor', product: '7.0'},
		runsOnlyInstalled: false,
		localPlugin: 'HPP',
		hasFixedPartitions: false,
		hasEsxcliNtp: true,
	},
	'8.0': {
		version: '8.0.2',
		build: '22380479',
		update: 2,
		patch: 0,
		level: '8.0 Update 2',
		built: 'Sep  4 2023 15:00:49',
		openSsh: 'OpenSSH_9.0',
		hardware: 21,
		license: {name: 'vSphere 8 Hypervisor', product: '8.0'},
		runsOnlyInstalled: true,
		localPlugin: 'HPP',
		hasFixedPartitions: false,
		hasEsxcliNtp: true,
	},
};

export function releaseOf({version}: {readonly version: EsxiVersion}): EsxiRelease {
	return releases[version];
}
