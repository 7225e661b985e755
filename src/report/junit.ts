import {hostWord} from '../view/names.js';
import {spokenDuration} from '../view/time.js';
import {type Markup, html as xml} from './markup.js';
import type {RunRecord, StepOnHost, StepRecord, TestRecord} from './record.js';
import {outputLines, type RecordSource} from './source.js';
import {outcomeWords} from './words.js';

/** So much of a failed step's output stands in its case. */
const MOST_LINES = 200;

type Case = {readonly step: StepRecord; readonly on: StepOnHost};

/**
JUnit's XML as continuous integration reads it: a suite for each test and one for each phase outside of tests, a case for
each step on each host, and in a test's suite a case for its verdict, because a measure over its limit is no step's failure.

Only what judges something is a case: steps that were done or not, with `skipped` where they were left out.
*/
export function* junit(record: RunRecord, source: RecordSource): Generator<string> {
	const suites = suitesOf(record);
	const cases = suites.flatMap(({cases: own}) => own);
	yield '<?xml version="1.0" encoding="UTF-8"?>\n';
	yield `${xml`<testsuites name="${record.title}" ${counts(
		cases,
		suites.map(({test}) => test),
	)} time="${secondsBetween(record.startedAt, record.finishedAt || record.toldUntil)}">
`}`;
	for (const {name, test, cases: own} of suites) {
		const [first] = own
			.map(({on}) => on.startedAt)
			.filter(Boolean)
			.toSorted();
		yield `${xml`<testsuite name="${name}" ${counts(own, [test])} time="${sum(own)}"${first === undefined ? undefined : xml` timestamp="${first.slice(0, 19)}"`}>
`}`;
		if (test !== undefined) {
			yield `${verdictCase(name, test)}`;
		}

		for (const each of own) {
			yield `${stepCase(name, each, source)}`;
		}

		yield '</testsuite>\n';
	}

	yield '</testsuites>\n';
}

type Suite = {readonly name: string; readonly test: TestRecord | undefined; readonly cases: readonly Case[]};

function suitesOf({title, steps, tests}: RunRecord): readonly Suite[] {
	const suites = new Map<string, {name: string; test: TestRecord | undefined; cases: Case[]}>();
	for (const step of steps) {
		const test = tests.find(({id}) => id === step.test);
		const name = test?.title ?? (step.phase.title || title);
		const key = test === undefined ? `phase ${step.phase.id}` : `test ${test.id}`;
		const suite = suites.get(key) ?? {name, test, cases: []};
		suite.cases.push(...step.hosts.map(on => ({step, on})));
		suites.set(key, suite);
	}

	return [...suites.values()];
}

type Result = 'passed' | 'failure' | 'error' | 'skipped';

/** `error`: nobody knows, or it was left open. */
function resultOf({status}: StepOnHost): Result {
	switch (status) {
		case 'done':
		case 'satisfied':
			return 'passed';
		case 'failed':
			return 'failure';
		case 'skipped':
		case 'undone':
			return 'skipped';
		case 'unknown':
		case 'waiting':
		case 'ready':
		case 'asking':
		case 'running':
			return 'error';
	}
}

function verdictResult({verdict}: TestRecord): Result {
	switch (verdict) {
		case 'passed':
			return 'passed';
		case 'failed':
		case 'blocked':
			return 'failure';
		case 'not-run':
			return 'skipped';
		case 'open':
			return 'error';
	}
}

function counts(cases: readonly Case[], tests: ReadonlyArray<TestRecord | undefined>): Markup {
	const results = [
		...cases.map(({on}) => resultOf(on)),
		...tests.flatMap(test => (test === undefined ? [] : [verdictResult(test)])),
	];
	const count = (result: Result) => results.filter(each => each === result).length;
	return xml`tests="${results.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function verdictCase(suite: string, test: TestRecord): Markup {
	const measured = test.measurements.flatMap(({name, ms, maxMs}) =>
		ms === undefined
			? []
			: [`${name} ${spokenDuration(ms)}${maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`}`],
	);
	return xml`<testcase classname="${suite}" name="the test as a whole" time="${secondsBetween(test.startedAt, test.finishedAt)}">${detail(verdictResult(test), test.because || test.verdict)}${measured.length === 0 ? undefined : xml`<system-out>${measured.join('\n')}</system-out>`}</testcase>
`;
}

function stepCase(suite: string, {step, on}: Case, source: RecordSource): Markup {
	const name = [step.title, hostWord(on.host)].filter(Boolean).join(', ');
	const result = resultOf(on);
	return xml`<testcase classname="${suite}" name="${name}" time="${on.seconds ?? 0}">${detail(result, on.because || outcomeWords(on.progress.outcome) || on.status)}${result === 'failure' ? output(step, on, source) : undefined}</testcase>
`;
}

function detail(result: Result, message: string): Markup | undefined {
	switch (result) {
		case 'passed':
			return undefined;
		case 'failure':
			return xml`<failure message="${message}"/>`;
		case 'error':
			return xml`<error message="${message}"/>`;
		case 'skipped':
			return xml`<skipped message="${message}"/>`;
	}
}

/** The end of what the host printed in the try that failed. */
function output({node}: StepRecord, on: StepOnHost, source: RecordSource): Markup | undefined {
	const last = on.story.findLast(told => told.kind === 'part');
	if (last?.kind !== 'part') {
		return undefined;
	}

	const lines: string[] = [];
	for (const line of outputLines(source, {step: node.step.id, host: on.host, attempt: last.attempt, part: last.part})) {
		lines.push(line);
		if (lines.length > MOST_LINES) {
			lines.shift();
		}
	}

	return lines.length === 0 ? undefined : xml`<system-out>${lines.join('\n')}</system-out>`;
}

function sum(cases: readonly Case[]): number {
	return Math.round(cases.reduce((seconds, {on}) => seconds + (on.seconds ?? 0), 0) * 1000) / 1000;
}

function secondsBetween(from: string, to: string): number {
	return from === '' || to === '' ? 0 : (Date.parse(to) - Date.parse(from)) / 1000;
}
