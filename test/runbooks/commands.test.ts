import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {openRunbookFile} from '../../src/cli/open-runbook.js';
import type {StepNode} from '../../src/graph/graph.js';
import {readLab} from '../../src/lab/read-lab.js';
import {builtins, specialBuiltins} from '../../src/lab/shell/builtins.js';
import {readScript} from '../../src/lab/shell/syntax.js';
import {readScript as readPowerShell} from '../../src/lab/windows/powershell/reader.js';
import {windowsCommands} from '../../src/lab/windows/shells.js';
import {topologyOf} from '../../src/lab/world/topologies.js';
import type {HostName, Script, Target, Template} from '../../src/runbook/runbook.js';
import {loneMachine} from '../lab/lone-machine.js';
import {commandsOfTheDomain, commonCommands} from './domain-commands.js';

/**
What the runbooks type, what the lab answers, and what the notes on the domain name (`domain-commands.ts`) are held against each
other: a command that nobody has ever written down is a mistake, or wants a source.
*/

const folders = readdirSync('runbooks').filter(name => existsSync(`runbooks/${name}/all.md`));

test('there are runbooks to look at', () => {
	expect(folders.length).toBeGreaterThan(3);
});

describe.each(folders)('%s', folder => {
	const {graph, runbook, linkedFiles} = openRunbookFile(`runbooks/${folder}/all.md`);
	const {lab} = readLab('lab.yaml', readFileSync(`runbooks/${folder}/lab.yaml`, 'utf8'));
	const topology = lab && topologyOf(lab.topology);
	const world = topology?.create(topology.starts[0], () => {});
	const declared = (name: HostName) => runbook.hosts.find(host => host.name === name);
	/** Of a host, or of `active` and `active.runs_on`. */
	const platformOf = (name: HostName): string => {
		const [role = '', field] = name.split('.');
		const {of} = runbook.roles.find(each => each.name === role) ?? {};
		const host = of === undefined ? declared(name) : runbook.hosts.find(({group}) => group === of);
		return (field === 'runs_on' ? declared(host?.runsOn ?? '') : host)?.platform ?? '';
	};

	const hostsOf = (on: Target): readonly HostName[] => {
		switch (on.kind) {
			case 'host':
				return [on.host];
			case 'group':
				return runbook.hosts.filter(({group}) => group === on.group).map(({name}) => name);
			case 'role':
				return [on.role];
			case 'runsOn':
				return [`${on.role}.runs_on`];
			case 'local':
			case 'asked':
				return [];
		}
	};

	/** Command names by platform. */
	const used = new Map<string, Set<string>>();
	const use = (hosts: readonly HostName[], names: Iterable<string>) => {
		for (const platform of new Set(hosts.map(platformOf))) {
			used.set(platform, new Set([...(used.get(platform) ?? []), ...names]));
		}
	};
	for (const node of graph.nodes) {
		for (const {script, on} of scriptsOf(node)) {
			use(on === undefined ? node.hosts : hostsOf(on), namesIn(script));
		}
	}

	for (const [path, bytes] of linkedFiles) {
		const node = graph.nodes.find(
			({step: {action}}) => action.kind === 'file' && JSON.stringify(action.content).includes(path),
		);
		const text = Buffer.from(bytes).toString();
		if (node !== undefined && /^#!.*\b(sh|bash)\b/.test(text)) {
			use(node.hosts, posixNames(text.replaceAll(/%%\w+%%/g, 'X')));
		}
	}

	/** Functions of a script that others source, and scripts that the pages put on hosts. */
	const brought = new Set([
		...graph.nodes.flatMap(node => scriptsOf(node)).flatMap(({script}) => functionsIn(script)),
		...[...linkedFiles.values()].flatMap(bytes => posixFunctions(Buffer.from(bytes).toString())),
		...graph.nodes.flatMap(({step: {action}}) =>
			action.kind === 'file' ? [action.path.source.replace(/^.*\//, '')] : [],
		),
	]);
	const typed = [...used]
		.filter(([platform]) => platform !== '') // On this laptop
		.map(([platform, names]) => [platform, [...names].filter(name => !brought.has(name))] as const);

	test('has commands', () => {
		expect(typed.some(([, names]) => names.length > 10)).toBe(true);
	});

	test.each(typed)('on %s types only what the lab answers', async (platform, names) => {
		const hosts = topology?.hosts.filter(name => world?.host(name).platform.name === platform) ?? [];
		if (topology === undefined || hosts.length === 0) {
			throw new Error(`The lab of ${folder} has no host of platform ${platform}`);
		}

		const known = new Set((await Promise.all(hosts.map(host => knownOn(topology, host)))).flatMap(names => [...names]));
		expect([...names].filter(name => !known.has(name.toLowerCase())).toSorted()).toEqual([]);
	});

	test.each(typed)('on %s types only what somebody has written down', (platform, names) => {
		const domain = new Set(
			[...(commandsOfTheDomain[platform] ?? []), ...commonCommands].map(name => name.toLowerCase()),
		);
		expect([...names].filter(name => !domain.has(name.toLowerCase())).toSorted()).toEqual([]);
	});
});

async function knownOn(
	topology: NonNullable<ReturnType<typeof topologyOf>>,
	name: string,
): Promise<ReadonlySet<string>> {
	const {platform} = topology.create(topology.starts[0], () => {}).host(name);
	if (platform.name === 'windows') {
		const {cmdlets, natives, aliases} = windowsCommands;
		return new Set([...cmdlets.keys(), ...natives.keys(), ...Object.keys(aliases)]);
	}

	const lone = await loneMachine(topology, name);
	const files = lone.machine.files.getAllPaths().map(path => path.replace(/^.*\//, ''));
	lone.stop();
	const {platform: own} = lone.machine;
	const brought =
		own.name === 'windows'
			? []
			: own.commands({name, now: () => topology.create(topology.starts[0], () => {}).host(name)});
	const names = [
		...files,
		...brought.map(command => command.name.replace(/^.*\//, '')),
		...builtins.keys(),
		...specialBuiltins.keys(),
	];
	return new Set(names.map(command => command.toLowerCase()));
}

function scriptsOf({step}: StepNode): readonly {readonly script: Script; readonly on: Target | undefined}[] {
	const {action, check, verify, undo} = step;
	const own = 'script' in action ? [{script: action.script, on: undefined}] : [];
	return [...own, ...[check, verify, undo].flatMap(satellite => satellite ?? [])];
}

function namesIn({shell, template}: Script): readonly string[] {
	return shell === 'powershell' ? powerShellNames(textOf(template, "'X'")) : posixNames(textOf(template, 'X'));
}

function textOf({parts}: Template, filled: string): string {
	return parts.map(part => (typeof part === 'string' ? part : filled)).join('');
}

function functionsIn({shell, template}: Script): readonly string[] {
	return shell === 'powershell' ? [] : posixFunctions(textOf(template, 'X'));
}

function posixFunctions(text: string): readonly string[] {
	const read = readScript(text);
	return read.kind === 'script'
		? [...walk(read.statements)].filter(({type}) => type === 'FunctionDef').map(({name}) => String(name))
		: [];
}

function posixNames(text: string): readonly string[] {
	const read = readScript(text);
	if (read.kind !== 'script') {
		throw new Error(`${read.kind}: ${read.message}\n${text}`);
	}

	const nodes = [...walk(read.statements)];
	const functions = posixFunctions(text);
	const names = nodes
		.filter(({type}) => type === 'SimpleCommand')
		.flatMap(({name}) => literalOf(name) ?? [])
		.map(name => name.replace(/^.*\//, ''));
	return names.filter(name => name !== '' && !functions.includes(name));
}

/** The word of a command that is no variable. */
function literalOf(word: unknown): string | undefined {
	const {parts} = isRecord(word) ? word : {parts: []};
	const [part, ...others] = Array.isArray(parts) ? parts : [];
	return others.length === 0 && isRecord(part) && part['type'] === 'Literal' ? String(part['value']) : undefined;
}

function powerShellNames(text: string): readonly string[] {
	return [...walk(readPowerShell(text))]
		.filter(({kind}) => kind === 'command')
		.flatMap(({name}) => {
			const {kind, parts, value} = isRecord(name) ? name : {};
			const [part] = Array.isArray(parts) ? parts : [];
			return kind === 'literal' && typeof value === 'string'
				? [value]
				: kind === 'text' && typeof part === 'string'
					? [part]
					: [];
		});
}

/** Every record in a tree, itself first. */
function* walk(tree: unknown): Generator<Record<string, unknown>> {
	if (isRecord(tree)) {
		yield tree;
	}

	if (typeof tree === 'object' && tree !== null) {
		for (const child of Object.values(tree)) {
			yield* walk(child);
		}
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
