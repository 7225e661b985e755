import type {Place, Problem} from '../document/problem.js';
import {problemList} from './problem-list.js';
import type {Action, Runbook} from './runbook.js';

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
	for (const step of runbook.steps) {
		for (const name of unsupportedAction(step.action)) {
			refuse(step.at)(name);
		}
	}

	return problems.all();
}

function unsupportedAction(action: Action): readonly string[] {
	switch (action.kind) {
		case 'script':
			return [
				...(action.long ? ['`long`'] : []),
				...(action.reboot === undefined ? [] : ['`reboot`']),
				...(action.cut === undefined ? [] : ['`cut`']),
			];
		case 'wait':
		case 'probe':
		case 'file':
		case 'manual':
			return [];
	}
}
