import {type HostAnswer, type HostQuestion, hostCommand} from '../world/host-command.js';
import type {Neighbourhood} from '../world/member.js';
import type {MirrorDevice} from './disks.js';
import type {LinuxHost} from './linux-host.js';

/** The machine room as the commands of one Linux host see it. */
export type Surroundings = {
	/** This host as it is now. */
	host(): LinuxHost;
	replace(host: LinuxHost): void;
	/** The networks that a NIC gets to, through the host of a virtual machine too. */
	networksOf(nic: LinuxHost['nics'][number]): readonly string[];
	/** Addresses that a cluster has put on this host. */
	floating(): readonly string[];
	/** Devices that a cluster has made of its partitions. */
	mirrors(): readonly MirrorDevice[];
	readonly neighbourhood: Neighbourhood;
};

export type Question = HostQuestion<LinuxHost>;

export type Answer = HostAnswer<LinuxHost>;

export const command = hostCommand<LinuxHost>;

export function refused(err: string, status = 1): Answer {
	return {err: `${err}\n`, status};
}

/** Words that begin with `-`, and the others. `--` ends the first. */
export function sortWords(args: readonly string[]): {
	readonly options: readonly string[];
	readonly rest: readonly string[];
} {
	const end = args.indexOf('--');
	const before = end === -1 ? args : args.slice(0, end);
	return {
		options: before.filter(word => /^-./.test(word)),
		rest: [...before.filter(word => !/^-./.test(word)), ...(end === -1 ? [] : args.slice(end + 1))],
	};
}
