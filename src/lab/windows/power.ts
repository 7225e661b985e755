import type {WindowsHost} from './host-state.js';

/** From power to a login; a server takes two to four minutes. */
const BOOT_MS = 3 * 60_000;
const SHUTDOWN_MS = 30_000;

export function isUp({power}: WindowsHost): boolean {
	return power.kind === 'on' || power.kind === 'stopping';
}

/** The cord is pulled. Nothing of what these hosts know waits to be written. */
export function cutPower(host: WindowsHost): WindowsHost {
	return {...host, power: {kind: 'off'}};
}

export function powerOn(host: WindowsHost, now: number): WindowsHost {
	return {...host, power: {kind: 'booting', until: now + BOOT_MS}};
}

export function shutDown(host: WindowsHost, andThen: 'off' | 'boot', now: number): WindowsHost {
	return host.power.kind === 'on'
		? {...host, power: {kind: 'stopping', bootedAt: host.power.bootedAt, at: now + SHUTDOWN_MS, andThen}}
		: host;
}

/** Lets everything happen that is due at `now`. */
export function advanceHost(host: WindowsHost, now: number): WindowsHost {
	const {power} = host;
	switch (power.kind) {
		case 'off':
		case 'on':
			return host;
		case 'booting':
			return power.until <= now ? booted(host, power.until) : host;
		case 'stopping': {
			const off = cutPower(host);
			return power.at > now ? host : power.andThen === 'boot' ? advanceHost(powerOn(off, power.at), now) : off;
		}
	}
}

/** When something will happen to the host by itself; undefined: nothing is under way. */
export function nextChangeOf({power}: WindowsHost): number | undefined {
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

/** Services start as they are set to; what waited for a restart is there. */
function booted(host: WindowsHost, at: number): WindowsHost {
	return {
		...host,
		power: {kind: 'on', bootedAt: at},
		boots: host.boots + 1,
		services: host.services.map(service => ({...service, running: service.start === 'Automatic'})),
		features: host.features.map(feature =>
			feature.state === 'InstallPending' ? {...feature, state: 'Installed'} : feature,
		),
	};
}
