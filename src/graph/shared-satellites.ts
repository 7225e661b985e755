import type {
	Action,
	Phase,
	PhaseId,
	Runbook,
	Satellite,
	Script,
	Step,
	StepId,
	Target,
	Verify,
} from '../runbook/runbook.js';

/** The step that asks, before a way is chosen, whether everything is there already. */
export function sharedCheckId(ways: PhaseId): StepId {
	return `${ways}.check`;
}

/** The step that looks, behind the last way, whether it is so now. */
export function sharedVerifyId(ways: PhaseId): StepId {
	return `${ways}.verify`;
}

/**
The steps of a runbook, and those that the satellites under a heading with `ways` amount to: one before the first step of
its ways for the `check`, one behind the last for the `verify`, which carries the `undo` of the whole.
*/
export function withSharedSatellites({phases, steps}: Runbook): readonly Step[] {
	const byId = new Map(phases.map(phase => [phase.id, phase]));
	const sharing = new Map(phases.filter(({satellites}) => satellites !== undefined).map(({id}) => [id, [] as Step[]]));
	if (sharing.size === 0) {
		return steps;
	}

	for (const step of steps) {
		for (const {id} of phasesAround(step.phase, byId)) {
			sharing.get(id)?.push(step);
		}
	}

	const before = new Map<StepId, readonly Step[]>();
	const behind = new Map<StepId, readonly Step[]>();
	for (const [id, inside] of sharing) {
		const phase = byId.get(id);
		const [first, last] = [inside[0], inside.at(-1)];
		if (phase !== undefined && first !== undefined && last !== undefined) {
			const on = phasesAround(id, byId).find(around => around.on !== undefined)?.on ?? first.on;
			before.set(first.id, [...(before.get(first.id) ?? []), ...checkStep(phase, on)]);
			behind.set(last.id, [...verifyStep(phase, on, inside), ...(behind.get(last.id) ?? [])]);
		}
	}

	return steps.flatMap(step => [
		...(before.get(step.id) ?? []),
		afterChecks(step, byId),
		...(behind.get(step.id) ?? []),
	]);
}

/** A step that is out of document order waits for the check of its ways all the same. */
function afterChecks(step: Step, phases: ReadonlyMap<PhaseId, Phase>): Step {
	const checks = phasesAround(step.phase, phases).filter(({satellites}) => satellites?.check !== undefined);
	return step.after === undefined || checks.length === 0
		? step
		: {...step, after: [...step.after, ...checks.map(({id}) => sharedCheckId(id))]};
}

/** A phase and what it stands in, innermost first. */
function phasesAround(innermost: PhaseId | undefined, phases: ReadonlyMap<PhaseId, Phase>): readonly Phase[] {
	const phase = innermost === undefined ? undefined : phases.get(innermost);
	return phase === undefined ? [] : [phase, ...phasesAround(phase.parent, phases)];
}

function checkStep({id, title, satellites}: Phase, on: Target | undefined): readonly Step[] {
	const check = satellites?.check;
	if (check === undefined) {
		return [];
	}

	const step = stepOf(sharedCheckId(id), `${title}: there already?`, id, check, on);
	return [{...step, action: scriptAction(check.script), check: {...check, on: undefined}, serves: 'check'}];
}

function verifyStep({id, title, satellites}: Phase, on: Target | undefined, inside: readonly Step[]): readonly Step[] {
	const {verify, undo} = satellites ?? {};
	const from = verify ?? undo;
	if (from === undefined) {
		return [];
	}

	const step = stepOf(sharedVerifyId(id), `${title}: is it so?`, id, from, on);
	// Without a `verify` there is nothing to look at, and the step is there for its undo
	const action = verify === undefined ? scriptAction(alwaysTrue(from.script)) : lookAction(verify);
	const isInOrder = inside.every(({after}) => after === undefined);
	const after = isInOrder ? undefined : inside.map(other => other.id);
	return [{...step, after, action, expect: verify?.expect ?? [], undo, serves: 'verify'}];
}

function stepOf(
	id: StepId,
	title: string,
	phase: PhaseId,
	{on: own, as, timeoutMs, at}: Satellite,
	on: Target | undefined,
): Omit<Step, 'action'> {
	return {
		...{id, title, phase, as, timeoutMs, at},
		on: own ?? on,
		idIsExplicit: false,
		context: [],
		gates: [],
		after: undefined,
		when: undefined,
		serial: false,
		readonly: true,
		check: undefined,
		verify: undefined,
		undo: undefined,
		expect: [],
		captures: undefined,
		unknown: 'rerun',
		measure: undefined,
		needs: [],
		optional: false,
	};
}

function lookAction({script, everyMs, forMs}: Verify): Action {
	return forMs > 0 ? {kind: 'wait', script, everyMs, forMs} : scriptAction(script);
}

function scriptAction(script: Script): Action {
	return {kind: 'script', script, accepts: {codes: [0]}, long: false, reboot: undefined, cut: undefined};
}

function alwaysTrue({shell, at}: Script): Script {
	return {shell, shebang: undefined, template: {source: 'exit 0', parts: ['exit 0']}, at};
}
