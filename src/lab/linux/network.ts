import type {LinuxHost, LinuxNic} from './linux-host.js';

/** In the order in which vSphere's network adapters get their names. */
const nicNames = ['ens192', 'ens224', 'ens256', 'ens161', 'ens193', 'ens225'];

/** NICs for these networks and addresses, of the host with this number. A /24 each, no router. */
export function nicsFor(
	addresses: readonly (readonly [network: string, address: string])[],
	number: number,
): readonly LinuxNic[] {
	return addresses.map(([network, address], index) => {
		const name = nicNames[index] ?? `eth${index}`;
		const withPrefix = [`${address}/24`];
		return {
			name,
			// In VMware's range for guests
			mac: `00:50:56:${[0x80 + index, (number >> 8) & 255, number & 255].map(byte => byte.toString(16).padStart(2, '0')).join(':')}`,
			network,
			plugged: true,
			up: true,
			addresses: withPrefix,
			connection: {addresses: withPrefix, gateway: '', autoconnect: true},
		};
	});
}

export function linkIsUp(nic: LinuxNic): boolean {
	return nic.plugged && nic.up;
}

export function findNic(host: LinuxHost, name: string): LinuxNic | undefined {
	return host.nics.find(nic => nic.name === name);
}

export function changeNic(host: LinuxHost, name: string, change: Partial<LinuxNic>): LinuxHost {
	return {...host, nics: host.nics.map(nic => (nic.name === name ? {...nic, ...change} : nic))};
}

/** What NetworkManager does when a connection goes up: its addresses, and no others. */
export function bringUp(host: LinuxHost, name: string): LinuxHost {
	const nic = findNic(host, name);
	return nic === undefined ? host : changeNic(host, name, {up: true, addresses: nic.connection.addresses});
}

/** Whether `address` is in the subnet of `ADDRESS/PREFIX`. */
export function isInSubnet(withPrefix: string, address: string): boolean {
	const [own = '', prefix = '24'] = withPrefix.split('/');
	const mask = prefix === '0' ? 0 : (~0 << (32 - Number(prefix))) >>> 0;
	return (toNumber(own) & mask) >>> 0 === (toNumber(address) & mask) >>> 0;
}

export function broadcastOf(withPrefix: string): string {
	const [own = '', prefix = '24'] = withPrefix.split('/');
	return toAddress((toNumber(own) | (prefix === '32' ? 0 : 2 ** (32 - Number(prefix)) - 1)) >>> 0);
}

export function subnetOf(withPrefix: string): string {
	const [own = '', prefix = '24'] = withPrefix.split('/');
	return `${toAddress((toNumber(own) & (~0 << (32 - Number(prefix)))) >>> 0)}/${prefix}`;
}

function toNumber(address: string): number {
	return address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}

function toAddress(number: number): string {
	return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.');
}
