import type {StepStatus} from '../run/state.js';

/** How something is meant; only the theme of a screen knows colours. */
export type Tone = 'good' | 'bad' | 'doubt' | 'quiet' | 'busy' | 'plain';

/** A state in one sign. No meaning is carried by colour alone. */
export type Glyph = 'done' | 'satisfied' | 'running' | 'unknown' | 'failed' | 'skipped' | 'waiting' | 'asking';

/** Each one cell wide, in every terminal that was measured. */
export const glyphs: Readonly<Record<'unicode' | 'ascii', Readonly<Record<Glyph, string>>>> = {
	unicode: {
		done: '✔',
		satisfied: '=',
		running: '▶',
		unknown: '?',
		failed: '✘',
		skipped: '-',
		waiting: '·',
		asking: '!',
	},
	ascii: {
		done: '+',
		satisfied: '=',
		running: '>',
		unknown: '?',
		failed: 'x',
		skipped: '-',
		waiting: '.',
		asking: '!',
	},
};

/** A state as people see it: its sign, its tone and its word. */
export type StatusLook = {readonly glyph: Glyph; readonly tone: Tone; readonly word: string};

export function lookOf(status: StepStatus): StatusLook {
	switch (status) {
		case 'waiting':
			return {glyph: 'waiting', tone: 'quiet', word: 'waiting'};
		case 'ready':
			return {glyph: 'waiting', tone: 'plain', word: 'ready'};
		case 'asking':
			return {glyph: 'asking', tone: 'doubt', word: 'asks you'};
		case 'running':
			return {glyph: 'running', tone: 'busy', word: 'running'};
		case 'satisfied':
			return {glyph: 'satisfied', tone: 'good', word: 'satisfied'};
		case 'done':
			return {glyph: 'done', tone: 'good', word: 'done'};
		case 'failed':
			return {glyph: 'failed', tone: 'bad', word: 'failed'};
		case 'unknown':
			return {glyph: 'unknown', tone: 'doubt', word: 'unknown'};
		case 'skipped':
			return {glyph: 'skipped', tone: 'quiet', word: 'skipped'};
		case 'undone':
			return {glyph: 'skipped', tone: 'quiet', word: 'undone'};
	}
}

/** What stands for several: the one that a person must look at first. Never called with none, which would be `waiting`. */
export function worstOf(statuses: Iterable<StepStatus>): StepStatus {
	const present = new Set(statuses);
	return worstFirst.find(status => present.has(status)) ?? 'waiting';
}

export const worstFirst: readonly StepStatus[] = [
	'failed',
	'unknown',
	'asking',
	'running',
	'ready',
	'waiting',
	'undone',
	'done',
	'satisfied',
	'skipped',
];
