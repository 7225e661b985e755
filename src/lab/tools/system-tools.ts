import type {LabHost, PosixPlatform, WorldTime} from '../host.js';
import type {HostFiles} from '../machine/host-files.js';
import type {Process} from '../process/process.js';
import type {Program} from '../shell/shell.js';
import {formatTime} from './clock-tools.js';
import {drawMode, uidOf} from './file-tools.js';

export type SystemHost = {
	readonly fs: HostFiles;
	view(): LabHost;
	readonly uname: PosixPlatform['uname'];
	now(): WorldTime;
	home(user: string): string;
};

/** Tools that say what a host is, and small ones that every host has. */
export function systemTools(host: SystemHost): ReadonlyMap<string, Program> {
	const nothing: Program = async () => 0;
	return new Map<string, Program>([
		['hostname', (process, [, ...args]) => hostname(process, args, host)],
		['uname', (process, [, ...args]) => uname(process, args, host)],
		['uptime', process => uptime(process, host)],
		['whoami', async process => say(process, `${process.user}\n`)],
		['id', (process, [, ...args]) => id(process, args, host.view())],
		['mktemp', (process, [, ...args]) => mktemp(process, args, host.fs)],
		['ls', (process, [, ...args]) => ls(process, args, host.fs)],
		['clear', async process => say(process, '\x1b[H\x1b[2J')],
		['sync', nothing],
		['stty', nothing],
		['true', nothing],
		['false', async () => 1],
	]);
}

async function say(process: Process, text: string): Promise<number> {
	await process.out(text);
	return 0;
}

async function hostname(process: Process, args: readonly string[], host: SystemHost): Promise<number> {
	const name = host.view().hostname;
	if (args.includes('-s')) {
		return say(process, `${name.split('.')[0]}\n`);
	}
	if (args.includes('-I')) {
		return say(process, `${host.view().address} \n`);
	}
	if (args.includes('-i')) {
		return say(process, `${host.view().address}\n`);
	}
	return say(process, `${name}\n`);
}

async function uname(process: Process, args: readonly string[], host: SystemHost): Promise<number> {
	const {uname: names} = host;
	const letters = args.length === 0 ? 's' : args.join('').replaceAll('-', '');
	const all = letters.includes('a');
	const parts = [
		['s', names.system],
		['n', host.view().hostname],
		['r', names.release],
		['v', names.version],
		['m', names.machine],
		['p', names.machine],
		['i', names.machine],
		['o', names.os],
	] as const;
	return say(
		process,
		`${parts.flatMap(([letter, text]) => (all || letters.includes(letter) ? [text] : [])).join(' ')}\n`,
	);
}

async function uptime(process: Process, host: SystemHost): Promise<number> {
	const {power} = host.view();
	const up = power.kind === 'on' ? host.now() - power.bootedAt : 0;
	const days = Math.floor(up / 86_400_000);
	const clock = formatTime(up, '%H:%M:%S');
	const since = days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
	return say(process, ` ${formatTime(host.now(), '%H:%M:%S')} up ${since}, load average: 0.02, 0.03, 0.03\n`);
}

/** `id`, `id -u`, `id -un`, `id -Gn USER`. */
async function id(process: Process, args: readonly string[], host: LabHost): Promise<number> {
	const letters = args.filter(arg => arg.startsWith('-')).join('');
	const user = args.find(arg => !arg.startsWith('-')) ?? process.user;
	if (!Object.hasOwn(host.users, user) && user !== process.user) {
		await process.err(`id: '${user}': no such user\n`);
		return 1;
	}
	const groups = [user, ...(host.accounts?.[user]?.groups ?? [])];
	const named = (name: string) => `${groupIdOf(name, host)}(${name})`;
	const asked = (name: string) => (letters.includes('n') ? name : String(groupIdOf(name, host)));
	if (letters.includes('G')) {
		return say(process, `${groups.map(asked).join(' ')}\n`);
	}
	if (letters.includes('u') || letters.includes('g')) {
		return say(process, `${asked(user)}\n`);
	}
	const all = host.accounts === undefined ? '' : ` groups=${groups.map(named).join(',')}`;
	return say(process, `uid=${named(user)} gid=${named(user)}${all}\n`);
}

function groupIdOf(name: string, host: LabHost): number {
	return name === 'wheel' ? 10 : uidOf(name, host);
}

/** `mktemp`, `mktemp -d`, `mktemp /tmp/x.XXXXXX`. The same names in the same order on every rehearsal. */
async function mktemp(process: Process, args: readonly string[], fs: HostFiles): Promise<number> {
	const template = args.find(arg => !arg.startsWith('-')) ?? '/tmp/tmp.XXXXXX';
	for (let count = process.pid; ; count += 1) {
		const name = template.replace(/X+$/, marks => count.toString(36).padStart(marks.length, '0').slice(-marks.length));
		const path = fs.resolvePath(process.cwd, name);
		if (name === template) {
			await process.err('mktemp: Invalid argument\n');
			return 1;
		}
		if (await fs.exists(path)) {
			continue;
		}
		const folder = args.includes('-d');
		await (folder ? fs.mkdir(path) : fs.writeFile(path, ''));
		await fs.chmod(path, folder ? 0o700 : 0o600);
		return say(process, `${name}\n`);
	}
}

type Listed = {readonly name: string; readonly path: string};

async function ls(process: Process, args: readonly string[], fs: HostFiles): Promise<number> {
	const options = args.filter(arg => /^-./.test(arg)).join('');
	const operands = args.filter(arg => !/^-./.test(arg));
	let status = 0;
	const files: Listed[] = [];
	const folders: Listed[] = [];
	for (const name of operands.length === 0 ? ['.'] : operands) {
		const path = fs.resolvePath(process.cwd, name);
		if (!(await fs.exists(path))) {
			await process.err(`ls: ${name}: No such file or directory\n`);
			status = 1;
		} else if ((await fs.stat(path)).isDirectory && !options.includes('d')) {
			folders.push({name, path});
		} else {
			files.push({name, path});
		}
	}
	await say(process, await list(files, options, fs));
	for (const [index, folder] of folders.entries()) {
		const title = folders.length + files.length > 1 ? `${index + files.length > 0 ? '\n' : ''}${folder.name}:\n` : '';
		await say(process, title + (await list(await inside(folder.path, options, fs), options, fs)));
	}
	return status;
}

async function inside(folder: string, options: string, fs: HostFiles): Promise<readonly Listed[]> {
	const names = (await fs.readdir(folder)).sort().filter(name => !name.startsWith('.') || /[aA]/.test(options));
	const dots = options.includes('a') ? ['.', '..'] : [];
	return [...dots, ...names].map(name => ({name, path: fs.resolvePath(folder, name)}));
}

async function list(files: readonly Listed[], options: string, fs: HostFiles): Promise<string> {
	const found = await Promise.all(files.map(async file => ({...file, stat: await fs.lstat(file.path)})));
	if (options.includes('t')) {
		found.sort((one, other) => other.stat.mtime.getTime() - one.stat.mtime.getTime());
	}
	if (options.includes('r')) {
		found.reverse();
	}
	if (!options.includes('l')) {
		return found.map(({name}) => `${name}\n`).join('');
	}
	const lines = found.map(async ({name, path, stat}) => {
		const whose = `${fs.ownerOf(path).padEnd(8)} ${fs.groupOf(path).padEnd(8)}`;
		const size = String(stat.size).padStart(9);
		const target = stat.isSymbolicLink ? ` -> ${await fs.readlink(path)}` : '';
		const when = formatTime(stat.mtime.getTime(), '%b %e %H:%M');
		return `${drawMode(stat)}    1 ${whose} ${size} ${when} ${name}${target}\n`;
	});
	return (await Promise.all(lines)).join('');
}
