import type {DictatedFile, HostView, LabCommand, LabHost, PosixPlatform} from '../host.js';
import type {EsxiHost} from '../world/esxi-host.js';
import {type EsxiVersion, releaseOf} from '../world/esxi-release.js';
import type {Footprint, Member} from '../world/member.js';
import {askingHostd, command, type Surroundings} from './command.js';
import {partedUtil, vmkfstools} from './disk-commands.js';
import {esxcfgNics} from './esxcfg-nics.js';
import {esxcfgVmknic} from './esxcfg-vmknic.js';
import {esxcfgVswitch} from './esxcfg-vswitch.js';
import {esxcli, localcli} from './esxcli/esxcli.js';
import {filesOf, volumesOf} from './files.js';
import {hostCommands} from './host-commands.js';
import {initScripts} from './init-scripts.js';
import {ping} from './ping.js';
import {vimCmd} from './vim-cmd.js';
import {vsish} from './vsish.js';

/** The ESXi hosts of a machine room, and the way to change one. */
export type MachineRoom = {
	/** Throws a RangeError for an unknown name. */
	host(name: string): EsxiHost;
	replace(host: EsxiHost): void;
	/** Whether somebody on one of these networks answers at the address, whatever host it is. */
	answers(address: string, networks: readonly string[]): boolean;
	/** What software that spans hosts has put on this one. */
	footprints(name: string): readonly Footprint[];
	partCommands(name: string): readonly LabCommand[];
	partFiles(name: string): Readonly<Record<string, DictatedFile>>;
	/** Every ESXi host. */
	hosts(): readonly EsxiHost[];
	/** Hosts of the lab file that are virtual machines of this one. */
	guests(name: string): readonly Member[];
	/** The host of the lab file that is the virtual machine of this name; undefined: nobody looks into that. */
	guest(vm: string): Member | undefined;
	/** Changes a virtual machine in several steps, between which nothing follows from it. */
	busy(vm: string, body: () => void): void;
	isBusy(vm: string): boolean;
};

const ESXCLI_MS = 600;
const ESXCFG_MS = 300;

/**
An ESXi host as it looks from an SSH session. Sources: the project's notes on the domain, public transcripts and scripts; what
nobody has recorded is our guess in the same manner, and `refusals.ts` says which.
*/
export function esxiPlatform(room: MachineRoom, version: EsxiVersion): PosixPlatform {
	const release = releaseOf({version});
	return {
		name: 'esxi',
		shellName: 'sh',
		tools: 'busybox',
		notFound: name => `sh: ${name}: not found`,
		uname: {
			system: 'VMkernel',
			release: release.version,
			version: `#1 SMP Release build-${release.build} ${release.built}`,
			machine: 'x86_64',
			os: 'ESXi',
		},
		ssh: {
			ident: release.openSsh,
			methods: ['publickey', 'keyboard-interactive'],
			userKeys: ['ssh-rsa', 'rsa-sha2-256', 'rsa-sha2-512', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'],
			hostKeys: ['ecdsa', 'rsa'],
			authorizedKeys: user => `/etc/ssh/keys-${user}/authorized_keys`,
			signalsForRoot: false,
		},
		greeting: `The time and date of this login have been sent to the system logs.

WARNING:
   All commands run on the ESXi shell are logged and may be included in
   support bundles. Do not provide passwords directly on the command line.
   Most tools can prompt for secrets or accept them from standard input.

VMware offers supported, powerful system administration tools.  Please
see www.vmware.com/go/sysadmintools for details.

The ESXi Shell can be disabled by an administrative user. See the
vSphere Security documentation for more information.
`,
		prompt: (user, hostname, cwd) => `[${user}@${hostname.split('.')[0]}:${cwd}] `,
		home: () => '/',
		volatile: ['/tmp', '/var/run', '/var/tmp'],
		lacks: ['bash', 'curl', 'jq', 'perl', 'rsync', 'su', 'sudo', 'tr'],
		runsOnlyInstalled: release.runsOnlyInstalled,
		commands: (host: HostView) => [...commandsOf(around(room, host.name), room), ...room.partCommands(host.name)],
		files: (host: LabHost) => ({...filesOf(room.host(host.name)), ...room.partFiles(host.name)}),
		volumes: (host: LabHost) => volumesOf(room, host.name),
	};
}

function around(room: MachineRoom, name: string): Surroundings {
	return {
		host: () => room.host(name),
		replace: room.replace,
		answers: room.answers,
		footprints: () => room.footprints(name),
	};
}

function commandsOf(surroundings: Surroundings, room: MachineRoom): ReturnType<PosixPlatform['commands']> {
	return [
		command(surroundings, 'esxcfg-vswitch', ESXCFG_MS, esxcfgVswitch),
		command(surroundings, 'esxcfg-vmknic', ESXCFG_MS, esxcfgVmknic),
		command(surroundings, 'esxcfg-nics', ESXCFG_MS, esxcfgNics),
		askingHostd(surroundings, command(surroundings, 'esxcli', ESXCLI_MS, esxcli)),
		command(surroundings, 'localcli', ESXCLI_MS, localcli),
		vimCmd(surroundings, room),
		command(surroundings, 'partedUtil', ESXCFG_MS, partedUtil),
		vmkfstools(surroundings, room.hosts),
		command(surroundings, 'vsish', 200, vsish),
		ping(surroundings, 'ping'),
		ping(surroundings, 'vmkping'),
		...initScripts(surroundings),
		...hostCommands(surroundings),
	];
}
