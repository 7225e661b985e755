import type {HostView, LabCommand, Platform} from '../host.js';
import {lioCommands} from '../lio/targetcli.js';
import {blockCommands} from './block-commands.js';
import type {Surroundings} from './command.js';
import {filesOf} from './files.js';
import {firewallCmd} from './firewall.js';
import {hostCommands} from './host-commands.js';
import {journalCommands} from './journal.js';
import {networkCommands} from './network-commands.js';
import {packageCommands} from './packages.js';
import {release} from './release.js';
import {sshKeygen} from './ssh-keygen.js';
import {systemctl} from './systemctl.js';
import {homeOf, userCommands} from './users.js';

/**
A host of the RHEL 8 family as it looks from an SSH session: bash, systemd, NetworkManager, dnf, sudo. `around` gives each
host its surroundings; `more` are the commands that its cluster software brings.
*/
export function linuxPlatform(
	around: (name: string) => Surroundings,
	more: (name: string) => readonly LabCommand[],
): Platform {
	return {
		name: 'linux',
		shellName: 'bash',
		tools: 'gnu',
		notFound: name => `bash: ${name}: command not found`,
		uname: {system: 'Linux', release: release.kernel, version: release.version, machine: 'x86_64', os: 'GNU/Linux'},
		ssh: {
			ident: 'OpenSSH_8.0',
			methods: ['publickey', 'password'],
			userKeys: [
				'ssh-rsa',
				'rsa-sha2-256',
				'rsa-sha2-512',
				'ecdsa-sha2-nistp256',
				'ecdsa-sha2-nistp384',
				'ssh-ed25519',
			],
			hostKeys: ['ecdsa'],
			authorizedKeys: user => `${homeOf(user)}/.ssh/authorized_keys`,
			signalsForRoot: false,
		},
		greeting: '',
		prompt: (user, hostname, cwd) =>
			`[${user}@${hostname.split('.')[0]} ${cwd === '/' ? '/' : cwd.slice(cwd.lastIndexOf('/') + 1)}]${user === 'root' ? '#' : '$'} `,
		home: homeOf,
		volatile: ['/run', '/dev/shm'],
		lacks: [],
		runsOnlyInstalled: false,
		commands: ({name}: HostView) => {
			const surroundings = around(name);
			return [
				systemctl(surroundings),
				firewallCmd(surroundings),
				...hostCommands(surroundings),
				...blockCommands(surroundings),
				...lioCommands(surroundings),
				...journalCommands(surroundings),
				...networkCommands(surroundings),
				...packageCommands(surroundings),
				...userCommands(surroundings),
				sshKeygen(),
				...more(name),
			];
		},
		files: host => ({
			...filesOf(around(host.name).host(), around(host.name).mirrors()),
			...around(host.name).neighbourhood.partFiles(host.name),
		}),
		shows: {
			'/proc/uptime': ({power}, now) => {
				const seconds = power.kind === 'on' ? (now - power.bootedAt) / 1000 : 0;
				return `${seconds.toFixed(2)} ${(seconds * 4 * 0.98).toFixed(2)}\n`;
			},
			'/proc/loadavg': () => '0.02 0.03 0.03 1/212 2101\n',
		},
	};
}
