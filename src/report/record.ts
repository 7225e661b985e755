import {NO_HOST, type StepGraph, type StepNode} from '../graph/graph.js';
import {type OutlineEntry, outlineOf} from '../graph/outline.js';
import type {HostFacts, RecordedEvent, RunEvent} from '../run/event.js';
import {missingEvidence} from '../run/evidence.js';
import {type Measurement, measurementsAt} from '../run/measure.js';
import {statusOf} from '../run/next.js';
import {hostsInUse, hostsOf, progressOf} from '../run/nodes.js';
import {placeIn} from '../run/phases.js';
import {stepKey} from '../run/progress.js';
import {BY_ITSELF} from '../run/stage.js';
import type {Progress, RunState, StepStatus} from '../run/state.js';
import {type TestVerdict, verdictsOf} from '../run/verdict.js';
import type {Runbook} from '../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {type Note, notesAfter} from '../view/notes.js';
import {evidenceCount} from '../view/summary.js';
import {took} from '../view/time.js';
import {phaseTitleOf, runTitle, titleOf} from '../view/titles.js';
import {type Story, storiesOf} from './attempts.js';
import {type Contacts, contactsOf} from './contacts.js';

/**
Everything of a run that a reader of its record may be told, ready to be set in any format: texts are harmless (a format
adds the escapes of its own syntax and nothing else), values are in their places, times are ISO 8601 in UTC and empty where
something has not happened, hosts are empty where a step has none.

What hosts printed is not here: it may be gigabytes. A format asks for it by the key of a `Try`.
*/
export type RunRecord = Told & {
	readonly title: string;
	/** As it was named on the command line, and the SHA-256 of what it was then. */
	readonly runbook: {readonly file: string; readonly sha256: string};
	readonly startedAt: string;
	/** Empty: it is not over. */
	readonly finishedAt: string;
	/** The time of the last event. */
	readonly toldUntil: string;
	readonly proof: Proof;
	/** Who had the run from when on, oldest first. */
	readonly people: readonly Stint[];
	/** Those that a step names, in the order of the front matter. */
	readonly hosts: readonly HostRecord[];
	/** Phases and steps in document order: the backbone of what is read from top to bottom. */
	readonly outline: readonly OutlineEntry[];
	/** In document order. */
	readonly steps: readonly StepRecord[];
	/** In document order. */
	readonly tests: readonly TestRecord[];
	/** What was not as the runbook has it, oldest first. */
	readonly deviations: readonly Deviation[];
	/** About the run as a whole, oldest first; those on steps stand there. */
	readonly notes: readonly NoteRecord[];
	/** Pieces of evidence that steps need and that there are: `37 of 41`. */
	readonly evidence: {readonly needed: number; readonly there: number};
	readonly contacts: Contacts;
};

/** The run's own facts, folded. */
export type Told = {
	readonly graph: StepGraph;
	readonly state: RunState;
	/** What the document says behind the last step of a phase. */
	readonly closing: Runbook['closing'];
};

/** What lets a reader hold the record against the run file. */
export type Proof = {
	/** SHA-256 in hex of the last event, over all before it: what `fieldbook verify` says too. */
	readonly head: string;
	readonly events: number;
	/** Up to which event a signature covers the file; 0: none does. */
	readonly signedUntil: number;
};

type Stint = {
	readonly by: string;
	readonly device: string;
	/** Fingerprint of the device's key; empty in runs of old. */
	readonly key: string;
	readonly since: string;
	/** Whom the run was taken from, who had not let go of it; empty: nobody. */
	readonly takenFrom: string;
};

export type HostRecord = {
	readonly name: string;
	readonly label: string;
	readonly address: string;
	readonly port: number;
	readonly user: string;
	/** What it said of itself last; undefined: it was never reached. */
	readonly facts: HostFacts | undefined;
	/** The keys that a person trusted in this run: when, whom, which. */
	readonly trusted: ReadonlyArray<{readonly at: string; readonly by: string; readonly fingerprint: string}>;
};

export type StepRecord = {
	readonly node: StepNode;
	readonly id: string;
	readonly title: string;
	/** The innermost heading above it that is a phase; empty for none. */
	readonly phase: {readonly id: string; readonly title: string};
	/** The test it belongs to; empty for none. */
	readonly test: string;
	/** In the order of the runbook. */
	readonly hosts: readonly StepOnHost[];
	/** Passed gates, in their order. */
	readonly gates: ReadonlyArray<{readonly at: string; readonly by: string; readonly typed: readonly string[]}>;
	readonly notes: readonly NoteRecord[];
};

/** `afterEnd`: somebody wrote it down when the run was over. */
export type NoteRecord = Note & {readonly afterEnd: boolean};

export type StepOnHost = {
	readonly host: string;
	readonly status: StepStatus;
	readonly progress: Progress;
	readonly startedAt: string;
	readonly finishedAt: string;
	readonly seconds: number | undefined;
	/** Why it is as it is; may be empty. */
	readonly because: string;
	/** Who settled it, if a person did; else empty. */
	readonly by: string;
	readonly story: Story;
	readonly evidence: readonly EvidenceRecord[];
	/** Kinds that it needs and has not. */
	readonly missing: readonly string[];
	readonly measurements: readonly Measurement[];
};

export type EvidenceRecord = {
	readonly at: string;
	/** It was taken when the run was over. */
	readonly afterEnd: boolean;
	readonly by: string;
	readonly kind: string;
	/** May have several lines. */
	readonly text: string;
	/** A file that the run file keeps, under its hash. */
	readonly file: {readonly sha256: string; readonly name: string; readonly bytes: number} | undefined;
};

export type TestRecord = {
	readonly id: string;
	readonly title: string;
	readonly verdict: TestVerdict['verdict'];
	readonly because: string;
	readonly measurements: readonly Measurement[];
	/** From the first thing that happened in it to the last, its `require` and `restore` included; empty: nothing did. */
	readonly startedAt: string;
	readonly finishedAt: string;
};

/** `what`: in words, with the step's title and host where it is about one. */
export type Deviation = {
	readonly at: string;
	readonly kind:
		| 'skipped'
		| 'marked'
		| 'not-as-described'
		| 'cannot'
		| 'given-up'
		| 'undone'
		| 'edited'
		| 'taken-over'
		| 'salvaged';
	readonly step: string;
	readonly host: string;
	readonly by: string;
	readonly reason: string;
};

/** Reads the record of a run: one pass over its events, in their order. */
export function recordOf({graph, state, closing}: Told, events: readonly RecordedEvent[], proof: Proof): RunRecord {
	const stories = storiesOf(events);
	const told = gather(events);
	const measured = verdictsOf(graph, state);
	const steps = graph.nodes.map(node => stepRecord(graph, state, node, stories, told));
	return {
		graph,
		state,
		closing,
		title: runTitle(graph, state),
		runbook: {
			file: sanitiseLine(state.started?.runbook.file ?? ''),
			sha256: sanitiseLine(state.started?.runbook.sha256 ?? ''),
		},
		startedAt: state.startedAt,
		finishedAt: state.finishedAt,
		toldUntil: events.at(-1)?.at ?? '',
		proof,
		people: told.people,
		hosts: hostRecords(graph, state, told),
		outline: outlineOf(graph),
		steps,
		tests: measured.map(test => testRecord(graph, state, test, steps)),
		deviations: told.deviations,
		notes: told.notes.filter(({step}) => step === null),
		evidence: evidenceCount(graph, state),
		contacts: contactsOf(events, Date.parse(state.finishedAt || (events.at(-1)?.at ?? ''))),
	};
}

type Gathered = {
	readonly people: readonly Stint[];
	readonly deviations: readonly Deviation[];
	readonly notes: readonly NoteRecord[];
	readonly facts: ReadonlyMap<string, HostFacts>;
	readonly trusted: ReadonlyMap<string, HostRecord['trusted']>;
	readonly gates: ReadonlyMap<string, StepRecord['gates']>;
	readonly evidence: ReadonlyMap<string, readonly EvidenceRecord[]>;
};

function gather(events: readonly RecordedEvent[]): Gathered {
	const people: Stint[] = [];
	const deviations: Deviation[] = [];
	const facts = new Map<string, HostFacts>();
	const trusted = new Map<string, Array<HostRecord['trusted'][number]>>();
	const gates = new Map<string, Array<StepRecord['gates'][number]>>();
	const evidence = new Map<string, EvidenceRecord[]>();
	const notes: NoteRecord[] = [];
	let afterEnd = false;
	for (const recorded of events) {
		const {at, event} = recorded;
		notes.push(...notesAfter([], recorded).map(note => ({...harmlessNote(note), afterEnd})));
		afterEnd ||= event.type === 'RunFinished';
		const stint = stintOf(event, at);
		if (stint !== undefined) {
			people.push(stint);
		}

		const deviation = deviationOf(event, at);
		if (deviation !== undefined) {
			deviations.push(deviation);
		}

		switch (event.type) {
			case 'HostContacted':
				facts.set(event.host, harmless(event.facts));
				break;
			case 'HostKeyTrusted':
				push(trusted, event.host, {at, by: sanitiseLine(event.by), fingerprint: sanitiseLine(event.fingerprint)});
				break;
			case 'GatePassed':
				push(gates, event.step, {at, by: sanitiseLine(event.by), typed: event.typed.map(sanitiseLine)});
				break;
			case 'EvidenceTaken':
				push(evidence, stepKey(event.step, event.host), {...evidenceRecord(event, at), afterEnd});
				break;
			default:
		}
	}

	return {people, deviations, notes, facts, trusted, gates, evidence};
}

function push<Thing>(lists: Map<string, Thing[]>, key: string, thing: Thing): void {
	const list = lists.get(key) ?? [];
	list.push(thing);
	lists.set(key, list);
}

function harmlessNote({step, text, by, at}: Note): Note {
	return {step, text: sanitiseLine(text), by: sanitiseLine(by), at};
}

function harmless(facts: HostFacts): HostFacts {
	const {name, version, keyType, fingerprint, way, note} = facts;
	return {
		...facts,
		name: sanitiseLine(name),
		version: sanitiseLine(version),
		keyType: sanitiseLine(keyType),
		fingerprint: sanitiseLine(fingerprint),
		...(way === undefined ? {} : {way: sanitiseLine(way)}),
		...(note === undefined ? {} : {note: sanitiseLine(note)}),
	};
}

function evidenceRecord(
	{by, kind, text, blob}: EventOf<'EvidenceTaken'>,
	at: string,
): Omit<EvidenceRecord, 'afterEnd'> {
	return {
		at,
		by: sanitiseLine(by),
		kind: sanitiseLine(kind),
		text: sanitiseText(text).join('\n'),
		file: blob === null ? undefined : {...blob, name: sanitiseLine(blob.name)},
	};
}

type EventOf<Type> = Extract<RunEvent, {type: Type}>;

function stintOf(event: RunEvent, at: string): Stint | undefined {
	if (event.type !== 'RunStarted' && event.type !== 'RunResumed') {
		return undefined;
	}

	const {by, device, deviceKey = ''} = event;
	const from = event.type === 'RunResumed' ? event.takenFrom : undefined;
	return {
		by: sanitiseLine(by),
		device: sanitiseLine(device),
		key: sanitiseLine(deviceKey),
		since: at,
		takenFrom: from === undefined ? '' : sanitiseLine(`${from.by} on ${from.device}`),
	};
}

/** What a runbook's own conditions leave out is no deviation from it. */
function deviationOf(event: RunEvent, at: string): Deviation | undefined {
	const nobody = {at, step: '', host: NO_HOST, by: '', reason: ''};
	switch (event.type) {
		case 'StepSkipped':
			return event.by === BY_ITSELF
				? undefined
				: {...about(event, at), kind: 'skipped', reason: sanitiseLine(event.reason)};
		case 'StepMarked':
			return event.by === BY_ITSELF
				? undefined
				: {...about(event, at), kind: 'marked', reason: sanitiseLine(event.reason)};
		case 'ManualAnswered':
			return event.choice === 'done'
				? undefined
				: {...about(event, at), kind: event.choice, reason: sanitiseLine(event.note)};
		case 'UndoAsked':
			return {...about(event, at), kind: 'undone', reason: ''};
		case 'PhaseGivenUp':
			return {
				...nobody,
				kind: 'given-up',
				step: sanitiseLine(event.phase),
				by: sanitiseLine(event.by),
				reason: sanitiseLine(event.reason),
			};
		case 'RunbookAdopted':
			return {...nobody, kind: 'edited', by: sanitiseLine(event.by), reason: editedWords(event)};
		case 'RunResumed':
			return event.takenFrom === undefined
				? undefined
				: {
						...nobody,
						kind: 'taken-over',
						by: sanitiseLine(event.by),
						reason: sanitiseLine(`from ${event.takenFrom.by} on ${event.takenFrom.device}`),
					};
		case 'RunSalvaged':
			return {
				...nobody,
				kind: 'salvaged',
				by: sanitiseLine(event.by),
				reason: event.lost === null ? 'nobody knows how much was lost' : `${event.lost} events were lost`,
			};
		default:
			return undefined;
	}
}

function about(
	{step, host, by}: {readonly step: string; readonly host: string; readonly by: string},
	at: string,
): Omit<Deviation, 'kind' | 'reason'> {
	return {at, step: sanitiseLine(step), host: sanitiseLine(host), by: sanitiseLine(by)};
}

function editedWords({changed, added, removed, moved}: EventOf<'RunbookAdopted'>): string {
	const counts = [
		[changed.length, 'changed'],
		[added.length, 'added'],
		[removed.length, 'removed'],
		[moved.length, 'moved'],
	] as const;
	return counts
		.filter(([count]) => count > 0)
		.map(([count, word]) => `${count} ${word}`)
		.join(', ');
}

function hostRecords(graph: StepGraph, state: RunState, told: Gathered): readonly HostRecord[] {
	const sheet = state.started?.hosts ?? {};
	const used = new Set(hostsInUse(graph, state));
	const declared = graph.hosts.map(({name}) => name).filter(name => used.delete(name));
	return [...declared, ...used].map(name => {
		const {address = '', port = 22, user = ''} = sheet[name] ?? {};
		return {
			name: sanitiseLine(name),
			label: sanitiseLine(graph.hosts.find(host => host.name === name)?.label ?? ''),
			address: sanitiseLine(address),
			port,
			user: sanitiseLine(user),
			facts: told.facts.get(name),
			trusted: told.trusted.get(name) ?? [],
		};
	});
}

function stepRecord(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	stories: ReadonlyMap<string, Story>,
	told: Gathered,
): StepRecord {
	const {id} = node.step;
	const {test} = placeIn(graph, node);
	return {
		node,
		id: sanitiseLine(id),
		title: titleOf(graph, state, node),
		phase: {
			id: sanitiseLine(node.step.phase ?? ''),
			title: node.step.phase === undefined ? '' : phaseTitleOf(graph, state, node.step.phase),
		},
		test: test === undefined ? '' : sanitiseLine(test.id),
		hosts: hostsOf(node, state).map(host => stepOnHost(graph, state, node, host, stories, told)),
		gates: told.gates.get(id) ?? [],
		notes: told.notes.filter(({step}) => step === id),
	};
}

function stepOnHost(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	host: string,
	stories: ReadonlyMap<string, Story>,
	told: Gathered,
): StepOnHost {
	const {step} = node;
	const progress = progressOf(state, node, host);
	const {startedAt, finishedAt, because, note, by} = progress;
	const key = stepKey(step.id, host);
	const ms = took(startedAt, finishedAt);
	return {
		host: sanitiseLine(host),
		status: statusOf(graph, state, step.id, host),
		progress,
		startedAt,
		finishedAt,
		seconds: ms === undefined ? undefined : ms / 1000,
		because: [because, note].map(sanitiseLine).filter(Boolean).join(': '),
		by: by === BY_ITSELF ? '' : sanitiseLine(by),
		story: stories.get(key) ?? [],
		evidence: told.evidence.get(key) ?? [],
		missing: missingEvidence(step, progress, state.noted.has(step.id)).map(sanitiseLine),
		measurements: measurementsAt(graph, state, node)
			.filter(measured => measured.host === host)
			.map(named),
	};
}

function named(measurement: Measurement): Measurement {
	return {...measurement, name: sanitiseLine(measurement.name)};
}

function testRecord(
	graph: StepGraph,
	state: RunState,
	{phase, verdict, because, measurements}: TestVerdict,
	steps: readonly StepRecord[],
): TestRecord {
	const own = steps.filter(({test}) => test === sanitiseLine(phase)).flatMap(({hosts}) => hosts);
	const begun = own.map(({startedAt}) => startedAt).filter(Boolean);
	const ended = own.map(({finishedAt}) => finishedAt).filter(Boolean);
	return {
		id: sanitiseLine(phase),
		title: phaseTitleOf(graph, state, phase),
		verdict,
		because: sanitiseLine(because),
		measurements: measurements.map(named),
		startedAt: begun.toSorted()[0] ?? '',
		finishedAt: ended.toSorted().at(-1) ?? '',
	};
}
