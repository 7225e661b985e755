import {expect, test} from 'vitest';
import type {ResumeRun} from '../../src/engine/plan.js';
import type {Store} from '../../src/engine/ports.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {questions} from '../../src/run/next.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {byHand, graphOf, onActive, phase, runs, satellite, step, twoHosts} from '../run/given.js';
import {FakeTransport, ok, print, Run} from './fake-world.js';

const graph = graphOf(
	[
		step('a', {
			hosts: twoHosts,
			action: runs('change a'),
			undo: satellite('undo a'),
			check: satellite('look a'),
			phase: 'all',
		}),
		onActive('r', {action: runs('change r'), undo: satellite('undo r'), phase: 'all'}),
		step('end', {action: byHand}),
	],
	[phase('all')],
);

/** Remembers what was changed on each host and taken back again, as a real one would: doing either twice shows. */
class Fleet extends FakeTransport {
	readonly there = new Set<string>();
	readonly everSent: string[] = [];
	readonly twice: string[] = [];

	constructor() {
		super();
		this.behaviour = ({host, command}, sink) => {
			const [verb = '', what = ''] = command.script.split(' ');
			const key = `${what}@${host}`;
			if (verb === 'who') {
				print(sink, 'web-2');
				return ok;
			}

			this.everSent.push(command.job);
			if (verb === 'look') {
				return {kind: 'exited', code: this.there.has(key) ? 0 : 1};
			}

			this.do(verb, key);
			return ok;
		};
	}

	do(verb: string, key: string): void {
		if (this.there.has(key) === (verb === 'change')) {
			this.twice.push(`${verb} ${key}`);
		}

		if (verb === 'change') {
			this.there.add(key);
		} else {
			this.there.delete(key);
		}
	}
}

/** There, back again by the whole phase, and there once more. */
async function story(): Promise<readonly RecordedEvent[]> {
	const run = new Run(graph, {transport: new Fleet()});
	await run.begin();
	await run.until(state => questions(graph, state).some(({kind}) => kind === 'manual'));
	await run.ask({kind: 'undo-phase', phase: 'all'});
	await settle(run, new Fleet());
	return run.events;
}

/** The hosts after these events; what was under way at the cut has happened there, or has not. */
function fleetAfter(events: readonly RunEvent[], hasRun: boolean): Fleet {
	const fleet = new Fleet();
	for (const event of events) {
		if (event.type === 'PartIntended') {
			const {step, host, part, attempt, job} = event;
			fleet.everSent.push(job);
			const isOver = events.some(
				other =>
					other.type === 'PartEnded' &&
					JSON.stringify([other.step, other.host, other.part, other.attempt]) ===
						JSON.stringify([step, host, part, attempt]),
			);
			if (event.changes && (isOver || hasRun)) {
				fleet.do(part === 'undo' ? 'undo' : 'change', `${step}@${host}`);
			}
		}
	}

	return fleet;
}

/** A careful engineer: he looks at the host before he says what is unknown, and does again what was undone. */
async function settle(run: Run, fleet: Fleet): Promise<void> {
	for (;;) {
		const state = await run.until(state => state.status === 'finished' || questions(graph, state).length > 0);
		const [question] = questions(graph, state);
		switch (question?.kind) {
			case 'unknown':
				for (const host of question.hosts) {
					const {step} = question;
					const isThere = fleet.there.has(`${step}@${host}`);
					const isUndo = state.progress.get(`${step}@${host}`)?.sent?.part === 'undo';
					const as = isThere ? 'done' : isUndo ? 'undone' : 'failed';
					await run.ask({kind: 'mark', step, host, as, reason: 'seen there'});
				}

				break;
			case 'failed':
			case 'undone':
				await run.ask({kind: 'retry', step: question.step});
				break;
			case 'manual':
				await run.ask({kind: 'answer', step: 'end', choice: 'done', note: '', value: ''});
				break;
			default:
				expect(state.status).toBe('finished');
				return;
		}

		await run.until(({lastSeq}) => lastSeq > state.lastSeq);
	}
}

async function stored(events: readonly RunEvent[]): Promise<Store> {
	const store = createMemoryStore();
	await store.append(events, Date.UTC(2026, 10, 20, 9));
	return store;
}

test('cut anywhere between there and back, nothing is done or undone twice, and no attempt is sent twice', async () => {
	const events = (await story()).map(({event}) => event);
	expect(events.filter(event => event.type === 'PartEnded' && event.settles === 'undone')).toHaveLength(3);
	const open: ResumeRun = {kind: 'resume', by: 'ben', device: 'other laptop', version: '0.1.0', pace: undefined};
	for (let length = 1; length < events.length; length++) {
		for (const hasRun of [false, true]) {
			const kept = events.slice(0, length);
			const fleet = fleetAfter(kept, hasRun);
			const before = [...fleet.everSent];
			const run = new Run(graph, {transport: fleet, store: await stored(kept), plan: {open}});
			await run.begin();
			await settle(run, fleet);
			expect({length, hasRun, twice: fleet.twice}).toEqual({length, hasRun, twice: []});
			expect(fleet.everSent.slice(before.length).filter(job => before.includes(job))).toEqual([]);
			expect([...fleet.there].toSorted()).toEqual(['a@web-1', 'a@web-2', 'r@web-2']);
		}
	}
});
