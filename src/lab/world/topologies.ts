import * as z from 'zod';
import {esxiPlatform, type MachineRoom} from '../esxi/platform.js';
import type {HostPower, LabHost, Platform, SimulatedWorld, Topology, WorldTime} from '../host.js';
import {checkDeed, deeds, doDeed, look} from './deeds.js';
import {type EsxiHost, EsxiHostSchema} from './esxi-host.js';
import {networksOf} from './network.js';
import {advanceHost, cutPower, isUp, nextChangeOf, powerOn} from './power.js';
import {EPOCH, hostsAt, startNames} from './vmware-host-clustering.js';

/** Every arrangement of hosts that `lab.yaml` can name. */
export const topologies: readonly Topology[] = [
	{
		name: 'vmware-host-clustering',
		title: 'Two ESXi 7.0 hosts with four NICs each',
		hosts: ['esxi1', 'esxi2'],
		starts: startNames,
		epoch: EPOCH,
		deeds,
		checkDeed,
		create(start, changed) {
			const known = startNames.find(name => name === start);
			if (!known) {
				throw new RangeError(`vmware-host-clustering has no state ${start}`);
			}

			return simulate(hostsAt(known), EPOCH, changed);
		},
		restore(saved, changed) {
			const {hosts, now} = SavedWorldSchema.parse(saved);
			return simulate(hosts, now, changed);
		},
	},
];

const SavedWorldSchema = z.strictObject({version: z.literal(1), now: z.number().int(), hosts: z.array(EsxiHostSchema)});

/** Of root on every simulated host. A rehearsal never asks for it; who looks around with `ssh` types it. */
const LAB_PASSWORD = 'VMware1!';

/** Holds the hosts; each change replaces one. */
function simulate(start: readonly EsxiHost[], startedAt: WorldTime, changed: () => void): SimulatedWorld {
	let hosts = start;
	let now = startedAt;

	const room: MachineRoom = {
		host(name) {
			const found = hosts.find(host => host.name === name);
			if (!found) {
				throw new RangeError(`There is no host ${name} in this world`);
			}

			return found;
		},
		replace(host) {
			hosts = hosts.map(other => (other.name === host.name ? host : other));
			changed();
		},
		all: () => hosts,
	};
	const platform = esxiPlatform(room);

	return {
		host: name => labHost(room.host(name), platform),
		nextChange() {
			const instants = hosts.map(host => nextChangeOf(host, now)).filter(instant => instant !== undefined);
			return instants.length === 0 ? undefined : Math.min(...instants);
		},
		advance(to) {
			now = to;
			for (const host of hosts) {
				const after = advanceHost(host, to);
				if (after !== host) {
					room.replace(after);
				}
			}
		},
		power(name, to, at) {
			const host = room.host(name);
			if (to === 'off') {
				if (host.power.kind === 'off') {
					return `${host.label} was off already`;
				}

				room.replace(cutPower(host));
				return `${host.label} lost power`;
			}

			if (host.power.kind !== 'off') {
				return `${host.label} was on already`;
			}

			room.replace(powerOn(host, at));
			return `${host.label} got power and boots`;
		},
		deed(words, at) {
			const {host, did} = doDeed(words, name => room.host(name), at);
			room.replace(host);
			return did;
		},
		look: words => look(words, name => room.host(name)),
		toJSON: () => ({version: 1, now, hosts}),
	};
}

function labHost(host: EsxiHost, platform: Platform): LabHost {
	const {hostname, domain, vmknics} = host.config;
	return {
		name: host.name,
		hostname: domain === '' ? hostname : `${hostname}.${domain}`,
		address: vmknics[0]?.ip ?? '',
		platform,
		power: powerOf(host),
		ssh: reachable(host) ? (host.running.SSH ? 'answers' : 'refuses') : 'silent',
		users: {root: LAB_PASSWORD},
	};
}

function powerOf({name, power, boots}: EsxiHost): HostPower {
	switch (power.kind) {
		case 'off':
			return {kind: 'off'};
		case 'booting':
			return {kind: 'booting', until: power.until};
		case 'on':
		case 'stopping':
			return {kind: 'on', bootedAt: power.bootedAt, bootId: `${name}-${boots}`};
	}
}

/** Whoever sits on the management network reaches `vmk0` only through a link that is up. */
function reachable(host: EsxiHost): boolean {
	const management = host.config.vmknics[0];
	return isUp(host) && management !== undefined && networksOf(host, management).includes('management');
}
