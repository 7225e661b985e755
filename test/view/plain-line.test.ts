import {expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {plainLine} from '../../src/view/plain-line.js';
import {glyphs} from '../../src/view/status.js';
import {spokenDuration} from '../../src/view/time.js';
import {expectGolden} from '../graph/golden.js';
import {begun, contacted, ended, graph, intended, ran, reachedAll, recorded, started, story} from './story.js';

function linesOf(events: readonly RunEvent[], ascii = false): readonly string[] {
	let state = newRun;
	return recorded(events).flatMap(one => {
		const before = state;
		state = evolve(before, one);
		return plainLine(graph, one, before, state, {timeZone: 'UTC', ascii})?.split('\n') ?? [];
	});
}

test('a run from start to end, line by line', () => {
	expectGolden(import.meta.url, 'story.txt', `${linesOf(story).join('\n')}\n`);
});

test('every line is harmless, and with ASCII glyphs every glyph is ASCII', () => {
	for (const line of linesOf(story, true)) {
		expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
		expect(Object.values(glyphs.ascii)).toContain(line.slice(9, 10));
	}
});

test.each<[string, RunEvent, string]>([
	['a pause', {type: 'RunPaused', by: 'ada', reason: 'lunch'}, '14:30:05 · paused by ada: lunch'],
	['pace', {type: 'PaceSet', pace: 'auto', by: 'ada'}, '14:30:05 · pace auto, by ada'],
	[
		'a resume',
		{type: 'RunResumed', by: 'bob', device: 'desk', version: '0'},
		'14:30:05 · resumed by bob on desk: 6 steps: 1 ready, 5 waiting',
	],
	[
		'a host behind others',
		contacted('esxi1', {way: 'ops@gate, inner', note: 'Match exec was not run.'}),
		'14:30:05 ✔ esxi1                       VMware ESXi 7.0.3 build-20036589, calls itself esxi1.example, clock +0.4 s, through ops@gate, inner, Match exec was not run.',
	],
	[
		'a key on the way',
		{
			type: 'HostKeyMet',
			host: 'esxi1',
			keyType: 'ssh-ed25519',
			fingerprint: 'SHA256:9aP',
			about: 'It is the key of gate.',
		},
		'14:30:05 ! esxi1                       first contact: key ssh-ed25519 SHA256:9aP. It is the key of gate.',
	],
	['a note for the run', {type: 'NoteTaken', step: null, text: 'rain', by: 'ada'}, '14:30:05 · note: rain, by ada'],
])('%s', (_, event, line) => {
	expect(linesOf([started(), ...reachedAll, begun, event]).at(-1)).toBe(line);
});

test('a role that was found, evidence, and the way back are told in a line each', () => {
	const about = {step: 'ssh-service', host: 'esxi1'};
	const undo = {...about, attempt: 2, part: 'undo'} as const;
	const told = linesOf([
		...[started(), ...reachedAll, begun],
		{type: 'RoleFound', step: 'time', host: 'esxi2', because: 'esxi1 says\x1b[31m esxi2'},
		...ran(about, 'done'),
		{
			type: 'EvidenceTaken',
			...about,
			kind: 'photo',
			text: 'rack 4',
			blob: {sha256: '', name: 'a.jpg', bytes: 7},
			by: 'ada',
		},
		{type: 'UndoAsked', ...about, by: 'ada'},
		...[intended(undo), ended(undo, null, {because: 'undo: exit 4, accepted: 0'})],
		{type: 'UndoAsked', ...about, by: 'ada'},
		...[intended({...undo, attempt: 3}), ended({...undo, attempt: 3}, 'undone')],
	]);
	expect(told.slice(5).map(line => line.slice(9).replaceAll(/ {2,}/g, ' '))).toEqual([
		expect.stringMatching(/^· time runs on esxi2: esxi1 says.* esxi2$/),
		expect.stringMatching(/^▶ ssh-service esxi1 /),
		'✔ ssh-service esxi1 done after 1 s',
		'· ssh-service esxi1 photo: rack 4, a.jpg (7 bytes), by ada',
		'· ssh-service esxi1 to be undone, by ada',
		expect.stringMatching(/^▶ ssh-service esxi1 undoing: /),
		'✘ ssh-service esxi1 not undone, and as it was before: undo: exit 4, accepted: 0',
		'· ssh-service esxi1 to be undone, by ada',
		expect.stringMatching(/^▶ ssh-service esxi1 undoing: /),
		'- ssh-service esxi1 undone',
	]);
	expect(told.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('a resume names what was under way and whose end nobody saw', () => {
	const switches = graph.nodes.find(({hosts}) => hosts.includes('esxi1'))?.step.id ?? '';
	const resumed: RunEvent = {type: 'RunResumed', by: 'bob', device: 'desk', version: '0'};
	const before = [started(), ...reachedAll, begun, intended({step: switches, host: 'esxi1'})];
	expect(linesOf([...before, resumed]).slice(-2)).toEqual([
		expect.stringMatching(/resumed by bob on desk: .*1 unknown/),
		expect.stringMatching(new RegExp(`^ +\\? ${switches} esxi1: unknown, fieldbook stopped while it ran`)),
	]);
});

test('what is done by hand is not done before its verify says so', () => {
	const until = story.slice(
		0,
		story.findIndex(({type}) => type === 'HostSeen'),
	);
	const seen = {
		type: 'HostSeen',
		step: 'power-off-esxi1',
		host: 'esxi1',
		what: 'down',
		since: '2026-11-20T14:30:37.000Z',
		follows: 'verify',
	} as const;
	expect(linesOf([...until, seen]).at(-1)).toMatch(
		/▶ test esxi1 +power-off-esxi1 to be verified: saw it go, silent since 14:30:37$/,
	);
});

test.each([
	[0, '0 s'],
	[4230, '4.2 s'],
	[67_000, '67 s'],
	[120_000, '120 s'],
	[540_000, '9 min'],
	[13_260_000, '3 h 41 min'],
	[200_000_000, '2 days'],
])('%i ms are %s', (ms, words) => {
	expect(spokenDuration(ms)).toBe(words);
});

test('times are of the zone that is asked for', () => {
	const [first] = recorded([started()]);
	const line = first && plainLine(graph, first, newRun, evolve(newRun, first), {timeZone: 'Asia/Tokyo'});
	expect(line).toMatch(/^23:30:00 /);
});
