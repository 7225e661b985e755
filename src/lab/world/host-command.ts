import type {CommandIo, LabCommand, WorldTime} from '../host.js';

/** What a command of a host is asked. */
export type HostQuestion<Host> = {
	readonly args: readonly string[];
	readonly host: Host;
	readonly now: WorldTime;
	/** Who asks. */
	readonly user: string;
	readonly io: CommandIo;
};

/** What a command prints and leaves behind. */
export type HostAnswer<Host> = {
	readonly out?: string;
	readonly err?: string;
	/** The exit status; 0 unless given. */
	readonly status?: number;
	/** The host afterwards, if it was changed. */
	readonly host?: Host;
};

type Holder<Host> = {
	/** The host as it is now. */
	host(): Host;
	replace(host: Host): void;
};

/** A command that works for `takesMs` of world time and then does all it does in one instant. */
export function hostCommand<Host>(
	holder: Holder<Host>,
	name: string,
	takesMs: number,
	answer: (question: HostQuestion<Host>) => HostAnswer<Host> | Promise<HostAnswer<Host>>,
): LabCommand {
	return {
		name,
		async run(args, io) {
			if (takesMs > 0) {
				await io.sleep(takesMs);
			}

			return deliver(await answer({args, host: holder.host(), now: io.now(), user: io.user, io}), holder, io);
		},
	};
}

/** The host becomes what the answer says, then the words are printed. Gives the exit status. */
export function deliver<Host>(
	{out = '', err = '', status = 0, host}: HostAnswer<Host>,
	holder: Holder<Host>,
	io: CommandIo,
): number {
	if (host !== undefined) {
		holder.replace(host);
	}

	if (out !== '') {
		io.out(out);
	}

	if (err !== '') {
		io.err(err);
	}

	return status;
}
