import {TypeError as CelTypeError, Environment, EvaluationError, ParseError} from '@marcbachmann/cel-js';
import {isOfRow} from './rows.js';
import type {Condition, ConditionRow, ParamName, ParamType} from './runbook.js';

/** What `host.` means in a condition; a step without a host has empty ones. */
type ConditionHost = {readonly name: string; readonly group: string; readonly platform: string};

export type ConditionContext = {
	/** By name, each with the host's own value. */
	readonly values: Readonly<Record<ParamName, string>>;
	readonly host: ConditionHost | undefined;
};

export type ReadCondition =
	/** The params and captured values that the expression names, and the variables of `each`. */
	| {readonly ok: true; readonly uses: readonly ParamName[]; readonly rows: readonly string[]}
	/** `start` and `end` are offsets in the source. */
	| {readonly ok: false; readonly because: string; readonly start: number; readonly end: number};

/** Is this CEL at all? The error's text if not. Knows no names: `readCondition` does. */
export function checkCondition(source: string): string | undefined {
	const read = attempt(() => new Environment({unlistedVariablesAreDyn: true, limits}).parse(source));
	return read.ok ? (usesMatches(read.value.ast) ? noPatterns : undefined) : read.because;
}

/** Reads an expression against the names it may use. It must say true or false. `rows`: the columns of each variable. */
export function readCondition(source: string, types: Types, rows: Rows = new Map()): ReadCondition {
	const read = attempt(() => environmentFor(types, rows).parse(source));
	if (!read.ok) {
		return read;
	}

	const {ast} = read.value;
	if (usesMatches(ast)) {
		return {ok: false, because: noPatterns, start: 0, end: source.length};
	}

	const {valid, type, error} = read.value.check();
	if (!valid) {
		return failure(error, source);
	}

	if (type !== 'bool' && type !== 'dyn') {
		return {ok: false, because: `It gives ${type ?? 'nothing'}, not true or false`, start: 0, end: source.length};
	}

	const named = new Set([...nodesIn(ast)].filter(({op}) => op === 'id').map(({args}) => String(args)));
	return {
		ok: true,
		uses: [...named].filter(name => types.has(name)),
		rows: [...named].filter(name => rows.has(name)),
	};
}

type Types = ReadonlyMap<ParamName, ParamType>;

type Rows = ReadonlyMap<string, Readonly<Record<string, ParamType>>>;

/** `because` is a sentence: what the expression lacked or why it said neither true nor false. */
export function evaluateCondition(
	condition: Condition,
	{values, host}: ConditionContext,
): {readonly ok: true; readonly value: boolean} | {readonly ok: false; readonly because: string} {
	const types = new Map(Object.entries(condition.types ?? {}));
	for (const name of Object.keys(values).filter(candidate => !isOfRow(candidate))) {
		types.set(name, types.get(name) ?? 'text');
	}

	const rows = Object.entries(condition.rows ?? {});
	const missing = [
		...[...types.keys()].filter(name => !Object.hasOwn(values, name)),
		...rows.flatMap(([variable, row]) => (row.values === undefined ? [variable] : [])),
	];
	if (missing.length > 0) {
		return {ok: false, because: `${missing.join(', ')} has no value yet.`};
	}

	const known: Record<string, unknown> = {host: host ?? {name: '', group: '', platform: ''}};
	for (const [name, type] of types) {
		known[name] = typed(values[name] ?? '', type);
	}

	for (const [variable, row] of rows) {
		known[variable] = typedRow(row);
	}

	const environment = environmentFor(types, new Map(rows.map(([variable, row]) => [variable, row.types])));
	const result = attempt((): unknown => environment.evaluate(condition.source, known));
	if (!result.ok) {
		return {ok: false, because: `${result.because}.`};
	}

	return typeof result.value === 'boolean'
		? {ok: true, value: result.value}
		: {ok: false, because: 'It gives neither true nor false.'};
}

/** A longer or deeper expression is a program, and the reader is recursive. */
const limits = {maxAstNodes: 500, maxDepth: 40};

/** The library's patterns are JavaScript's, which a short text can keep busy for hours. */
const noPatterns = 'Patterns are not offered here: use ==, in, contains, startsWith or endsWith';

function typedRow({types, values = {}}: ConditionRow): Record<string, unknown> {
	return Object.fromEntries(Object.entries(types).map(([column, type]) => [column, typed(values[column] ?? '', type)]));
}

function environmentFor(types: Types, rows: Rows): Environment {
	const environment = new Environment({limits}).registerVariable({
		name: 'host',
		schema: {name: 'string', group: 'string', platform: 'string'},
	});
	for (const [name, type] of types) {
		environment.registerVariable(name, celType(type));
	}

	for (const [name, columns] of rows) {
		const schema = Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, celType(type)]));
		environment.registerVariable({name, schema});
	}

	return environment;
}

function celType(type: ParamType): string {
	switch (type) {
		case 'boolean':
			return 'bool';
		case 'port':
			return 'int';
		case 'number':
			return 'dyn';
		case 'text':
		case 'name':
		case 'ip':
		case 'cidr':
		case 'netmask':
		case 'host':
		case 'url':
		case 'path':
		case 'mac':
		case 'iqn':
		case 'duration':
		case 'choice':
		case 'secret':
		case 'table':
			return 'string';
	}
}

function typed(text: string, type: ParamType): unknown {
	switch (celType(type)) {
		case 'bool':
			return text === 'true';
		case 'int':
		case 'dyn':
			return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
		default:
			return text;
	}
}

type Attempt<T> = {readonly ok: true; readonly value: T} | Extract<ReadCondition, {ok: false}>;

function attempt<T>(action: () => T): Attempt<T> {
	try {
		return {ok: true, value: action()};
	} catch (error) {
		return failure(error, '');
	}
}

function failure(error: unknown, source: string): Extract<ReadCondition, {ok: false}> {
	if (error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError) {
		const {summary, range} = error;
		const because = summary.replace(': EOF', ' at its end');
		return {ok: false, because, start: range?.start ?? 0, end: range?.end ?? source.length};
	}

	throw error;
}

type Node = {readonly op: string; readonly args: unknown};

function usesMatches(ast: unknown): boolean {
	return [...nodesIn(ast)].some(
		({op, args}) => (op === 'rcall' || op === 'call') && Array.isArray(args) && args[0] === 'matches',
	);
}

function* nodesIn(value: unknown): Generator<Node> {
	if (Array.isArray(value)) {
		for (const part of value) {
			yield* nodesIn(part);
		}
	} else if (isNode(value)) {
		yield value;
		yield* nodesIn(value.args);
	}
}

function isNode(value: unknown): value is Node {
	return (
		typeof value === 'object' && value !== null && 'op' in value && 'args' in value && typeof value.op === 'string'
	);
}
