import {type Answer, command, type Question, refused, type Surroundings} from './command.js';
import type {LinuxHost, LinuxUser} from './linux-host.js';

export function userCommands(surroundings: Surroundings) {
	return [
		command(surroundings, 'useradd', 200, useradd),
		command(surroundings, 'userdel', 200, userdel),
		command(surroundings, 'usermod', 200, usermod),
		command(surroundings, 'chpasswd', 100, chpasswd),
		command(surroundings, 'passwd', 100, passwd),
		command(surroundings, 'getent', 10, getent),
	];
}

export function homeOf(user: string): string {
	return user === 'root' ? '/root' : `/home/${user}`;
}

export function passwdLine({name, uid}: LinuxUser): string {
	return `${name}:x:${uid}:${uid}:${name === 'root' ? 'root' : ''}:${homeOf(name)}:/bin/bash\n`;
}

/** Whoever is in `wheel` may use sudo, with his password. */
export function sudoRight({groups, sudo}: LinuxUser): 'password' | 'nopasswd' | undefined {
	return sudo ?? (groups.includes('wheel') ? 'password' : undefined);
}

type Read = {readonly name: string; readonly groups: readonly string[]; readonly adds: boolean};

/** The last word is the user; `-G a,b` and `-aG wheel` are read, options with values passed over. */
function readUser(args: readonly string[]): Read {
	const at = args.findIndex(word => /^-\w*G$/.test(word) || word === '--groups');
	return {
		name: args.at(-1) ?? '',
		groups: at === -1 ? [] : (args[at + 1] ?? '').split(','),
		adds: args.some(word => /^-\w*a/.test(word)),
	};
}

function useradd({args, host, user}: Question): Answer {
	const {name, groups} = readUser(args);
	if (user !== 'root') {
		return refused('useradd: Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.');
	}

	if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) {
		return refused(`useradd: invalid user name '${name}'`, 3);
	}

	if (host.users.some(each => each.name === name)) {
		return refused(`useradd: user '${name}' already exists`, 9);
	}

	const uid = Math.max(999, ...host.users.map(each => each.uid)) + 1;
	return {host: {...host, users: [...host.users, {name, uid, password: '', groups: [...groups]}]}};
}

function usermod({args, host, user}: Question): Answer {
	const {name, groups, adds} = readUser(args);
	return changeUser(host, user, 'usermod', name, found => ({
		...found,
		groups: adds ? [...new Set([...found.groups, ...groups])] : groups,
	}));
}

function userdel({args, host, user}: Question): Answer {
	const name = args.at(-1) ?? '';
	const left = host.users.filter(each => each.name !== name);
	return user !== 'root'
		? refused('userdel: Permission denied.')
		: left.length === host.users.length
			? refused(`userdel: user '${name}' does not exist`, 6)
			: {host: {...host, users: left}};
}

/** `NAME:PASSWORD` a line. */
async function chpasswd({host, user, io}: Question): Promise<Answer> {
	const lines = (await io.stdin()).split('\n').filter(line => line.includes(':'));
	let after = host;
	for (const line of lines) {
		const [name = '', ...password] = line.split(':');
		const {host: changed, ...problem} = changeUser(after, user, 'chpasswd', name, found => ({
			...found,
			password: password.join(':'),
		}));
		if (changed === undefined) {
			return problem;
		}

		after = changed;
	}

	return {host: after};
}

/** `passwd --stdin NAME`: the other forms want a terminal. */
async function passwd({args, host, user, io}: Question): Promise<Answer> {
	const name = args.find(word => !word.startsWith('-')) ?? user;
	if (!args.includes('--stdin')) {
		return refused('passwd: Authentication token manipulation error');
	}

	const password = (await io.stdin()).split('\n')[0] ?? '';
	const answer = changeUser(host, user, 'passwd', name, found => ({...found, password}));
	return answer.host === undefined
		? answer
		: {
				...answer,
				out: `Changing password for user ${name}.\npasswd: all authentication tokens updated successfully.\n`,
			};
}

function changeUser(
	host: LinuxHost,
	user: string,
	command: string,
	name: string,
	change: (found: LinuxUser) => LinuxUser,
): Answer {
	if (user !== 'root') {
		return refused(`${command}: Permission denied.`);
	}

	return host.users.some(each => each.name === name)
		? {host: {...host, users: host.users.map(each => (each.name === name ? change(each) : each))}}
		: refused(`${command}: user '${name}' does not exist`, 6);
}

/** `getent passwd NAME`, `getent hosts NAME`. */
async function getent({args: [database = '', name], host, io}: Question): Promise<Answer> {
	if (database === 'passwd') {
		const found = host.users.filter(each => name === undefined || each.name === name || String(each.uid) === name);
		return {out: found.map(passwdLine).join(''), status: found.length > 0 ? 0 : 2};
	}

	const lines = (await io.fs.readFile('/etc/hosts').catch(() => '')).split('\n');
	const found = lines.filter(line => name !== undefined && line.split(/\s+/).includes(name));
	return {out: found.map(line => `${line}\n`).join(''), status: found.length > 0 ? 0 : 2};
}
