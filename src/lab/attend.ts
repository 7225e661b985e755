import type {HostAccess, Transport} from '../engine/ports.js';

/**
The same transport, but the lab knows when we are at one of its hosts: until the host rests, world time stands still.

So what is measured does not depend on how long the laptop takes for an SSH exchange.
*/
export function attend(transport: Transport, exchange: (host: string, change: 1 | -1) => void): Transport {
	const at = async <T>(host: HostAccess, work: () => Promise<T>): Promise<T> => {
		exchange(host.name, 1);
		try {
			return await work();
		} finally {
			exchange(host.name, -1);
		}
	};
	return {
		contact: (host, trusted) => at(host, () => transport.contact(host, trusted)),
		exec: (host, command, sink, cancel) => at(host, () => transport.exec(host, command, sink, cancel)),
		execLocal: (command, sink, cancel) => transport.execLocal(command, sink, cancel),
		statFile: (host, path) => at(host, () => transport.statFile(host, path)),
		putFile: (host, file, job) => at(host, () => transport.putFile(host, file, job)),
		answers: host => at(host, () => transport.answers(host)),
		close: () => transport.close(),
	};
}
