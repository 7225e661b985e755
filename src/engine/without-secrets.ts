import type {HostFacts, RunEvent} from '../run/event.js';
import type {JobSeen, Outcome} from '../run/outcome.js';
import {redactText} from '../run/redaction.js';

/**
The event with secrets taken out of every text that a host or a person wrote. Names, ids and hashes stay: they are the
runbook's, the laptop's or ours. A test goes through every field of every event and holds this list to that.
*/
export function withoutSecrets(event: RunEvent, secrets: readonly string[]): RunEvent {
	if (secrets.length === 0) {
		return event;
	}

	const clean = (text: string) => redactText(text, secrets);
	switch (event.type) {
		case 'PartEnded':
			return {
				...event,
				outcome: cleanOutcome(event.outcome, clean),
				because: clean(event.because),
				captured: cleanValues(event.captured, clean),
			};
		case 'JobLookedUp':
			return {...event, seen: cleanSeen(event.seen, clean)};
		case 'ManualAnswered':
			return {...event, note: clean(event.note), captured: cleanValues(event.captured, clean)};
		case 'HandDone':
			return {...event, did: clean(event.did), captured: cleanValues(event.captured, clean)};
		case 'RoleFound':
			return {...event, because: clean(event.because)};
		case 'RunPaused':
		case 'StepSkipped':
		case 'StepMarked':
		case 'PhaseGivenUp':
			return {...event, reason: clean(event.reason)};
		case 'ProbeEnded':
			return {...event, because: clean(event.because)};
		case 'HostRefused':
			return {...event, reason: clean(event.reason), next: clean(event.next)};
		case 'EvidenceTaken':
			return {
				...event,
				text: clean(event.text),
				blob: event.blob === null ? null : {...event.blob, name: clean(event.blob.name)},
			};
		case 'NoteTaken':
			return {...event, text: clean(event.text)};
		case 'HostContacted':
			return {...event, facts: cleanFacts(event.facts, clean)};
		case 'HostKeyMet':
			return event.about === undefined ? event : {...event, about: clean(event.about)};
		case 'GatePassed':
			return {...event, typed: event.typed.map(clean)};
		case 'RunStarted':
		case 'RunResumed':
		case 'RunbookAdopted':
		case 'RunSalvaged':
		case 'RunbookKept':
		case 'RunBegun':
		case 'RunFinished':
		case 'PaceSet':
		case 'HostKeyTrusted':
		case 'HostContactAsked':
		case 'StepConfirmed':
		case 'HostChosen':
		case 'PartIntended':
		case 'HostSeen':
		case 'HandAsked':
		case 'RetryAsked':
		case 'CheckAsked':
		case 'LookAsked':
		case 'CancelAsked':
		case 'WayChosen':
		case 'ProbeBegan':
		case 'UndoAsked':
			return event;
	}
}

function cleanOutcome(outcome: Outcome, clean: (text: string) => string): Outcome {
	switch (outcome.kind) {
		case 'notStarted':
			return {...outcome, reason: clean(outcome.reason)};
		case 'lost':
			return {...outcome, evidence: clean(outcome.evidence)};
		case 'signaled':
			return {...outcome, signal: clean(outcome.signal)};
		case 'exited':
		case 'timedOut':
			return outcome;
	}
}

function cleanSeen(seen: JobSeen, clean: (text: string) => string): JobSeen {
	switch (seen.kind) {
		case 'notStarted':
			return {...seen, reason: clean(seen.reason)};
		case 'unanswered':
			return {...seen, evidence: clean(seen.evidence)};
		case 'finished':
		case 'running':
		case 'gone':
		case 'superseded':
			return seen;
	}
}

function cleanFacts(facts: HostFacts, clean: (text: string) => string): HostFacts {
	const {name, version, way, note} = facts;
	return {
		...facts,
		name: clean(name),
		version: clean(version),
		...(way === undefined ? {} : {way: clean(way)}),
		...(note === undefined ? {} : {note: clean(note)}),
	};
}

function cleanValues(
	values: Readonly<Record<string, string>>,
	clean: (text: string) => string,
): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, clean(value)]));
}
