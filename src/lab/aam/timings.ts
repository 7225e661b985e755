/**
How long VMware HA 4 takes for what it does, in milliseconds of world time.

Sources: the project's notes on the domain, 5.3 (Broadcom KB 322784: isolation at 12 s, response at 14 s, restart at 15 s), the
vSphere 4 API reference on isolation responses (five minutes for a guest), and deinoscloud.wordpress.com, April 2011, on the delays
of `vmwaremanager.pl`. Some seconds at random, which the agents add to each delay, are left out.
*/

/** Without a heartbeat of anybody a host pings its isolation addresses, and holds itself for cut off. */
export const ISOLATED_AFTER_MS = 12_000;
/** Then it does to its virtual machines what the isolation response says. */
export const RESPONSE_AFTER_MS = 14_000;
/** `das.failuredetectiontime`: so long a host may be silent; then it has failed, and its machines are started elsewhere. */
export const FAILED_AFTER_MS = 15_000;
/** `das.isolationshutdowntimeout`: then a guest that does not shut down is powered off. */
export const SHUTDOWN_LIMIT_MS = 300_000;

const MINUTE_MS = 60_000;
/** Before each further attempt to start a machine: doubled, at most eight minutes. `das.maxvmrestartcount` is 5. */
export const RETRY_DELAYS_MS = [2 * MINUTE_MS, 4 * MINUTE_MS, 8 * MINUTE_MS, 8 * MINUTE_MS, 8 * MINUTE_MS] as const;
