import type {StepGraph} from '../graph/graph.js';
import type {RecordedEvent, RunEvent} from '../run/event.js';
import {measurementsAt} from '../run/measure.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import {placeIn, testsOf} from '../run/phases.js';
import {noProgress, stepKey} from '../run/progress.js';
import type {RunState} from '../run/state.js';
import {type TestVerdict, verdictOf} from '../run/verdict.js';
import type {HostName, Phase, StepId} from '../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {widthOf} from '../text/width.js';
import {skewWords} from './host-words.js';
import {seenWords} from './look-up.js';
import {measurementWords} from './measure.js';
import {counted, hostWord} from './names.js';
import {filler} from './prose.js';
import {type Glyph, glyphs, lookOf} from './status.js';
import {summaryOf, summaryWords} from './summary.js';
import {clockTime, spokenDuration} from './time.js';
import {phaseTitleOf, runTitle, titleById} from './titles.js';
import {verdictLook} from './verdict.js';

export type PlainOptions = {
	readonly ascii?: boolean;
	/** IANA name; undefined: the laptop's. */
	readonly timeZone?: string | undefined;
};

/** `undefined`: nothing that somebody who reads along must know. */
type Said = {readonly glyph: Glyph; readonly where: string; readonly words: string} | undefined;

/** Where the words begin, if step and host are not longer: `power-off-esxi1 esxi1`. */
const whereColumns = 26;

/**
An event as one line, the same words as on the screen, and one more for each test whose verdict it brings; `undefined` for those that the next line tells anyway.

> | 14:31:07 ✔ power-off-esxi1 esxi1       done: saw it go, silent since 14:31:05

`before` and `after` are the run's state before and after the event.
*/
export function plainLine(
	graph: StepGraph,
	{at, event}: RecordedEvent,
	before: RunState,
	after: RunState,
	{ascii = false, timeZone}: PlainOptions = {},
): string | undefined {
	const said = say(graph, event, before, after, timeZone);
	const all = [said && inTest(graph, event, said), ...verdictsSaid(graph, event, before, after)];
	const lines = all.flatMap(one => {
		if (one === undefined) {
			return [];
		}

		const where = one.where === '' ? '' : `${padToLeast(one.where, whereColumns)}  `;
		const glyph = glyphs[ascii ? 'ascii' : 'unicode'][one.glyph];
		return [`${clockTime(at, timeZone)} ${glyph} ${where}${one.words}`.trimEnd()];
	});
	const more = event.type === 'RunResumed' || event.type === 'RunSalvaged' ? doubts(before, after, ascii) : [];
	return lines.length === 0 ? undefined : [...lines, ...more].join('\n');
}

/** What happens in a test is told under its name. */
function inTest(graph: StepGraph, event: RunEvent, said: NonNullable<Said>): NonNullable<Said> {
	const test = 'step' in event && event.step !== null ? testOf(graph, event.step) : undefined;
	if (test === undefined || !('step' in event) || event.step === null) {
		return said;
	}

	const step = sanitiseLine(event.step);
	const where = `${sanitiseLine(test.id)} ${'host' in event ? hostWord(event.host === 'none' ? '' : event.host) : ''}`;
	switch (event.type) {
		case 'GatePassed':
			return {...said, where: where.trimEnd()};
		case 'PartIntended':
		case 'ProbeBegan':
			return {...said, where: where.trimEnd(), words: `${step}: ${said.words}`};
		default:
			return {...said, where: where.trimEnd(), words: `${step} ${said.words}`};
	}
}

function testOf(graph: StepGraph, step: StepId): Phase | undefined {
	const node = nodeOf(graph, step);
	return node && placeIn(graph, node).test;
}

/** The tests of which somebody can say now what came of them. */
function verdictsSaid(
	graph: StepGraph,
	event: RunEvent,
	before: RunState,
	after: RunState,
): ReadonlyArray<NonNullable<Said>> {
	return testsAbout(graph, event).flatMap(test => {
		const {verdict, because} = verdictOf(graph, after, test);
		if (verdict === 'open' || verdict === verdictOf(graph, before, test).verdict) {
			return [];
		}

		const words = because === '' ? '' : `: ${sanitiseLine(because)}`;
		return [
			{glyph: verdictLook(verdict).glyph, where: sanitiseLine(test.id), words: `${verdictSentence(verdict)}${words}`},
		];
	});
}

function verdictSentence(verdict: TestVerdict['verdict']): string {
	switch (verdict) {
		case 'passed':
		case 'failed':
			return `the test has ${verdict}`;
		case 'blocked':
		case 'open':
			return `the test is ${verdict}`;
		case 'not-run':
			return 'the test is not run';
	}
}

function testsAbout(graph: StepGraph, event: RunEvent): readonly Phase[] {
	if (event.type === 'PhaseGivenUp') {
		return testsOf(graph);
	}

	const test = 'step' in event && event.step !== null ? testOf(graph, event.step) : undefined;
	return test === undefined ? [] : [test];
}

/** What was under way when fieldbook stopped, and whose end nobody saw. */
function doubts(before: RunState, after: RunState, ascii: boolean): readonly string[] {
	const glyph = glyphs[ascii ? 'ascii' : 'unicode'].unknown;
	return [...after.progress]
		.filter(([key, {state}]) => state === 'unknown' && before.progress.get(key)?.state !== 'unknown')
		.map(
			([key, {because}]) =>
				`         ${glyph} ${sanitiseLine(key.replace('@', ' '))}: unknown, ${sanitiseLine(because)}`,
		);
}

/** `resumed by ben on desk`, `taken over by ben on desk from ana on laptop, who had not let go of it`. */
function resumedWords({by, device, takenFrom}: Extract<RunEvent, {type: 'RunResumed'}>): string {
	const who = `by ${sanitiseLine(by)} on ${sanitiseLine(device)}`;
	return takenFrom === undefined
		? `resumed ${who}`
		: `taken over ${who} from ${sanitiseLine(takenFrom.by)} on ${sanitiseLine(takenFrom.device)}, who had not let go of it`;
}

function say(graph: StepGraph, event: RunEvent, before: RunState, after: RunState, timeZone: string | undefined): Said {
	switch (event.type) {
		case 'RunStarted':
			return aboutRun(
				`${runTitle(graph, after)}: ${event.mode === 'real' ? 'run' : 'rehearsal'} of ${counted(graph.nodes.length, 'step')} started by ${sanitiseLine(event.by)} on ${sanitiseLine(event.device)}`,
			);
		case 'RunResumed':
			return aboutRun(`${resumedWords(event)}: ${summaryWords(summaryOf(graph, after, timeZone))}`);
		case 'RunbookAdopted':
			return aboutRun(`the edited runbook adopted by ${sanitiseLine(event.by)}: ${adoptedWords(event)}`);
		case 'RunbookKept':
			return aboutRun(`the edited runbook declined by ${sanitiseLine(event.by)}: the run keeps its own`);
		case 'RunBegun':
			return aboutRun(
				before.status === 'paused' ? `goes on, by ${sanitiseLine(event.by)}` : `begun by ${sanitiseLine(event.by)}`,
			);
		case 'RunPaused':
			return aboutRun(
				`paused by ${sanitiseLine(event.by)}${event.reason === '' ? '' : `: ${sanitiseLine(event.reason)}`}`,
			);
		case 'RunSalvaged':
			return aboutRun(
				`salvaged from a damaged file by ${sanitiseLine(event.by)}: ${event.lost === null ? 'what happened' : counted(event.lost, 'event')} behind event ${before.lastSeq} ${event.lost === null ? 'is' : 'are'} lost`,
			);
		case 'RunFinished':
			return {glyph: 'done', where: '', words: `finished. ${summaryWords(summaryOf(graph, after, timeZone))}`};
		case 'PaceSet':
			return aboutRun(`pace ${event.pace}, by ${sanitiseLine(event.by)}`);
		case 'HostContacted':
		case 'HostKeyMet':
		case 'HostKeyTrusted':
		case 'HostRefused':
		case 'HostContactAsked':
			return sayHost(event);
		case 'GatePassed':
			return sayGate(graph, event, before);
		case 'HostChosen':
			return {
				glyph: 'waiting',
				where: sanitiseLine(event.step),
				words:
					event.host === 'none'
						? `done by hand, says ${sanitiseLine(event.by)}`
						: `runs on ${hostWord(event.host)}, says ${sanitiseLine(event.by)}`,
			};
		case 'PartIntended':
			return sayIntended(graph, event, before);
		case 'PartEnded':
			return sayEnded(graph, event, after);
		case 'HostSeen':
			return byHand(
				event,
				`: ${event.what === 'down' ? 'saw it go, silent' : 'saw it come, heard'} since ${clockTime(event.since, timeZone)}${measuredWords(graph, event, after)}`,
			);
		case 'ManualAnswered':
			return sayAnswered(event, measuredWords(graph, event, after));
		case 'HandDone':
			return event.watched
				? {glyph: 'running', where: whereOf(event), words: `the lab: ${sanitiseLine(event.did)}; waits to see it`}
				: byHand(
						event,
						`, by the lab: ${sanitiseLine(event.did)}${capturedWords(event.captured)}${measuredWords(graph, event, after)}`,
					);
		case 'StepSkipped':
			return {
				glyph: 'skipped',
				where: whereOf(event),
				words: `skipped: ${sanitiseLine(event.reason)}${byWords(event.by)}`,
			};
		case 'StepMarked':
			return {
				glyph: lookOf(event.as).glyph,
				where: whereOf(event),
				words: `${event.as === 'satisfied' ? event.as : `marked ${event.as}`}: ${sanitiseLine(event.reason)}${byWords(event.by)}`,
			};
		case 'RetryAsked':
			return {glyph: 'waiting', where: whereOf(event), words: `to run again${byWords(event.by)}`};
		case 'CheckAsked':
			return {glyph: 'waiting', where: whereOf(event), words: `to be checked${byWords(event.by)}`};
		case 'LookAsked':
			return {glyph: 'waiting', where: whereOf(event), words: `to be looked up on its host${byWords(event.by)}`};
		case 'JobLookedUp':
			return sayLookedUp(event, after);
		case 'PhaseGivenUp':
			return {
				glyph: 'skipped',
				where: sanitiseLine(event.phase),
				words: `given up: ${sanitiseLine(event.reason)}${byWords(event.by)}`,
			};
		case 'WayChosen':
			return {
				glyph: 'waiting',
				where: sanitiseLine(event.phase),
				words: `the way is: ${phaseTitleOf(graph, after, event.way)}${byWords(event.by)}`,
			};
		case 'ProbeBegan':
			return {glyph: 'running', where: whereOf(event), words: titleById(graph, after, event.step, [event.host])};
		case 'ProbeEnded':
			return sayProbed(graph, event, after);
		case 'CancelAsked':
			return {glyph: 'asking', where: whereOf(event), words: `to be cancelled${byWords(event.by)}`};
		case 'RoleFound':
			return {
				glyph: 'waiting',
				where: sanitiseLine(event.step),
				words: `runs on ${hostWord(event.host)}: ${sanitiseLine(event.because)}`,
			};
		case 'UndoAsked':
			return {glyph: 'waiting', where: whereOf(event), words: `to be undone${byWords(event.by)}`};
		case 'EvidenceTaken':
			return sayEvidence(event);
		case 'NoteTaken':
			return {
				glyph: 'waiting',
				where: event.step === null ? '' : sanitiseLine(event.step),
				words: `note: ${sanitiseLine(event.text)}${byWords(event.by)}`,
			};
		case 'StepConfirmed':
		case 'HandAsked':
			return undefined;
	}
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, {readonly type: Type}>;
type HostEvent = EventOf<'HostContacted' | 'HostKeyMet' | 'HostKeyTrusted' | 'HostRefused' | 'HostContactAsked'>;

/** `1 changed, 1 added`. */
function adoptedWords(event: EventOf<'RunbookAdopted'>): string {
	const counts = (['changed', 'added', 'removed', 'moved', 'reworded'] as const)
		.filter(what => event[what].length > 0)
		.map(what => `${event[what].length} ${what}`);
	return counts.length === 0 ? 'no step is another one' : counts.join(', ');
}

function aboutRun(words: string): Said {
	return {glyph: 'waiting', where: '', words};
}

function sayHost(event: HostEvent): Said {
	const where = hostWord(event.host);
	switch (event.type) {
		case 'HostContacted': {
			const {name, version, clockSkewMs, way, note} = event.facts;
			const skew = skewWords(clockSkewMs);
			const words = [
				sanitiseLine(version) || 'reached',
				`calls itself ${sanitiseLine(name.trim())}`,
				skew === '' ? '' : `clock ${skew}`,
				way === undefined ? '' : `through ${sanitiseLine(way)}`,
				note === undefined ? '' : sanitiseLine(note),
			];
			return {glyph: 'done', where, words: words.filter(Boolean).join(', ')};
		}

		case 'HostKeyMet':
			return {
				glyph: 'asking',
				where,
				words: [
					`first contact: key ${sanitiseLine(event.keyType)} ${sanitiseLine(event.fingerprint)}`,
					...(event.about === undefined ? [] : [sanitiseLine(event.about)]),
				].join('. '),
			};
		case 'HostKeyTrusted':
			return {glyph: 'waiting', where, words: `its key is trusted${byWords(event.by)}`};
		case 'HostRefused':
			return {
				glyph: 'failed',
				where,
				words: [event.reason, event.next].filter(Boolean).map(sanitiseLine).join(' Next: '),
			};
		case 'HostContactAsked':
			return undefined;
	}
}

function sayGate(graph: StepGraph, {step, by}: EventOf<'GatePassed'>, before: RunState): Said {
	const node = nodeOf(graph, step);
	const gate = node?.step.gates[before.gatesPassed.get(step) ?? 0];
	const text = filler(graph, before, node === undefined ? [] : hostsOf(node, before))(gate?.text ?? '');
	const kind = gate?.kind === 'danger' ? 'CAUTION' : 'WARNING';
	return {
		glyph: 'asking',
		where: sanitiseLine(step),
		words: `${titleById(graph, before, step)} ${kind}, passed by ${sanitiseLine(by)}: ${sanitiseLine(text.replaceAll('\n', ' '))}`,
	};
}

/** The step's own script only: checks and verifies are told by how they end. */
function sayIntended(graph: StepGraph, {step, host, part, attempt}: EventOf<'PartIntended'>, state: RunState): Said {
	const again = attempt > 1 ? ` (attempt ${attempt})` : '';
	if (part === 'undo') {
		return {glyph: 'running', where: whereOf({step, host}), words: `undoing: ${titleById(graph, state, step, [host])}`};
	}

	return part === 'run'
		? {glyph: 'running', where: whereOf({step, host}), words: `${titleById(graph, state, step, [host])}${again}`}
		: undefined;
}

function sayEnded(graph: StepGraph, event: EventOf<'PartEnded'>, after: RunState): Said {
	const {settles, because, part} = event;
	const node = nodeOf(graph, event.step);
	// Where a verify follows, nothing is said of the end of the script that captured it
	const captured = node === undefined ? event.captured : progressOf(after, node, event.host).captured;
	const where = whereOf(event);
	const took = tookWords(graph, event, after);
	switch (settles) {
		case null:
			return part === 'undo'
				? {glyph: 'failed', where, words: `not undone, and as it was before: ${sanitiseLine(because)}`}
				: undefined;
		case 'undone':
			return {glyph: lookOf('undone').glyph, where, words: 'undone'};
		case 'satisfied':
			return {glyph: 'satisfied', where, words: `satisfied: ${sanitiseLine(because)}`};
		case 'done': {
			const how = part === 'check' ? `: ${sanitiseLine(because)}` : took;
			return {
				glyph: 'done',
				where,
				words: `done${how}${capturedWords(captured)}${measuredWords(graph, event, after)}`,
			};
		}

		case 'failed':
			return {glyph: 'failed', where, words: `failed${took}: ${sanitiseLine(because)}`};
		case 'unknown':
			return {glyph: 'unknown', where, words: `unknown: ${sanitiseLine(because)}`};
	}
}

/** ` after 65 s, 13 tries`. */
function tookWords(graph: StepGraph, {step, host, tries}: EventOf<'PartEnded'>, after: RunState): string {
	const node = nodeOf(graph, step);
	const progress = node && progressOf(after, node, host);
	const took =
		progress === undefined || progress.startedAt === '' || progress.finishedAt === ''
			? ''
			: ` after ${spokenDuration(Date.parse(progress.finishedAt) - Date.parse(progress.startedAt))}`;
	return `${took}${tries > 1 ? `, ${tries} tries` : ''}`;
}

function sayProbed(graph: StepGraph, event: EventOf<'ProbeEnded'>, after: RunState): Said {
	const {settles, because, longestGapMs, tries} = event;
	const gap = longestGapMs === 0 ? 'no gap' : `longest gap ${spokenDuration(longestGapMs)}`;
	const saw = `${gap} in ${counted(tries, 'try', 'tries')}`;
	const where = whereOf(event);
	switch (settles) {
		case null:
			return {glyph: 'waiting', where, words: `stopped: ${sanitiseLine(because)}; ${saw}`};
		case 'done':
			return {glyph: 'done', where, words: `done: ${saw}${measuredWords(graph, event, after)}`};
		case 'failed':
			return {glyph: 'failed', where, words: `failed: ${sanitiseLine(because)}`};
	}
}

function sayAnswered(event: EventOf<'ManualAnswered'>, measured: string): Said {
	const {choice, note, captured, by} = event;
	const said = `, by ${sanitiseLine(by)}${note === '' ? '' : `: ${sanitiseLine(note)}`}`;
	return choice === 'done'
		? byHand(event, `${said}${capturedWords(captured)}${measured}`)
		: {glyph: 'failed', where: whereOf(event), words: `${choice.replaceAll('-', ' ')}${said}`};
}

function sayEvidence({kind, text, blob, ...event}: EventOf<'EvidenceTaken'>): Said {
	const file = blob === null ? '' : `${sanitiseLine(blob.name)} (${blob.bytes} bytes)`;
	return {
		glyph: 'waiting',
		where: whereOf(event),
		words: `${sanitiseLine(kind)}: ${[sanitiseText(text).join(' / '), file].filter(Boolean).join(', ')}${byWords(event.by)}`,
	};
}

/** Of look-ups without an answer only the first is told. */
function sayLookedUp(event: EventOf<'JobLookedUp'>, after: RunState): Said | undefined {
	const {state, looked, sent} = after.progress.get(stepKey(event.step, event.host)) ?? noProgress;
	const glyph = lookOf(state === 'open' ? 'waiting' : state).glyph;
	return looked !== undefined && looked.silentTimes > 1
		? undefined
		: {glyph, where: whereOf(event), words: `looked up: ${seenWords(event.host, event.seen, sent?.trace)}`};
}

/** What a person or the lab did is not done before its verify says so. */
function byHand(event: EventOf<'HostSeen' | 'ManualAnswered' | 'HandDone'>, words: string): Said {
	return event.follows === 'verify'
		? {glyph: 'running', where: whereOf(event), words: `to be verified${words}`}
		: {glyph: 'done', where: whereOf(event), words: `done${words}`};
}

/** `; failover 67 s, limit 120 s: pass`. */
function measuredWords(graph: StepGraph, {step, host}: {step: StepId; host: HostName}, after: RunState): string {
	const node = nodeOf(graph, step);
	const measured = node === undefined ? [] : measurementsAt(graph, after, node);
	return measured
		.filter(measurement => measurement.host === host && measurement.verdict !== 'open')
		.map(measurement => `; ${measurementWords(measurement)}`)
		.join('');
}

function capturedWords(captured: Readonly<Record<string, string>>): string {
	return Object.entries(captured)
		.map(([name, value]) => `; ${sanitiseLine(name)} = ${sanitiseLine(value)}`)
		.join('');
}

/** Nothing where fieldbook came to it by itself. */
function byWords(by: string): string {
	return by === 'fieldbook' ? '' : `, by ${sanitiseLine(by)}`;
}

function whereOf({step, host}: {readonly step: StepId; readonly host: HostName}): string {
	return `${sanitiseLine(step)} ${hostWord(host)}`.trimEnd();
}

function padToLeast(text: string, columns: number): string {
	return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}
