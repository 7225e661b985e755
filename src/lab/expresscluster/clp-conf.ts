import {printXml, readXml, type XmlElement} from './xml.js';

/** `clp.conf` as a tree. Every function gives a changed one; nothing else of it is touched. */
export type ClpConf = XmlElement;

/** Elements from the root to one: each a tag, with the value of its `name` or `id` where several of its kind stand side by side. */
export type ConfPath = readonly {readonly tag: string; readonly key?: NonNullable<XmlElement['key']>}[];

export function newConf(cluster: string, encoding: string): ClpConf {
	const root: XmlElement = {tag: 'root', children: []};
	const values: readonly (readonly [string, string])[] = [
		['all/charset', encoding],
		['all/encode', encoding],
		['all/serveros', 'linux'],
		['cluster/name', cluster],
		['cluster/comment', ' '],
	];
	return values.reduce((conf, [tags, value]) => withValue(conf, confPath(tags), value), root);
}

export function readConf(text: string): ClpConf | undefined {
	const root = readXml(text);
	return root?.tag === 'root' ? root : undefined;
}

export function printConf(conf: ClpConf): string {
	return printXml(conf, valueAt(conf, confPath('all/encode')) ?? 'ASCII');
}

/**
Reads tags as `clpcfset` takes them: what stands behind `@` tells one element of several from another.

> | parameters/netdev@0/priority     server@ec1/survive
*/
export function confPath(tags: string): ConfPath {
	return tags
		.split('/')
		.filter(word => word !== '')
		.map(word => {
			const [tag = '', value] = word.split('@');
			return value === undefined
				? {tag}
				: {tag, key: {attribute: /^\d+$/.test(value) ? ('id' as const) : ('name' as const), value}};
		});
}

export function named(tag: string, value: string): ConfPath[number] {
	return {tag, key: {attribute: 'name', value}};
}

export function numbered(tag: string, value: string): ConfPath[number] {
	return {tag, key: {attribute: 'id', value}};
}

export function elementAt(conf: XmlElement, path: ConfPath): XmlElement | undefined {
	return path.reduce<XmlElement | undefined>((found, step) => found?.children.find(child => isAt(child, step)), conf);
}

export function valueAt(conf: XmlElement, path: ConfPath): string | undefined {
	return elementAt(conf, path)?.text;
}

/** The conf with an element there; what stood there stays. */
export function withElement(conf: XmlElement, path: ConfPath): XmlElement {
	return changed(conf, path, element => element);
}

export function withValue(conf: XmlElement, path: ConfPath, text: string): XmlElement {
	return changed(conf, path, ({tag, key}) => ({tag, ...(key === undefined ? {} : {key}), text, children: []}));
}

export function without(conf: XmlElement, path: ConfPath): XmlElement {
	const [step, ...rest] = path;
	if (step === undefined) {
		return conf;
	}

	return {
		...conf,
		children: conf.children.flatMap(child =>
			!isAt(child, step) ? [child] : rest.length === 0 ? [] : [without(child, rest)],
		),
	};
}

function changed(conf: XmlElement, path: ConfPath, change: (element: XmlElement) => XmlElement): XmlElement {
	const [step, ...rest] = path;
	if (step === undefined) {
		return change(conf);
	}

	const at = conf.children.findIndex(child => isAt(child, step));
	const before = conf.children[at] ?? {...step, children: []};
	const after = changed(before, rest, change);
	const {text: _, ...around} = conf;
	return {
		...around,
		children:
			at === -1 ? [...conf.children, after] : conf.children.map((child, index) => (index === at ? after : child)),
	};
}

function isAt({tag, key}: XmlElement, step: ConfPath[number]): boolean {
	return tag === step.tag && key?.value === step.key?.value;
}
