import type {AutostartEntry, EsxiHost, ServiceName} from './esxi-host.js';
import {isUp, powerCycle} from './power-cycle.js';

/** How long hostd answers nobody after it was started. Field scripts sleep between 10 s and 120 s. */
const HOSTD_STARTS_MS = 30_000;
/** The boot bank gets the configuration once an hour, and at an orderly shutdown. */
const BACKUP_EVERY_MS = 60 * 60_000;

/** Real hosts take 3 to 6 minutes to boot. With the power goes what was not yet written to the boot bank. */
export const esxiPower = powerCycle<EsxiHost>({
	bootMs: 4 * 60_000,
	shutdownMs: 20_000,
	booted: bootedEsxi,
	unplugged: host => ({...host, config: host.saved, maintenance: false}),
	saved: saveConfig,
	whileOn: (host, now) => (now - host.savedAt >= BACKUP_EVERY_MS ? saveConfig(host, now) : host),
	nextWhileOn: ({hostd}, now) => (hostd.started && hostd.answersFrom > now ? hostd.answersFrom : undefined),
});

/** What `/sbin/auto-backup.sh` does. */
export function saveConfig(host: EsxiHost, now: number): EsxiHost {
	return {...host, saved: host.config, savedAt: now};
}

export function hostdAnswers(host: EsxiHost, now: number): boolean {
	return isUp(host) && host.hostd.started && host.hostd.answersFrom <= now;
}

/**
A starting hostd reads the configuration anew, and answers only when it is through. A host name that has not been written to the
boot bank is the old one again (notes on the domain, 4.1, number 6; what else is lost there nobody has recorded).
*/
export function startHostd(host: EsxiHost, now: number): EsxiHost {
	const {hostname, domain} = host.saved;
	return {
		...host,
		config: {...host.config, hostname, domain},
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

/** What a boot makes of it. */
export function bootedEsxi(host: EsxiHost, at: number): EsxiHost {
	const starts = host.config.startsWithHost;
	const running: Record<ServiceName, boolean> = {SSH: starts.SSH, ESXShell: starts.ESXShell, ntpd: starts.ntpd};
	const up: EsxiHost = {
		...host,
		nics: host.nics.map(nic => ({...nic, adminUp: true})),
		running,
		ntpSince: at,
		savedAt: at,
	};
	const fresh = startHostd(withVmsAtBoot(up, at), at);
	// The login prompt comes up only after hostd does.
	return {...fresh, hostd: {...fresh.hostd, answersFrom: at, pid: 2_098_000 + up.boots}};
}

/** No virtual machine runs any more; those that start with the host wait for their turn. */
function withVmsAtBoot(host: EsxiHost, at: number): EsxiHost {
	const {autostarting: _, ...rest} = host;
	const {autostart, autostartEntries} = host.config;
	const left = autostart
		? autostartEntries
				.filter(({startAction, startOrder}) => startAction === 'powerOn' && startOrder !== 0)
				.toSorted((one, other) => turnOf(one) - turnOf(other))
				.map(({vm}) => vm)
		: [];
	return left.length === 0 ? rest : {...rest, autostarting: {left, at}};
}

/** Entries without an order come last. */
function turnOf({startOrder}: AutostartEntry): number {
	return startOrder < 0 ? Number.POSITIVE_INFINITY : startOrder;
}
