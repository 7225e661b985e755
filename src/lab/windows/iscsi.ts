import type {DiskView, Layout, Session, WindowsHost} from './host-state.js';
import {emptyLayout} from './volumes.js';

/** After a lost connection is possible again, the initiator finds that out in this time. Of the lab's making. */
const RETRY_MS = 5_000;

/** A disk of a target, as somebody who may see it finds it. */
export type Lun = {
	readonly number: number;
	/** `naa.6001405…`: the same on every server that has the target. */
	readonly id: string;
	/** `idisk1` */
	readonly name: string;
	readonly bytes: number;
	/** What lies on it; of another system's making: nothing that Windows can read. */
	readonly content: {readonly kind: string};
};

/** The storage network as a Windows initiator meets it. */
export type IscsiNetwork = {
	/** What answers at the address on these networks. `luns` undefined: the target knows this initiator not. */
	targetsAt(
		address: string,
		networks: readonly string[],
		initiator: string,
	): ReadonlyArray<{readonly iqn: string; readonly luns: readonly Lun[] | undefined}>;
	writeLun(address: string, networks: readonly string[], initiator: string, id: string, content: Layout): void;
};

/** What one host needs to know to reach targets. */
export type Reach = {readonly network: IscsiNetwork | undefined; readonly networks: readonly string[]};

/** Windows makes it of the computer's name and domain. */
export function initiatorName({computerName, domain}: WindowsHost): string {
	return `iqn.1991-05.com.microsoft:${[computerName, ...(domain === undefined ? [] : [domain])].join('.').toLowerCase()}`;
}

export function initiatorRuns({services}: WindowsHost): boolean {
	return services.some(({name, running}) => name === 'MSiSCSI' && running);
}

/** Undefined: the target does not answer there, or refuses this initiator. */
export function lunsAt(
	host: WindowsHost,
	{iqn, address}: Pick<Session, 'iqn' | 'address'>,
	{network, networks}: Reach,
): readonly Lun[] | undefined {
	return network?.targetsAt(address, networks, initiatorName(host)).find(target => target.iqn === iqn)?.luns;
}

/** Sessions are lost with their target and come back with it; what they bring are disks. */
export function followSessions(host: WindowsHost, reach: Reach, now: number): WindowsHost {
	const {sessions} = host.iscsi;
	if (sessions.length === 0) {
		return host;
	}

	const runs = initiatorRuns(host);
	const found = sessions.map(session => (runs ? lunsAt(host, session, reach) : undefined));
	const after = sessions.map((session, index) => followed(session, found[index] !== undefined, now));
	const luns = after.flatMap(({connected, iqn, address}, index) =>
		connected ? (found[index] ?? []).map(lun => ({...lun, iqn, address})) : [],
	);
	return withLuns({...host, iscsi: {...host.iscsi, sessions: after}}, luns);
}

export function sessionInstants({iscsi}: WindowsHost): readonly number[] {
	return iscsi.sessions.flatMap(({retryAt}) => retryAt ?? []);
}

function followed(session: Session, answers: boolean, now: number): Session {
	const {retryAt, lostAt, ...plain} = session;
	if (session.connected === answers) {
		return session.connected || retryAt === undefined ? session : {...plain, ...(lostAt === undefined ? {} : {lostAt})};
	}

	if (!answers) {
		return {...plain, connected: false, lostAt: now};
	}

	if (retryAt === undefined) {
		return {...session, retryAt: now + RETRY_MS};
	}

	return retryAt <= now ? {...plain, connected: true} : session;
}

/** Disks that are new are offline: that is what servers do with shared ones. */
function withLuns(
	host: WindowsHost,
	luns: ReadonlyArray<Lun & {readonly iqn: string; readonly address: string}>,
): WindowsHost {
	const added = luns.filter(({id}) => !host.disks.some(({lun}) => lun?.id === id));
	if (added.length === 0) {
		return host;
	}

	const first = Math.max(-1, ...host.disks.map(({number}) => number)) + 1;
	const disks = added.map(
		({id, name, bytes, iqn, address}, index): DiskView => ({
			number: first + index,
			lun: {id, name, bytes, iqn, address},
			offline: true,
			readOnly: true,
			letters: {},
		}),
	);
	return {...host, disks: [...host.disks, ...disks]};
}

/** What a disk holds; undefined: its target does not answer now. */
export function layoutOf(host: WindowsHost, {local, lun}: DiskView, reach: Reach): Layout | undefined {
	if (lun === undefined) {
		return local?.layout;
	}

	const isConnected = host.iscsi.sessions.some(
		({iqn, address, connected}) => iqn === lun.iqn && address === lun.address && connected,
	);
	const found = isConnected ? lunsAt(host, lun, reach)?.find(({id}) => id === lun.id) : undefined;
	return found && (isLayout(found.content) ? found.content : emptyLayout);
}

function isLayout(content: {readonly kind: string}): content is Layout {
	return content.kind === 'windows';
}

/** The connection is through, and the disk answers. */
export function seesLun(host: WindowsHost, id: string, reach: Reach): boolean {
	const disk = host.disks.find(({lun}) => lun?.id === id);
	return disk !== undefined && layoutOf(host, disk, reach) !== undefined;
}

/** The connections go with the power, or with the service. */
export function disconnected(host: WindowsHost): WindowsHost {
	const sessions = host.iscsi.sessions.map(session => ({...session, connected: false}));
	return {...host, iscsi: {...host.iscsi, sessions}};
}

/** Only what was made to last is there after a boot. */
export function sessionsAtBoot(host: WindowsHost): WindowsHost {
	const sessions = host.iscsi.sessions
		.filter(({persistent}) => persistent)
		.map(({iqn, address, persistent}) => ({iqn, address, persistent, connected: false}));
	return {...host, iscsi: {...host.iscsi, sessions}};
}
