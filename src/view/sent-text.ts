import {type RenderContext, type Rendered, renderScript, renderText} from '../runbook/render.js';
import type {Action, Satellite} from '../runbook/runbook.js';

/** What goes to the host for this action, with its values in their places; undefined where nothing is written in the runbook itself. */
export function sentText(action: Action, context: RenderContext): Rendered | undefined {
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

/** What goes to the host to take a step back. */
export function undoText({script}: Satellite, context: RenderContext): Rendered {
	return renderScript(script, context);
}
