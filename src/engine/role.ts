import type {RunEvent} from '../run/event.js';
import type {Effect} from '../run/next.js';
import {hostsOf, nodeOf} from '../run/nodes.js';
import type {Outcome} from '../run/outcome.js';
import {namedIn, type RoleTarget, roleOf} from '../run/roles.js';
import {BY_ITSELF, stagesOf} from '../run/stage.js';
import type {RunState} from '../run/state.js';
import {variablesFor} from '../runbook/render.js';
import type {HostDeclaration, HostName} from '../runbook/runbook.js';
import {accessTo} from './contact.js';
import type {Desk} from './desk.js';
import {interpreterFor} from './interpreter.js';
import {OutputOfTry} from './output.js';

/** As long as a check may take. */
const ROLE_TIMEOUT_MS = 60_000;

/** How much of an answer an explanation quotes. */
const QUOTED_CHARACTERS = 80;

/** How long to go on asking. `forMs` 0: everybody is asked once. */
type Patience = {readonly everyMs: number; readonly forMs: number};

/** `because`: who said so, or why nobody did. */
export type RoleAnswer =
	| {readonly ok: true; readonly host: HostName; readonly because: string}
	| {readonly ok: false; readonly because: string};

type RoleEffect = Extract<Effect, {kind: 'role'}>;

/** Finds the host of a step whose host is a role. For a wait, "nobody knows" and "it does not answer" are "not yet". */
export async function performRole(desk: Desk, effect: RoleEffect, cancel: AbortSignal): Promise<void> {
	const {graph} = desk.plan;
	const node = nodeOf(graph, effect.step);
	if (node === undefined) {
		throw new Error(`The graph has no step ${effect.step}`);
	}

	const {action} = node.step;
	const isWait = action.kind === 'wait';
	const found = await findRole(desk, effect.role, isWait ? action : {everyMs: 0, forMs: 0}, isWait, cancel);
	await desk.ledger.propose((state): readonly RunEvent[] => {
		const [placeholder = ''] = hostsOf(node, state);
		if (cancel.aborted || !isLookedFor(desk, state, effect)) {
			return [];
		}

		return found.ok
			? [{type: 'RoleFound', step: effect.step, host: found.host, because: found.because}]
			: [
					{
						...{type: 'StepMarked', step: effect.step, host: placeholder, as: 'failed', by: BY_ITSELF},
						reason: found.because,
					},
				];
	});
}

function isLookedFor({plan: {graph}}: Desk, state: RunState, {step}: RoleEffect): boolean {
	const node = nodeOf(graph, step);
	const stages = node === undefined ? [] : [...stagesOf(graph, state, node).values()];
	return state.status === 'running' && stages.some(({kind}) => kind === 'role');
}

/** Asks until somebody knows or patience is over. `mustAnswer`: a host that is named and cannot be reached is none yet. */
export async function findRole(
	desk: Desk,
	target: RoleTarget,
	{everyMs, forMs}: Patience,
	mustAnswer: boolean,
	cancel?: AbortSignal,
): Promise<RoleAnswer> {
	const {clock, transport} = desk.world;
	const begunAt = forMs > 0 ? await clock.now() : 0;
	for (;;) {
		const named = await askOnce(desk, target, cancel);
		const isThere = !named.ok || !mustAnswer || (await transport.answers(accessTo(desk, named.host)));
		const answer: RoleAnswer = isThere ? named : {ok: false, because: `${named.because}, which does not answer`};
		const isLast = forMs === 0 || (await clock.now()) - begunAt + everyMs > forMs;
		if (answer.ok || isLast || cancel?.aborted === true) {
			return answer;
		}

		await clock.sleep(everyMs, cancel);
	}
}

/** The hosts of the role's group in turn, until one names a host of the group. Changes nothing on any of them. */
async function askOnce(desk: Desk, target: RoleTarget, cancel: AbortSignal | undefined): Promise<RoleAnswer> {
	const role = roleOf(desk.plan.graph, target);
	const refusals: string[] = [];
	for (const member of role?.members ?? []) {
		const said = await ask(desk, member, role?.declared.by ?? '', target, cancel);
		if (said.ok) {
			const named = namedIn(said.text, role?.members ?? [], desk.ledger.state.hosts);
			const quoted = said.text.slice(0, QUOTED_CHARACTERS);
			if (named !== undefined) {
				return answerFor(target, member, named);
			}

			refusals.push(
				quoted === ''
					? `${member.name} says nothing`
					: `${member.name} says "${quoted}", which is no host of the group ${role?.declared.of}`,
			);
		} else {
			refusals.push(said.because);
		}
	}

	return {ok: false, because: `nobody says where ${target.role} is: ${refusals.join('; ') || 'nobody can be asked'}`};
}

function answerFor({kind}: RoleTarget, asked: HostDeclaration, {name, runsOn}: HostDeclaration): RoleAnswer {
	const says = `${asked.name} says ${name}`;
	switch (kind) {
		case 'role':
			return {ok: true, host: name, because: says};
		case 'runsOn':
			return runsOn === undefined
				? {ok: false, because: `${says}, and nothing says where that runs`}
				: {ok: true, host: runsOn, because: `${says}, which runs on ${runsOn}`};
	}
}

type Said = {readonly ok: true; readonly text: string} | {readonly ok: false; readonly because: string};

/** Its trimmed output, secrets taken out. A host that turned us away is not tried again: that could lock the account. */
async function ask(
	desk: Desk,
	{name, platform}: HostDeclaration,
	by: string,
	{role}: RoleTarget,
	cancel: AbortSignal | undefined,
): Promise<Said> {
	const {world, plan, ledger, runId} = desk;
	const known = ledger.state.hosts.get(name);
	if (known?.kind === 'firstContact' || (known?.kind === 'refused' && known.refusal !== 'unreachable')) {
		return {ok: false, because: `${name} does not let us in`};
	}

	const host = accessTo(desk, name);
	if (!(await world.transport.answers(host))) {
		return {ok: false, because: `${name} does not answer`};
	}

	const output = new OutputOfTry(
		() => {},
		() => world.secrets.known(),
		host.encoding,
		true,
	);
	const outcome = await world.transport.exec(
		host,
		{
			job: [runId, 'role', role, name, world.newId()].join('.'),
			interpreter: interpreterFor(platform === 'windows' ? 'powershell' : 'sh'),
			script: by,
			variables: variablesFor(plan.runbook, ledger.state.values, name),
			secrets: {},
			as: undefined,
			timeoutMs: ROLE_TIMEOUT_MS,
		},
		output.sink,
		cancel ?? new AbortController().signal,
	);
	const {out} = output.end().output;
	return outcome.kind === 'exited' && outcome.code === 0
		? {ok: true, text: out.trim()}
		: {ok: false, because: `${name}: ${outcomeWords(outcome)}`};
}

function outcomeWords(outcome: Outcome): string {
	switch (outcome.kind) {
		case 'notStarted':
			return outcome.reason;
		case 'exited':
			return `exit ${outcome.code}`;
		case 'signaled':
			return `ended by signal ${outcome.signal}`;
		case 'timedOut':
			return `no answer after ${outcome.afterMs / 1000} s`;
		case 'lost':
			return outcome.evidence;
	}
}
