import type {SatelliteDraft} from './assemble.js';
import type {Compiling} from './compiling.js';
import {readExpectedLines} from './expected-lines.js';
import {type EachVariable, readTarget} from './names.js';
import type {Satellite, Verify} from './runbook.js';
import {readScript} from './script.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** `on` is undefined where it runs where its step does. */
export function readSatellite(
	{piece, expects}: SatelliteDraft,
	variables: readonly EachVariable[],
	compiling: Compiling,
): Satellite {
	const {annotation, fence, shell} = piece;
	const {values} = annotation;
	return {
		script: readScript(fence, shell, compiling),
		on:
			values.on === undefined
				? undefined
				: readTarget(values.on, annotation.valuePlace('on'), compiling.names, variables, compiling.problems),
		as: values.as,
		timeoutMs: values.timeout ?? DEFAULT_TIMEOUT_MS,
		expect: readExpectedLines(expects, compiling),
		at: fence.at,
	};
}

/** Tried once, unless `every` or `for` says otherwise. */
export function readVerify(draft: SatelliteDraft, variables: readonly EachVariable[], compiling: Compiling): Verify {
	const {values} = draft.piece.annotation;
	const isRepeated = values.every !== undefined || values.for !== undefined;
	return {
		...readSatellite(draft, variables, compiling),
		everyMs: isRepeated ? (values.every ?? DEFAULT_EVERY_MS) : 0,
		forMs: isRepeated ? (values.for ?? DEFAULT_TIMEOUT_MS) : 0,
	};
}

const DEFAULT_EVERY_MS = 2000;
