import {type BlockDevice, contentOf, findDevice, type MirrorDevice, withContent} from '../linux/disks.js';
import {journaled} from '../linux/journal.js';
import type {LinuxHost} from '../linux/linux-host.js';
import {isActive} from '../linux/units.js';
import {findBackstore, generatesAcls, naaOf, type Target} from '../lio/configuration.js';
import type {DeviceContent} from '../world/device-content.js';
import type {Member} from '../world/member.js';
import type {PartRoom} from '../world/part.js';

/** A target that answers an initiator. */
export type FoundTarget = {
	readonly iqn: string;
	/** `ADDRESS:PORT`. */
	readonly portal: string;
	/** The host that it is on. */
	readonly host: string;
	/** Differs for every time that the host's kernel was made a target: no connection outlives that. */
	readonly peer: string;
	/** Whether this initiator may log in. */
	readonly isOpen: boolean;
	/** It tells initiators that its devices are gone for good. */
	readonly isLost: boolean;
	/** What this initiator would see. */
	readonly luns: readonly FoundLun[];
};

export type FoundLun = {
	readonly number: number;
	/** `naa.6001405…`: the same on every server that shows the same backstore. */
	readonly naa: string;
	/** The name of the backstore. */
	readonly model: string;
	readonly bytes: number;
	readonly isReadOnly: boolean;
	/** Where its content lies: this device of the target's host. */
	readonly device: string;
};

/** What an initiator meets at an address: its targets, none where the port is closed; `silent`: packets vanish. */
export type Met = readonly FoundTarget[] | 'silent';

/**
What answers an initiator on these networks at an address. Two hosts may hold it for a moment; the one that `preferred` names, a `peer`,
comes before the other.
*/
export function targetsAt(
	room: PartRoom,
	portal: string,
	networks: readonly string[],
	initiator: string,
	preferred?: string,
): Met {
	const [address = '', port = '3260'] = portal.split(':');
	const holders = room
		.members()
		.filter(member =>
			member.addresses().some(({ip, networks: own}) => ip === address && own.some(each => networks.includes(each))),
		);
	const found = holders.flatMap(member => {
		const host = member.linux?.now();
		return host !== undefined && letsIn(host, port) ? [targetsOf(member, host, room, address, port, initiator)] : [];
	});
	if (holders.length === 0 || (found.length === 0 && holders.some(({linux}) => linux !== undefined))) {
		return 'silent';
	}

	return found.find(targets => targets.some(({peer}) => peer === preferred)) ?? found[0] ?? [];
}

/** firewalld drops what it was not told to let in. */
function letsIn(host: LinuxHost, port: string): boolean {
	return (
		!isActive(host, 'firewalld') || host.firewall.now.some(each => each === `${port}/tcp` || each === 'iscsi-target')
	);
}

function targetsOf(
	member: Member,
	host: LinuxHost,
	room: PartRoom,
	address: string,
	port: string,
	initiator: string,
): readonly FoundTarget[] {
	return host.lio.targets
		.filter(
			({isEnabled, portals}) =>
				isEnabled &&
				portals.some(each => String(each.port) === port && ['0.0.0.0', '[::0]', address].includes(each.address)),
		)
		.map(target => ({
			iqn: target.iqn,
			portal: `${address}:${port}`,
			host: member.name,
			peer: `${member.name}#${host.boots}.${host.lio.generation}`,
			isOpen: generatesAcls(target) || target.acls.some(acl => acl.initiator === initiator),
			isLost: host.lio.isLost,
			luns: lunsFor(target, host, mirrorsOf(room, member.name), initiator),
		}));
}

function lunsFor(
	target: Target,
	host: LinuxHost,
	mirrors: readonly MirrorDevice[],
	initiator: string,
): readonly FoundLun[] {
	const acl = target.acls.find(each => each.initiator === initiator);
	const mapped = acl?.luns ?? target.luns.map(({number}) => ({number, tpgLun: number, isReadOnly: false}));
	return mapped.flatMap(({number, tpgLun, isReadOnly}) => {
		const backstore = findBackstore(host.lio, target.luns.find(lun => lun.number === tpgLun)?.backstore ?? '');
		const device = backstore && findDevice(host, backstore.device, mirrors);
		return backstore === undefined || device === undefined
			? []
			: [
					{
						number,
						naa: naaOf(backstore),
						model: backstore.name,
						bytes: device.bytes,
						isReadOnly: isReadOnly || backstore.isReadOnly,
						device: backstore.device,
					},
				];
	});
}

/** What lies on a LUN; undefined: its device is gone. */
export function lunContent(room: PartRoom, target: FoundTarget, lun: FoundLun): DeviceContent | undefined {
	const device = deviceOf(room, target, lun);
	return device && contentOf(device);
}

export function setLunContent(room: PartRoom, target: FoundTarget, lun: FoundLun, content: DeviceContent): void {
	const held = room.member(target.host).linux;
	const device = deviceOf(room, target, lun);
	if (held !== undefined && device !== undefined) {
		held.replace(withContent(held.now(), device, content));
	}
}

/** What the kernel of a target's host writes about a login that it refused. */
export function logRefusedLogin(room: PartRoom, host: string, iqn: string, initiator: string | undefined): void {
	const held = room.member(host).linux;
	const why =
		initiator === undefined
			? `Unable to locate Target Portal Group on ${iqn}`
			: `iSCSI Initiator Node: ${initiator} is not authorized to access iSCSI target portal group: 1.`;
	if (held !== undefined) {
		const lines = [why, 'iSCSI Login negotiation failed.'];
		held.replace(lines.reduce((host, line) => journaled(host, room.now(), 'kernel', line), held.now()));
	}
}

function deviceOf(room: PartRoom, target: FoundTarget, lun: FoundLun): BlockDevice | undefined {
	const host = room.member(target.host).linux?.now();
	return host && findDevice(host, lun.device, mirrorsOf(room, target.host));
}

function mirrorsOf(room: PartRoom, host: string): readonly MirrorDevice[] {
	return room.mirrorDevices(host);
}
