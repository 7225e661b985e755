import * as z from 'zod';
import type {FrontMatter} from '../document/document.js';
import type {Place} from '../document/problem.js';
import {groupsOf, isName, type Names, nameHelp, namePattern} from './names.js';
import {readParams} from './params.js';
import {type ProblemList, suggestion} from './problem-list.js';
import type {HostDeclaration, HostName, RoleDeclaration} from './runbook.js';
import {entriesOf, readShape, readYaml, Text, valueAt, type YamlEntry, type YamlNode} from './yaml.js';

export type Declarations = {
	/** `undefined` if the front matter gives none. */
	readonly title: string | undefined;
	readonly names: Names;
};

/** A document is a runbook of ours if its front matter says `fieldbook:`, even if the rest of it cannot be read. */
export function isOurs({yaml}: FrontMatter): boolean {
	return /^fieldbook[ \t]*:/m.test(yaml);
}

export function readFrontMatter({yaml, line}: FrontMatter, problems: ProblemList): Declarations {
	const root = readYaml(yaml, line, MAX_LENGTH, problems);
	for (const {key, keyAt} of entriesOf(root, 'The front matter', problems)) {
		if (!frontMatterKeys.includes(key)) {
			problems.error(
				'unknown-key',
				keyAt,
				`Unknown key "${key}" in the front matter.`,
				suggestion(key, frontMatterKeys, 'Its keys'),
			);
		}
	}

	checkVersion(valueAt(root, 'fieldbook'), problems);
	const hosts = readHosts(valueAt(root, 'hosts'), problems);
	const groups = groupsOf(hosts.values());
	const roles = readRoles(valueAt(root, 'roles'), problems);
	const params = readParams(valueAt(root, 'params'), {hosts, groups}, problems);
	const names: Names = {hosts, groups, roles, params};
	checkMeanings(names, problems);
	checkRoles(names, valueAt(root, 'roles'), problems);
	return {title: readTitle(valueAt(root, 'title'), problems), names};
}

const MAX_LENGTH = 64 * 1024;

export const frontMatterKeys = ['fieldbook', 'title', 'hosts', 'roles', 'params'];

function checkVersion(node: YamlNode | undefined, problems: ProblemList): void {
	if (node !== undefined && !(node.kind === 'text' && node.text === '1')) {
		problems.error('bad-value', node.at, 'This is no version of the dialect that we know.', 'Write `fieldbook: 1`.');
	}
}

function readTitle(node: YamlNode | undefined, problems: ProblemList): string | undefined {
	if (node === undefined) {
		return undefined;
	}

	if (node.kind === 'text' && node.text.trim() !== '' && !/\p{Cc}/u.test(node.text)) {
		return node.text.trim();
	}

	problems.error('bad-value', node.at, 'The title is no line of text.');
	return undefined;
}

export const HostShape = z.strictObject({
	group: z.string().optional(),
	platform: z.enum(['esxi', 'linux', 'windows', 'esx4'], 'Write esxi, linux, windows or esx4.'),
	label: Text().optional(),
	runs_on: z.string().optional(),
});

function readHosts(node: YamlNode | undefined, problems: ProblemList): ReadonlyMap<HostName, HostDeclaration> {
	const entries = entriesOf(node, '`hosts`', problems).filter(entry => isName(entry, 'host', problems));
	const names = entries.map(({key}) => key);
	return new Map(entries.map(entry => [entry.key, readHost(entry, names, problems)]));
}

function readHost(
	{key: name, keyAt, value}: YamlEntry,
	names: readonly HostName[],
	problems: ProblemList,
): HostDeclaration {
	const shape = readShape(HostShape, value, 'a host', problems);
	const group = valueAt(value, 'group');
	const runsOn = valueAt(value, 'runs_on');
	if (runsOn?.kind === 'text' && (!names.includes(runsOn.text) || runsOn.text === name)) {
		const others = names.filter(other => other !== name);
		problems.error(
			'unknown-host',
			runsOn.at,
			`${name} cannot run on "${runsOn.text}".`,
			suggestion(runsOn.text, others, 'Other hosts'),
		);
	}

	const isGroup = group?.kind === 'text' && namePattern.test(group.text);
	if (group?.kind === 'text' && !isGroup) {
		problems.error('bad-name', group.at, `"${group.text}" is no name for a group.`, nameHelp);
	}

	return {
		name,
		group: isGroup ? group.text : undefined,
		platform: shape?.platform ?? 'linux',
		label: shape?.label ?? name,
		runsOn: shape?.runs_on,
		at: keyAt,
	};
}

export const RoleShape = z.strictObject({
	of: Text('Name the group whose host the command finds.'),
	by: Text('Write the command that prints the name of the host.')
		.refine(text => !text.includes('{{'), 'Nothing is filled in here: write the command as it is typed.')
		.regex(/^[^\p{Cc}]*$/u, 'A command holds no control characters.'),
});

function readRoles(node: YamlNode | undefined, problems: ProblemList): ReadonlyMap<string, RoleDeclaration> {
	const entries = entriesOf(node, '`roles`', problems).filter(entry => isName(entry, 'role', problems));
	return new Map(
		entries.map(({key: name, keyAt, value}) => {
			const shape = readShape(RoleShape, value, 'a role', problems);
			return [name, {name, of: shape?.of ?? '', by: shape?.by ?? '', at: keyAt}];
		}),
	);
}

function checkRoles({roles, groups}: Names, node: YamlNode | undefined, problems: ProblemList): void {
	for (const {name, of, at} of roles.values()) {
		if (of !== '' && !groups.has(of)) {
			const place = valueAt(valueAt(node, name), 'of')?.at ?? at;
			problems.error('unknown-group', place, `No host is in a group "${of}".`, suggestion(of, [...groups.keys()]));
		}
	}
}

/** In `on=` and `{{…}}` a name stands alone, so it must mean one thing. */
function checkMeanings({hosts, groups, roles, params}: Names, problems: ProblemList): void {
	const meanings = new Map<string, string>();
	const claim = (name: string, meaning: string, at: Place) => {
		const other = meanings.get(name);
		if (other === undefined) {
			meanings.set(name, meaning);
		} else {
			problems.error('duplicate-name', at, `"${name}" is ${meaning} and ${other}.`, 'Give one of them another name.');
		}
	};
	for (const {name, at} of hosts.values()) {
		claim(name, 'a host', at);
	}

	for (const [name, [first = '']] of groups) {
		claim(name, 'a group', hosts.get(first)?.at ?? {line: 1, column: 1, length: 1});
	}

	for (const {name, at} of roles.values()) {
		claim(name, 'a role', at);
	}

	for (const {name, at} of params.values()) {
		claim(name, 'a parameter', at);
	}
}
