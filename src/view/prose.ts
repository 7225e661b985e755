import {NO_HOST, type StepGraph} from '../graph/graph.js';
import type {RunState} from '../run/state.js';
import {renderText} from '../runbook/render.js';
import type {HostName, Placeholder} from '../runbook/runbook.js';
import {templateOf} from '../runbook/template.js';
import {hostWord} from './names.js';

/**
What stands for a text with placeholders on these hosts; none of them: on no host. The values in it are from outside.

Where the hosts have different values, each is named, the word around it included: `172.31.254.2 (esxi1), 172.31.254.3
(esxi2)`, `/tmp/esxi1.conf (esxi1), /tmp/esxi2.conf (esxi2)`. A placeholder without a value stays as it was written. In a
plain document nothing is a placeholder.
*/
export function filler({plain}: StepGraph, state: RunState, hosts: readonly HostName[]): (text: string) => string {
	const on = hosts.length === 0 ? [NO_HOST] : hosts;
	return text =>
		text.includes('{{') && plain !== true
			? wordsOf(templateOf(text).parts)
					.map(word => (typeof word === 'string' ? word : valuesOf(word, state, on)))
					.join('')
			: text;
}

/** A word with placeholders in it: what stands between blanks, or between marks that belong to the sentence. */
type Word = ReadonlyArray<string | Placeholder>;

/** > | Read /tmp/{{host.name}}-{{ip}}.conf.      `Read `, the word from `/tmp` to `conf`, `.` */
function wordsOf(parts: Word): ReadonlyArray<string | Word> {
	const words: Array<string | Word> = [];
	let word: Array<string | Placeholder> = [];
	for (const [index, part] of parts.entries()) {
		const isBetween = index > 0 && index < parts.length - 1;
		if (typeof part !== 'string' || (isBetween && withinWord.test(part))) {
			word.push(part);
			continue;
		}

		const [end = ''] = index === 0 ? [] : (endOfWord.exec(part) ?? []);
		const rest = part.slice(end.length);
		const [start = ''] = index === parts.length - 1 ? [] : (startOfWord.exec(rest) ?? []);
		words.push(...(word.length === 0 ? [] : [[...word, end]]), rest.slice(0, rest.length - start.length));
		word = [start];
	}

	return word.length === 0 ? words : [...words, word];
}

const withinWord = /^[\w/\\.:~%+=@-]*$/;
const startOfWord = /[\w/\\.:~%+=@-]*$/;
/** A full stop or a colon at the end of a word is the sentence's. */
const endOfWord = /^[\w/\\.:~%+=@-]*[\w/\\]|^/;

/** Of more values than this, the first ones are shown. */
const MAX_VALUES = 5;

function valuesOf(word: Word, state: RunState, hosts: readonly HostName[]): string {
	const byHost = hosts.map(host => ({
		host,
		value: word.map(part => (typeof part === 'string' ? part : oneValue(part, state, host))).join(''),
	}));
	if (new Set(byHost.map(({value}) => value)).size <= 1) {
		return byHost[0]?.value ?? '';
	}

	const shown = byHost.length > MAX_VALUES ? byHost.slice(0, MAX_VALUES - 1) : byHost;
	const more = byHost.length - shown.length;
	const named = shown.map(({host, value}) => (value === host ? value : `${value} (${hostWord(host)})`));
	return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

function oneValue(placeholder: Placeholder, state: RunState, host: HostName): string {
	const written = `{{${placeholder.name}${placeholder.host === undefined ? '' : `@${placeholder.host}`}}}`;
	const sites = state.started?.hosts ?? {};
	const rendered = renderText({source: written, parts: [placeholder]}, {host, values: state.values, hosts: sites});
	return rendered.ok ? rendered.text : written;
}
