import type {RunState} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';
import {spokenDuration} from './time.js';

/** `esxi1 is 172.31.255.2 and calls itself esxi01.example (VMware ESXi 7.0.3, up 2 days)`; undefined for no host. */
export function describeHost(state: RunState, host: HostName): string | undefined {
	const site = state.started?.hosts[host];
	if (site === undefined) {
		return undefined;
	}

	const known = state.hosts.get(host);
	const address = sanitiseLine(site.address);
	if (known?.kind !== 'reached') {
		return `${hostWord(host)} is ${address} and has not said what it calls itself`;
	}

	const {name, version, uptimeSeconds} = known.facts;
	const about = [sanitiseLine(version), uptimeSeconds === null ? '' : `up ${spokenDuration(uptimeSeconds * 1000)}`]
		.filter(Boolean)
		.join(', ');
	return `${hostWord(host)} is ${address} and calls itself ${sanitiseLine(name.trim())}${about === '' ? '' : ` (${about})`}`;
}

/** `+0.4 s`, `-3 min`; empty if the host did not say. */
export function skewWords(skewMs: number | null): string {
	return skewMs === null ? '' : `${skewMs < 0 ? '-' : '+'}${spokenDuration(Math.abs(skewMs))}`;
}
