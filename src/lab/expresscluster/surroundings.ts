import type {PartRoom} from '../world/part.js';
import type {Cluster} from './cluster.js';
import {blockBytes} from './mirror-devices.js';
import type {Surroundings} from './turn.js';

/** The machine room as a cluster meets it; `licences` are those of a host. */
export function surroundingsOf(
	cluster: Cluster,
	room: PartRoom,
	licences: (host: string) => readonly string[],
): Surroundings {
	const hostOf = (server: string) => cluster.servers[server]?.host ?? server;
	const member = (server: string) => room.member(hostOf(server));
	const networksOf = (server: string, address: string) =>
		member(server)
			.addresses()
			.find(({ip}) => ip === address)?.networks ?? [];
	return {
		isUp: server => member(server).labHost().power.kind === 'on',
		runs: server => member(server).runs?.('clusterpro') === true,
		isLicensed: server => licences(hostOf(server)).length > 0,
		areConnected: (one, other) => room.areConnected(hostOf(one), hostOf(other)),
		areLinked: (one, address, other, otherAddress) => {
			const own = networksOf(one, address);
			return networksOf(other, otherAddress).some(network => own.includes(network));
		},
		answers(server, address) {
			const own = member(server).addresses();
			const networks = own.flatMap(each => each.networks);
			const others = room.members().filter(({name}) => name !== hostOf(server));
			return (
				others.some(other =>
					other.addresses().some(({ip, networks: its}) => ip === address && its.some(each => networks.includes(each))),
				) ||
				(address.endsWith('.1') && room.answers(address, networks))
			);
		},
		partition: (server, device) => blockBytes(member(server), device),
	};
}
