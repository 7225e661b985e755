import type {ResumeRun} from '../engine/plan.js';
import {isOwn, type Opener, resumption} from '../run/lease.js';
import type {Lease} from '../run/state.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {dateAndTime} from '../view/time.js';
import {type Copy, copiesOf, isLetGo} from './copies.js';
import {type FoldedRun, resumeCommand} from './run-list.js';

/**
What `RunResumed` says of whose the run is from now on.

Throws a UserError (status 5) if another device has not let go of it, or a file beside it knows more of the same run, and
`takeOver` was not said.
*/
export async function resumedLease<Who extends Opener>(
	file: string,
	{seen, state}: FoldedRun,
	who: Who,
	takeOver: boolean,
): Promise<Who & Pick<ResumeRun, 'epoch' | 'takenFrom' | 'signed'>> {
	const {started, lease} = state;
	if (started === undefined || lease === undefined) {
		throw new UserError(
			'run-empty',
			`${file} holds no run: it ended before its first event.`,
			'Begin again with `fieldbook run` or `fieldbook rehearse`.',
			5,
		);
	}

	const {signed, events} = seen;
	const knowMore = (await copiesOf(file, started.runId, events)).filter(copy => knowsBetter(copy, lease));
	const otherEpoch = knowMore.length === 0 ? undefined : Math.max(...knowMore.map(({epoch}) => epoch));
	const resumed = resumption({lease, isReleased: isLetGo(seen), otherEpoch}, who, takeOver);
	if (resumed.kind === 'needs-take-over') {
		const [other] = knowMore;
		const command = state.status === 'finished' ? 'fieldbook evidence' : resumeCommand(file);
		throw other === undefined ? heldElsewhere(command, lease, who) : knownBetter(command, other);
	}

	const {epoch, takenFrom} = resumed;
	return {...who, epoch, signed: signed?.seq ?? 0, ...(takenFrom === undefined ? {} : {takenFrom})};
}

/** It has events that this file has not, and nobody has taken over from it here. */
function knowsBetter({relation: {kind}, epoch}: Copy, lease: Lease): boolean {
	return (kind === 'behind' || kind === 'fork') && epoch >= lease.epoch;
}

function heldElsewhere(command: string, lease: Lease, who: Opener): UserError {
	const {by, device, since} = lease;
	const isSameName = device === who.device && !isOwn(lease, who);
	const where = `${device}${isSameName ? ', another device of this name,' : ''}`;
	return new UserError(
		'run-held',
		`${sanitiseLine(by)} on ${sanitiseLine(where)} holds the run since ${dateAndTime(since, undefined)}, and has not let go of it.`,
		`Go on there. If nobody can, \`${command} --take-over\` makes it yours; the run says so for ever.`,
		5,
	);
}

function knownBetter(command: string, {name, relation}: Copy): UserError {
	const there = sanitiseLine(name);
	return new UserError(
		'run-forked',
		relation.kind === 'fork'
			? `${there} is the same run, gone another way after event ${relation.common}.`
			: `${there} is the same run, and goes on after event ${relation.common}, where this file ends.`,
		`Go on with \`fieldbook resume ${there}\`. To go on with this one all the same: \`${command} --take-over\`.`,
		5,
	);
}
