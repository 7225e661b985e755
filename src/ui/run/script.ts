import {nodeOf} from '../../run/nodes.js';
import {type RenderContext, type Rendered, renderScript, renderText} from '../../runbook/render.js';
import type {Action, HostName, Step, StepId} from '../../runbook/runbook.js';
import {sanitiseLine} from '../../text/sanitise.js';
import {cutToWidth, widthOf} from '../../text/width.js';
import {hostWord} from '../../view/names.js';
import {scriptLines} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import {hostNames} from './hosts.js';
import {type RunScreen, shownHost} from './run-screen.js';

/**
What is sent to the shown host, with its values in their places and numbered; empty for what is done by hand.

Long lines go on in the next row: what is run is seen to its last character.
*/
export function shownScript(screen: RunScreen, id: StepId, columns: number): readonly TextLine[] {
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
	return [...scriptLines(own.text).flatMap(line => continued(line, columns)), ...(differs ? [note] : [])];
}

/** A numbered line, cut between characters where the row ends. */
function continued([number, code]: TextLine, columns: number): readonly TextLine[] {
	if (number === undefined || code === undefined) {
		return [number === undefined ? [] : [number]];
	}
	const room = Math.max(2, columns - widthOf(number.text));
	const lines: TextLine[] = [];
	for (let rest = code.text, gutter = number.text; ; gutter = ' '.repeat(widthOf(number.text))) {
		const row = cutToWidth(rest, room, '');
		lines.push([
			{text: gutter, style: 'quiet'},
			{text: row, style: 'code'},
		]);
		rest = rest.slice(row.length);
		if (rest === '') {
			return lines;
		}
	}
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
