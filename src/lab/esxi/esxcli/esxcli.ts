import {releaseOf} from '../../world/esxi-release.js';
import {hostdAnswers} from '../../world/power.js';
import type {Answer, Question} from '../command.js';
import {refusal} from '../refusals.js';
import type {Call, EsxcliCommand, EsxcliOption} from './command.js';
import {iscsiCommands} from './iscsi.js';
import {networkCommands} from './network.js';
import {type Formatter, layOut} from './output.js';
import {softwareCommands} from './software.js';
import {storageCommands} from './storage.js';
import {systemCommands} from './system.js';
import {vmCommands} from './vm.js';

const allCommands: readonly EsxcliCommand[] = [
	...iscsiCommands,
	...networkCommands,
	...softwareCommands,
	...storageCommands,
	...systemCommands,
	...vmCommands,
];

const namespaces: Readonly<Record<string, string>> = {
	iscsi: 'iSCSI adapters, targets and sessions.',
	network: 'Networking.',
	software: 'What is installed.',
	storage: 'Storage.',
	system: 'Properties of the host itself.',
	vm: 'Virtual machines.',
};

/**
`esxcli`. It asks hostd, so it fails while hostd is down. Results and errors go to standard output, exit 1 on an error.

Source for the words of a refused connection: public scripts and posts, ESXi 5.1 to 6.7.
*/
export function esxcli(question: Question): Answer {
	return hostdAnswers(question.host, question.now)
		? localcli(question)
		: {out: 'Connect to localhost failed: Connection failure\n', status: 1};
}

/** `localcli`: the same commands without hostd. */
export function localcli({args, host, now, footprints}: Question): Answer {
	const {formatter, words} = globalOptions(args);
	const commands = allCommands.filter(({isIn}) => isIn?.(releaseOf(host)) !== false);
	if (!formatter) {
		return {out: 'Error: Unknown formatter\n', status: 1};
	}

	const names = words.slice(0, words.findIndex(word => word.startsWith('-')) >>> 0);
	const path = names.join(' ');
	const found = commands.find(command => command.path === path);
	if (!found) {
		const inside = commands.filter(command => command.path.startsWith(path === '' ? '' : `${path} `));
		return inside.length === 0
			? {out: `Error: Unknown command or namespace ${path}\n`, status: 1}
			: {out: namespaceUsage(path, inside)};
	}

	const read = readOptions(found, words.slice(names.length));
	if (typeof read === 'string') {
		return {out: `Error: ${read}\n\n${commandUsage(found)}`, status: 1};
	}

	if (read.has('help')) {
		return {out: commandUsage(found)};
	}

	const result = found.run({host, now, footprints, options: read});
	switch (result.kind) {
		case 'changed':
			return {host: result.host, out: result.says ?? ''};
		case 'fault':
			return {out: `${refusal(result)}\n`, status: 1};
		case 'refused':
			return {out: `${result.because}\n`, status: 1};
		case 'table':
		case 'records':
		case 'text':
			return {out: layOut(result, formatter)};
	}
}

function globalOptions(args: readonly string[]): {
	readonly formatter: Formatter | undefined;
	readonly words: readonly string[];
} {
	const [first = '', second = ''] = args;
	if (first.startsWith('--formatter=')) {
		return {formatter: toFormatter(first.slice('--formatter='.length)), words: args.slice(1)};
	}

	return first === '--formatter'
		? {formatter: toFormatter(second), words: args.slice(2)}
		: {formatter: 'default', words: args};
}

function toFormatter(word: string): Formatter | undefined {
	return word === 'csv' || word === 'keyvalue' ? word : undefined;
}

function readOptions(command: EsxcliCommand, words: readonly string[]): Call['options'] | string {
	const options = new Map<string, readonly string[]>();
	const left = [...words];
	for (let word = left.shift(); word !== undefined; word = left.shift()) {
		if (word === '--help' || word === '-?') {
			return new Map([['help', []]]);
		}

		const [name = '', ...rest] = word.split('=');
		const option = command.options.find(
			({letter, long}) => name === `--${long}` || (letter !== undefined && name === `-${letter}`),
		);
		if (!option) {
			return `Invalid option ${name}`;
		}

		const value = rest.length > 0 ? rest.join('=') : option.takes === 'nothing' ? 'true' : left.shift();
		if (value === undefined) {
			return `Missing value for option ${signature(option)}`;
		}

		if (!fits(option, value)) {
			return `Invalid value for option ${signature(option)}: ${value}`;
		}

		options.set(option.long, [...(option.takes === 'text' ? (options.get(option.long) ?? []) : []), value]);
	}

	const missing = command.options.find(({long, required}) => required && !options.has(long));
	return missing ? `Missing required parameter ${signature(missing)}` : options;
}

function fits({takes}: EsxcliOption, value: string): boolean {
	switch (takes) {
		case 'text':
		case 'nothing':
			return true;
		case 'boolean':
			return /^(true|false|yes|no|1|0)$/i.test(value);
		case 'number':
			return /^-?\d+$/.test(value);
	}
}

function namespaceUsage(path: string, inside: readonly EsxcliCommand[]): string {
	const depth = path === '' ? 0 : path.split(' ').length;
	const names = [...new Set(inside.map(command => command.path.split(' ')[depth] ?? ''))];
	const here = (name: string) => inside.find(command => command.path === (path === '' ? name : `${path} ${name}`));
	const spaces = names.filter(name => !here(name));
	const direct = names.flatMap(name => here(name) ?? []);
	const lines = [
		`Usage: esxcli ${path === '' ? '{namespace}+' : path} {cmd} [cmd options]`,
		'',
		...(spaces.length > 0 ? ['Available Namespaces:', ...spaces.map(name => listed(name, about(path, name))), ''] : []),
		...(direct.length > 0
			? ['Available Commands:', ...direct.map(({path, description}) => listed(lastWord(path), description)), '']
			: []),
	];
	return `${lines.join('\n')}\n`;
}

function about(path: string, name: string): string {
	return path === '' ? (namespaces[name] ?? '') : `Commands for ${path} ${name}.`;
}

function commandUsage({path, description, options}: EsxcliCommand): string {
	const lines = [
		`Usage: esxcli ${path} [cmd options]`,
		'',
		'Description: ',
		listed(lastWord(path), description),
		'',
		'Cmd options:',
		...options.map(option => listed(signature(option), `${option.description}${option.required ? ' (required)' : ''}`)),
	];
	return `${lines.join('\n')}\n`;
}

function listed(name: string, text: string): string {
	return `  ${name.padEnd(21)} ${text}`;
}

function lastWord(path: string): string {
	return path.slice(path.lastIndexOf(' ') + 1);
}

/** `-v|--vswitch-name=<str>`. */
function signature({letter, long, takes}: EsxcliOption): string {
	const kind = {text: '<str>', boolean: '', number: '<long>', nothing: ''}[takes];
	return `${letter ? `-${letter}|` : ''}--${long}${kind && `=${kind}`}`;
}
