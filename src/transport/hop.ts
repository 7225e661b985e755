import type {HostAccess} from '../engine/ports.js';
import type {SshSettings} from './config/settings.js';

/** One SSH connection: where it leads, how to log in there, and through which other one. */
export type Hop = {
	/** The connection's own name: a host of the sheet has its name, a host of the ssh configuration its words there. */
	readonly id: string;
	/** Another connection is wanted where this is another. */
	readonly access: string;
	/** Who asks, when something is asked. */
	readonly name: string;
	readonly auth: HostAccess['auth'];
	readonly platform: HostAccess['platform'];
	/** The sheet's words where it has any, else those of the ssh configuration. */
	readonly settings: SshSettings;
	/** Where a person corrects how to log in there. */
	readonly writtenIn: 'the sheet' | 'the ssh configuration';
	/** Algorithms of old servers are allowed. */
	readonly legacy: boolean;
	/** What a person should know of how the settings were found; empty where all is plain. */
	readonly note: string;
	readonly via: Hop | undefined;
};

/** For messages: who it is, and where: `esxi1 (172.31.255.2:22)`. */
export function placeOf({name, settings: {hostName, port}}: Hop): string {
	return `${name} (${hostName}:${port})`;
}

/** For messages about a host of which only the sheet's line is known. */
export function nameFor({name, address, port}: Pick<HostAccess, 'name' | 'address' | 'port'>): string {
	return `${name} (${address}${port === undefined ? '' : `:${port}`})`;
}

/** The way to a hop without itself, the nearest first: `ops@gate, esxi1`; empty where it leads straight there. */
export function wayTo({via}: Hop): string {
	if (via === undefined) {
		return '';
	}

	const before = wayTo(via);
	return before === '' ? via.name : `${before}, ${via.name}`;
}
