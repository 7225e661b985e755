import type {CommandIo, LabCommand} from '../host.js';
import type {Cluster} from './cluster.js';
import type {Turn} from './turn.js';

/** The cluster software as the commands of one of its hosts reach it. */
export type Place = {
	/** This host. */
	readonly host: string;
	/** The software is installed here. */
	isInstalled(): boolean;
	/** The cluster that this host is a server of; undefined: none yet. */
	cluster(): Cluster | undefined;
	/** A look at the cluster at this moment. Throws if there is none. */
	look(): Turn;
	/** Does something with the cluster, and all that follows from it. Throws if there is none. */
	act(change: (turn: Turn) => void): void;
	/** Names of licences that are registered here. */
	licences(): readonly string[];
	addLicence(name: string): void;
	/** Starts or stops the cluster service of a server. */
	setService(server: string, runs: boolean): void;
	/** Uploads a configuration to the hosts of its servers; a sentence that says why it is refused, or undefined. */
	upload(
		conf: string,
		scripts: Readonly<Record<string, string>>,
	): {readonly refused: string} | {readonly delivered: readonly string[]};
	/** When something of the cluster will happen by itself; undefined: nothing is under way. */
	nextChange(): number | undefined;
	/** Asks the cluster of the server at an address to fail over the group of a resource, or that group; what became of it. */
	request(address: string, resource: string): string;
	/** Has the server at an address run a script of its folder `work/rexec`. Whether it does. */
	runScript(address: string, script: string): boolean;
	/** Writes a line into the cluster's log. */
	log(level: string, text: string): void;
};

export const succeeded = 'Command succeeded.\n';

/** A command of the software: root's, and gone with the package. */
export function clusterCommand(
	place: Place,
	name: string,
	run: (args: readonly string[], io: CommandIo, place: Place) => Promise<number>,
): LabCommand {
	return {
		name,
		isPresent: () => place.isInstalled(),
		run: async (args, io) => {
			await io.sleep(200);
			return io.user === 'root' ? run(args, io, place) : refuse(io, 'Log in as root.');
		},
	};
}

export function refuse(io: CommandIo, message: string): number {
	io.err(`${message}\n`);
	return 1;
}

export function done(io: CommandIo): number {
	io.out(succeeded);
	return 0;
}

/** The words of a command line: options without `-`, those of `valued` with the word behind them, and what else stands there. */
export type Words = {
	readonly options: ReadonlyMap<string, string>;
	readonly rest: readonly string[];
};

/** Undefined: there is an option that the command does not know, or one without its value. */
export function readWords(
	args: readonly string[],
	plain: readonly string[],
	valued: readonly string[],
): Words | undefined {
	const options = new Map<string, string>();
	const rest: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (!word.startsWith('-')) {
			rest.push(word);
		} else if (plain.includes(word)) {
			options.set(word, '');
		} else if (valued.includes(word) && at + 1 < args.length) {
			at += 1;
			options.set(word, args[at] ?? '');
		} else {
			return undefined;
		}
	}

	return {options, rest};
}

/** Waits until `isReached`, looking whenever something of the cluster has happened. */
export async function waitUntil(isReached: () => boolean, io: CommandIo, place: Place): Promise<void> {
	while (!isReached()) {
		const next = place.nextChange() ?? Number.POSITIVE_INFINITY;
		await io.sleep(Math.max(50, Math.min(1_000, next - io.now())));
	}
}
