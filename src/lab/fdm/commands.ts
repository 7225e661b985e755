import type {LabCommand} from '../host.js';
import {agentOf, type HaCluster} from './cluster.js';
import {type HostFacts, type Listing, xmlOf} from './files.js';

/** The program of the agent. */
export const AGENT = '/opt/vmware/fdm/fdm/fdm';

/** The cluster as the commands of one host meet it. */
export type AgentControl = {
	readonly host: string;
	cluster(): HaCluster;
	hosts(): readonly HostFacts[];
	/** By hand: then no watchdog starts it again. */
	stop(): void;
	start(now: number): void;
};

/** What an agent brings to its host. The words of `vmware-fdm` are confirmed by nobody. */
export function agentCommands(control: AgentControl): readonly LabCommand[] {
	return [
		initScript(control),
		{
			name: '/opt/vmware/fdm/fdm/prettyPrint.sh',
			async run([what = ''], io) {
				await io.sleep(200);
				if (!isListing(what)) {
					io.err('Usage: prettyPrint.sh hostlist|clusterconfig|compatlist|vmmetadata\n');
					return 1;
				}

				io.out(`/etc/opt/vmware/fdm/${what}:\n${xmlOf(what, control.cluster(), control.hosts())}`);
				return 0;
			},
		},
		{
			// It works as long as it lives; what it does, the room knows
			name: AGENT,
			async run(_, io) {
				await io.sleep(Number.POSITIVE_INFINITY);
				return 0;
			},
		},
	];
}

function isListing(word: string): word is Listing {
	return ['hostlist', 'clusterconfig', 'compatlist', 'vmmetadata'].includes(word);
}

function initScript(control: AgentControl): LabCommand {
	const runs = () => agentOf(control.cluster(), control.host).process.kind !== 'stopped';
	return {
		name: '/etc/init.d/vmware-fdm',
		async run([verb = ''], io) {
			if (verb === 'status') {
				io.out(runs() ? 'vmware-fdm is running\n' : 'vmware-fdm is not running\n');
				return runs() ? 0 : 3;
			}

			if (!['start', 'stop', 'restart'].includes(verb)) {
				io.out('Usage: vmware-fdm {start|stop|status|restart}\n');
				return 1;
			}

			if (verb !== 'start' && runs()) {
				await io.sleep(1_000);
				control.stop();
				io.out('vmware-fdm stopped\n');
			}

			if (verb !== 'stop' && !runs()) {
				await io.sleep(1_000);
				control.start(io.now());
				io.out('vmware-fdm started\n');
			}

			return 0;
		},
	};
}
