import {hostname, userInfo} from 'node:os';
import {relationOf} from '../run/copies.js';
import {knownDeviceKey} from '../store/device-key.js';
import {lookAtRun} from '../store/look.js';
import {type Salvage, salvageRun} from '../store/salvage.js';
import {type Verification, verifyRun} from '../store/verify.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {counted} from '../view/names.js';
import {tellingHolder} from './held-run.js';
import {say} from './output.js';
import {stateFolder} from './places.js';
import {findRunFile} from './run-list.js';

/**
`fieldbook verify RUN`: 0 if the file is as it was written and signed, else 5 with what is wrong. `against`: another copy,
which tells what no file can tell of itself: that its end was cut off, or that two copies have gone different ways.
`salvage`: what can be proved of a damaged file goes into a new one of that name; then 0.
*/
export async function verify(
	run: string,
	{against, salvage}: {readonly against: string | undefined; readonly salvage: string | undefined},
): Promise<number> {
	const file = findRunFile(run, process.env);
	const {events, head, problems, signed} = await tellingHolder(file, async () => verifyRun(file));
	if (problems.length > 0) {
		const found = [`${file} is not as fieldbook wrote it:`, ...problems.map(problem => `    ${problem}`)].join('\n');
		if (salvage === undefined) {
			throw new UserError(
				'run-damaged',
				found,
				'Go on from an intact copy, or from what `fieldbook verify RUN --salvage NEW` can keep.',
				5,
			);
		}

		const salvaged = await salvageRun(file, salvage, {by: userInfo().username, device: hostname()}, Date.now());
		await say(`${sanitiseText(found).join('\n')}\n${salvageWords(salvaged, salvage)}`);
		return 0;
	}

	const beside = against === undefined ? undefined : besideOther(file, findRunFile(against, process.env));
	const own = knownDeviceKey(stateFolder(process.env))?.fingerprint;
	await say(`${sanitiseLine(file)}: ${events} events, chain complete, head ${head}`);
	for (const line of [...signatureLines(signed, events, own), beside ?? unproven]) {
		await say(`    ${line}`);
	}

	return 0;
}

const unproven =
	'That nothing came after them, only another copy can tell (--against). What a signature proves: docs/run-file.md.';

/** Who vouches for what, and what nobody does. A customer compares the fingerprints. */
function signatureLines(signed: Verification['signed'], events: number, own: string | undefined): readonly string[] {
	const last = signed.at(-1)?.seq ?? 0;
	const lines = signed.map(({seq, at, by, device, fingerprint}, index) => {
		const from = (signed[index - 1]?.seq ?? 0) + 1;
		const whose = fingerprint === own ? ' (of this device)' : '';
		return `events ${from} to ${seq} signed by ${sanitiseLine(by)} on ${sanitiseLine(device)}, ${at}, key ${fingerprint}${whose}`;
	});
	return last < events ? [...lines, `events ${last + 1} to ${events} signed by nobody`] : lines;
}

function besideOther(file: string, other: string): string {
	const [own, others] = [lookAtRun(file), lookAtRun(other)];
	if (own.meta.get('runId') !== others.meta.get('runId')) {
		throw new UserError('another-run', `${other} is another run.`, 'Compare copies of one run.', 2);
	}

	const {kind, common} = relationOf(
		own.events.map(({hash}) => hash),
		others.events.map(({hash}) => hash),
	);
	switch (kind) {
		case 'same':
			return `the same as ${sanitiseLine(other)}`;
		case 'ahead':
			return `as ${sanitiseLine(other)} up to its end, event ${common}`;
		case 'behind':
			throw new UserError(
				'run-behind',
				`${file} ends with event ${common}, and ${other} goes on to event ${others.events.length}: it is older, or its end was cut off.`,
				'Go on from the other one.',
				5,
			);
		case 'fork':
			throw new UserError(
				'run-forked',
				`${file} and ${other} went different ways after event ${common}: two people went on with copies of one run.`,
				'Look at both with `fieldbook show`. Nothing is merged: go on with one, and keep the other.',
				5,
			);
	}
}

function salvageWords({last, lost, without, begun}: Salvage, file: string): string {
	const lines = [
		`Kept in ${file}: events 1 to ${last.seq}, the last one ${last.event.type} at ${last.at}.`,
		lost === null ? 'How many came behind it nobody can say.' : `Lost: ${counted(lost, 'event')} behind it.`,
		...(without.output.length === 0
			? []
			: [`Lost: the output of ${without.output.map(({step, host}) => `${step} on ${host}`).join(', ')}.`]),
		...(without.files.length === 0 ? [] : [`Lost: ${without.files.join(', ')}.`]),
		...(begun.length === 0
			? []
			: [`Begun behind it, and unknown now: ${begun.map(({step, host}) => `${step} on ${host}`).join(', ')}.`]),
		...(lost === 0 ? [] : ['What else ran since would run again: look at the hosts before you go on.']),
		`To go on: fieldbook resume ${file}`,
	];
	return lines.map(line => sanitiseLine(line)).join('\n');
}
