import {describe, expect, test} from 'vitest';
import {textOf} from '../../src/text/output-line.js';
import {OutputReader, type OutputView} from '../../src/ui/run/output.js';

const key = {step: 'copy', host: 'esxi1', attempt: 1, part: 'run'} as const;

/** A host that prints, of which a look gets at most `tailBytes`. */
function printing(tailBytes: number) {
	const reader = new OutputReader(key, 'utf-8');
	let all = Buffer.alloc(0);
	return (bytes: string | Uint8Array, isPinned = false): OutputView => {
		all = Buffer.concat([all, Buffer.from(bytes)]);
		const newest = all.subarray(-tailBytes);
		return reader.take(
			{bytes: newest, start: all.length - newest.length, total: all.length, times: [], lastAt: 0},
			isPinned,
		);
	};
}

const texts = ({lines}: OutputView) => lines.map(textOf);

describe('the reader of output', () => {
	test('reads each byte once, also where a look cuts a line or a character', () => {
		const look = printing(1000);
		const character = Buffer.from('日');
		look('one\ntw');
		look(character.subarray(0, 1));
		look(character.subarray(1));
		expect(texts(look('o\n'))).toEqual(['one', 'tw日o']);
	});

	test('begins anew where the output is fetched anew from its host', () => {
		const reader = new OutputReader(key, 'utf-8');
		const take = (text: string) => {
			const bytes = Buffer.from(text);
			return texts(reader.take({bytes, start: 0, total: bytes.length, times: [], lastAt: 0}, false));
		};
		take('1 of 9\n2 of 9\n');
		expect(take('1 of 9\n')).toEqual(['1 of 9']);
		expect(take('1 of 9\n2 of 9\n3 of 9\n')).toEqual(['1 of 9', '2 of 9', '3 of 9']);
	});

	test('goes on behind what went by unseen, at the start of a line', () => {
		const look = printing(20);
		look('first\n');
		const view = look(`${'x'.repeat(100)}\nsecond\nthird\n`);
		expect(texts(view)).toEqual(['second', 'third']);
		expect(view.skipped).toBe(101);
		expect(view.bytes).toBe(120);
	});

	test('keeps counting lines when something went by', () => {
		const look = printing(20);
		expect(look('a\nb\n').firstLine).toBe(0);
		expect(look(`${'x'.repeat(100)}\nc\n`).firstLine).toBe(2);
	});

	test('keeps its lines while somebody reads further up, and says how much came', () => {
		const look = printing(20);
		look('here\n');
		const view = look(`${'x'.repeat(100)}\nthere\n`, true);
		expect(texts(view)).toEqual(['here']);
		expect(view.unread).toBe(107);
	});

	test('takes up again where the newest lines are once the pane follows', () => {
		const look = printing(20);
		look('here\n');
		look(`${'x'.repeat(100)}\nthere\n`, true);
		expect(texts(look('again\n'))).toEqual(['there', 'again']);
	});
});
