import {isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument} from 'yaml';
import * as z from 'zod';
import type {Place} from '../document/problem.js';
import {type ProblemList, suggestion} from './problem-list.js';

/** YAML as people wrote it: texts, lists and maps, each with its place. Nothing is typed: `012` and `no` stay texts. */
export type YamlNode =
	| {readonly kind: 'text'; readonly text: string; readonly at: Place}
	| {readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly at: Place}
	| {readonly kind: 'map'; readonly entries: readonly YamlEntry[]; readonly at: Place};

export type YamlEntry = {readonly key: string; readonly keyAt: Place; readonly value: YamlNode};

type YamlMap = Extract<YamlNode, {kind: 'map'}>;

/**
Reads YAML that a person wrote; `firstLine` is its line in the file.

Aliases, anchors, tags, merge keys, duplicate keys and more than one document are problems, and so are nesting and
lengths that only an attack has. `undefined` if there is nothing that could be understood.
*/
export function readYaml(
	source: string,
	firstLine: number,
	maxLength: number,
	problems: ProblemList,
): YamlNode | undefined {
	const lines = new LineCounter();
	const lastOffset = Math.max(0, source.trimEnd().length - 1);
	const place = (from: number, end: number): Place => {
		const start = Math.min(from, lastOffset);
		const {line, col} = lines.linePos(start);
		const rest = source.slice(start, end).search(/\n|$/);
		return {line: firstLine - 1 + line, column: col, length: Math.max(1, rest)};
	};
	const whole = {line: firstLine, column: 1, length: 1};
	if (source.length > maxLength) {
		problems.error('too-large', whole, `This is longer than ${maxLength / 1024} KB.`, 'Nothing of it was read.');
		return undefined;
	}

	if (deepestNesting(source) > MAX_DEPTH) {
		problems.error('too-deep', whole, `This is nested deeper than ${MAX_DEPTH} levels.`, 'Nothing of it was read.');
		return undefined;
	}

	const document = parseDocument(source, {
		schema: 'failsafe',
		strict: true,
		stringKeys: true,
		uniqueKeys: false,
		prettyErrors: false,
		resolveKnownTags: false,
		logLevel: 'error',
		lineCounter: lines,
	});
	for (const {message, pos} of document.errors) {
		problems.error('bad-yaml', place(pos[0], pos[1]), `This is not YAML: ${message}.`, 'See https://yaml.org.');
	}

	return document.contents === null ? undefined : nodeOf(document.contents, place, problems);
}

/** Texts, lists and maps without places, as zod wants them. Maps have no prototype. */
function plainOf(node: YamlNode): unknown {
	switch (node.kind) {
		case 'text':
			return node.text;
		case 'list':
			return node.items.map(plainOf);
		case 'map': {
			const plain: Record<string, unknown> = Object.create(null);
			for (const {key, value} of node.entries) {
				plain[key] = plainOf(value);
			}

			return plain;
		}
	}
}

/**
Checks a node against a shape. Every key that is unknown, missing or wrong is a problem at its place; `of` says where, as
in `a host`. Gives what is left without these keys, or `undefined` if the shape cannot do without them.
*/
export function readShape<T extends z.ZodObject>(
	shape: T,
	node: YamlNode,
	of: string,
	problems: ProblemList,
): z.output<T> | undefined {
	if (node.kind !== 'map') {
		const keys = Object.keys(shape.shape).join(', ');
		problems.error('bad-value', node.at, `${upperFirst(of)} is written as keys and values.`, `Its keys: ${keys}.`);
		return undefined;
	}

	const result = shape.safeParse(plainOf(node));
	if (result.success) {
		return result.data;
	}

	const wrong = new Set<string>();
	for (const issue of result.error.issues) {
		if (issue.code === 'unrecognized_keys') {
			const [outer] = issue.path;
			const inner = innermost(node, issue.path);
			for (const key of issue.keys) {
				wrong.add(outer === undefined ? key : String(outer));
				const help = suggestion(key, keysAt(shape, issue.path), 'Its keys');
				const where = outer === undefined ? of : `\`${issue.path.map(String).join('.')}\` of ${of}`;
				const at = inner.kind === 'map' ? keyPlace(inner, key) : inner.at;
				problems.error('unknown-key', at, `Unknown key "${key}" in ${where}.`, help);
			}
		} else {
			const key = String(issue.path[0]);
			const value = valueAt(node, key);
			if (value === undefined) {
				problems.error('missing-key', node.at, `${upperFirst(of)} has no \`${key}\`.`, issue.message);
			} else if (!wrong.has(key)) {
				problems.error(
					key === 'password' ? 'secret-in-clear' : 'bad-value',
					innermost(value, issue.path.slice(1)).at,
					`\`${key}\` of ${of} cannot be used.`,
					issue.message,
				);
			}

			wrong.add(key);
		}
	}

	return shape.safeParse(plainOf({...node, entries: node.entries.filter(({key}) => !wrong.has(key))})).data;
}

/** The keys that may stand at a path below a shape; none where the shape leaves several forms open. */
function keysAt(shape: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
	if (shape instanceof z.ZodDefault || shape instanceof z.ZodOptional) {
		return keysAt(shape.unwrap() as z.ZodType, path);
	}

	const [first, ...rest] = path;
	if (shape instanceof z.ZodObject) {
		const inner: z.ZodType | undefined = first === undefined ? undefined : shape.shape[String(first)];
		return first === undefined ? Object.keys(shape.shape) : inner === undefined ? [] : keysAt(inner, rest);
	}

	return shape instanceof z.ZodRecord && first !== undefined ? keysAt(shape.valueType as z.ZodType, rest) : [];
}

/** The entries of a map; another kind of node is a problem. */
export function entriesOf(node: YamlNode | undefined, of: string, problems: ProblemList): readonly YamlEntry[] {
	if (node === undefined || (node.kind === 'text' && node.text === '')) {
		return [];
	}

	if (node.kind !== 'map') {
		problems.error('bad-value', node.at, `${of} is written as names with something behind each.`);
		return [];
	}

	return node.entries;
}

function keyPlace(node: YamlMap, key: string): Place {
	return node.entries.find(entry => entry.key === key)?.keyAt ?? node.at;
}

export function valueAt(node: YamlNode | undefined, key: string): YamlNode | undefined {
	return node?.kind === 'map' ? node.entries.find(entry => entry.key === key)?.value : undefined;
}

/** A text, with what to say if it is something else. */
export const Text = (message = 'Write a text.') => z.string(message).min(1, message);

/** Deeper YAML is no front matter, and the reader of the library is recursive. */
const MAX_DEPTH = 64;

/** An upper bound, because brackets in texts count too. Costs one look at each unit. */
function deepestNesting(source: string): number {
	let deepest = 0;
	let brackets = 0;
	const indentations: number[] = [];
	for (const line of source.split('\n')) {
		const [, blanks = '', marks = ''] = /^( *)((?:[-?:][ \t]+)*)/.exec(line) ?? [];
		while ((indentations.at(-1) ?? -1) >= blanks.length) {
			indentations.pop();
		}

		indentations.push(blanks.length);
		for (const unit of line) {
			brackets += unit === '[' || unit === '{' ? 1 : unit === ']' || unit === '}' ? -1 : 0;
			deepest = Math.max(deepest, brackets);
		}

		deepest = Math.max(deepest, indentations.length + marks.replaceAll(/[ \t]/g, '').length);
	}

	return deepest;
}

type FindPlace = (start: number, end: number) => Place;

function nodeOf(node: Node, place: FindPlace, problems: ProblemList): YamlNode | undefined {
	const [start = 0, end = start] = node.range ?? [];
	const at = place(start, end);
	if (isAlias(node)) {
		problems.error('no-aliases', at, 'An alias (`*name`) is not read here.', 'Write the value out.');
		return undefined;
	}

	if ('anchor' in node && typeof node.anchor === 'string') {
		problems.error('no-aliases', at, `An anchor (\`&${node.anchor}\`) is not read here.`, 'Write each value out.');
	}

	if (node.tag !== undefined && node.tag !== '!') {
		problems.error('no-tags', at, `A tag (\`${node.tag}\`) is not read here.`, 'Every value is a text.');
	}

	if (isMap<Node, Node | null>(node)) {
		return {kind: 'map', entries: entriesFrom(node.items, place, problems), at};
	}

	if (isSeq<Node>(node)) {
		return {kind: 'list', items: node.items.flatMap(item => nodeOf(item, place, problems) ?? []), at};
	}

	return {kind: 'text', text: isScalar(node) && typeof node.value === 'string' ? node.value : '', at};
}

function entriesFrom(
	pairs: ReadonlyArray<Pair<Node, Node | null>>,
	place: FindPlace,
	problems: ProblemList,
): YamlEntry[] {
	const entries: YamlEntry[] = [];
	const lines = new Map<string, number>();
	for (const {key: keyNode, value: valueNode} of pairs) {
		const [start = 0, end = start] = keyNode.range ?? [];
		const keyAt = place(start, end);
		const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined;
		const firstLine = key === undefined ? undefined : lines.get(key);
		if (key === undefined) {
			problems.error('bad-yaml', keyAt, 'A key must be a text.');
		} else if (key === '<<') {
			problems.error('no-aliases', keyAt, 'A merge key (`<<`) is not read here.', 'Write the keys out.');
		} else if (isReservedName(key)) {
			problems.error('reserved-name', keyAt, `"${key}" cannot be a name here.`, 'Choose another one.');
		} else if (firstLine !== undefined) {
			problems.error('duplicate-key', keyAt, `"${key}" stands here twice.`, `It is already on line ${firstLine}.`);
		} else {
			lines.set(key, keyAt.line);
			const value =
				valueNode === null ? {kind: 'text' as const, text: '', at: keyAt} : nodeOf(valueNode, place, problems);
			entries.push(...(value === undefined ? [] : [{key, keyAt, value}]));
		}
	}

	return entries;
}

/** `__proto__`, `constructor`, `toString`: every JavaScript object has these, so no table of ours may. */
function isReservedName(name: string): boolean {
	return name === 'prototype' || name in {};
}

function innermost(node: YamlNode, path: readonly PropertyKey[]): YamlNode {
	const [key, ...rest] = path;
	if (key === undefined) {
		return node;
	}

	const child = node.kind === 'list' ? node.items[Number(key)] : valueAt(node, String(key));
	return child === undefined ? node : innermost(child, rest);
}

function upperFirst(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
