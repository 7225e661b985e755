/**
A text as bytes of an encoding that the platform only decodes: the ways in which it can stand there, none twice.

Empty if the encoding lacks one of the characters, or is one that switches between character sets (ISO-2022-JP). Where two
byte pairs decode to the same character, as in Shift_JIS, the text is given with the first and with the last of them.
`encoding` is a WHATWG label.
*/
export function encodeText(text: string, encoding: string): readonly Uint8Array[] {
	const name = new TextDecoder(encoding).encoding;
	switch (name) {
		case 'utf-8':
			return [new TextEncoder().encode(text)];
		case 'utf-16le':
			return [utf16(text, true)];
		case 'utf-16be':
			return [utf16(text, false)];
		default: {
			const {first, last} = tableOf(name);
			const [one, other] = [encodeBy(first, text), encodeBy(last, text)];
			return one === undefined || other === undefined ? [] : same(one, other) ? [one] : [one, other];
		}
	}
}

function utf16(text: string, isLittleEndian: boolean): Uint8Array {
	const bytes = new Uint8Array(2 * text.length);
	const view = new DataView(bytes.buffer);
	for (let index = 0; index < text.length; index++) {
		view.setUint16(2 * index, text.charCodeAt(index), isLittleEndian);
	}

	return bytes;
}

/** The bytes of each character: the first ones that decode to it, and the last ones. */
type Table = {
	readonly first: ReadonlyMap<string, readonly number[]>;
	readonly last: ReadonlyMap<string, readonly number[]>;
};

const tables = new Map<string, Table>();

function tableOf(encoding: string): Table {
	const known = tables.get(encoding) ?? makeTable(encoding);
	tables.set(encoding, known);
	return known;
}

const LF = 0x0a;
const highBytes = Array.from({length: 0x7f}, (_, index) => 0x80 + index);

/** Found by decoding every sequence of one or two bytes, and of three behind the byte that EUC-JP uses for that. */
function makeTable(encoding: string): Table {
	const single = Array.from({length: 0x100}, (_, byte) => [byte]).filter(([byte]) => byte !== LF);
	const trails = Array.from({length: 0xff - 0x30}, (_, index) => 0x30 + index);
	const double = highBytes.flatMap(lead => trails.map(trail => [lead, trail]));
	const triple =
		encoding === 'euc-jp' ? highBytes.flatMap(second => highBytes.map(third => [0x8f, second, third])) : [];
	const sequences = [...single, ...double, ...triple];
	// One decoding of all of them: a line end between two of them stands for itself in every such encoding
	const decoded = new TextDecoder(encoding).decode(Uint8Array.from(sequences.flatMap(bytes => [...bytes, LF])));
	const first = new Map<string, readonly number[]>();
	const last = new Map<string, readonly number[]>();
	for (const [index, character] of decoded.split('\n').entries()) {
		const bytes = sequences[index];
		if (bytes !== undefined && [...character].length === 1 && character !== '\uFFFD') {
			first.set(character, first.get(character) ?? bytes);
			last.set(character, bytes);
		}
	}

	first.set('\n', [LF]);
	last.set('\n', [LF]);
	return {first, last};
}

function encodeBy(table: Table['first'], text: string): Uint8Array | undefined {
	const bytes: number[] = [];
	for (const character of text) {
		const its = table.get(character);
		if (its === undefined) {
			return undefined;
		}

		bytes.push(...its);
	}

	return Uint8Array.from(bytes);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
	return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
