import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {needlesFor} from '../../src/run/needles.js';
import {createRedactor, MARK, redactText} from '../../src/run/redaction.js';

const encode = (text: string) => new TextEncoder().encode(text);

/** What comes out when the chunks go through one redactor. The buffers are reused, as a transport may. */
function redact(secrets: readonly string[], chunks: readonly Uint8Array[]): string {
	const redactor = createRedactor(secrets);
	const out = chunks.map(chunk => {
		const lent = chunk.slice();
		const given = redactor.push(lent).slice();
		lent.fill(0);
		return given;
	});
	return Buffer.concat([...out, redactor.end()]).toString();
}

/** What a redactor would do that forgets everything at the end of a chunk. */
function redactEachAlone(secrets: readonly string[], chunks: readonly Uint8Array[]): string {
	return chunks.map(chunk => redact(secrets, [chunk])).join('');
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
	const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
	return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const secret = "Tr0ub4dor&3 'quoted\\";
const url = encodeURIComponent(secret);

describe('the forms of a secret', () => {
	test.for([
		['raw', `pw=${secret}.`, `pw=${MARK}.`],
		['hex', Buffer.from(secret).toString('hex'), MARK],
		['HEX', Buffer.from(secret).toString('hex').toUpperCase(), MARK],
		['URL', `?pw=${url}&x`, `?pw=${MARK}&x`],
		['form', url.replaceAll('%20', '+'), MARK],
		['JSON', JSON.stringify({pw: secret}), `{"pw":"${MARK}"}`],
		['in single quotes', `'${secret.replaceAll("'", String.raw`'\''`)}'`, `'${MARK}'`],
		['for PowerShell', `'${secret.replaceAll("'", "''")}'`, `'${MARK}'`],
		['with backslashes', secret.replaceAll(/[^\w]/g, String.raw`\$&`), MARK],
	] as const)('%s', ([, output, expected]) => {
		expect(redact([secret], [encode(output)])).toBe(expected);
	});

	test.for([0, 1, 2])('base64 behind %i other bytes', shift => {
		const encoded = Buffer.from(`${'x'.repeat(shift)}${secret}, and more`).toString('base64');
		const redacted = redact([secret], [encode(encoded)]);
		expect(redacted).toContain(MARK);
		// Four characters of base64 hold three of the secret: what is left at the borders is less than that
		const [before = '', after = ''] = redacted.split(MARK);
		expect(Buffer.from(before, 'base64').toString()).not.toContain(secret.slice(0, 2));
		expect(Buffer.from(after, 'base64').toString()).not.toContain(secret.slice(-2));
	});

	test('one line of several', () => {
		const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF';
		expect(redact([key], [encode('found kqhkiG9w0BAQEF here')])).toBe(`found ${MARK} here`);
	});

	test('a short secret is taken out as it is, and in no other form', () => {
		expect(redact(['abcd'], [encode('abcd 61626364 YWJjZA')])).toBe(`${MARK} 61626364 YWJjZA`);
	});

	test('one of less than four characters is not taken out', () => {
		expect(redact(['abc'], [encode('abc')])).toBe('abc');
	});

	test.for([
		['HTML', 'x&lt;y&amp;&quot;z&#39;1234'],
		['HTML, hexadecimal', 'x&lt;y&amp;&quot;z&#x27;1234'],
		['JSON of Go', String.raw`x\u003cy\u0026\"z'1234`],
		['URL with everything escaped', 'x%3Cy%26%22z%271234'],
	] as const)('%s', ([, output]) => {
		expect(redact([`x<y&"z'1234`], [encode(`-${output}-`)])).toBe(`-${MARK}-`);
	});
});

describe('a host that prints in another encoding', () => {
	const japanese = '鍵は①パスワード';
	test.for([
		[
			'shift_jis',
			Buffer.from([
				0x8c, 0xae, 0x82, 0xcd, 0x87, 0x40, 0x83, 0x70, 0x83, 0x58, 0x83, 0x8f, 0x81, 0x5b, 0x83, 0x68,
			]).toString('hex'),
			japanese,
		],
		['windows-1252', '70e4df77f672742d80', 'päßwört-€'],
		['utf-16le', Buffer.from(secret, 'utf16le').toString('hex'), secret],
		['utf-16be', Buffer.from(secret, 'utf16le').swap16().toString('hex'), secret],
	] as const)('%s', ([encoding, hex, value]) => {
		const bytes = Buffer.from(hex, 'hex');
		expect(new TextDecoder(encoding).decode(bytes)).toBe(value);
		const redactor = createRedactor([value], encoding);
		const redacted = Buffer.concat([redactor.push(bytes).slice(), redactor.end()]);
		expect(redacted.toString()).toBe(MARK);
	});

	test('what is base64 of UTF-16, as PowerShell encodes a command, is found on any host', () => {
		const encoded = Buffer.from(`echo ${secret}`, 'utf16le').toString('base64');
		const redacted = redact([secret], [encode(encoded)]);
		expect(redacted).toContain(MARK);
		expect(Buffer.from(redacted.split(MARK)[0] ?? '', 'base64').toString('utf16le')).not.toContain(secret.slice(0, 2));
	});

	test('the forms that are text stand in that encoding too', () => {
		const bytes = Buffer.from(Buffer.from(secret).toString('hex'), 'utf16le');
		const redactor = createRedactor([secret], 'utf-16le');
		expect(Buffer.concat([redactor.push(bytes).slice(), redactor.end()]).toString()).toBe(MARK);
	});
});

describe('a secret that is broken up', () => {
	const zebra = 'zebra-crossing';
	const base64 = Buffer.from(`user:${zebra}, and more`).toString('base64');
	test.for([
		['by a colour', 'a zeb\u001B[01;31mra-cross\u001B[0ming b', `a ${MARK}\u001B[01;31m${MARK}\u001B[0m${MARK} b`],
		[
			'by a colour at each character',
			[...zebra].join('\u001B[38;5;118m'),
			Array(14).fill(MARK).join('\u001B[38;5;118m'),
		],
		['by the end of all looks', 'zebra\u001B(B\u001B[m-crossing', `${MARK}\u001B(B\u001B[m${MARK}`],
		['by a line end', 'a zebra-cr\nossing b', `a ${MARK}\n${MARK} b`],
		['by CR LF and indentation', 'zebra-cr\r\n\t  ossing', `${MARK}\r\n\t  ${MARK}`],
		['over three lines', 'zebr\na-cro\nssing', `${MARK}\n${MARK}\n${MARK}`],
		['two characters before a line end', 'ze\n  bra-crossing', `ze\n  ${MARK}`],
		['one character before a line end', 'z\nebra-crossing', `z\n${MARK}`],
		[
			'one character before a line end, and a colour behind it',
			'z\n  \u001B[31mebra-crossing',
			`z\n  \u001B[31m${MARK}`,
		],
		['base64 over lines', `${base64.slice(0, 14)}\n${base64.slice(14)}`, undefined],
	] as const)('%s', ([, output, expected]) => {
		const whole = redact([zebra], [encode(output)]);
		if (expected !== undefined) {
			expect(whole).toBe(expected);
		}

		expect(whole.match(/\[secret\]/g)?.length).toBeGreaterThan(0);
		expect(
			redact(
				[zebra],
				[...encode(output)].map(byte => Uint8Array.of(byte)),
			),
		).toBe(whole);
	});

	test.for([
		['E Y0a[%{SeP1', 'E\n\t \u001B[01;31m\u001B[KY0a[%{SeP1', `E\n\t \u001B[01;31m\u001B[K${MARK}`],
		['P r/S本9`[UcG', 'P\r\n \u001B(B\u001B[mr/\u001B[31mS本9`[UcG', `P\r\n \u001B(B\u001B[m${MARK}\u001B[31m${MARK}`],
	])('its own blank is taken for indentation, and colours follow: %s', ([value = '', output = '', expected]) => {
		expect(redact([value], [encode(output)])).toBe(expected);
	});

	test('several lines of a secret are found with the line ends of another system', () => {
		expect(redact(['one\ntwo\nthree'], [encode('one\r\ntwo\r\nthree')])).toBe(MARK);
	});

	test('the rest of one is nothing in the middle of a line', () => {
		expect(redact([zebra], [encode('ebra-crossing')])).toBe('ebra-crossing');
	});

	test('a line end comes at once where no more than two characters may be a beginning', () => {
		const redactor = createRedactor([zebra]);
		expect(Buffer.from(redactor.push(encode('a word that ends in ze\n'))).toString()).toBe('a word that ends in ze\n');
	});

	test('what only looks like a break hides no secret', () => {
		for (const noise of ['\u001B[', '\u001B', 'z\u001B[', 'zeb\u001B[12', 'zebra\n', 'ze\u001B(']) {
			expect(redact([zebra], [encode(`${noise}${zebra}`)])).toContain(MARK);
			expect(redact([zebra], [encode(`${noise}${zebra}`)])).not.toContain('crossing');
		}
	});

	test('a beginning with endless indentation behind it is not held for ever', () => {
		const redactor = createRedactor([zebra]);
		redactor.push(encode('zebra'));
		const out = redactor.push(encode(`\n${' '.repeat(1000)}`));
		expect(out.length).toBe('zebra\n'.length + 1000);
	});
});

describe('several secrets', () => {
	test('the longer one leaves nothing behind where it begins like the shorter one', () => {
		expect(redact(['hunter2', 'hunter2hunter3'], [encode('a hunter2hunter3 b')])).toBe(`a ${MARK} b`);
	});

	test('overlapping ones are both taken out', () => {
		expect(redact(['abcdef', 'defghi'], [encode('-abcdefghi-')])).toBe(`-${MARK}-`);
	});

	test('one that never ends does not fill the memory', () => {
		const redactor = createRedactor(['aaaa']);
		const out = Array.from({length: 1000}, () => redactor.push(encode('a'.repeat(1000))).length);
		expect(out.reduce((sum, length) => sum + length, 0)).toBe(MARK.length);
		expect(redactor.end()).toHaveLength(0);
	});
});

test('without a secret the chunks come back untouched', () => {
	const redactor = createRedactor([]);
	const chunk = encode('as it is');
	expect(redactor.push(chunk)).toBe(chunk);
	expect(createRedactor(['']).push(chunk)).toBe(chunk);
});

test('bytes that are no text come through', () => {
	const bytes = Uint8Array.from({length: 512}, (_, index) => index % 256);
	const redactor = createRedactor(['zebra-crossing']);
	expect(Buffer.concat([redactor.push(bytes), redactor.end()])).toEqual(Buffer.from(bytes));
});

test('a text at hand', () => {
	expect(redactText('key=zebra-crossing', ['zebra-crossing'])).toBe(`key=${MARK}`);
	expect(redactText('zebra-cross', ['zebra-crossing'])).toBe('zebra-cross');
});

describe('however the output is cut', {timeout: 60_000}, () => {
	const aSecret = fc.string({minLength: 4, maxLength: 12, unit: fc.constantFrom('a', 'b', 'ab', "'", '%', 'é')});
	const output = fc
		.tuple(fc.array(aSecret, {minLength: 1, maxLength: 3}), fc.array(fc.nat({max: 9}), {maxLength: 30}))
		.map(([secrets, picks]) => {
			const words = picks.map(pick => secrets[pick] ?? ['a', 'b', "'", 'x', '%', 'bé', ' '][pick % 7] ?? '');
			return {secrets, bytes: encode(words.join(''))};
		});
	const cuts = fc.array(fc.nat(), {maxLength: 40});

	test('what comes out holds no secret', () => {
		fc.assert(
			fc.property(output, cuts, ({secrets, bytes}, cuts) => {
				const redacted = redact(secrets, cutAt(bytes, cuts)).replaceAll(MARK, '\u0000');
				expect(secrets.filter(secret => redacted.includes(secret))).toEqual([]);
			}),
			{numRuns: 300},
		);
	});

	test('and what is no secret comes out, in the same order', () => {
		fc.assert(
			fc.property(output, cuts, ({secrets, bytes}, cuts) => {
				const plain = redactSlowly(secrets, bytes);
				const redacted = redact(secrets, cutAt(bytes, cuts)).replaceAll(/(\[secret\])+/g, MARK);
				expect(redacted).toBe(plain);
			}),
			{numRuns: 300},
		);
	});

	test('control: a redactor that forgets between chunks is caught', () => {
		const leaks = fc.sample(fc.tuple(output, cuts), {numRuns: 500, seed: 1}).filter(([{secrets, bytes}, cuts]) => {
			const redacted = redactEachAlone(secrets, cutAt(bytes, cuts)).replaceAll(MARK, '\u0000');
			return secrets.some(secret => redacted.includes(secret));
		});
		expect(leaks.length).toBeGreaterThan(10);
	});
});

/** The rule in as few words as possible: every byte of any occurrence of any form goes, and runs of them get one mark. */
function redactSlowly(secrets: readonly string[], bytes: Uint8Array): string {
	const whole = Buffer.from(bytes);
	const isSecret = new Uint8Array(bytes.length);
	for (const {bytes: needle} of needlesFor(secrets)) {
		for (let at = whole.indexOf(needle); at !== -1; at = whole.indexOf(needle, at + 1)) {
			isSecret.fill(1, at, at + needle.length);
		}
	}

	const pieces = [...bytes].map((byte, index) =>
		isSecret[index] === 0 ? Buffer.of(byte) : Buffer.from(isSecret[index - 1] === 1 ? '' : MARK),
	);
	return Buffer.concat(pieces).toString();
}
