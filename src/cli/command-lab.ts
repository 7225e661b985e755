import {once} from 'node:events';
import {openLab, stopLabs} from '../lab/start.js';
import {topologies} from '../lab/world/topologies.js';
import {UserError} from '../text/user-error.js';
import {say} from './output.js';
import {stateFolder} from './places.js';

/** `fieldbook lab [TOPOLOGY|stop]`: the hosts answer until Ctrl-C; then the lab ends with us. */
export async function lab(
	what: string | undefined,
	{start, speed}: {readonly start: string | undefined; readonly speed: number | undefined},
): Promise<number> {
	const stateDir = stateFolder(process.env);
	if (what === 'stop') {
		const stopped = await stopLabs(stateDir);
		await say(stopped.length === 0 ? 'No lab is running.' : `Ended: ${stopped.join(', ')}`);
		return 0;
	}

	const topology = topologies.find(({name}) => name === (what ?? topologies[0]?.name));
	if (topology === undefined) {
		throw new UserError(
			'unknown-topology',
			`There is no topology ${what}.`,
			`There are: ${topologies.map(({name}) => name).join(', ')}.`,
			2,
		);
	}

	const begin = start ?? topology.starts[0];
	if (!topology.starts.includes(begin)) {
		throw new UserError(
			'unknown-state',
			`${topology.name} does not start ${begin}.`,
			`It starts: ${topology.starts.join(', ')}.`,
			2,
		);
	}

	const running = await openLab({
		stateDir,
		runId: `lab-${topology.name}`,
		topology: topology.name,
		start: begin,
		hands: {},
		speed: speed ?? 1,
		runsIdle: true,
	});
	await say(`${topology.title}, as ${begin}. World: ${running.worldFile}`);
	for (const [name, {address, port, user, password}] of Object.entries(running.hosts)) {
		await say(
			`  ${name}: ssh -p ${port} -o UserKnownHostsFile=${running.knownHostsFile} ${user}@${address}    password: ${password}`,
		);
	}

	await say('Ctrl-C ends it.');
	await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
	await running.stop();
	return 0;
}
