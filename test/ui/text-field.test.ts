import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {widthOf} from '../../src/text/width.js';
import {
	edited,
	emptyField,
	fieldOf,
	inserted,
	isTyped,
	type TextField,
	textOf,
	viewOf,
} from '../../src/ui/text-field.js';

/** The field with the caret drawn as `|`. */
function drawn({graphemes, caret}: TextField): string {
	return [...graphemes.slice(0, caret), '|', ...graphemes.slice(caret)].join('');
}

function pressing(field: TextField, ...strokes: readonly string[]): string {
	return drawn(strokes.reduce((now, stroke) => edited(now, stroke) ?? now, field));
}

describe('a text field', () => {
	test.for([
		['typing goes on behind the text', ['c'], 'abc|'],
		['the arrows move the caret', ['left', 'left', 'right'], 'a|b'],
		['Home and Ctrl-A go to the start', ['ctrl-a', 'x'], 'x|ab'],
		['End and Ctrl-E go back', ['home', 'ctrl-e'], 'ab|'],
		['Backspace takes what stands before', ['backspace'], 'a|'],
		['Delete takes what stands behind', ['home', 'delete'], '|b'],
		['Ctrl-U clears to the start', ['ctrl-u'], '|'],
		['nothing is before the start', ['home', 'backspace', 'left'], '|ab'],
	] as const)('%s', ([, strokes, wanted]) => {
		expect(pressing(fieldOf('ab'), ...strokes)).toBe(wanted);
	});

	test('Ctrl-W takes the word before the caret and the blanks behind it', () => {
		expect(pressing(fieldOf('mirror link  '), 'ctrl-w')).toBe('mirror |');
	});

	test('a character of several code points is one', () => {
		expect(pressing(fieldOf('か\u3099x'), 'left', 'backspace')).toBe('|x');
	});

	test('a combining mark joins the character before the caret', () => {
		expect(inserted(fieldOf('e'), '\u0301')).toEqual({graphemes: ['e\u0301'], caret: 1});
	});

	test('pasted line ends become blanks, other controls are left out', () => {
		expect(textOf(inserted(emptyField, 'a\r\nb\tc\x1b[31md'))).toBe('a b c[31md');
	});

	test('a key without a meaning here is left to others', () => {
		expect(edited(fieldOf('ab'), 'tab')).toBeUndefined();
		expect(isTyped('enter')).toBe(false);
		expect(isTyped('日')).toBe(true);
	});
});

describe('what is seen of a field', () => {
	test('stays with the caret when the text is longer than its cells', () => {
		expect(viewOf(fieldOf('0123456789'), 5, undefined)).toEqual({text: '6789', caretColumn: 4});
	});

	test('counts cells, not characters', () => {
		expect(viewOf(fieldOf('日本'), 10, undefined)).toEqual({text: '日本', caretColumn: 4});
	});

	test('shows a secret as marks', () => {
		expect(viewOf(fieldOf('hunter2'), 20, '•').text).toBe('•••••••');
	});

	test('is never wider than its cells, wherever the caret stands', () => {
		fc.assert(
			fc.property(fc.string({unit: 'grapheme'}), fc.nat(30), fc.integer({min: 3, max: 20}), (text, caret, columns) => {
				const field = {...fieldOf(text), caret: Math.min(caret, fieldOf(text).graphemes.length)};
				const view = viewOf(field, columns, undefined);
				expect(widthOf(view.text)).toBeLessThanOrEqual(columns);
				expect(view.caretColumn).toBeLessThan(columns);
			}),
		);
	});
});
