import type {SheetRow} from './rows.js';

/** Values that were copied out of a spreadsheet or a CSV file, row by row. */
export type Block = ReadonlyArray<readonly string[]>;

/**
The block that a pasted text is; undefined for one value. Cells are told apart by tabs where there are any, else by
semicolons, else by commas; quotes as in CSV. Source: RFC 4180.

`hasColumns`: the row that is pasted into has several, so that a comma on a single line tells two of them apart.
*/
export function blockOf(text: string, hasColumns: boolean): Block | undefined {
	const whole = text.replace(/(\r\n|\r|\n)+$/, '');
	const isBlock = /[\t\r\n]/.test(whole) || (hasColumns && /[;,]/.test(whole));
	if (!isBlock) {
		return undefined;
	}

	const separator = whole.includes('\t') ? '\t' : whole.includes(';') ? ';' : ',';
	return rowsIn(whole, separator);
}

function rowsIn(text: string, separator: string): Block {
	const rows: string[][] = [[]];
	let cell = '';
	let isQuoted = false;
	for (let index = 0; index < text.length; index++) {
		const character = text.charAt(index);
		if (isQuoted) {
			if (character !== '"') {
				cell += character;
			} else if (text.charAt(index + 1) === '"') {
				cell += '"';
				index++;
			} else {
				isQuoted = false;
			}
		} else if (character === '"' && cell === '') {
			isQuoted = true;
		} else if (character === separator) {
			rows.at(-1)?.push(cell.trim());
			cell = '';
		} else if (character === '\n' || character === '\r') {
			rows.at(-1)?.push(cell.trim());
			cell = '';
			rows.push([]);
			index += character === '\r' && text.charAt(index + 1) === '\n' ? 1 : 0;
		} else {
			cell += character;
		}
	}

	rows.at(-1)?.push(cell.trim());
	return rows;
}

/** Where a block goes: the first row of the form, and for each of its columns the form's, undefined for none. */
export type Aim = {
	readonly block: Block;
	readonly columns: ReadonlyArray<number | undefined>;
	/** The block's column that names the row of the form; undefined: they follow each other. */
	readonly names: number | undefined;
};

/** A first line that names columns of the form decides where the others go; otherwise they go right and down from `column`. */
export function aimOf(block: Block, {section: {heads}}: SheetRow, column: number): Aim {
	const [first = []] = block;
	const named = first.map(cell => {
		const index = heads.findIndex(head => head.toLowerCase() === cell.toLowerCase());
		return index < 0 ? undefined : index;
	});
	if (block.length < 2 || named.every(index => index === undefined)) {
		return {block, columns: first.map((_, index) => column + index), names: undefined};
	}

	const names = named.indexOf(undefined);
	return {block: block.slice(1), columns: named, names: names < 0 ? undefined : names};
}
