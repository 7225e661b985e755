import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {byHand, setUp, single, tall, wipe} from './fixtures.js';
import {atPreflight, atRun} from './people.js';

const types = (events: readonly RunEvent[]) => events.map(({type}) => type);
const count = (events: readonly RunEvent[], type: RunEvent['type']) => types(events).filter(own => own === type).length;

/** As far as the first gate: two scripts on both hosts and one more. */
const toTheGate = ['enter', 'enter', 'enter'] as const;
/** Through the gate to the step that reads a value. */
const toTheValue = [...toTheGate, 'y'] as const;

describe('Enter is the next safe thing', () => {
	test('it runs what is shown', async () => {
		const {desk, run} = await atRun(setUp);
		expect(desk.screen()).toContain('↵ run on both');
		await desk.press('enter');
		expect(types(run.events())).toContain('StepConfirmed');
		expect(run.state().progress.get('ssh-service@esxi1')?.state).toBe('done');
	});

	test('at a warning it is a no', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheGate);
		expect(desk.screen()).toContain('Warning');
		await desk.press('enter');
		expect(count(run.events(), 'GatePassed')).toBe(0);
		expect(desk.model().modal).toBeUndefined();
	});

	test('a gate that was put aside stays closed until somebody opens it', async () => {
		const {desk} = await atRun(setUp);
		await desk.press(...toTheGate, 'enter');
		await desk.look();
		expect(desk.model().modal).toBeUndefined();
		await desk.press('enter');
		expect(desk.model().modal?.kind).toBe('question');
	});

	test('at a failure and at an unknown outcome it changes nothing', async () => {
		for (const outcome of [
			{kind: 'exited', code: 1},
			{kind: 'lost', evidence: 'the link was lost'},
		] as const) {
			const {desk, run} = await atRun(single, {plays: {flood: {outcome}}});
			await desk.press('enter');
			expect(desk.model().modal?.kind).toBe('question');
			const before = run.events().length;
			await desk.press('enter', 'enter', 'enter');
			expect(run.events().length).toBe(before);
		}
	});

	test('on another step it leads back to where the run is', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press('down', 'down', 'down');
		const before = run.events().length;
		expect(desk.screen()).toContain('↵ to where the run is');
		await desk.press('enter');
		expect(run.events().length).toBe(before);
		expect(desk.screen()).toContain('↵ run on both');
	});

	test('in a rehearsal it lets the lab do what is done by hand', async () => {
		const {desk, run} = await atRun(setUp, {mode: 'rehearsal'});
		await desk.press(...toTheValue);
		expect(desk.screen()).toContain('↵ let the lab do it');
		await desk.press('enter');
		expect(types(run.events())).toContain('HandDone');
	});
});

describe('what Enter answers has been on the screen', () => {
	const low = {size: {columns: 80, rows: 24}};

	test('a long script is read to its end before it runs', async () => {
		const {desk, run} = await atRun(tall, {}, low);
		expect(desk.screen()).toContain('↵ read on');
		await desk.press('enter');
		expect(desk.screen()).toContain('echo line 30');
		expect(count(run.events(), 'StepConfirmed')).toBe(0);
		await desk.press('enter');
		expect(desk.screen()).toContain('echo line 40');
		expect(desk.screen()).toContain('↵ run on esxi1');
		await desk.press('enter');
		expect(count(run.events(), 'StepConfirmed')).toBe(1);
	});

	test('a step whose pane is not on the screen is shown first', async () => {
		const {desk, run} = await atRun(setUp, {}, low);
		await desk.press('1', 'enter');
		expect(desk.screen()).toContain('vim-cmd hostsvc/enable_ssh');
		expect(count(run.events(), 'StepConfirmed')).toBe(0);
	});

	test('a gate shows what runs behind it, to the last line', async () => {
		const {desk} = await atRun(tall, {}, low);
		await desk.press('enter', 'enter', 'enter');
		expect(desk.screen()).toMatch(/▼ \d+ more, ↓ to read on/);
		await desk.press(...Array.from({length: 8}, () => 'page-down'));
		expect(desk.screen()).toContain('echo line 40');
		expect(desk.screen()).toContain('y  yes, go on');
	});

	test.for([
		{columns: 60, rows: 15},
		{columns: 80, rows: 24},
		{columns: 160, rows: 45},
	])('a gate is not passed before its script was seen to the end in $columns x $rows', async size => {
		const {desk, run} = await atRun(tall, {}, {size});
		await desk.press('s', 'x', 'enter');
		for (const line of [10, 20, 30, 40]) {
			for (let page = 0; page < 9 && !desk.screen().includes(`echo line ${line}`); page++) {
				await desk.press('y');
			}
			expect(desk.screen()).toContain(`echo line ${line}`);
		}
		expect(count(run.events(), 'GatePassed')).toBe(0);
		await desk.press('y');
		expect(count(run.events(), 'GatePassed')).toBe(1);
	});

	test('what is read on counts as new: the same key does not agree to it right away', async () => {
		const {desk, run} = await atRun(tall, {}, {size: {columns: 100, rows: 36}});
		await desk.press('s', 'x', 'enter', 'y');
		expect(desk.screen()).toContain('y  yes, go on');
		await desk.pressAt('y', desk.clock() + 299);
		expect(count(run.events(), 'GatePassed')).toBe(0);
	});

	test('a danger shows what each host gets, and takes no name before', async () => {
		const {desk, run} = await atRun(wipe, {}, {size: {columns: 60, rows: 15}});
		await desk.press(...'esxi1.example');
		for (const shown of [
			"--first '172.31.255.2'",
			"--second '172.31.255.2'",
			"--first '172.31.255.3'",
			"--second '172.31.255.3'",
		]) {
			for (let page = 0; page < 9 && !desk.screen().includes(shown); page++) {
				expect(desk.screen()).toContain('↵ read on');
				await desk.press('enter');
			}
			expect(desk.screen()).toContain(shown);
		}
		expect(desk.screen()).not.toContain('That is not the name.');
		await desk.press('enter', ...'esxi2.example', 'enter');
		expect(run.events()).toContainEqual(
			expect.objectContaining({type: 'GatePassed', typed: ['esxi1.example', 'esxi2.example']}),
		);
	});

	test('a warning on a low terminal is read back to its first row with as many keys', async () => {
		const {desk} = await atRun(tall, {}, low);
		await desk.press('enter', 'enter', 'enter');
		const [top = ''] = /Read it to its end[\s\S]*▼ \d+ more/.exec(desk.screen()) ?? [];
		expect(top).not.toBe('');
		await desk.press(...Array.from({length: 60}, () => 'down'), 'up');
		expect(desk.screen()).not.toContain('echo line 40');
		await desk.press(...Array.from({length: 60}, () => 'up'));
		expect(desk.screen()).toContain(top);
	});
});

describe('nothing is confirmed by accident', () => {
	test('no key confirms for 300 ms after a question came up', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheGate);
		const openedAt = desk.model().modal?.openedAt ?? 0;
		await desk.pressAt('y', openedAt + 299);
		expect(count(run.events(), 'GatePassed')).toBe(0);
		await desk.pressAt('y', openedAt + 300);
		expect(count(run.events(), 'GatePassed')).toBe(1);
	});

	test('an Enter meant for the step before does not put a question aside', async () => {
		const {desk} = await atRun(setUp);
		await desk.press(...toTheGate);
		const openedAt = desk.model().modal?.openedAt ?? 0;
		await desk.pressAt('enter', openedAt + 299);
		expect(desk.model().modal?.kind).toBe('question');
		await desk.pressAt('esc', openedAt + 299);
		expect(desk.model().modal).toBeUndefined();
	});

	test('the second Enter of a double press does not run the next step', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press('enter');
		await desk.pressAt('enter', desk.clock() + 200);
		expect(count(run.events(), 'StepConfirmed')).toBe(1);
	});

	test('an Enter that was typed ahead with other keys does nothing', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.pressAt('enter', desk.clock() + 5000, false);
		expect(count(run.events(), 'StepConfirmed')).toBe(0);
	});

	test('a danger wants the name typed that the host gave of itself', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheValue, 'enter', ...'vmhba64', 'enter', 'enter');
		expect(desk.screen()).toContain('Danger');
		await desk.press(...'esxi1', 'enter');
		expect(desk.screen()).toContain('That is not the name.');
		expect(count(run.events(), 'GatePassed')).toBe(1);
		await desk.press(...'.example', 'enter');
		expect(run.events()).toContainEqual(expect.objectContaining({type: 'GatePassed', typed: ['esxi1.example']}));
	});

	test('a danger takes no pasted name', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheValue, 'enter', ...'vmhba64', 'enter', 'enter');
		await desk.send({kind: 'pasted', text: 'esxi1.example'});
		expect(desk.screen()).toContain('This has to be typed by hand.');
		await desk.press('enter');
		expect(count(run.events(), 'GatePassed')).toBe(1);
	});

	test('Esc leads out of every question and confirms none', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheGate);
		const before = run.events().length;
		await desk.press('esc');
		expect(desk.model().modal).toBeUndefined();
		await desk.press('s', 'esc', 'p', 'esc', 'n', 'esc', '?', 'esc');
		expect(run.events().length).toBe(before);
	});
});

describe('a reason is asked for and kept', () => {
	test('skipping without one is refused, with one it stands in the run', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press('s', 'enter');
		expect(desk.screen()).toContain('A reason is wanted');
		await desk.press(...'not here', 'enter');
		expect(run.events()).toContainEqual(
			expect.objectContaining({type: 'StepSkipped', step: 'ssh-service', reason: 'not here'}),
		);
	});

	test('Esc leads from the reason back to the failure', async () => {
		const {desk} = await atRun(single, {plays: {flood: {outcome: {kind: 'exited', code: 1}}}});
		await desk.press('enter', 's', 'esc');
		expect(desk.model().modal?.kind).toBe('question');
	});

	test('what is said of one host leaves the other alone', async () => {
		const {desk, run} = await atRun(setUp, {
			plays: {
				'ssh-service@esxi1': {outcome: {kind: 'exited', code: 1}},
				'ssh-service@esxi2': {outcome: {kind: 'lost', evidence: 'the link was lost'}},
			},
		});
		await desk.press('enter');
		expect(desk.screen()).toContain('failed on esxi1');
		await desk.press('d');
		expect(desk.screen()).toMatch(/Mark done[\s\S]* on esxi1 /);
		await desk.press(...'seen', 'enter');
		expect(run.events().filter(({type}) => type === 'StepMarked')).toEqual([expect.objectContaining({host: 'esxi1'})]);
		expect(run.state().progress.get('ssh-service@esxi2')?.state).toBe('unknown');
		expect(desk.screen()).toContain('on esxi2: nobody saw how it ended');
	});

	test('a failed step is tried again on one host of two', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {outcome: {kind: 'exited', code: 1}}}});
		await desk.press('enter', '2');
		expect(run.events().filter(({type}) => type === 'RetryAsked')).toEqual([expect.objectContaining({host: 'esxi2'})]);
	});
});

describe('a step done by hand', () => {
	test('what was read is checked and kept', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheValue, 'enter', 'enter', 'enter');
		expect(desk.screen()).toMatch(/vmhba: .*\./);
		await desk.press('shift-tab', ...'vmhba64', 'tab', 'enter');
		expect(run.state().values['vmhba']).toEqual({esxi1: 'vmhba64'});
	});

	test('on one host it does not keep the other one waiting', async () => {
		const {desk, run} = await atRun(byHand, {mode: 'rehearsal'});
		expect(desk.screen()).toContain('↵ let the lab do it on esxi1');
		expect(desk.screen()).not.toContain('mark done…');
		await desk.press('x', ...'no such cable', 'enter');
		expect(desk.screen()).toContain('esxi1: not as described: no such cable');
		await desk.press('enter');
		expect(desk.screen()).toContain('↵ let the lab do it on esxi2');
		await desk.press('a');
		expect(desk.screen()).toContain('failed on esxi1');
		await desk.press('esc', 'enter');
		expect(run.state().progress.get('cables@esxi2')?.state).toBe('done');
		expect(run.state().progress.get('cables@esxi1')?.state).toBe('failed');
	});

	test('cannot is said with a note', async () => {
		const {desk, run} = await atRun(setUp);
		await desk.press(...toTheValue, 'c', ...'no such menu', 'enter');
		expect(run.events()).toContainEqual(
			expect.objectContaining({type: 'ManualAnswered', choice: 'cannot', note: 'no such menu'}),
		);
	});
});

describe('the choice goes along with the run', () => {
	test('while it stands where the run is', async () => {
		const {desk} = await atRun(setUp);
		await desk.press('enter');
		expect(desk.screen()).toMatch(/▌ +! Time comes/);
	});

	test('but stays where somebody has just put it', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {hangs: true}}});
		await desk.press('enter', 'down', 'down', 'down');
		run.end('ssh-service.run');
		await desk.look();
		expect(desk.screen()).toMatch(/▌ +· Add the virtual/);
		await desk.press('.');
		expect(desk.screen()).toMatch(/▌ +! Time comes/);
	});
});

describe('leaving', () => {
	test('q asks while something runs, and Enter stays', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service': {hangs: true}}});
		await desk.press('enter', 'q');
		expect(desk.screen()).toContain('Stop?');
		await desk.press('enter');
		expect(desk.left()).toBeUndefined();
	});

	test('Ctrl-C says what is under way and what becomes of it, and Enter lets it run', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {hangs: true}}});
		await desk.press('enter', 'ctrl-c');
		expect(desk.screen()).toMatch(/Stop\?[\s\S]*on esxi1, esxi2[\s\S]*running, 1 s; it changes the host/);
		await desk.press('enter');
		expect(count(run.events(), 'CancelAsked')).toBe(0);
		await desk.press('ctrl-c', 'i');
		expect(count(run.events(), 'CancelAsked')).toBe(2);
	});

	test('Ctrl-C twice within a second leaves and interrupts nothing', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {hangs: true}}});
		await desk.press('enter', 'ctrl-c');
		await desk.pressAt('ctrl-c', desk.clock() + 900);
		expect(desk.left()).toBe('interrupted');
		expect(count(run.events(), 'CancelAsked')).toBe(0);
	});
});

describe('preflight', () => {
	test('a host that refused us holds the run up; trying again asks it anew', async () => {
		const refused: RunEvent = {
			type: 'HostRefused',
			host: 'esxi1',
			refusal: 'auth',
			reason: 'no key fits',
			next: 'Load the key.',
		};
		const {desk, run} = await atPreflight(setUp, {contacts: {esxi1: [refused]}});
		await desk.press('enter');
		expect(count(run.events(), 'RunBegun')).toBe(0);
		await desk.press('t', 'enter');
		expect(count(run.events(), 'RunBegun')).toBe(1);
	});

	test('beginning while a host does not answer takes another key than Enter, which says what becomes of it', async () => {
		const away: RunEvent = {type: 'HostRefused', host: 'esxi2', refusal: 'unreachable', reason: 'no route', next: ''};
		const {desk, run} = await atPreflight(setUp, {contacts: {esxi2: [away]}});
		expect(desk.screen()).toContain('B begin, and ask esxi2 again when due');
		await desk.press('enter');
		expect(desk.screen()).toContain('esxi2 did not answer');
		expect(count(run.events(), 'RunBegun')).toBe(0);
		await desk.press('B');
		expect(count(run.events(), 'RunBegun')).toBe(1);
	});

	test('a key that was never seen is trusted with y alone', async () => {
		const met: RunEvent = {type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aPq'};
		const {desk, run} = await atPreflight(setUp, {contacts: {esxi2: [met]}});
		await desk.press('enter');
		expect(count(run.events(), 'HostKeyTrusted')).toBe(0);
		expect(desk.screen()).toContain('y trust the key of esxi2');
		await desk.press('y');
		expect(run.events()).toContainEqual(expect.objectContaining({type: 'HostKeyTrusted', fingerprint: 'SHA256:9aPq'}));
	});

	test('a key that was never seen is asked about, also while the run is paused', async () => {
		const met: RunEvent = {type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aPq'};
		const {desk, run} = await atPreflight(setUp, {contacts: {esxi2: [met]}});
		await run.handle.request({kind: 'pause', reason: 'lunch'});
		await desk.look();
		await desk.press('y');
		expect(count(run.events(), 'HostKeyTrusted')).toBe(1);
	});

	test('a secret is asked for, masked and handed over', async () => {
		const {desk, run} = await atPreflight(setUp);
		run.prompt('Password for root:', false);
		await desk.look();
		await desk.press(...'hunter2');
		expect(desk.screen()).toContain('•••••••');
		expect(desk.screen()).not.toContain('hunter2');
		await desk.press('enter');
		expect(run.told()).toEqual(['hunter2']);
	});

	test('one that is too short to be taken out of everything is told so', async () => {
		const {desk, run} = await atPreflight(setUp);
		run.prompt('Licence key', false);
		await desk.look();
		await desk.press(...'1234', 'enter');
		expect(run.told()).toEqual(['1234']);
		expect(desk.screen()).toContain('only itself is taken out of output');
	});

	test('asked for again, it says that the last answer was not taken', async () => {
		const {desk, run} = await atPreflight(setUp);
		run.prompt('Password for root:', false);
		await desk.look();
		expect(desk.screen()).not.toContain('not taken');
		await desk.press(...'hunter3', 'enter');
		run.prompt('Password for root:', false);
		await desk.look();
		expect(desk.screen()).toContain('The last answer was not taken.');
		expect(desk.screen()).not.toContain('•');
	});
});

describe('output', () => {
	const lines = (from: number, to: number) =>
		Array.from({length: to - from}, (_, index) => `line ${from + index}\n`).join('');

	test('is followed at its end, and stays where somebody reads further up', async () => {
		const {desk, run} = await atRun(single, {plays: {flood: {output: lines(0, 100), hangs: true}}});
		await desk.press('enter', '3');
		expect(desk.screen()).toContain('line 99');
		await desk.press('page-up');
		const seen = /line \d+/.exec(desk.screen())?.[0];
		run.print('flood@esxi1', lines(100, 120));
		await desk.look();
		expect(desk.screen()).not.toContain('line 119');
		expect(/line \d+/.exec(desk.screen())?.[0]).toBe(seen);
		expect(desk.screen()).toMatch(/▼ \d+ new lines, G to follow/);
		await desk.press('G');
		expect(desk.screen()).toContain('line 119');
	});

	test('a resize keeps the first line in view', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: lines(0, 100), hangs: true}}});
		await desk.press('enter', '3', 'page-up');
		const seen = /line \d+/.exec(desk.screen())?.[0];
		await desk.resize({columns: 80, rows: 24});
		expect(/line \d+/.exec(desk.screen())?.[0]).toBe(seen);
	});

	test('each host has its own', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service': {output: 'enabled\n', hangs: true}}});
		await desk.press('enter');
		expect(desk.screen()).toMatch(/─ ▶ esxi1 {2}running.*─ ▶ esxi2 {2}running/);
		await desk.press('3', 'right', 'z');
		expect(desk.screen()).toContain('[esxi2]');
	});
});

test('the help is made of the keys that work, with the reason where one does not', async () => {
	const {desk} = await atRun(setUp, {}, {size: {columns: 120, rows: 90}});
	await desk.press('?');
	const screen = desk.screen();
	expect(screen).toMatch(/↵ +run on both/);
	expect(screen).toMatch(/i +interrupt…; not now: \S/);
	expect(screen).toMatch(/\^C +stop…; twice: leave/);
});

test('the help is read to its end and back on a low terminal, with no key lost', async () => {
	const {desk} = await atRun(setUp, {}, {size: {columns: 60, rows: 15}});
	await desk.press('?');
	const top = desk.screen();
	expect(top).toContain('to read on');
	await desk.press('G');
	expect(desk.screen()).toMatch(/\? +help/);
	await desk.press('G', 'k', 'g');
	expect(desk.screen()).toBe(top);
});

test('the summary is read to its end on a low terminal', async () => {
	const {desk, run} = await atRun(setUp, {}, {size: {columns: 60, rows: 15}});
	for (const {step} of run.graph.nodes) {
		await desk.press('esc', 's', ...`why ${step.id}`, 'enter');
	}
	expect(desk.screen()).toContain('8  skipped');
	expect(desk.screen()).not.toContain('Kept in');
	await desk.press('G');
	expect(desk.screen()).toMatch(/esxi1, esxi2\n {5}why virtual-switches/);
	expect(desk.screen()).toContain('Kept in /runs/fake.fieldbook');
});
