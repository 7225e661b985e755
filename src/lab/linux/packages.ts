import {type Answer, command, type Question, refused, type Surroundings, sortWords} from './command.js';
import type {LinuxHost} from './linux-host.js';

const INSTALL_MS = 8_000;

/** Packages of every host. */
const base: Readonly<Record<string, string>> = {
	bash: '4.4.20-5.el8.x86_64',
	chrony: '4.5-2.el8.x86_64',
	coreutils: '8.30-15.el8.x86_64',
	dnf: '4.7.0-20.el8.noarch',
	firewalld: '0.9.11-9.el8.noarch',
	kernel: '4.18.0-553.el8_10.x86_64',
	openssh: '8.0p1-24.el8.x86_64',
	'openssh-server': '8.0p1-24.el8.x86_64',
	rsyslog: '8.2102.0-15.el8.x86_64',
	sudo: '1.9.5p2-1.el8.x86_64',
	systemd: '239-82.el8.x86_64',
};

/** What the repositories of every host offer beyond the base. */
const offered: Readonly<Record<string, string>> = {
	'bind-utils': '9.11.36-14.el8.x86_64',
	expresscls: '4.3.0-1.x86_64',
	httpd: '2.4.37-65.el8.x86_64',
	'iscsi-initiator-utils': '6.2.1.4-8.el8.x86_64',
	jq: '1.6-9.el8.x86_64',
	lsof: '4.93.2-1.el8.x86_64',
	'mariadb-server': '10.3.39-1.el8.x86_64',
	'net-tools': '2.0-0.52.el8.x86_64',
	'nfs-utils': '2.3.3-59.el8.x86_64',
	nginx: '1.14.1-9.el8.x86_64',
	'open-vm-tools': '12.3.5-2.el8.x86_64',
	perl: '5.26.3-422.el8.x86_64',
	'postgresql-server': '10.23-4.el8.x86_64',
	python3: '3.6.8-62.el8.x86_64',
	'target-restore': '2.1.75-5.el8.noarch',
	targetcli: '2.1.53-2.el8.noarch',
	tar: '1.30-9.el8.x86_64',
	tcpdump: '4.9.3-5.el8.x86_64',
	tmux: '2.7-3.el8.x86_64',
	traceroute: '2.1.0-6.el8.x86_64',
	unzip: '6.0-46.el8.x86_64',
	'vim-enhanced': '8.0.1763-19.el8.x86_64',
	wget: '1.19.5-12.el8.x86_64',
};

/** The version that a repository has; undefined: none has it. */
export function offeredVersion(name: string): string | undefined {
	return Object.hasOwn(offered, name) ? offered[name] : Object.hasOwn(base, name) ? base[name] : undefined;
}

export function packageCommands(surroundings: Surroundings) {
	return [
		command(surroundings, 'rpm', 100, rpm),
		...['dnf', 'yum'].map(name => command(surroundings, name, 1_000, dnf)),
	];
}

function installed(host: LinuxHost): Readonly<Record<string, string>> {
	return {...base, ...host.packages};
}

/** `NAME` or `NAME-VERSION`, as it was asked for. */
function findInstalled(host: LinuxHost, word: string): string | undefined {
	return Object.entries(installed(host))
		.map(([name, version]) => ({name, full: `${name}-${version}`}))
		.find(
			({name, full}) => word === name || full === word || (full.startsWith(`${word}`) && word.startsWith(`${name}-`)),
		)?.full;
}

async function rpm({args, host, user, io}: Question): Promise<Answer> {
	const {options, rest} = sortWords(args);
	const letters = options.filter(word => !word.startsWith('--')).join('');
	if (letters.includes('q')) {
		return letters.includes('a')
			? {
					out: Object.entries(installed(host))
						.map(([name, version]) => `${name}-${version}\n`)
						.join(''),
				}
			: query(host, rest);
	}

	if (letters.includes('e')) {
		return user === 'root'
			? erase(host, rest)
			: refused("error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)");
	}

	if (!/[iUF]/.test(letters) || rest.length === 0) {
		return refused('RPM version 4.14.3');
	}

	const names: string[] = [];
	for (const file of rest) {
		const path = io.fs.resolvePath(io.cwd, file);
		if (!(await io.fs.exists(path))) {
			return refused(`error: open of ${file} failed: No such file or directory`);
		}

		names.push(path.slice(path.lastIndexOf('/') + 1).replace(/\.rpm$/, ''));
	}

	if (user !== 'root') {
		return refused("error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)");
	}

	const there = names.filter(name => findInstalled(host, name) === name);
	if (there.length > 0) {
		return refused(there.map(name => `\tpackage ${name} is already installed`).join('\n'), there.length);
	}

	await io.sleep(INSTALL_MS);
	const packages = Object.fromEntries(
		names.map(full => [full.replace(/-[^-]+-[^-]+$/, ''), full.replace(/^.*?-(?=[^-]+-[^-]+$)/, '')]),
	);
	const mark = '################################# [100%]';
	return {
		host: {...host, packages: {...host.packages, ...packages}},
		out: letters.includes('h')
			? `${['Verifying...', 'Preparing...'].map(word => `${word.padEnd(34)}${mark}\n`).join('')}Updating / installing...\n${names.map((name, index) => `${`${index + 1}:${name}`.padStart(4).slice(0, 32).padEnd(34)}${mark}\n`).join('')}`
			: '',
	};
}

function query(host: LinuxHost, words: readonly string[]): Answer {
	const found = words.map(word => ({word, full: findInstalled(host, word)}));
	return {
		out: found.map(({word, full}) => `${full ?? `package ${word} is not installed`}\n`).join(''),
		status: found.filter(({full}) => full === undefined).length,
	};
}

function erase(host: LinuxHost, words: readonly string[]): Answer {
	const missing = words.filter(word => findInstalled(host, word) === undefined);
	return missing.length > 0
		? refused(missing.map(word => `error: package ${word} is not installed`).join('\n'), missing.length)
		: {host: {...host, packages: without(host.packages, words)}};
}

function without(packages: LinuxHost['packages'], names: readonly string[]): LinuxHost['packages'] {
	return Object.fromEntries(Object.entries(packages).filter(([name]) => !names.includes(name)));
}

/** `dnf install -y NAME…`, `remove`, `list`, `makecache`. Repositories may be named and change nothing. */
async function dnf({args, host, user, io}: Question): Promise<Answer> {
	const {options, rest} = sortWords(args);
	const [verb = '', ...names] = rest;
	switch (verb) {
		case 'list':
			return listPackages(
				host,
				names.filter(name => name !== 'installed'),
			);
		case 'makecache':
		case 'clean':
		case 'check-update':
			return {out: verb === 'makecache' ? 'Metadata cache created.\n' : ''};
		case 'install':
		case 'remove':
		case 'erase':
		case 'update':
		case 'upgrade':
			break;
		default:
			return refused(`No such command: ${verb}. Please use /usr/bin/dnf --help`);
	}

	if (user !== 'root') {
		return refused(
			'Error: This command has to be run with superuser privileges (under the root user on most systems).',
		);
	}

	const adds = verb === 'install';
	const unknown = adds
		? names.filter(name => offeredVersion(name) === undefined && findInstalled(host, name) === undefined)
		: [];
	if (unknown.length > 0) {
		return refused(`Error: Unable to find a match: ${unknown.join(' ')}`);
	}

	const changing = names.filter(
		name => verb !== 'update' && verb !== 'upgrade' && (findInstalled(host, name) === undefined) === adds,
	);
	const there = adds
		? names
				.filter(name => !changing.includes(name))
				.map(name => `Package ${findInstalled(host, name)} is already installed.\n`)
		: [];
	if (changing.length === 0) {
		return {out: `${there.join('')}Dependencies resolved.\nNothing to do.\nComplete!\n`};
	}

	const listed = changing.map(name => (adds ? `${name}-${offeredVersion(name)}` : (findInstalled(host, name) ?? name)));
	io.out(
		`${there.join('')}Dependencies resolved.\n${adds ? 'Installing' : 'Removing'}:\n${listed.map(full => ` ${full}\n`).join('')}\n`,
	);
	if (!options.some(word => word === '-y' || word === '--assumeyes')) {
		io.out('Is this ok [y/N]: ');
		if (!/^y/i.test(await io.stdin())) {
			return {out: 'Operation aborted.\n', status: 1};
		}
	}

	await io.sleep(INSTALL_MS);
	const packages = adds
		? {...host.packages, ...Object.fromEntries(changing.map(name => [name, offeredVersion(name) ?? '']))}
		: without(host.packages, changing);
	return {
		host: {...host, packages},
		out: `${adds ? 'Installed' : 'Removed'}:\n${listed.map(full => `  ${full}\n`).join('')}\nComplete!\n`,
	};
}

function listPackages(host: LinuxHost, names: readonly string[]): Answer {
	const all = Object.entries(installed(host)).filter(([name]) => names.length === 0 || names.includes(name));
	return all.length === 0
		? refused('Error: No matching Packages to list')
		: {out: `Installed Packages\n${all.map(([name, version]) => `${name.padEnd(40)} ${version}\n`).join('')}`};
}
