/**
What is known about a remote script after we stop waiting for it.

`lost` is not a failure: the script may have finished on the host. Only a check or a person may settle it.
*/
export type Outcome =
	/** Proof that nothing ran: safe to try again. `refused` is set where the host turned us away. */
	| {readonly kind: 'notStarted'; readonly reason: string; readonly refused?: Refusal}
	| {readonly kind: 'exited'; readonly code: number}
	| {readonly kind: 'signaled'; readonly signal: string}
	/** We ended it, and the host confirmed that it ended. */
	| {readonly kind: 'timedOut'; readonly afterMs: number}
	| {readonly kind: 'lost'; readonly evidence: string};

/** Why a host turned us away. `host-key-*`: nothing was sent. */
export type Refusal = 'auth' | 'host-key-changed' | 'host-key-unknown' | 'host-key-revoked';

/** What a host says of a job that was left to it. */
export type JobSeen =
	| {readonly kind: 'finished'; readonly code: number}
	| {readonly kind: 'running'}
	/** Proof that nothing ran, and from now on it never will: the look-up has vetoed it. */
	| {readonly kind: 'notStarted'; readonly reason: string}
	/**
	Nobody can know. `vanished`: its process is gone without a status; `rebooted`: its host has booted since;
	`folder-lost`: what the host kept of it is gone; `attached`: this host keeps no jobs (Windows), the script may
	have ended with its link or go on unseen.
	*/
	| {readonly kind: 'gone'; readonly because: 'vanished' | 'rebooted' | 'folder-lost' | 'attached'}
	/** A colleague took the run over: this is the epoch of his lease. */
	| {readonly kind: 'superseded'; readonly epoch: number}
	/** The host did not answer, or it turned us away. */
	| {readonly kind: 'unanswered'; readonly evidence: string; readonly refused?: Refusal};
