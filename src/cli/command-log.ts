import {setTimeout} from 'node:timers/promises';
import * as z from 'zod';
import type {OutputKey, OutputWindow} from '../engine/ports.js';
import {type HolderLink, reachHolder} from '../store/holder-link.js';
import {lookAtOutput, lookAtRun, type SeenEvent} from '../store/look.js';
import {textOf} from '../text/output-line.js';
import {OutputInterpreter, sanitiseLine} from '../text/sanitise.js';
import {indexOfSought} from '../text/sought.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder, seeRun} from './held-run.js';
import {say, warn, writeBytes} from './output.js';
import type {LogOptions} from './program.js';
import {findRunFile, foldSeen, requireStep} from './run-list.js';
import {keptEncodings} from './start-run.js';

/** How often a run that goes on is asked for more. */
const ASK_AGAIN_MS = 200;

/** So much is read at once, and no more is in memory. */
const PIECE_BYTES = 256 * 1024;

/** A part that sent output, and how far it was printed. */
type Printed = {
	readonly key: OutputKey;
	start: number;
	/** By the run's clock, in milliseconds since 1970; undefined: it has not ended. */
	endedAt: number | undefined;
	readonly interpreter: OutputInterpreter;
};

/** What was on its way between these moments of the run's clock, in milliseconds since 1970. */
type Stretch = {readonly from: number; readonly to: number};

/**
`fieldbook log RUN`: what hosts sent, step by step, harmless for a terminal; with `--raw` the very bytes. 0, also where
there is nothing.

Throws a UserError (status 2) for a step or host that the run has not, a time that is none, or `--raw` to a terminal or with
`--find`.
*/
export async function log(run: string, options: LogOptions): Promise<number> {
	if (options.raw && process.stdout.isTTY === true) {
		throw new UserError(
			'raw-to-terminal',
			'What hosts sent may hold anything, also what takes a terminal over.',
			'Leave --raw out; or send it into a file: fieldbook log RUN --raw > FILE.',
			2,
		);
	}

	if (options.raw && options.find !== undefined) {
		throw new UserError('raw-find', '--find looks at lines, --raw knows none.', 'Leave one of them out.', 2);
	}

	const file = findRunFile(run, process.env);
	const {seen, holder} = await seeRun(file);
	const {graph, state} = foldSeen(file, seen);
	requireStep(options.step, graph);
	requireHost(options.host, [...graph.hosts.map(({name}) => name), ...graph.nodes.flatMap(({hosts}) => hosts)]);
	const stretch = {
		from: momentOf(options.from, state.startedAt) ?? Number.NEGATIVE_INFINITY,
		to: momentOf(options.to, state.startedAt) ?? Number.POSITIVE_INFINITY,
	};
	const printer = new LogPrinter(options, stretch, keptEncodings(file, seen));
	if (options.follow && holder === undefined) {
		await warn('Nobody works on this run now: this is all there is.');
	}

	await printAll(file, printer, options.follow);
	return 0;
}

/** While somebody holds the run he is asked; once he has closed it, the file tells the rest. */
async function printAll(file: string, printer: LogPrinter, follow: boolean): Promise<void> {
	for (;;) {
		const link = await reachHolder(file);
		if (link === undefined) {
			await orFromHolder(
				file,
				() => printer.printNews(fileSource(file)),
				other => printer.printNews(other),
			);
			return;
		}

		try {
			do {
				await printer.printNews(link);
				await setTimeout(follow && !printer.isOver ? ASK_AGAIN_MS : 0);
			} while (follow && !printer.isOver && !process.stdout.destroyed);

			return;
		} catch (error) {
			if (error instanceof UserError) {
				throw error;
			}
			// He has hung up, most likely because the run was closed.
		} finally {
			link.close();
		}
	}
}

type Source = Pick<HolderLink, 'eventsAfter' | 'outputFrom'>;

function fileSource(file: string): Source {
	return {
		eventsAfter: async after => lookAtRun(file).events.filter(({seq}) => seq > after),
		outputFrom: async (key, start) => lookAtOutput(file, key, start, PIECE_BYTES),
	};
}

class LogPrinter {
	readonly #options: LogOptions;
	readonly #stretch: Stretch;
	readonly #encodingOf: (host: string) => string;
	#stretches: readonly Printed[] = [];
	#lastSeq = 0;
	/** Whose output was printed last. */
	#headed: Printed | undefined;
	/** Nothing more will come. */
	isOver = false;

	constructor(options: LogOptions, stretch: Stretch, encodingOf: (host: string) => string) {
		this.#options = options;
		this.#stretch = stretch;
		this.#encodingOf = encodingOf;
	}

	/** What came since the last time, in the order in which the parts began. */
	async printNews(source: Source): Promise<void> {
		for (const event of await source.eventsAfter(this.#lastSeq)) {
			this.#take(event);
		}

		this.#stretches = this.#stretches.filter(({endedAt}) => endedAt === undefined || endedAt >= this.#stretch.from);
		for (const stretch of this.#stretches) {
			await this.#print(source, stretch);
		}

		this.#stretches = this.#stretches.filter(({endedAt}) => endedAt === undefined);
	}

	#take({seq, at, event}: SeenEvent): void {
		this.#lastSeq = seq;
		this.isOver = event.type === 'RunFinished';
		if (event.type === 'PartIntended' && this.#isWanted(event) && Date.parse(at) <= this.#stretch.to) {
			const {step, host, attempt, part} = event;
			const interpreter = new OutputInterpreter({encoding: this.#encodingOf(host)});
			this.#stretches = [
				...this.#stretches,
				{key: {step, host, attempt, part}, start: 0, endedAt: undefined, interpreter},
			];
		}

		if (event.type === 'PartEnded') {
			const ended = this.#stretches.find(({key}) => isSame(key, event));
			if (ended !== undefined) {
				ended.endedAt = Date.parse(at);
			}
		}
	}

	#isWanted({step, host}: OutputKey): boolean {
		return (this.#options.step ?? step) === step && (this.#options.host ?? host) === host;
	}

	async #print(source: Source, stretch: Printed): Promise<void> {
		for (;;) {
			const window = await source.outputFrom(stretch.key, stretch.start);
			if (window.bytes.length === 0) {
				break;
			}

			await this.#printPiece(stretch, window);
		}

		const rest = textOf(stretch.interpreter.unfinished);
		if (stretch.endedAt !== undefined && !this.#options.raw && rest !== '' && this.#isFound(rest)) {
			await this.#head(stretch);
			await say(rest);
		}
	}

	async #printPiece(stretch: Printed, {bytes, start}: OutputWindow): Promise<void> {
		const left = start - stretch.start;
		stretch.start = start + bytes.length;
		if (this.#options.raw) {
			await writeBytes(bytes);
			return;
		}

		stretch.interpreter.push(bytes);
		const lines = [
			...(left > 0 ? [`[${left} bytes were not kept]`] : []),
			...stretch.interpreter
				.take()
				.map(textOf)
				.filter(line => this.#isFound(line)),
		];
		if (lines.length > 0) {
			await this.#head(stretch);
			await say(lines.join('\n'));
		}
	}

	#isFound(line: string): boolean {
		const {find} = this.#options;
		return find === undefined || indexOfSought(line, find) >= 0;
	}

	async #head(stretch: Printed): Promise<void> {
		if (this.#headed !== stretch) {
			this.#headed = stretch;
			const {step, host, attempt, part} = stretch.key;
			await say(`==> ${sanitiseLine(`${step} ${host}`)}, attempt ${attempt}${part === 'run' ? '' : `, ${part}`}`);
		}
	}
}

function isSame(one: OutputKey, other: OutputKey): boolean {
	return one.step === other.step && one.host === other.host && one.attempt === other.attempt && one.part === other.part;
}

function requireHost(host: string | undefined, hosts: readonly string[]): void {
	if (host !== undefined && !hosts.includes(host)) {
		throw new UserError(
			'unknown-host',
			`--host ${sanitiseLine(host)}: the run has no host of that name.`,
			`It has ${sanitiseLine([...new Set(hosts)].filter(name => name !== '').join(', '))}.`,
			2,
		);
	}
}

/** With a zone or without; a day that its month has. */
const DateAndTime = z.iso.datetime({local: true, offset: true});

/**
> | 09:30   09:30:15   2026-11-20 09:30   2026-11-20T09:30:15Z      a clock alone is one of the day on which the run began

Without a zone it is this laptop's. Throws a UserError (status 2) for anything else.
*/
function momentOf(written: string | undefined, startedAt: string): number | undefined {
	if (written === undefined) {
		return undefined;
	}

	const begun = new Date(startedAt);
	const [, hours, minutes, seconds = '0'] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(written) ?? [];
	const moment =
		hours === undefined
			? Date.parse(DateAndTime.safeParse(written.replace(' ', 'T')).data ?? '')
			: new Date(
					begun.getFullYear(),
					begun.getMonth(),
					begun.getDate(),
					Number(hours),
					Number(minutes),
					Number(seconds),
				).getTime();
	if (Number.isNaN(moment)) {
		throw new UserError(
			'no-time',
			`${sanitiseLine(written)} is no time.`,
			'Write 09:30, 09:30:15, 2026-11-20 09:30 or 2026-11-20T09:30:15Z.',
			2,
		);
	}

	return moment;
}
