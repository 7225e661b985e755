import type {DictatedFile} from '../host.js';
import {blockDevices, linksOf, type MirrorDevice} from './disks.js';
import {messagesOf} from './journal.js';
import type {LinuxHost} from './linux-host.js';
import {bootIdOf} from './power.js';
import {release} from './release.js';
import {homeOf, passwdLine, sudoRight} from './users.js';

export const SELINUX_CONFIG = '/etc/selinux/config';

/** What is in the file system because of what the host is: its names, users, log, and what was put there beforehand. */
export function filesOf(host: LinuxHost, mirrors: readonly MirrorDevice[]): Readonly<Record<string, DictatedFile>> {
	const {users} = host;
	return {
		'/etc/hostname': `${host.hostname}\n`,
		'/etc/hosts': '127.0.0.1   localhost localhost.localdomain\n::1         localhost localhost.localdomain\n',
		'/etc/os-release': release.osRelease,
		'/etc/redhat-release': release.redhatRelease,
		'/etc/passwd': users.map(passwdLine).join(''),
		'/etc/group': users.map(({name, uid}) => `${name}:x:${uid}:\n`).join(''),
		[SELINUX_CONFIG]: 'SELINUX=enforcing\nSELINUXTYPE=targeted\n',
		'/etc/sudoers': {text: sudoers(host), mode: 0o440, owner: 'root'},
		'/etc/systemd/system/': '',
		'/etc/sysconfig/': '',
		'/etc/udev/rules.d/': '',
		'/opt/': '',
		'/proc/sys/kernel/random/boot_id': `${bootIdOf(host)}\n`,
		'/run/': '',
		'/srv/': '',
		'/usr/local/bin/': '',
		'/var/lib/': '',
		'/var/log/messages': {text: messagesOf(host), mode: 0o600, owner: 'root'},
		'/var/tmp/': {text: '', mode: 0o1777, owner: 'root'},
		'/tmp/': {text: '', mode: 0o1777, owner: 'root'},
		...Object.fromEntries(users.map(({name}) => [`${homeOf(name)}/`, {text: '', mode: 0o700, owner: name}])),
		...deviceFiles(host, mirrors),
		...host.files,
	};
}

/** The host with a file that somebody had ready for it, or with all below a path that ends in `/`. Throws where there is none. */
export function withBrought(host: LinuxHost, path: string): LinuxHost {
	const brought = Object.entries(host.later).filter(
		([each]) => each === path || (path.endsWith('/') && each.startsWith(path)),
	);
	if (brought.length === 0) {
		throw new Error(`Nobody has a file ${path} for ${host.label}`);
	}

	return {...host, files: {...host.files, ...Object.fromEntries(brought)}};
}

/** What is wrong with the words of `set file HOST PATH`. */
export function checkFileDeed(name: string | undefined, rest: readonly string[]): string | undefined {
	return rest.length === 1 && rest[0]?.startsWith('/') === true
		? undefined
		: `Write the absolute path of one file: set file ${name} /root/clp.conf`;
}

/** Disks, partitions and mirror disks with the links to them. What a node reads and writes is nothing: commands know devices. */
function deviceFiles(host: LinuxHost, mirrors: readonly MirrorDevice[]): Readonly<Record<string, DictatedFile>> {
	const nodes = [...blockDevices(host).map(({path}) => path), ...mirrors.map(({device}) => device)];
	return Object.fromEntries([
		...nodes.map(path => [path, {text: '', mode: 0o660, owner: 'root'}] as const),
		...linksOf(host).map(({path, target}) => [path, {link: target}] as const),
	]);
}

function sudoers({users, requiretty}: LinuxHost): string {
	const rights = users.flatMap(user => {
		const right = user.name === 'root' ? 'nopasswd' : sudoRight(user);
		return right === undefined ? [] : `${user.name} ALL=(ALL) ${right === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL\n`;
	});
	return `${requiretty ? 'Defaults requiretty\n' : ''}${rights.join('')}`;
}
