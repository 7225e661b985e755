import {createHash} from 'node:crypto';
import {cleared} from '../lio/configuration.js';
import {powerCycle} from '../world/power-cycle.js';
import type {LinuxHost} from './linux-host.js';
import {unitsAtBoot} from './units.js';

/** The cluster guests of the field take 20 to 40 seconds to boot. */
export const linuxPower = powerCycle<LinuxHost>({
	bootMs: 30_000,
	shutdownMs: 5_000,
	booted: bootedLinux,
});

/** What a boot makes of it. */
export function bootedLinux(host: LinuxHost, at: number): LinuxHost {
	return {
		...host,
		nics: host.nics.map(nic => ({
			...nic,
			up: true,
			addresses: nic.connection.autoconnect ? nic.connection.addresses : [],
		})),
		units: unitsAtBoot(host, at),
		firewall: {...host.firewall, now: host.firewall.permanent},
		mounts: [],
		lio: {...cleared(host.lio), hangs: false, isLost: false},
	};
}

export function cancelShutdown(host: LinuxHost): LinuxHost {
	return host.power.kind === 'stopping' ? {...host, power: {kind: 'on', bootedAt: host.power.bootedAt}} : host;
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
