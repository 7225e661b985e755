import {hostname, userInfo} from 'node:os';
import type {HostAccess} from '../engine/ports.js';
import {sanitiseLine} from '../text/sanitise.js';
import type {ConfigSource} from './config/files.js';
import {ConfigReader} from './config/read.js';
import type {JumpSpec, SshSettings} from './config/settings.js';
import type {Hop} from './hop.js';
import {needsSystemSsh} from './needs-system-ssh.js';

export type WayOptions = {
	/** Where ssh's configuration is read. */
	readonly sshConfig: ConfigSource;
	/** The lines of the sheet, for `jump`. */
	readonly hosts: Readonly<Record<string, HostAccess>>;
	/** Files that the sheet names, new keys go into the first; undefined: those of the ssh configuration. */
	readonly knownHostsFiles: readonly [string, ...string[]] | undefined;
	readonly home: string;
	/** Who logs in where nobody is named. */
	readonly localUser: string;
};

/** There is no way that we could go. Nothing was sent. */
export type NoWay = {
	readonly kind: 'noWay';
	readonly reason: string;
	readonly next: string;
};

/** Longer is no way that anybody meant. */
const mostHops = 8;

/** Finds the way to a host: its line in the sheet, and where that is silent what `ssh` would do. */
export class Ways {
	readonly #options: WayOptions;
	readonly #config: ConfigReader;

	constructor(options: WayOptions) {
		this.#options = options;
		const {sshConfig, home, localUser: user} = options;
		const local = {home, user, userId: userInfo().uid, hostName: hostname(), environment: process.env};
		this.#config = new ConfigReader(sshConfig, local);
	}

	async to(host: HostAccess): Promise<Hop | NoWay> {
		try {
			return await this.#toHost(host, []);
		} catch (error) {
			const because = error instanceof Error ? error.message : String(error);
			return noWay(
				`The ssh configuration for ${host.name} cannot be read: ${sanitiseLine(because)}.`,
				'Put it where the site file has it.',
			);
		}
	}

	/** `before`: who wants to go through it, the last first. */
	async #toHost(host: HostAccess, before: readonly string[]): Promise<Hop | NoWay> {
		const {name, address, user, port, auth, platform, key, jump, legacy} = host;
		if (address === '') {
			return noWay(`${name} has no address in the sheet.`, `Set "address" for ${name}.`);
		}

		const {settings, note} = await this.#config.read({host: address, user, port});
		const access = accessOf(host);
		const round = this.#tooFar(name, before);
		if (round !== undefined) {
			return round;
		}

		const from = [name, ...before];
		const via =
			jump === undefined
				? await this.#through(settings.proxyJump, settings.proxyCommand, from)
				: await this.#throughHost(jump, from);
		if (isNoWay(via)) {
			return via;
		}

		return {
			id: name,
			access,
			name,
			auth,
			platform,
			settings: {
				...this.#withKnownHosts(settings),
				identityFiles: key === undefined ? settings.identityFiles : [key],
			},
			writtenIn: 'the sheet',
			legacy,
			note,
			via,
		};
	}

	async #throughHost(jump: string, before: readonly string[]): Promise<Hop | NoWay> {
		const host = this.#options.hosts[jump];
		return host === undefined
			? noWay(
					`${shown(before[0])} is behind ${jump}, of which the sheet says nothing.`,
					`Write ${jump} into the sheet.`,
				)
			: this.#toHost(host, before);
	}

	/** `ssh` hands all but the last of them to that one; only if it is alone its own configuration counts for its way. */
	async #through(
		specs: readonly JumpSpec[],
		proxyCommand: string | undefined,
		before: readonly string[],
	): Promise<Hop | NoWay | undefined> {
		const spec = specs.at(-1);
		if (spec === undefined) {
			const because = needsSystemSsh({proxyCommand});
			return because === undefined
				? undefined
				: noWay(
						`fieldbook cannot reach ${shown(before[0])} by itself: ${because}.`,
						`Write \`transport: system\` for ${before.at(-1)} into the sheet: this laptop's own ssh then reaches it; or name a \`jump\` host there.`,
					);
		}

		const {settings, note} = await this.#config.read(spec);
		const others = specs.slice(0, -1);
		const id = `${spec.user ?? ''}@${spec.host}:${spec.port ?? ''}`;
		const round = this.#tooFar(id, before);
		if (round !== undefined) {
			return round;
		}

		const via = await this.#through(
			others.length > 0 ? others : settings.proxyJump,
			others.length > 0 ? undefined : settings.proxyCommand,
			[id, ...before],
		);
		if (isNoWay(via)) {
			return via;
		}

		return {
			id: `${via?.id ?? ''} ${id}`,
			access: '',
			name: `${settings.user}@${spec.host}`,
			auth: undefined,
			platform: 'linux',
			settings: this.#withKnownHosts(settings),
			writtenIn: 'the ssh configuration',
			legacy: false,
			note,
			via,
		};
	}

	#withKnownHosts(settings: SshSettings): SshSettings {
		const {knownHostsFiles} = this.#options;
		return knownHostsFiles === undefined
			? settings
			: {...settings, knownHostsFiles, newKeysFile: knownHostsFiles[0], hashKnownHosts: false};
	}

	#tooFar(id: string, before: readonly string[]): NoWay | undefined {
		if (!before.includes(id) && before.length <= mostHops) {
			return undefined;
		}

		const way = [...before.toReversed(), id].map(shown).join(' → ');
		return noWay(
			`The way to ${before.at(-1)} goes round in a circle: ${sanitiseLine(way)}.`,
			'Correct `jump` in the sheet, or ProxyJump in the ssh configuration.',
		);
	}
}

/** `@gate:` is a jump host for which ProxyJump names neither user nor port. */
function shown(id = ''): string {
	return id.replaceAll(/^@|:$/g, '');
}

/** What of a host's line makes it another connection when it is changed. */
export function accessOf({address, port, user, auth, key, jump, legacy}: HostAccess): string {
	return JSON.stringify([address, port, user, auth, key, jump, legacy]);
}

export function isNoWay(way: Hop | NoWay | undefined): way is NoWay {
	return way !== undefined && 'kind' in way;
}

function noWay(reason: string, next: string): NoWay {
	return {kind: 'noWay', reason, next};
}
