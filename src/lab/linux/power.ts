import {createHash} from 'node:crypto';
import type {LinuxHost} from './linux-host.js';
import {unitsAtBoot} from './units.js';

/** From power to a login prompt; the cluster guests of the field take 20 to 40 seconds. */
const BOOT_MS = 30_000;
/** An orderly shutdown. */
const SHUTDOWN_MS = 5_000;

export function isUp({power}: LinuxHost): boolean {
	return power.kind === 'on' || power.kind === 'stopping';
}

export function cutPower(host: LinuxHost): LinuxHost {
	return {...host, power: {kind: 'off'}};
}

export function powerOn(host: LinuxHost, now: number): LinuxHost {
	return {...host, power: {kind: 'booting', until: now + BOOT_MS}};
}

/** `delayMs` is what `shutdown +1` waits first. A second one changes nothing. */
export function shutDown(host: LinuxHost, andThen: 'off' | 'boot', delayMs: number, now: number): LinuxHost {
	return host.power.kind === 'on'
		? {...host, power: {kind: 'stopping', bootedAt: host.power.bootedAt, at: now + delayMs + SHUTDOWN_MS, andThen}}
		: host;
}

export function cancelShutdown(host: LinuxHost): LinuxHost {
	return host.power.kind === 'stopping' ? {...host, power: {kind: 'on', bootedAt: host.power.bootedAt}} : host;
}

/** Lets everything happen that is due at `now`. */
export function advanceHost(host: LinuxHost, now: number): LinuxHost {
	const {power} = host;
	switch (power.kind) {
		case 'off':
		case 'on':
			return host;
		case 'booting':
			return power.until <= now ? booted(host, power.until) : host;
		case 'stopping':
			return power.at <= now ? advanceHost(stopped(host, power.at, power.andThen), now) : host;
	}
}

/** When something will happen to the host by itself; undefined: nothing is under way. */
export function nextChangeOf({power}: LinuxHost): number | undefined {
	switch (power.kind) {
		case 'off':
		case 'on':
			return undefined;
		case 'booting':
			return power.until;
		case 'stopping':
			return power.at;
	}
}

function booted(host: LinuxHost, at: number): LinuxHost {
	return {
		...host,
		power: {kind: 'on', bootedAt: at},
		boots: host.boots + 1,
		nics: host.nics.map(nic => ({
			...nic,
			up: true,
			addresses: nic.connection.autoconnect ? nic.connection.addresses : [],
		})),
		units: unitsAtBoot(host, at),
		firewall: {...host.firewall, now: host.firewall.permanent},
	};
}

function stopped(host: LinuxHost, at: number, andThen: 'off' | 'boot'): LinuxHost {
	const off = cutPower(host);
	return andThen === 'boot' ? powerOn(off, at) : off;
}

/** As `/proc/sys/kernel/random/boot_id` has it: another one for every boot of every host, the same on every rehearsal. */
export function bootIdOf({name, boots}: LinuxHost): string {
	const digits = createHash('sha256').update(`${name} ${boots}`).digest('hex');
	return [
		digits.slice(0, 8),
		digits.slice(8, 12),
		`4${digits.slice(13, 16)}`,
		`a${digits.slice(17, 20)}`,
		digits.slice(20, 32),
	].join('-');
}
