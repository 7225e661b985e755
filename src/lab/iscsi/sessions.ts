import type {EsxiHost, IscsiSession} from '../world/esxi-host.js';
import {SOFTWARE_ADAPTER} from '../world/services.js';
import {logged} from './vmkernel-log.js';

/** A target that says nothing is given up after a NOP-Out every 15 s and 10 s to answer it: the adapter's own parameters. */
export const SILENCE_MS = 25_000;
/** When a lost session first tries to log in. With the login it makes the 21.4 s that the notes on the domain have for a target that moved (3.5, 4.2). */
const FIRST_TRY_MS = 20_000;
/** How often it tries from then on. */
export const RETRY_MS = 10_000;
const LOGIN_MS = 1_400;
/** From the loss of the last path to the All Paths Down state. Source: the same timeline. */
export const APD_AFTER_MS = 10_000;
/** `Misc.APDTimeout`. */
export const APD_TIMEOUT_MS = 140_000;

export function isOnline({offlineSince}: IscsiSession): boolean {
	return offlineSince === undefined;
}

/** When something will happen to a session by itself. */
export function nextOf({silentSince, offlineSince, nextTry, apd}: IscsiSession): number | undefined {
	const instants = [
		silentSince !== undefined && offlineSince === undefined ? silentSince + SILENCE_MS : undefined,
		nextTry,
		offlineSince !== undefined && apd === 'none' ? offlineSince + APD_AFTER_MS : undefined,
		offlineSince !== undefined && apd === 'started' ? offlineSince + APD_AFTER_MS + APD_TIMEOUT_MS : undefined,
	].filter(each => each !== undefined);
	return instants.length === 0 ? undefined : Math.min(...instants);
}

export function changeSession(host: EsxiHost, session: IscsiSession, change: Partial<IscsiSession>): EsxiHost {
	const sessions = host.initiator.sessions.map(each => (isSame(each, session) ? {...each, ...change} : each));
	return {...host, initiator: {...host.initiator, sessions}};
}

export function isSame(
	one: Pick<IscsiSession, 'target' | 'portal'>,
	other: Pick<IscsiSession, 'target' | 'portal'>,
): boolean {
	return one.target === other.target && one.portal === other.portal;
}

/** Its connection is lost at `at`. Lines as in the notes on the domain, 3.5. */
export function wentOffline(host: EsxiHost, session: IscsiSession, at: number, isClosed: boolean): EsxiHost {
	const where = `${SOFTWARE_ADAPTER}:CH:0 T:${host.initiator.sessions.findIndex(each => isSame(each, session))} CN:0`;
	const lines = [
		isClosed
			? `WARNING: iscsi_vmk: iscsivmk_ConnReceiveAtomic: ${where}: Failed to receive data: Connection closed by peer`
			: `WARNING: iscsi_vmk: iscsivmk_ConnCheckNopOut: ${where}: NOP-Out timed out: No response from target`,
		`WARNING: iscsi_vmk: iscsivmk_StopConnection: ${where}: iSCSI connection is being marked "OFFLINE" (Event:${isClosed ? 6 : 4})`,
		...disksOf(host, session).map(
			({name}) =>
				`WARNING: NMP: nmp_DeviceRequestFastDeviceProbe:237: NMP device "${name}" state in doubt; requested fast path state update...`,
		),
	];
	return changeSession(withLines(host, at, lines), session, {
		offlineSince: at,
		nextTry: at + FIRST_TRY_MS + LOGIN_MS,
		apd: 'none',
	});
}

/** Its devices enter the All Paths Down state. */
export function apdStarted(host: EsxiHost, session: IscsiSession, at: number): EsxiHost {
	const disks = disksOf(host, session);
	const lines = [
		...disks.flatMap(({datastores}) =>
			datastores.map(({label}) => `HBX: 6214: APD EventType: APD_START (3) for vol '${label}'`),
		),
		...disks.map(({name}) => `StorageApdHandler: 1205: APD start for 0x4302ff581ad0 [${name}]`),
	];
	return changeSession(withPaths(withLines(host, at, lines), session, 'dead'), session, {apd: 'started'});
}

/** From now on its devices fail what they are asked, instead of letting it wait. */
export function apdTimedOut(host: EsxiHost, session: IscsiSession, at: number): EsxiHost {
	const disks = disksOf(host, session);
	const lines = [
		...disks.map(({name}) => `StorageApdHandler: 606: APD timeout event for 0x4302ff581ad0 [${name}]`),
		...disks.flatMap(({datastores}) =>
			datastores.map(({label}) => `HBX: 6214: APD EventType: APD_TIMEOUT (4) for vol '${label}'`),
		),
	];
	return changeSession(withLines(host, at, lines), session, {apd: 'timedOut'});
}

/** It has logged in again, perhaps to another server. */
export function cameOnline(host: EsxiHost, session: IscsiSession, peer: string, at: number): EsxiHost {
	const where = `${SOFTWARE_ADAPTER}:CH:0 T:${host.initiator.sessions.findIndex(each => isSame(each, session))} CN:0`;
	const disks = disksOf(host, session);
	const lines = [
		`WARNING: iscsi_vmk: iscsivmk_StartConnection: ${where}: iSCSI connection is being marked "ONLINE"`,
		...(session.apd === 'none'
			? []
			: [
					...disks.map(({name}) => `ScsiDevice: 5036: Device ${name} is Out of APD; token num:1`),
					...disks.map(({name}) => `StorageApdHandler: 1301: APD exit for 0x4302ff581ad0 [${name}]`),
					...disks.flatMap(({datastores}) =>
						datastores.map(({label}) => `HBX: 6214: APD EventType: APD_EXIT (5) for vol '${label}'`),
					),
				]),
	];
	const {silentSince: _, offlineSince: __, nextTry: ___, ...rest} = session;
	const up = withPaths(withLines(host, at, lines), session, 'active');
	const sessions = up.initiator.sessions.map(each =>
		isSame(each, session) ? {...rest, peer, since: at, apd: 'none' as const, isLost: false} : each,
	);
	return {...up, initiator: {...up.initiator, sessions}};
}

/** The target says that its devices are gone for good, or that they are there again. */
export function lostForGood(host: EsxiHost, session: IscsiSession, isLost: boolean, at: number): EsxiHost {
	const lines = isLost
		? disksOf(host, session).map(
				({name}) =>
					`WARNING: NMP: nmpDeviceAttemptFailover: Device "${name}" has Permanent Device Loss (H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x25 0x0)`,
			)
		: [];
	return changeSession(withPaths(withLines(host, at, lines), session, isLost ? 'dead' : 'active'), session, {isLost});
}

export function disksOf(host: EsxiHost, session: Pick<IscsiSession, 'target' | 'portal'>): EsxiHost['disks'] {
	return host.disks.filter(({lun}) => lun !== undefined && isSame(lun, session));
}

function withPaths(host: EsxiHost, session: IscsiSession, path: 'active' | 'dead'): EsxiHost {
	return {
		...host,
		disks: host.disks.map(disk => (disk.lun !== undefined && isSame(disk.lun, session) ? {...disk, path} : disk)),
	};
}

function withLines(host: EsxiHost, at: number, lines: readonly string[]): EsxiHost {
	return lines.reduce((changed, line) => logged(changed, at, line), host);
}
