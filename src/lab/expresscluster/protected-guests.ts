import type {Member} from '../world/member.js';
import type {PartRoom} from '../world/part.js';
import {type Cluster, groupsOf, serverWithGroup} from './cluster.js';

/** Virtual machines that a group starts: stopped with it, and started on the host that its next server runs on. */
export class ProtectedGuests {
	readonly #room: PartRoom;
	readonly #cluster: () => Cluster | undefined;
	/** The servers on which their groups were when last looked at. */
	#served: ReadonlyMap<string, string | undefined> | undefined;

	constructor(room: PartRoom, cluster: () => Cluster | undefined) {
		this.#room = room;
		this.#cluster = cluster;
	}

	/** Whether anything changed. */
	follow(now: number): boolean {
		const guests = this.#room.members().filter(({protectedBy}) => this.#has(protectedBy));
		const served = this.#served ?? new Map(guests.map(guest => [guest.name, this.#serverOf(guest)]));
		const moved = guests.filter(guest => this.#serverOf(guest) !== served.get(guest.name));
		this.#served = new Map(guests.map(guest => [guest.name, this.#serverOf(guest)]));
		for (const guest of moved) {
			this.#move(guest, now);
		}

		return moved.length > 0;
	}

	#has(group: string | undefined): boolean {
		const cluster = this.#cluster();
		return cluster !== undefined && groupsOf(cluster).some(({name}) => name === group);
	}

	/** The host on which the group of a protected virtual machine is online. */
	#serverOf({protectedBy = ''}: Member): string | undefined {
		const cluster = this.#cluster();
		const server = cluster === undefined ? undefined : serverWithGroup(cluster, protectedBy);
		return server === undefined ? undefined : cluster?.servers[server]?.host;
	}

	#move(guest: Member, now: number): void {
		if (guest.labHost().power.kind !== 'off') {
			guest.cutPower(now);
		}

		const server = this.#serverOf(guest);
		const carrier = server === undefined ? undefined : this.#room.member(server).runsOn;
		if (carrier !== undefined) {
			guest.moveTo?.(carrier);
			guest.powerOn(now);
		}
	}
}
