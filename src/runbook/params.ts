import * as z from 'zod';
import type {Names} from './names.js';
import {type ProblemList, suggestion} from './problem-list.js';
import type {Param, ParamName, ParamType} from './runbook.js';
import {paramTypes, parseValue} from './value.js';
import {entriesOf, readShape, Text, valueAt, type YamlEntry, type YamlNode} from './yaml.js';

export const ParamShape = z.strictObject({
	type: z.string('Write a type, such as `type: name`.'),
	default: z.string('A default is one text.').optional(),
	label: Text().optional(),
	each: Text().optional(),
	of: z
		.array(Text('A choice is between words.'), 'Write a list, such as `of: [linux, windows]`.')
		.min(1, 'Write at least one word.')
		.optional(),
	columns: z
		.record(z.string(), z.string('Write a type behind each column.'), 'Write `columns: { name: type }`.')
		.refine(columns => Object.keys(columns).length > 0, 'Write at least one column.')
		.optional(),
});

/** Reads `params:` of the front matter. A parameter that has something wrong is still declared, so that its uses are understood. */
export function readParams(
	node: YamlNode | undefined,
	names: Pick<Names, 'hosts' | 'groups'>,
	problems: ProblemList,
): ReadonlyMap<ParamName, Param> {
	const entries = entriesOf(node, '`params`', problems).filter(entry => isParamName(entry, problems));
	return new Map(entries.map(entry => [entry.key, readParam(entry, names, problems)]));
}

function readParam(
	{key: name, keyAt, value}: YamlEntry,
	names: Pick<Names, 'hosts' | 'groups'>,
	problems: ProblemList,
): Param {
	const shape = readShape(ParamShape, value, 'a parameter', problems);
	const type = readType(valueAt(value, 'type'), paramTypes, problems) ?? 'text';
	const columns = readColumns(valueAt(value, 'columns'), problems);
	const param: Param = {
		name,
		type,
		label: shape?.label ?? name,
		default: shape?.default,
		each: shape?.each,
		of: shape?.of ?? [],
		columns,
		given: {},
		at: keyAt,
	};
	if (shape !== undefined) {
		checkKeysOfType(param, value, problems);
		checkEach(param, value, names, problems);
		checkDefault(param, value, problems);
	}

	if (type === 'secret' && loginSecrets.includes(name)) {
		problems.error(
			'reserved-name',
			keyAt,
			`"${name}" is what a host asks for when we log in, and no name for a secret.`,
			`Say whose it is, such as "admin_${name}".`,
		);
	}

	return param;
}

/** Asked for by the transport under these names: `SecretPrompt` in `engine/ports.ts`. */
const loginSecrets: readonly string[] = ['password', 'passphrase', 'answer', 'sudo'];

/** The type that a text names. Also used for `type=` of captured and typed values. */
export function readType<T extends ParamType>(
	node: Pick<Extract<YamlNode, {kind: 'text'}>, 'text' | 'at'> | YamlNode | undefined,
	types: readonly T[],
	problems: ProblemList,
): T | undefined {
	if (node === undefined || !('text' in node)) {
		return undefined;
	}

	const type = types.find(candidate => candidate === node.text);
	if (type === undefined) {
		problems.error('unknown-type', node.at, `Unknown type "${node.text}".`, suggestion(node.text, types, 'Types'));
	}

	return type;
}

function readColumns(node: YamlNode | undefined, problems: ProblemList): Param['columns'] {
	if (node?.kind !== 'map') {
		return [];
	}

	return node.entries.map(({key: name, keyAt, value}) => {
		if (!paramPattern.test(name)) {
			problems.error('bad-name', keyAt, `"${name}" is no name for a column.`, paramHelp);
		}

		return {name, type: readType(value, columnTypes, problems) ?? 'text'};
	});
}

/** `of` makes a choice, `columns` a table, and neither makes sense elsewhere. */
function checkKeysOfType({name, type, of, columns}: Param, node: YamlNode, problems: ProblemList): void {
	for (const [key, owner, isEmpty] of [
		['of', 'choice', of.length === 0],
		['columns', 'table', columns.length === 0],
	] as const) {
		const written = valueAt(node, key);
		if (type === owner && isEmpty && written === undefined) {
			problems.error(
				'missing-key',
				node.at,
				`The ${owner} "${name}" has no \`${key}\`.`,
				key === 'of' ? 'Write `of: [one, two]`.' : 'Write `columns: { name: name, vmx: path }`.',
			);
		} else if (type !== owner && written !== undefined) {
			problems.error(
				'misplaced-key',
				written.at,
				`\`${key}\` does not belong to a parameter of type ${type}.`,
				`It belongs to the type \`${owner}\`.`,
			);
		}
	}

	for (const key of ['default', 'each'] as const) {
		const written = valueAt(node, key);
		if (type === 'table' && written !== undefined) {
			problems.error('misplaced-key', written.at, `A table has no \`${key}\`.`, 'Its rows stand in the site file.');
		}
	}
}

function checkEach(
	{each}: Param,
	node: YamlNode,
	{hosts, groups}: Pick<Names, 'hosts' | 'groups'>,
	problems: ProblemList,
): void {
	if (each !== undefined && !groups.has(each) && !hosts.has(each)) {
		const at = valueAt(node, 'each')?.at ?? node.at;
		problems.error(
			'unknown-group',
			at,
			`No host is in a group "${each}".`,
			suggestion(each, [...groups.keys(), ...hosts.keys()]),
		);
	}
}

function checkDefault({type, of, default: text}: Param, node: YamlNode, problems: ProblemList): void {
	const at = valueAt(node, 'default')?.at ?? node.at;
	if (text === undefined || type === 'table') {
		return;
	}

	if (type === 'secret') {
		problems.error(
			'secret-in-clear',
			at,
			'A secret has no default.',
			'Take it out: a secret is named in the site file or asked for.',
		);
		return;
	}

	const parsed = parseValue(type, text, of);
	if (!parsed.ok) {
		problems.error('bad-value', at, `The default "${text}" ${parsed.because}.`);
	}
}

const paramPattern = /^[A-Za-z_]\w{0,62}$/;

const paramHelp = 'Letters, digits and `_`, no digit first, at most 63: scripts see it as a variable.';

const columnTypes = paramTypes.filter(type => type !== 'table' && type !== 'secret' && type !== 'choice');

/**
Exported under one of the first, a value would change what the shell does; Windows does not tell capitals apart. The others
mean something in conditions and placeholders.
*/
const shellNames: ReadonlySet<string> = new Set(
	`path pathext ifs home env bash_env shell shellopts bashopts pwd oldpwd cdpath ps1 ps2 ps3 ps4 lang language lc_all
	ld_preload ld_library_path ld_audit optind optarg tmpdir temp tmp comspec systemroot windir psmodulepath username
	userprofile
	host local true false null in as break const continue else for function if import let loop package namespace return var
	void while bool bytes double dyn int list map null_type string timestamp type uint cel google optional`.split(/\s+/),
);

function isParamName({key, keyAt}: YamlEntry, problems: ProblemList): boolean {
	if (!paramPattern.test(key)) {
		problems.error('bad-name', keyAt, `"${key}" is no name for a parameter.`, paramHelp);
		return false;
	}

	if (isShellName(key)) {
		problems.error(
			'reserved-name',
			keyAt,
			`No value can be called "${key}": to a shell or a condition it has a meaning of its own.`,
		);
		return false;
	}

	return true;
}

export function isShellName(name: string): boolean {
	return shellNames.has(name.toLowerCase());
}
