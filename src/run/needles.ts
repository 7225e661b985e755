import {encodeText} from '../text/encode-text.js';

/** A shorter secret is not looked for at all: what is no secret would be torn to pieces. */
export const MIN_SECRET_CHARACTERS = 4;

/** A shorter secret is looked for as it is, and in no other form: its other forms would match everywhere. */
export const MIN_ENCODED_CHARACTERS = 8;

/** What a secret may look like in output. `wraps`: programs break it off at the end of a line and go on in the next one. */
export type Needle = {readonly bytes: Uint8Array; readonly wraps: boolean};

/**
Everything that a secret may look like in output: as it is, its lines one by one, in base64 at each of the three
alignments, in hex, in a URL, in JSON, in HTML, in PowerShell's XML, and quoted or escaped for a shell; all of it in UTF-8
and in the host's `encoding` (a WHATWG label); and in UTF-16, which PowerShell writes and encodes. Longest first, none twice.

Not found: what was compressed, encrypted, reversed, encoded twice, or broken up by more than `createRedactor` sees through.
*/
export function needlesFor(secrets: readonly string[], encoding = 'utf-8'): readonly Needle[] {
	const found = new Map<string, Needle>();
	for (const {bytes, wraps} of secrets.flatMap(secret => needlesOf(secret, encoding))) {
		const needle = withoutIndent(bytes);
		const key = Buffer.from(needle).toString('latin1');
		found.set(key, {bytes: needle, wraps: wraps || found.get(key)?.wraps === true});
	}

	found.delete('');

	return [...found.values()].toSorted((a, b) => b.bytes.length - a.bytes.length);
}

/** Indentation is no part of a needle, so that what follows it is found at the beginning of a line too. */
export function withoutIndent(bytes: Uint8Array): Uint8Array {
	const from = bytes.findIndex(byte => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
	return bytes.subarray(from < 0 ? bytes.length : from);
}

function needlesOf(secret: string, encoding: string): readonly Needle[] {
	if (secret.length < MIN_SECRET_CHARACTERS) {
		return [];
	}

	if (secret.length < MIN_ENCODED_CHARACTERS) {
		return inEncodings(secret, encoding, false);
	}

	const encoded = [
		...encodeText(secret, 'utf-8'),
		...encodeText(secret, encoding),
		...encodeText(secret, 'utf-16le'),
	].flatMap(bytesEncoded);
	return [
		...inEncodings(secret, encoding, true),
		...encoded.flatMap(text => inEncodings(text, encoding, true)),
		...writtenForms(secret).flatMap(text => inEncodings(text, encoding, false)),
		...['utf-16le', 'utf-16be'].flatMap(wide => encodeText(secret, wide).map(bytes => ({bytes, wraps: false}))),
	];
}

function inEncodings(text: string, encoding: string, wraps: boolean): readonly Needle[] {
	return [...encodeText(text, 'utf-8'), ...encodeText(text, encoding)].map(bytes => ({bytes, wraps}));
}

/** As programs show bytes that need not be text. */
function bytesEncoded(bytes: Uint8Array): readonly string[] {
	const hex = Buffer.from(bytes).toString('hex');
	return [hex, hex.toUpperCase(), ...[0, 1, 2].flatMap(shift => base64At(bytes, shift))];
}

/** As programs write a text into a text of theirs. */
function writtenForms(secret: string): readonly string[] {
	const url = encodeURIComponent(secret.toWellFormed());
	const json = JSON.stringify(secret).slice(1, -1);
	const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
	return [
		...secret.split(/\r?\n/).filter(line => line.length >= MIN_ENCODED_CHARACTERS),
		secret.replaceAll(/\r?\n/g, '\r\n'),
		secret.replaceAll(/[\r\n]+[ \t]*/g, ''),
		url,
		url.replaceAll(/%[\dA-F]{2}/g, code => code.toLowerCase()),
		url.replaceAll('%20', '+'),
		url.replaceAll(/[!'()*~]/g, byteEscaped),
		json,
		json.replaceAll('/', String.raw`\/`),
		escapedAs(json, /[\u0080-\uFFFF]/g),
		escapedAs(json, /[<>&\u0080-\uFFFF]/g),
		escapedAs(json, /[<>&'\u0080-\uFFFF]/g),
		html,
		...['&#39;', '&#x27;', '&#039;', '&apos;'].map(quote => html.replaceAll('"', '&quot;').replaceAll("'", quote)),
		html.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
		xmlOf(secret),
		secret.replaceAll("'", String.raw`'\''`),
		secret.replaceAll("'", `'"'"'`),
		secret.replaceAll(/['\u2018\u2019\u201A\u201B]/g, '$&$&'),
		secret.replaceAll(/[$`"\\]/g, '\\$&'),
		secret.replaceAll(/["\\]/g, '\\$&'),
		secret.replaceAll(/['\\]/g, '\\$&'),
		secret.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'),
	];
}

/** > | ' becomes %27 */
function byteEscaped(character: string): string {
	return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** JSON may escape any character: Go and .NET do it with those of HTML, Python with all that are not ASCII. */
function escapedAs(json: string, which: RegExp): string {
	return json.replaceAll(which, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As a text stands in CLIXML. Source: [MS-PSRP], section 2.2.5.3.2. */
function xmlOf(secret: string): string {
	return secret
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll(/_(?=x[\da-fA-F]{4}_)/g, '_x005F_')
		.replaceAll('\r', '_x000D_')
		.replaceAll('\n', '_x000A_');
}

/** Behind `shift` other bytes: only the characters that depend on no byte before or after the secret. */
function base64At(bytes: Uint8Array, shift: number): readonly string[] {
	const encoded = Buffer.concat([new Uint8Array(shift), bytes]).toString('base64');
	const whole = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
	return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
}
