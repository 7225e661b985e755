import {expect, test} from 'vitest';
import type {RunState} from '../../src/run/state.js';
import {widthOf} from '../../src/text/width.js';
import {outlineRows} from '../../src/view/outline.js';
import {glyphs, lookOf, worstFirst, worstOf} from '../../src/view/status.js';
import {begun, graph, intended, ran, reachedAll, started, stateAfter, story} from './story.js';

const drawn = (state: RunState): string[] =>
	outlineRows(graph, state).map(
		({depth, look, title, isCurrent, settled, all}) =>
			`${isCurrent ? '>' : ' '}${' '.repeat(depth)}${glyphs.unicode[look.glyph]} ${title} ${settled}/${all}`,
	);

test('before it begins, nothing is current but the first step', () => {
	expect(drawn(stateAfter(started(), ...reachedAll))).toEqual([
		'>· Base 0/2',
		'> · The SSH service is on. 0/2',
		'  · Set the clock. 0/2',
		' · Network 0/1',
		'  · Add the virtual switches. 0/2',
		' · Power off ESXi#1 0/3',
		'  · Pull both power cords of ESXi#1. 0/1',
		'  · The group comes up on ec1. 0/1',
		'  · Log in: the application answers. 0/1',
	]);
});

test('of several hosts the one that needs somebody stands for the step, and the step for its phase', () => {
	const rows = drawn(
		stateAfter(
			started(),
			...reachedAll,
			begun,
			{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
			...ran({step: 'ssh-service', host: 'esxi1'}, 'failed', {because: 'exit 1'}),
			intended({step: 'ssh-service', host: 'esxi2'}),
		),
	);
	expect(rows.slice(0, 3)).toEqual(['>✘ Base 0/2', '> ✘ The SSH service is on. 0/2', '  · Set the clock. 0/2']);
});

test('afterwards everything is settled and nothing is current', () => {
	expect(drawn(stateAfter(...story))).toEqual([
		' ✔ Base 2/2',
		'  ✔ The SSH service is on. 2/2',
		'  = Set the clock. 2/2',
		' ✔ Network 1/1',
		'  ✔ Add the virtual switches. 2/2',
		' ✔ Power off ESXi#1 3/3',
		'  ✔ Pull both power cords of ESXi#1. 1/1',
		'  ✔ The group comes up on ec1. 1/1',
		'  ✔ Log in: the application answers. 1/1',
	]);
});

test('every state has a sign of one cell in both sets, and a word of its own', () => {
	const looks = worstFirst.map(lookOf);
	for (const {glyph} of looks) {
		expect([widthOf(glyphs.unicode[glyph]), widthOf(glyphs.ascii[glyph])]).toEqual([1, 1]);
	}

	expect(new Set(looks.map(({word}) => word)).size).toBe(worstFirst.length);
	expect(worstOf(['done', 'unknown', 'skipped'])).toBe('unknown');
	expect(worstOf([])).toBe('waiting');
});
