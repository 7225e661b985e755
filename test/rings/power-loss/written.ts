import type {OutputKey} from '../../../src/engine/ports.js';
import type {OutputFacts, RunEvent} from '../../../src/run/event.js';

/** What the traced writer writes, so that whoever opens a crash state can tell whether it is all there. */
export const meta = {title: 'Yokohama'};
export const blobs = [{name: 'runbook.md', bytes: Buffer.from('# Base\n')}];

export function key(seq: number): OutputKey {
	return {step: `step-${seq}`, host: 'web-1', attempt: 1, part: 'run'};
}

export function outputOf(seq: number, longest: number): Buffer {
	return Buffer.alloc(seq % 3 === 0 ? longest : 70, `output ${seq}\n`);
}

export function eventAt(seq: number, output: OutputFacts): RunEvent {
	return {
		...{type: 'PartEnded', ...key(seq), outcome: {kind: 'exited', code: 0}, output},
		...{tries: 1, because: `event ${seq}`, settles: 'done', captured: {}},
	};
}
