import type {Duplex} from 'node:stream';

/**
True if an SSH server greets us on this connection within `patienceMs`; the connection is then given up. A port that
merely opens is not enough: some answer before sshd runs.
*/
export function answers(connection: Duplex, patienceMs: number): Promise<boolean> {
	return new Promise(resolve => {
		let heard = '';
		const settle = (isThere: boolean) => {
			clearTimeout(timer);
			connection.destroy();
			resolve(isThere);
		};
		const timer = setTimeout(() => settle(false), patienceMs);
		connection.on('error', () => settle(false));
		connection.on('close', () => settle(false));
		connection.on('data', (bytes: Buffer) => {
			heard = (heard + bytes.toString('latin1')).slice(0, 4096); // Other lines may come before the version
			if (/^SSH-/m.test(heard)) {
				settle(true);
			}
		});
	});
}
