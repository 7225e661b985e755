import type {CommandIo} from '../host.js';
import {done, type Place, readWords, refuse} from './place.js';

/** `clptrnreq -t GRP_FAILOVER -r RESOURCE -h IP[,IP] [-w SECONDS]`: asks another cluster to fail over the group of a resource. */
export async function clptrnreq(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, [], ['-t', '-r', '-h', '-w', '-s']);
	const resource = words?.options.get('-r');
	const hosts = words?.options.get('-h')?.split(',') ?? [];
	if (words?.options.get('-t') !== 'GRP_FAILOVER' || resource === undefined || hosts.length === 0) {
		return refuse(io, 'Invalid option.');
	}

	for (const address of hosts) {
		const answer = place.request(address, resource);
		if (answer === 'done') {
			io.out(`GRP_FAILOVER ${address}: Success\n`);
			return 0;
		}

		io.err(`GRP_FAILOVER ${address}: ${answer}\n`);
	}

	return 1;
}

/** `clprexec --failover GROUP|--script FILE -h IP[,IP]`: asks another server. */
export async function clprexec(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, [], ['--failover', '--script', '-h', '-w', '-p', '-o']);
	const group = words?.options.get('--failover');
	const script = words?.options.get('--script');
	const hosts = words?.options.get('-h')?.split(',') ?? [];
	if (words?.rest.length !== 0 || hosts.length === 0 || (group === undefined) === (script === undefined)) {
		return refuse(io, 'Invalid option.');
	}

	for (const address of hosts) {
		if (group === undefined ? place.runScript(address, script ?? '') : place.request(address, group) === 'done') {
			return done(io);
		}
	}

	return refuse(io, 'Command failed.');
}
