import type {StepGraph, StepNode} from '../../src/graph/graph.js';
import type {RunEvent} from '../../src/run/event.js';
import {nodeOf} from '../../src/run/nodes.js';
import {changesSomething, policyOf} from '../../src/run/policy.js';
import {phase} from './given.js';

/** The phases that runs of the model and of the simulation have their steps in. */
export const phases = [
	phase('all'),
	phase('before', 'all', {kind: 'require'}),
	phase('test-1', 'all', {kind: 'test'}),
	phase('test-1.before', 'test-1', {kind: 'require'}),
	phase('test-1.do', 'test-1'),
	phase('test-1.back', 'test-1', {kind: 'restore'}),
	phase('test-2', 'all', {kind: 'test'}),
	phase('ways', 'all', {kind: 'ways'}),
	phase('ways.1', 'ways', {kind: 'way'}),
	phase('ways.2', 'ways', {kind: 'way'}),
	phase('back', 'all', {kind: 'restore'}),
];

/** What the phases of the model are to each other, said once more. */
function isGivenUpWith(phase: string | undefined, givenUp: string): boolean {
	const inTest1 = ['test-1', 'test-1.before', 'test-1.do'];
	const givenUpWith: Readonly<Record<string, readonly string[]>> = {
		before: ['before', ...inTest1, 'test-2'],
		'test-1.before': inTest1,
		'test-1': inTest1,
		'test-2': ['test-2'],
	};
	return givenUpWith[givenUp]?.includes(phase ?? '') ?? false;
}

/** The phases in which a test does what it tests. */
function testsRestoredBy(phase: string | undefined): readonly string[] {
	switch (phase) {
		case 'test-1.back':
			return ['test-1', 'test-1.do'];
		case 'back':
			return ['test-1', 'test-1.do', 'test-2'];
		default:
			return [];
	}
}

/** What the lab's hand has done may still have to be seen. */
function isDoneBy(event: Extract<RunEvent, {type: 'ManualAnswered' | 'HostSeen' | 'HandDone'}>): boolean {
	switch (event.type) {
		case 'HostSeen':
			return true;
		case 'ManualAnswered':
			return event.choice === 'done';
		case 'HandDone':
			return !event.watched;
	}
}

/** Sees every event before it counts, and objects. */
export class Witness {
	readonly #graph: StepGraph;
	readonly #intended = new Set<string>();
	readonly #settled = new Set<string>();
	readonly #underWay = new Set<string>();
	/** Changes whose end nobody saw, and what has been said about them since. */
	readonly #doubts = new Map<string, 'open' | 'saidNotThere' | 'mayRunAgain'>();
	readonly #gates = new Map<string, number>();
	readonly #found = new Map<string, string>();
	/** By a run of ours or by hand. */
	readonly #did = new Set<string>();
	readonly #undosAsked = new Set<string>();
	/** Of a phase that was given up: nothing waits for it, whatever is undone in it. */
	readonly #waived = new Set<string>();
	readonly #undoDoubts = new Set<string>();
	readonly #begun = new Set<string>();
	/** What was left to a host that has not said since that it ended, or never began. */
	readonly #mayRun = new Set<string>();

	constructor(graph: StepGraph) {
		this.#graph = graph;
	}

	see(event: RunEvent): void {
		if (['StepSkipped', 'StepMarked', 'RetryAsked', 'CheckAsked'].includes(event.type) && 'host' in event) {
			// Who wants something else of a step wants its undo no more
			this.#undosAsked.delete(`${'step' in event ? event.step : ''}@${event.host}`);
		}

		switch (event.type) {
			case 'PartIntended':
				this.#seeIntent(event);
				break;
			case 'PartEnded':
				this.#seeEnd(event);
				break;
			case 'JobLookedUp':
				this.#seeLookedUp(event);
				break;
			case 'RunResumed':
				this.#seeCrash();
				break;
			case 'RoleFound':
				this.#object(this.#wasFinished(event.step), event, 'it is done already');
				this.#found.set(event.step, event.host);
				break;
			case 'UndoAsked':
				this.#object(!this.#did.has(keyOf(event)), event, 'we did not do it');
				this.#undosAsked.add(keyOf(event));
				break;
			case 'EvidenceTaken':
				this.#object(!this.#node(event).step.needs.includes(event.kind), event, 'nobody asks for that');
				break;
			case 'GatePassed':
				this.#gates.set(this.#gateKey(event.step), (this.#gates.get(this.#gateKey(event.step)) ?? 0) + 1);
				break;
			case 'StepSkipped':
				this.#object(
					event.reason.startsWith('its test has not begun') && this.#hasBegun(event.step),
					event,
					'there is something to restore',
				);
				this.#settled.add(keyOf(event));
				break;
			case 'PhaseGivenUp':
				for (const {step, hosts} of this.#graph.nodes.filter(({step}) => isGivenUpWith(step.phase, event.phase))) {
					for (const host of hosts) {
						this.#waived.add(`${step.id}@${host}`);
						this.#settled.add(`${step.id}@${host}`);
					}
				}

				break;
			case 'ProbeBegan':
				this.#object(this.#underWay.has(keyOf(event)) || this.#settled.has(keyOf(event)), event, 'it was begun');
				this.#seeOrder(event);
				this.#begun.add(keyOf(event));
				this.#underWay.add(keyOf(event));
				break;
			case 'ProbeEnded':
				this.#underWay.delete(keyOf(event));
				if (event.settles === 'done') {
					this.#settled.add(keyOf(event));
				}

				break;
			case 'StepMarked':
				if (event.as === 'done') {
					this.#begun.add(keyOf(event));
					this.#settled.add(keyOf(event));
				}

				this.#doubts.set(keyOf(event), 'saidNotThere');
				this.#mayRun.delete(keyOf(event));
				break;
			case 'RetryAsked':
				this.#object(this.#mayRun.has(keyOf(event)), event, 'it may still run there');
				this.#object(this.#doubts.get(keyOf(event)) === 'open' && !this.#mayRerun(event), event, 'nobody knows yet');
				this.#doubts.set(keyOf(event), 'mayRunAgain');
				this.#undoDoubts.delete(keyOf(event));
				this.#found.delete(event.step);
				break;
			case 'HandAsked':
				this.#begun.add(keyOf(event));
				this.#did.add(keyOf(event));
				break;
			case 'ManualAnswered':
			case 'HostSeen':
			case 'HandDone':
				this.#begun.add(keyOf(event));
				this.#did.add(keyOf(event));
				if (event.follows === undefined && isDoneBy(event)) {
					this.#settled.add(keyOf(event));
				}

				break;
			case 'RunFinished':
				this.#object(this.#underWay.size > 0, event, 'something is under way');
				break;
			default:
		}
	}

	#seeIntent(event: Extract<RunEvent, {type: 'PartIntended'}>): void {
		const {step, part, attempt, host} = event;
		const node = this.#node(event);
		const key = keyOf(event);
		const name = `${key}#${attempt}.${part}`;
		this.#object(this.#intended.has(name), event, 'this attempt was begun before');
		this.#object(this.#underWay.has(key), event, 'it is under way');
		const hosts = this.#hostsOf(node);
		this.#object(!hosts.includes(host), event, 'not one of its hosts');
		const undone = [...this.#underWay].filter(other => this.#newest(other).endsWith('.undo'));
		this.#object(!undone.every(other => other.startsWith(`${step}@`)), event, 'another step is being undone');
		if (part === 'undo') {
			this.#seeUndo(event, key);
		} else {
			this.#object(this.#undosAsked.size > 0, event, 'something is to be undone first');
			this.#object(this.#settled.has(key), event, 'it is done already');
			this.#seeOrder(event);
		}

		if (part === 'run' || part === 'undo') {
			this.#object(this.#mayRun.has(key), event, 'it may still run there');
		}

		if (event.detached) {
			this.#mayRun.add(key);
		}

		if (part === 'run') {
			const tests = testsRestoredBy(node.step.phase);
			this.#object(tests.length > 0 && !this.#hasBegun(step), event, 'there is nothing to restore');
			this.#begun.add(key);
			const doubt = this.#doubts.get(key) ?? 'mayRunAgain';
			this.#object(doubt !== 'mayRunAgain' && !this.#mayRerun(event), event, 'it may have run already');
			this.#did.add(key);
			this.#object(
				(this.#gates.get(this.#gateKey(step)) ?? 0) < node.step.gates.length,
				event,
				'its gates were not passed',
			);
			const others = [...this.#underWay].filter(other => other.startsWith(`${step}@`));
			this.#object(node.step.serial && others.length > 0, event, 'another host is under way');
			this.#doubts.set(key, 'mayRunAgain');
		}

		this.#intended.add(name);
		this.#underWay.add(key);
	}

	/** What was begun goes on, whatever is undone before it meanwhile. Nothing waits for a probe but until it has begun. */
	#seeOrder(event: Extract<RunEvent, {type: 'PartIntended' | 'ProbeBegan'}>): void {
		for (const before of this.#node(event).after) {
			const isBeside =
				this.#node({step: before}).step.action.kind === 'probe' &&
				[...this.#begun].some(key => key.startsWith(`${before}@`));
			const isGoingOn = this.#did.has(keyOf(event)) || this.#begun.has(keyOf(event));
			this.#object(!this.#wasFinished(before) && !isBeside && !isGoingOn, event, `${before} is not settled`);
		}
	}

	/** Something that is done in one of the tests that this step restores. */
	#hasBegun(restore: string): boolean {
		const tests = testsRestoredBy(nodeOf(this.#graph, restore)?.step.phase);
		return this.#graph.nodes.some(
			({step}) =>
				tests.includes(step.phase ?? '') &&
				step.action.kind !== 'probe' &&
				[...this.#begun].some(key => key.startsWith(`${step.id}@`)),
		);
	}

	#seeEnd(event: Extract<RunEvent, {type: 'PartEnded'}>): void {
		const key = keyOf(event);
		this.#underWay.delete(key);
		if (event.part === 'undo') {
			this.#seeUndone(event, key);
			return;
		}

		if (event.settles === 'done' || event.settles === 'satisfied') {
			this.#settled.add(key);
		}

		if (event.settles === 'done') {
			this.#undoDoubts.delete(key);
			// Its check, asked for by a person, has said so
			this.#mayRun.delete(key);
		}

		if (event.part === 'run' && event.outcome.kind !== 'lost') {
			this.#mayRun.delete(key);
		}

		const {step} = this.#node(event);
		// Of a restart it counts what the host's boot says, and nobody has to see its script end
		const isKnown = step.action.kind === 'script' && step.action.reboot !== undefined && event.settles !== 'unknown';
		if (event.part === 'run' && event.outcome.kind === 'lost' && !isKnown && changesSomething(step, 'run')) {
			this.#doubts.set(key, 'open');
		}

		if (event.part === 'run' && isKnown) {
			this.#doubts.set(key, 'mayRunAgain');
		}

		if (event.part === 'check' && event.outcome.kind === 'exited' && this.#doubts.get(key) === 'open') {
			this.#doubts.set(key, 'saidNotThere');
		}
	}

	/** The same attempt goes on, and no new one: what was intended for it is the newest again. */
	#seeLookedUp(event: Extract<RunEvent, {type: 'JobLookedUp'}>): void {
		const key = keyOf(event);
		const name = `${key}#${event.attempt}.${event.part}`;
		this.#object(!this.#intended.has(name), event, 'nothing of that name was begun');
		this.#object(this.#underWay.has(key), event, 'it is under way');
		this.#object(this.#settled.has(key), event, 'it is done already');
		switch (event.seen.kind) {
			case 'finished':
			case 'running':
				this.#intended.delete(name);
				this.#intended.add(name);
				this.#underWay.add(key);
				this.#doubts.set(key, 'mayRunAgain');
				break;
			case 'notStarted':
				this.#mayRun.delete(key);
				this.#doubts.set(key, 'mayRunAgain');
				break;
			case 'gone':
				this.#mayRun.delete(key);
				break;
			case 'superseded':
			case 'unanswered':
		}
	}

	#seeCrash(): void {
		for (const key of this.#underWay) {
			const newest = this.#newest(key);
			const node = nodeOf(this.#graph, key.slice(0, key.indexOf('@')));
			if (newest.endsWith('.undo')) {
				this.#unsettle(key);
				this.#doubts.set(key, 'open');
				this.#undoDoubts.add(key);
			} else if (newest.endsWith('.run') && node !== undefined && changesSomething(node.step, 'run')) {
				this.#doubts.set(key, 'open');
			}
		}

		this.#underWay.clear();
		this.#undosAsked.clear();
	}

	#seeUndo(event: Extract<RunEvent, {type: 'PartIntended'}>, key: string): void {
		this.#object(!event.changes, event, 'an undo changes something');
		this.#object(!this.#undosAsked.has(key), event, 'nobody asked to undo it');
		const later = this.#graph.nodes.slice(this.#graph.nodes.indexOf(this.#node(event)) + 1).map(({step}) => step.id);
		const isFirst = [...this.#undosAsked].every(asked => !later.some(id => asked.startsWith(`${id}@`)));
		this.#object(!isFirst, event, 'something behind it is to be undone first');
		this.#undosAsked.delete(key);
	}

	#seeUndone({settles}: Extract<RunEvent, {type: 'PartEnded'}>, key: string): void {
		if (settles === 'undone') {
			this.#unsettle(key);
			this.#doubts.set(key, 'saidNotThere');
			return;
		}

		this.#undosAsked.clear();
		if (settles === 'unknown') {
			this.#unsettle(key);
			this.#doubts.set(key, 'open');
			this.#undoDoubts.add(key);
		}
	}

	#unsettle(key: string): void {
		if (!this.#waived.has(key)) {
			this.#settled.delete(key);
		}
	}

	/** What was agreed to for one host does not hold for the next one. */
	#gateKey(step: string): string {
		return `${step}@${this.#found.get(step) ?? ''}`;
	}

	#newest(key: string): string {
		return [...this.#intended].findLast(name => name.startsWith(`${key}#`)) ?? '';
	}

	#mayRerun(event: {readonly step: string; readonly host: string}): boolean {
		return policyOf(this.#node(event).step) === 'rerun' && !this.#undoDoubts.has(keyOf(event));
	}

	/** On all its hosts; a role that moved is one host, and any will do. */
	#wasFinished(id: string): boolean {
		const node = this.#node({step: id});
		return node.step.on?.kind === 'role'
			? [...this.#settled].some(key => key.startsWith(`${id}@`))
			: node.hosts.every(host => this.#settled.has(`${id}@${host}`));
	}

	#hostsOf({step, hosts}: StepNode): readonly string[] {
		const found = this.#found.get(step.id);
		return found === undefined ? hosts : [found];
	}

	#node({step}: {readonly step: string}): StepNode {
		const node = nodeOf(this.#graph, step);
		if (node === undefined) {
			throw new Error(`An event names ${step}, which is no step`);
		}

		return node;
	}

	#object(isWrong: boolean, event: RunEvent, because: string): void {
		if (isWrong) {
			throw new Error(`${JSON.stringify(event)}: ${because}`);
		}
	}
}

function keyOf({step, host}: {readonly step: string; readonly host: string}): string {
	return `${step}@${host}`;
}
