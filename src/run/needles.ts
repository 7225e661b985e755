/** A shorter secret is looked for as it is, and in no other form: its other forms would match everywhere. */
const MIN_ENCODED_CHARACTERS = 8;

/**
Everything that a secret may look like in output: as it is, its lines one by one, in base64 at each of the three
alignments, in hex, in a URL, in JSON, in PowerShell's XML, and quoted or escaped for a shell. Longest first, none twice.

Not found: what was compressed, reversed, encoded twice, or broken up by line ends or escape sequences.
*/
export function needlesFor(secrets: readonly string[]): readonly Uint8Array[] {
	const needles = secrets.flatMap(secret => [
		secret,
		...(secret.length < MIN_ENCODED_CHARACTERS ? [] : encodedForms(secret)),
	]);
	return [...new Set(needles)]
		.filter(needle => needle !== '')
		.map(needle => new TextEncoder().encode(needle))
		.toSorted((a, b) => b.length - a.length);
}

function encodedForms(secret: string): readonly string[] {
	const bytes = new TextEncoder().encode(secret);
	const hex = Buffer.from(bytes).toString('hex');
	const url = encodeURIComponent(secret.toWellFormed());
	return [
		...secret.split(/\r?\n/).filter(line => line.length >= MIN_ENCODED_CHARACTERS),
		...[0, 1, 2].flatMap(shift => base64At(bytes, shift)),
		hex,
		hex.toUpperCase(),
		url,
		url.replaceAll(/%[\dA-F]{2}/g, code => code.toLowerCase()),
		url.replaceAll('%20', '+'),
		JSON.stringify(secret).slice(1, -1),
		xmlOf(secret),
		secret.replaceAll("'", String.raw`'\''`),
		secret.replaceAll("'", `'"'"'`),
		secret.replaceAll(/['\u2018\u2019\u201A\u201B]/g, '$&$&'),
		secret.replaceAll(/[$`"\\]/g, '\\$&'),
		secret.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'),
	];
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
