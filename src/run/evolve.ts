import {LOCAL_HOST, NO_HOST} from '../graph/graph.js';
import {sameNames} from '../runbook/run-names.js';
import type {HostName, StepId} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {RecordedEvent, RunEvent} from './event.js';
import {LayeredMap} from './layered-map.js';
import {leaseAfter} from './lease.js';
import {
	contactKey,
	evolveProgress,
	IllegalEvent,
	interrupted,
	isRunOrLater,
	noProgress,
	type StepEvent,
	stepAndHost,
	stepKey,
	wasBegun,
} from './progress.js';
import {BY_ITSELF} from './stage.js';
import type {HostState, Progress, RunState, StepKey} from './state.js';

export {IllegalEvent};

/** Before anything happened. */
export const newRun: RunState = {
	status: 'new',
	started: undefined,
	executes: undefined,
	declined: new Set(),
	changedSince: new Set(),
	unread: new Set(),
	left: new Map(),
	startedAt: '',
	finishedAt: '',
	pace: 'step',
	selection: {startAt: null, only: null},
	lease: undefined,
	takeOvers: [],
	engineers: [],
	pauses: 0,
	pausedBecause: '',
	hosts: new Map(),
	progress: new Map(),
	gatesPassed: new Map(),
	confirmed: new Set(),
	hostsChosen: new Map(),
	givenUp: new Map(),
	waysChosen: new Map(),
	rolesFound: new Map(),
	noted: new Set(),
	values: {},
	salvagedFrom: undefined,
	lastSeq: 0,
};

/** The run after one more event. Throws an IllegalEvent where the history makes no sense. */
export function evolve(state: RunState, {seq, at, event}: RecordedEvent): RunState {
	if (seq !== state.lastSeq + 1) {
		throw new IllegalEvent(`Event ${seq} (${event.type}) cannot stand behind event ${state.lastSeq}.`);
	}

	insist(fits(state.status, event.type), event, `the run is ${state.status}`);
	return {...afterEvent(state, event, at), lastSeq: seq};
}

function afterEvent(state: RunState, event: RunEvent, at: string): RunState {
	switch (event.type) {
		case 'RunStarted':
			return {
				...state,
				status: 'preflight',
				started: event,
				executes: {runbook: event.runbook, copy: null, calls: sameNames, graphHash: event.graphHash},
				startedAt: at,
				pace: event.pace,
				selection: event.selection,
				lease: leaseAfter(undefined, event, at),
				engineers: [event.by],
				hosts: unknownHosts(Object.keys(event.hosts)),
				values: event.values,
			};
		case 'RunResumed': {
			const held = withLease(withEngineer(state, event.by), event, at);
			// Who opens a run that is over has only something to add to it
			return state.status === 'finished' ? held : afterResume(held);
		}
		case 'RunbookAdopted':
			return afterAdoption(withEngineer(state, event.by), event);
		case 'RunbookKept':
			return {...withEngineer(state, event.by), declined: new Set([...state.declined, event.copy])};
		case 'RunBegun':
			return {...withEngineer(state, event.by), status: 'running'};
		case 'RunPaused':
			return {...state, status: 'paused', pauses: state.pauses + 1, pausedBecause: event.reason};
		case 'RunFinished':
			insist(![...state.progress.values()].some(({underWay}) => underWay), event, 'something is under way');
			return {...state, status: 'finished', finishedAt: at};
		case 'RunSalvaged':
			return afterSalvage(state, event, at);
		case 'PaceSet':
			return {...state, pace: event.pace};
		case 'HostContacted':
			return withHost(state, event, {kind: 'reached', facts: event.facts});
		case 'HostKeyMet':
			return withHost(state, event, {
				kind: 'firstContact',
				keyType: event.keyType,
				fingerprint: event.fingerprint,
				...(event.about === undefined ? {} : {about: event.about}),
			});
		case 'HostKeyTrusted': {
			const met = state.hosts.get(event.host);
			insist(
				met?.kind === 'firstContact' && met.fingerprint === event.fingerprint,
				event,
				`${event.host} showed no such key`,
			);
			return withHost(state, event, {kind: 'trusted', fingerprint: event.fingerprint});
		}

		case 'HostRefused': {
			const {refusal, reason, next} = event;
			const known = state.hosts.get(event.host);
			const before = known?.kind === 'unknown' ? known.before : undefined;
			return withHost(state, event, {
				kind: 'refused',
				refusal,
				reason,
				next,
				...(before === undefined ? {} : {before}),
			});
		}

		case 'HostContactAsked':
			return withHost(state, event, askedAgain(state, event));
		case 'StepConfirmed':
			return {
				...state,
				confirmed: new Set([...state.confirmed, event.step]),
				unread: without(state.unread, event.step),
			};
		case 'GatePassed': {
			const passed = (state.gatesPassed.get(event.step) ?? 0) + 1;
			return {...state, gatesPassed: new Map([...state.gatesPassed, [event.step, passed]])};
		}

		case 'HostChosen':
			return withHostChosen(state, event);
		case 'RoleFound':
			return withRoleFound(state, event);
		case 'PartIntended':
		case 'HostSeen':
		case 'HandAsked':
		case 'StepSkipped':
		case 'StepMarked':
		case 'CheckAsked':
		case 'LookAsked':
		case 'JobLookedUp':
		case 'CancelAsked':
		case 'ProbeBegan':
		case 'ProbeEnded':
		case 'UndoAsked':
		case 'EvidenceTaken':
			return withProgress(state, event, at);
		case 'RetryAsked':
			return afterRetry(withProgress(state, event, at), event.step);
		case 'PhaseGivenUp':
			return {...state, givenUp: new Map([...state.givenUp, [event.phase, event.reason]])};
		case 'WayChosen':
			insist(!state.waysChosen.has(event.phase), event, 'a way was chosen before');
			return {...state, waysChosen: new Map([...state.waysChosen, [event.phase, event.way]])};
		case 'PartEnded':
			return afterUndo(withCaptured(withProgress(state, event, at), event), event);
		case 'ManualAnswered':
		case 'HandDone':
			return withCaptured(withProgress(state, event, at), event);
		case 'NoteTaken': {
			const noted = event.step === null ? state.noted : new Set([...state.noted, event.step]);
			return {...(event.by === BY_ITSELF ? state : withEngineer(state, event.by)), noted};
		}
	}
}

/** What may happen in which status of the run. What is under way ends also while the run is paused. */
function fits(status: RunState['status'], type: RunEvent['type']): boolean {
	switch (type) {
		case 'RunStarted':
			return status === 'new';
		case 'NoteTaken':
		case 'EvidenceTaken':
		case 'RunSalvaged':
		case 'RunResumed':
			return status !== 'new';
		case 'RunbookAdopted':
		case 'RunbookKept':
			return status === 'preflight';
		case 'RunBegun':
			return status === 'preflight' || status === 'paused';
		case 'RunPaused':
			return status === 'preflight' || status === 'running';
		case 'RunFinished':
		case 'PartIntended':
		case 'StepConfirmed':
		case 'GatePassed':
		case 'HostChosen':
		case 'PhaseGivenUp':
		case 'WayChosen':
		case 'ProbeBegan':
		case 'RoleFound':
		case 'UndoAsked':
		case 'JobLookedUp':
			return status === 'running';
		case 'PaceSet':
		case 'HostContacted':
		case 'HostKeyMet':
		case 'HostKeyTrusted':
		case 'HostRefused':
		case 'HostContactAsked':
		case 'PartEnded':
		case 'HostSeen':
		case 'ManualAnswered':
		case 'HandAsked':
		case 'HandDone':
		case 'StepSkipped':
		case 'StepMarked':
		case 'RetryAsked':
		case 'CheckAsked':
		case 'LookAsked':
		case 'CancelAsked':
		case 'ProbeEnded':
			return status !== 'new' && status !== 'finished';
	}
}

/**
Every host is met anew. A step that has not begun to change anything is confirmed anew as well: who goes on with a
run has not seen what his colleague let pass. Where a role is may have changed meanwhile, so it is looked up anew.
*/
function afterResume(state: RunState): RunState {
	const progress = new Map([...state.progress].map(([key, value]) => [key, interrupted(value)] as const));
	const begun = new Set([...progress].filter(([, {part}]) => isRunOrLater(part)).map(([key]) => stepAndHost(key).step));
	return {
		...state,
		status: 'preflight',
		hosts: unknownHosts([...state.hosts.keys()]),
		progress,
		rolesFound: new Map(
			[...state.rolesFound].filter(
				([step, host]) => (progress.get(stepKey(step, host)) ?? noProgress).state !== 'open',
			),
		),
		confirmed: new Set([...state.confirmed].filter(step => begun.has(step))),
		gatesPassed: new Map([...state.gatesPassed].filter(([step]) => begun.has(step))),
	};
}

function withLease(state: RunState, event: Extract<RunEvent, {type: 'RunResumed'}>, at: string): RunState {
	const lease = leaseAfter(state.lease, event, at);
	insist(lease.epoch > (state.lease?.epoch ?? 0), event, `epoch ${lease.epoch} was reached before`);
	const {takenFrom: from} = event;
	return {...state, lease, takeOvers: from === undefined ? state.takeOvers : [...state.takeOvers, {...lease, from}]};
}

/** Each step is shown before it runs from here on, for it may have run already; those that are said to have begun are unknown. */
function afterSalvage(state: RunState, {begun}: Extract<RunEvent, {type: 'RunSalvaged'}>, at: string): RunState {
	const because = 'it was begun, and what came of it stood in a part of the run file that is lost';
	if (state.status === 'finished') {
		return state;
	}

	const progress = new Map(state.progress);
	for (const {step, host, attempt, part} of begun) {
		const key = stepKey(step, host);
		const before = progress.get(key) ?? noProgress;
		progress.set(key, {
			...before,
			...{state: 'unknown', underWay: false, asked: undefined, checkSaid: undefined, looked: undefined},
			...{attempt, newest: Math.max(attempt, before.newest), part, changes: true},
			sent: {part, attempt, at, trace: undefined},
			...{outcome: {kind: 'lost', evidence: because}, because},
		});
	}

	return {...state, pace: 'step', progress, salvagedFrom: state.lastSeq};
}

/**
What was seen of a step's old text holds for its new one no more: the word to go, the gates, what its check said. What is
done stays done. What happened to a step that is gone is kept beside.
*/
function afterAdoption(state: RunState, event: Extract<RunEvent, {type: 'RunbookAdopted'}>): RunState {
	const changed = new Set(event.changed);
	const titles = new Map(event.removed.map(({step, title}) => [step, title]));
	const isAsSeen = (step: StepId) => !changed.has(step) && !event.reworded.includes(step) && !titles.has(step);
	const left = new Map(state.left);
	const progress = new Map<StepKey, Progress>();
	const changedSince = new Set(state.changedSince);
	const unread = new Set(state.unread);
	for (const [key, own] of state.progress) {
		const {step} = stepAndHost(key);
		const title = titles.get(step);
		const isUnsettled = own.underWay || own.state === 'running' || own.state === 'unknown';
		insist(!isUnsettled || (title === undefined && !changed.has(step)), event, `${key} is ${own.state}`);
		if (title !== undefined) {
			left.set(key, {title, progress: own});
			continue;
		}

		const isOpen = own.state === 'open' || own.state === 'failed' || own.state === 'undone';
		progress.set(key, isOpen && changed.has(step) ? {...own, checkSaid: undefined} : own);
		if (changed.has(step)) {
			(isOpen ? unread : changedSince).add(step);
		}
	}

	const {runbook, copy, calls, graphHash} = event;
	const isBegun = (step: StepId) => [...progress.keys()].some(key => stepAndHost(key).step === step);
	return {
		...state,
		executes: {runbook, copy, calls, graphHash},
		changedSince,
		unread,
		left,
		progress,
		confirmed: new Set([...state.confirmed].filter(isAsSeen)),
		gatesPassed: new Map([...state.gatesPassed].filter(([step]) => isAsSeen(step))),
		rolesFound: new Map([...state.rolesFound].filter(([step]) => !titles.has(step))),
		hostsChosen: new Map(
			[...state.hostsChosen].filter(([step]) => !titles.has(step) && (!changed.has(step) || isBegun(step))),
		),
		noted: new Set([...state.noted].filter(step => !titles.has(step))),
		values: withNewValues(state.values, event.values),
	};
}

function without(steps: ReadonlySet<StepId>, step: StepId): ReadonlySet<StepId> {
	return steps.has(step) ? new Set([...steps].filter(other => other !== step)) : steps;
}

/** What the run has already stays as it was frozen. */
function withNewValues(frozen: Values, added: Values): Values {
	const own = Object.entries(added).map(([name, values]) => [name, {...values, ...frozen[name]}] as const);
	return {...frozen, ...Object.fromEntries(own)};
}

function unknownHosts(hosts: readonly HostName[]): ReadonlyMap<HostName, HostState> {
	return new Map(hosts.map(host => [host, {kind: 'unknown'}]));
}

function withHost(state: RunState, event: RunEvent & {readonly host: HostName}, host: HostState): RunState {
	insist(state.hosts.has(event.host), event, `the run has no host ${event.host}`);
	return {...state, hosts: new Map(state.hosts).set(event.host, host)};
}

/** Who asks for it anew lets each step ask once more. */
function askedAgain({hosts}: RunState, {host, before}: Extract<RunEvent, {type: 'HostContactAsked'}>): HostState {
	const known = hosts.get(host);
	const others = (known?.kind === 'refused' || known?.kind === 'unknown' ? known.before : undefined) ?? [];
	return before === undefined ? {kind: 'unknown'} : {kind: 'unknown', before: [...others, contactKey(before, host)]};
}

/** The word to go was given for the host before. */
function withHostChosen(state: RunState, {step, host}: Extract<RunEvent, {type: 'HostChosen'}>): RunState {
	const others = [...state.hostsChosen].filter(([other]) => other !== step);
	return {
		...state,
		hostsChosen: new Map([...others, [step, host]]),
		confirmed: new Set([...state.confirmed].filter(other => other !== step)),
	};
}

/** The word to go and the gates passed hold for a host on which the step was begun before, and for no other. */
function withRoleFound(state: RunState, {step, host}: Extract<RunEvent, {type: 'RoleFound'}>): RunState {
	const found = {...state, rolesFound: new Map(state.rolesFound).set(step, host)};
	return wasBegun(state.progress.get(stepKey(step, host)) ?? noProgress)
		? found
		: {
				...found,
				confirmed: new Set([...state.confirmed].filter(other => other !== step)),
				gatesPassed: new Map([...state.gatesPassed].filter(([other]) => other !== step)),
			};
}

/** What was found out for the attempt before does not hold for the next one. */
function afterRetry(state: RunState, step: StepId): RunState {
	return {
		...state,
		rolesFound: new Map([...state.rolesFound].filter(([other]) => other !== step)),
		noted: new Set([...state.noted].filter(other => other !== step)),
	};
}

/** An undo that did not come to its end stops what was to be undone before it. */
function afterUndo(state: RunState, {part, settles}: Extract<RunEvent, {type: 'PartEnded'}>): RunState {
	if (part !== 'undo' || settles === 'undone') {
		return state;
	}

	const progress = [...state.progress].map(
		([key, value]) => [key, value.asked === 'undo' ? {...value, asked: undefined} : value] as const,
	);
	return {...state, progress: new Map(progress)};
}

function withEngineer(state: RunState, by: string): RunState {
	return state.engineers.includes(by) ? state : {...state, engineers: [...state.engineers, by]};
}

function withProgress(state: RunState, event: StepEvent, at: string): RunState {
	const key = stepKey(event.step, event.host);
	const before: Progress = state.progress.get(key) ?? noProgress;
	return {...state, progress: LayeredMap.over(state.progress).with(key, evolveProgress(before, event, at))};
}

/** A value that belongs to no host of the sheet is everybody's; so is one of a role: who reads it cannot know whose it is. */
function withCaptured(state: RunState, {step, host, captured}: Extract<RunEvent, {captured: unknown}>): RunState {
	const names = Object.keys(captured);
	if (names.length === 0) {
		return state;
	}

	const isEverybodys = host === NO_HOST || host === LOCAL_HOST || state.rolesFound.has(step);
	const owner = isEverybodys ? '*' : host;
	const values: Values = Object.fromEntries(
		names.map(name => [name, {...state.values[name], [owner]: captured[name] ?? ''}]),
	);
	return {...state, values: {...state.values, ...values}};
}

function insist(isLegal: boolean, event: RunEvent, because: string): void {
	if (!isLegal) {
		throw new IllegalEvent(`${event.type} cannot have happened: ${because}.`);
	}
}
