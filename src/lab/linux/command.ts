import type {CommandIo, LabCommand, WorldTime} from '../host.js';
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

export type Question = {
	readonly args: readonly string[];
	readonly host: LinuxHost;
	readonly now: WorldTime;
	/** Who asks. */
	readonly user: string;
	readonly io: CommandIo;
};

/** What a command prints and leaves behind. */
export type Answer = {
	readonly out?: string;
	readonly err?: string;
	/** The exit status; 0 unless given. */
	readonly status?: number;
	/** The host afterwards, if it was changed. */
	readonly host?: LinuxHost;
};

/** A command that works for `takesMs` of world time and then does all it does in one instant. */
export function command(
	surroundings: Surroundings,
	name: string,
	takesMs: number,
	answer: (question: Question) => Answer | Promise<Answer>,
): LabCommand {
	return {
		name,
		async run(args, io) {
			if (takesMs > 0) {
				await io.sleep(takesMs);
			}

			const question = {args, host: surroundings.host(), now: io.now(), user: io.user, io};
			const {out = '', err = '', status = 0, host} = await answer(question);
			if (host !== undefined) {
				surroundings.replace(host);
			}

			io.out(out);
			io.err(err);
			return status;
		},
	};
}

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
