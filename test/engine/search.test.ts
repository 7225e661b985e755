import {describe, expect, test} from 'vitest';
import type {Search} from '../../src/engine/handle.js';
import type {KeptOutput, OutputKey} from '../../src/engine/ports.js';
import {searchOutput} from '../../src/engine/search.js';
import type {RecordedEvent} from '../../src/run/event.js';

const first: OutputKey = {step: 'first', host: 'esxi1', attempt: 1, part: 'run'};
const second: OutputKey = {step: 'second', host: 'hv1', attempt: 1, part: 'run'};

const events: readonly RecordedEvent[] = [first, second].map((key, index) => ({
	seq: index + 1,
	at: '2026-11-20T14:02:11.000Z',
	event: {type: 'PartIntended', ...key, job: 'j', scriptHash: '', changes: true},
}));

/** Looks through these outputs of `first` and `second`, each given in the pieces in which it was kept. */
async function search(
	outputs: Partial<Record<'first' | 'second', readonly KeptOutput[]>>,
	wanted: string | Search,
	encoding = 'utf-8',
) {
	const found = await searchOutput(
		{
			events,
			outputOf: ({step}) => outputs[step === 'first' ? 'first' : 'second'] ?? [],
			encodingOf: () => encoding,
		},
		typeof wanted === 'string' ? {text: wanted, limit: 100} : wanted,
	);
	return {...found, lines: found.hits.map(({line}) => line)};
}

function kept(text: string | Uint8Array, start = 0, times: KeptOutput['times'] = []): KeptOutput {
	return {stream: 'out', start, bytes: Buffer.from(text), times};
}

describe('a search in the output of a run', () => {
	test('finds each line once, with its place and time', async () => {
		const text = 'all fine\nerror: an error\n\nno errors\n';
		const {hits} = await search(
			{
				first: [
					kept(text, 0, [
						{offset: 0, at: 1000},
						{offset: 20, at: 5000},
					]),
				],
			},
			'error',
		);
		expect(hits).toEqual([
			{key: first, offset: 9, at: 1000, line: 'error: an error'},
			{key: first, offset: 26, at: 5000, line: 'no errors'},
		]);
	});

	test('counts capitals only where the text has some', async () => {
		const output = {first: [kept('Error\nerror\nERROR\n')]};
		expect((await search(output, 'error')).lines).toEqual(['Error', 'error', 'ERROR']);
		expect((await search(output, 'Error')).lines).toEqual(['Error']);
	});

	test('finds what two chunks share, and joins nothing across bytes that were not kept', async () => {
		expect((await search({first: [kept('an er'), kept('ror\n', 5)]}, 'error')).lines).toEqual(['an error']);
		expect((await search({first: [kept('an er'), kept('ror\n', 500)]}, 'error')).lines).toEqual([]);
	});

	test('compares what is shown, not what was sent', async () => {
		expect((await search({first: [kept('\u001B[31merror\u001B[0m\u0007 here\n')]}, 'error')).lines).toEqual([
			'error here',
		]);
		expect((await search({first: [kept('\u001B]0;error\u0007nothing\n')]}, 'error')).lines).toEqual([]);
	});

	test('finds Japanese in either encoding', async () => {
		const shiftJis = Uint8Array.of(0x8a, 0xae, 0x97, 0xb9, 0x0a); // 完了
		expect((await search({first: [kept('処理が完了しました\n')]}, '完了')).lines).toEqual(['処理が完了しました']);
		expect((await search({second: [kept(shiftJis)]}, '完了', 'shift_jis')).lines).toEqual(['完了']);
	});

	test('gives the newest where there are more than asked for, in the order of the run, and says so', async () => {
		const outputs = {first: [kept('x1\nx2\n')], second: [kept('x3\nx4\n')]};
		expect(await search(outputs, {text: 'x', limit: 3})).toMatchObject({lines: ['x2', 'x3', 'x4'], isCut: true});
		expect(await search(outputs, {text: 'x', limit: 4})).toMatchObject({lines: ['x1', 'x2', 'x3', 'x4'], isCut: false});
	});

	test('for nothing finds nothing', async () => {
		expect((await search({first: [kept('x\n')]}, '')).hits).toEqual([]);
	});
});
