import type {StepGraph} from '../graph/graph.js';
import {hostsInUse, positionOf} from '../run/nodes.js';
import type {HostState, RunState} from '../run/state.js';
import {sanitiseLine} from '../text/sanitise.js';
import {currentStep, isSettledStatus, type StepStatuses, stepStatuses} from './outline.js';
import type {Tone} from './status.js';
import {worstOf} from './status.js';
import {between, runningClock} from './time.js';
import {runTitle} from './titles.js';

/** What stands over everything while a run is open. */
export type Header = {
	readonly title: string;
	readonly mode: 'real' | 'rehearsal';
	/** The step that the run is at, from 1, and how many there are; 0 before the run and after its last step. */
	readonly step: number;
	readonly steps: number;
	/** How much of the steps is settled, 0 to 1. */
	readonly fraction: number;
	/** Since the run was started: `0:23:41`. */
	readonly elapsed: string;
	/** `preflight`, `paused: lunch`, `finished`; empty while it runs. */
	readonly status: string;
	readonly pace: RunState['pace'];
	readonly failed: number;
	readonly unknown: number;
	readonly hosts: readonly HostBadge[];
};

type HostBadge = {readonly name: string; readonly tone: Tone; readonly word: string};

/** `now`: the run's clock, in milliseconds since 1970. */
export function headerOf(
	graph: StepGraph,
	state: RunState,
	now: number,
	statuses: StepStatuses = stepStatuses(graph, state),
): Header {
	const worst = [...statuses.values()].map(worstOf);
	const current = state.status === 'running' ? currentStep(graph, state, statuses) : undefined;
	const settled = worst.filter(isSettledStatus).length;
	return {
		title: runTitle(graph, state),
		mode: state.started?.mode ?? 'real',
		step: current === undefined ? 0 : positionOf(graph, current) + 1,
		steps: graph.nodes.length,
		fraction: graph.nodes.length === 0 ? 0 : settled / graph.nodes.length,
		elapsed: elapsedWords(state, now),
		status: statusWords(state),
		pace: state.pace,
		failed: worst.filter(status => status === 'failed').length,
		unknown: worst.filter(status => status === 'unknown').length,
		hosts: hostsInUse(graph, state).map(name => hostBadge(name, state.hosts.get(name))),
	};
}

/** The one thing in the header that changes while nothing happens. */
export function elapsedWords({startedAt, finishedAt}: RunState, now: number): string {
	return runningClock(between(startedAt, finishedAt) ?? (startedAt === '' ? 0 : now - Date.parse(startedAt)));
}

function statusWords({status, pausedBecause}: RunState): string {
	switch (status) {
		case 'new':
		case 'running':
			return '';
		case 'preflight':
		case 'finished':
			return status;
		case 'paused':
			return pausedBecause === '' ? 'paused' : `paused: ${sanitiseLine(pausedBecause)}`;
	}
}

function hostBadge(name: string, host: HostState | undefined): HostBadge {
	switch (host?.kind) {
		case undefined:
		case 'unknown':
		case 'trusted':
			return {name: sanitiseLine(name), tone: 'quiet', word: 'being contacted'};
		case 'reached':
			return {name: sanitiseLine(name), tone: 'good', word: 'reached'};
		case 'firstContact':
			return {name: sanitiseLine(name), tone: 'doubt', word: 'first contact'};
		case 'refused':
			return host.refusal === 'unreachable'
				? {name: sanitiseLine(name), tone: 'doubt', word: 'not reached'}
				: {name: sanitiseLine(name), tone: 'bad', word: 'refused us'};
	}
}
