import {targetStarted, targetStopped} from '../lio/restore.js';
import {formatTime} from '../tools/clock-tools.js';
import {type Answer, command, type Question, refused, type Surroundings, sortWords} from './command.js';
import {journaled} from './journal.js';
import type {LinuxHost, Unit} from './linux-host.js';
import {linuxPower} from './power.js';
import {fullName, setUnit, unitName, unitNames, unitOf, unitTitle} from './units.js';

const wants = '/etc/systemd/system/multi-user.target.wants';

/** Verbs that change something: only root may. */
const changing: Readonly<Record<string, string>> = {
	start: 'start',
	stop: 'stop',
	restart: 'restart',
	'try-restart': 'restart',
	reload: 'reload',
	'reload-or-restart': 'restart',
	enable: 'enable unit',
	disable: 'disable unit',
	reenable: 'enable unit',
	mask: 'mask unit',
	unmask: 'unmask unit',
};

export function systemctl(surroundings: Surroundings) {
	return command(surroundings, 'systemctl', 200, question => answer(question, surroundings));
}

async function answer(question: Question, surroundings: Surroundings): Promise<Answer> {
	const {options, rest} = sortWords(question.args);
	const [verb = 'list-units', ...names] = rest;
	const {host, now, user} = question;
	const quiet = options.includes('-q') || options.includes('--quiet');
	switch (verb) {
		case 'daemon-reload':
		case 'reset-failed':
			return user === 'root' ? {} : refused('Failed to reload daemon: Interactive authentication required.');
		case 'reboot':
		case 'poweroff':
		case 'halt':
			return user === 'root'
				? {host: linuxPower.shutDown(host, verb === 'reboot' ? 'boot' : 'off', now)}
				: refused(`Failed to set wall message, ignoring: Interactive authentication required.
Failed to ${verb} system via logind: Interactive authentication required.`);
		case 'list-units':
		case 'list-unit-files':
			return {out: listing(host, verb)};
		case 'is-system-running':
			return {out: 'running\n'};
		case 'is-active':
			return ofEach(
				question,
				names,
				unit => ({word: unit?.active === true ? 'active' : 'inactive', good: unit?.active === true}),
				3,
				quiet,
			);
		case 'is-failed':
			return ofEach(
				question,
				names,
				unit => ({word: unit?.active === true ? 'active' : 'inactive', good: false}),
				1,
				quiet,
			);
		case 'is-enabled':
			return isEnabled(question, names, quiet);
		case 'status':
			return status(question, names);
		case 'show':
			return show(question, names, options);
		default:
			return Object.hasOwn(changing, verb)
				? change(question, surroundings, verb, names, options.includes('--now'), quiet)
				: refused(`Unknown operation ${verb}.`);
	}
}

/** The unit as it is; one whose file somebody has written exists too. */
async function find({host, io}: Question, word: string): Promise<Unit | undefined> {
	const name = unitName(word);
	const known = unitOf(host, name);
	return (
		known ??
		((await io.fs.exists(`/etc/systemd/system/${fullName(name)}`))
			? {enabled: false, active: false, since: 0}
			: undefined)
	);
}

async function ofEach(
	question: Question,
	names: readonly string[],
	tell: (unit: Unit | undefined) => {readonly word: string; readonly good: boolean},
	bad: number,
	quiet: boolean,
): Promise<Answer> {
	const told = await Promise.all(names.map(async name => tell(await find(question, name))));
	return {
		out: quiet ? '' : told.map(({word}) => `${word}\n`).join(''),
		status: told.some(({good}) => good) ? 0 : bad,
	};
}

async function isEnabled(question: Question, names: readonly string[], quiet: boolean): Promise<Answer> {
	const missing: string[] = [];
	const words: string[] = [];
	for (const name of names) {
		const unit = await find(question, name);
		if (unit === undefined) {
			missing.push(`Failed to get unit file state for ${fullName(unitName(name))}: No such file or directory\n`);
		} else {
			words.push(unit.enabled ? 'enabled' : 'disabled');
		}
	}

	return {
		out: quiet ? '' : words.map(word => `${word}\n`).join(''),
		err: missing.join(''),
		status: words.includes('enabled') ? 0 : 1,
	};
}

async function change(
	question: Question,
	surroundings: Surroundings,
	verb: string,
	words: readonly string[],
	now: boolean,
	quiet: boolean,
): Promise<Answer> {
	const what = changing[verb] ?? verb;
	if (words.length === 0) {
		return refused('Too few arguments.');
	}

	let host = question.host;
	let err = '';
	for (const word of words) {
		const name = unitName(word);
		const unit = await find({...question, host}, word);
		if (unit === undefined) {
			return what.endsWith(' unit')
				? refused(`Failed to ${what}: Unit file ${fullName(name)} does not exist.`)
				: refused(`Failed to ${verb} ${fullName(name)}: Unit ${fullName(name)} not found.`, 5);
		}

		if (question.user !== 'root') {
			return refused(
				what.endsWith(' unit')
					? `Failed to ${what}: Interactive authentication required.`
					: `Failed to ${verb} ${fullName(name)}: Interactive authentication required.
See system logs and 'systemctl status ${fullName(name)}' for details.`,
			);
		}

		const after = changed(unit, verb, now, question.now);
		if (name === 'target' && (after.active !== unit.active || after.since !== unit.since)) {
			surroundings.replace(host);
			host = unit.active ? await targetStopped(surroundings, question.io) : host;
			host = after.active ? await targetStarted(surroundings, question.io) : host;
		}

		host = setUnit(host, name, after);
		if (after.active !== unit.active || verb === 'restart') {
			host = journaled(host, question.now, 'systemd[1]', `${after.active ? 'Started' : 'Stopped'} ${unitTitle(name)}.`);
		}

		if (after.enabled !== unit.enabled && !quiet) {
			err += after.enabled
				? `Created symlink ${wants}/${fullName(name)} → /usr/lib/systemd/system/${fullName(name)}.\n`
				: `Removed ${wants}/${fullName(name)}.\n`;
		}
	}

	return {host, err};
}

function changed(unit: Unit, verb: string, now: boolean, at: number): Unit {
	switch (verb) {
		case 'start':
			return unit.active ? unit : {...unit, active: true, since: at};
		case 'restart':
		case 'reload-or-restart':
			return {...unit, active: true, since: at};
		case 'try-restart':
			return unit.active ? {...unit, since: at} : unit;
		case 'stop':
			return unit.active ? {...unit, active: false, since: at} : unit;
		case 'enable':
		case 'reenable':
			return now && !unit.active ? {enabled: true, active: true, since: at} : {...unit, enabled: true};
		case 'disable':
		case 'mask':
			return now && unit.active ? {enabled: false, active: false, since: at} : {...unit, enabled: false};
		default:
			return unit;
	}
}

async function status(question: Question, names: readonly string[]): Promise<Answer> {
	let out = '';
	let worst = 0;
	for (const word of names) {
		const name = unitName(word);
		const unit = await find(question, word);
		if (unit === undefined) {
			return {err: `Unit ${fullName(name)} could not be found.\n`, status: 4};
		}

		const since = `since ${formatTime(unit.since, '%a %Y-%m-%d %H:%M:%S UTC')}`;
		out += [
			`● ${fullName(name)} - ${unitTitle(name)}`,
			`   Loaded: loaded (/usr/lib/systemd/system/${fullName(name)}; ${unit.enabled ? 'enabled' : 'disabled'}; vendor preset: disabled)`,
			`   Active: ${unit.active ? 'active (running)' : 'inactive (dead)'} ${since}`,
			'',
		].join('\n');
		worst = unit.active ? worst : 3;
	}

	return {out, status: worst};
}

/** `systemctl show -p ActiveState --value UNIT`. */
async function show(question: Question, names: readonly string[], options: readonly string[]): Promise<Answer> {
	const at = question.args.findIndex(word => word === '-p' || word.startsWith('--property'));
	const asked = (question.args[at] ?? '').split('=')[1] ?? question.args[at + 1] ?? '';
	const unit = await find(question, names.at(-1) ?? '');
	const values: Readonly<Record<string, string>> = {
		Id: fullName(unitName(names.at(-1) ?? '')),
		LoadState: unit === undefined ? 'not-found' : 'loaded',
		ActiveState: unit?.active === true ? 'active' : 'inactive',
		SubState: unit?.active === true ? 'running' : 'dead',
		UnitFileState: unit === undefined ? '' : unit.enabled ? 'enabled' : 'disabled',
	};
	const wanted = at === -1 ? Object.keys(values) : asked.split(',');
	const lines = wanted
		.filter(name => Object.hasOwn(values, name))
		.map(name => (options.includes('--value') ? values[name] : `${name}=${values[name]}`));
	return {out: lines.map(line => `${line}\n`).join('')};
}

function listing(host: LinuxHost, verb: 'list-units' | 'list-unit-files'): string {
	const rows = unitNames(host).flatMap(name => {
		const unit = unitOf(host, name);
		if (unit === undefined || (verb === 'list-units' && !unit.active)) {
			return [];
		}

		return verb === 'list-units'
			? `  ${fullName(name).padEnd(28)} loaded active running ${unitTitle(name)}\n`
			: `${fullName(name).padEnd(28)} ${unit.enabled ? 'enabled' : 'disabled'}\n`;
	});
	return rows.join('');
}
