/** What an esxcli command has to show, before it is laid out. */
export type Output =
	/** Rows under a header; prints nothing where there are none. */
	| {
			readonly kind: 'table';
			readonly columns: readonly string[];
			readonly rows: readonly (readonly Value[])[];
			/** The line under the last heading is only as long as the heading, as under long descriptions. */
			readonly shortRule?: boolean;
	  }
	/** `   Name: value` lines. With titles, blank lines stand between the records. */
	| {readonly kind: 'records'; readonly records: readonly Record[]}
	| {readonly kind: 'text'; readonly text: string};

type Value = string | number | boolean | readonly string[];

export type Record = {readonly title?: string; readonly fields: readonly (readonly [name: string, value: Value])[]};

export function record(fields: Record['fields']): Output {
	return {kind: 'records', records: [{fields}]};
}

export type Formatter = 'default' | 'csv' | 'keyvalue';

export function layOut(output: Output, formatter: Formatter): string {
	switch (output.kind) {
		case 'text':
			return output.text;
		case 'table':
			return formatter === 'default' ? tableText(output) : formatted(recordsOf(output), formatter);
		case 'records':
			return formatter === 'default' ? recordsText(output.records) : formatted(output.records, formatter);
	}
}

/** Two blanks between columns; numbers and booleans to the right; text in the last column is not padded. */
function tableText({columns, rows, shortRule = false}: Extract<Output, {kind: 'table'}>): string {
	if (rows.length === 0) {
		return '';
	}

	const last = columns.length - 1;
	const widths = columns.map((name, column) =>
		Math.max(name.length, ...rows.map(cells => plain(cells[column] ?? '').length)),
	);
	const ruled = widths.map((width, column) => (shortRule && column === last ? (columns[last]?.length ?? 0) : width));
	const line = (cells: readonly Value[]) =>
		cells
			.map((cell, column) => {
				const width = widths[column] ?? 0;
				const right = typeof rows[0]?.[column] === 'number' || typeof rows[0]?.[column] === 'boolean';
				return right ? plain(cell).padStart(width) : column === last ? plain(cell) : plain(cell).padEnd(width);
			})
			.join('  ');
	return [line(columns), ruled.map(width => '-'.repeat(width)).join('  '), ...rows.map(line)]
		.map(text => `${text}\n`)
		.join('');
}

function recordsText(records: readonly Record[]): string {
	return records
		.map(({title, fields}) =>
			[...(title === undefined ? [] : [title]), ...fields.map(([name, value]) => `   ${name}: ${plain(value)}`)]
				.map(line => `${line}\n`)
				.join(''),
		)
		.join('\n');
}

/** Both machine formats name a column without its blanks, in alphabetical order, and end each row in a comma. */
function formatted(records: readonly Record[], formatter: 'csv' | 'keyvalue'): string {
	const rows = records.map(({fields}) =>
		fields
			.map(([name, value]) => [name.replaceAll(' ', ''), value] as const)
			.toSorted(([left], [right]) => (left < right ? -1 : 1)),
	);
	switch (formatter) {
		case 'csv': {
			const header = rows[0]?.map(([name]) => `${name},`).join('') ?? '';
			const lines = rows.map(cells => cells.map(([, value]) => `${csvCell(value)},`).join(''));
			return [header, ...lines].map(line => `${line}\n`).join('');
		}
		case 'keyvalue':
			return rows
				.flatMap((cells, index) => cells.map(([name, value]) => `structure.${index}.${name}=${plain(value)}\n`))
				.join('');
	}
}

function recordsOf({columns, rows}: Extract<Output, {kind: 'table'}>): readonly Record[] {
	return rows.map(cells => ({fields: columns.map((name, column) => [name, cells[column] ?? ''] as const)}));
}

function csvCell(value: Value): string {
	return typeof value === 'object' ? `"${value.map(part => `${part},`).join('')}"` : String(value);
}

function plain(value: Value): string {
	return typeof value === 'object' ? value.join(', ') : String(value);
}
