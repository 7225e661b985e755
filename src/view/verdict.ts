import type {StepGraph} from '../graph/graph.js';
import type {RunState} from '../run/state.js';
import {type TestVerdict, verdictsOf} from '../run/verdict.js';
import type {PhaseId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {isNamed, measurementInBrackets, measurementTone} from './measure.js';
import {counted} from './names.js';
import type {StatusLook, Tone} from './status.js';
import {phaseTitleOf} from './titles.js';

/** A test as people see it. */
export type TestRow = {
	readonly id: PhaseId;
	readonly title: string;
	readonly verdict: TestVerdict['verdict'];
	readonly look: StatusLook;
	/** Why it did not pass; empty if it did or is open. */
	readonly because: string;
	/** `failover 67 s (limit 120 s)`, in document order; what was not measured is left out. */
	readonly measurements: ReadonlyArray<{readonly words: string; readonly tone: Tone}>;
};

/** In document order. */
export function testRows(graph: StepGraph, state: RunState): readonly TestRow[] {
	return verdictsOf(graph, state).map(({phase, verdict, because, measurements}) => ({
		id: phase,
		title: phaseTitleOf(graph, state, phase),
		verdict,
		look: verdictLook(verdict),
		because: sanitiseLine(because),
		measurements: measurements
			.filter(({ms}) => ms !== undefined)
			.map(measurement => ({
				words: measurementInBrackets(measurement, isNamed(measurement, measurements)),
				tone: measurementTone(measurement),
			})),
	}));
}

/** `11 of 12 tests passed`; empty where there are none. */
export function testCountWords(rows: readonly TestRow[]): string {
	const passed = rows.filter(({verdict}) => verdict === 'passed').length;
	return rows.length === 0 ? '' : `${passed} of ${counted(rows.length, 'test')} passed`;
}

export function verdictLook(verdict: TestVerdict['verdict']): StatusLook {
	switch (verdict) {
		case 'passed':
			return {glyph: 'done', tone: 'good', word: 'passed'};
		case 'failed':
			return {glyph: 'failed', tone: 'bad', word: 'failed'};
		case 'blocked':
			return {glyph: 'failed', tone: 'bad', word: 'blocked'};
		case 'not-run':
			return {glyph: 'skipped', tone: 'doubt', word: 'not run'};
		case 'open':
			return {glyph: 'waiting', tone: 'quiet', word: 'open'};
	}
}
