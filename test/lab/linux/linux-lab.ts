import type {Topology} from '../../../src/lab/host.js';
import {readLab} from '../../../src/lab/read-lab.js';
import type {RoomOptions} from '../../../src/lab/room.js';
import {topologyOf} from '../../../src/lab/world/topologies.js';
import {begin, command, execOn, type Result} from '../../transport/parts.js';
import {type OpenRoom, openRoom} from '../open-room.js';

/** The topology that this `lab.yaml` describes. Throws if there is anything wrong with it. */
export function topologyIn(yaml: string): Topology {
	const {lab, problems} = readLab('lab.yaml', yaml);
	const topology = lab && topologyOf(lab.topology);
	if (topology === undefined || problems.length > 0) {
		throw new Error(JSON.stringify(problems));
	}

	return topology;
}

/** The hosts of a `lab.yaml` with their servers in the process of the test. */
export function openLinux(yaml: string, changes: Partial<RoomOptions> = {}): Promise<OpenRoom> {
	const topology = changes.topology ?? topologyIn(yaml);
	return openRoom({from: {kind: 'start', start: topology.starts[0]}, ...changes, topology});
}

/** What a script printed and how it ended, on one host of a room. */
export async function run(
	room: OpenRoom,
	host: string,
	script: string,
	options: {readonly as?: string; readonly sudo?: boolean} = {},
): Promise<Result & {readonly code: number | undefined}> {
	const {as, sudo = false} = options;
	const result = await begin(
		execOn(room.transport, room.host(host, {sudo})),
		command(script, as === undefined ? {} : {as}),
	).result;
	return {...result, code: result.outcome.kind === 'exited' ? result.outcome.code : undefined};
}
