import type {Factor} from './cluster.js';
import type {ResourceConf, TypedConf} from './configuration.js';
import type {Turn} from './turn.js';

/** Where EXPRESSCLUSTER has its things on a server. */
export const CLUSTERPRO = '/opt/nec/clusterpro';
const VERSION = '4.3.0-1';

type Script = {readonly command: string; readonly env: Readonly<Record<string, string>>};

/** What a server runs to activate or deactivate a resource; undefined: nothing. A stop script that is not there has nothing to do. */
export function scriptOf(
	turn: Turn,
	server: string,
	group: string,
	resource: ResourceConf,
	doing: 'start' | 'stop',
	factor: Factor,
): Script | undefined {
	const path = resource.tags[doing === 'start' ? 'parameters/act/path' : 'parameters/deact/path'];
	if (resource.type !== 'exec' || path === undefined) {
		return undefined;
	}

	const file = inFolder(`${group}/${resource.name}`, path);
	return {
		command: logged(file, resource, doing === 'start' ? 127 : 0),
		env: {
			...environment(turn, server),
			CLP_EVENT: doing === 'start' && factor === 'GROUPFAILOVER' ? 'FAILOVER' : 'START',
			CLP_FACTOR: factor,
			CLP_GROUPNAME: group,
			CLP_RESOURCENAME: resource.name,
			CLP_SERVER: turn.servers[0] === server ? 'HOME' : 'OTHER',
			CLP_DISK: 'SUCCESS',
		},
	};
}

/** What a custom monitor runs; undefined: its configuration names no script. */
export function monitorScript(turn: Turn, server: string, monitor: TypedConf): Script | undefined {
	const path = monitor.tags['parameters/path'];
	return path === undefined
		? undefined
		: {
				command: logged(inFolder(`monitor.s/${monitor.name}`, path), monitor, 127),
				env: {...environment(turn, server), CLP_RESOURCENAME: monitor.name},
			};
}

function environment(turn: Turn, server: string): Readonly<Record<string, string>> {
	const priority = turn.servers.indexOf(server) + 1;
	return {
		CLP_CLUSTERNAME: turn.configuration.name,
		CLP_OSNAME: 'Linux',
		CLP_PATH: CLUSTERPRO,
		CLP_PRIORITY: String(priority),
		CLP_SERVERNAME: server,
		CLP_VERSION_FULL: VERSION,
		CLP_VERSION_MAJOR: VERSION.split('.')[0] ?? '',
	};
}

/** An absolute path is the person's own; others lie where uploads bring them. */
function inFolder(folder: string, path: string): string {
	return path.startsWith('/') ? path : `${CLUSTERPRO}/scripts/${folder}/${path}`;
}

function logged(file: string, {tags}: TypedConf, ifMissing: number): string {
	const log = tags['parameters/userlog'];
	const run = `test -e ${file} || exit ${ifMissing}; exec ${file}`;
	return log === undefined ? `${run} >/dev/null 2>&1` : `mkdir -p ${log.replace(/\/[^/]*$/, '')}; ${run} >>${log} 2>&1`;
}
