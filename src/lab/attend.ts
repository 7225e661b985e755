import type {Clock, HostAccess, Transport} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {aLook} from './control/protocol.js';

/**
The same transport, but the lab knows when we are at one of its hosts: until the host rests, world time stands still.

So what is measured does not depend on how long the laptop takes for an SSH exchange. A script's time limit is world time too.
*/
export function attend(transport: Transport, clock: Clock, begin: (host: string) => () => void): Transport {
	const during = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		const end = begin(name);
		try {
			return await work();
		} finally {
			end();
		}
	};
	const at = <T>(host: HostAccess | undefined, work: () => Promise<T>): Promise<T> =>
		host === undefined ? work() : during(host.name, work);
	return {
		contact: (host, trusted) => at(host, () => transport.contact(host, trusted)),
		exec: (host, command, sink, cancel) =>
			at(host, () =>
				withTimeLimit(command.timeoutMs, clock, cancel, until =>
					transport.exec(host, {...command, timeoutMs: undefined}, sink, until),
				),
			),
		execLocal: (command, sink, cancel) => transport.execLocal(command, sink, cancel),
		execJob: (host, job, command, sink, cancel) =>
			host === undefined
				? transport.execJob(host, job, command, sink, cancel)
				: at(host, () =>
						withTimeLimit(command.timeoutMs, clock, cancel, until =>
							transport.execJob(host, job, {...command, timeoutMs: undefined}, sink, until),
						),
					),
		lookUpJob: (host, job) => at(host, () => transport.lookUpJob(host, job)),
		followJob: (host, job, sink, cancel) => at(host, () => transport.followJob(host, job, sink, cancel)),
		forgetJob: (host, job) => at(host, () => transport.forgetJob(host, job)),
		statFile: (host, path, as) => at(host, () => transport.statFile(host, path, as)),
		putFile: (host, file, job) => at(host, () => transport.putFile(host, file, job)),
		readFile: (host, path, as) => at(host, () => transport.readFile(host, path, as)),
		restoreFile: (host, file, job) => at(host, () => transport.restoreFile(host, file, job)),
		statLocalFile: (path, as) => transport.statLocalFile(path, as),
		putLocalFile: file => transport.putLocalFile(file),
		readLocalFile: (path, as) => transport.readLocalFile(path, as),
		restoreLocalFile: file => transport.restoreLocalFile(file),
		answers: host => during(aLook, () => transport.answers(host)),
		close: () => transport.close(),
	};
}

/** Cancels after `limitMs` of world time, and then calls the outcome what it is. */
async function withTimeLimit(
	limitMs: number | undefined,
	clock: Clock,
	cancel: AbortSignal,
	run: (until: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
	if (limitMs === undefined) {
		return run(cancel);
	}
	const limit = new AbortController();
	const over = new AbortController();
	void clock.sleep(limitMs, over.signal).then(() => limit.abort());
	const outcome = await run(AbortSignal.any([cancel, limit.signal]));
	const wasLimit = limit.signal.aborted && !cancel.aborted;
	over.abort();
	return wasLimit && outcome.kind === 'signaled' ? {kind: 'timedOut', afterMs: limitMs} : outcome;
}
