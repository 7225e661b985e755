import {LOCAL_HOST, NO_HOST} from '../graph/graph.js';
import type {Part} from '../run/event.js';
import {renderScript, variablesFor} from '../runbook/render.js';
import type {HostName, Param, Script, Shell, Step, Target} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {Desk} from './desk.js';
import {jobOfTry} from './job.js';
import type {OutputKey, RemoteCommand} from './ports.js';
import {notPrepared, noValueFor, type Preparation, type Prepared, sha256} from './prepared.js';

/** What a part runs, and where and how. `on` undefined: on the step's own host. */
type Order = {
	readonly script: Script;
	readonly on: Target | undefined;
	readonly as: string | undefined;
	readonly timeoutMs: number | undefined;
};

/**
A script with its values, and with the secrets that it names.

The values of a satellite are those of its step's host, wherever it runs; where the step is on none, those of its own.
*/
export function prepareScript(desk: Desk, step: Step, key: OutputKey, job: string, values: Values): Preparation {
	const {world, plan} = desk;
	const order = orderOf(step, key.part);
	const place = order && placeOf(order.on, key.host);
	const host = plan.hosts[place ?? NO_HOST];
	if (order === undefined || place === undefined || (host === undefined && place !== LOCAL_HOST)) {
		return notPrepared(`the runbook names no single host for its ${key.part}`);
	}

	const about = key.host === NO_HOST || key.host === LOCAL_HOST ? place : key.host;
	const rendered = renderScript(order.script, {host: about, values, hosts: plan.hosts});
	if (!rendered.ok) {
		return noValueFor(rendered.missing);
	}

	const variables = variablesFor(plan.runbook, values, about, step.ofRow);
	const withSecrets = (secrets: Readonly<Record<string, string>>): Prepared => ({
		ok: true,
		hash: sha256(rendered.text),
		encoding: host?.encoding ?? 'utf-8',
		perform({number, remainingMs, sink, cancel}) {
			const timeoutMs = Math.min(order.timeoutMs ?? Infinity, remainingMs ?? Infinity);
			const sent: RemoteCommand = {
				interpreter: order.script.shebang ?? interpreterFor(order.script.shell),
				script: rendered.text,
				variables,
				secrets,
				as: order.as,
				job: jobOfTry(job, number),
				timeoutMs: timeoutMs === Infinity ? undefined : timeoutMs,
			};
			return host === undefined
				? world.transport.execLocal(sent, sink, cancel)
				: world.transport.exec(host, sent, sink, cancel);
		},
	});
	const named = plan.runbook.params.filter(param => isSecretOf(param, rendered.text));
	return named.length === 0
		? withSecrets({})
		: async () => {
				const secrets = await secretsFor(desk, named, about);
				return secrets.ok ? withSecrets(secrets.values) : noValueFor([secrets.missing]);
			};
}

function orderOf(step: Step, part: Part): Order | undefined {
	switch (part) {
		case 'check':
			return step.check && {...step.check, as: step.check.as ?? step.as};
		case 'verify':
			return step.verify && {...step.verify, as: step.verify.as ?? step.as};
		case 'undo':
			return step.undo && {...step.undo, as: step.undo.as ?? step.as};
		case 'run':
			return step.action.kind === 'script' || step.action.kind === 'wait'
				? {script: step.action.script, on: undefined, as: step.as, timeoutMs: step.timeoutMs}
				: undefined;
	}
}

/** Undefined where the runbook does not come down to one host: `unsupported` refuses such a runbook. */
function placeOf(on: Target | undefined, host: HostName): HostName | undefined {
	switch (on?.kind) {
		case undefined:
			return host;
		case 'host':
			return on.host;
		case 'local':
			return LOCAL_HOST;
		case 'group':
		case 'role':
		case 'runsOn':
		case 'asked':
			return undefined;
	}
}

/** Source of the flags: `dialect.md`, section 5. */
export function interpreterFor(shell: Shell): readonly [string, ...string[]] {
	switch (shell) {
		case 'sh':
		case 'bash':
			return [shell, '-eu'];
		case 'powershell':
			return ['powershell', '-NoProfile', '-NonInteractive'];
	}
}

type FoundSecrets =
	| {readonly ok: true; readonly values: Readonly<Record<string, string>>}
	| {readonly ok: false; readonly missing: string};

async function secretsFor({world}: Desk, named: readonly Param[], host: HostName): Promise<FoundSecrets> {
	const values: Record<string, string> = {};
	for (const {name, label, each} of named) {
		const prompt = {name, host: each === undefined ? NO_HOST : host, text: label, echo: false};
		const value = await world.secrets.obtain(prompt);
		if (value === undefined) {
			return {ok: false, missing: name};
		}

		values[name] = value;
	}

	return {ok: true, values};
}

/** > | echo "$name" "${name}" "${#name}" $env:name ${env:name} */
function isSecretOf({name, type}: Param, script: string): boolean {
	return type === 'secret' && [...script.matchAll(/\$(?:\{[#!]?)?(?:env:)?(\w+)/gi)].some(([, used]) => used === name);
}
