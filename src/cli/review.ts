import type {Addition} from '../engine/afterwards.js';
import type {RunHandle} from '../engine/handle.js';
import {searchOutput} from '../engine/search.js';
import type {Answer} from '../run/request.js';
import {lookAtKeptOutput, lookAtOutput, lookAtRun} from '../store/look.js';
import {UserError} from '../text/user-error.js';
import type {OpenRun} from '../ui/workbench.js';
import {noEstimates} from '../view/estimates.js';
import {addToRun} from './add-afterwards.js';
import {foldRun} from './run-list.js';
import {planOfKeptRun} from './start-run.js';

/** A pull brings so many events at most, as the engine's own do. */
const mostEvents = 500;

/**
A run that is over, to be looked at: nobody is kept from it. It takes notes and evidence, for which its file is opened and
closed again, and nothing else.

Throws a UserError (status 5) if its file is held, or damaged so that nothing of it can be read.
*/
export function reviewRun(file: string): OpenRun {
	const folded = foldRun(file);
	const {runbook, graph, hosts} = planOfKeptRun(file, folded);
	let {events} = folded.seen;
	const {damage} = folded.seen;
	const now = Date.parse(events.at(-1)?.at ?? '');
	// While its file is open for what is added, it cannot be looked at
	let adding: Promise<unknown> = Promise.resolve();
	const undisturbed = async <T>(look: () => T): Promise<T> => {
		await adding;
		return look();
	};
	const add = async (addition: Addition): Promise<Answer> => {
		const answer = await added(file, addition);
		({events} = lookAtRun(file));
		return answer;
	};
	const handle: RunHandle = {
		pull: ({afterSeq, output}) =>
			undisturbed(() => ({
				events: events.filter(({seq}) => seq > afterSeq).slice(0, mostEvents),
				output: output && lookAtOutput(file, output, undefined, output.maxBytes),
				prompts: [],
				now,
			})),
		read: ({key, start, maxBytes}) => undisturbed(() => lookAtOutput(file, key, start, maxBytes)),
		search: async search => {
			await adding;
			return searchOutput(
				{
					events,
					outputOf: key => lookAtKeptOutput(file, key),
					encodingOf: host => hosts[host]?.encoding ?? 'utf-8',
				},
				search,
			);
		},
		request: async request => {
			if (damage !== undefined || (request.kind !== 'evidence' && request.kind !== 'note')) {
				return {accepted: false, because: damage ?? 'This run is over.'};
			}

			const answer = adding.then(() => add(request));
			adding = answer.catch(() => {});
			return answer;
		},
		tell: async () => {},
		subscribe: () => () => {},
		ended: Promise.resolve(),
		died: new Promise<never>(() => {}),
		close: async () => void (await adding),
	};
	const encodingOf = (host: string) => hosts[host]?.encoding ?? 'utf-8';
	return {handle, runbook, graph, file, encodingOf, estimates: async () => noEstimates};
}

/** What keeps it from being written is an answer like any other: the run is still looked at. */
async function added(file: string, addition: Addition): Promise<Answer> {
	try {
		return await addToRun(file, [addition]);
	} catch (error) {
		if (error instanceof UserError) {
			return {accepted: false, because: error.message};
		}

		throw error;
	}
}
