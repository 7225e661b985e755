import fc from 'fast-check';
import {expect, test} from 'vitest';
import {ClixmlReader, withoutClixml} from '../../src/text/clixml.js';
import {toScreenLines} from '../../src/text/interpreter.js';
import {textOf} from '../../src/text/output-line.js';

const root = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';
const progress =
	'<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI></PR><Obj N="x" RefId="1"><S>deep</S></Obj></MS></Obj>';

const written = [
	'before\r\n#< CLIXML\r\n',
	root,
	progress,
	'<S S="Error">Get-Item : a &lt;b&gt; &amp; _x005F_c_x000D__x000A_</S>',
	'<S S="Error">At line:1 char:1_x000D__x000A_</S>',
	'a program spoke\r\n',
	'<S S="warning">disk is &quot;full&quot;</S>',
	'<S S="verbose">looked</S>',
	'</Objs>after # < 3\r\n',
].join('');

const readable = [
	'before\r\n',
	'Get-Item : a <b> & _c\r\n',
	'At line:1 char:1\r\n',
	'a program spoke\r\n',
	'WARNING: disk is "full"\n',
	'VERBOSE: looked\n',
	'after # < 3\r\n',
].join('');

test('errors, warnings and what other programs say are kept; progress and the form are not', () => {
	expect(withoutClixml(written)).toBe(readable);
});

test('it is the same wherever the chunks end', () => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 1, max: 120})), lengths => {
			const reader = new ClixmlReader();
			let at = 0;
			let text = '';
			for (const length of lengths) {
				text += reader.push(written.slice(at, at + length));
				at += length;
			}

			expect(text + reader.push(written.slice(at)) + reader.end()).toBe(readable);
		}),
	);
});

test.each(['a < b\n', '<Objs>\n', '# comment', '#', '<S S="Error">not ours</S>\n', 'x <Objs Version="2">', '日本語'])(
	'%j is no CLIXML and stays as it is',
	text => {
		expect(withoutClixml(text)).toBe(text);
	},
);

test('any text without the form passes as it is, and nothing throws with it', () => {
	fc.assert(
		fc.property(fc.string(), text => {
			expect(withoutClixml(text)).toBe(text);
			withoutClixml(root + text);
		}),
	);
});

test('without the end that should come, what came is shown', () => {
	expect(withoutClixml(`${root}<S S="Error">half an err`)).toBe('<S S="Error">half an err');
});

test('the header may have been taken away with what stood before the script', () => {
	expect(withoutClixml(`${root}<S S="Error">boom_x000D__x000A_</S></Objs>`)).toBe('boom\r\n');
});

test('two in a row, as a PowerShell within a PowerShell writes them', () => {
	const one = (text: string) => `#< CLIXML\r\n${root}<S S="Error">${text}_x000D__x000A_</S></Objs>`;

	expect(withoutClixml(one('inner') + one('outer'))).toBe('inner\r\nouter\r\n');
});

test('a screen shows it decoded, and an escape sequence in it does nothing', () => {
	const bytes = Buffer.from(`#< CLIXML\r\n${root}<S S="Error">_x001B_]0;title_x0007_boom_x000D__x000A_</S></Objs>`);

	expect(toScreenLines(bytes).map(textOf)).toEqual(['boom']);
});
