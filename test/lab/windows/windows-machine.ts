import type {Topology} from '../../../src/lab/host.js';
import {readLab} from '../../../src/lab/read-lab.js';
import {topologyOf} from '../../../src/lab/world/topologies.js';
import {type LoneMachine, loneMachine} from '../lone-machine.js';

/** What `lab.yaml` may say of the one Windows host: `encoding: shift_jis`. */
export type Description = Readonly<Record<string, string>>;

/** A machine room of one Windows host, `hv1`, as `lab.yaml` describes it, and a name that answers packets. */
export function windowsTopology(description: Description = {}): Topology {
	const words = {platform: 'windows', address: '172.31.255.21', hostname: 'WS2019-Host-1', ...description};
	const lines = Object.entries(words).map(([key, value]) => `      ${key}: ${value}\n`);
	const {lab, problems} = readLab('lab.yaml', `topology:\n  hosts:\n    hv1:\n${lines.join('')}`);
	const topology = lab && topologyOf(lab.topology);
	if (topology === undefined || problems.length > 0) {
		throw new Error(problems.map(({message}) => message).join('\n'));
	}

	return topology;
}

/** The host without servers around it, and a way to run PowerShell on it as an SSH client would. */
export type WindowsMachine = LoneMachine & {
	/** The script as an encoded command; `out` and `err` as they come, CRLF and all. */
	powershell(script: string, stdin?: string): ReturnType<LoneMachine['run']>;
};

export async function windowsMachine(description: Description = {}): Promise<WindowsMachine> {
	const lone = await loneMachine(windowsTopology(description), 'hv1');
	const run: LoneMachine['run'] = (command, stdin) => lone.run(command, stdin, 'Administrator');
	return {
		...lone,
		run,
		powershell: (script, stdin) =>
			run(`powershell -NonInteractive -EncodedCommand ${Buffer.from(script, 'utf16le').toString('base64')}`, stdin),
	};
}
