import {connect} from 'node:net';

/** True if an SSH server greets us within `patienceMs`. A port that merely opens is not enough: some answer before sshd runs. */
export function answers(address: string, port: number, patienceMs: number): Promise<boolean> {
	return new Promise(resolve => {
		const socket = connect({host: address, port});
		let heard = '';
		const settle = (isThere: boolean) => {
			clearTimeout(timer);
			socket.destroy();
			resolve(isThere);
		};
		const timer = setTimeout(() => settle(false), patienceMs);
		socket.on('error', () => settle(false));
		socket.on('close', () => settle(false));
		socket.on('data', bytes => {
			heard = (heard + bytes.toString('latin1')).slice(0, 4096); // Other lines may come before the version
			if (/^SSH-/m.test(heard)) {
				settle(true);
			}
		});
	});
}
