import type {CommandIo, LabCommand} from '../host.js';
import type {EsxiHost} from '../world/esxi-host.js';
import {type HostAnswer, type HostQuestion, hostCommand} from '../world/host-command.js';
import type {Footprint} from '../world/member.js';
import {hostdAnswers} from '../world/power.js';

/** The machine room as the commands of one host see it. */
export type Surroundings = {
	/** This host as it is now. */
	host(): EsxiHost;
	replace(host: EsxiHost): void;
	/** Whether somebody on one of these networks answers at the address. */
	answers(address: string, networks: readonly string[]): boolean;
	/** What software that spans hosts has put on it. */
	footprints(): readonly Footprint[];
};

export type Question = HostQuestion<EsxiHost> & {
	/** What software that spans hosts has put on it. */
	readonly footprints: readonly Footprint[];
};

export type Answer = HostAnswer<EsxiHost>;

/** A command that works for `takesMs` of world time and then does all it does in one instant. */
export function command(
	surroundings: Surroundings,
	name: string,
	takesMs: number,
	answer: (question: Question) => Answer,
): LabCommand {
	return hostCommand(surroundings, name, takesMs, question =>
		answer({...question, footprints: surroundings.footprints()}),
	);
}

/** How long a client of hostd tries to reach it before it says that it cannot: approximate. */
const HOSTD_PATIENCE_MS = 10_000;
const HOSTD_POLL_MS = 1_000;

/** Tries for a while. So an engineer who asks again and again while hostd starts sees it come back. */
export async function untilHostdAnswers(host: () => EsxiHost, io: Pick<CommandIo, 'now' | 'sleep'>): Promise<void> {
	const givesUpAt = io.now() + HOSTD_PATIENCE_MS;
	while (!hostdAnswers(host(), io.now()) && io.now() < givesUpAt) {
		await io.sleep(HOSTD_POLL_MS);
	}
}

/** A command that begins by reaching hostd. */
export function askingHostd({host}: Surroundings, command: LabCommand): LabCommand {
	return {
		...command,
		async run(args, io) {
			await untilHostdAnswers(host, io);
			return command.run(args, io);
		},
	};
}

/** One option of a command: `-L` and `--link`, and whether a value follows. */
export type Flag = {readonly letter: string; readonly long: string; readonly takes: boolean};

export type ReadArguments =
	/** Options by long name in the order written, the last of equals winning; `rest` are the other words. */
	{readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[]} | {readonly wrong: string};

/** Reads words as getopt does: options may stand behind other words, `--` ends them, `-Lvmnic1` and `--link=vmnic1` carry values. */
export function readArguments(name: string, args: readonly string[], flags: readonly Flag[]): ReadArguments {
	const options = new Map<string, string>();
	const rest: string[] = [];
	const words = [...args];
	for (let word = words.shift(); word !== undefined; word = words.shift()) {
		if (word === '--') {
			rest.push(...words.splice(0));
		} else if (word.startsWith('--')) {
			const [long = '', ...value] = word.slice(2).split('=');
			const flag = flags.find(flag => flag.long === long);
			if (!flag) {
				return {wrong: `${name}: unrecognized option '--${long}'`};
			}

			const given = value.length > 0 ? value.join('=') : flag.takes ? words.shift() : '';
			if (given === undefined) {
				return {wrong: `${name}: option '--${long}' requires an argument`};
			}

			options.set(flag.long, given);
		} else if (word.startsWith('-') && word !== '-') {
			const wrong = readLetters(name, word.slice(1), flags, words, options);
			if (wrong) {
				return {wrong};
			}
		} else {
			rest.push(word);
		}
	}

	return {options, rest};
}

/** Reads `-lv5`: letters, up to the first one that takes the rest, or the next word, as its value. */
function readLetters(
	name: string,
	letters: string,
	flags: readonly Flag[],
	words: string[],
	options: Map<string, string>,
): string | undefined {
	for (let index = 0; index < letters.length; index += 1) {
		const letter = letters.charAt(index);
		const flag = flags.find(flag => flag.letter === letter);
		if (!flag) {
			return `${name}: invalid option -- '${letter}'`;
		}

		if (flag.takes) {
			const value = letters.slice(index + 1).replace(/^=/, '') || words.shift();
			if (value === undefined) {
				return `${name}: option requires an argument -- '${letter}'`;
			}

			options.set(flag.long, value);
			return undefined;
		}

		options.set(flag.long, '');
	}

	return undefined;
}

/** Pads each cell to its column; a cell that is wider pushes the others, as `printf("%-*s")` does. */
export function row(widths: readonly number[], cells: readonly (string | number | boolean)[]): string {
	return cells.map((cell, index) => String(cell).padEnd(widths[index] ?? 0)).join('');
}
