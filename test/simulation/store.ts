import {createHash} from 'node:crypto';
import type {OutputKey, Store} from '../../src/engine/ports.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import type {Chance} from './chance.js';
import {type Life, never} from './life.js';

/** What a disk may do wrong that no disk should: to see that the oracles see it. */
export type BrokenDisk = 'losesIntents' | 'losesAcknowledged' | 'writesBehind' | undefined;

/** What a run file holds, and what it says it holds. */
export class Disk {
	/** What will be there whatever happens. */
	durable: RecordedEvent[] = [];
	/** The last event that somebody was told is durable. */
	acknowledgedSeq = 0;
	/** What was printed in each stretch, by `step@host#attempt.part`. */
	readonly output = new Map<string, string>();
	/** There is room for outcomes only. */
	isShort = false;
	/** Nothing can be written for now. */
	isFull = false;
	/** Somebody was told so since the run file was opened. */
	hasRefused = false;
	onDurable: (event: RecordedEvent) => void = () => {};
	readonly broken: BrokenDisk;
	/** So many events have come to a disk that acknowledges before it writes. */
	#written = 0;

	constructor(broken: BrokenDisk) {
		this.broken = broken;
	}

	write(events: readonly RunEvent[], at: number): readonly RecordedEvent[] {
		const before = this.durable.length;
		const recorded = events.map((event, index) => ({
			seq: before + index + 1,
			at: new Date(at).toISOString(),
			event,
		}));
		for (const event of recorded) {
			this.durable.push(event);
			this.onDurable(event);
		}

		return recorded;
	}

	/** What was acknowledged is written at last. */
	catchUp(): void {
		this.#written = this.durable.length;
	}

	/** What a broken disk makes of it when the power goes. */
	losePower(): void {
		const events = this.durable;
		switch (this.broken) {
			case undefined:
				return;
			case 'writesBehind':
				this.durable = events.slice(0, this.#written);
				return;
			case 'losesIntents':
				this.durable = renumbered(events.filter(({event}) => event.type !== 'PartIntended' || hasEnd(event, events)));
				return;
			case 'losesAcknowledged':
				this.durable = events.slice(0, Math.max(1, events.length - 2));
		}
	}
}

function hasEnd(intent: Extract<RunEvent, {type: 'PartIntended'}>, events: readonly RecordedEvent[]): boolean {
	return events.some(
		({event}) =>
			event.type === 'PartEnded' &&
			event.step === intent.step &&
			event.host === intent.host &&
			event.attempt === intent.attempt &&
			event.part === intent.part,
	);
}

function renumbered(events: readonly RecordedEvent[]): RecordedEvent[] {
	return events.map((event, index) => ({...event, seq: index + 1}));
}

const nothing = createHash('sha256').digest('hex');

/** The run file as one life has it open. An append may be durable although nobody hears of it, or be lost unheard. */
export function openStore(disk: Disk, life: Life, chance: Chance): Store {
	const written = new Map<string, string>();
	return {
		async append(events, at) {
			if (!life.passes(`append ${events.map(({type}) => type).join(' ')}`)) {
				return never();
			}

			if (disk.isFull) {
				disk.hasRefused = true;
				throw new Error('database or disk is full');
			}

			const ms = chance.maybe(0.7) ? 0 : chance.between(1, 40);
			if (ms > 0 && !(await life.hears(ms, true, 'the disk'))) {
				return never();
			}

			const recorded = disk.write(events, at);
			if (!life.passes('acknowledgement')) {
				return never();
			}

			disk.acknowledgedSeq = recorded.at(-1)?.seq ?? disk.acknowledgedSeq;
			return recorded;
		},
		read: afterSeq => disk.durable.slice(afterSeq),
		writeOutput(key, _, bytes) {
			const name = stretchOf(key);
			const text = (written.get(name) ?? '') + new TextDecoder().decode(bytes);
			written.set(name, text);
			disk.output.set(name, text);
		},
		endOutput(key) {
			const text = written.get(stretchOf(key)) ?? '';
			// The next byte begins it anew
			written.delete(stretchOf(key));
			const sha256 = text === '' ? nothing : createHash('sha256').update(text).digest('hex');
			return {bytes: text.length, kept: text.length, sha256};
		},
		tail: () => emptyWindow,
		outputFrom: () => emptyWindow,
		readOutput: key => {
			const text = disk.output.get(stretchOf(key)) ?? '';
			return text === '' ? [] : [{stream: 'out', start: 0, bytes: new TextEncoder().encode(text), times: []}];
		},
		keepFile: () => {},
		shortOfRoom: () => (disk.isShort || disk.isFull ? 'The disk is full.' : undefined),
		caution: undefined,
		close: async () => {},
	};
}

const emptyWindow = {bytes: new Uint8Array(0), start: 0, total: 0, times: [], lastAt: 0};

export function stretchOf({step, host, attempt, part}: OutputKey): string {
	return `${step}@${host}#${attempt}.${part}`;
}
