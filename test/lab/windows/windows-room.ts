import type {SimulatedWorld} from '../../../src/lab/host.js';
import {readLab} from '../../../src/lab/read-lab.js';
import {topologyOf} from '../../../src/lab/world/topologies.js';
import type {WorldClock} from '../../../src/lab/world-clock.js';
import {withoutClixml} from '../../../src/text/clixml.js';
import {type Ran, startMachines} from '../machines.js';

/** The hosts of a lab file without servers around them. What they print has plain line ends. */
export type WindowsRoom = {
	readonly world: SimulatedWorld;
	readonly clock: WorldClock;
	/** Runs PowerShell on a Windows host, as an encoded command. */
	powershell(host: string, script: string): Promise<Ran>;
	/** Runs it in the login shell. */
	run(host: string, command: string, user?: string): Promise<Ran>;
	/** > | power off hv1      > | set cable hv1 mirror out */
	hand(words: string): string;
	pass(seconds: number): Promise<void>;
	stop(): void;
};

/** `topology`: what stands below `topology:` of a lab file. */
export async function windowsRoom(topology: string): Promise<WindowsRoom> {
	const indented = topology.replaceAll(/^/gm, '  ');
	const {lab, problems} = readLab('lab.yaml', `topology:\n${indented}\n`);
	const found = lab && topologyOf(lab.topology);
	if (found === undefined || problems.length > 0) {
		throw new Error(problems.map(({message, help}) => `${message} ${help ?? ''}`).join('\n'));
	}

	const {world, clock, advance, run: login, stop} = await startMachines(found);
	const run = async (host: string, command: string, user = 'Administrator'): Promise<Ran> => {
		const {out, err, status} = await login(host, command, '', user);
		return {out: out.replaceAll('\r\n', '\n'), err: withoutClixml(err.replaceAll('\r\n', '\n')), status};
	};
	return {
		world,
		clock,
		run,
		powershell: (host, script) =>
			run(host, `powershell -NonInteractive -EncodedCommand ${Buffer.from(script, 'utf16le').toString('base64')}`),
		hand(words) {
			advance();
			const [verb, ...rest] = words.split(' ');
			const now = clock.now();
			const said =
				verb === 'power'
					? world.power(rest[1] ?? '', rest[0] === 'on' ? 'on' : 'off', now)
					: verb === 'look'
						? world.look(rest, now)
						: world.deed(rest, now);
			clock.expect(world.nextChange());
			return said;
		},
		pass: seconds => clock.sleep(seconds * 1000),
		stop,
	};
}
