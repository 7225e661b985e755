import {advancedOptions, findOption, optionValue, setOption} from '../../world/advanced-options.js';
import {type EsxiHost, fault} from '../../world/esxi-host.js';
import {releaseOf} from '../../world/esxi-release.js';
import {esxiPower} from '../../world/power.js';
import {setHostname, setNtp} from '../../world/services.js';
import {
	type Call,
	changedOr,
	type EsxcliCommand,
	type EsxcliOption,
	given,
	isTrue,
	type Result,
	required,
} from './command.js';
import {type Record, record} from './output.js';

const shutdownOptions: readonly EsxcliOption[] = [
	{letter: 'd', long: 'delay', takes: 'number', description: 'Seconds to wait; at least 10.'},
	{letter: 'r', long: 'reason', takes: 'text', required: true, description: 'Why.'},
];

export const systemCommands: readonly EsxcliCommand[] = [
	{
		path: 'system hostname get',
		description: "Show the host's name.",
		options: [],
		run: ({host}) =>
			record([
				['Domain Name', host.config.domain],
				['Fully Qualified Domain Name', fullName(host)],
				['Host Name', host.config.hostname],
			]),
	},
	{
		path: 'system hostname set',
		description: "Set the host's name.",
		options: [
			{letter: 'H', long: 'host', takes: 'text', description: 'The name without its domain.'},
			{letter: 'd', long: 'domain', takes: 'text', description: 'The domain.'},
			{letter: 'f', long: 'fqdn', takes: 'text', description: 'Both at once.'},
		],
		run(call) {
			const {config} = call.host;
			const [name, ...domain] = (given(call, 'fqdn') ?? '').split('.');
			return {
				kind: 'changed',
				host: setHostname(
					call.host,
					name || (given(call, 'host') ?? config.hostname),
					name ? domain.join('.') : (given(call, 'domain') ?? config.domain),
				),
			};
		},
	},
	{
		path: 'system maintenanceMode get',
		description: 'Show whether the host is in maintenance mode.',
		options: [],
		run: ({host}) => ({kind: 'text', text: host.maintenance ? 'Enabled\n' : 'Disabled\n'}),
	},
	{
		path: 'system maintenanceMode set',
		description: 'Enter or leave maintenance mode.',
		options: [{letter: 'e', long: 'enable', takes: 'boolean', required: true, description: 'True or false.'}],
		run(call) {
			const enable = isTrue(required(call, 'enable'));
			return call.host.maintenance === enable
				? {kind: 'refused', because: `Maintenance mode is already ${enable ? 'enabled' : 'disabled'}.`}
				: {kind: 'changed', host: {...call.host, maintenance: enable}};
		},
	},
	{
		path: 'system ntp get',
		isIn: release => release.hasEsxcliNtp,
		description: 'Show the NTP client.',
		options: [],
		run: ({host, now}) =>
			record([
				['Enabled', host.config.ntp.enabled],
				['Loglevel', 'warning'],
				['PID', host.running.ntpd ? 2_099_532 : ''],
				['Runtime Seconds', host.running.ntpd ? Math.floor((now - host.ntpSince) / 1000) : 0],
				['Servers', host.config.ntp.servers],
			]),
	},
	{
		path: 'system ntp set',
		isIn: release => release.hasEsxcliNtp,
		description: 'Set the NTP client.',
		options: [
			{letter: 's', long: 'server', takes: 'text', description: 'A server; may be given several times.'},
			{letter: 'e', long: 'enabled', takes: 'boolean', description: 'True starts ntpd, false stops it.'},
		],
		run(call) {
			const {ntp} = call.host.config;
			const servers = (call.options.get('server') ?? ntp.servers).flatMap(list => list.split(','));
			const enabled = given(call, 'enabled');
			return {
				kind: 'changed',
				host: setNtp(call.host, servers, enabled === undefined ? ntp.enabled : isTrue(enabled), call.now),
			};
		},
	},
	{
		path: 'system settings advanced list',
		description: 'List advanced options.',
		options: [{letter: 'o', long: 'option', takes: 'text', description: 'Only this option.'}],
		run(call) {
			const only = given(call, 'option');
			const shown = only === undefined ? advancedOptions : [findOption(only)].filter(found => found !== undefined);
			return only !== undefined && shown.length === 0
				? fault('missing', 'option', only)
				: {kind: 'records', records: shown.map(option => optionRecord(call.host, option.path))};
		},
	},
	{
		path: 'system settings advanced set',
		description: 'Set an advanced option.',
		options: [
			{letter: 'o', long: 'option', takes: 'text', required: true, description: 'The option.'},
			{letter: 'i', long: 'int-value', takes: 'number', description: 'Its new value.'},
			{letter: 'd', long: 'default', takes: 'boolean', description: 'True sets its default.'},
		],
		run(call) {
			const path = required(call, 'option');
			const value = isTrue(given(call, 'default') ?? 'false')
				? findOption(path)?.default
				: Number(given(call, 'int-value') ?? Number.NaN);
			return changedOr(setOption(call.host, path, value ?? Number.NaN));
		},
	},
	{
		path: 'system shutdown poweroff',
		description: 'Power the host off; wants maintenance mode.',
		options: shutdownOptions,
		run: call => orderly(call, 'off'),
	},
	{
		path: 'system shutdown reboot',
		description: 'Restart the host; wants maintenance mode.',
		options: shutdownOptions,
		run: call => orderly(call, 'boot'),
	},
	{
		path: 'system stats uptime get',
		description: 'Show for how long the host is up, in microseconds.',
		options: [],
		run: ({host, now}) => ({kind: 'text', text: `${(now - bootedAt(host)) * 1000}\n`}),
	},
	{
		path: 'system time get',
		description: 'Show the time of the host.',
		options: [],
		run: ({now}) => ({kind: 'text', text: `${new Date(now).toISOString().slice(0, 19)}Z\n`}),
	},
	{
		path: 'system uuid get',
		description: 'Show the identity of the host.',
		options: [],
		run: ({host}) => ({
			kind: 'text',
			text: `69689${host.name.slice(-1)}a0-5b1f-4c27-8d02-${host.nics[0]?.mac.replaceAll(':', '')}\n`,
		}),
	},
	{
		path: 'system version get',
		description: 'Show the version of ESXi.',
		options: [],
		run({host}) {
			const {version, build, update, patch} = releaseOf(host);
			return record([
				['Product', 'VMware ESXi'],
				['Version', version],
				['Build', `Releasebuild-${build}`],
				['Update', update],
				['Patch', patch],
			]);
		},
	},
];

function fullName({config}: EsxiHost): string {
	return config.domain === '' ? config.hostname : `${config.hostname}.${config.domain}`;
}

function bootedAt({power}: EsxiHost): number {
	switch (power.kind) {
		case 'on':
		case 'stopping':
			return power.bootedAt;
		case 'booting':
			return power.until;
		case 'off':
		case 'crashed':
			return 0;
	}
}

function orderly(call: Call, andThen: 'off' | 'boot'): Result {
	return call.host.maintenance
		? {kind: 'changed', host: esxiPower.shutDown(call.host, andThen, call.now)}
		: {kind: 'refused', because: 'The host is not in maintenance mode.'};
}

function optionRecord(host: EsxiHost, path: string): Record {
	const option = findOption(path);
	return {
		fields: option
			? [
					['Path', option.path],
					['Type', 'integer'],
					['Int Value', optionValue(host, option)],
					['Default Int Value', option.default],
					['Min Value', option.min],
					['Max Value', option.max],
					['String Value', ''],
					['Default String Value', ''],
					['Valid Characters', ''],
					['Description', option.description],
				]
			: [],
	};
}
