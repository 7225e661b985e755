import * as z from 'zod';
import type {Place} from '../document/problem.js';
import {isName} from './names.js';
import {type ProblemList, problemList, suggestion} from './problem-list.js';
import type {HostName, ParamName} from './runbook.js';
import type {ReadSite, Site, SiteHost} from './site.js';
import {parseValue} from './value.js';
import {entriesOf, readShape, readYaml, Text, valueAt, type YamlEntry, type YamlNode} from './yaml.js';

/** The sheet where there is no file. */
export const emptySite: Site = {
	file: '',
	hosts: {},
	values: {},
	tables: {},
	knownHosts: undefined,
	sshConfig: undefined,
	places: {},
};

/** A host of which nothing is known yet. */
export const unknownHost: SiteHost = {
	address: '',
	port: undefined,
	user: undefined,
	auth: undefined,
	key: undefined,
	password: undefined,
	jump: undefined,
	legacy: false,
	sudo: false,
	platform: undefined,
	encoding: 'utf-8',
};

/**
Reads `site.yaml`. Knows its shape and not the runbook: names and types of values are checked by `bindSite`.

Returns what it understood and every problem; a site without errors may still lack values.
*/
export function readSite(file: string, yaml: string): ReadSite {
	const problems = problemList(file);
	const root = readYaml(yaml.replaceAll(/\r\n?/g, '\n').replace(/^\uFEFF/, ''), 1, MAX_LENGTH, problems);
	if (root === undefined) {
		return {site: {...emptySite, file}, problems: problems.all()};
	}

	for (const {key, keyAt} of entriesOf(root, 'A site file', problems)) {
		if (!siteKeys.includes(key)) {
			problems.error(
				'unknown-key',
				keyAt,
				`Unknown key "${key}" in the site file.`,
				suggestion(key, siteKeys, 'Its keys'),
			);
		}
	}

	const places: Record<string, Place> = {};
	const site: Site = {
		file,
		hosts: readHosts(valueAt(root, 'hosts'), places, problems),
		values: readValues(valueAt(root, 'values'), places, problems),
		tables: readTables(valueAt(root, 'tables'), places, problems),
		knownHosts: readPath(root, 'known_hosts', problems),
		sshConfig: readPath(root, 'ssh_config', problems),
		places,
	};
	return {site, problems: problems.all()};
}

/** More is no sheet that a person filled in. */
const MAX_LENGTH = 256 * 1024;

export const siteKeys = ['hosts', 'values', 'tables', 'known_hosts', 'ssh_config'];

const TrueOrFalse = z
	.enum(['true', 'false'], 'Write true or false.')
	.transform(text => text === 'true')
	.default(false);

export const SiteHostShape = z.strictObject({
	address: z
		.string()
		.refine(text => text === '' || parseValue('host', text).ok, 'Write a host name or an IP address.')
		.default(''),
	port: Text('Write a port, such as 22.')
		.refine(text => parseValue('port', text).ok, 'Write a port from 1 to 65535.')
		.transform(Number)
		.optional(),
	user: Text('Write a login name.')
		.regex(
			/^[A-Za-z\d_][\w.@\\$-]{0,127}$/,
			'Write a login name: letters, digits, `.`, `_`, `-`, `@`; no `-` in front.',
		)
		.optional(),
	auth: z
		.enum(['key', 'agent', 'password', 'keyboard-interactive'], 'Write key, agent, password or keyboard-interactive.')
		.optional(),
	key: Text('Write the path of a private key file.')
		.regex(/^[^\p{Cc}]+$/u, 'A path holds no control characters.')
		.optional(),
	password: Text()
		.regex(/^env:[A-Za-z_]\w*$/, 'A password is never written here: name a variable, such as env:ESXI_PASSWORD.')
		.optional(),
	jump: Text('Name a host of this file.').optional(),
	legacy: TrueOrFalse,
	transport: z.enum(['system'], 'Write system, or leave it out.').optional(),
	sudo: TrueOrFalse,
	platform: z.enum(['esxi', 'linux', 'windows', 'esx4'], 'Write esxi, linux, windows or esx4.').optional(),
	encoding: Text('Write an encoding, such as shift_jis.')
		.refine(isEncoding, 'Write an encoding that browsers know, such as utf-8 or shift_jis.')
		.default('utf-8'),
});

function readHosts(
	node: YamlNode | undefined,
	places: Record<string, Place>,
	problems: ProblemList,
): Record<HostName, SiteHost> {
	const hosts: Record<HostName, SiteHost> = {};
	const entries = entriesOf(node, '`hosts`', problems).filter(entry => isName(entry, 'host', problems));
	const names = entries.map(({key}) => key);
	for (const {key: name, keyAt, value} of entries) {
		places[name] = keyAt;
		for (const entry of value.kind === 'map' ? value.entries : []) {
			places[`${name}.${entry.key}`] = entry.value.at;
		}

		const read = readShape(SiteHostShape, value, 'a host', problems);
		if (read?.jump !== undefined && (!names.includes(read.jump) || read.jump === name)) {
			const others = names.filter(other => other !== name);
			problems.error(
				'unknown-host',
				valueAt(value, 'jump')?.at ?? keyAt,
				`\`jump\` of ${name} names "${read.jump}", which is no other host of this file.`,
				suggestion(read.jump, others),
			);
		}

		hosts[name] = {...unknownHost, ...read};
	}

	refuseCircles(hosts, places, problems);
	return hosts;
}

/** A way through `jump` hosts must come to an end. */
function refuseCircles(
	hosts: Readonly<Record<HostName, SiteHost>>,
	places: Readonly<Record<string, Place>>,
	problems: ProblemList,
): void {
	for (const name of Object.keys(hosts)) {
		const way = [name];
		for (let jump = hosts[name]?.jump; jump !== undefined && jump !== name && !way.includes(jump); ) {
			way.push(jump);
			jump = hosts[jump]?.jump;
		}

		const last = way.at(-1) ?? name;
		if (last !== name && hosts[last]?.jump === name) {
			const at = places[`${name}.jump`] ?? {line: 1, column: 1, length: 1};
			problems.error('circle', at, `The way to ${name} goes round in a circle: ${[...way, name].join(' → ')}.`);
		}
	}
}

function readValues(node: YamlNode | undefined, places: Record<string, Place>, problems: ProblemList): Site['values'] {
	const values: Record<ParamName, string | Record<HostName, string>> = {};
	for (const {key: name, keyAt, value} of entriesOf(node, '`values`', problems)) {
		places[name] = value.kind === 'text' && value.text !== '' ? value.at : keyAt;
		if (value.kind === 'text') {
			values[name] = value.text;
		} else if (value.kind === 'map') {
			values[name] = readValuesByHost(name, value.entries, places, problems);
		} else {
			problems.error('bad-value', value.at, `"${name}" is a list.`, 'Write one value, or `host: value` for each host.');
		}
	}

	return values;
}

function readValuesByHost(
	name: ParamName,
	entries: readonly YamlEntry[],
	places: Record<string, Place>,
	problems: ProblemList,
): Record<HostName, string> {
	const byHost: Record<HostName, string> = {};
	for (const {key: host, keyAt, value} of entries) {
		places[`${name}@${host}`] = value.kind === 'text' && value.text !== '' ? value.at : keyAt;
		if (value.kind === 'text') {
			byHost[host] = value.text;
		} else {
			problems.error(
				'bad-value',
				value.at,
				`"${name}" of ${host} is no single text.`,
				'Write one value for each host.',
			);
		}
	}

	return byHost;
}

function readTables(node: YamlNode | undefined, places: Record<string, Place>, problems: ProblemList): Site['tables'] {
	const tables: Record<ParamName, Array<Record<string, string>>> = {};
	for (const {key: name, keyAt, value} of entriesOf(node, '`tables`', problems)) {
		places[name] = keyAt;
		const rows = value.kind === 'list' ? value.items : [];
		if (value.kind !== 'list' && !(value.kind === 'text' && value.text === '')) {
			problems.error(
				'bad-value',
				value.at,
				`The table "${name}" is no list of rows.`,
				'Write `- { column: value }` for each row.',
			);
		}

		tables[name] = rows.map((row, index) => readRow(name, index, row, places, problems));
	}

	return tables;
}

function readRow(
	table: ParamName,
	index: number,
	node: YamlNode,
	places: Record<string, Place>,
	problems: ProblemList,
): Record<string, string> {
	const row: Record<string, string> = {};
	places[`${table}[${index}]`] = node.at;
	for (const {key: column, value} of entriesOf(node, `A row of "${table}"`, problems)) {
		places[`${table}[${index}].${column}`] = value.at;
		if (value.kind === 'text') {
			row[column] = value.text;
		} else {
			problems.error('bad-value', value.at, `"${column}" in a row of "${table}" is no single text.`);
		}
	}

	return row;
}

function readPath(root: YamlNode, key: string, problems: ProblemList): string | undefined {
	const node = valueAt(root, key);
	if (node === undefined || (node.kind === 'text' && node.text === '')) {
		return undefined;
	}

	if (node.kind === 'text' && /^[^\p{Cc}]+$/u.test(node.text)) {
		return node.text;
	}

	problems.error('bad-value', node.at, `\`${key}\` is no path.`, 'Write a path relative to this file.');
	return undefined;
}

function isEncoding(label: string): boolean {
	try {
		new TextDecoder(label);
		return true;
	} catch {
		return false;
	}
}
