import type {StepGraph, StepNode} from '../graph/graph.js';
import {type Measurement, measurementsAt} from '../run/measure.js';
import type {RunState} from '../run/state.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';
import type {Tone} from './status.js';
import {spokenDuration} from './time.js';

/** `failover 67 s, limit 120 s: pass`. `named`: with its host, where several are measured. */
export function measurementWords(measurement: Measurement, named = false): string {
	const {maxMs, verdict} = measurement;
	const limit = maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`;
	return `${tookWords(measurement, named)}${limit}${verdict === 'open' || maxMs === undefined ? '' : `: ${verdict}`}`;
}

/** `failover 67 s (limit 120 s)`; `failover 130 s (limit 120 s, over)`. */
export function measurementInBrackets(measurement: Measurement, named = false): string {
	const {maxMs, verdict} = measurement;
	const over = verdict === 'over' ? ', over' : '';
	return `${tookWords(measurement, named)}${maxMs === undefined ? '' : ` (limit ${spokenDuration(maxMs)}${over})`}`;
}

export function measurementTone({verdict}: Measurement): Tone {
	switch (verdict) {
		case 'over':
			return 'bad';
		case 'pass':
			return 'good';
		case 'open':
			return 'quiet';
	}
}

/** Of several hosts the one over its limit, else one that is still measured, else the longest. */
export function tellingMeasurement(graph: StepGraph, state: RunState, node: StepNode): Measurement | undefined {
	const measured = measurementsAt(graph, state, node);
	return (
		measured.find(({verdict}) => verdict === 'over') ??
		measured.find(({verdict}) => verdict === 'open') ??
		measured.toSorted((one, other) => (other.ms ?? 0) - (one.ms ?? 0))[0]
	);
}

/** Whether the host has to be named: the same is measured on others. */
export function isNamed({name, host}: Measurement, all: readonly Measurement[]): boolean {
	return all.some(other => other.name === name && other.host !== host);
}

function tookWords({name, host, ms}: Measurement, named: boolean): string {
	const on = named ? ` ${hostWord(host)}` : '';
	return `${sanitiseLine(name)}${on} ${ms === undefined ? 'not measured' : spokenDuration(ms)}`;
}
