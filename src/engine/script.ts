import {LOCAL_HOST, NO_HOST} from '../graph/graph.js';
import type {Part} from '../run/event.js';
import {patienceOf} from '../run/judge.js';
import {isRole, type RoleTarget} from '../run/roles.js';
import type {Trace} from '../run/state.js';
import {renderScript, variablesFor} from '../runbook/render.js';
import type {HostName, Param, Script, Step, Target} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import {sealed} from '../text/secret.js';
import type {Desk} from './desk.js';
import {interpreterFor} from './interpreter.js';
import {jobOfTry} from './job.js';
import {bootNow, jobRefOf, traceKindOf} from './left.js';
import type {OutputKey, RemoteCommand, SecretPrompt} from './ports.js';
import {notPrepared, noValueFor, type Preparation, type Prepared, sha256, type Try} from './prepared.js';
import {findRole} from './role.js';

/** What a part runs, and where and how. `on` undefined: on the step's own host. */
type Order = {
	readonly script: Script;
	readonly on: Target | undefined;
	readonly as: string | undefined;
	readonly timeoutMs: number | undefined;
};

/** `ofRow`: of its step. */
type OrderOfStep = Order & Pick<Step, 'ofRow'>;

/**
A script with its values, and with the secrets that it names; on a group, once for each of its hosts.

The values of a satellite are those of its step's host, wherever it runs; where the step is on none, those of its own.
*/
export function prepareScript(desk: Desk, step: Step, key: OutputKey, job: string, values: Values): Preparation {
	const its = orderOf(step, key.part);
	if (its === undefined) {
		return notPrepared(`the runbook has no ${key.part} for it`);
	}

	const order: OrderOfStep = {...its, ...(step.ofRow === undefined ? {} : {ofRow: step.ofRow})};
	const {on} = order;
	if (isRole(on)) {
		return async () => {
			const found = await findRole(desk, on, patienceOf(step, key.part), false);
			return found.ok ? settled(prepareOn(desk, order, [found.host], key, job, values)) : notPrepared(found.because);
		};
	}

	const kind = traceKindOf(desk.plan, step, key.part);
	return kind === undefined
		? prepareOn(desk, order, hostsOf(desk, on, key.host), key, job, values)
		: async () => {
				const found = await bootNow(desk, kind, key.host);
				return found.ok
					? settled(prepareOn(desk, order, [key.host], key, job, values, {kind, job, boot: found.boot}))
					: found;
			};
}

async function settled(preparation: Preparation): Promise<Prepared> {
	return typeof preparation === 'function' ? preparation() : preparation;
}

function prepareOn(
	desk: Desk,
	order: OrderOfStep,
	hosts: readonly HostName[],
	key: OutputKey,
	job: string,
	values: Values,
	trace?: Trace,
): Preparation {
	const prepared = hosts.map(place => prepareAt(desk, order, place, key, job, values, trace));
	const all = (settled: readonly Prepared[]): Prepared => {
		const failed = settled.find(one => !one.ok);
		const done = settled.filter(one => one.ok);
		const [first, ...others] = done.map(({hash}) => hash);
		return failed !== undefined || first === undefined
			? (failed ?? notPrepared(`the runbook names no host for its ${key.part}`))
			: {
					ok: true,
					hash: others.length === 0 ? first : sha256([first, ...others].join('\n')),
					places: done.flatMap(({places}) => places),
					...(trace === undefined ? {} : {trace}),
				};
	};
	const ready = prepared.filter(one => typeof one !== 'function');
	return ready.length === prepared.length ? all(ready) : async () => all(await Promise.all(prepared.map(settled)));
}

function prepareAt(
	desk: Desk,
	order: OrderOfStep,
	place: HostName,
	key: OutputKey,
	job: string,
	values: Values,
	trace: Trace | undefined,
): Preparation {
	const {world, plan} = desk;
	const host = plan.hosts[place];
	if (host === undefined && place !== LOCAL_HOST) {
		return notPrepared(`the runbook names no host for its ${key.part}`);
	}

	const about = key.host === NO_HOST || key.host === LOCAL_HOST ? place : key.host;
	const rendered = renderScript(order.script, {host: about, values, hosts: plan.hosts});
	if (!rendered.ok) {
		return noValueFor(rendered.missing);
	}

	const variables = variablesFor(plan.runbook, values, about, order.ofRow);
	const withSecrets = (secrets: Readonly<Record<string, string>>): Prepared => {
		const perform = ({number, remainingMs, sink, cancel}: Try) => {
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
			if (trace?.kind === 'job') {
				return world.transport.execJob(host, jobRefOf(desk, trace, order.as), sent, sink, cancel);
			}

			return host === undefined
				? world.transport.execLocal(sent, sink, cancel)
				: world.transport.exec(host, sent, sink, cancel);
		};
		return {
			ok: true,
			hash: sha256(rendered.text),
			places: [{host: place, encoding: host?.encoding ?? 'utf-8', perform}],
		};
	};
	return secretsNamedIn(desk, rendered.text).length === 0
		? withSecrets({})
		: async () => {
				const secrets = await secretsFor(desk, rendered.text, about);
				return secrets.ok ? withSecrets(secrets.values) : noValueFor([secrets.missing]);
			};
}

/**
Asks for the secrets that the step's own script names, so that they are taken out of what it prints. The first one that
nobody gives; undefined: all are known.
*/
export async function missingSecret(
	desk: Desk,
	step: Step,
	{host, part}: OutputKey,
	values: Values,
): Promise<string | undefined> {
	const order = orderOf(step, part);
	const rendered = order && renderScript(order.script, {host, values, hosts: desk.plan.hosts});
	const secrets = await secretsFor(desk, rendered?.ok ? rendered.text : '', host);
	return secrets.ok ? undefined : secrets.missing;
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
			return step.action.kind !== 'manual' && step.action.kind !== 'file'
				? {script: step.action.script, on: undefined, as: step.as, timeoutMs: step.timeoutMs}
				: undefined;
	}
}

/** Where a part runs; a role is asked for. Empty: the runbook says nothing that comes down to a host. */
function hostsOf(
	{plan: {graph}}: Desk,
	on: Exclude<Target, RoleTarget> | undefined,
	host: HostName,
): readonly HostName[] {
	switch (on?.kind) {
		case undefined:
			return [host];
		case 'host':
			return [on.host];
		case 'local':
			return [LOCAL_HOST];
		case 'group':
			return graph.hosts.filter(({group}) => group === on.group).map(({name}) => name);
		case 'asked':
			return [];
	}
}

type FoundSecrets =
	| {readonly ok: true; readonly values: Readonly<Record<string, string>>}
	| {readonly ok: false; readonly missing: string};

async function secretsFor(desk: Desk, script: string, host: HostName): Promise<FoundSecrets> {
	const values: Record<string, string> = {};
	for (const param of secretsNamedIn(desk, script)) {
		const value = await desk.world.secrets.obtain(promptFor(param, host));
		if (value === undefined) {
			return {ok: false, missing: param.name};
		}

		values[param.name] = value;
	}

	return {ok: true, values: sealed(values)};
}

function secretsNamedIn({plan}: Desk, script: string): readonly Param[] {
	return plan.runbook.params.filter(param => isSecretOf(param, script));
}

/** How its value on this host is asked for. */
export function promptFor({name, label, each}: Param, host: HostName): SecretPrompt {
	return {name, host: each === undefined ? NO_HOST : host, text: label, echo: false};
}

/** > | echo "$name" "${name}" "${#name}" $env:name ${env:name} */
export function isSecretOf({name, type}: Param, script: string): boolean {
	return type === 'secret' && [...script.matchAll(/\$(?:\{[#!]?)?(?:env:)?(\w+)/gi)].some(([, used]) => used === name);
}
