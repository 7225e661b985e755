import {printableJson} from '../text/printable-json.js';
import {showJson} from '../view/show.js';
import type {RunJson} from './json-shape.js';
import type {NoteRecord, RunRecord, StepOnHost, StepRecord} from './record.js';

/** The record as data for other programs; `json-shape.ts` says what each piece is. */
export function json(record: RunRecord): Iterable<string> {
	return [`${printableJson(runJson(record), '\t')}\n`];
}

function runJson(record: RunRecord): RunJson {
	const {graph, state, steps, tests, proof, people, hosts, deviations, notes, evidence} = record;
	const shown = showJson(graph, state, {run: state.started?.runId ?? ''});
	const told = steps.flatMap(step => step.hosts.map(on => stepJson(step, on)));
	return {
		...shown,
		takeOvers: [...shown.takeOvers],
		steps: shown.steps.map((step, index) => ({...step, ...(told[index] ?? nothingTold)})),
		measurements: [...shown.measurements],
		removed: [...shown.removed],
		tests: shown.tests.map((test, index) => ({
			...test,
			startedAt: tests[index]?.startedAt || null,
			finishedAt: tests[index]?.finishedAt || null,
		})),
		title: record.title,
		mode: state.started?.mode ?? 'real',
		proof: {...proof},
		people: people.map(person => ({...person, takenFrom: person.takenFrom || null})),
		hosts: hosts.map(({name, label, address, port, user, facts}) => ({
			name,
			label,
			address,
			port,
			user,
			callsItself: facts?.name ?? null,
			version: facts?.version ?? null,
			key: facts === undefined ? null : {type: facts.keyType, fingerprint: facts.fingerprint},
		})),
		deviations: deviations.map(each => ({...each, step: each.step || null, host: each.host || null})),
		notes: notes.map(noteJson),
		evidence: {...evidence},
	};
}

type StepJson = Omit<RunJson['steps'][number], keyof ReturnType<typeof showJson>['steps'][number]>;

const nothingTold: StepJson = {
	title: '',
	phase: null,
	test: null,
	because: '',
	by: null,
	captured: {},
	evidence: [],
	missingEvidence: [],
	notes: [],
	tries: [],
};

function stepJson({phase, title, test, notes}: StepRecord, on: StepOnHost): StepJson {
	return {
		title,
		phase: phase.id || null,
		test: test || null,
		because: on.because,
		by: on.by || null,
		captured: {...on.progress.captured},
		evidence: on.evidence.map(({file, ...taken}) => ({
			...taken,
			file: file === undefined ? null : {name: file.name, bytes: file.bytes, sha256: file.sha256},
		})),
		missingEvidence: [...on.missing],
		notes: notes.map(noteJson),
		tries: on.story.flatMap(told =>
			told.kind === 'part'
				? [
						{
							attempt: told.attempt,
							part: told.part,
							startedAt: told.startedAt,
							endedAt: told.endedAt || null,
							outcome: told.outcome ?? null,
							scriptSha256: told.scriptHash,
							output:
								told.output === undefined
									? null
									: {bytes: told.output.bytes, kept: told.output.kept, sha256: told.output.sha256},
						},
					]
				: [],
		),
	};
}

function noteJson({at, afterEnd, by, text}: NoteRecord): RunJson['notes'][number] {
	return {at, afterEnd, by, text};
}
