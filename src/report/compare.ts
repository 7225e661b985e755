import type {StepStatus} from '../run/state.js';
import type {TestVerdict} from '../run/verdict.js';
import {countDifferences, differenceOf, mostLinesCompared} from '../view/difference.js';
import type {RunRecord, StepOnHost, StepRecord} from './record.js';
import {outputLines, type RecordSource} from './source.js';

/** Two runs of one runbook held against each other: only what differs. Of each pair the first run's comes first. */
export type Comparison = {
	/** The runbook was another one when the second run was begun. */
	readonly isEdited: boolean;
	readonly tests: ReadonlyArray<{
		readonly title: string;
		readonly verdicts: readonly [TestVerdict['verdict'] | undefined, TestVerdict['verdict'] | undefined];
	}>;
	/** Seconds, in document order, all that were measured in one of them; undefined: not measured there. */
	readonly measures: ReadonlyArray<{
		readonly name: string;
		readonly host: string;
		readonly seconds: readonly [number | undefined, number | undefined];
		readonly limit: number | undefined;
	}>;
	/** Undefined: there is no such step, or not on this host. */
	readonly outcomes: ReadonlyArray<
		StepPlace & {readonly states: readonly [StepStatus | undefined, StepStatus | undefined]}
	>;
	/** Steps that took much longer in one of them. */
	readonly durations: ReadonlyArray<StepPlace & {readonly seconds: readonly [number, number]}>;
	/** Steps whose own script printed something else. */
	readonly outputs: ReadonlyArray<StepPlace & {readonly lines: number}>;
};

export type StepPlace = {readonly step: string; readonly title: string; readonly host: string};

/** A step that takes less than this longer is no news, nor one that takes less than half as long again. */
const NEWS_SECONDS = 5;
const NEWS_RATIO = 1.5;

type Sourced = {readonly record: RunRecord; readonly source: RecordSource};

type Pair = {readonly place: StepPlace; readonly one: Place | undefined; readonly other: Place | undefined};
type Place = {readonly step: StepRecord; readonly on: StepOnHost};

export function compareRuns(one: Sourced, other: Sourced): Comparison {
	const pairs = pairsOf(one.record, other.record);
	return {
		isEdited: one.record.state.executes?.graphHash !== other.record.state.executes?.graphHash,
		tests: testsOf(one.record, other.record).filter(({verdicts: [first, second]}) => first !== second),
		measures: pairs.flatMap(measuresOf),
		outcomes: pairs
			.map(({place, one: left, other: right}) => ({
				...place,
				states: [left?.on.status, right?.on.status] as const,
			}))
			.filter(({states: [first, second]}) => first !== second),
		durations: pairs.flatMap(durationOf),
		outputs: pairs.flatMap(pair => outputOf(pair, one.source, other.source)),
	};
}

/** Those of the first run in document order, then what only the second has. */
function pairsOf(one: RunRecord, other: RunRecord): readonly Pair[] {
	const [left, right] = [placesOf(one), placesOf(other)];
	return [...new Set([...left.keys(), ...right.keys()])].flatMap(key => {
		const [first, second] = [left.get(key), right.get(key)];
		const any = first ?? second;
		return any === undefined
			? []
			: [{place: {step: any.step.id, title: any.step.title, host: any.on.host}, one: first, other: second}];
	});
}

function placesOf({steps}: RunRecord): ReadonlyMap<string, Place> {
	return new Map(steps.flatMap(step => step.hosts.map(on => [`${step.id}@${on.host}`, {step, on}])));
}

function testsOf(one: RunRecord, other: RunRecord): Comparison['tests'] {
	return [...new Set([...one.tests, ...other.tests].map(({id}) => id))].map(id => {
		const [first, second] = [one.tests.find(test => test.id === id), other.tests.find(test => test.id === id)];
		return {title: first?.title ?? second?.title ?? id, verdicts: [first?.verdict, second?.verdict]};
	});
}

function measuresOf({place: {host}, one, other}: Pair): Comparison['measures'] {
	const measured = [...(one?.on.measurements ?? []), ...(other?.on.measurements ?? [])];
	return [...new Set(measured.map(({name}) => name))].flatMap(name => {
		const [first, second] = [one, other].map(place => place?.on.measurements.find(each => each.name === name));
		const seconds = [secondsOf(first?.ms), secondsOf(second?.ms)] as const;
		return seconds.every(each => each === undefined)
			? []
			: [{name, host, seconds, limit: secondsOf(second?.maxMs ?? first?.maxMs)}];
	});
}

function secondsOf(ms: number | undefined): number | undefined {
	return ms === undefined ? undefined : ms / 1000;
}

function durationOf({place, one, other}: Pair): Comparison['durations'] {
	const [first, second] = [one?.on.seconds, other?.on.seconds];
	if (first === undefined || second === undefined) {
		return [];
	}

	const [less, more] = [Math.min(first, second), Math.max(first, second)];
	return more - less >= NEWS_SECONDS && more >= less * NEWS_RATIO ? [{...place, seconds: [first, second]}] : [];
}

function outputOf({place, one, other}: Pair, left: RecordSource, right: RecordSource): Comparison['outputs'] {
	const [first, second] = [ownRun(one), ownRun(other)];
	if (first === undefined || second === undefined || first.sha256 === second.sha256) {
		return [];
	}

	const rows = differenceOf(firstLines(left, first.key), firstLines(right, second.key));
	const lines = countDifferences(rows);
	return lines === 0 ? [] : [{...place, lines}];
}

/** The last try of the step itself. */
function ownRun(place: Place | undefined) {
	const told = place?.on.story.findLast(each => each.kind === 'part' && each.part === 'run');
	return place === undefined || told?.kind !== 'part' || told.output === undefined
		? undefined
		: {
				sha256: told.output.sha256,
				key: {step: place.step.node.step.id, host: place.on.host, attempt: told.attempt, part: told.part},
			};
}

function firstLines(source: RecordSource, key: Parameters<RecordSource['output']>[0]): readonly string[] {
	const lines: string[] = [];
	for (const line of outputLines(source, key)) {
		lines.push(line);
		if (lines.length >= mostLinesCompared) {
			break;
		}
	}

	return lines;
}
