import {describe, expect, test} from 'vitest';
import type {Hands} from '../../src/engine/ports.js';
import {UserError} from '../../src/text/user-error.js';
import {byHand, facts, graphOf, step, twoHosts, verify} from '../run/given.js';
import {FakeTransport, Run} from './fake-world.js';

const goes = graphOf([step('a', {action: {...byHand, expects: 'down'}})]);
const comes = graphOf([step('a', {action: {...byHand, expects: 'up'}})]);

/** A transport whose host answers as `answers` says, look by look, the last one for ever. */
function looking(...answers: readonly boolean[]): FakeTransport & {looks: number} {
	const transport = Object.assign(new FakeTransport(), {looks: 0});
	transport.isUp = () => answers[Math.min(transport.looks++, answers.length - 1)] ?? false;
	return transport;
}

describe('a host that is to go', () => {
	test('has gone after two misses, and went when it was last heard', async () => {
		const transport = looking(true, true, false, true, false, false);
		const run = new Run(goes, {transport});
		const state = await run.finish();
		expect(transport.looks).toBe(6);
		expect(state.progress.get('a@web-1')).toMatchObject({
			state: 'done',
			because: 'saw it go',
			finishedAt: '2026-11-20T10:00:03.000Z',
		});
	});

	test('and was never heard proves nothing', async () => {
		const transport = looking(false);
		const run = new Run(goes, {transport});
		await run.begin();
		await run.until(() => true);
		while (transport.looks < 10) {
			await new Promise(setImmediate);
		}

		expect((await run.until(() => true)).progress.get('a@web-1')).toBeUndefined();
		await run.ask({kind: 'answer', step: 'a', choice: 'done', note: '', value: ''});
		await run.until(({status}) => status === 'finished');
	});

	test('is not watched while the run is paused, and again when it goes on', async () => {
		const transport = looking(true);
		const run = new Run(goes, {transport});
		await run.begin();
		await run.ask({kind: 'pause', reason: 'lunch'});
		await new Promise(setImmediate);
		const {looks} = transport;
		await new Promise(setImmediate);
		expect(transport.looks).toBe(looks);
		transport.isUp = () => transport.looks++ < looks + 2;
		await run.ask({kind: 'begin'});
		await run.until(({status}) => status === 'finished');
	});
});

test('a cord that was pulled on another host of the group is noticed, and so is that it is in again', async () => {
	const transport = new FakeTransport();
	let otherIsUp = true;
	let isUp = true;
	transport.isUp = name => (name === 'web-1' ? isUp : otherIsUp);
	const both = graphOf([step('b', {hosts: ['web-2']}), step('a', {action: {...byHand, expects: 'down'}})]);
	const run = new Run(both, {transport});
	await run.begin();
	await run.until(({progress}) => progress.get('b@web-2')?.state === 'done');
	otherIsUp = false;
	const gone = await run.until(({hosts}) => hosts.get('web-2')?.kind === 'refused');
	expect(gone.hosts.get('web-2')).toMatchObject({
		refusal: 'unreachable',
		reason: 'web-2 has gone, and web-1 still answers',
	});
	expect(gone.progress.get('a@web-1')).toBeUndefined();
	otherIsUp = true;
	await run.until(({hosts}) => hosts.get('web-2')?.kind === 'reached');
	isUp = false;
	const state = await run.until(({status}) => status === 'finished');
	expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', because: 'saw it go'});
});

test('a look that hangs while the run is paused does not keep it from being watched again', async () => {
	const transport = new FakeTransport();
	const looks: Array<PromiseWithResolvers<boolean>> = [];
	transport.answers = () => {
		const look = Promise.withResolvers<boolean>();
		looks.push(look);
		return look.promise;
	};
	const run = new Run(goes, {transport});
	await run.begin();
	await run.ask({kind: 'pause', reason: 'lunch'});
	await run.ask({kind: 'begin'});
	expect(looks).toHaveLength(2);
	await run.handle.close();
});

describe('a host that is to come', () => {
	test('has come when it lets us in', async () => {
		const transport = looking(false, false, true);
		const run = new Run(comes, {transport});
		const state = await run.finish();
		expect(state.progress.get('a@web-1')).toMatchObject({
			because: 'saw it come',
			finishedAt: '2026-11-20T10:00:02.000Z',
		});
		expect(run.events.filter(({event}) => event.type === 'HostContacted')).toHaveLength(2);
	});

	test('is looked at again while its login is not up yet', async () => {
		const transport = looking(true);
		let contacts = 0;
		const run = new Run(comes, {transport});
		await run.begin();
		transport.contactWith = ({name}) =>
			++contacts < 3
				? {kind: 'refused', refusal: 'unreachable', reason: 'no banner', next: ''}
				: {kind: 'reached', facts: facts(name)};
		await run.until(({status}) => status === 'finished');
	});

	test('and turns us away is not asked again before somebody says so', async () => {
		const transport = looking(false, true);
		const run = new Run(comes, {transport});
		await run.begin();
		transport.contactWith = () => ({kind: 'refused', refusal: 'auth', reason: 'no', next: 'load the key'});
		await run.until(({hosts}) => hosts.get('web-1')?.kind === 'refused');
		const {looks} = transport;
		await new Promise(setImmediate);
		expect(transport.looks).toBe(looks);
		transport.contactWith = ({name}) => ({kind: 'reached', facts: facts(name)});
		await run.ask({kind: 'contact-again', host: 'web-1'});
		await run.until(({status}) => status === 'finished');
	});
});

describe('the hand of the lab', () => {
	const rehearsal = {start: {mode: 'rehearsal'}} as const;

	function hand(done: Awaited<ReturnType<Hands['perform']>>): Hands & {readonly asked: string[]} {
		const asked: string[] = [];
		return {
			asked,
			async perform(step, host) {
				asked.push(`${step}@${host}`);
				return done;
			},
		};
	}

	test('does what is asked, and the watchers see it', async () => {
		const transport = new FakeTransport();
		let isOn = true;
		transport.isUp = () => isOn;
		const hands: Hands = {
			async perform() {
				isOn = false;
				return {did: 'power off esxi1', answer: undefined};
			},
		};
		const run = new Run(goes, {...rehearsal, transport, hands});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		const state = await run.until(({status}) => status === 'finished');
		expect(state.progress.get('a@web-1')?.because).toBe('saw it go');
	});

	test('completes a step that nobody watches, and its verify follows', async () => {
		const run = new Run(graphOf([step('a', {action: byHand, verify: verify()})]), {
			...rehearsal,
			hands: hand({did: 'plug in', answer: undefined}),
		});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		await run.until(({status}) => status === 'finished');
		expect(run.transport.jobs).toEqual(['r1.a.web-1.1.verify']);
	});

	test('answers what would be read off a screen', async () => {
		const captures = {name: 'vmhba', type: 'name', optional: false} as const;
		const run = new Run(graphOf([step('a', {action: byHand, captures})]), {
			...rehearsal,
			hands: hand({did: 'look', answer: 'vmhba64'}),
		});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		const state = await run.until(({status}) => status === 'finished');
		expect(state.values).toEqual({vmhba: {'web-1': 'vmhba64'}});
	});

	test('is asked once for all hosts of a tick for all', async () => {
		const hands = hand({did: 'look', answer: undefined});
		const run = new Run(graphOf([step('a', {hosts: twoHosts, action: {...byHand, once: true}})]), {
			...rehearsal,
			hands,
		});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		await run.until(({status}) => status === 'finished');
		expect(hands.asked).toEqual(['a@web-1']);
	});

	test('of which lab.yaml says nothing is as good as done', async () => {
		const run = new Run(graphOf([step('a', {action: byHand})]), {...rehearsal, hands: hand(undefined)});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		const state = await run.until(({status}) => status === 'finished');
		expect(state.progress.get('a@web-1')?.note).toBe('no hand in lab.yaml');
	});

	test('that should answer and does not fails the step', async () => {
		const captures = {name: 'vmhba', type: 'name', optional: false} as const;
		const run = new Run(graphOf([step('a', {action: byHand, captures})]), {...rehearsal, hands: hand(undefined)});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.note).toBe('lab.yaml has no answer for a that could be its vmhba');
	});

	test('that cannot do it fails the step, not the run', async () => {
		const hands: Hands = {
			perform: () => Promise.reject(new UserError('no-such-host', 'There is no esxi9.', 'Correct lab.yaml.', 2)),
		};
		const run = new Run(graphOf([step('a', {action: byHand})]), {...rehearsal, hands});
		await run.begin();
		await run.ask({kind: 'hand', step: 'a'});
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')).toMatchObject({because: 'cannot', note: 'There is no esxi9.'});
	});

	test('is nobody’s on real hosts', async () => {
		const run = new Run(graphOf([step('a', {action: byHand})]), {hands: hand(undefined)});
		await run.begin();
		expect(await run.handle.request({kind: 'hand', step: 'a'})).toEqual({
			accepted: false,
			because: 'Only in a rehearsal can the lab do this.',
		});
	});
});
