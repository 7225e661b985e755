import * as z from 'zod';
import {durationMs} from '../../runbook/duration.js';
import {Text} from '../../runbook/yaml.js';
import {isIpv4} from '../world/network.js';
import type {Described} from './described.js';

/** Of a group, resource or monitor; some are named after virtual machines. */
export const Name = Text().regex(
	/^[A-Za-z\d][\w.-]{0,30}$/,
	'Write a name: letters, digits, `-`, `_` and `.`, at most 31 of them.',
);
export const Address = Text().refine(isIpv4, 'Write an IPv4 address.');
export const Duration = Text()
	.refine(text => durationMs(text) !== undefined, 'Write a number and a unit: 30s, 2m.')
	.transform(text => durationMs(text) ?? 0);
const Count = Text()
	.regex(/^\d{1,3}$/, 'Write a number.')
	.transform(Number);

const common = {after: z.array(Name).default([])};
const script = Text('Write the script.').optional();

/** A resource with its type. */
export const ResourceShape = z.discriminatedUnion(
	'type',
	[
		z.strictObject({...common, type: z.literal('fip'), address: Address}),
		/** `disk: sdb`: its first partition is the cluster's, its second the data's. */
		z.strictObject({
			...common,
			type: z.literal('md'),
			disk: Text()
				.regex(/^sd[b-z]$/, 'Name a disk: sdb.')
				.optional(),
			device: Text().default('/dev/NMP1'),
		}),
		z.strictObject({...common, type: z.literal('disk'), device: Text('Name a device: /dev/sdb1.').optional()}),
		z.strictObject({
			...common,
			type: z.literal('exec'),
			start: script,
			stop: script,
			/** What lies beside the two, by name. */
			files: z.record(Text().regex(/^[\w.-]+$/, 'Write the name of a file.'), z.string()).default({}),
			timeout: Duration.optional(),
			stop_timeout: Duration.optional(),
			userlog: Text('Write a path.').optional(),
		}),
	],
	'Write a type: fip, md, disk or exec.',
);

/** A monitor with its type. */
export const MonitorShape = z.strictObject({
	type: z.enum(
		['userw', 'genw', 'fipw', 'arpw', 'mdw', 'mdnw', 'diskw', 'ipw'],
		'Write a type: userw, genw, fipw, arpw, mdw, mdnw, diskw or ipw.',
	),
	target: Name.optional(),
	/** Only while its target is active. */
	timing: z.enum(['always', 'active'], 'Write always or active.').optional(),
	script,
	interval: Duration.optional(),
	timeout: Duration.optional(),
	first_wait: Duration.optional(),
	retry: Count.optional(),
	/** The group or resource that is restarted or failed over; without one it is the server. */
	recovery: Name.optional(),
	restart: Count.optional(),
	failover: Count.optional(),
	final: z
		.enum(
			['none', 'stop-group', 'stop-service', 'shutdown', 'reboot'],
			'Write none, stop-group, stop-service, shutdown or reboot.',
		)
		.optional(),
	userlog: Text('Write a path.').optional(),
	address: Address.optional(),
	device: Text('Name a device: /dev/sdb1.').optional(),
});

export function describedResource(name: string, shape: z.output<typeof ResourceShape>): Described {
	const {after} = shape;
	switch (shape.type) {
		case 'fip':
			return {type: 'fip', name, after, tags: {'parameters/ip': shape.address}, scripts: {}};
		case 'md':
			return {
				type: 'md',
				name,
				after,
				tags: {
					'parameters/nmppath': shape.device,
					'parameters/fs': 'none',
					...(shape.disk === undefined
						? {}
						: {'parameters/diskdev/cppath': `/dev/${shape.disk}1`, 'parameters/diskdev/dppath': `/dev/${shape.disk}2`}),
				},
				scripts: {},
			};
		case 'disk':
			return {type: 'disk', name, after, tags: tagged({'parameters/device': shape.device}), scripts: {}};
		case 'exec': {
			const {start, stop, files, timeout, stop_timeout, userlog} = shape;
			return {
				type: 'exec',
				name,
				after,
				tags: tagged({
					'parameters/act/path': start === undefined ? undefined : 'start.sh',
					'parameters/deact/path': stop === undefined ? undefined : 'stop.sh',
					'parameters/userlog': userlog,
					'act/timeout': seconds(timeout),
					'deact/timeout': seconds(stop_timeout ?? timeout),
				}),
				scripts: {...tagged({'start.sh': start, 'stop.sh': stop}), ...files},
			};
		}
	}
}

const finals = {none: '0', 'stop-group': '2', 'stop-service': '3', shutdown: '4', reboot: '5'} as const;

/** `groups` are those that it may restart or fail over. */
export function describedMonitor(
	name: string,
	shape: z.output<typeof MonitorShape>,
	groups: readonly string[],
): Described {
	const {type, target, timing, recovery, final} = shape;
	const watched = ['mdw', 'mdnw', 'diskw'].includes(type) ? 'parameters/object' : 'target';
	const kind = recovery === undefined ? 'cls' : groups.includes(recovery) ? 'grp' : 'rsc';
	return {
		type,
		name,
		after: [],
		tags: tagged({
			[watched]: type === 'diskw' ? shape.device : target,
			'polling/timing': timing === undefined ? undefined : timing === 'active' ? '1' : '0',
			'parameters/path': shape.script === undefined ? undefined : 'genw.sh',
			'parameters/userlog': shape.userlog,
			'parameters/list@0/ip': shape.address,
			'polling/interval': seconds(shape.interval),
			'polling/timeout': seconds(shape.timeout),
			'polling/reconfirmation': shape.retry?.toString(),
			firstmonwait: seconds(shape.first_wait),
			'relation/type': kind,
			'relation/name': recovery ?? 'LocalServer',
			'emergency/threshold/restart': (shape.restart ?? 0).toString(),
			'emergency/threshold/fo': (shape.failover ?? (recovery === undefined ? 0 : 1)).toString(),
			'emergency/action': final === undefined ? undefined : finals[final],
		}),
		scripts: tagged({'genw.sh': shape.script}),
	};
}

function seconds(ms: number | undefined): string | undefined {
	return ms === undefined ? undefined : String(Math.ceil(ms / 1000));
}

function tagged(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(values).flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value]])),
	);
}
