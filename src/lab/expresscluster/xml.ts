/** One element of `clp.conf`: what stands between its tags is either a text or further elements. */
export type XmlElement = {
	readonly tag: string;
	/** The one attribute that an element of `clp.conf` has, `name="…"` or `id="…"`, as it stands there. */
	readonly key?: {readonly attribute: 'name' | 'id'; readonly value: string};
	readonly text?: string;
	readonly children: readonly XmlElement[];
};

/** As it is written to a file: a declaration, tabs, one element a line. */
export function printXml(root: XmlElement, encoding: string): string {
	return `<?xml version="1.0" encoding="${encoding}"?>\n${printElement(root, 0)}`;
}

function printElement({tag, key, text, children}: XmlElement, depth: number): string {
	const indent = '\t'.repeat(depth);
	const open = key === undefined ? tag : `${tag} ${key.attribute}="${escaped(key.value)}"`;
	if (children.length > 0) {
		const inner = children.map(child => printElement(child, depth + 1)).join('');
		return `${indent}<${open}>\n${inner}${indent}</${tag}>\n`;
	}

	return text === undefined ? `${indent}<${open}/>\n` : `${indent}<${open}>${escaped(text)}</${tag}>\n`;
}

/**
The root element of a text; undefined: it is no XML that `clp.conf` could be.

> | <fip name="fip-iscsi">
> | 	<parameters><ip>172.31.254.10</ip></parameters>
*/
export function readXml(source: string): XmlElement | undefined {
	const body = source.replaceAll(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, '');
	const open: {tag: string; key?: XmlElement['key']; text: string; children: XmlElement[]}[] = [];
	const top: XmlElement[] = [];
	const add = (element: XmlElement) => (open.at(-1)?.children ?? top).push(element);
	let end = 0;
	for (const match of body.matchAll(/<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w-]+\s*=\s*"[^"<]*")*)\s*(\/?)>/g)) {
		const [whole, isClosing, tag = '', attributes = '', isEmpty] = match;
		const between = body.slice(end, match.index);
		end = match.index + whole.length;
		const around = open.at(-1);
		if (around !== undefined) {
			around.text += between;
		} else if (between.trim() !== '') {
			return undefined;
		}

		if (between.includes('<')) {
			return undefined;
		}

		if (isClosing) {
			const closed = open.pop();
			if (closed === undefined || closed.tag !== tag) {
				return undefined;
			}

			add(finished(closed));
		} else if (isEmpty) {
			add(finished({tag, ...keyOf(attributes), text: '', children: []}));
		} else {
			open.push({tag, ...keyOf(attributes), text: '', children: []});
		}
	}

	const [root, ...others] = top;
	return open.length === 0 && others.length === 0 && body.slice(end).trim() === '' ? root : undefined;
}

function finished({
	tag,
	key,
	text,
	children,
}: {
	tag: string;
	key?: XmlElement['key'];
	text: string;
	children: XmlElement[];
}): XmlElement {
	const own = children.length === 0 && text.trim() !== '' ? {text: unescaped(text.trim())} : {};
	return {tag, ...(key === undefined ? {} : {key}), ...own, children};
}

function keyOf(attributes: string): {key?: NonNullable<XmlElement['key']>} {
	const [, attribute, value = ''] = /\b(name|id)\s*=\s*"([^"]*)"/.exec(attributes) ?? [];
	return attribute === 'name' || attribute === 'id' ? {key: {attribute, value: unescaped(value)}} : {};
}

const entities = [
	['&', '&amp;'],
	['<', '&lt;'],
	['>', '&gt;'],
	['"', '&quot;'],
] as const;

function escaped(text: string): string {
	return entities.reduce((before, [sign, entity]) => before.replaceAll(sign, entity), text);
}

function unescaped(text: string): string {
	return entities.toReversed().reduce((before, [sign, entity]) => before.replaceAll(entity, sign), text);
}
