import type {Gap, ManualChoice, OutputFacts, Part, RecordedEvent, RunEvent} from '../run/event.js';
import type {Outcome} from '../run/outcome.js';
import {stepKey} from '../run/progress.js';
import type {StepKey} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';

/** One thing that was sent to a host, tried there until it succeeded, or watched. Times are ISO 8601 in UTC. */
export type Try = {
	readonly kind: 'part';
	readonly attempt: number;
	readonly part: Part;
	readonly startedAt: string;
	/** Empty: its end is not in the record. */
	readonly endedAt: string;
	/** SHA-256 of what was sent, secrets left out. */
	readonly scriptHash: string;
	readonly changes: boolean;
	/** Where a satellite ran that did not run on its step's host. */
	readonly on: readonly HostName[];
	readonly outcome: Outcome | undefined;
	readonly output: OutputFacts | undefined;
	/** Of a wait or verify. */
	readonly tries: number;
	readonly because: string;
};

/** Something that was said or done about a step on a host, beside what was sent there. */
export type Word =
	| {
			readonly kind: 'answered';
			readonly at: string;
			readonly by: string;
			readonly choice: ManualChoice;
			readonly note: string;
	  }
	/** By the lab, in a rehearsal. */
	| {readonly kind: 'hand'; readonly at: string; readonly did: string}
	| {readonly kind: 'seen'; readonly at: string; readonly what: 'down' | 'up'; readonly since: string}
	| {readonly kind: 'skipped'; readonly at: string; readonly by: string; readonly reason: string}
	| {readonly kind: 'marked'; readonly at: string; readonly by: string; readonly as: string; readonly reason: string}
	| {
			readonly kind: 'asked';
			readonly at: string;
			readonly by: string;
			readonly what: 'retry' | 'check' | 'look' | 'cancel' | 'undo';
	  }
	| {
			readonly kind: 'probed';
			readonly at: string;
			readonly longestGapMs: number;
			readonly gaps: readonly Gap[];
			readonly tries: number;
			readonly because: string;
	  };

/** What happened to one step on one host, oldest first. */
export type Story = ReadonlyArray<Try | Word>;

/** One pass over the events of a run. All texts are harmless. */
export function storiesOf(events: Iterable<RecordedEvent>): ReadonlyMap<StepKey, Story> {
	const stories = new Map<StepKey, Array<Try | Word>>();
	for (const {at, event} of events) {
		const told = 'step' in event && 'host' in event ? stories.get(stepKey(event.step ?? '', event.host)) : undefined;
		const ended = endOf(event, told);
		if (ended !== undefined && told !== undefined) {
			told[ended.index] = {...ended.begun, ...ended.end, endedAt: at};
			continue;
		}

		const word = wordOf(event, at);
		if (word !== undefined) {
			const key = stepKey(word.step, word.host);
			const story = stories.get(key) ?? [];
			story.push(word.told);
			stories.set(key, story);
		}
	}

	return stories;
}

function endOf(
	event: RunEvent,
	story: readonly (Try | Word)[] | undefined,
):
	| {readonly index: number; readonly begun: Try; readonly end: Pick<Try, 'outcome' | 'output' | 'tries' | 'because'>}
	| undefined {
	if (event.type !== 'PartEnded' || story === undefined) {
		return undefined;
	}

	const {part, attempt, outcome, output, tries, because} = event;
	const index = story.findLastIndex(each => each.kind === 'part' && each.part === part && each.attempt === attempt);
	const begun = story[index];
	return begun?.kind === 'part'
		? {index, begun, end: {outcome, output, tries, because: sanitiseLine(because)}}
		: undefined;
}

type Told = {readonly step: string; readonly host: HostName; readonly told: Try | Word};

function wordOf(event: RunEvent, at: string): Told | undefined {
	switch (event.type) {
		case 'PartIntended': {
			const {step, host, attempt, part, scriptHash, changes, on = []} = event;
			const begun = {kind: 'part', attempt, part, startedAt: at, endedAt: '', scriptHash, changes, on} as const;
			return {step, host, told: {...begun, outcome: undefined, output: undefined, tries: 0, because: ''}};
		}
		case 'ManualAnswered': {
			const {step, host, choice, note, by} = event;
			return {step, host, told: {kind: 'answered', at, by: sanitiseLine(by), choice, note: sanitiseLine(note)}};
		}
		case 'HandDone':
			return {step: event.step, host: event.host, told: {kind: 'hand', at, did: sanitiseLine(event.did)}};
		case 'HostSeen':
			return {
				step: event.step,
				host: event.host,
				told: {kind: 'seen', at, what: event.what, since: event.since},
			};
		case 'StepSkipped': {
			const {step, host, reason, by} = event;
			return {step, host, told: {kind: 'skipped', at, by: sanitiseLine(by), reason: sanitiseLine(reason)}};
		}
		case 'StepMarked': {
			const {step, host, as, reason, by} = event;
			return {step, host, told: {kind: 'marked', at, by: sanitiseLine(by), as, reason: sanitiseLine(reason)}};
		}
		case 'ProbeEnded': {
			const {step, host, longestGapMs, gaps, tries, because} = event;
			return {
				step,
				host,
				told: {kind: 'probed', at, longestGapMs, gaps, tries, because: sanitiseLine(because)},
			};
		}
		case 'RetryAsked':
			return asked(event, at, 'retry');
		case 'CheckAsked':
			return asked(event, at, 'check');
		case 'LookAsked':
			return asked(event, at, 'look');
		case 'CancelAsked':
			return asked(event, at, 'cancel');
		case 'UndoAsked':
			return asked(event, at, 'undo');
		default:
			return undefined;
	}
}

function asked(
	{step, host, by}: {readonly step: string; readonly host: HostName; readonly by: string},
	at: string,
	what: Extract<Word, {kind: 'asked'}>['what'],
): Told {
	return {step, host, told: {kind: 'asked', at, by: sanitiseLine(by), what}};
}
