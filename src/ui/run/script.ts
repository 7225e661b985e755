import {nodeOf} from '../../run/nodes.js';
import {type RenderContext, type Rendered, renderScript, renderText} from '../../runbook/render.js';
import type {Action, HostName, Step, StepId} from '../../runbook/runbook.js';
import {sanitiseLine} from '../../text/sanitise.js';
import {hostWord} from '../../view/names.js';
import {scriptLines} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import {hostNames} from './hosts.js';
import {type RunScreen, shownHost} from './run-screen.js';

/** What is sent to the shown host, with its values in their places and numbered; empty for what is done by hand. */
export function shownScript(screen: RunScreen, id: StepId): readonly TextLine[] {
	const step = nodeOf(screen.open.graph, id)?.step;
	const host = shownHost(screen, id);
	if (step === undefined || host === undefined || step.action.kind === 'manual') {
		return [];
	}
	const own = rendered(screen, step, host);
	if (own === undefined) {
		return [];
	}
	if (!own.ok) {
		return [[{text: `No value yet for ${own.missing.map(sanitiseLine).join(', ')}.`, style: 'strong'}]];
	}
	const others = hostNames(screen, id).filter(other => other !== host);
	const differs = others.some(other => {
		const theirs = rendered(screen, step, other);
		return theirs?.ok !== true || theirs.text !== own.text;
	});
	const note: TextLine = [{text: `As on ${hostWord(host)}; the other hosts get their own values.`, style: 'quiet'}];
	return [...scriptLines(own.text), ...(differs ? [note] : [])];
}

function rendered({state}: RunScreen, {action}: Step, host: HostName): Rendered | undefined {
	const context: RenderContext = {host, values: state.values, hosts: state.started?.hosts ?? {}};
	return render(action, context);
}

function render(action: Action, context: RenderContext): Rendered | undefined {
	switch (action.kind) {
		case 'script':
		case 'wait':
		case 'probe':
			return renderScript(action.script, context);
		case 'file':
			return action.content.kind === 'inline' ? renderText(action.content.text, context) : undefined;
		case 'manual':
			return undefined;
	}
}
