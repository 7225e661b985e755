import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';

/** A real OpenSSH server on loopback, with a key that may log in. */
export type Sshd = {
	readonly port: number;
	/** `SHA256:…` of each host key, in the order of `hostKeys`. */
	readonly hostKeyFingerprints: readonly string[];
	/** Public lines: `ssh-ed25519 AAAA…`. */
	readonly hostKeyLines: readonly string[];
	/** A private key file without a passphrase that may log in as anybody. */
	readonly userKey: string;
	/** Who may log in: the one who runs the tests. */
	readonly user: string;
	/** Logs in with `password`; undefined where the tests do not run as root. */
	readonly passwordUser: {readonly name: string; readonly password: string} | undefined;
	/** Scratch space, removed by `stop`; anybody may read it. */
	readonly folder: string;
	/** What the server wrote so far. */
	log(): string;
	/** The server's processes that serve connections, as numbers of this machine. */
	sessions(): readonly number[];
	/** Ends the server and everything that was started through it. */
	stop(): Promise<void>;
};

export type SshdOptions = {
	readonly maxSessions?: number;
	/** As in sshd_config: `10:30:100`. */
	readonly maxStartups?: string;
	/** As in sshd_config: `diffie-hellman-group14-sha256`. */
	readonly keyExchanges?: readonly string[];
	readonly hostKeys?: ReadonlyArray<'ed25519' | 'ecdsa' | 'rsa'>;
	/** Password logins as such; keyboard-interactive through PAM. */
	readonly passwords?: 'none' | 'password' | 'keyboard-interactive';
	/** The login shell of `passwordUser`. */
	readonly loginShell?: string;
	/** Put into the shell start-up files, which are empty otherwise. */
	readonly startUpFile?: string;
	readonly authorizedKeys?: readonly string[];
	/** The whole of /etc/sudoers; undefined: as it is on this machine. */
	readonly sudoers?: string;
	/** Further lines of sshd_config. */
	readonly config?: readonly string[];
	readonly port?: number;
	/** Where it listens, if not on loopback: in another network. */
	readonly network?: {readonly inside: readonly string[]; readonly address: string};
};

const binary = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd', '/usr/bin/sshd'].find(existsSync);
const isRoot = process.getuid?.() === 0;
const password = 'correct horse';

/**
True where a real sshd can be started. Says so where it cannot, for the tests are skipped then; in CI that is a failure.
*/
export function haveSshd(): boolean {
	const missing =
		binary === undefined ? 'there is no sshd' : process.platform === 'win32' ? 'this is Windows' : undefined;
	if (missing === undefined) {
		return true;
	}

	const message = `Tests with a real SSH server are skipped: ${missing}. Install OpenSSH's server to run them.`;
	if (process.env['CI'] !== undefined) {
		throw new Error(message);
	}

	console.warn(message);
	return false;
}

/**
Starts a server on a free port of 127.0.0.1, or where `network` has it.

It lives in namespaces of its own: the shell start-up files of who logs in are empty ones there, for root a user with a
password exists only there, and ending its first process ends everything in it. The machine itself is not changed.
Where there are no namespaces (macOS; some systems for others than root) it is a plain process.
*/
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-sshd-'));
	chmodSync(folder, 0o755);
	const hostKeys = (options.hostKeys ?? ['ed25519']).map(type => makeKey(folder, `host_${type}`, type));
	const userKey = makeKey(folder, 'user', 'ed25519');
	const port = options.port ?? (await freePort());
	writeFileSync(
		join(folder, 'authorized_keys'),
		`${[readFileSync(`${userKey}.pub`, 'utf8').trim(), ...(options.authorizedKeys ?? [])].join('\n')}\n`,
	);
	writeFileSync(join(folder, 'sshd_config'), configFile(folder, port, hostKeys, options));
	writeFileSync(join(folder, 'log'), '');
	const child = start(folder, options);
	await untilItListens(child, folder);
	return {
		port,
		hostKeyFingerprints: hostKeys.map(
			file => execFileSync('ssh-keygen', ['-lf', file], {encoding: 'utf8'}).split(' ')[1] ?? '',
		),
		hostKeyLines: hostKeys.map(file => readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')),
		userKey,
		user: userInfo().username,
		passwordUser: isRoot ? {name: passwordUser, password} : undefined,
		folder,
		log: () => readFileSync(join(folder, 'log'), 'utf8'),
		sessions: () => sessionsBelow(child.pid ?? 0),
		stop: () => stop(child, folder),
	};
}

/** Makes a key pair with ssh-keygen; returns the private file. */
export function makeKey(
	folder: string,
	name: string,
	type: 'ed25519' | 'ecdsa' | 'rsa',
	passphrase = '',
	options: readonly string[] = [],
): string {
	const file = join(folder, name);
	const strength = type === 'rsa' ? ['-b', '3072'] : [];
	execFileSync('ssh-keygen', ['-q', '-t', type, ...strength, ...options, '-N', passphrase, '-C', name, '-f', file]);
	return file;
}

/** All processes below one, the nearest first. */
function processesBelow(parent: number): readonly number[] {
	const parents = new Map(
		readdirSync('/proc')
			.filter(name => /^\d+$/.test(name))
			.map(name => [Number(name), parentOf(name)] as const),
	);
	const below = (pid: number): number[] => {
		const children = [...parents].filter(([, its]) => its === pid).map(([child]) => child);
		return [...children, ...children.flatMap(below)];
	};
	return below(parent);
}

const passwordUser = 'fieldbook-test';

function configFile(folder: string, port: number, hostKeys: readonly string[], options: SshdOptions): string {
	const passwords = options.passwords ?? 'none';
	return [
		...(options.config ?? []), // Of several values sshd takes the first
		`Port ${port}`,
		`ListenAddress ${options.network?.address ?? '127.0.0.1'}`,
		...hostKeys.map(file => `HostKey ${file}`),
		`PidFile ${folder}/pid`,
		`AuthorizedKeysFile ${folder}/authorized_keys`,
		'StrictModes no',
		'PermitRootLogin yes',
		`PasswordAuthentication ${passwords === 'password' ? 'yes' : 'no'}`,
		`KbdInteractiveAuthentication ${passwords === 'keyboard-interactive' ? 'yes' : 'no'}`,
		`UsePAM ${passwords === 'keyboard-interactive' ? 'yes' : 'no'}`,
		'UseDNS no',
		`MaxStartups ${options.maxStartups ?? 1000}`,
		`MaxSessions ${options.maxSessions ?? 10}`,
		'PrintMotd no',
		'PrintLastLog no',
		'LogLevel VERBOSE',
		...(options.keyExchanges === undefined ? [] : [`KexAlgorithms ${options.keyExchanges.join(',')}`]),
		'',
	].join('\n');
}

/** setpriv ends the server even if the tests are killed; the process namespace then takes everything else along. */
function start(folder: string, options: SshdOptions): ChildProcess {
	const server = `exec ${binary} -D -f ${folder}/sshd_config -E ${folder}/log`;
	writeFileSync(join(folder, 'start-up'), options.startUpFile ?? '');
	const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
	const words = isRoot
		? [...namespaces, 'sh', '-ec', `${emptyStartUpFiles(folder)}\n${asRoot(folder, options)}\n${server}`]
		: [...ownUser, ...namespaces, 'sh', '-ec', `${emptyStartUpFiles(folder)}\n${server}`];
	const stdio = ['ignore', 'ignore', 'inherit'] as const;
	return haveNamespaces()
		? spawn('setpriv', ['--pdeathsig', 'KILL', ...(options.network?.inside ?? []), 'unshare', ...words], {
				stdio: [...stdio],
			})
		: spawn('sh', ['-c', server], {stdio: [...stdio]});
}

const ownUser = ['--user', '--map-current-user', '--keep-caps'];

function haveNamespaces(): boolean {
	return (
		isRoot || spawnSync('unshare', [...ownUser, '--mount', '--pid', '--fork', '--mount-proc', 'true']).status === 0
	);
}

function emptyStartUpFiles(folder: string): string {
	return `
		for f in .bashrc .profile .bash_profile .bash_login .zshenv; do
			[ ! -f "$HOME/$f" ] || mount --bind ${folder}/start-up "$HOME/$f"
		done`;
}

function asRoot(folder: string, options: SshdOptions): string {
	const home = join(folder, 'home');
	mkdirSync(home);
	const hash = execFileSync('openssl', ['passwd', '-6', password], {encoding: 'utf8'}).trim();
	copyWithLine(folder, '/etc/passwd', `${passwordUser}:x:64999:65534::${home}:${options.loginShell ?? '/bin/sh'}`);
	copyWithLine(folder, '/etc/shadow', `${passwordUser}:${hash}:19000:0:99999:7:::`);
	const pam = 'auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n';
	writeFileSync(join(folder, 'pam'), pam);
	writeFileSync(join(folder, 'pam-sudo'), pam.replace('pam_unix.so', 'pam_unix.so nodelay'));
	const sudo = `
		install -m 0440 ${folder}/sudoers.txt ${folder}/sudoers
		mount --bind ${folder}/sudoers /etc/sudoers
		mount --bind ${folder}/pam-sudo /etc/pam.d/sudo`;
	writeFileSync(join(folder, 'sudoers.txt'), options.sudoers ?? '');
	return `
		chown 64999 ${home}
		cp ${folder}/start-up ${home}/.bashrc
		mount --bind ${folder}/passwd /etc/passwd
		mount --bind ${folder}/shadow /etc/shadow
		[ ! -f /etc/pam.d/sshd ] || mount --bind ${folder}/pam /etc/pam.d/sshd
		mount -t tmpfs none /run
		mkdir -p /run/sshd
		${options.sudoers === undefined ? '' : sudo}`;
}

function copyWithLine(folder: string, file: string, line: string): void {
	const copy = join(folder, file.slice('/etc/'.length));
	writeFileSync(copy, `${readFileSync(file, 'utf8').trimEnd()}\n${line}\n`, {mode: statSync(file).mode});
}

async function untilItListens(child: ChildProcess, folder: string): Promise<void> {
	const log = () => readFileSync(join(folder, 'log'), 'utf8');
	while (!log().includes('Server listening')) {
		if (child.exitCode !== null || child.signalCode !== null) {
			throw new Error(`sshd did not start: ${log()}`);
		}

		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

/** All of the server's processes but the first, which listens. A connection of somebody else than root has two. */
function sessionsBelow(started: number): readonly number[] {
	return [started, ...processesBelow(started)].filter(isServer).slice(1);
}

function isServer(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd');
	} catch {
		return false; // It has ended meanwhile
	}
}

function parentOf(pid: string): number | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
	} catch {
		return undefined; // It has ended meanwhile
	}
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
	const own = haveNamespaces() ? [] : processesBelow(child.pid ?? 0);
	const ended = new Promise(resolve => child.once('exit', resolve));
	if (child.exitCode === null && child.signalCode === null) {
		child.kill('SIGKILL');
		await ended;
	}

	for (const pid of own) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It has ended meanwhile
		}
	}

	rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise(resolve => server.close(resolve));
	if (address === null || typeof address === 'string') {
		throw new Error('No free port.');
	}

	return address.port;
}
