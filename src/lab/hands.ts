import type {Hands} from '../engine/ports.js';
import {UserError} from '../text/user-error.js';

/** One thing that hands do in a rehearsal. */
export type Deed =
	/** To the world: `power off esxi1`, `set …`, `look …`. The word HOST stands for the step's host. */
	| {readonly kind: 'world'; readonly words: readonly string[]}
	/** Types what a person would have read. */
	| {readonly kind: 'answer'; readonly value: string};

/** What the hands do at each step that `lab.yaml` names: in order, by host, or by `*` for every host. */
export type HandPlan = Readonly<Record<string, Readonly<Record<string, readonly Deed[]>>>>;

/** Hands that do what the plan says. `perform` changes the world and says what was done; it rejects with a sentence. */
export function handsFor(plan: HandPlan, perform: (words: readonly string[]) => Promise<string>): Hands {
	return {
		perform: async (step, host) => {
			const hosts = namesOf(step).flatMap(name => (Object.hasOwn(plan, name) ? [plan[name]] : []))[0];
			const deeds = hosts?.[host] ?? hosts?.['*'];
			if (deeds === undefined) {
				return undefined;
			}
			const said: string[] = [];
			let answer: string | undefined;
			for (const deed of deeds) {
				if (deed.kind === 'answer') {
					answer = deed.value;
					said.push(`answered ${deed.value}`);
				} else {
					said.push(await perform(withHost(deed.words, host)).catch(error => Promise.reject(asUserError(step, error))));
				}
			}
			return {did: said.join('; '), answer};
		},
	};
}

/** > | tests/pull[esxi1]   pull[esxi1] of an included runbook; then pull, as that runbook itself calls it */
function namesOf(step: string): readonly string[] {
	const ofAllRows = step.replace(/\[.*$/, '');
	return [step, ofAllRows, ofAllRows.slice(ofAllRows.lastIndexOf('/') + 1)];
}

export function withHost(words: readonly string[], host: string): readonly string[] {
	return words.map(word => (word === 'HOST' ? host : word));
}

function asUserError(step: string, error: unknown): UserError {
	const why = error instanceof Error ? error.message : String(error);
	return new UserError(
		'lab-hands',
		`The lab's hands cannot do step ${step}: ${why}`,
		'Correct `hands` in lab.yaml.',
		2,
	);
}
