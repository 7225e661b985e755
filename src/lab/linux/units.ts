import type {LinuxHost, Unit} from './linux-host.js';

/** Services of every host, and of the packages that bring some: `+`: runs from the start on. */
const brought: Readonly<Record<string, {readonly title: string; readonly from?: string; readonly starts: boolean}>> = {
	NetworkManager: {title: 'Network Manager', starts: true},
	auditd: {title: 'Security Auditing Service', starts: true},
	chronyd: {title: 'NTP client/server', starts: true},
	crond: {title: 'Command Scheduler', starts: true},
	'dnf-makecache.timer': {title: 'dnf makecache --timer', starts: true},
	firewalld: {title: 'firewalld - dynamic firewall daemon', starts: true},
	rsyslog: {title: 'System Logging Service', starts: true},
	sshd: {title: 'OpenSSH server daemon', starts: true},
	'systemd-journald': {title: 'Journal Service', starts: true},
	clusterpro: {title: 'EXPRESSCLUSTER', from: 'expresscls', starts: true},
	httpd: {title: 'The Apache HTTP Server', from: 'httpd', starts: false},
	iscsid: {title: 'Open-iSCSI', from: 'iscsi-initiator-utils', starts: false},
	mariadb: {title: 'MariaDB database server', from: 'mariadb-server', starts: false},
	nfs: {title: 'NFS server and services', from: 'nfs-utils', starts: false},
	nginx: {title: 'The nginx HTTP and reverse proxy server', from: 'nginx', starts: false},
	postgresql: {title: 'PostgreSQL database server', from: 'postgresql-server', starts: false},
	target: {title: 'Restore LIO kernel target configuration', from: 'target-restore', starts: false},
	vmtoolsd: {title: 'Service for virtual machines hosted on VMware', from: 'open-vm-tools', starts: false},
};

/** `crond` of `crond`, `crond.service`; timers and sockets keep their suffix. */
export function unitName(word: string): string {
	return word.replace(/\.service$/, '');
}

/** With its suffix, as systemd prints it. */
export function fullName(name: string): string {
	return /\.(timer|socket|target|mount)$/.test(name) ? name : `${name}.service`;
}

export function unitTitle(name: string): string {
	return brought[name]?.title ?? fullName(name);
}

/** Undefined: no package has brought it. A unit file that somebody wrote is the caller's to look for. */
export function unitOf(host: LinuxHost, name: string): Unit | undefined {
	const own = Object.hasOwn(host.units, name) ? host.units[name] : undefined;
	const known = Object.hasOwn(brought, name) ? brought[name] : undefined;
	if (
		own !== undefined ||
		known === undefined ||
		(known.from !== undefined && !Object.hasOwn(host.packages, known.from))
	) {
		return own;
	}

	const since = host.power.kind === 'on' || host.power.kind === 'stopping' ? host.power.bootedAt : 0;
	return {enabled: known.starts, active: known.starts, since};
}

export function unitNames(host: LinuxHost): readonly string[] {
	return [...new Set([...Object.keys(brought), ...Object.keys(host.units)])]
		.filter(name => unitOf(host, name) !== undefined)
		.sort();
}

export function isActive(host: LinuxHost, name: string): boolean {
	return unitOf(host, name)?.active === true;
}

export function setUnit(host: LinuxHost, name: string, unit: Unit): LinuxHost {
	return {...host, units: {...host.units, [name]: unit}};
}

/** What is enabled runs after a boot, and nothing else. */
export function unitsAtBoot(host: LinuxHost, at: number): LinuxHost['units'] {
	return Object.fromEntries(
		Object.entries(host.units).map(([name, {enabled}]) => [name, {enabled, active: enabled, since: at}]),
	);
}
