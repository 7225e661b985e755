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
