import {type EsxiHost, type Fault, fault, type Nic, type VirtualSwitch, type VmkernelNic} from './esxi-host.js';

/** Adds a switch without uplinks and port groups. */
export function addSwitch(host: EsxiHost, name: string): EsxiHost | Fault {
	return findSwitch(host, name)
		? fault('exists', 'switch', name)
		: withSwitches(host, [...host.config.switches, {name, mtu: 1500, uplinks: [], portGroups: []}]);
}

/** A switch whose port groups carry a VMkernel NIC is in use. */
export function removeSwitch(host: EsxiHost, name: string): EsxiHost | Fault {
	const found = findSwitch(host, name);
	if (!found) {
		return fault('missing', 'switch', name);
	}

	return found.portGroups.some(({name}) => vmknicOn(host, name))
		? fault('used', 'switch', name)
		: withSwitches(
				host,
				host.config.switches.filter(other => other !== found),
			);
}

export function setMtu(host: EsxiHost, name: string, mtu: number): EsxiHost | Fault {
	return changeSwitch(host, name, found =>
		mtu >= 1280 && mtu <= 9000 ? {...found, mtu} : fault('invalid', 'value', String(mtu)),
	);
}

/** `exists`: it is an uplink of this switch already; `used`: of another one. */
export function addUplink(host: EsxiHost, switchName: string, nicName: string): EsxiHost | Fault {
	return changeSwitch(host, switchName, found => {
		if (!findNic(host, nicName)) {
			return fault('missing', 'nic', nicName);
		}

		if (found.uplinks.includes(nicName)) {
			return fault('exists', 'uplink', nicName);
		}

		return switchOfUplink(host, nicName)
			? fault('used', 'uplink', nicName)
			: {...found, uplinks: [...found.uplinks, nicName]};
	});
}

export function removeUplink(host: EsxiHost, switchName: string, nicName: string): EsxiHost | Fault {
	return changeSwitch(host, switchName, found =>
		found.uplinks.includes(nicName)
			? {...found, uplinks: found.uplinks.filter(name => name !== nicName)}
			: fault('missing', 'uplink', nicName),
	);
}

/** Names of port groups are unique on a host. */
export function addPortGroup(host: EsxiHost, switchName: string, name: string): EsxiHost | Fault {
	return changeSwitch(host, switchName, found =>
		switchOfPortGroup(host, name)
			? fault('exists', 'portGroup', name)
			: {...found, portGroups: [...found.portGroups, {name, vlan: 0}]},
	);
}

export function removePortGroup(host: EsxiHost, switchName: string, name: string): EsxiHost | Fault {
	return changeSwitch(host, switchName, found => {
		if (!found.portGroups.some(group => group.name === name)) {
			return fault('missing', 'portGroup', name);
		}

		return vmknicOn(host, name)
			? fault('used', 'portGroup', name)
			: {...found, portGroups: found.portGroups.filter(group => group.name !== name)};
	});
}

export function setVlan(host: EsxiHost, name: string, vlan: number): EsxiHost | Fault {
	const found = switchOfPortGroup(host, name);
	if (!found) {
		return fault('missing', 'portGroup', name);
	}

	return changeSwitch(host, found.name, found =>
		vlan >= 0 && vlan <= 4095
			? {...found, portGroups: found.portGroups.map(group => (group.name === name ? {name, vlan} : group))}
			: fault('invalid', 'value', String(vlan)),
	);
}

/** Adds the next free `vmkN` with a static address. One VMkernel NIC per port group. */
export function addVmknic(host: EsxiHost, portGroup: string, ip: string, netmask: string): EsxiHost | Fault {
	if (!isIpv4(ip)) {
		return fault('invalid', 'address', ip);
	}

	if (!isNetmask(netmask)) {
		return fault('invalid', 'netmask', netmask);
	}

	if (!switchOfPortGroup(host, portGroup)) {
		return fault('missing', 'portGroup', portGroup);
	}

	if (vmknicOn(host, portGroup)) {
		return fault('exists', 'vmknic', portGroup);
	}

	if (host.config.vmknics.some(nic => nic.ip === ip)) {
		return fault('used', 'address', ip);
	}

	const number = firstFree(host.config.vmknics.map(({name}) => name));
	const nic = {
		name: `vmk${number}`,
		portGroup,
		ip,
		netmask,
		gateway: '0.0.0.0',
		mac: vmkernelMac(host, number),
		mtu: 1500,
	};
	return withVmknics(host, [...host.config.vmknics, nic]);
}

export function removeVmknic(host: EsxiHost, portGroup: string): EsxiHost | Fault {
	const found = vmknicOn(host, portGroup);
	return found
		? withVmknics(
				host,
				host.config.vmknics.filter(nic => nic !== found),
			)
		: fault('missing', 'vmknic', portGroup);
}

export function setVmknicAddress(host: EsxiHost, name: string, ip: string, netmask: string): EsxiHost | Fault {
	const found = host.config.vmknics.find(nic => nic.name === name);
	if (!found) {
		return fault('missing', 'vmknic', name);
	}

	if (!isIpv4(ip)) {
		return fault('invalid', 'address', ip);
	}

	if (!isNetmask(netmask)) {
		return fault('invalid', 'netmask', netmask);
	}

	return withVmknics(
		host,
		host.config.vmknics.map(nic => (nic === found ? {...nic, ip, netmask} : nic)),
	);
}

/** What `esxcli network nic up` and `down` do. */
export function setNicUp(host: EsxiHost, name: string, adminUp: boolean): EsxiHost | Fault {
	return findNic(host, name)
		? {...host, nics: host.nics.map(nic => (nic.name === name ? {...nic, adminUp} : nic))}
		: fault('missing', 'nic', name);
}

export function setPlugged(host: EsxiHost, name: string, plugged: boolean): EsxiHost | Fault {
	return findNic(host, name)
		? {...host, nics: host.nics.map(nic => (nic.name === name ? {...nic, plugged} : nic))}
		: fault('missing', 'nic', name);
}

export function linkIsUp(nic: Nic): boolean {
	return nic.adminUp && nic.plugged;
}

export function findSwitch(host: EsxiHost, name: string): VirtualSwitch | undefined {
	return host.config.switches.find(other => other.name === name);
}

export function findNic(host: EsxiHost, name: string): Nic | undefined {
	return host.nics.find(nic => nic.name === name);
}

function switchOfUplink(host: EsxiHost, nicName: string): VirtualSwitch | undefined {
	return host.config.switches.find(({uplinks}) => uplinks.includes(nicName));
}

export function switchOfPortGroup(host: EsxiHost, name: string): VirtualSwitch | undefined {
	return host.config.switches.find(({portGroups}) => portGroups.some(group => group.name === name));
}

export function vmknicOn(host: EsxiHost, portGroup: string): VmkernelNic | undefined {
	return host.config.vmknics.find(nic => nic.portGroup === portGroup);
}

/** The physical networks that a VMkernel NIC reaches through the links that are up. */
export function networksOf(host: EsxiHost, vmknic: VmkernelNic): readonly string[] {
	return networksOfPortGroup(host, vmknic.portGroup);
}

/** The physical networks that a port group reaches through the links that are up. */
export function networksOfPortGroup(host: EsxiHost, portGroup: string): readonly string[] {
	const uplinks = switchOfPortGroup(host, portGroup)?.uplinks ?? [];
	return host.nics.filter(nic => uplinks.includes(nic.name) && linkIsUp(nic)).map(({network}) => network);
}

/** The same, and what stays inside of the host: its virtual machines on the same switch, whose cables nobody can pull. */
export function segmentsOf(host: EsxiHost, vmknic: VmkernelNic): readonly string[] {
	const uplinks = switchOfPortGroup(host, vmknic.portGroup)?.uplinks ?? [];
	const inside = host.nics.filter(nic => uplinks.includes(nic.name)).map(({network}) => insideOf(host.name, network));
	return [...networksOf(host, vmknic), ...inside];
}

/** What virtual machines of a host share on their way to a network. */
export function insideOf(host: string, network: string): string {
	return `${host}:${network}`;
}

/** The VMkernel NIC through which a packet to `address` leaves: by subnet, else by default route. */
export function routeTo(host: EsxiHost, address: string): VmkernelNic | undefined {
	const {vmknics} = host.config;
	return vmknics.find(nic => sameSubnet(nic, address)) ?? vmknics.find(({gateway}) => gateway !== '0.0.0.0');
}

export function sameSubnet({ip, netmask}: VmkernelNic, address: string): boolean {
	return (toNumber(ip) & toNumber(netmask)) === (toNumber(address) & toNumber(netmask));
}

export function broadcastOf({ip, netmask}: VmkernelNic): string {
	return toAddress((toNumber(ip) | ~toNumber(netmask)) >>> 0);
}

export function isIpv4(text: string): boolean {
	return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every(part => Number(part) <= 255);
}

function isNetmask(text: string): boolean {
	return isIpv4(text) && /^1+0*$/.test((toNumber(text) >>> 0).toString(2).padStart(32, '0'));
}

function changeSwitch(
	host: EsxiHost,
	name: string,
	change: (found: VirtualSwitch) => VirtualSwitch | Fault,
): EsxiHost | Fault {
	const found = findSwitch(host, name);
	if (!found) {
		return fault('missing', 'switch', name);
	}

	const changed = change(found);
	return 'kind' in changed
		? changed
		: withSwitches(
				host,
				host.config.switches.map(other => (other === found ? changed : other)),
			);
}

function withSwitches(host: EsxiHost, switches: readonly VirtualSwitch[]): EsxiHost {
	return {...host, config: {...host.config, switches}};
}

function withVmknics(host: EsxiHost, vmknics: readonly VmkernelNic[]): EsxiHost {
	return {...host, config: {...host.config, vmknics}};
}

function firstFree(names: readonly string[]): number {
	let number = 0;
	while (names.includes(`vmk${number}`)) {
		number += 1;
	}

	return number;
}

/** In VMware's range; the last bytes follow the host's first NIC, so that no two hosts share one. */
function vmkernelMac(host: EsxiHost, number: number): string {
	const tail = host.nics[0]?.mac.slice(-5) ?? '00:00';
	return `00:50:56:6${number % 10}:${tail}`;
}

function toNumber(address: string): number {
	return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}

function toAddress(number: number): string {
	return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.');
}
