import type {ListenOptions, Server} from 'node:net';

/** Lets the server listen there; false: somebody does already. Rejects for every other reason. */
export function couldListen(server: Server, place: ListenOptions): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const failed = (error: NodeJS.ErrnoException) => {
			server.off('listening', done);
			if (error.code === 'EADDRINUSE') {
				resolve(false);
			} else {
				reject(error);
			}
		};
		const done = () => {
			server.off('error', failed);
			resolve(true);
		};
		server.once('error', failed).once('listening', done).listen(place);
	});
}
