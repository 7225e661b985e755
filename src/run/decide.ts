import type {StepGraph} from '../graph/graph.js';
import type {HostName, PhaseId} from '../runbook/runbook.js';
import {chooseWay, giveUp} from './decide-phase.js';
import {decideStep} from './decide-step.js';
import {accept, type Decision, refuse} from './decision.js';
import {hostsInUse, nodeOf} from './nodes.js';
import type {Request} from './request.js';
import type {RunState} from './state.js';
import {busyIn, undoOfPhase} from './undo.js';

type RequestOf<Kind> = Extract<Request, {readonly kind: Kind}>;

/** What a request means for the run as it is: the facts that follow, or why not. Whether it still makes sense is decided here alone. */
export function decide(graph: StepGraph, state: RunState, request: Request, by: string): Decision {
	switch (request.kind) {
		case 'begin':
			return begin(graph, state, by);
		case 'trust':
			return trust(state, request, by);
		case 'contact-again':
			return contactAgain(state, request.host, by);
		case 'set-pace':
			return isOver(state) ? refuse(OVER) : accept({type: 'PaceSet', pace: request.pace, by});
		case 'note':
			return note(graph, state, request, by);
		case 'pause':
			return pause(state, request.reason, by);
		case 'give-up':
			return state.status === 'running' ? giveUp(graph, state, request, by) : refuse(notRunning(state));
		case 'choose-way':
			return state.status === 'running' ? chooseWay(graph, state, request, by) : refuse(notRunning(state));
		case 'undo-phase':
			return undoPhase(graph, state, request.phase, by);
		case 'undo':
		case 'evidence':
		case 'cancel':
		case 'go':
		case 'pass-gate':
		case 'choose-host':
		case 'answer':
		case 'hand':
		case 'retry':
		case 'check':
		case 'look':
		case 'skip':
		case 'mark': {
			const node = nodeOf(graph, request.step);
			if (node === undefined) {
				return refuse(`There is no step ${request.step}.`);
			}

			const isAnyTime =
				(request.kind === 'cancel' && !isOver(state)) || (request.kind === 'evidence' && state.status !== 'new');
			return state.status === 'running' || isAnyTime
				? decideStep({graph, state, node, by}, request)
				: refuse(notRunning(state));
		}
	}
}

function begin(graph: StepGraph, state: RunState, by: string): Decision {
	if (state.status !== 'preflight' && state.status !== 'paused') {
		return refuse(state.status === 'running' ? 'The run has begun already.' : notRunning(state));
	}

	const hosts = hostsInUse(graph, state).map(name => ({name, host: state.hosts.get(name)}));
	for (const {name, host} of hosts) {
		switch (host?.kind) {
			case undefined:
			case 'reached':
				break;
			case 'unknown':
			case 'trusted':
				return refuse(`${name} has not answered yet.`);
			case 'firstContact':
				return refuse(`Nobody has said yet that the key of ${name} is the right one (${host.fingerprint}).`);
			case 'refused':
				if (host.refusal !== 'unreachable') {
					return refuse(`${name} refused us: ${host.reason}`);
				}
		}
	}

	return hosts.length > 0 && hosts.every(({host}) => host?.kind === 'refused')
		? refuse('None of the hosts can be reached.')
		: accept({type: 'RunBegun', by});
}

function trust(state: RunState, {host, fingerprint}: RequestOf<'trust'>, by: string): Decision {
	const known = state.hosts.get(host);
	if (known?.kind !== 'firstContact') {
		return refuse(`${host} does not ask to be trusted.`);
	}

	return known.fingerprint === fingerprint
		? accept({type: 'HostKeyTrusted', host, fingerprint, by})
		: refuse(`${host} has shown another key since: ${known.fingerprint}.`);
}

function contactAgain(state: RunState, host: HostName, by: string): Decision {
	const known = state.hosts.get(host);
	if (known === undefined || isOver(state)) {
		return refuse(known === undefined ? `The run has no host ${host}.` : OVER);
	}

	return known.kind === 'unknown' || known.kind === 'trusted'
		? refuse(`${host} is being contacted.`)
		: accept({type: 'HostContactAsked', host, by});
}

function note(graph: StepGraph, state: RunState, {step, text}: RequestOf<'note'>, by: string): Decision {
	if (state.status === 'new' || text.trim() === '') {
		return refuse(text.trim() === '' ? 'The note is empty.' : notRunning(state));
	}

	return step !== null && nodeOf(graph, step) === undefined
		? refuse(`There is no step ${step}.`)
		: accept({type: 'NoteTaken', step, text, by});
}

function pause(state: RunState, reason: string, by: string): Decision {
	return state.status === 'running' || state.status === 'preflight'
		? accept({type: 'RunPaused', by, reason})
		: refuse(notRunning(state));
}

/** What has no undo stays as it is. */
function undoPhase(graph: StepGraph, state: RunState, phase: PhaseId, by: string): Decision {
	const title = graph.phases.find(({id}) => id === phase)?.title;
	if (title === undefined || state.status !== 'running') {
		return refuse(title === undefined ? `There is no phase ${phase}.` : notRunning(state));
	}

	const busy = busyIn(graph, state, phase);
	if (busy.length > 0) {
		return refuse(`In "${title}" something is under way: ${busy.join(', ')}.`);
	}

	const events = undoOfPhase(graph, state, phase, by);
	return events.length === 0 ? refuse(`Nothing was done in "${title}" that could be undone.`) : accept(...events);
}

const OVER = 'The run is finished.';

function isOver({status}: RunState): boolean {
	return status === 'finished' || status === 'new';
}

function notRunning({status}: RunState): string {
	switch (status) {
		case 'new':
			return 'The run has not started.';
		case 'preflight':
			return 'The run has not begun: nothing is done on the hosts before that.';
		case 'running':
			return 'The run is under way.';
		case 'paused':
			return 'The run is paused.';
		case 'finished':
			return OVER;
	}
}
