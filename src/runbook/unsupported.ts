import type {Place, Problem} from '../document/problem.js';
import {problemList} from './problem-list.js';
import type {Action, Phase, Runbook, Step} from './runbook.js';

/**
What the engine of this version cannot execute, each by its name, in document order.

All of these are errors: leaving a part of a procedure out in silence would be worse than not beginning it.
*/
export function unsupported(runbook: Runbook): readonly Problem[] {
	const problems = problemList(runbook.file);
	const refuse = (at: Place) => (name: string) => {
		const help = 'Take it out of this runbook, or do that part by hand.';
		problems.error('not-yet', at, `${name} is not executed by this version yet.`, help);
	};
	for (const phase of runbook.phases) {
		for (const name of unsupportedInPhase(phase)) {
			refuse(phase.at)(name);
		}
	}

	for (const step of runbook.steps) {
		for (const name of unsupportedInStep(step, runbook.plain)) {
			refuse(step.at)(name);
		}

		for (const satellite of [step.check, step.verify, step.undo]) {
			if (satellite?.script.shell === 'powershell') {
				refuse(satellite.at)('A PowerShell script');
			}
		}
	}

	return problems.all();
}

function unsupportedInPhase({kind}: Phase): readonly string[] {
	return kind === 'plain' || kind === 'way' ? [] : [`\`${kind}\``];
}

function unsupportedInStep({action, measure}: Step, isPlain: boolean): readonly string[] {
	return [...unsupportedAction(action, isPlain), ...(measure === undefined ? [] : ['`measure`'])];
}

/** The scripts of a plain document may be done by hand, so none of them is refused for its shell. */
function unsupportedAction(action: Action, isPlain: boolean): readonly string[] {
	switch (action.kind) {
		case 'script':
			return [
				...(action.long ? ['`long`'] : []),
				...(action.reboot === undefined ? [] : ['`reboot`']),
				...(action.cut === undefined ? [] : ['`cut`']),
				...(action.script.shell === 'powershell' && !isPlain ? ['A PowerShell script'] : []),
			];
		case 'wait':
			return action.script.shell === 'powershell' ? ['A PowerShell script'] : [];
		case 'probe':
			return ['`probe`'];
		case 'file':
		case 'manual':
			return [];
	}
}
