import {verifyRun} from '../store/verify.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {showJson, showText} from '../view/show.js';
import {runTitle} from '../view/titles.js';
import {say} from './output.js';
import {findRunFile, foldRun, listRuns, localTime, statusWord} from './run-list.js';

/** `fieldbook runs`: 0, also where there are none. */
export async function runs({json}: {readonly json: boolean}): Promise<number> {
	const listed = listRuns(process.env);
	if (json) {
		const rows = listed.map(({file, name, run, trouble}) => ({
			run: name,
			file,
			title: run?.state.started === undefined ? null : runTitle(run.graph, run.state),
			status: run === undefined ? trouble : statusWord(run),
			startedAt: run?.state.startedAt ?? null,
		}));
		await say(JSON.stringify(rows, undefined, '\t'));
		return 0;
	}

	if (listed.length === 0) {
		await say('No runs yet. `fieldbook rehearse FILE` begins one in the lab, `fieldbook run FILE` on real hosts.');
	}

	for (const {name, changedAt, run, trouble} of listed) {
		const what =
			run === undefined
				? trouble
				: `${statusWord(run)}, ${run.state.started === undefined ? 'not begun' : runTitle(run.graph, run.state)}, last written ${localTime(changedAt)}`;
		await say(`${sanitiseLine(name)}\n    ${sanitiseLine(what)}`);
	}

	return 0;
}

/** `fieldbook show RUN`: the exit status is 0: looking is no judgement. */
export async function show(run: string, {json}: {readonly json: boolean}): Promise<number> {
	const file = findRunFile(run, process.env);
	const folded = foldRun(file);
	await say(
		json
			? JSON.stringify(showJson(folded.graph, folded.state, {run: file}), undefined, '\t')
			: showText(folded.graph, folded.state, {run: file}),
	);
	return 0;
}

/** `fieldbook verify RUN`: 0 if the file is as it was written, else 5 with what is wrong. */
export async function verify(run: string): Promise<number> {
	const file = findRunFile(run, process.env);
	const {events, head, problems} = verifyRun(file);
	if (problems.length > 0) {
		throw new UserError(
			'run-damaged',
			[`${file} is not as fieldbook wrote it:`, ...problems.map(problem => `    ${problem}`)].join('\n'),
			'Do not go on with it; go on from an intact copy.',
			5,
		);
	}

	await say(`${sanitiseLine(file)}: ${events} events, chain complete, head ${head}`);
	return 0;
}
