import {expect, test} from 'vitest';
import {createRedactor, MARK} from '../../src/run/redaction.js';
import {encodeText} from '../../src/text/encode-text.js';
import {cases, tell} from '../ring.js';

/** Several outputs for each set of secrets: to make the tables of one takes longer than to read an output. */
const OUTPUTS_OF_A_SET = 40;

/** xorshift32: the same cases on every machine. */
function dice(seed: number) {
	let state = seed * 2_654_435_761 + 1;
	const roll = (sides: number): number => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % sides;
	};
	return {
		roll,
		pick: <One>(from: readonly One[]): One => from[roll(from.length)] as One,
		times: <One>(count: number, make: () => One): readonly One[] => Array.from({length: count}, make),
	};
}
type Dice = ReturnType<typeof dice>;

const plain = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];
const awkward = [...`'"\\$ \`&<>%/+=!#{}[]_-.~`];
const foreign: Readonly<Record<string, readonly string[]>> = {
	'utf-8': [...'äß€鍵пароль🔑'],
	shift_jis: [...'鍵パスワード表①'],
	'windows-1252': [...'äöüß€ñ'],
	'utf-16le': [...'äß€鍵ě'],
	'utf-16be': [...'äß€鍵ě'],
	'euc-jp': [...'鍵日本語'],
	'windows-1251': [...'пароль'],
};

function secretOf({roll, pick, times}: Dice, encoding: string): string {
	const signs = [...plain, ...(roll(3) === 0 ? awkward : []), ...(roll(3) === 0 ? (foreign[encoding] ?? []) : [])];
	// At its ends it has what no output that is made here has beside it by chance
	const line = () => `${pick(plain)}${times(8 + roll(20), () => pick(signs)).join('')}${pick(plain)}`;
	return roll(12) === 0 ? times(2 + roll(3), line).join('\n') : line();
}

type Form = readonly [name: string, write: (secret: string, dice: Dice, encoding: string) => readonly Uint8Array[]];

const inText =
	(write: (secret: string, dice: Dice) => string): Form[1] =>
	(secret, dice, encoding) =>
		dice.roll(2) === 0 ? encodeText(write(secret, dice), encoding) : [Buffer.from(write(secret, dice))];

const behind = ({roll}: Dice, secret: string) => Buffer.from(`${'user:'.slice(roll(5))}${secret}, and more of it`);

/** By what a program may make of a secret that it got; `undefined`: it is not looked for behind that. */
const forms: readonly Form[] = [
	['raw', inText(secret => secret)],
	['a line of it', inText((secret, {pick}) => pick(secret.split('\n')))],
	['hex', inText(secret => Buffer.from(secret).toString('hex'))],
	['HEX', inText(secret => Buffer.from(secret).toString('hex').toUpperCase())],
	['base64', inText((secret, dice) => behind(dice, secret).toString('base64'))],
	['base64url', inText((secret, dice) => behind(dice, secret).toString('base64url'))],
	['base64 of UTF-16', inText(secret => Buffer.from(`$p='${secret}';`, 'utf16le').toString('base64'))],
	['UTF-16LE', secret => [Buffer.from(secret, 'utf16le')]],
	['UTF-16BE', secret => [Buffer.from(secret, 'utf16le').swap16()]],
	['URL', inText(encodeURIComponent)],
	['form', inText(secret => encodeURIComponent(secret).replaceAll('%20', '+'))],
	['JSON', inText(secret => JSON.stringify({pw: secret}))],
	['in single quotes', inText(secret => `'${secret.replaceAll("'", String.raw`'\''`)}'`)],
	['in double quotes', inText(secret => `"${secret.replaceAll(/[$`"\\]/g, '\\$&')}"`)],
	['with backslashes', inText(secret => secret.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'))],
	['for PowerShell', inText(secret => `'${secret.replaceAll("'", "''")}'`)],
	[
		'HTML',
		inText(secret =>
			secret
				.replaceAll('&', '&amp;')
				.replaceAll('<', '&lt;')
				.replaceAll('>', '&gt;')
				.replaceAll('"', '&quot;')
				.replaceAll("'", '&#39;'),
		),
	],
];

/** What may stand in the middle of one without hiding it; only in an encoding where these bytes are themselves. */
const breaks = ['\u001B[31m', '\u001B[0m', '\u001B(B\u001B[m', '\u001B[01;31m\u001B[K', '\n', '\r\n', '\n    ', '\n\t'];

/** Broken up at places of chance, at each of them by something else. */
function broken({roll, pick, times}: Dice, bytes: Uint8Array): Uint8Array {
	const cuts = [...new Set(times(1 + roll(4), () => roll(bytes.length)))].toSorted((a, b) => a - b);
	const pieces = cuts.map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut));
	return Buffer.concat([
		...pieces.flatMap(piece => [piece, Buffer.from(pick(breaks))]),
		bytes.subarray(cuts.at(-1) ?? 0),
	]);
}

const words = [
	'ok',
	'vmnic2 up',
	'\n',
	'\r\n',
	' ',
	'50%\r',
	'\u001B[32mdone\u001B[0m',
	'[',
	'#',
	'@@',
	'\u0000',
	'\u001B',
	'\u001B[',
	'---',
];

type Case = {
	readonly bytes: Uint8Array;
	readonly chunks: readonly Uint8Array[];
	readonly hidden: number;
	readonly isBroken: boolean;
};

function caseOf(dice: Dice, secrets: readonly string[], encoding: string): Case {
	const {roll, pick, times} = dice;
	const isBroken = !encoding.startsWith('utf-16') && roll(3) === 0;
	let hidden = 0;
	const pieces = times(2 + roll(14), () => {
		if (roll(2) === 0) {
			return Buffer.from(pick(words));
		}

		hidden++;
		const secret = pick(secrets);
		if (isBroken && !secret.includes('\n')) {
			const bytes = encodeText(secret, roll(2) === 0 ? 'utf-8' : encoding)[0] ?? Buffer.from(secret);
			// Between two others, because at the end of a line its first two characters may stay where they are
			return Buffer.concat([Buffer.from('='), broken(dice, bytes), Buffer.from('=')]);
		}

		return pick(pick(forms)[1](secret, dice, encoding).concat([])) ?? Buffer.from(secret);
	});
	const bytes = Buffer.concat(pieces);
	const cuts = times(roll(12), () => roll(bytes.length + 1)).toSorted((a, b) => a - b);
	return {
		bytes,
		chunks: [...cuts, bytes.length].map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut)),
		hidden,
		isBroken,
	};
}

function redacted(secrets: readonly string[], encoding: string, chunks: readonly Uint8Array[]): Buffer {
	const redactor = createRedactor(secrets, encoding);
	return Buffer.concat([...chunks.map(chunk => redactor.push(chunk.slice()).slice()), redactor.end()]);
}

/**
Somebody who looks for the secrets in every way that this test knows, decoding what is encoded: not by the redactor's list of
forms. Of one that is broken up, what is looked for is all of it but the two characters that may stay at the end of a line.
*/
function found(secrets: readonly string[], encoding: string, output: Uint8Array): boolean {
	const whole = Buffer.from(output).toString('latin1').replaceAll(MARK, '\u0000');
	const bytes = Buffer.from(whole, 'latin1');
	const readings = ['utf-8', encoding, 'utf-16le', 'utf-16be'].flatMap(each => {
		const text = new TextDecoder(each).decode(bytes);
		const shifted = each.startsWith('utf-16') ? [new TextDecoder(each).decode(bytes.subarray(1))] : [];
		return [text, ...shifted];
	});
	const texts = readings.flatMap(text => [text, ...decodings(text)]);
	const seen = texts.flatMap(text => [text, withoutBreaks(text)]);
	return secrets.some(secret =>
		secret
			.split('\n')
			.some(line => texts.some(text => text.includes(line)) || seen.some(text => text.includes(line.slice(2)))),
	);
}

function withoutBreaks(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal does not show
	return text.replaceAll(/\u001B(?:\[[\d;]*[A-Za-z]|\(B)/g, '').replaceAll(/[\r\n]+[ \t]*/g, '');
}

function decodings(text: string): readonly string[] {
	const runs = text.match(/[\w+/=-]{8,}/g) ?? [];
	return [
		...runs.flatMap(run => [
			Buffer.from(run, 'base64').toString(),
			Buffer.from(run, 'base64').toString('utf16le'),
			Buffer.from(run, 'base64').subarray(1).toString('utf16le'),
			Buffer.from(run, 'hex').toString(),
		]),
		text
			.replaceAll(/(?:%[\da-f]{2})+/gi, codes => Buffer.from(codes.replaceAll('%', ''), 'hex').toString())
			.replaceAll('+', ' '),
		text.replaceAll(String.raw`'\''`, "'").replaceAll("''", "'"),
		text.replaceAll(/\\(.)/g, '$1'),
		text
			.replaceAll('&lt;', '<')
			.replaceAll('&gt;', '>')
			.replaceAll('&quot;', '"')
			.replaceAll('&#39;', "'")
			.replaceAll('&amp;', '&'),
	];
}

test('no secret comes through, in whatever form, encoding and pieces', () => {
	const wanted = cases(20_000, 200_000);
	const figures = {cases: 0, 'secrets hidden': 0, 'broken up': 0, leaks: 0, 'other results when cut elsewhere': 0};
	let leaksWhenForgetful = 0;
	let leaksWithout = 0;
	for (let seed = 1; figures.cases < wanted; seed++) {
		const set = dice(seed);
		const encoding = set.pick(Object.keys(foreign));
		const secrets = set.times(1 + set.roll(4), () => secretOf(set, encoding));
		for (let number = 0; number < OUTPUTS_OF_A_SET && figures.cases < wanted; number++) {
			const {bytes, chunks, hidden, isBroken} = caseOf(set, secrets, encoding);
			const out = redacted(secrets, encoding, chunks);
			figures.cases++;
			figures['secrets hidden'] += hidden;
			figures['broken up'] += Number(isBroken);
			figures['other results when cut elsewhere'] += Number(!out.equals(redacted(secrets, encoding, [bytes])));
			if (found(secrets, encoding, out)) {
				figures.leaks++;
				expect
					.soft(
						`seed ${seed}, output ${number}, in ${encoding}, ${JSON.stringify(secrets)}: ${JSON.stringify(out.toString('latin1'))}`,
					)
					.toBe('no leak');
				expect(figures.leaks).toBeLessThan(3);
			}

			if (figures.cases % 20 === 0) {
				leaksWithout += Number(hidden > 0 && found(secrets, encoding, bytes));
				const forgetful = Buffer.concat(chunks.map(chunk => redacted(secrets, encoding, [chunk])));
				leaksWhenForgetful += Number(found(secrets, encoding, forgetful));
			}
		}
	}

	tell('secrets', {...figures});
	tell('secrets, controls', {
		'of 20 cases each': Math.floor(figures.cases / 20),
		'leaks chunk by chunk': leaksWhenForgetful,
		'leaks without redaction': leaksWithout,
	});
	expect(figures).toMatchObject({leaks: 0, 'other results when cut elsewhere': 0});
	expect(leaksWhenForgetful).toBeGreaterThan(wanted / 20 / 5);
	expect(leaksWithout).toBeGreaterThan((wanted / 20) * 0.8);
});
