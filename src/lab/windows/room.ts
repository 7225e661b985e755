import {iscsiNetworkOf, type IscsiNetwork as StorageNetwork} from '../iscsi/part.js';
import type {Interface, Neighbourhood} from '../world/member.js';
import type {WorldPart} from '../world/part.js';
import type {Wsfc} from '../wsfc/part.js';
import {networkOf, subnetOf} from './adapters.js';
import type {Adapter, WindowsHost} from './host-state.js';
import {type IscsiNetwork, initiatorName, layoutOf, type Reach} from './iscsi.js';
import {windowsPower} from './power.js';
import type {WindowsRoom} from './process.js';

/** What the commands of Windows hosts see of one another and of the room. */
export function roomOf(hosts: Map<string, WindowsHost>, neighbourhood: Neighbourhood): WindowsRoom {
	const host = (name: string) => {
		const found = hosts.get(name);
		if (found === undefined) {
			throw new RangeError(`There is no Windows host ${name} in this world`);
		}

		return found;
	};
	const replace = (changed: WindowsHost) => {
		hosts.set(changed.name, changed);
		neighbourhood.changed(changed.name);
	};
	return {
		host,
		replace,
		replaceTogether(changed) {
			for (const each of changed) {
				hosts.set(each.name, each);
			}

			neighbourhood.changed(changed[0]?.name ?? '');
		},
		others: name => [...hosts.values()].filter(each => each.name !== name),
		answers: (name, address) => neighbourhood.answers(address, networksWithAddress(host(name), neighbourhood)),
		disks: {
			layout: (of, disk) => layoutOf(of, disk, reachOf(of, neighbourhood)),
			shared: of => wsfcIn(neighbourhood)?.sharedVolumes(of.name) ?? {},
		},
		writeLayout(name, disk, layout) {
			const before = host(name);
			if (disk.lun !== undefined) {
				const {network, networks} = reachOf(before, neighbourhood);
				network?.writeLun(disk.lun.address, networks, initiatorName(before), disk.lun.id, layout);
				neighbourhood.changed(name);
				return;
			}

			const disks = before.disks.map(each =>
				each.number === disk.number && each.local !== undefined ? {...each, local: {...each.local, layout}} : each,
			);
			replace({...before, disks});
		},
		guest: vm => neighbourhood.guest(vm),
		reach: name => reachOf(host(name), neighbourhood),
		wsfc: () => wsfcIn(neighbourhood),
		floating: name => neighbourhood.floating(name),
		knowsDomain: domain => [...hosts.values()].some(({ownDomain}) => ownDomain?.toLowerCase() === domain.toLowerCase()),
		shutDown: (name, andThen, now) => replace(windowsPower.shutDown(host(name), andThen, now)),
	};
}

/** What the host's initiator meets. */
export function reachOf(host: WindowsHost, neighbourhood: Pick<Neighbourhood, 'parts' | 'host'>): Reach {
	const network = iscsiNetworkOf(neighbourhood.parts('iscsi'));
	return {network: network && forWindows(network), networks: networksWithAddress(host, neighbourhood)};
}

/** The storage network in the words of a Windows initiator. */
function forWindows(network: StorageNetwork): IscsiNetwork {
	const met = (address: string, networks: readonly string[], initiator: string) => {
		const found = network.targetsAt(`${address}:3260`, networks, initiator);
		return found === 'silent' ? [] : found;
	};
	return {
		targetsAt: (address, networks, initiator) =>
			met(address, networks, initiator).map(target => ({
				iqn: target.iqn,
				luns:
					target.isOpen && !target.isLost
						? target.luns.flatMap(lun => {
								const content = network.contentOf(target, lun);
								const {number, naa, model, bytes} = lun;
								return content === undefined ? [] : [{number, id: naa, name: model, bytes, content}];
							})
						: undefined,
			})),
		writeLun(address, networks, initiator, id, content) {
			for (const target of met(address, networks, initiator)) {
				const lun = target.luns.find(({naa}) => naa === id);
				if (lun !== undefined) {
					network.setContent(target, lun, content);
				}
			}
		},
	};
}

function wsfcIn(neighbourhood: Neighbourhood): Wsfc | undefined {
	return neighbourhood.parts('wsfc').find(isWsfc);
}

function isWsfc(part: WorldPart): part is Wsfc {
	return 'sharedVolumes' in part;
}

/** Through the switches of the host that it runs on, if it is a virtual machine. */
export function networksOf(
	adapter: Adapter,
	host: WindowsHost,
	neighbourhood: Pick<Neighbourhood, 'host'>,
): readonly string[] {
	const network = networkOf(host, adapter);
	const {runsOn, label, vm = label} = host;
	const number = host.adapters.findIndex(({alias}) => alias === adapter.alias);
	return network !== undefined && (runsOn === undefined || neighbourhood.host(runsOn).carries(network, {vm, number}))
		? [network]
		: [];
}

/** Without an address of its own nobody is answered. */
function networksWithAddress(host: WindowsHost, neighbourhood: Pick<Neighbourhood, 'host'>): readonly string[] {
	return host.adapters.filter(({ip}) => ip !== '').flatMap(adapter => networksOf(adapter, host, neighbourhood));
}

/** Its own, and those that cluster software has put beside an own one of the same subnet. */
export function addressesOf(host: WindowsHost, neighbourhood: Neighbourhood): readonly Interface[] {
	const floating = neighbourhood.floating(host.name);
	return host.adapters
		.filter(({ip}) => ip !== '')
		.flatMap(adapter => {
			const networks = networksOf(adapter, host, neighbourhood);
			const subnet = subnetOf(adapter.ip, adapter.prefix);
			return [adapter.ip, ...floating.filter(ip => subnetOf(ip, adapter.prefix) === subnet)].map(ip => ({
				ip,
				networks,
			}));
		});
}
