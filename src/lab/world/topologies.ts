import {problemList} from '../../runbook/problem-list.js';
import {readYaml} from '../../runbook/yaml.js';
import type {Topology} from '../host.js';
import {readWorld} from '../read-topology.js';
import {expressclusterVsphere4} from '../topologies/expresscluster-vsphere4.js';
import {hypervLiveMigration} from '../topologies/hyperv-live-migration.js';
import type {NamedTopology} from '../topologies/topology.js';
import {vmwareHostClustering} from '../topologies/vmware-host-clustering.js';
import {vsphereHa} from '../topologies/vsphere-ha.js';
import {checkDeed, deedsOf} from './deeds.js';
import {kindOf} from './kinds.js';
import {type SavedWorld, simulate} from './simulate.js';
import {EPOCH} from './vmware-host-clustering.js';

/** What a lab is started with: the name of a built-in topology, or a world that a lab file describes. Plain JSON. */
export type TopologyChoice = string | {readonly name: string; readonly world: SavedWorld};

/** Every arrangement of hosts that `lab.yaml` can name. */
export const topologies: readonly Topology[] = [
	vmwareHostClustering,
	hypervLiveMigration,
	expressclusterVsphere4,
	vsphereHa,
].map(named);

/** The topology that was chosen; undefined: there is none of that name. */
export function topologyOf(choice: TopologyChoice): Topology | undefined {
	if (typeof choice === 'string') {
		return topologies.find(({name}) => name === choice);
	}

	const {name, world} = choice;
	return topologyWith(name, `The hosts of ${name}`, ['described'], () => world);
}

function named({name, title, starts}: NamedTopology): Topology {
	const [first = '', ...others] = Object.keys(starts);
	const worlds = new Map<string, SavedWorld>();
	return topologyWith(name, title, [first, ...others], start => {
		if (!Object.hasOwn(starts, start)) {
			throw new RangeError(`${name} has no state ${start}`);
		}

		// Read only when it is asked for: most runs want one of them, or none
		const world = worlds.get(start) ?? describedWorld(`${name} ${start}`, starts[start] ?? '');
		worlds.set(start, world);
		return world;
	});
}

function topologyWith(
	name: string,
	title: string,
	starts: Topology['starts'],
	worldAt: (start: string) => SavedWorld,
): Topology {
	const first = () => worldAt(starts[0]);
	return {
		name,
		title,
		starts,
		get hosts() {
			return first().hosts.map(({name}) => name);
		},
		platformOf: host => {
			const kind = kindOf(first().hosts.find(({name: each}) => each === host)?.kind ?? '');
			if (kind === undefined) {
				throw new RangeError(`${name} has no host ${host}`);
			}

			return kind.platform;
		},
		epoch: EPOCH,
		get deeds() {
			return deedsOf(first());
		},
		checkDeed: words => checkDeed(words, first()),
		create: (start, changed) => simulate(worldAt(start), changed),
		restore: (saved, changed) => simulate(saved, changed),
	};
}

/** Throws an Error with every problem of the text, which is our bug. */
function describedWorld(what: string, yaml: string): SavedWorld {
	const problems = problemList(what);
	const node = readYaml(yaml, 1, yaml.length, problems);
	const world = node && readWorld(node, problems);
	const found = problems.all();
	if (world === undefined || found.length > 0) {
		throw new Error(`${what}: ${found.map(({at, message}) => `line ${at.line}: ${message}`).join('; ')}`);
	}

	return world;
}
