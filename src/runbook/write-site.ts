import {type Document, isMap, isScalar, isSeq, parseDocument} from 'yaml';

/**
Writes values into a site file's text; comments, order and everything else stay as they are.

`edits` are texts by the key of their field: `ntp_server`, `iscsi_ip@esxi1`, `esxi1.address`, `vms[0].name`. A secret must
come as `env:NAME`, as everywhere. A row of a table whose last text goes, goes with it. Text that is no YAML comes back
unchanged: `readSite` says what is wrong with it.
*/
export function writeSite(yaml: string, edits: Readonly<Record<string, string>>): string {
	const paths = Object.entries(edits).map(([key, value]) => ({path: pathOf(key), value}));
	const written = paths.reduce((text, {path, value}) => writeOne(text, path, value), yaml);
	const tables = paths.flatMap(({path: [section, table]}) => (section === 'tables' ? [String(table)] : []));
	return [...new Set(tables)].reduce(withoutBlankRows, written);
}

/** Rows of a table by their number, from 0. */
type Path = ReadonlyArray<string | number>;

function pathOf(key: string): Path {
	const [, table, row = '', column] = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(key) ?? [];
	if (table !== undefined && column !== undefined) {
		return ['tables', table, Number(row), column];
	}

	const [name = '', host] = key.split('@');
	const [owner = '', field] = name.split('.');
	if (field !== undefined) {
		return ['hosts', owner, field];
	}

	return host === undefined ? ['values', name] : ['values', name, host];
}

function writeOne(yaml: string, path: Path, value: string): string {
	const document = parse(yaml);
	if (document.errors.length > 0) {
		return yaml;
	}

	const old = document.getIn(path, true);
	if (isScalar(old) && old.range && old.value !== '' && !isBlock(old.type)) {
		const [start, end] = old.range;
		return yaml.slice(0, start) + scalarFor(value) + yaml.slice(end);
	}

	insert(document, path, value);
	return textOf(document);
}

function withoutBlankRows(yaml: string, table: string): string {
	const document = parse(yaml);
	const rows = document.getIn(['tables', table]);
	if (document.errors.length > 0 || !isSeq(rows) || !rows.items.some(isBlankRow)) {
		return yaml;
	}

	rows.items = rows.items.filter(row => !isBlankRow(row));
	return textOf(document);
}

function isBlankRow(row: unknown): boolean {
	return isMap(row) && row.items.every(({value}) => value === null || (isScalar(value) && !value.value));
}

function parse(yaml: string): Document.Parsed {
	return parseDocument(yaml, {schema: 'failsafe', prettyErrors: false, keepSourceTokens: true, logLevel: 'error'});
}

function textOf(document: Document): string {
	return document.toString({lineWidth: 0, flowCollectionPadding: true});
}

/** A text in the way becomes a map: one value for all was one value for all. */
function insert(document: Document, path: Path, value: string): void {
	if (document.contents === null) {
		document.contents = document.createNode({});
	}

	for (let length = 1; length < path.length; length++) {
		const parent = path.slice(0, length);
		const isList = typeof path[length] === 'number';
		const found = document.getIn(parent);
		if (isList ? !isSeq(found) : !isMap(found)) {
			document.setIn(parent, document.createNode(isList ? [] : {}, {flow: length > (path[0] === 'tables' ? 2 : 1)}));
		}
	}

	const scalar = document.createNode(value);
	if (isScalar(scalar) && !isPlain(value)) {
		scalar.type = 'QUOTE_DOUBLE';
	}

	document.setIn(path, scalar);
}

function scalarFor(value: string): string {
	return isPlain(value) ? value : JSON.stringify(value);
}

/** Needs no quotes anywhere in YAML, also not between braces, and is no number or word that another reader would type. */
function isPlain(value: string): boolean {
	return (
		/^[A-Za-z\d~/][\w./-]*(?::[\w./-]+)*$/.test(value) &&
		!/^(?:true|false|yes|no|on|off|null|~|\d+(?:\.\d*)?|0[xo][\da-f]+|[\d.]+e\d+|\d+(?::\d+)+)$/i.test(value)
	);
}

function isBlock(type: string | undefined): boolean {
	return type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
}
