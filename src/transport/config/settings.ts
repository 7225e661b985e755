import {allOldAlgorithms} from '../old-algorithms.js';
import type {Options} from './evaluate.js';
import {expand, expandHostName, type Local, type Remote, underHome} from './tokens.js';

/** One host on the way that `ProxyJump` describes: `user@host:port`. */
export type JumpSpec = {readonly host: string; readonly user: string | undefined; readonly port: number | undefined};

/** What `ssh` would do for a host, as far as it concerns us. Paths are whole. */
export type SshSettings = {
	readonly hostName: string;
	readonly port: number;
	readonly user: string;
	/** Empty: the user's usual ones. */
	readonly identityFiles: readonly string[];
	/** The agent's other keys are not offered. */
	readonly identitiesOnly: boolean;
	/** `usual`: what `SSH_AUTH_SOCK` names; `none`: no agent; else its socket. */
	readonly identityAgent: 'usual' | 'none' | {readonly socket: string};
	readonly certificateFiles: readonly string[];
	/** In the order of the way; empty: straight there. */
	readonly proxyJump: readonly JumpSpec[];
	readonly proxyCommand: string | undefined;
	readonly knownHostsFiles: readonly string[];
	/** Where new keys are added; undefined: nowhere. */
	readonly newKeysFile: string | undefined;
	/** New names in known_hosts are hashed. */
	readonly hashKnownHosts: boolean;
	/** The name in known_hosts, where it is not the host's own. */
	readonly hostKeyAlias: string | undefined;
	readonly strictHostKeyChecking: 'yes' | 'accept-new' | 'ask';
	/** In milliseconds. */
	readonly connectTimeout: number | undefined;
	/** In milliseconds; undefined: ours. */
	readonly serverAliveInterval: number | undefined;
	readonly serverAliveCountMax: number;
	/** Those of old servers that the configuration allows, in no order that matters. */
	readonly oldAlgorithms: readonly string[];
};

/** Reads the options of a host, which `original` named; what they leave open is as `ssh` has it. */
export function settingsOf(options: Options, original: string, local: Local): SshSettings {
	const first = (keyword: string) => options.get(keyword)?.[0];
	const hostKeyAlias = first('hostkeyalias');
	const remote: Remote = {
		original,
		hostName: expandHostName(first('hostname') ?? original, original).toLowerCase(),
		port: Number(first('port') ?? 22),
		user: first('user') ?? local.user,
		hostKeyAlias,
	};
	const paths = (words: readonly string[]) =>
		words.filter(word => word !== 'none').flatMap(word => pathOf(word, local, remote));
	const proxyJump = expand(first('proxyjump') ?? 'none', local, remote) ?? 'none';
	const alias = hostKeyAlias === undefined ? undefined : expand(hostKeyAlias, local, remote);
	const proxyCommand = first('proxycommand');
	const own = options.get('userknownhostsfile') ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
	const system = options.get('globalknownhostsfile') ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
	return {
		hostName: remote.hostName,
		port: remote.port,
		user: remote.user,
		identityFiles: namedFiles(options.get('identityfile') ?? []).flatMap(file => pathOf(file, local, remote)),
		identitiesOnly: isYes(first('identitiesonly')),
		identityAgent: agentOf(first('identityagent'), local, remote),
		certificateFiles: paths(options.get('certificatefile') ?? []),
		proxyJump: isNone(proxyJump) ? [] : proxyJump.split(',').flatMap(jumpSpec),
		proxyCommand: proxyCommand === undefined || isNone(proxyCommand) ? undefined : proxyCommand,
		knownHostsFiles: [...paths(own), ...paths(system)],
		newKeysFile: paths(own).find(path => path !== '/dev/null'),
		hashKnownHosts: isYes(first('hashknownhosts')),
		hostKeyAlias: alias,
		strictHostKeyChecking: strictness(first('stricthostkeychecking')),
		connectTimeout: milliseconds(first('connecttimeout')),
		serverAliveInterval: milliseconds(first('serveraliveinterval')),
		serverAliveCountMax: Number(first('serveralivecountmax') ?? 3),
		oldAlgorithms: ['kexalgorithms', 'hostkeyalgorithms', 'ciphers', 'macs'].flatMap(keyword =>
			oldAmong(first(keyword) ?? ''),
		),
	};
}

/** Of a list as it stands in the configuration: whole, added with `+`, put in front with `^`, or taken away with `-`. */
function oldAmong(list: string): readonly string[] {
	const names = list.startsWith('-') ? [] : list.replace(/^[+^]/, '').split(',');
	return allOldAlgorithms.filter(old => names.includes(old));
}

/** Where `ssh` looks where nothing is said; `ssh -G` prints them as if they had been. */
const usualIdentities = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'].map(
	type => `~/.ssh/id_${type}`,
);

function namedFiles(files: readonly string[]): readonly string[] {
	return files.every(file => usualIdentities.includes(file)) ? [] : files;
}

function pathOf(word: string, local: Local, remote: Remote): readonly string[] {
	const expanded = expand(word, local, remote);
	return expanded === undefined ? [] : [underHome(expanded, local.home)];
}

function agentOf(word: string | undefined, local: Local, remote: Remote): SshSettings['identityAgent'] {
	if (word === undefined || word === 'SSH_AUTH_SOCK') {
		return 'usual';
	}

	if (isNone(word)) {
		return 'none';
	}

	const named = word.startsWith('$') && !word.startsWith('${') ? local.environment[word.slice(1)] : undefined;
	const [socket] = pathOf(named ?? word, local, remote);
	return socket === undefined ? 'none' : {socket};
}

/**
`no` would let a changed key through as well, which fieldbook never does; what is left of it is `accept-new`.
*/
function strictness(word: string | undefined): SshSettings['strictHostKeyChecking'] {
	switch (word?.toLowerCase()) {
		case 'yes':
		case 'true':
			return 'yes';
		case 'accept-new':
		case 'no':
		case 'off':
		case 'false':
			return 'accept-new';
		default:
			return 'ask';
	}
}

/**
> | ops@gate:2222   ssh://ops@gate:2222   [fe80::1]:22
    ^~~ user, host, port
*/
function jumpSpec(text: string): readonly JumpSpec[] {
	const bare = text.trim().replace(/^ssh:\/\//, '');
	const at = bare.lastIndexOf('@');
	const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(bare.slice(at + 1)) ?? [];
	const host = bracketed ?? plain ?? '';
	return host === ''
		? []
		: [{host, user: at < 1 ? undefined : bare.slice(0, at), port: port === undefined ? undefined : Number(port)}];
}

/** Seconds, or `1h30m`. Undefined where nothing, 0 or `none` is said. */
function milliseconds(word: string | undefined): number | undefined {
	const units: Readonly<Record<string, number>> = {'': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800};
	const parts = [...(word ?? '').toLowerCase().matchAll(/(\d+)([smhdw]?)/g)];
	const seconds = parts.reduce((sum, [, count = '0', unit = '']) => sum + Number(count) * (units[unit] ?? 1), 0);
	return seconds === 0 ? undefined : seconds * 1000;
}

function isYes(word: string | undefined): boolean {
	return /^(?:yes|true)$/i.test(word ?? '');
}

function isNone(word: string): boolean {
	return word.toLowerCase() === 'none';
}
