import type {EsxiHost, ServiceName} from './esxi-host.js';

/** From power to a login prompt; real hosts take 3 to 6 minutes. */
const BOOT_MS = 4 * 60_000;
/** An orderly shutdown of a host without VMs. */
const SHUTDOWN_MS = 20_000;
/** How long hostd answers nobody after it was started. Field scripts sleep between 10 s and 120 s. */
const HOSTD_STARTS_MS = 30_000;
/** The boot bank gets the configuration once an hour, and at an orderly shutdown. */
const BACKUP_EVERY_MS = 60 * 60_000;

export function isUp(host: EsxiHost): boolean {
	return host.power.kind === 'on' || host.power.kind === 'stopping';
}

/** The cord is pulled: what was not yet written to the boot bank is lost. */
export function cutPower(host: EsxiHost): EsxiHost {
	return host.power.kind === 'off' ? host : {...host, power: {kind: 'off'}, config: host.saved, maintenance: false};
}

export function powerOn(host: EsxiHost, now: number): EsxiHost {
	return host.power.kind === 'off' ? {...host, power: {kind: 'booting', until: now + BOOT_MS}} : host;
}

export function shutDown(host: EsxiHost, andThen: 'off' | 'boot', now: number): EsxiHost {
	return host.power.kind === 'on'
		? {...host, power: {kind: 'stopping', bootedAt: host.power.bootedAt, at: now + SHUTDOWN_MS, andThen}}
		: host;
}

/** Lets everything happen that is due at `now`. */
export function advanceHost(host: EsxiHost, now: number): EsxiHost {
	const {power} = host;
	switch (power.kind) {
		case 'off':
			return host;
		case 'booting':
			return power.until <= now ? advanceHost(booted(host, power.until), now) : host;
		case 'stopping':
			return power.at <= now ? advanceHost(stopped(host, power.at, power.andThen), now) : host;
		case 'on':
			return now - host.savedAt >= BACKUP_EVERY_MS ? saveConfig(host, now) : host;
	}
}

/** When something will happen to the host by itself; undefined: nothing is under way. */
export function nextChangeOf(host: EsxiHost, now: number): number | undefined {
	const {power} = host;
	switch (power.kind) {
		case 'off':
			return undefined;
		case 'booting':
			return power.until;
		case 'stopping':
			return power.at;
		case 'on':
			return host.hostd.started && host.hostd.answersFrom > now ? host.hostd.answersFrom : undefined;
	}
}

/** What `/sbin/auto-backup.sh` does. */
export function saveConfig(host: EsxiHost, now: number): EsxiHost {
	return {...host, saved: host.config, savedAt: now};
}

export function hostdAnswers(host: EsxiHost, now: number): boolean {
	return isUp(host) && host.hostd.started && host.hostd.answersFrom <= now;
}

/** A starting hostd reads the configuration anew, and answers only when it is through. */
export function startHostd(host: EsxiHost, now: number): EsxiHost {
	return {
		...host,
		hostd: {
			started: true,
			answersFrom: now + HOSTD_STARTS_MS,
			pid: host.hostd.pid + 977,
			vmknics: host.config.vmknics.map(({name}) => name),
		},
	};
}

export function stopHostd(host: EsxiHost): EsxiHost {
	return {...host, hostd: {...host.hostd, started: false}};
}

/** What was changed through hostd itself it knows at once. */
export function tellHostd(host: EsxiHost): EsxiHost {
	return {...host, hostd: {...host.hostd, vmknics: host.config.vmknics.map(({name}) => name)}};
}

function booted(host: EsxiHost, at: number): EsxiHost {
	const starts = host.config.startsWithHost;
	const running: Record<ServiceName, boolean> = {SSH: starts.SSH, ESXShell: starts.ESXShell, ntpd: starts.ntpd};
	const up: EsxiHost = {
		...host,
		power: {kind: 'on', bootedAt: at},
		boots: host.boots + 1,
		nics: host.nics.map(nic => ({...nic, adminUp: true})),
		running,
		ntpSince: at,
		savedAt: at,
	};
	const fresh = startHostd(up, at);
	// The login prompt comes up only after hostd does.
	return {...fresh, hostd: {...fresh.hostd, answersFrom: at, pid: 2_098_000 + up.boots}};
}

function stopped(host: EsxiHost, at: number, andThen: 'off' | 'boot'): EsxiHost {
	const off: EsxiHost = {...saveConfig(host, at), power: {kind: 'off'}};
	return andThen === 'boot' ? powerOn(off, at) : off;
}
