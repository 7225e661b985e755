import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

export type Sshd = Awaited<ReturnType<typeof startSshd>>;

/** Starts a server for the time of `work`. */
export async function withSshd(work: (sshd: Sshd) => Promise<void>): Promise<void> {
	const sshd = await startSshd();
	try {
		await work(sshd);
	} finally {
		sshd.stop();
	}
}

/**
An OpenSSH server that only this machine can reach: in a network namespace that holds nothing but loopback, with empty
shell start-up files, which would cost every command. Needs root, as all benchmarks over SSH do.

`inside` are the words to put before a command that is to reach it at port 2222 of 127.0.0.1, and of every other address
that begins with 127: as many hosts as one likes.
*/
async function startSshd() {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-bench-'));
	const {username, homedir} = userInfo();
	for (const key of ['hostkey', 'id']) {
		execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
	}

	writeFileSync(join(folder, 'empty'), '');
	writeFileSync(join(folder, 'known_hosts'), `[127.*]:2222 ${readFileSync(join(folder, 'hostkey.pub'), 'utf8')}`);
	writeFileSync(
		join(folder, 'sshd_config'),
		[
			'Port 2222',
			'ListenAddress 0.0.0.0',
			`HostKey ${folder}/hostkey`,
			`PidFile ${folder}/pid`,
			`AuthorizedKeysFile ${folder}/id.pub`,
			'StrictModes no',
			'PermitRootLogin prohibit-password',
			'UsePAM no',
			'UseDNS no',
			'MaxStartups 2000:30:4000',
			'MaxSessions 1000',
			'LogLevel ERROR',
			'PrintMotd no',
			'PrintLastLog no',
			'',
		].join('\n'),
	);
	// The peers get our key exchange and cipher, so that both sides pay the same.
	writeFileSync(
		join(folder, 'ssh_config'),
		[
			'Host *',
			'Port 2222',
			`User ${username}`,
			`IdentityFile ${folder}/id`,
			'IdentitiesOnly yes',
			`UserKnownHostsFile ${folder}/known_hosts`,
			'GlobalKnownHostsFile /dev/null',
			'GSSAPIAuthentication no',
			'KexAlgorithms curve25519-sha256',
			'Ciphers aes128-gcm@openssh.com',
			'LogLevel ERROR',
			'',
		].join('\n'),
	);
	mkdirSync('/run/sshd', {recursive: true});
	const startUpFiles = ['.bashrc', '.profile', '.bash_profile', '.bash_login', '.zshenv']
		.map(name => join(homedir, name))
		.filter(existsSync);
	const script = [
		'ip link set lo up',
		...startUpFiles.map(file => `mount --bind ${folder}/empty ${file}`),
		`exec /usr/sbin/sshd -D -f ${folder}/sshd_config -E ${folder}/log`,
	];
	const server = spawn('unshare', ['-n', '-m', 'sh', '-c', script.join(' && ')], {stdio: 'inherit'});
	while (!existsSync(join(folder, 'pid'))) {
		if (server.exitCode !== null) {
			throw new Error(`sshd did not start: ${server.exitCode}. Benchmarks over SSH need root and openssh-server.`);
		}

		await sleep(20);
	}

	const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
	return {
		folder,
		username,
		inside: ['nsenter', '-t', pid, '-n', '--'],
		stop() {
			server.kill();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}
