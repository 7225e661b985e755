import {formatTime} from '../tools/clock-tools.js';
import {type Answer, command, type Question, refused, type Surroundings, sortWords} from './command.js';
import {SELINUX_CONFIG} from './files.js';
import {journaled} from './journal.js';
import type {LinuxHost} from './linux-host.js';
import {cancelShutdown, linuxPower} from './power.js';
import {release} from './release.js';
import {isActive, setUnit, unitOf} from './units.js';

/** What else somebody types at the prompt of a Linux host. */
export function hostCommands(surroundings: Surroundings) {
	return [
		command(surroundings, 'hostnamectl', 100, hostnamectl),
		command(surroundings, 'timedatectl', 100, timedatectl),
		command(surroundings, 'chronyc', 50, chronyc),
		command(surroundings, 'shutdown', 100, shutdown),
		...(['reboot', 'poweroff', 'halt'] as const).map(name =>
			command(surroundings, name, 100, question => leave(question, name)),
		),
		command(surroundings, 'df', 10, df),
		command(surroundings, 'free', 10, () => ({
			out: '              total        used        free      shared  buff/cache   available\nMem:       16239308      803212    14712224       16988      723872    15157816\nSwap:             0           0           0\n',
		})),
		command(surroundings, 'nproc', 10, () => ({out: '4\n'})),
		command(surroundings, 'getenforce', 10, getenforce),
		command(surroundings, 'setenforce', 10, () => ({})),
	];
}

/** Switched off by its file, it is off from the next boot on. Of a host that was described so, it was off before. */
async function getenforce({host, io}: Question): Promise<Answer> {
	const isOff = (text: string) => /^SELINUX=disabled$/m.test(text);
	const text = (await io.fs.exists(SELINUX_CONFIG)) ? await io.fs.readFile(SELINUX_CONFIG) : '';
	if (!isOff(text)) {
		return {out: 'Enforcing\n'};
	}

	const writtenAt = (await io.fs.stat(SELINUX_CONFIG)).mtime.getTime();
	const bootedAt = host.power.kind === 'on' ? host.power.bootedAt : 0;
	return {out: writtenAt < bootedAt || isOff(host.files[SELINUX_CONFIG]?.text ?? '') ? 'Disabled\n' : 'Enforcing\n'};
}

/** `hostnamectl set-hostname NAME`, `hostnamectl hostname`, `hostnamectl`. */
function hostnamectl({args, host, user}: Question): Answer {
	const [verb = 'status', name = ''] = sortWords(args).rest;
	if (verb === 'status') {
		const lines = [
			['Static hostname', host.hostname],
			['Icon name', 'computer-vm'],
			['Chassis', 'vm'],
			['Virtualization', 'vmware'],
			['Operating System', release.pretty],
			['Kernel', `Linux ${release.kernel}`],
			['Architecture', 'x86-64'],
		];
		return {out: lines.map(([key = '', value]) => `${key.padStart(18)}: ${value}\n`).join('')};
	}

	if (verb === 'hostname' && name === '') {
		return {out: `${host.hostname}\n`};
	}

	if (verb !== 'set-hostname' && verb !== 'hostname') {
		return refused(`Unknown operation ${verb}.`);
	}

	if (user !== 'root') {
		return refused('Could not set property: Interactive authentication required.');
	}

	return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/.test(name)
		? {host: {...host, hostname: name}}
		: refused(`Could not set static hostname: Invalid static hostname '${name}'`);
}

function timedatectl({args, host, now, user}: Question): Answer {
	const [verb = 'status', value = ''] = sortWords(args).rest;
	const synchronised = isActive(host, 'chronyd');
	switch (verb) {
		case 'status': {
			const lines = [
				['Local time', formatTime(now, '%a %Y-%m-%d %H:%M:%S UTC')],
				['Universal time', formatTime(now, '%a %Y-%m-%d %H:%M:%S UTC')],
				['RTC time', formatTime(now, '%a %Y-%m-%d %H:%M:%S')],
				['Time zone', `${host.timezone} (UTC, +0000)`],
				['System clock synchronized', synchronised ? 'yes' : 'no'],
				['NTP service', synchronised ? 'active' : 'inactive'],
				['RTC in local TZ', 'no'],
			];
			return {out: lines.map(([key = '', text]) => `${key.padStart(25)}: ${text}\n`).join('')};
		}
		case 'show':
			return {
				out: `Timezone=${host.timezone}\nNTP=${synchronised ? 'yes' : 'no'}\nNTPSynchronized=${synchronised ? 'yes' : 'no'}\n`,
			};
		case 'set-timezone':
			return user === 'root'
				? {host: {...host, timezone: value}}
				: refused('Failed to set time zone: Interactive authentication required.');
		case 'set-ntp': {
			const unit = unitOf(host, 'chronyd');
			const on = ['true', 'yes', '1'].includes(value);
			return user === 'root' && unit !== undefined
				? {host: setUnit(host, 'chronyd', {enabled: on, active: on, since: now})}
				: refused('Failed to set ntp: Interactive authentication required.');
		}
		default:
			return refused(`Unknown operation ${verb}.`);
	}
}

function chronyc({args, host}: Question): Answer {
	if (!isActive(host, 'chronyd')) {
		return refused('506 Cannot talk to daemon');
	}

	return args.includes('tracking')
		? {
				out: 'Reference ID    : AC1FFF01 (172.31.255.1)\nStratum         : 7\nSystem time     : 0.000012345 seconds fast of NTP time\nLeap status     : Normal\n',
			}
		: {
				out: 'MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n===============================================================================\n^* 172.31.255.1                  6   6   377    21    +12us[  +15us] +/-  210us\n',
			};
}

/** `shutdown -r now`, `shutdown -h +1`, `shutdown -P`, `shutdown -c`. Without a time it is a minute. */
function shutdown({args, host, now, user}: Question): Answer {
	const {options, rest} = sortWords(args);
	if (user !== 'root') {
		return refused(
			'Failed to set wall message, ignoring: Interactive authentication required.\nFailed to call ScheduleShutdown in logind, no action will be taken: Interactive authentication required.',
		);
	}

	if (options.includes('-c')) {
		return {host: cancelShutdown(host)};
	}

	const [when = '+1'] = rest;
	const [, minutes = when === 'now' ? '0' : undefined] = /^\+?(\d+)$/.exec(when) ?? [];
	if (minutes === undefined) {
		return refused(`Failed to parse time specification: ${when}`);
	}

	const andThen = options.some(word => word === '-r' || word === '--reboot') ? 'boot' : 'off';
	const at = now + Number(minutes) * 60_000;
	const told =
		minutes === '0'
			? ''
			: `Shutdown scheduled for ${formatTime(at, '%a %Y-%m-%d %H:%M:%S UTC')}, use 'shutdown -c' to cancel.\n`;
	return {host: gone(host, andThen, Number(minutes) * 60_000, now), err: told};
}

/** Returns at once; the host goes down a little later. `-f` does not wait for anything. */
function leave({args, host, now, user}: Question, name: 'reboot' | 'poweroff' | 'halt'): Answer {
	if (user !== 'root') {
		return refused(`Failed to set wall message, ignoring: Interactive authentication required.
Failed to ${name} system via logind: Interactive authentication required.`);
	}

	const boots = name === 'reboot';
	if (!args.some(word => /^-f+$/.test(word) || word === '--force')) {
		return {host: gone(host, boots ? 'boot' : 'off', 0, now)};
	}

	const off = linuxPower.cutPower(host);
	return {host: boots ? linuxPower.powerOn(off, now) : off};
}

function gone(host: LinuxHost, andThen: 'boot' | 'off', delayMs: number, now: number): LinuxHost {
	return journaled(
		linuxPower.shutDown(host, andThen, now, delayMs),
		now,
		'systemd-logind',
		`System is ${andThen === 'boot' ? 'rebooting' : 'powering down'}.`,
	);
}

function df({args}: Question): Answer {
	const human = args.some(word => /^-\w*h/.test(word));
	const row = (cells: readonly [string, string, string, string, string, string]) =>
		`${cells[0].padEnd(20)} ${cells
			.slice(1, 4)
			.map(cell => cell.padStart(human ? 5 : 10))
			.join(' ')} ${cells[4].padStart(4)} ${cells[5]}\n`;
	return {
		out: [
			row(['Filesystem', human ? 'Size' : '1K-blocks', 'Used', human ? 'Avail' : 'Available', 'Use%', 'Mounted on']),
			row([
				'/dev/mapper/rl-root',
				human ? '15G' : '15718400',
				human ? '2.9G' : '3041280',
				human ? '13G' : '12677120',
				'20%',
				'/',
			]),
			row([
				'/dev/sda1',
				human ? '1014M' : '1038336',
				human ? '252M' : '258048',
				human ? '763M' : '780288',
				'25%',
				'/boot',
			]),
		].join(''),
	};
}
