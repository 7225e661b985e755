import type {Adapter, Switch, WindowsHost} from './host-state.js';

/** The virtual switch is called X, the host's own adapter on it `vEthernet (X)`. */
function hostAdapterName(switchName: string): string {
	return `vEthernet (${switchName})`;
}

/** Names of adapters and switches do not care for case. */
export function isCalled(name: string, asked: string): boolean {
	return name.toLowerCase() === asked.toLowerCase();
}

export function findAdapter({adapters}: WindowsHost, alias: string): Adapter | undefined {
	return adapters.find(adapter => isCalled(adapter.alias, alias));
}

export function findSwitch({switches}: WindowsHost, name: string): Switch | undefined {
	return switches.find(each => isCalled(each.name, name));
}

export function changeAdapter(host: WindowsHost, alias: string, change: Partial<Adapter>): WindowsHost {
	return {
		...host,
		adapters: host.adapters.map(adapter => (isCalled(adapter.alias, alias) ? {...adapter, ...change} : adapter)),
	};
}

/** The network that packets of this adapter get to; undefined: no cable, or a switch is just being put on it. */
export function networkOf(host: WindowsHost, adapter: Adapter): string | undefined {
	if (adapter.onSwitch === undefined) {
		return adapter.plugged && host.binding?.alias !== adapter.alias ? adapter.network : undefined;
	}

	const on = findSwitch(host, adapter.onSwitch);
	return on && switchNetwork(host, on);
}

/** What virtual machines on this switch meet. An internal one is a network of this host alone. */
export function switchNetwork(host: WindowsHost, {name, uplink}: Switch): string | undefined {
	if (uplink === undefined) {
		return `${host.name} ${name}`;
	}

	const adapter = findAdapter(host, uplink);
	return adapter && networkOf(host, adapter);
}

/** Whether the virtual switches of the host take its virtual machines to this network. */
export function carriesNetwork(host: WindowsHost, network: string): boolean {
	return host.switches.some(each => switchNetwork(host, each) === network);
}

/** The address and its settings go from the physical adapter to the host's own one on the switch, if it gets one. */
export function addSwitch(host: WindowsHost, added: Switch, isShared: boolean): WindowsHost {
	const uplink = added.uplink === undefined ? undefined : findAdapter(host, added.uplink);
	const bare = uplink === undefined ? host : changeAdapter(host, uplink.alias, unaddressed);
	const own: Adapter = {
		...(uplink ?? {ip: '', prefix: 24, gateway: '', dns: [], mac: madeMac(host, host.switches.length), plugged: true}),
		alias: hostAdapterName(added.name),
		network: uplink?.network ?? `${host.name} ${added.name}`,
		onSwitch: added.name,
	};
	return {
		...bare,
		switches: [...bare.switches, added],
		adapters: isShared ? [...bare.adapters, own] : bare.adapters,
	};
}

export function removeSwitch(host: WindowsHost, removed: Switch): WindowsHost {
	const own = host.adapters.find(({onSwitch}) => onSwitch === removed.name);
	const without: WindowsHost = {
		...host,
		switches: host.switches.filter(each => each !== removed),
		adapters: host.adapters.filter(adapter => adapter !== own),
	};
	if (removed.uplink === undefined || own === undefined) {
		return without;
	}

	const {ip, prefix, gateway, dns} = own;
	return changeAdapter(without, removed.uplink, {ip, prefix, gateway, dns});
}

const unaddressed: Partial<Adapter> = {ip: '', gateway: '', dns: []};

/** Hyper-V makes them of the host's address; here of a counter. */
export function madeMac(host: WindowsHost, count: number): string {
	const part = host.adapters[0]?.mac.slice(12, 14) ?? '00';
	return `00-15-5D-02-${part}-${count.toString(16).padStart(2, '0').toUpperCase()}`;
}

/** > | 172.31.255.0      with a prefix of 24 bits */
export function subnetOf(ip: string, prefix: number): string {
	const bits = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
	const size = 2 ** (32 - prefix);
	const first = Math.floor(bits / size) * size;
	return [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256).join('.');
}
