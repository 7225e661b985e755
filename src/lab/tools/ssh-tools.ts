import type {IFileSystem} from 'just-bash';
import type {HostFiles} from '../machine/host-files.js';
import type {RemoteHost} from '../machine/machine.js';
import {type Process, statusOf} from '../process/process.js';
import {NullStream} from '../process/stream.js';
import type {Program} from '../shell/shell.js';

/** What the SSH client of a host needs from it. */
type ClientHost = {
	readonly fs: HostFiles;
	home(user: string): string;
	/** The host that answers at an address in its networks; undefined: none. */
	readonly hostAt: (address: string) => RemoteHost | undefined;
};

/** OpenSSH's own failures; a command's status can be the same, as on a real host. */
const FAILED = 255;
/** Until a neighbour that is not there is given up: three unanswered ARP requests. */
const NO_ROUTE_MS = 3_000;
/** Connecting, exchanging keys, logging in. */
const LOGIN_MS = 300;

/** OpenSSH's client. Nobody sits at it, so it never asks: with keys only, and as with `BatchMode=yes`. */
export function sshTools(host: ClientHost): ReadonlyMap<string, Program> {
	return new Map<string, Program>([
		['ssh', (process, [, ...args]) => ssh(process, args, host)],
		['scp', (process, [, ...args]) => scp(process, args, host)],
		['ssh-keyscan', (process, [, ...args]) => keyscan(process, args, host)],
	]);
}

type Words = {
	readonly flags: ReadonlySet<string>;
	readonly values: ReadonlyMap<string, string>;
	/** `-o KEY=VALUE`, keys in small letters; the first of equals counts. */
	readonly options: ReadonlyMap<string, string>;
	readonly rest: readonly string[];
};

/** Options up to the first other word: what follows the destination belongs to the remote command. */
function readWords(args: readonly string[], withValue: string): Words {
	const flags = new Set<string>();
	const values = new Map<string, string>();
	const options = new Map<string, string>();
	const words = [...args];
	for (let word = words[0]; word !== undefined && /^-./.test(word); word = words[0]) {
		words.shift();
		if (word === '--') {
			break;
		}

		for (let at = 1; at < word.length; at += 1) {
			const letter = word.charAt(at);
			if (!withValue.includes(letter)) {
				flags.add(letter);
				continue;
			}

			const value = word.slice(at + 1) || (words.shift() ?? '');
			if (letter === 'o') {
				const [, key = '', text = ''] = /^\s*(\w+)\s*[=\s]\s*(.*)$/.exec(value) ?? [];
				options.set(key.toLowerCase(), options.get(key.toLowerCase()) ?? text);
			} else {
				values.set(letter, value);
			}

			break;
		}
	}

	return {flags, values, options, rest: words};
}

type Connection = {readonly remote: RemoteHost; readonly user: string};

/** Reaches a host and logs in there; undefined after it has said why not. */
async function connect(
	process: Process,
	destination: string,
	{flags, values, options}: Words,
	host: ClientHost,
): Promise<Connection | undefined> {
	const [, named, address = ''] = /^(?:(.*)@)?(.*)$/.exec(destination) ?? [];
	const user = values.get('l') ?? options.get('user') ?? named ?? process.user;
	const remote = host.hostAt(address);
	if (remote === undefined) {
		const seconds = Number(options.get('connecttimeout') ?? Number.NaN);
		await process.sleep(Math.min(NO_ROUTE_MS, seconds > 0 ? seconds * 1000 : NO_ROUTE_MS));
		const reason = seconds * 1000 < NO_ROUTE_MS ? 'Connection timed out' : 'No route to host';
		await process.err(`ssh: connect to host ${address} port 22: ${reason}\r\n`);
		return undefined;
	}

	await process.sleep(LOGIN_MS);
	if (remote.view().ssh === 'refuses') {
		await process.err(`ssh: connect to host ${address} port 22: Connection refused\r\n`);
		return undefined;
	}

	const isQuiet = flags.has('q') || options.get('loglevel')?.toUpperCase() === 'ERROR';
	if (!(await trusts(process, address, remote, options, isQuiet, host))) {
		return undefined;
	}

	const identities = values.has('i')
		? [values.get('i') ?? '']
		: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map(name => `${host.home(process.user)}/.ssh/${name}`);
	const isLetIn = await process.wait(isAuthorized(process, identities, remote, user, host));
	if (!isLetIn) {
		await process.err(`${user}@${address}: Permission denied (publickey,password).\r\n`);
		return undefined;
	}

	return {remote, user};
}

/** Whether known_hosts has its key; if it has none, whether the options say what to do. */
async function trusts(
	process: Process,
	address: string,
	{keys}: RemoteHost,
	options: Words['options'],
	isQuiet: boolean,
	{fs, home}: ClientHost,
): Promise<boolean> {
	const file = options.get('userknownhostsfile') ?? `${home(process.user)}/.ssh/known_hosts`;
	const policy = options.get('stricthostkeychecking')?.toLowerCase() ?? 'ask';
	const lines = file === '/dev/null' ? [] : (await textAt(fs, file)).split('\n');
	const known = lines.map(line => line.split(/\s+/)).filter(([names = '']) => names.split(',').includes(address));
	// A client asks for the kinds of key that it knows the host by
	const [key] = keys;
	if (
		key === undefined ||
		keys.some(({type, base64}) => known.some(words => words[1] === type && words[2] === base64))
	) {
		return true;
	}

	if (keys.some(({type}) => known.some(words => words[1] === type))) {
		await process.err(
			`@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
The fingerprint for the key sent by the remote host is\n${key.fingerprint}.\r\nHost key verification failed.\r\n`,
		);
		return false;
	}

	if (policy !== 'no' && policy !== 'off' && policy !== 'accept-new') {
		await process.err('Host key verification failed.\r\n');
		return false;
	}

	if (file !== '/dev/null') {
		await fs.mkdir(file.slice(0, file.lastIndexOf('/')), {recursive: true});
		await fs.appendFile(file, `${address} ${key.type} ${key.base64}\n`);
	}

	if (!isQuiet) {
		await process.err(
			`Warning: Permanently added '${address}' (${key.type.split('-')[0]?.toUpperCase()}) to the list of known hosts.\r\n`,
		);
	}

	return true;
}

/** The public half of an identity lies beside it: `id_rsa.pub`. */
async function isAuthorized(
	process: Process,
	identities: readonly string[],
	remote: RemoteHost,
	user: string,
	{fs}: ClientHost,
): Promise<boolean> {
	const machine = await remote.machine();
	if (!Object.hasOwn(remote.view().users, user.split('@')[0] ?? '')) {
		return false;
	}

	const file = machine.platform.ssh.authorizedKeys(user.split('@')[0] ?? '');
	const authorized = (await machine.files.as('root', () => textAt(machine.files, file))).split('\n');
	for (const identity of identities) {
		const path = fs.resolvePath(process.cwd, identity);
		const [type, base64] = (await fs.exists(path)) ? (await textAt(fs, `${path}.pub`)).split(/\s+/) : [];
		if (base64 !== undefined && authorized.some(line => line.includes(`${type} ${base64}`) && !line.startsWith('#'))) {
			return true;
		}
	}

	return false;
}

async function textAt(fs: IFileSystem, path: string): Promise<string> {
	return (await fs.exists(path)) ? fs.readFile(path) : '';
}

async function ssh(process: Process, args: readonly string[], host: ClientHost): Promise<number> {
	const words = readWords(args, 'BbcDEeFIiJLlmOopQRSWw');
	const [destination, ...command] = words.rest;
	if (destination === undefined) {
		await process.err(
			'usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-i identity_file] [-l login_name] [-o option] [-p port] destination [command]\r\n',
		);
		return FAILED;
	}

	const connection = await connect(process, destination, words, host);
	if (connection === undefined) {
		return FAILED;
	}

	if (command.length === 0) {
		await process.err('Pseudo-terminal will not be allocated because stdin is not a terminal.\r\n');
	}

	const {remote, user} = connection;
	const machine = await process.wait(remote.machine());
	const stdin = words.flags.has('n') ? undefined : process.descriptors.get(0)?.retain();
	const session = machine.login({
		user: user.split('@')[0] ?? '',
		command: command.length === 0 ? undefined : command.join(' '),
		stdin: stdin ?? new NullStream(),
		stdout: process.descriptors.get(1)?.retain() ?? new NullStream(),
		stderr: process.descriptors.get(2)?.retain() ?? new NullStream(),
		terminal: undefined,
		hangs: false,
	});
	process.restsWith(() => machine.processesOf(session.session).some(each => each.resting));
	try {
		const ending = await process.wait(session.ended);
		if (remote.view().power.kind !== 'on' || ending.kind === 'signaled') {
			await process.err(`Connection to ${destination.replace(/^.*@/, '')} closed by remote host.\r\n`);
			return FAILED;
		}

		return statusOf(ending);
	} finally {
		process.restsWith(undefined);
		machine.kill(-session.group, 'HUP', 'root');
	}
}

/** One end of a copy: `root@172.31.255.12:/etc/target/saveconfig.json`, or a path of this host. */
type End = {readonly fs: HostFiles; readonly user: string; readonly path: string};

async function scp(process: Process, args: readonly string[], host: ClientHost): Promise<number> {
	const words = readWords(args, 'cFiJloPS');
	const [target, ...sources] = words.rest.toReversed();
	if (target === undefined || sources.length === 0) {
		await process.err('usage: scp [-346BCpqrTv] [-i identity_file] [-o ssh_option] [-P port] source ... target\n');
		return 1;
	}

	const ends: End[] = [];
	for (const word of [...sources.toReversed(), target]) {
		const end = await endOf(process, word, words, host);
		if (end === undefined) {
			await process.err('lost connection\n');
			return 1;
		}

		ends.push(end);
	}

	const to = ends.pop();
	for (const from of ends) {
		if (to === undefined || !(await copy(process, from, to))) {
			return 1;
		}
	}

	return 0;
}

async function endOf(process: Process, word: string, words: Words, host: ClientHost): Promise<End | undefined> {
	const [, destination, path = ''] = /^([^/:]+):(.*)$/s.exec(word) ?? [];
	if (destination === undefined) {
		return {fs: host.fs, user: process.user, path: host.fs.resolvePath(process.cwd, word)};
	}

	const connection = await connect(process, destination, words, host);
	if (connection === undefined) {
		return undefined;
	}

	const machine = await process.wait(connection.remote.machine());
	const user = connection.user.split('@')[0] ?? '';
	return {fs: machine.files, user, path: machine.files.resolvePath(machine.platform.home(user), path)};
}

async function copy(process: Process, from: End, to: End): Promise<boolean> {
	const bytes = await from.fs.as(from.user, async () =>
		(await from.fs.exists(from.path)) ? from.fs.readFileBuffer(from.path) : undefined,
	);
	if (bytes === undefined) {
		await process.err(`scp: ${from.path}: No such file or directory\n`);
		return false;
	}

	return to.fs.as(to.user, async () => {
		const isFolder = (await to.fs.exists(to.path)) && (await to.fs.stat(to.path)).isDirectory;
		const path = isFolder ? `${to.path}/${from.path.slice(from.path.lastIndexOf('/') + 1)}` : to.path;
		const folder = path.slice(0, path.lastIndexOf('/')) || '/';
		if (!(await to.fs.exists(folder))) {
			await process.err(`scp: ${to.path}: No such file or directory\n`);
			return false;
		}

		await to.fs.writeFile(path, bytes);
		return true;
	});
}

/** > | 172.31.255.2 ecdsa-sha2-nistp256 AAAAE2Vj… */
async function keyscan(process: Process, args: readonly string[], host: ClientHost): Promise<number> {
	const {rest, values} = readWords(args, 'fpTt');
	const wanted = values.get('t')?.split(',');
	for (const address of rest) {
		const remote = host.hostAt(address);
		if (remote === undefined || remote.view().ssh === 'refuses') {
			await process.sleep(NO_ROUTE_MS);
			await process.err(`${address}: No route to host\n`);
			continue;
		}

		for (const {type, base64} of remote.keys.filter(
			key => wanted === undefined || wanted.some(word => key.type.includes(word)),
		)) {
			await process.out(`${address} ${type} ${base64}\n`);
		}
	}

	return 0;
}
