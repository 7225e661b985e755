import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import type {WorldTime, WorldWork} from '../host.js';
import {cleared} from '../lio/configuration.js';
import type {Disk, EsxiHost, IscsiSession} from '../world/esxi-host.js';
import type {Held, Member} from '../world/member.js';
import {routeTo, segmentsOf} from '../world/network.js';
import type {PartKind, PartRoom, SavedPart, WorldPart} from '../world/part.js';
import {isUp} from '../world/power-cycle.js';
import {rescanned} from '../world/services.js';
import {contentOfDisk, diskOf, mergedContent, withoutLuns} from './luns.js';
import {
	APD_AFTER_MS,
	APD_TIMEOUT_MS,
	apdStarted,
	apdTimedOut,
	cameOnline,
	changeSession,
	disksOf,
	isOnline,
	isSame,
	lostForGood,
	nextOf,
	RETRY_MS,
	SILENCE_MS,
	wentOffline,
} from './sessions.js';
import {type FoundTarget, logRefusedLogin, lunContent, type Met, setLunContent, targetsAt} from './targets.js';

const SavedSchema = z.looseObject({
	kind: z.literal('iscsi'),
	name: z.string(),
	/** Which boot of each server has had its boot-time work: names of devices, and the target's saved configuration. */
	booted: z.record(z.string(), z.number().int()).default({}),
});

/** The storage network: which initiator is logged in to which target, and what lies on the LUNs. Every world has it. */
export const iscsiKind: PartKind = {
	kind: 'iscsi',
	key: undefined,
	always: {kind: 'iscsi', name: 'iscsi'},
	restore: (saved, room) => new IscsiNetwork(SavedSchema.parse(saved), room),
};

/** What failed logins are called in `Last Error`. The first is recorded (notes on the domain, 3.3), the second approximate. */
const REFUSED = 'Unqualified Login Status. (Error=0x40000)';
const UNREACHABLE = 'No connection to target. (Error=0x40002)';

const AT_THE_START = '-at-the-start';

/** The storage network of a room, for whoever is an initiator or wants to know. */
export function iscsiNetworkOf(parts: readonly WorldPart[]): IscsiNetwork | undefined {
	return parts.find(part => part instanceof IscsiNetwork);
}

export class IscsiNetwork implements WorldPart {
	readonly kind = 'iscsi';
	readonly name: string;
	readonly #room: PartRoom;
	/** Each LUN of each host as it was when host and target last agreed about it. */
	readonly #agreed = new Map<string, Disk>();
	#booted: Readonly<Record<string, number>>;
	#begun: readonly WorldWork[] = [];

	constructor({name, booted}: z.output<typeof SavedSchema>, room: PartRoom) {
		this.name = name;
		this.#room = room;
		this.#booted = booted;
	}

	/** What an initiator on these networks meets at `ADDRESS:PORT`. `preferred`: the `peer` that it is logged in to. */
	targetsAt(portal: string, networks: readonly string[], initiator: string, preferred?: string): Met {
		return targetsAt(this.#room, portal, networks, initiator, preferred);
	}

	contentOf(target: FoundTarget, lun: FoundTarget['luns'][number]) {
		return lunContent(this.#room, target, lun);
	}

	setContent(
		...[target, lun, content]: Parameters<typeof setLunContent> extends [PartRoom, ...infer Rest] ? Rest : never
	) {
		setLunContent(this.#room, target, lun, content);
	}

	nextChange(): WorldTime | undefined {
		const instants = this.#initiators().flatMap(({now}) =>
			now().initiator.sessions.flatMap(each => nextOf(each) ?? []),
		);
		return instants.length === 0 ? undefined : Math.min(...instants);
	}

	settle(now: WorldTime): boolean {
		let hasChanged = false;
		for (const member of this.#room.members()) {
			hasChanged = this.#followServer(member) || hasChanged;
		}

		for (const held of this.#initiators()) {
			const before = held.now();
			const after = this.#followInitiator(before, now);
			if (after !== before) {
				held.replace(after);
				hasChanged = true;
			}
		}

		return this.#writeThrough() || hasChanged;
	}

	look(): string {
		const lines = this.#initiators().flatMap(({now}) =>
			now().initiator.sessions.map(
				session =>
					`${now().label}: ${session.target} at ${session.portal} ${isOnline(session) ? `on ${session.peer.split('#')[0]}` : 'offline'}`,
			),
		);
		return lines.length === 0 ? 'no iSCSI sessions' : lines.join('; ');
	}

	takeWork() {
		const begin = this.#begun;
		this.#begun = [];
		return {begin, kill: []};
	}

	/** Where a new world begins with a target that runs, its initiators begin logged in. */
	workEnded(id: string): void {
		if (id.endsWith(AT_THE_START)) {
			for (const held of this.#initiators()) {
				held.replace(rescanned(held.now()));
			}
		}
	}

	toJSON(): SavedPart & {readonly booted: Readonly<Record<string, number>>} {
		return {kind: this.kind, name: this.name, booted: this.#booted};
	}

	#initiators(): readonly Held<EsxiHost>[] {
		return this.#room.members().flatMap(({esxi}) => esxi ?? []);
	}

	/** A server that has booted names its disks by its rules, and its target reads what was saved; whether anything changed. */
	#followServer({name, linux, runs, labHost}: Member): boolean {
		const host = linux?.now();
		if (linux === undefined || host === undefined || labHost().power.kind !== 'on') {
			return false;
		}

		const isTarget = runs?.('target') === true;
		if (!isTarget && host.lio.isRestored) {
			linux.replace({...host, lio: cleared(host.lio)});
			return true;
		}

		const mark = host.boots * 2 + (isTarget ? 1 : 0);
		if (this.#booted[name] === mark) {
			return false;
		}

		const isFirst = this.#booted[name] === undefined;
		const isBoot = Math.floor((this.#booted[name] ?? 2) / 2) !== host.boots;
		this.#booted = {...this.#booted, [name]: mark};
		const commands = [
			...(isBoot && host.disks.length > 1 ? ['udevadm trigger'] : []),
			...(isTarget && !host.lio.isRestored ? ['targetctl restore'] : []),
		];
		if (commands.length > 0) {
			this.#begun = [
				...this.#begun,
				{
					id: `${name}-${mark}${isFirst ? AT_THE_START : ''}`,
					host: name,
					user: 'root',
					command: `${commands.join('; ')} 2>/dev/null`,
					env: {},
				},
			];
		}

		return false;
	}

	#followInitiator(host: EsxiHost, now: WorldTime): EsxiHost {
		if (!isUp(host) || !host.config.iscsi.enabled) {
			return withoutLuns(host);
		}

		const asked = `${host.boots}/${host.initiator.rescans}`;
		const known = host.initiator.answered.split('/')[0] === String(host.boots) ? host : withoutLuns(host);
		const found = asked === host.initiator.answered ? known : this.#discover(known, asked, now);
		return found.initiator.sessions.reduce((changed, session) => this.#followSession(changed, session, now), found);
	}

	/** A rescan: asks for targets, logs in to those that it is not logged in to, looks for LUNs and volumes. */
	#discover(host: EsxiHost, answered: string, now: WorldTime): EsxiHost {
		const {iqn, sendTargets} = host.config.iscsi;
		const met = sendTargets.flatMap(portal => {
			const found = this.targetsAt(portal, networksTo(host, portal), iqn);
			return found === 'silent' ? [] : found;
		});
		const known = host.initiator.targets.filter(
			each =>
				sendTargets.includes(each.portal) &&
				!met.some(({iqn: name, portal}) => name === each.name && portal === each.portal),
		);
		let changed: EsxiHost = {
			...host,
			initiator: {
				...host.initiator,
				answered,
				targets: [
					...known.map(each => {
						const isOn = host.initiator.sessions.some(
							session => session.target === each.name && session.portal === each.portal && isOnline(session),
						);
						return {...each, lastError: isOn ? each.lastError : UNREACHABLE};
					}),
					...met.map(({iqn: name, portal, isOpen}) => ({name, portal, lastError: isOpen ? 'No Error' : REFUSED})),
				],
			},
		};
		for (const target of met) {
			const session = changed.initiator.sessions.find(each =>
				isSame(each, {target: target.iqn, portal: target.portal}),
			);
			if (!target.isOpen) {
				logRefusedLogin(this.#room, target.host, target.iqn, iqn);
			} else if (session === undefined) {
				changed = {
					...changed,
					initiator: {
						...changed.initiator,
						sessions: [
							...changed.initiator.sessions,
							{target: target.iqn, portal: target.portal, peer: target.peer, since: now, apd: 'none', isLost: false},
						],
					},
				};
				changed = this.#scanned(changed, target);
			} else if (isOnline(session) && session.peer === target.peer) {
				changed = this.#scanned(changed, target);
			}
		}

		return changed;
	}

	/** With the LUNs that a target shows now, and every volume on them. */
	#scanned(host: EsxiHost, target: FoundTarget): EsxiHost {
		const session = {target: target.iqn, portal: target.portal};
		const others = host.disks.filter(({lun}) => lun === undefined || !isSame(lun, session));
		const own = target.luns.flatMap(lun => {
			const content = lunContent(this.#room, target, lun);
			const disk = content && diskOf(target, lun, content, undefined);
			if (disk !== undefined) {
				this.#agreed.set(keyOf(host, disk), disk);
			}

			return disk ?? [];
		});
		return {...host, disks: [...others.filter(({name}) => !own.some(disk => disk.name === name)), ...own]};
	}

	#followSession(host: EsxiHost, before: IscsiSession, now: WorldTime): EsxiHost {
		const session = host.initiator.sessions.find(each => isSame(each, before)) ?? before;
		const {iqn} = host.config.iscsi;
		const met = this.targetsAt(session.portal, networksTo(host, session.portal), iqn, session.peer);
		const target = met === 'silent' ? undefined : met.find(each => each.iqn === session.target);
		return isOnline(session)
			? this.#watched(host, session, met, target, now)
			: this.#waited(host, session, target, met, now);
	}

	/** A session that is online, and what its target does. */
	#watched(host: EsxiHost, session: IscsiSession, met: Met, target: FoundTarget | undefined, now: WorldTime): EsxiHost {
		if (target?.peer === session.peer && target.isOpen) {
			const {silentSince: _, ...heard} = session;
			const sessions = host.initiator.sessions.map(each => (isSame(each, session) ? heard : each));
			const back = session.silentSince === undefined ? host : {...host, initiator: {...host.initiator, sessions}};
			return target.isLost === session.isLost ? back : lostForGood(back, heard, target.isLost, now);
		}

		if (met !== 'silent') {
			return wentOffline(host, session, now, true);
		}

		const silentSince = session.silentSince ?? now;
		if (now - silentSince >= SILENCE_MS) {
			return wentOffline(host, session, now, false);
		}

		return session.silentSince === undefined ? changeSession(host, session, {silentSince}) : host;
	}

	/** A session that is offline: it tries again, and its devices go through the All Paths Down state. */
	#waited(host: EsxiHost, session: IscsiSession, target: FoundTarget | undefined, met: Met, now: WorldTime): EsxiHost {
		const {offlineSince = now, nextTry = now, apd} = session;
		if (apd === 'none' && now >= offlineSince + APD_AFTER_MS) {
			return apdStarted(host, session, offlineSince + APD_AFTER_MS);
		}

		if (apd === 'started' && now >= offlineSince + APD_AFTER_MS + APD_TIMEOUT_MS) {
			return apdTimedOut(host, session, offlineSince + APD_AFTER_MS + APD_TIMEOUT_MS);
		}

		if (now < nextTry) {
			return host;
		}

		if (target?.isOpen === true) {
			const online = cameOnline(host, session, target.peer, now);
			const targets = online.initiator.targets.map(each =>
				each.name === session.target && each.portal === session.portal ? {...each, lastError: 'No Error'} : each,
			);
			return this.#refreshed({...online, initiator: {...online.initiator, targets}}, target);
		}

		if (target !== undefined) {
			logRefusedLogin(this.#room, target.host, target.iqn, host.config.iscsi.iqn);
		} else if (met !== 'silent' && met[0] !== undefined) {
			logRefusedLogin(this.#room, met[0].host, session.target, undefined);
		}

		const lastError = target === undefined ? UNREACHABLE : REFUSED;
		const targets = host.initiator.targets.map(each =>
			each.name === session.target && each.portal === session.portal ? {...each, lastError} : each,
		);
		return changeSession({...host, initiator: {...host.initiator, targets}}, session, {nextTry: now + RETRY_MS});
	}

	/** After a login to what may be another server: what the host knew of is now as it lies there. A LUN that is gone stays dead. */
	#refreshed(host: EsxiHost, target: FoundTarget): EsxiHost {
		return {
			...host,
			disks: host.disks.map(disk => {
				if (disk.lun === undefined || !isSame(disk.lun, {target: target.iqn, portal: target.portal})) {
					return disk;
				}

				const lun = target.luns.find(({naa}) => naa === disk.name);
				const content = lun && lunContent(this.#room, target, lun);
				if (lun === undefined || content === undefined) {
					return {...disk, path: 'dead' as const};
				}

				const fresh = diskOf(target, lun, content, disk);
				this.#agreed.set(keyOf(host, fresh), fresh);
				return fresh;
			}),
		};
	}

	/** What hosts have written to their LUNs goes to the device behind them, and what lies there to all that see it. */
	#writeThrough(): boolean {
		const seen = this.#initiators().flatMap(held =>
			held.now().initiator.sessions.flatMap(session => {
				const host = held.now();
				const met =
					isOnline(session) && session.silentSince === undefined && !session.isLost
						? this.targetsAt(session.portal, networksTo(host, session.portal), host.config.iscsi.iqn, session.peer)
						: 'silent';
				const target =
					met === 'silent' ? undefined : met.find(({iqn, peer}) => iqn === session.target && peer === session.peer);
				return target === undefined ? [] : disksOf(host, session).map(({name}) => ({held, target, name}));
			}),
		);
		const hasWritten = seen.map(({held, target, name}) => this.#written(held, target, name)).includes(true);
		return seen.map(({held, target, name}) => this.#read(held, target, name)).includes(true) || hasWritten;
	}

	#written(held: Held<EsxiHost>, target: FoundTarget, name: string): boolean {
		const host = held.now();
		const disk = host.disks.find(each => each.name === name);
		const lun = target.luns.find(({naa}) => naa === name);
		const agreed = disk && this.#agreed.get(keyOf(host, disk));
		const below = lun && lunContent(this.#room, target, lun);
		if (
			disk === undefined ||
			lun === undefined ||
			below === undefined ||
			agreed === undefined ||
			agreed === disk ||
			lun.isReadOnly
		) {
			return false;
		}

		this.#agreed.set(keyOf(host, disk), disk);
		if (isDeepStrictEqual(contentOfDisk(agreed), contentOfDisk(disk))) {
			return false;
		}

		setLunContent(this.#room, target, lun, mergedContent(below, agreed, disk));
		return true;
	}

	#read(held: Held<EsxiHost>, target: FoundTarget, name: string): boolean {
		const host = held.now();
		const disk = host.disks.find(each => each.name === name);
		const lun = target.luns.find(({naa}) => naa === name);
		if (disk === undefined) {
			return false;
		}

		const below = lun && lunContent(this.#room, target, lun);
		const fresh: Disk =
			lun === undefined || below === undefined
				? {...disk, path: 'dead'}
				: {...diskOf(target, lun, below, disk), path: 'active'};
		this.#agreed.set(keyOf(host, disk), disk);
		if (isDeepStrictEqual(fresh, disk)) {
			return false;
		}

		this.#agreed.set(keyOf(host, fresh), fresh);
		held.replace({...host, disks: host.disks.map(each => (each === disk ? fresh : each))});
		return true;
	}
}

/** The networks on which a host's initiator reaches a portal: through the NICs that it is bound to, if it is. */
function networksTo(host: EsxiHost, portal: string): readonly string[] {
	const address = portal.split(':')[0] ?? '';
	const {networkPortals} = host.config.iscsi;
	const bound = host.config.vmknics.filter(({name}) => networkPortals.includes(name));
	const route = routeTo(bound.length === 0 ? host : {...host, config: {...host.config, vmknics: bound}}, address);
	return route === undefined ? [] : segmentsOf(host, route);
}

function keyOf({name}: EsxiHost, disk: Disk): string {
	return `${name} ${disk.name}`;
}
