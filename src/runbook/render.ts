import {quotePosix, quotePowerShell} from '../text/quote.js';
import {isOfRow} from './rows.js';
import type {HostName, ParamName, Placeholder, Runbook, Script, Shell, Template} from './runbook.js';
import type {Values} from './site.js';

/** What placeholders are filled from: the step's host, every value known so far, and the hosts of the site file. */
export type RenderContext = {
	/** `''` where the step has no host. */
	readonly host: HostName;
	readonly values: Values;
	readonly hosts: Readonly<Record<HostName, {readonly address: string}>>;
};

/** `missing` names each placeholder that has no value, as written, once. */
export type Rendered =
	| {readonly ok: true; readonly text: string}
	| {readonly ok: false; readonly missing: readonly string[]};

/** The script as the host gets it: each value quoted for its shell. */
export function renderScript({shell, template}: Script, context: RenderContext): Rendered {
	return render(template, context, quoterFor(shell));
}

/** A path, a file's text, prose: each value as it is. */
export function renderText(template: Template, context: RenderContext): Rendered {
	return render(template, context, value => value);
}

/**
Fills the `%%NAME%%` of a linked file. `missing` names placeholders without a value and marks that `set` does not fill.
*/
export function renderLinkedFile(
	text: string,
	set: ReadonlyArray<{readonly name: string; readonly value: Template}>,
	context: RenderContext,
): Rendered {
	const values = set.map(({name, value}) => ({name, rendered: renderText(value, context)}));
	const missing = values.flatMap(({rendered}) => (rendered.ok ? [] : rendered.missing));
	const byName = new Map(values.map(({name, rendered}) => [name, rendered.ok ? rendered.text : '']));
	const filled = text.replaceAll(/%%(\w+)%%/g, (mark, name: string) => {
		const value = byName.get(name);
		if (value === undefined) {
			missing.push(mark);
		}

		return value ?? mark;
	});
	return missing.length === 0 ? {ok: true, text: filled} : {ok: false, missing: [...new Set(missing)]};
}

/** The text of a linked file; undefined for a binary one, which has no marks. */
export function linkedText(bytes: Uint8Array): string | undefined {
	try {
		return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		return undefined;
	}
}

/**
Every value on this host by name, to be exported to its scripts. Secrets and tables are not among them.

`ofRow` is the step's: what was read for its row has there the name that the document gives it, and elsewhere none.
*/
export function variablesFor(
	{params, steps}: Pick<Runbook, 'params' | 'steps'>,
	values: Values,
	host: HostName,
	ofRow: Readonly<Record<ParamName, ParamName>> = {},
): Record<ParamName, string> {
	const forAll = [...params.map(({name}) => name), ...steps.flatMap(({captures}) => captures?.name ?? [])];
	const names = [...forAll.filter(name => !isOfRow(name)).map(name => [name, name] as const), ...Object.entries(ofRow)];
	const variables: Record<ParamName, string> = {};
	for (const [name, stored] of names) {
		const value = valueOn(values, stored, host);
		if (value !== undefined) {
			variables[name] = value;
		}
	}

	return variables;
}

/** The host's own value, else the one for all hosts. */
export function valueOn(values: Values, name: ParamName, host: HostName): string | undefined {
	const byHost = Object.hasOwn(values, name) ? values[name] : undefined;
	if (byHost === undefined) {
		return undefined;
	}

	return Object.hasOwn(byHost, host) ? byHost[host] : byHost['*'];
}

function render(template: Template, context: RenderContext, quote: (value: string) => string): Rendered {
	const missing = new Set<string>();
	const texts = template.parts.map(part => {
		if (typeof part === 'string') {
			return part;
		}

		const value = fill(part, context, missing);
		return value === undefined ? '' : quote(value);
	});
	return missing.size === 0 ? {ok: true, text: texts.join('')} : {ok: false, missing: [...missing]};
}

function fill(placeholder: Placeholder, context: RenderContext, missing: Set<string>): string | undefined {
	if (placeholder.path !== undefined) {
		const path = renderText(placeholder.path, context);
		for (const name of path.ok ? [] : path.missing) {
			missing.add(name);
		}

		return path.ok ? path.text : undefined;
	}

	const value = placeholder.value ?? lookUp(placeholder, context);
	if (value === undefined) {
		missing.add(placeholder.host === undefined ? placeholder.name : `${placeholder.name}@${placeholder.host}`);
	}

	return value;
}

/** `name`, `name@host`, `host.address`, `esxi1.address`. */
function lookUp({name, host}: Placeholder, {host: ownHost, values, hosts}: RenderContext): string | undefined {
	const dot = name.indexOf('.');
	if (dot === -1) {
		return valueOn(values, name, host ?? ownHost);
	}

	const of = name.slice(0, dot) === 'host' ? (host ?? ownHost) : name.slice(0, dot);
	const field = name.slice(dot + 1);
	if (!Object.hasOwn(hosts, of)) {
		return undefined;
	}

	return field === 'name' ? of : field === 'address' ? hosts[of]?.address || undefined : undefined;
}

function quoterFor(shell: Shell): (value: string) => string {
	switch (shell) {
		case 'sh':
		case 'bash':
			return quotePosix;
		case 'powershell':
			return quotePowerShell;
	}
}
