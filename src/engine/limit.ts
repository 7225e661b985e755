import type {RunEvent} from '../run/event.js';
import type {Effect} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {BY_ITSELF, stagesOf} from '../run/stage.js';
import type {Desk} from './desk.js';

/** What a person has not done when its time limit is over has failed. The limit begins anew when the run is opened again. */
export async function performLimit(
	{world, ledger, plan: {graph}}: Desk,
	{step, host, afterMs}: Extract<Effect, {kind: 'limit'}>,
	cancel: AbortSignal,
): Promise<void> {
	await world.clock.sleep(afterMs, cancel);
	const node = nodeOf(graph, step);
	await ledger.propose((state): readonly RunEvent[] => {
		const stage = node && stagesOf(graph, state, node).get(host);
		const isDue = !cancel.aborted && state.status === 'running' && stage?.kind === 'byHand';
		const reason = `not done after ${afterMs / 1000} s, its time limit`;
		return isDue ? [{type: 'StepMarked', step, host, as: 'failed', reason, by: BY_ITSELF}] : [];
	});
}
