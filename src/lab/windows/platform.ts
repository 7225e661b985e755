import type {LabHost, OwnShellPlatform} from '../host.js';
import type {WindowsRoom} from './process.js';
import {windowsShell} from './shells.js';
import {type Volume, volumesOf} from './volumes.js';

/**
Windows Server 2019 with its OpenSSH, as it looks from an SSH session.

Sources: the project's notes on SSH (section 3.5 and 6) and on the domain (2.5, 3.9), Microsoft's documentation of the
cmdlets; nobody has recorded a real host for it yet.
*/
export function windowsPlatform(room: WindowsRoom): OwnShellPlatform {
	return {
		name: 'windows',
		ssh: {
			ident: 'OpenSSH_for_Windows_7.7',
			methods: ['publickey', 'password', 'keyboard-interactive'],
			userKeys: [
				'ssh-rsa',
				'rsa-sha2-256',
				'rsa-sha2-512',
				'ecdsa-sha2-nistp256',
				'ecdsa-sha2-nistp384',
				'ssh-ed25519',
			],
			hostKeys: ['ecdsa', 'rsa'],
			// Every administrator shares one file
			authorizedKeys: user =>
				/^administrator$/i.test(user)
					? '/C/ProgramData/ssh/administrators_authorized_keys'
					: `/C/Users/${user}/.ssh/authorized_keys`,
			signalsForRoot: false,
		},
		home: user => `/C/Users/${user}`,
		volatile: [],
		shell: (host, line, io) => windowsShell(host, line, io, room),
		files: ({name, users}: LabHost) =>
			Object.fromEntries([
				...volumesOf(room.host(name), room.disks).flatMap(filesOn),
				...Object.keys(users).map(user => [`/C/Users/${user}/AppData/Local/Temp/`, '']),
				...Object.entries(room.host(name).files).map(([path, text]) => [`/${path.replace(':', '')}`, text]),
				...['Windows/System32', 'Program Files', 'ProgramData/ssh'].map(folder => [`/C/${folder}/`, '']),
			]),
	};
}

/** The root of a volume, and a line about each big file on it. */
function filesOn({root, partition}: Volume): ReadonlyArray<readonly [path: string, text: string]> {
	const folder = `/${root.replace(':', '').replaceAll('\\', '/')}`.replace(/\/?$/, '/');
	return [
		[folder, ''],
		...Object.entries(partition.files).map(
			([path, {holds, bytes}]) => [`${folder}${path}`, `vhdxfile ${holds ?? bytes} bytes\n`] as const,
		),
	];
}
