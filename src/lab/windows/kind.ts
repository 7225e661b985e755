import * as z from 'zod';
import {readShape, Text} from '../../runbook/yaml.js';
import type {LabHost, Platform} from '../host.js';
import type {HostKind, Member, Neighbourhood} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import {hostPower, isUp, underPower} from '../world/power-cycle.js';
import {EPOCH} from '../world/vmware-host-clustering.js';
import {type Adapter, newWindowsHost, type WindowsHost, WindowsHostSchema} from './host-state.js';
import {windowsPlatform} from './platform.js';
import {windowsPower} from './power.js';
import type {WindowsRoom} from './process.js';

const deeds = ['set cables HOST in|out'];

/** Windows servers, in `lab.yaml` and in the machine room. */
export const windowsKind: HostKind = {
	platform: 'windows',
	deeds,
	checkDeed: ([, name, position, ...more]) =>
		more.length === 0 && (position === 'in' || position === 'out')
			? undefined
			: `Write whether the cables go in or out: set cables ${name} out`,
	read(node, name, number, problems) {
		const shape = readShape(WindowsShape, node, 'a host', problems);
		return (
			shape &&
			newWindowsHost({
				name,
				label: shape.label ?? name,
				address: shape.address,
				computerName: shape.hostname ?? name,
				encoding: shape.encoding,
				defaultShell: shape.shell,
				runsOn: shape.runs_on,
				autostart: shape.autostart,
				number,
				powered: shape.power === 'on',
				now: EPOCH,
			})
		);
	},
	enter(neighbourhood) {
		const hosts = new Map<string, WindowsHost>();
		const room = roomOf(hosts, neighbourhood);
		const platform = windowsPlatform(room);
		return {
			restore(saved) {
				const host = WindowsHostSchema.parse(saved);
				hosts.set(host.name, host);
				return windowsMember(host.name, room, platform, neighbourhood);
			},
		};
	},
};

/** A Windows host of `lab.yaml`. */
export const WindowsShape = z.strictObject({
	platform: z.literal('windows'),
	label: Text('Write what people call it, such as HV#1.').optional(),
	hostname: Text()
		.regex(/^[A-Za-z\d][A-Za-z\d-]{0,14}$/, 'Write a computer name: letters, digits and `-`, at most 15.')
		.optional(),
	address: Text().refine(isIpv4, 'Write an IPv4 address.'),
	runs_on: Text('Name a host of this file.').optional(),
	autostart: z
		.enum(['true', 'false'], 'Write true or false.')
		.transform(text => text === 'true')
		.default(false),
	power: z.enum(['on', 'off'], 'Write on or off.').default('on'),
	/** Of the system: `shift_jis` is a Japanese one. */
	encoding: z.enum(['utf-8', 'shift_jis'], 'Write utf-8 or shift_jis.').default('utf-8'),
	/** What its sshd starts: its `DefaultShell`. */
	shell: z.enum(['cmd', 'powershell'], 'Write cmd or powershell.').default('cmd'),
});

/** Of Administrator on every simulated host. A rehearsal never asks for it. */
const LAB_PASSWORD = 'Windows1!';

function roomOf(hosts: Map<string, WindowsHost>, neighbourhood: Neighbourhood): WindowsRoom {
	const host = (name: string) => {
		const found = hosts.get(name);
		if (found === undefined) {
			throw new RangeError(`There is no Windows host ${name} in this world`);
		}

		return found;
	};
	const replace = (changed: WindowsHost) => {
		hosts.set(changed.name, changed);
		neighbourhood.changed(changed.name);
	};
	return {
		host,
		replace,
		answers: (name, address) =>
			neighbourhood.answers(
				address,
				host(name).adapters.flatMap(adapter => networksOf(adapter, host(name), neighbourhood)),
			),
		shutDown: (name, andThen, now) => replace(windowsPower.shutDown(host(name), andThen, now)),
	};
}

/** Through the switches of the host that it runs on, if it is a virtual machine. */
function networksOf(
	{plugged, network}: Adapter,
	{runsOn}: WindowsHost,
	neighbourhood: Neighbourhood,
): readonly string[] {
	return plugged && (runsOn === undefined || neighbourhood.host(runsOn).carries(network)) ? [network] : [];
}

function windowsMember(name: string, room: WindowsRoom, platform: Platform, neighbourhood: Neighbourhood): Member {
	const now = () => room.host(name);
	return {
		name,
		label: now().label,
		runsOn: now().runsOn,
		autostart: now().autostart,
		labHost: () => labHost(now(), platform, neighbourhood),
		...underPower(windowsPower, now, room.replace),
		deed([, , position]) {
			const plugged = position === 'in';
			room.replace({...now(), adapters: now().adapters.map(adapter => ({...adapter, plugged}))});
			return plugged ? `${now().label}: every adapter has its cable` : `${now().label}: no adapter has a cable`;
		},
		look: () => look(now()),
		addresses: () =>
			isUp(now())
				? now().adapters.map(adapter => ({ip: adapter.ip, networks: networksOf(adapter, now(), neighbourhood)}))
				: [],
		carries: () => false,
		toJSON: now,
	};
}

function labHost(host: WindowsHost, platform: Platform, neighbourhood: Neighbourhood): LabHost {
	const [management] = host.adapters;
	const reached = isUp(host) && management !== undefined && networksOf(management, host, neighbourhood).length > 0;
	const answers = host.services.some(({name, running}) => name === 'sshd' && running);
	return {
		name: host.name,
		hostname: host.computerName,
		address: management?.ip ?? '',
		platform,
		power: hostPower(host, `${host.name}-${host.boots}`),
		ssh: reached ? (answers ? 'answers' : 'refuses') : 'silent',
		users: {Administrator: LAB_PASSWORD},
	};
}

/** What somebody in front of it would see. */
function look({label, power, adapters, features, services}: WindowsHost): string {
	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const installed = features.filter(({state}) => state !== 'Available').map(({name}) => name);
	const stopped = services.filter(({running, start}) => !running && start === 'Automatic').map(({name}) => name);
	return [
		`${label} is on`,
		`link lights: ${
			adapters
				.filter(({plugged}) => plugged)
				.map(({alias}) => alias)
				.join(' ') || 'none'
		}`,
		`features: ${installed.join(' ') || 'none'}`,
		`services that should run: ${stopped.length === 0 ? 'all do' : `not ${stopped.join(' ')}`}`,
	].join('; ');
}
