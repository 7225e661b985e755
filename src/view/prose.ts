import {NO_HOST, type StepGraph} from '../graph/graph.js';
import type {RunState} from '../run/state.js';
import {renderText} from '../runbook/render.js';
import type {HostName, Placeholder} from '../runbook/runbook.js';
import {templateOf} from '../runbook/template.js';
import {hostWord} from './names.js';

/**
What stands for a text with placeholders on these hosts; none of them: on no host. The values in it are from outside.

Where the hosts have different values, each is named: `172.31.254.2 (esxi1), 172.31.254.3 (esxi2)`. A placeholder without
a value stays as it was written. In a plain document nothing is a placeholder.
*/
export function filler({plain}: StepGraph, state: RunState, hosts: readonly HostName[]): (text: string) => string {
	const on = hosts.length === 0 ? [NO_HOST] : hosts;
	return text =>
		text.includes('{{') && plain !== true
			? templateOf(text)
					.parts.map(part => (typeof part === 'string' ? part : valuesOf(part, state, on)))
					.join('')
			: text;
}

/** Of more values than this, the first ones are shown. */
const MAX_VALUES = 5;

function valuesOf(placeholder: Placeholder, state: RunState, hosts: readonly HostName[]): string {
	const written = `{{${placeholder.name}${placeholder.host === undefined ? '' : `@${placeholder.host}`}}}`;
	const sites = state.started?.hosts ?? {};
	const byHost = hosts.map(host => {
		const rendered = renderText({source: written, parts: [placeholder]}, {host, values: state.values, hosts: sites});
		return {host, value: rendered.ok ? rendered.text : written};
	});
	if (new Set(byHost.map(({value}) => value)).size <= 1) {
		return byHost[0]?.value ?? written;
	}

	const shown = byHost.length > MAX_VALUES ? byHost.slice(0, MAX_VALUES - 1) : byHost;
	const more = byHost.length - shown.length;
	return `${shown.map(({host, value}) => `${value} (${hostWord(host)})`).join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
