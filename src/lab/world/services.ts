import {type EsxiConfig, type EsxiHost, type Fault, fault, type ServiceName} from './esxi-host.js';
import {networksOf, routeTo} from './network.js';

/** ESXi 7 numbers the software adapter from 64; older ones have been seen from 33 to 65. */
export const SOFTWARE_ADAPTER = 'vmhba64';

/** What ntpd needs from its start until it has chosen a server that answers. */
export const NTP_SETTLES_MS = 20_000;

export const rulesets = [
	'CIMHttpServer',
	'CIMHttpsServer',
	'DHCPv6',
	'HBR',
	'NFC',
	'dhcp',
	'dns',
	'faultTolerance',
	'iSCSI',
	'nfsClient',
	'ntpClient',
	'snmp',
	'sshClient',
	'sshServer',
	'syslog',
	'vMotion',
	'vSphereClient',
	'webAccess',
] as const;

export function startService(host: EsxiHost, service: ServiceName, now: number): EsxiHost {
	const running = {...host.running, [service]: true};
	return service === 'ntpd' ? {...host, running, ntpSince: now} : {...host, running};
}

/** Connections that SSH has already accepted stay. */
export function stopService(host: EsxiHost, service: ServiceName): EsxiHost {
	return {...host, running: {...host.running, [service]: false}};
}

export function setStartsWithHost(host: EsxiHost, service: ServiceName, starts: boolean): EsxiHost {
	return configured(host, {startsWithHost: {...host.config.startsWithHost, [service]: starts}});
}

/** `esxcli system ntp set`: new servers and the switch take effect at once. */
export function setNtp(host: EsxiHost, servers: readonly string[], enabled: boolean, now: number): EsxiHost {
	const {file: _, ...ntp} = host.config.ntp;
	const changed = configured(host, {ntp: {...ntp, servers, enabled}});
	return enabled ? startService(changed, 'ntpd', now) : stopService(changed, 'ntpd');
}

/** ntpd has read `/etc/ntp.conf`: whom its `server` lines name, it asks. */
export function setNtpFile(host: EsxiHost, file: string): EsxiHost {
	const servers = [...file.matchAll(/^\s*server\s+(\S+)/gm)].flatMap(([, server]) => server ?? []);
	return configured(host, {ntp: {...host.config.ntp, servers, file}});
}

/** The server that ntpd follows: it answers, its port is open, and ntpd has had time to choose it. */
export function followedNtpServer(host: EsxiHost, now: number): string | undefined {
	const listens =
		host.running.ntpd && host.config.openRulesets.includes('ntpClient') && now - host.ntpSince >= NTP_SETTLES_MS;
	return listens ? host.config.ntp.servers.find(server => isOnLine(host, server)) : undefined;
}

export function setRuleset(host: EsxiHost, name: string, open: boolean): EsxiHost | Fault {
	if (!rulesets.some(known => known === name)) {
		return fault('missing', 'ruleset', name);
	}

	const others = host.config.openRulesets.filter(other => other !== name);
	return configured(host, {openRulesets: open ? [...others, name] : others});
}

const FREE_LICENSE = 'FREE0-00000-00000-00000-00000';

/** Five groups of five letters and digits. Which keys are genuine only VMware knows. */
export function setLicense(host: EsxiHost, key: string): EsxiHost | Fault {
	return /^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$/.test(key)
		? configured(host, {license: key, isFree: false})
		: fault('invalid', 'value', key);
}

/** A licence that costs nothing takes the place of the one that was there. */
export function setFreeLicense(host: EsxiHost): EsxiHost {
	return configured(host, {license: FREE_LICENSE, isFree: true});
}

export function setAutostart(host: EsxiHost, autostart: boolean): EsxiHost {
	return configured(host, {autostart});
}

export function setHostname(host: EsxiHost, hostname: string, domain: string): EsxiHost {
	return configured(host, {hostname, domain});
}

/** Turning software iSCSI on opens its firewall rule set, as ESXi does. The adapter goes away with the switch. */
export function setSoftwareIscsi(host: EsxiHost, enabled: boolean): EsxiHost {
	const changed = configured(host, {iscsi: {...host.config.iscsi, enabled}});
	const opened = enabled ? setRuleset(changed, 'iSCSI', true) : changed;
	return opened.kind === 'fault' ? changed : opened;
}

export function setIqn(host: EsxiHost, iqn: string): EsxiHost | Fault {
	return /^(iqn\.\d{4}-\d{2}\.[a-z0-9.:-]+|eui\.[0-9a-fA-F]{16})$/.test(iqn)
		? configured(host, {iscsi: {...host.config.iscsi, iqn}})
		: fault('invalid', 'value', iqn);
}

export function setDelayedAck(host: EsxiHost, delayedAck: boolean): EsxiHost {
	return configured(host, {iscsi: {...host.config.iscsi, delayedAck}});
}

export function addSendTarget(host: EsxiHost, address: string): EsxiHost | Fault {
	const {iscsi} = host.config;
	return iscsi.sendTargets.includes(address)
		? fault('exists', 'address', address)
		: configured(host, {iscsi: {...iscsi, sendTargets: [...iscsi.sendTargets, address]}});
}

export function removeSendTarget(host: EsxiHost, address: string): EsxiHost | Fault {
	const {iscsi} = host.config;
	return iscsi.sendTargets.includes(address)
		? configured(host, {iscsi: {...iscsi, sendTargets: iscsi.sendTargets.filter(other => other !== address)}})
		: fault('missing', 'address', address);
}

/** What a rescan, or a discovery, brings it hears of from the storage network. */
export function rescanned(host: EsxiHost): EsxiHost {
	return {...host, initiator: {...host.initiator, rescans: host.initiator.rescans + 1}};
}

/** Binds a VMkernel NIC to the software adapter. */
export function addNetworkPortal(host: EsxiHost, nic: string): EsxiHost | Fault {
	const {iscsi} = host.config;
	if (!host.config.vmknics.some(({name}) => name === nic)) {
		return fault('missing', 'vmknic', nic);
	}

	return iscsi.networkPortals.includes(nic)
		? fault('exists', 'nic', nic)
		: configured(host, {iscsi: {...iscsi, networkPortals: [...iscsi.networkPortals, nic]}});
}

export function removeNetworkPortal(host: EsxiHost, nic: string): EsxiHost | Fault {
	const {iscsi} = host.config;
	return iscsi.networkPortals.includes(nic)
		? configured(host, {iscsi: {...iscsi, networkPortals: iscsi.networkPortals.filter(other => other !== nic)}})
		: fault('missing', 'vmknic', nic);
}

/** The networks of this machine room have a time server each, and no router. */
function isOnLine(host: EsxiHost, server: string): boolean {
	const route = routeTo(host, server);
	return route !== undefined && networksOf(host, route).length > 0;
}

function configured(host: EsxiHost, part: Partial<EsxiConfig>): EsxiHost {
	return {...host, config: {...host.config, ...part}};
}
