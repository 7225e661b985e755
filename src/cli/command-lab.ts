import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {resolve} from 'node:path';
import type {Topology} from '../lab/host.js';
import {actInLab, hostsOfLab, type Lab, openLab, stopLabs, waitInLab} from '../lab/start.js';
import {type TopologyChoice, topologies, topologyOf} from '../lab/world/topologies.js';
import {durationMs} from '../runbook/duration.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {readLabFile} from './lab-options.js';
import {say} from './output.js';
import {stateFolder, worldFileOf} from './places.js';
import type {LabCommandOptions} from './program.js';
import {findRunFile} from './run-list.js';

/**
`fieldbook lab [TOPOLOGY|FILE|stop]`: the hosts answer until Ctrl-C; then the lab ends with us. `fieldbook lab do …`: a deed in the
lab of a rehearsal that is under way; `fieldbook lab hosts`: how to log in to its hosts meanwhile.
*/
export async function lab(
	what: string | undefined,
	deed: readonly string[],
	{start, speed, run}: LabCommandOptions,
): Promise<number> {
	const stateDir = stateFolder(process.env);
	const world = run && worldFileOf(resolve(findRunFile(run, process.env)));
	if (what === 'do') {
		await say(deed[0] === 'wait' ? await wait(stateDir, world, deed) : await actInLab(stateDir, world, deed));
		return 0;
	}

	if (deed.length > 0) {
		throw new UserError(
			'usage',
			`A topology is one word, and not ${sanitiseLine(deed.join(' '))} too.`,
			'A deed in a living lab begins with `do`: fieldbook lab do power off esxi1.',
			2,
		);
	}

	if (what === 'hosts') {
		await sayHosts(await hostsOfLab(stateDir, world));
		return 0;
	}

	if (what === 'stop') {
		const stopped = await stopLabs(stateDir);
		await say(stopped.length === 0 ? 'No lab is running.' : `Ended: ${stopped.join(', ')}`);
		return 0;
	}

	const {choice, topology, runId, ...chosen} = choose(what);
	const begin = start ?? chosen.start ?? topology.starts[0];
	if (!topology.starts.includes(begin)) {
		throw new UserError(
			'unknown-state',
			`${topology.name} does not start as ${sanitiseLine(begin)}.`,
			`It starts as ${topology.starts.join(', ')}.`,
			2,
		);
	}

	const running = await openLab({
		stateDir,
		runId,
		topology: choice,
		start: begin,
		hands: {},
		speed: speed ?? 1,
		runsIdle: true,
	});
	await say(`${topology.title}, as ${begin}. World: ${running.worldFile}`);
	const others = topology.starts.filter(each => each !== begin);
	if (others.length > 0) {
		await say(`It also starts as ${others.join(', ')}: --start ${others[0]}`);
	}

	await sayHosts(running);
	// Whoever reads that line may press it at once
	const isTold = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
	await say('Ctrl-C ends it.');
	await isTold;
	await running.stop();
	return 0;
}

/** > | wait 5m */
async function wait(
	stateDir: string,
	world: string | undefined,
	[, duration = '', ...more]: readonly string[],
): Promise<string> {
	const ms = more.length === 0 ? durationMs(duration) : undefined;
	if (ms === undefined) {
		throw new UserError('usage', 'That is not how long to wait.', 'Write for example: fieldbook lab do wait 5m.', 2);
	}

	const now = await waitInLab(stateDir, world, ms);
	return `It is ${new Date(now).toISOString().slice(11, 19)} UTC there.`;
}

async function sayHosts({hosts, knownHostsFile}: Pick<Lab, 'hosts' | 'knownHostsFile'>): Promise<void> {
	for (const [name, {address, port, user, password}] of Object.entries(hosts)) {
		await say(
			`  ${name}: ssh -p ${port} -o UserKnownHostsFile=${knownHostsFile} ${user}@${address}    password: ${password}`,
		);
	}
}

type Choice = {
	readonly choice: TopologyChoice;
	readonly topology: Topology;
	readonly runId: string;
	/** The state that a lab file begins with. */
	readonly start?: string;
};

/** A topology by its name, or the one of a lab file. */
function choose(what: string = topologies[0]?.name ?? ''): Choice {
	const choice = what.endsWith('.yaml') ? readLabFile(what) : {topology: what};
	const topology = topologyOf(choice.topology);
	if (topology === undefined) {
		throw new UserError(
			'unknown-topology',
			`There is no topology ${sanitiseLine(what)}.`,
			`Name a lab.yaml, or one of these:\n${topologies.map(({name, starts}) => `  ${name}, which starts as ${starts.join(', ')}`).join('\n')}`,
			2,
		);
	}

	const {topology: chosen, ...rest} = choice;
	// Another file is another lab, whatever it is called
	const runId =
		what === topology.name
			? `lab-${what}`
			: `lab-${createHash('sha256').update(resolve(what)).digest('hex').slice(0, 12)}`;
	return {choice: chosen, topology, runId, ...('start' in rest ? {start: rest.start} : {})};
}
