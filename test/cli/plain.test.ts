import {setImmediate} from 'node:timers/promises';
import {expect, test, vi} from 'vitest';
import {Person} from '../../src/cli/person.js';
import {type PlainRun, runPlain} from '../../src/cli/plain.js';
import type {RunEvent} from '../../src/run/event.js';
import type {Effect} from '../../src/run/next.js';
import {begun, contacted, ended, graph, intended, reachedAll, started, stateAfter} from '../view/story.js';
import {FakeRun} from './fake-run.js';

/** A world in which everything goes well: checks find nothing, everything else works. */
function fine(effect: Effect): readonly RunEvent[] {
	switch (effect.kind) {
		case 'contact':
			return [contacted(effect.host)];
		case 'part':
			return [intended(effect), ended(effect, effect.part === 'check' ? null : settled(effect))];
		case 'hand':
			return effect.hosts.flatMap(host => byHand(effect.step, host));
		case 'watch':
		case 'look':
		case 'follow':
		case 'probe':
		case 'role':
		case 'limit':
		case 'cancel':
		case 'record':
			return [];
	}
}

/** The watchers see at once what the lab's hand does. */
function byHand(step: string, host: string): readonly RunEvent[] {
	const watched = step === 'power-off-esxi1';
	const done: RunEvent = {type: 'HandDone', step, host, did: 'did it', watched, captured: {}};
	const seen: RunEvent = {type: 'HostSeen', step, host, what: 'down', since: '2026-11-20T14:30:37.000Z'};
	return watched ? [done, seen] : [done];
}

/** What a verify must still follow is settled by it. */
const settled = ({step, part}: Extract<Effect, {kind: 'part'}>) =>
	step === 'vswitches' && part === 'run' ? null : 'done';

/** The same, but this step fails on this host. */
const failing =
	(step: string, host: string, settles: 'failed' | 'unknown' = 'failed') =>
	(effect: Effect): readonly RunEvent[] =>
		effect.kind === 'part' && effect.step === step && effect.host === host && effect.part === 'run'
			? [
					intended(effect),
					ended(effect, settles, {
						because: settles === 'failed' ? 'exit 1, accepted: 0' : 'the link was lost',
						outcome: settles === 'failed' ? {kind: 'exited', code: 1} : {kind: 'lost', evidence: 'the link was lost'},
					}),
				]
			: fine(effect);

async function play(
	handle: FakeRun,
	more: Partial<PlainRun> = {},
	own = graph,
): Promise<{readonly status: number; readonly lines: readonly string[]}> {
	const lines: string[] = [];
	const status = await runPlain(handle, own, {
		resume: 'fieldbook resume Yokohama',
		print: async text => {
			lines.push(...text.split('\n'));
		},
		yes: true,
		encodingOf: () => 'utf-8',
		ascii: false,
		toldUpTo: 0,
		timeZone: 'UTC',
		...more,
	});
	return {status, lines};
}

test('a rehearsal with yes answers everything and runs to the end', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], fine);
	const {status, lines} = await play(handle);
	expect(status).toBe(0);
	expect(lines.at(-1)).toMatch(/✔ finished\. 6 steps: 6 done; 1 of 1 piece of evidence$/);
	expect(handle.requests).toContainEqual({kind: 'pass-gate', step: 'power-off-esxi1', typed: ['esxi1.example']});
	expect(handle.requests.filter(({kind}) => kind === 'hand')).toHaveLength(2);
	expect(handle.listeners).toBe(0);
});

test('on real hosts the first question for a person pauses the run and says how to go on', async () => {
	const handle = new FakeRun(graph, [started('real')], fine);
	const {status, lines} = await play(handle);
	expect(status).toBe(1);
	expect(handle.requests.map(({kind}) => kind)).toEqual(['begin', 'pause']);
	const asks = lines.indexOf('! The SSH service is on. on esxi1, esxi2');
	expect(asks).toBeGreaterThan(0);
	expect(lines.slice(asks + 1)).toEqual([
		'    You can: run on both, skip',
		expect.stringMatching(/· paused by ada: nobody could be asked$/),
		'6 steps: 1 ready, 5 waiting',
		'To go on: fieldbook resume Yokohama',
	]);
});

test('without yes a rehearsal stops as well', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], fine);
	expect((await play(handle, {yes: false})).status).toBe(1);
	expect(handle.requests.map(({kind}) => kind)).toEqual(['begin', 'pause']);
});

test('a failure shows the last lines of its output, harmless, and stops', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], failing('ssh-service', 'esxi2'));
	handle.output = new TextEncoder().encode(
		`${Array.from({length: 30}, (_, index) => `line ${index}`).join('\n')}\n\u001B[31mno\u001B[2J such switch\n`,
	);
	const {status, lines} = await play(handle);
	expect(status).toBe(1);
	const shown = lines.filter(line => line.startsWith('    esxi2 | '));
	expect(shown).toHaveLength(21);
	expect([shown[0], shown[1], shown.at(-1)]).toEqual([
		`    esxi2 | (the last lines of ${handle.output.length} bytes)`,
		'    esxi2 | line 11',
		'    esxi2 | no such switch',
	]);
	expect(lines).toContain('! The SSH service is on. failed on esxi2');
	expect(handle.requests.at(-1)).toEqual({kind: 'pause', reason: 'nobody could be asked'});
});

test('who goes on with a run reads the last output of what is unknown, how old it is, and what its host said', async () => {
	const lost = intended({step: 'ssh-service', host: 'esxi1', attempt: 1, part: 'run'});
	const looked = [{kind: 'gone', because: 'rebooted'} as const];
	const before = [started('rehearsal'), ...reachedAll, begun, {...lost, changes: true, detached: true} as const];
	const changing = graph.nodes.map(node => ({...node, step: {...node.step, readonly: false}}));
	const own = {...graph, nodes: changing};
	const handle = new FakeRun(own, before, () => []);
	const toldUpTo = handle.events.length;
	handle.output = new TextEncoder().encode('41% done\n42% done\n');
	handle.outputAt = Date.now() - 3_600_000;
	const resumed: RunEvent = {type: 'RunResumed', by: 'ada', device: 'laptop', version: '0'};
	handle.perform = effect =>
		effect.kind === 'look'
			? looked.splice(0).map(seen => ({type: 'JobLookedUp', ...lookedAt(effect), seen}) as const)
			: effect.kind === 'contact'
				? [contacted(effect.host)]
				: [];
	handle.happen(resumed);
	const {status, lines} = await play(handle, {toldUpTo}, own);
	expect(status).toBe(3);
	expect(lines).toEqual(
		expect.arrayContaining([
			'    esxi1 | (its last output, 60 min ago)',
			'    esxi1 | 42% done',
			expect.stringMatching(/^ {4}Looked on esxi1 at 14:30:\d\d: esxi1 has booted since\.$/),
		]),
	);
});

test.for([
	[8, 'wait'],
	[9, 'stop'],
] as const)('a host that was silent %i times: where nobody can be asked, %s', ([times, kind]) => {
	const sent = {...intended({step: 'ssh-service', host: 'esxi1'}), detached: true} as const;
	const silent = {kind: 'unanswered', evidence: 'no route to host'} as const;
	const about = {step: 'ssh-service', host: 'esxi1', attempt: 1, part: 'run'} as const;
	const state = stateAfter(
		...[started('real'), ...reachedAll, begun, sent, ended(about, 'unknown', {outcome: {kind: 'lost', evidence: 'x'}})],
		...Array.from({length: times}, () => ({type: 'JobLookedUp', ...about, seen: silent}) as const),
	);
	expect(new Person(graph, false, false).moveIn(state).kind).toBe(kind);
	expect(new Person(graph, false, true).moveIn(state).kind).toBe('stop');
});

function lookedAt({step, host, attempt, part}: Extract<Effect, {kind: 'look'}>) {
	return {step, host, attempt, part};
}

test('an unknown outcome is for people alone: status 3', async () => {
	const {status, lines} = await play(
		new FakeRun(graph, [started('rehearsal')], failing('ssh-service', 'esxi2', 'unknown')),
	);
	expect(status).toBe(3);
	expect(lines).toContain('! The SSH service is on. on esxi2: nobody saw how it ended');
});

test('a host that refuses us keeps the run from beginning: status 4', async () => {
	const refuse = (effect: Effect): readonly RunEvent[] =>
		effect.kind === 'contact' && effect.host === 'ec1'
			? [{type: 'HostRefused', host: 'ec1', refusal: 'auth', reason: 'It accepts publickey.', next: 'Load the key.'}]
			: fine(effect);
	const {status, lines} = await play(new FakeRun(graph, [started('rehearsal')], refuse));
	expect(status).toBe(4);
	expect(lines).toContain('! One host is not ready: ec1');
});

test('a secret that nobody can type is refused once', async () => {
	const handle = new FakeRun(graph, [started('real')], effect => (effect.kind === 'contact' ? [] : fine(effect)));
	handle.prompts = [{id: 7, name: 'password', host: 'esxi1', text: 'Password\u001B[2J:', echo: false}];
	const playing = play(handle);
	await vi.waitFor(() => expect(handle.told).toEqual([[7, undefined]]));
	handle.happen(
		{type: 'HostRefused', host: 'esxi1', refusal: 'auth', reason: 'no password', next: ''},
		...reachedAll.slice(1),
	);
	const {status, lines} = await playing;
	expect(status).toBe(4);
	expect(lines.filter(line => line.includes('asks:'))).toEqual([
		'! esxi1 asks: Password␛[2J: (nobody can answer here)',
	]);
	expect(handle.told).toHaveLength(1);
});

test('nothing is read from the run while a slow reader has not taken the last line', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], fine);
	const reader = Promise.withResolvers<void>();
	const playing = play(handle, {print: () => reader.promise});
	await setImmediate();
	await setImmediate();
	expect(handle.pulls).toBe(1);
	reader.resolve();
	expect((await playing).status).toBe(0);
});

test('what is under way ends before a pause counts, and its line is printed', async () => {
	const slow = (effect: Effect): readonly RunEvent[] => {
		const isSlow = effect.kind === 'part' && effect.host === 'esxi1' && effect.part === 'run';
		return isSlow ? [intended(effect)] : failing('ssh-service', 'esxi2')(effect);
	};
	const handle = new FakeRun(graph, [started('rehearsal')], slow);
	const playing = play(handle);
	await vi.waitFor(() => expect(handle.requests.at(-1)?.kind).toBe('pause'));
	handle.happen(ended({step: 'ssh-service', host: 'esxi1'}, 'done'));
	const {status, lines} = await playing;
	expect(status).toBe(1);
	expect(lines.some(line => /✔ ssh-service esxi1 +done/.test(line))).toBe(true);
});

test('an interruption pauses the run: status 130', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], effect =>
		effect.kind === 'part' && effect.part === 'run' ? [intended(effect)] : fine(effect),
	);
	const interrupt = new AbortController();
	const playing = play(handle, {interrupt: interrupt.signal});
	await vi.waitFor(() => expect(handle.events.filter(({event}) => event.type === 'PartIntended')).toHaveLength(2));
	interrupt.abort();
	await vi.waitFor(() => expect(handle.requests.at(-1)).toEqual({kind: 'pause', reason: 'interrupted'}));
	handle.happen(
		ended({step: 'ssh-service', host: 'esxi1'}, 'done'),
		ended({step: 'ssh-service', host: 'esxi2'}, 'done'),
	);
	expect((await playing).status).toBe(130);
});

test('a run that was paused before and is opened again begins anew', async () => {
	const earlier: readonly RunEvent[] = [
		started('rehearsal'),
		...reachedAll,
		begun,
		{type: 'RunPaused', by: 'bob', reason: 'lunch'},
		{type: 'RunResumed', by: 'ada', device: 'laptop', version: '0'},
	];
	const {status, lines} = await play(new FakeRun(graph, earlier, fine));
	expect(status).toBe(0);
	expect(lines.some(line => line.endsWith('· paused by bob: lunch'))).toBe(true);
});

test('a run that dies ends with what killed it', async () => {
	const handle = new FakeRun(graph, [started('rehearsal')], effect => (effect.kind === 'contact' ? [] : fine(effect)));
	const playing = play(handle);
	handle.die(new Error('the disk is full'));
	await expect(playing).rejects.toThrow('the disk is full');
	expect(handle.listeners).toBe(0);
});

test('ASCII alone, where the terminal has nothing else', async () => {
	const {lines} = await play(new FakeRun(graph, [started('rehearsal')], failing('ssh-service', 'esxi2')), {
		ascii: true,
		toldUpTo: 0,
	});
	expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
});
