import {createHash} from 'node:crypto';
import type {StepGraph} from '../graph/graph.js';

/** Of what a run executes: SHA-256 in hex over the ids and hashes of its steps, in order. */
export function graphHash({nodes}: StepGraph): string {
	const hash = createHash('sha256');
	for (const {step, hash: content} of nodes) {
		hash.update(`${step.id} ${content}\n`);
	}

	return hash.digest('hex');
}
