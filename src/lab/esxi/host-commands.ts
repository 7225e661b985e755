import type {LabCommand} from '../host.js';
import {findOption, optionValue, setOption} from '../world/advanced-options.js';
import {releaseOf} from '../world/esxi-release.js';
import {esxiPower, saveConfig} from '../world/power.js';
import {followedNtpServer} from '../world/services.js';
import {type Answer, command, type Question, type Surroundings} from './command.js';
import {refusal} from './refusals.js';

/** What else somebody types at an ESXi prompt. */
export function hostCommands(surroundings: Surroundings): readonly LabCommand[] {
	return [
		command(surroundings, 'vmware', 50, vmware),
		command(surroundings, 'ntpq', 300, ntpq),
		command(surroundings, 'esxcfg-advcfg', 200, esxcfgAdvcfg),
		command(surroundings, '/sbin/auto-backup.sh', 2_000, autoBackup),
		command(surroundings, 'reboot', 200, question => restart(question, 'boot')),
		command(surroundings, 'poweroff', 200, question => restart(question, 'off')),
		command(surroundings, 'halt', 200, question => restart(question, 'off')),
	];
}

function vmware({args: [word = '-v'], host}: Question): Answer {
	const release = releaseOf(host);
	const build = `VMware ESXi ${release.version} build-${release.build}\n`;
	const level = `VMware ESXi ${release.level}\n`;
	switch (word) {
		case '-v':
			return {out: build};
		case '-l':
			return {out: level};
		case '-vl':
			return {out: `${build}${level}`};
		default:
			return {err: 'Usage: vmware -v | -l\n', status: 1};
	}
}

/** The peers of ntpd; `*` marks the one it follows. */
function ntpq({args, host, now}: Question): Answer {
	if (!args.some(word => /^-\w*p/.test(word))) {
		return {err: 'usage: ntpq -p\n', status: 1};
	}

	if (!host.running.ntpd) {
		return {err: 'localhost: Connection refused\n', status: 1};
	}

	const followed = followedNtpServer(host, now);
	const peer = (mark: string, server: string, refid: string) =>
		`${mark}${server.slice(0, 15).padEnd(15)} ${refid.padEnd(15)}`;
	const lines = host.config.ntp.servers.map(server =>
		server === followed
			? `${peer('*', server, 'LOCL')}  6 u   12   64  377    0.218    0.031   0.019`
			: `${peer(' ', server, '.INIT.')} 16 u    -   64    0    0.000    0.000   0.000`,
	);
	return {
		out: [
			'     remote           refid      st t when poll reach   delay   offset  jitter',
			'==============================================================================',
			...lines,
		]
			.map(line => `${line}\n`)
			.join(''),
	};
}

/** `esxcfg-advcfg -g /UserVars/X` and `-s 1 /UserVars/X`. */
function esxcfgAdvcfg({args: [word = '', ...rest], host}: Question): Answer {
	const path = rest.at(-1) ?? '';
	const option = findOption(path);
	if (!option) {
		return {
			err: `Exception occured: ${refusal({kind: 'fault', because: 'missing', what: 'option', name: path})}\n`,
			status: 1,
		};
	}

	const name = option.path.slice(option.path.lastIndexOf('/') + 1);
	if (word === '-g') {
		return {out: `Value of ${name} is ${optionValue(host, option)}\n`};
	}

	const changed = word === '-s' ? setOption(host, path, Number(rest[0])) : undefined;
	if (!changed) {
		return {err: 'esxcfg-advcfg -g option | -s value option\n', status: 1};
	}

	return changed.kind === 'fault'
		? {err: `${refusal(changed)}\n`, status: 1}
		: {host: changed, out: `Value of ${name} is ${optionValue(changed, option)}\n`};
}

function autoBackup({host, now}: Question): Answer {
	const [date = '', time = ''] = new Date(now).toISOString().split('T');
	const [year, month, day] = date.split('-');
	return {
		host: saveConfig(host, now),
		out: `Saving current state in /bootbank\nClock updated.\nTime: ${time.slice(0, 8)}   Date: ${month}/${day}/${year}   UTC\n`,
	};
}

/** Returns at once; the host goes down a little later. `-f` does not wait for anything. */
function restart({args, host, now}: Question, andThen: 'off' | 'boot'): Answer {
	if (!args.includes('-f')) {
		return {host: esxiPower.shutDown(host, andThen, now)};
	}

	const off = esxiPower.cutPower(host);
	return {host: andThen === 'boot' ? esxiPower.powerOn(off, now) : off};
}
