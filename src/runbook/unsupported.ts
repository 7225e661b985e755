import type {Place, Problem} from '../document/problem.js';
import {problemList} from './problem-list.js';
import type {Action, HostDeclaration, Phase, Runbook, Satellite, Step, Target} from './runbook.js';

/**
What the engine of this version cannot execute, each by its name, in document order.

All of these are errors: leaving a part of a procedure out in silence would be worse than not beginning it.
*/
export function unsupported(runbook: Runbook): readonly Problem[] {
	const problems = problemList(runbook.file);
	const refuse =
		(at: Place) =>
		(name: string, help = 'Take it out of this runbook, or do that part by hand.') => {
			problems.error('not-yet', at, `${name} is not executed by this version yet.`, help);
		};
	for (const phase of runbook.phases) {
		for (const name of unsupportedInPhase(phase)) {
			refuse(phase.at)(name);
		}
	}

	for (const step of runbook.steps) {
		for (const name of unsupportedInStep(step, runbook)) {
			refuse(step.at)(name);
		}

		for (const satellite of [step.check, step.verify]) {
			for (const {name, help} of satellite === undefined ? [] : unsupportedInSatellite(satellite)) {
				refuse(satellite?.at ?? step.at)(name, help);
			}
		}

		if (step.undo !== undefined) {
			refuse(step.undo.at)('`undo`', 'Write `show` in its place: then it is there to read, and done by hand.');
		}
	}

	return problems.all();
}

function unsupportedInPhase({kind}: Phase): readonly string[] {
	return kind === 'plain' || kind === 'way' ? [] : [`\`${kind}\``];
}

function unsupportedInStep(step: Step, {plain, hosts}: Runbook): readonly string[] {
	return [
		...unsupportedTarget(step.on),
		...unsupportedAction(step.action, plain),
		...unsupportedOfKind(step, hosts),
		...(step.measure === undefined ? [] : ['`measure`']),
		...(step.needs.length === 0 ? [] : ['`needs`']),
	];
}

/** What only some kinds of steps can do so far. Scripts on Windows are refused for their shell. */
function unsupportedOfKind({action, on, timeoutMs}: Step, hosts: readonly HostDeclaration[]): readonly string[] {
	switch (action.kind) {
		case 'file':
		case 'manual':
			return [
				...(isOnWindows(on, hosts) ? ['A step on a Windows host'] : []),
				...(timeoutMs === undefined ? [] : [`\`timeout\` of a ${action.kind} step`]),
			];
		case 'script':
		case 'wait':
		case 'probe':
			return [];
	}
}

function isOnWindows(on: Target | undefined, hosts: readonly HostDeclaration[]): boolean {
	return hosts.some(
		({name, group, platform}) =>
			platform === 'windows' &&
			((on?.kind === 'host' && on.host === name) || (on?.kind === 'group' && on.group === group)),
	);
}

function unsupportedInSatellite({on, script}: Satellite): ReadonlyArray<{
	readonly name: string;
	readonly help?: string;
}> {
	const group = {
		name: 'A satellite on a group',
		help: 'Without `on=` it runs where its step does; else name one host, or `local`.',
	};
	return [
		...(on?.kind === 'group' && on.each === undefined ? [group] : []),
		...unsupportedTarget(on).map(name => ({name})),
		...(script.shell === 'powershell' ? [{name: 'A PowerShell script'}] : []),
	];
}

function unsupportedTarget(target: Target | undefined): readonly string[] {
	switch (target?.kind) {
		case 'role':
			return [`A role (\`on=${target.role}\`)`];
		case 'runsOn':
			return [`\`on=${target.role}.runs_on\``];
		case 'host':
		case 'group':
		case 'local':
		case 'asked':
		case undefined:
			return [];
	}
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
			return [...(action.lines ? ['`lines`'] : []), ...(action.owner === undefined ? [] : ['`owner`'])];
		case 'manual':
			return [];
	}
}
