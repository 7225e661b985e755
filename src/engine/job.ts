import type {OutputKey} from './ports.js';
import {sha256} from './prepared.js';

/**
The name of an attempt's part on its host: `RUN.STEP.HOST.ATTEMPT.PART`, the same for ever. A step's id that no file
could be named after is told by its hash.
*/
export function jobName(runId: string, {step, host, attempt, part}: OutputKey): string {
	const stepName = /^[\w-][\w.-]*$/.test(step) ? step : `h-${sha256(step).slice(0, 16)}`;
	return [runId, stepName, host, attempt, part].join('.');
}

/** A later try of the same part is another process on the host. */
export function jobOfTry(job: string, number: number): string {
	return number === 1 ? job : `${job}.${number}`;
}
