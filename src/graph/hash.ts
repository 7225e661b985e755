import {createHash} from 'node:crypto';
import type {
	Action,
	Condition,
	ExpectedLine,
	Gate,
	HostName,
	Phase,
	Satellite,
	Script,
	Step,
	Target,
} from '../runbook/runbook.js';
import {canonicalJson, type Json} from '../text/canonical-json.js';

/**
`h1:` and the SHA-256 in hex over what decides what a step does: its action, hosts, gates, policies and satellites.

Titles, prose, ids, places in the file and the order of steps do not matter: a step that only moved or was reworded is the
same step. The instruction of a manual step is what it does, so it matters. Whoever adds a field here changes the hash of
every step, so it takes another prefix.
*/
export function hashStep(step: Step, hosts: readonly HostName[], phases: readonly Phase[]): string {
	const matters = canonicalJson(whatMatters(step, hosts, phases));
	return `h1:${createHash('sha256').update(matters).digest('hex')}`;
}

/** The same unhashed, so that two texts of a step can be told apart field by field. */
export function whatMatters(step: Step, hosts: readonly HostName[], phases: readonly Phase[]) {
	return {
		action: actionMatters(step.action),
		hosts,
		on: targetMatters(step.on),
		as: step.as,
		gates: step.gates.map(gateMatters),
		when: [step.when, ...phases.map(phase => phase.when)].flatMap(conditionMatters),
		serial: step.serial || phases.some(({serial}) => serial),
		timeoutMs: step.timeoutMs,
		readonly: step.readonly,
		check: satelliteMatters(step.check),
		verify: step.verify && {
			satellite: satelliteMatters(step.verify),
			everyMs: step.verify.everyMs,
			forMs: step.verify.forMs,
		},
		undo: satelliteMatters(step.undo),
		expect: step.expect.map(lineMatters),
		captures: step.captures,
		unknown: step.unknown,
		measure: step.measure,
		needs: step.needs,
		optional: step.optional,
	} satisfies Json;
}

/** What it says; in a repeated phase also what it is said of. */
function conditionMatters(condition: Condition | undefined): readonly Json[] {
	if (condition === undefined) {
		return [];
	}

	const rows = Object.entries(condition.rows ?? {}).map(([variable, {values = {}}]): [string, Json] => [
		variable,
		values,
	]);
	return [condition.source, ...(rows.length === 0 ? [] : [Object.fromEntries(rows)])];
}

function actionMatters(action: Action): Json {
	switch (action.kind) {
		case 'script':
			return {
				kind: action.kind,
				script: scriptMatters(action.script),
				accepts: action.accepts,
				long: action.long,
				reboot: action.reboot,
				cut: action.cut,
			};
		case 'wait':
			return {
				kind: action.kind,
				script: scriptMatters(action.script),
				everyMs: action.everyMs,
				forMs: action.forMs,
			};
		case 'probe':
			return {kind: action.kind, script: scriptMatters(action.script), everyMs: action.everyMs};
		case 'file':
			return {
				kind: action.kind,
				path: action.path.source,
				content: action.content.kind === 'inline' ? {text: action.content.text.source} : {url: action.content.url},
				mode: action.mode,
				owner: action.owner,
				lines: action.lines,
				set: action.set.map(({name, value}) => ({name, value: value.source})),
			};
		case 'manual':
			return {
				kind: action.kind,
				instruction: action.instruction.source,
				expects: action.expects,
				once: action.once,
			};
	}
}

function scriptMatters({shell, shebang, template}: Script): Json {
	return {shell, shebang, source: template.source};
}

function satelliteMatters(satellite: Satellite | undefined): Json | undefined {
	return (
		satellite && {
			script: scriptMatters(satellite.script),
			on: targetMatters(satellite.on),
			as: satellite.as,
			timeoutMs: satellite.timeoutMs,
			expect: satellite.expect.map(lineMatters),
		}
	);
}

function targetMatters(target: Target | undefined): Json | undefined {
	return target && {...target};
}

function lineMatters({text, match}: ExpectedLine): Json {
	return {text, match};
}

function gateMatters({kind, type}: Gate): Json {
	return {kind, type: type?.source};
}
