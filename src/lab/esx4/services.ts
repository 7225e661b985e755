import type {LabCommand} from '../host.js';
import {setUnit, unitOf} from '../linux/units.js';
import {startHostd, stopHostd} from '../world/power.js';
import {type Answer, command, type Question, refused, type Surroundings} from './command.js';
import {consoleOf, type Esx4Host, vmkernelOf, withConsole, withVmkernel} from './esx4-host.js';

/** Services of the console beyond those that every Linux host of the lab has, and how they say that they start. */
export const consoleServices: Readonly<Record<string, {readonly title: string; readonly starts: boolean}>> = {
	firewall: {title: 'firewall', starts: true},
	'mgmt-vmware': {title: 'VMware ESX Management services', starts: true},
	ntpd: {title: 'ntpd', starts: false},
	syslog: {title: 'system logger', starts: true},
	'vmware-vpxa': {title: 'vmware-vpxa', starts: true},
};

/** What a service of the console does that runs while the VMs of a host are managed. */
const hostd = 'mgmt-vmware';

/** `service` and `chkconfig`, and the scripts in `/etc/init.d`. */
export function serviceCommands(surroundings: Surroundings): readonly LabCommand[] {
	const listed = [...Object.keys(consoleServices), 'crond', 'sshd'];
	return [
		command(surroundings, 'service', 300, question => service(question, question.args)),
		command(surroundings, 'chkconfig', 50, chkconfig),
		...listed.map(name =>
			command(surroundings, `/etc/init.d/${name}`, 300, question => service(question, [name, ...question.args])),
		),
	];
}

/** `NAME start|stop|restart|status`. */
function service({host, now, user}: Question, [name = '', verb = '']: readonly string[]): Answer {
	const unit = unitOf(consoleOf(host), name);
	if (unit === undefined) {
		return refused(`${name}: unrecognized service`);
	}

	if (verb === 'status') {
		return unit.active
			? {out: `${name} (pid  ${pidOf(name)}) is running...\n`}
			: {out: `${name} is stopped\n`, status: 3};
	}

	if (!['start', 'stop', 'restart', 'condrestart'].includes(verb)) {
		return {out: `Usage: /etc/init.d/${name} {start|stop|restart|status}\n`, status: 1};
	}

	if (user !== 'root') {
		return refused(`${name}: Permission denied.`, 4);
	}

	const stops = verb !== 'start' && unit.active;
	const starts = verb !== 'stop' && (stops || !unit.active) && (verb !== 'condrestart' || unit.active);
	const title = consoleServices[name]?.title ?? name;
	return {
		host: setService(host, name, starts || (unit.active && !stops), now),
		out: `${stops ? done(`Stopping ${title}:`) : ''}${starts ? done(`Starting ${title}:`) : ''}`,
	};
}

function done(what: string): string {
	return `${what.padEnd(60)}[  OK  ]\n`;
}

/** The same number for the same service: nothing follows from it. */
function pidOf(name: string): number {
	return 2_000 + [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
}

/** Starts or stops a service; the one that manages VMs takes its time until it answers. */
export function setService(host: Esx4Host, name: string, runs: boolean, now: number): Esx4Host {
	const console = consoleOf(host);
	const unit = unitOf(console, name);
	if (unit === undefined) {
		return host;
	}

	const after = withConsole(host, setUnit(console, name, {...unit, active: runs, since: now}));
	return name === hostd
		? withVmkernel(after, runs ? startHostd(vmkernelOf(after), now) : stopHostd(vmkernelOf(after)))
		: after;
}

/** `--list [NAME]`, `NAME on|off`, and `NAME`, which says by its status whether it starts with the host. */
function chkconfig({args, host, user}: Question): Answer {
	const console = consoleOf(host);
	const [first = '', second] = args.filter(word => !word.startsWith('--level'));
	if (first === '--list') {
		const names = second === undefined ? [...Object.keys(consoleServices), 'crond', 'sshd', 'clusterpro'] : [second];
		const known = names.filter(name => unitOf(console, name) !== undefined);
		return known.length === 0
			? refused(`error reading information on service ${second ?? ''}: No such file or directory`)
			: {
					out: known
						.sort()
						.map(name => levels(name, unitOf(console, name)?.enabled === true))
						.join(''),
				};
	}

	const unit = unitOf(console, first);
	if (unit === undefined) {
		return refused(`error reading information on service ${first}: No such file or directory`);
	}

	if (second === undefined) {
		return {status: unit.enabled ? 0 : 1};
	}

	if (second !== 'on' && second !== 'off') {
		return refused('usage:   chkconfig --list [name]\n         chkconfig [--level <levels>] <name> <on|off>');
	}

	return user === 'root'
		? {host: withConsole(host, setUnit(console, first, {...unit, enabled: second === 'on'}))}
		: refused(`failed to change symlinks for ${first}: Permission denied`);
}

/** > | ntpd            0:off   1:off   2:off   3:on    4:off   5:on    6:off */
function levels(name: string, on: boolean): string {
	const at = [0, 1, 2, 3, 4, 5, 6].map(level => `${level}:${on && level >= 2 && level <= 5 ? 'on' : 'off'}`);
	return `${name.padEnd(16)}${at.join('\t')}\n`;
}
