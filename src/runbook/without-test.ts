import type {Phase} from './runbook.js';

/** A \`require\` or \`restore\` that is for no test. \`isAbove\`: a restore whose test stands behind it. */
export type WithoutTest = {readonly phase: Phase & {readonly kind: 'require' | 'restore'}; readonly isAbove: boolean};

/** A test is one that they stand in; else one beside them or below that, for a \`restore\` one before it. */
export function phasesWithoutTest(phases: readonly Phase[]): readonly WithoutTest[] {
	const byId = new Map(phases.map(phase => [phase.id, phase]));
	const around = (phase: Phase): readonly Phase[] => {
		const parent = byId.get(phase.parent ?? '');
		return parent === undefined ? [] : [parent, ...around(parent)];
	};
	return phases.flatMap((phase, index): readonly WithoutTest[] => {
		if (!isForTests(phase) || around(phase).some(({kind}) => kind === 'test')) {
			return [];
		}

		const isBeside = (other: Phase) =>
			other.kind === 'test' && (phase.parent === undefined || around(other).some(({id}) => id === phase.parent));
		const tests = phases.filter(isBeside);
		const isServed = phase.kind === 'require' ? tests.length > 0 : phases.slice(0, index).some(isBeside);
		return isServed ? [] : [{phase, isAbove: tests.length > 0}];
	});
}

function isForTests(phase: Phase): phase is WithoutTest['phase'] {
	return phase.kind === 'require' || phase.kind === 'restore';
}
