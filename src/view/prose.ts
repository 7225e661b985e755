import type {RunState} from '../run/state.js';
import {renderText} from '../runbook/render.js';
import type {HostName, Placeholder} from '../runbook/runbook.js';
import {templateOf} from '../runbook/template.js';
import {hostWord} from './names.js';

/**
What stands for a text with placeholders on these hosts.

Where the hosts have different values, each is named: `172.31.254.2 (esxi1), 172.31.254.3 (esxi2)`. A placeholder without
a value stays as it was written.
*/
export function filler(state: RunState, hosts: readonly HostName[]): (text: string) => string {
	return text =>
		text.includes('{{')
			? templateOf(text)
					.parts.map(part => (typeof part === 'string' ? part : valuesOf(part, state, hosts)))
					.join('')
			: text;
}

function valuesOf(placeholder: Placeholder, state: RunState, hosts: readonly HostName[]): string {
	const written = `{{${placeholder.name}${placeholder.host === undefined ? '' : `@${placeholder.host}`}}}`;
	const sites = state.started?.hosts ?? {};
	const byHost = hosts.map(host => {
		const rendered = renderText({source: written, parts: [placeholder]}, {host, values: state.values, hosts: sites});
		return {host, value: rendered.ok ? rendered.text : written};
	});
	return new Set(byHost.map(({value}) => value)).size <= 1
		? (byHost[0]?.value ?? written)
		: byHost.map(({host, value}) => `${value} (${hostWord(host)})`).join(', ');
}
