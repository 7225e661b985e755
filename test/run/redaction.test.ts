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
		expect(redact(['abc'], [encode('abc 616263 YWJj')])).toBe(`${MARK} 616263 YWJj`);
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
	const aSecret = fc.string({minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', 'ab', "'", '%', 'é')});
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
			{numRuns: 1000},
		);
	});

	test('and what is no secret comes out, in the same order', () => {
		fc.assert(
			fc.property(output, cuts, ({secrets, bytes}, cuts) => {
				const plain = redactSlowly(secrets, bytes);
				const redacted = redact(secrets, cutAt(bytes, cuts)).replaceAll(/(\[secret\])+/g, MARK);
				expect(redacted).toBe(plain);
			}),
			{numRuns: 1000},
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
	for (const needle of needlesFor(secrets)) {
		for (let at = whole.indexOf(needle); at !== -1; at = whole.indexOf(needle, at + 1)) {
			isSecret.fill(1, at, at + needle.length);
		}
	}

	const pieces = [...bytes].map((byte, index) =>
		isSecret[index] === 0 ? Buffer.of(byte) : Buffer.from(isSecret[index - 1] === 1 ? '' : MARK),
	);
	return Buffer.concat(pieces).toString();
}
