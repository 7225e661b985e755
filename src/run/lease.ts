import type {RunEvent} from './event.js';
import type {Lease} from './state.js';

/** Whoever wants to go on with a run. */
export type Opener = {readonly by: string; readonly device: string; readonly deviceKey: string};

/** What a run's file, and others of the same run beside it, tell about whose it is. */
export type LeaseFacts = {
	readonly lease: Lease;
	/** A signature covers the last event: whoever holds the lease has closed the file, and let go of it. */
	readonly isReleased: boolean;
	/** The highest epoch of another file of the same run that knows events which this one does not; undefined: there is none. */
	readonly otherEpoch: number | undefined;
};

/** What `RunResumed` says of the lease. `needs-take-over`: somebody must say that he takes the run from whoever holds it. */
export type Resumption =
	| {
			readonly kind: 'granted';
			readonly epoch: number;
			readonly takenFrom: {readonly by: string; readonly device: string; readonly epoch: number} | undefined;
	  }
	| {readonly kind: 'needs-take-over'; readonly because: 'held' | 'other-file'};

/**
So much higher is the epoch when the run comes to another device. Whoever had it before may not know, and counts on by
one at each resume of his own file: his epochs stay below, and a host that has seen the higher one refuses him.
*/
const LEAP = 1000;

/** The lease from this event on. Those of fieldbook 0.1 said no epoch: each opening counted one up. */
export function leaseAfter(
	before: Lease | undefined,
	event: Extract<RunEvent, {type: 'RunStarted' | 'RunResumed'}>,
	at: string,
): Lease {
	const {by, device, deviceKey} = event;
	const said = event.type === 'RunResumed' ? event.epoch : 1;
	return {by, device, deviceKey, epoch: said ?? (before?.epoch ?? 0) + 1, since: at};
}

/** This device held it last: whatever ended there, nobody else has it. A device without a key is told by its name. */
export function isOwn({device, deviceKey}: Lease, opener: Omit<Opener, 'by'>): boolean {
	return deviceKey === undefined ? device === opener.device : deviceKey === opener.deviceKey;
}

/** Whether `opener` may go on: where the last lease was let go of, is his own, or is taken over. */
export function resumption({lease, isReleased, otherEpoch}: LeaseFacts, opener: Opener, takeOver: boolean): Resumption {
	const isSame = isOwn(lease, opener) && otherEpoch === undefined;
	const isFree = isSame || (isReleased && otherEpoch === undefined);
	if (!isFree && !takeOver) {
		return {kind: 'needs-take-over', because: otherEpoch === undefined ? 'held' : 'other-file'};
	}

	const {by, device, epoch} = lease;
	return {
		kind: 'granted',
		epoch: isSame ? epoch + 1 : Math.max(epoch, otherEpoch ?? 0) + LEAP,
		takenFrom: isFree ? undefined : {by, device, epoch},
	};
}
