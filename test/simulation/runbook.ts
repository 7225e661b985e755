import type {StepGraph} from '../../src/graph/graph.js';
import type {Action} from '../../src/runbook/runbook.js';
import {
	byHand,
	danger,
	file,
	graphOf,
	phase,
	runs,
	type StepGiven,
	satellite,
	scriptOf,
	step,
	template,
	twoHosts,
	verify,
	warning,
} from '../run/given.js';
import {phases} from '../run/witness.js';
import type {Chance} from './chance.js';

/** A runbook of one to five steps, with everything that a step can be. */
export function randomRunbook(chance: Chance): StepGraph {
	const hasPhases = chance.maybe(0.3);
	const steps = Array.from({length: chance.between(1, 5)}, (_, index) => randomStep(chance, `s${index}`));
	if (!hasPhases) {
		return graphOf(
			steps.map((given, index) => step(`s${index}`, {...given, phase: 'all'})),
			[phase('all')],
		);
	}

	const places = steps.map(() => chance.below(phases.length)).toSorted((one, other) => one - other);
	return graphOf(
		steps.map((given, index) => step(`s${index}`, {...given, phase: phases[places[index] ?? 0]?.id})),
		phases,
	);
}

function randomStep(chance: Chance, id: string): StepGiven {
	const action = randomAction(chance, id);
	const isFile = action.kind === 'file';
	const where = chance.pick<Pick<StepGiven, 'hosts' | 'on'>>([
		{hosts: ['web-1']},
		{hosts: ['web-1']},
		{hosts: twoHosts},
		{hosts: ['active'], on: {kind: 'role', role: 'active'}},
		...(isFile || action.kind === 'manual' ? [] : [{hosts: ['local']}]),
	]);
	const common: StepGiven = {
		...where,
		action,
		...(chance.maybe(0.1) ? {after: []} : {}),
	};
	switch (action.kind) {
		case 'probe':
		case 'wait':
			return common;
		case 'script':
		case 'file':
		case 'manual': {
			const isReadonly = action.kind === 'script' && action.script.template.source.startsWith('read');
			// Watchers see that a machine goes or comes, which is nothing that a script of ours could look at
			const isWatched = action.kind === 'manual' && action.expects !== undefined;
			const check = !isReadonly && !isWatched && !isFile && chance.maybe(0.4) ? satellite(`look ${id}`) : undefined;
			const unknowns = check === undefined ? ['ask', 'ask', 'rerun'] : ['ask', 'check', 'check', 'rerun'];
			return {
				...common,
				readonly: isReadonly,
				check,
				verify:
					!isReadonly && !isWatched && chance.maybe(0.25)
						? verify(`look ${id}`, chance.maybe(0.5) ? {everyMs: 2000, forMs: 10_000} : {})
						: undefined,
				undo: !isReadonly && !isFile && chance.maybe(0.4) ? satellite(`undo ${id}`) : undefined,
				serial: chance.maybe(0.3),
				gates: chance.maybe(0.2) ? chance.pick([[warning], [danger], [danger, warning]]) : [],
				needs: chance.maybe(0.1) ? ['note'] : [],
				...(action.kind === 'manual'
					? chance.maybe(0.2)
						? {timeoutMs: 120_000}
						: {}
					: {timeoutMs: isFile ? undefined : chance.pick([600_000, 600_000, 20_000])}),
				unknown: isReadonly || action.kind === 'manual' ? 'ask' : (chance.pick(unknowns) as 'ask'),
			};
		}
	}
}

function randomAction(chance: Chance, id: string): Action {
	const kind = chance.below(20);
	if (kind < 6) {
		return runs(`change ${id}`, {long: chance.maybe(0.2)});
	}

	if (kind < 8) {
		return runs(`change ${id}`, {long: true});
	}

	if (kind < 9) {
		return chance.maybe(0.5)
			? runs(`reboot ${id}`, {reboot: {forMs: 120_000}})
			: runs(`cut ${id}`, {cut: {forMs: 60_000}});
	}

	if (kind < 11) {
		return runs(`read ${id}`);
	}

	if (kind < 14) {
		return {...file, path: template(`/etc/${id}`), lines: chance.maybe(0.3)};
	}

	if (kind < 17) {
		const expects = chance.pick([undefined, undefined, 'down' as const, 'up' as const]);
		return {...byHand, expects, once: expects === undefined && chance.maybe(0.3)};
	}

	return kind < 19
		? {kind: 'wait', script: scriptOf('ready'), everyMs: 3000, forMs: 30_000}
		: {kind: 'probe', script: scriptOf('ready'), everyMs: 4000};
}
