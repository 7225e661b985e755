import {describe, expect, test} from 'vitest';
import {setUp, single} from './fixtures.js';
import {atRun} from './people.js';

const hanging = {plays: {'ssh-service': {hangs: true}}};

describe('how to stop', () => {
	test('is shown with what is under way and where, and each way says what becomes of it', async () => {
		const {desk} = await atRun(setUp, hanging);
		await desk.press('enter', 'q');
		expect(desk.screen()).toContain('SSH and the ESXi shell start with the host on esxi1, esxi2');
		for (const words of ['Nothing new begins', 'Its processes on the host are ended', 'Resuming the run looks up']) {
			expect(desk.screen()).toContain(words);
		}
	});

	test('what changes nothing is said to', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service.check': {hangs: true}}});
		await desk.press('ctrl-c');
		expect(desk.screen()).toContain('it changes nothing and simply begins again');
	});

	test('a pause lets it end and begins nothing new', async () => {
		const {desk, run} = await atRun(single, {plays: {flood: {hangs: true}}});
		await desk.press('enter', 'q', 'p');
		expect(run.state().status).toBe('paused');
		expect(desk.left()).toBeUndefined();
		expect(desk.screen()).toContain('paused');
	});

	test('the second Ctrl-C leaves, however long the first one was read', async () => {
		const {desk, run} = await atRun(setUp, hanging);
		await desk.press('enter', 'ctrl-c');
		await desk.pressAt('ctrl-c', desk.clock() + 60_000);
		expect(desk.left()).toBe('interrupted');
		expect(run.events().some(({type}) => type === 'CancelAsked')).toBe(false);
	});

	test('who went on is asked anew by the next Ctrl-C', async () => {
		const {desk} = await atRun(setUp, hanging);
		await desk.press('enter', 'ctrl-c', 'esc', 'ctrl-c');
		expect(desk.left()).toBeUndefined();
		expect(desk.screen()).toContain('Stop?');
	});

	test('Ctrl-Z is for when nothing is under way: a stopped program hears nothing of it', async () => {
		const {desk} = await atRun(setUp, hanging);
		await desk.press('enter', 'ctrl-z');
		expect(desk.screen()).toContain('nobody would listen to it');
	});
});

describe('notes', () => {
	test('on a step stand with it afterwards', async () => {
		const {desk} = await atRun(setUp);
		await desk.press('n', ...'left cable was loose', 'enter');
		expect(desk.screen()).toMatch(/note {2}14:00:\d\d anna: left cable was loose/);
		await desk.press('end');
		expect(desk.screen()).not.toContain('left cable was loose');
	});

	test('on the run stand in what came of it', async () => {
		const {desk} = await atRun(single);
		await desk.press('N', ...'rainy', 'enter', 'enter');
		expect(desk.screen()).toMatch(/Notes\n +14:00:\d\d anna: rainy/);
	});
});

describe('run settings', () => {
	test('the pace is chosen among three', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press('p', 'down', 'enter');
		expect(run.state().pace).toBe('phase');
	});

	test('the choice stays where it is if it shall not go along', async () => {
		const {desk} = await atRun(setUp);
		await desk.press('p', 'end', 'enter', 'esc', 'enter');
		expect(desk.screen()).toMatch(/▌ +✔ SSH and the ESXi/);
	});
});
