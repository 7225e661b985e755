import {command as vmkernelCommand} from '../esxi/command.js';
import {vmkfstools} from '../esxi/disk-commands.js';
import {esxcfgNics} from '../esxi/esxcfg-nics.js';
import {esxcfgVmknic} from '../esxi/esxcfg-vmknic.js';
import {esxcfgVswitch} from '../esxi/esxcfg-vswitch.js';
import {filesOf as vmkernelFiles, volumesOf} from '../esxi/files.js';
import {ping} from '../esxi/ping.js';
import type {DictatedFile, HostView, LabCommand, PosixPlatform} from '../host.js';
import {filesOf as linuxFiles} from '../linux/files.js';
import {hostCommands as linuxCommands} from '../linux/host-commands.js';
import {journalCommands} from '../linux/journal.js';
import {networkCommands} from '../linux/network-commands.js';
import {packageCommands} from '../linux/packages.js';
import {sshKeygen} from '../linux/ssh-keygen.js';
import {homeOf, userCommands} from '../linux/users.js';
import {aroundConsole, aroundVmkernel, command, type Surroundings} from './command.js';
import {consoleOf, type Esx4Host, vmkernelOf} from './esx4-host.js';
import {esxcfgFirewall} from './esxcfg-firewall.js';
import {esxcfgVswif} from './esxcfg-vswif.js';
import {hostCommands} from './host-commands.js';
import {release} from './release.js';
import {serviceCommands} from './services.js';
import {vmwareCmd} from './vmware-cmd.js';

const ESXCFG_MS = 300;

/** Of the younger Linux that every Linux host of the lab is, and not of RHEL 5. */
const younger = [
	'chronyc',
	'dnf',
	'halt',
	'hostnamectl',
	'journalctl',
	'lsblk',
	'nmcli',
	'poweroff',
	'reboot',
	'timedatectl',
];

/**
VMware ESX 4.0 as it looks from an SSH session to its service console. Sources: the notes on the domain, 1.5 and 3.6, and old
public transcripts; what nobody has recorded is our guess in the same manner, and docs/lab.md says which.
*/
export function esx4Platform(
	around: (name: string) => Surroundings,
	more: (name: string) => readonly LabCommand[],
): PosixPlatform {
	return {
		name: 'esx4',
		shellName: 'bash',
		tools: 'gnu',
		notFound: name => `bash: ${name}: command not found`,
		uname: {
			system: 'Linux',
			release: release.kernel,
			version: release.kernelVersion,
			machine: 'x86_64',
			os: 'GNU/Linux',
		},
		ssh: {
			ident: 'OpenSSH_4.3',
			methods: ['publickey', 'keyboard-interactive', 'password'],
			userKeys: ['ssh-rsa'],
			hostKeys: ['rsa'],
			authorizedKeys: user => `${homeOf(user)}/.ssh/authorized_keys`,
			signalsForRoot: false,
			// OpenSSH 4.3 has the group exchange with SHA-1 too, which no server of ours can do
			algorithms: {
				kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
				serverHostKey: ['ssh-rsa'],
				cipher: ['aes128-cbc', '3des-cbc', 'aes192-cbc', 'aes256-cbc'],
				hmac: ['hmac-md5', 'hmac-sha1', 'hmac-sha1-96'],
			},
		},
		greeting: '',
		prompt: (user, hostname, cwd) =>
			`[${user}@${hostname.split('.')[0]} ${cwd === '/' ? '/' : cwd.slice(cwd.lastIndexOf('/') + 1)}]${user === 'root' ? '#' : '$'} `,
		home: homeOf,
		volatile: ['/dev/shm'],
		lacks: ['curl', 'jq', 'timeout'],
		runsOnlyInstalled: false,
		commands: ({name}: HostView) => [...commandsOf(around(name)), ...more(name)],
		volumes: host => volumesOf(around(host.name).room, host.name),
		files: host => ({...filesOf(around(host.name).host()), ...around(host.name).neighbourhood.partFiles(host.name)}),
		shows: {
			'/proc/uptime': ({power}, now) => {
				const seconds = power.kind === 'on' ? (now - power.bootedAt) / 1000 : 0;
				return `${seconds.toFixed(2)} ${(seconds * 0.98).toFixed(2)}\n`;
			},
		},
	};
}

function commandsOf(surroundings: Surroundings): readonly LabCommand[] {
	const linux = aroundConsole(surroundings);
	const vmkernel = aroundVmkernel(surroundings);
	return [
		...[linuxCommands, journalCommands, networkCommands, packageCommands, userCommands]
			.flatMap(commands => commands(linux))
			.filter(({name}) => !younger.includes(name)),
		sshKeygen(),
		vmkernelCommand(vmkernel, 'esxcfg-vswitch', ESXCFG_MS, esxcfgVswitch),
		vmkernelCommand(vmkernel, 'esxcfg-vmknic', ESXCFG_MS, esxcfgVmknic),
		vmkernelCommand(vmkernel, 'esxcfg-nics', ESXCFG_MS, esxcfgNics),
		vmkfstools(vmkernel, () => [vmkernel.host()]),
		ping(vmkernel, 'vmkping'),
		vmwareCmd(surroundings.room, surroundings.host().name),
		command(surroundings, 'esxcfg-firewall', ESXCFG_MS, esxcfgFirewall),
		command(surroundings, 'esxcfg-vswif', ESXCFG_MS, esxcfgVswif),
		...serviceCommands(surroundings),
		...hostCommands(surroundings),
	];
}

/** Of the console, and the volumes of the VMkernel. */
function filesOf(host: Esx4Host): Readonly<Record<string, DictatedFile>> {
	const {'/etc/os-release': _, '/etc/systemd/system/': __, ...console} = linuxFiles(consoleOf(host), []);
	const volumes = Object.entries(vmkernelFiles(vmkernelOf(host))).filter(([path]) => path.startsWith('/vmfs/'));
	return {
		...console,
		...Object.fromEntries(volumes),
		'/etc/redhat-release': 'Red Hat Enterprise Linux ES release 5.1 (Tikanga)\n',
		'/etc/vmware-release': release.vmwareRelease,
		'/etc/vmware/': '',
	};
}
