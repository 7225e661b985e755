import {type Document, isMap, isScalar, parseDocument} from 'yaml';

/**
Writes values into a site file's text; comments, order and everything else stay as they are.

`edits` are texts by the key of their field: `ntp_server`, `iscsi_ip@esxi1`, `esxi1.address`. A secret must come as
`env:NAME`, as everywhere. Text that is no YAML comes back unchanged: `readSite` says what is wrong with it.
*/
export function writeSite(yaml: string, edits: Readonly<Record<string, string>>): string {
	return Object.entries(edits).reduce((text, [key, value]) => writeOne(text, pathOf(key), value), yaml);
}

function pathOf(key: string): readonly string[] {
	const [name = '', host] = key.split('@');
	const [owner = '', field] = name.split('.');
	if (field !== undefined) {
		return ['hosts', owner, field];
	}

	return host === undefined ? ['values', name] : ['values', name, host];
}

function writeOne(yaml: string, path: readonly string[], value: string): string {
	const document = parseDocument(yaml, {
		schema: 'failsafe',
		prettyErrors: false,
		keepSourceTokens: true,
		logLevel: 'error',
	});
	if (document.errors.length > 0) {
		return yaml;
	}

	const old = document.getIn(path, true);
	if (isScalar(old) && old.range && old.value !== '' && !isBlock(old.type)) {
		const [start, end] = old.range;
		return yaml.slice(0, start) + scalarFor(value) + yaml.slice(end);
	}

	insert(document, path, value);
	return document.toString({lineWidth: 0, flowCollectionPadding: true});
}

/** A text in the way becomes a map: one value for all was one value for all. */
function insert(document: Document, path: readonly string[], value: string): void {
	if (document.contents === null) {
		document.contents = document.createNode({});
	}

	for (let length = 1; length < path.length; length++) {
		const parent = path.slice(0, length);
		if (!isMap(document.getIn(parent))) {
			document.setIn(parent, document.createNode({}, {flow: length > 1}));
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
