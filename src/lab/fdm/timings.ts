/**
How long vSphere HA takes for what it does, in milliseconds of world time.

Sources: the project's notes on the domain, 5.3, after "vSphere HA Deepdive" and blogs.vmware.com (November 2011). What is marked
"ours" nobody has written down; it is chosen so that the sums of 5.3 come out, and `docs/lab.md` names it as approximate.
*/

/** `das.config.fdm.hostTimeout`: so long a master is not heard before its agents elect, and so long a slave before it is unreachable. */
export const HOST_TIMEOUT_MS = 10_000;
/** The master begins to look for a silent slave's datastore heartbeats. */
export const DATASTORE_WATCH_STARTS_MS = 3_000;
/** How long it looks for them: T18. */
export const DATASTORE_WATCH_MS = 15_000;
/** How long pings to a silent slave, and to the isolation addresses, are waited for: T15, and T5 or T30. */
export const PING_TIMEOUT_MS = 5_000;
export const ELECTION_MS = 15_000;
/** From the election of a new master (T25) until it holds whoever has not come to it for dead (T35). */
export const TAKEOVER_MS = 10_000;
/** `das.config.fdm.isolationPolicyDelaySec` from 5.1 on; its minimum is the same. */
export const ISOLATION_DELAY_MS = 30_000;
/** `das.isolationShutdownTimeout`: then a guest that does not shut down is powered off. */
export const SHUTDOWN_LIMIT_MS = 300_000;
/** What a guest that does shut down takes for it. Ours. */
export const GUEST_SHUTDOWN_MS = 30_000;

const MINUTE_MS = 60_000;
/** From the first attempt to start a virtual machine to the others: the first one and four more. */
export const RETRY_AFTER_MS = [2 * MINUTE_MS, 6 * MINUTE_MS, 14 * MINUTE_MS, 30 * MINUTE_MS] as const;
/** From a virtual machine's end on a host that answers until somebody starts it again. Ours; 5.4 expects 30 to 60 s at most. */
export const VM_FAILURE_SEEN_MS = 5_000;
/** Between two virtual machines that are started in their order. Ours. */
export const START_SPACING_MS = 1_000;

/** `das.iostatsinterval`: no virtual machine is reset that has read or written in this time. */
export const IO_CHECK_MS = 120_000;
/** VM monitoring: how long VMware Tools may be silent, and in which time a virtual machine is reset three times at most. */
export const monitoringLevels = {
	high: {silentMs: 30_000, windowMs: 60 * MINUTE_MS},
	medium: {silentMs: 60_000, windowMs: 24 * 60 * MINUTE_MS},
	low: {silentMs: 120_000, windowMs: 7 * 24 * 60 * MINUTE_MS},
} as const;
export const MAX_RESETS = 3;

/** `Misc.APDTimeout`, and what VM component protection waits behind it: 5 min 20 s. */
export const APD_TIMEOUT_MS = 140_000;
export const VMCP_DELAY_MS = 180_000;

/** `das.config.fdm.stateLogInterval`. */
export const STATE_LOG_MS = 600_000;
/** The watchdog starts an agent again that has died. Ours. */
export const WATCHDOG_MS = 5_000;
/** From the start of the agent's process until it takes part. Ours. */
export const AGENT_STARTS_MS = 5_000;
