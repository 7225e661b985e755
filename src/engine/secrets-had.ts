import {LOCAL_HOST, NO_HOST} from '../graph/graph.js';
import {hostsOf, progressOf} from '../run/nodes.js';
import type {RunState} from '../run/state.js';
import type {HostName, Script, Step} from '../runbook/runbook.js';
import type {RunPlan} from './plan.js';
import type {SecretPrompt} from './ports.js';
import {isSecretOf, promptFor} from './script.js';

/**
The secrets that this run has fed to hosts before it was opened again, in the order of the runbook, none twice. They may stand
on those hosts by now, and any step may print them: they are wanted before the next one does, not only by those who name them.
*/
export function secretsHad({runbook, graph}: RunPlan, state: RunState): readonly SecretPrompt[] {
	const secrets = runbook.params.filter(({type}) => type === 'secret');
	const prompts = graph.nodes.flatMap(node => {
		const named = secrets.filter(param =>
			scriptsOf(node.step).some(({template}) => isSecretOf(param, template.source)),
		);
		const tried =
			named.length === 0 ? [] : hostsOf(node, state).filter(host => progressOf(state, node, host).attempt > 0);
		return tried.flatMap(host =>
			named.flatMap(param => placesOf(host, param.each, graph.hosts).map(place => promptFor(param, place))),
		);
	});
	return [...new Map(prompts.map(prompt => [JSON.stringify(prompt), {...prompt, again: true} as const])).values()];
}

function scriptsOf({action, check, verify, undo}: Step): readonly Script[] {
	const own = action.kind === 'manual' || action.kind === 'file' ? [] : [action.script];
	return [...own, ...[check, verify, undo].flatMap(satellite => (satellite === undefined ? [] : [satellite.script]))];
}

/** A step on no host has the values of those that its satellites run on: any of the group. */
function placesOf(host: HostName, group: string | undefined, hosts: RunPlan['graph']['hosts']): readonly HostName[] {
	return group !== undefined && (host === NO_HOST || host === LOCAL_HOST)
		? hosts.filter(declared => declared.group === group).map(({name}) => name)
		: [host];
}
