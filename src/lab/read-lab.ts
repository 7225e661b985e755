import {basename} from 'node:path';
import type {Place, Problem} from '../document/problem.js';
import {type ProblemList, problemList, suggestion} from '../runbook/problem-list.js';
import {entriesOf, readYaml, valueAt, type YamlNode} from '../runbook/yaml.js';
import {type Deed, type HandPlan, withHost} from './hands.js';
import type {Topology} from './host.js';
import {readWorld} from './read-topology.js';
import {topologies as knownTopologies, type TopologyChoice, topologyOf} from './world/topologies.js';

/** How a runbook is rehearsed: the world it plays in, and what each manual step does to it. */
export type LabFile = {
	readonly topology: TopologyChoice;
	/** In the order in which people see them. */
	readonly hosts: readonly string[];
	/** The named state to begin with, for runbooks that `starts` does not name. */
	readonly start: string;
	/** The state by the name of a runbook's file. */
	readonly starts: Readonly<Record<string, string>>;
	readonly hands: HandPlan;
};

export type ReadLab = {
	/** Undefined if the file neither names a topology that exists nor describes one. */
	readonly lab: LabFile | undefined;
	readonly problems: readonly Problem[];
};

/** More is no lab file that a person wrote. */
const maxLength = 256 * 1024;

const keys = ['topology', 'start', 'hands'];

const verbs = ['power', 'answer', 'look', 'set'] as const;

/**
Reads `lab.yaml`, and says everything that is wrong with it. Steps are not checked: the runbook is another document.

> | hands:
> |   power-off-esxi1: power off esxi1
> |   cables: set cables HOST                  HOST: whichever host the step is on
> |   read-vmhba: {esxi1: answer vmhba64, esxi2: answer vmhba65}
> |   bring-up: [set console HOST, power on HOST]
*/
export function readLab(file: string, yaml: string, topologies: readonly Topology[] = knownTopologies): ReadLab {
	const problems = problemList(file);
	const root = readYaml(yaml.replaceAll(/\r\n?/g, '\n').replace(/^\uFEFF/, ''), 1, maxLength, problems);
	const start: Place = {line: 1, column: 1, length: 1};
	for (const {key, keyAt} of entriesOf(root, 'A lab file', problems)) {
		if (!keys.includes(key)) {
			problems.error('unknown-key', keyAt, `Unknown key "${key}" in the lab file.`, suggestion(key, keys, 'Its keys'));
		}
	}
	const choice = readTopology(valueAt(root, 'topology'), file, root?.at ?? start, topologies, problems);
	const topology =
		typeof choice === 'string' ? topologies.find(({name}) => name === choice) : choice && topologyOf(choice);
	if (choice === undefined || topology === undefined) {
		return {lab: undefined, problems: problems.all()};
	}
	const lab = {
		topology: choice,
		hosts: topology.hosts,
		...readStarts(valueAt(root, 'start'), topology, problems),
		hands: readHands(valueAt(root, 'hands'), topology, problems),
	};
	return {lab, problems: problems.all()};
}

function readTopology(
	node: YamlNode | undefined,
	file: string,
	at: Place,
	topologies: readonly Topology[],
	problems: ProblemList,
): TopologyChoice | undefined {
	if (node?.kind === 'map') {
		const world = readWorld(node, problems);
		return world && {name: basename(file), world};
	}
	const names = topologies.map(({name}) => name);
	if (node?.kind !== 'text' || node.text === '') {
		problems.error(
			'missing-key',
			node?.at ?? at,
			'The lab file has no `topology`.',
			`Name one, or describe its \`hosts\`. There are: ${names.join(', ')}.`,
		);
		return undefined;
	}
	if (!names.includes(node.text)) {
		problems.error('unknown-topology', node.at, `There is no topology "${node.text}".`, suggestion(node.text, names));
	}
	return node.text;
}

/**
One state, or one for each runbook of the folder.

> | start: bare
> | start: { all.md: bare, tests.md: configured, "*": esxi-ready }
*/
function readStarts(
	node: YamlNode | undefined,
	topology: Topology,
	problems: ProblemList,
): Pick<LabFile, 'start' | 'starts'> {
	if (node?.kind !== 'map') {
		return {start: readStart(node, topology, problems), starts: {}};
	}

	const starts = Object.fromEntries(node.entries.map(({key, value}) => [key, readStart(value, topology, problems)]));
	for (const {key, keyAt} of node.entries) {
		if (key !== '*' && !key.endsWith('.md')) {
			problems.error(
				'bad-value',
				keyAt,
				`"${key}" is no runbook.`,
				'Write the name of its file, or "*" for all others.',
			);
		}
	}

	return {start: starts['*'] ?? topology.starts[0], starts};
}

function readStart(node: YamlNode | undefined, topology: Topology, problems: ProblemList): string {
	const [first] = topology.starts;
	if (node === undefined) {
		return first;
	}
	const start = node.kind === 'text' ? node.text : '';
	if (!topology.starts.includes(start)) {
		problems.error(
			'unknown-start',
			node.at,
			`${topology.name} has no state "${start}" to start in.`,
			suggestion(start, topology.starts),
		);
		return first;
	}
	return start;
}

function readHands(node: YamlNode | undefined, topology: Topology, problems: ProblemList): HandPlan {
	const plan: Record<string, Record<string, readonly Deed[]>> = {};
	for (const {key: step, value} of entriesOf(node, '`hands`', problems)) {
		plan[step] = readHandsOfStep(value, topology, problems);
	}
	return plan;
}

function readHandsOfStep(node: YamlNode, topology: Topology, problems: ProblemList): Record<string, readonly Deed[]> {
	if (node.kind !== 'map') {
		return {'*': readDeeds(node, topology, problems)};
	}
	const byHost: Record<string, readonly Deed[]> = {};
	for (const {key: host, keyAt, value} of node.entries) {
		checkHost(host, keyAt, topology, problems);
		byHost[host] = readDeeds(value, topology, problems);
	}
	return byHost;
}

function readDeeds(node: YamlNode, topology: Topology, problems: ProblemList): readonly Deed[] {
	if (node.kind === 'text') {
		return readDeed(node.text, node.at, topology, problems);
	}
	if (node.kind === 'list') {
		return node.items.flatMap(item => (item.kind === 'list' ? [] : readDeeds(item, topology, problems)));
	}
	problems.error(
		'bad-value',
		node.at,
		'Hands are written as one deed or a list of deeds.',
		'For example: power off esxi1.',
	);
	return [];
}

/** One deed, or none after a problem. */
function readDeed(text: string, at: Place, topology: Topology, problems: ProblemList): readonly Deed[] {
	const words = text.trim().split(/\s+/);
	const [word = '', ...rest] = words;
	const verb = verbs.find(known => known === word);
	switch (verb) {
		case 'power':
			return readPower(words, at, topology, problems);
		case 'answer':
			if (rest.length === 0) {
				problems.error('bad-hand', at, '`answer` says nothing.', 'Write what is read off the screen: answer vmhba64.');
				return [];
			}
			return [{kind: 'answer', value: text.trim().slice('answer'.length).trim()}];
		case 'look':
			return [{kind: 'world', words}];
		case 'set': {
			// Which of the hosts HOST will be is the runbook's to say
			const [problem, ...others] = topology.hosts.map(host => topology.checkDeed(withHost(rest, host)));
			if (problem !== undefined && !others.includes(undefined)) {
				problems.error('bad-hand', at, sentence(problem), `Known here: ${topology.deeds.join(', ')}.`);
				return [];
			}
			return [{kind: 'world', words}];
		}
		case undefined:
			problems.error('bad-hand', at, `Hands cannot "${word}".`, suggestion(word, verbs, 'They can'));
			return [];
	}
}

/** `power off esxi1`. */
function readPower(words: readonly string[], at: Place, topology: Topology, problems: ProblemList): readonly Deed[] {
	const [, to = '', host = '', ...more] = words;
	if ((to !== 'on' && to !== 'off') || host === '' || more.length > 0) {
		problems.error(
			'bad-hand',
			at,
			`"${words.join(' ')}" is not how power is switched.`,
			'Write power off HOST or power on HOST.',
		);
		return [];
	}
	if (host !== 'HOST' && !checkHost(host, at, topology, problems)) {
		return [];
	}
	return [{kind: 'world', words}];
}

function checkHost(host: string, at: Place, topology: Topology, problems: ProblemList): boolean {
	const known = topology.hosts.includes(host);
	if (!known) {
		problems.error('unknown-host', at, `${topology.name} has no host "${host}".`, suggestion(host, topology.hosts));
	}
	return known;
}

function sentence(text: string): string {
	return /[.?!]$/.test(text) ? text : `${text}.`;
}
