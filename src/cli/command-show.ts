import {FROM_DAMAGE} from '../store/clear-errors.js';
import {printableJson} from '../text/printable-json.js';
import {sanitiseLine} from '../text/sanitise.js';
import {showJson, showText} from '../view/show.js';
import {runTitle} from '../view/titles.js';
import {holderWords, seeRun} from './held-run.js';
import {say, warn} from './output.js';
import {findRunFile, foldSeen, listRuns, localTime, statusWord, whoseWords} from './run-list.js';

/** `fieldbook runs`: 0, also where there are none. */
export async function runs({json}: {readonly json: boolean}): Promise<number> {
	const listed = await listRuns(process.env);
	if (json) {
		const rows = listed.map(({file, name, run, trouble, heldBy, holder, copies}) => ({
			run: name,
			file,
			title: run?.state.started === undefined ? null : runTitle(run.graph, run.state),
			status: run === undefined || trouble !== '' ? trouble : statusWord(run),
			startedAt: run?.state.startedAt ?? null,
			heldBy: heldBy === undefined ? null : {by: heldBy.by, device: heldBy.device, since: heldBy.since},
			openIn: holder ?? null,
			copies: copies.map(({name: copy, relation}) => ({run: copy, ...relation})),
		}));
		await say(printableJson(rows, '\t'));
		return 0;
	}

	if (listed.length === 0) {
		await say('No runs yet. `fieldbook rehearse FILE` begins one in the lab, `fieldbook run FILE` on real hosts.');
	}

	for (const {name, changedAt, run, trouble, ...whose} of listed) {
		const what =
			run === undefined
				? trouble
				: `${trouble === '' ? statusWord(run) : trouble.replace(/\.$/, '')}, ${run.state.started === undefined ? 'not begun' : runTitle(run.graph, run.state)}, last written ${localTime(changedAt)}`;
		await say(
			[sanitiseLine(name), ...[what, ...whoseWords(whose)].map(words => `    ${sanitiseLine(words)}`)].join('\n'),
		);
	}

	return 0;
}

/** `fieldbook show RUN`: the exit status is 0: looking is no judgement. Of a damaged file it shows what can be read, and says so. */
export async function show(run: string, {json}: {readonly json: boolean}): Promise<number> {
	const file = findRunFile(run, process.env);
	const {seen, holder} = await seeRun(file);
	const folded = foldSeen(file, seen);
	const {damage} = seen;
	if (damage !== undefined) {
		await warn(`! ${sanitiseLine(file)} is damaged. ${sanitiseLine(damage)}\n    ${FROM_DAMAGE}`);
	}

	await say(
		json
			? printableJson(showJson(folded.graph, folded.state, {run: file}), '\t')
			: showText(folded.graph, folded.state, {run: file}),
	);
	if (!json && holder !== undefined) {
		await say(`open now ${holderWords(holder)}`);
	}

	return 0;
}
