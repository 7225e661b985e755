/** Every character that Shift_JIS has, with its bytes: what `TextDecoder` reads, the other way round. */
let shiftJis: ReadonlyMap<string, readonly number[]> | undefined;

function shiftJisTable(): ReadonlyMap<string, readonly number[]> {
	if (shiftJis === undefined) {
		const table = new Map<string, readonly number[]>();
		const decoder = new TextDecoder('shift_jis');
		const add = (bytes: readonly number[]) => {
			const text = decoder.decode(new Uint8Array(bytes));
			if ([...text].length === 1 && text !== '\uFFFD' && !table.has(text)) {
				table.set(text, bytes);
			}
		};
		for (let byte = 0; byte < 256; byte++) {
			add([byte]);
		}
		for (let lead = 0x81; lead <= 0xfc; lead++) {
			for (let trail = 0x40; trail <= 0xfc; trail++) {
				add([lead, trail]);
			}
		}
		shiftJis = table;
	}
	return shiftJis;
}

/** `?` for what the encoding does not have, as Windows does. Labels: `utf-8`, `shift_jis`; any other has ASCII alone. */
export function encode(text: string, label: string): Uint8Array {
	switch (label) {
		case 'utf-8':
			return Buffer.from(text);
		case 'shift_jis': {
			const table = shiftJisTable();
			return Buffer.from([...text].flatMap(character => table.get(character) ?? [0x3f]));
		}
		default:
			return Buffer.from(text.replaceAll(/[^\0-\x7f]/gu, '?'));
	}
}
