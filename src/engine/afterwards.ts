import {createHash} from 'node:crypto';
import type {StepGraph} from '../graph/graph.js';
import {decide} from '../run/decide.js';
import {evolve, newRun} from '../run/evolve.js';
import type {Answer, Request} from '../run/request.js';
import type {RunState} from '../run/state.js';
import {attachedTo, evidenceName, holdsSecret} from './evidence.js';
import type {ResumeRun} from './plan.js';
import type {Store} from './ports.js';
import {withoutSecrets} from './without-secrets.js';

/** What may be added to a run that nobody works on. */
export type Addition = Extract<Request, {kind: 'evidence' | 'note'}>;

type Opening = Omit<ResumeRun, 'kind' | 'pace' | 'edited'>;

/**
Adds notes and evidence to a run without going on with it: who opens it takes its lease, as with every resume, so that his
signature covers what he adds. All of it is written, or nothing. The times of a run never go back, also where its laptop's
clock or its lab was ahead.
*/
export async function addAfterwards(
	store: Store,
	graph: StepGraph,
	opening: Opening,
	additions: readonly Addition[],
	{secrets, now}: {readonly secrets: readonly string[]; readonly now: number},
): Promise<Answer> {
	let [state, lastAt]: readonly [RunState, number] = [newRun, 0];
	for (const recorded of store.read(0)) {
		state = evolve(state, recorded);
		lastAt = Date.parse(recorded.at);
	}

	// Whoever asked has looked at the file before it was held: meanwhile somebody may have gone on with it.
	if (opening.epoch !== undefined && opening.epoch <= (state.lease?.epoch ?? 0)) {
		return {accepted: false, because: 'Somebody has gone on with the run a moment ago: look at it again.'};
	}

	const at = Math.max(now, lastAt);
	const files = additions.flatMap(addition => attachedTo(addition) ?? []);
	const spoilt = files.find(file => holdsSecret(file, secrets));
	const because =
		spoilt === undefined
			? store.shortOfRoom(files.reduce((sum, {bytes}) => sum + bytes.length, 0))
			: `${spoilt.name} holds a secret of this run: take it out first.`;
	if (because !== undefined) {
		return {accepted: false, because};
	}

	const resumed = {type: 'RunResumed', ...opening} as const;
	const held = evolve(state, {seq: state.lastSeq + 1, at: new Date(at).toISOString(), event: resumed});
	const decisions = additions.map(addition => decide(graph, held, addition, opening.by));
	const refused = decisions.find(({accepted}) => !accepted);
	if (refused?.accepted === false) {
		return refused;
	}

	for (const {bytes} of files) {
		store.keepFile(evidenceName(createHash('sha256').update(bytes).digest('hex')), bytes);
	}

	const events = decisions.flatMap(decision => (decision.accepted ? decision.events : []));
	await store.append([resumed, ...events.map(event => withoutSecrets(event, secrets))], at);
	return {accepted: true};
}
