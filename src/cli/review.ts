import type {RunHandle} from '../engine/handle.js';
import {searchOutput} from '../engine/search.js';
import {lookAtKeptOutput, lookAtOutput} from '../store/look.js';
import type {OpenRun} from '../ui/workbench.js';
import {noEstimates} from '../view/estimates.js';
import {foldRun} from './run-list.js';
import {planOfKeptRun} from './start-run.js';

/** A pull brings so many events at most, as the engine's own do. */
const mostEvents = 500;

/**
A run that is over, to be looked at: nothing is written, nobody is kept from it, and it takes no request.

Throws a UserError (status 5) if its file is held, or damaged so that nothing of it can be read.
*/
export function reviewRun(file: string): OpenRun {
	const folded = foldRun(file);
	const {runbook, graph, hosts} = planOfKeptRun(file, folded);
	const {events, damage} = folded.seen;
	const now = Date.parse(events.at(-1)?.at ?? '');
	const handle: RunHandle = {
		pull: async ({afterSeq, output}) => ({
			events: events.filter(({seq}) => seq > afterSeq).slice(0, mostEvents),
			output: output && lookAtOutput(file, output, undefined, output.maxBytes),
			prompts: [],
			now,
		}),
		read: async ({key, start, maxBytes}) => lookAtOutput(file, key, start, maxBytes),
		search: async search =>
			searchOutput(
				{
					events,
					outputOf: key => lookAtKeptOutput(file, key),
					encodingOf: host => hosts[host]?.encoding ?? 'utf-8',
				},
				search,
			),
		request: async () => ({accepted: false, because: damage ?? 'This run is over.'}),
		tell: async () => {},
		subscribe: () => () => {},
		ended: Promise.resolve(),
		died: new Promise<never>(() => {}),
		close: async () => {},
	};
	const encodingOf = (host: string) => hosts[host]?.encoding ?? 'utf-8';
	return {handle, runbook, graph, file, encodingOf, estimates: async () => noEstimates};
}
