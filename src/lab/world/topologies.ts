import type {Topology} from '../host.js';
import {checkDeed, deedsOf} from './deeds.js';
import {type SavedWorld, simulate} from './simulate.js';
import {EPOCH, hostsAt, startNames} from './vmware-host-clustering.js';

/** What a lab is started with: the name of a built-in topology, or a world that a lab file describes. Plain JSON. */
export type TopologyChoice = string | {readonly name: string; readonly world: SavedWorld};

/** Every arrangement of hosts that `lab.yaml` can name. */
export const topologies: readonly Topology[] = [
	{
		name: 'vmware-host-clustering',
		title: 'Two ESXi 7.0 hosts with four NICs each',
		starts: startNames,
		...around({hosts: hostsAt('bare')}),
		create(start, changed) {
			const known = startNames.find(name => name === start);
			if (!known) {
				throw new RangeError(`vmware-host-clustering has no state ${start}`);
			}

			return simulate({version: 1, now: EPOCH, hosts: hostsAt(known)}, changed);
		},
	},
];

/** The topology that was chosen; undefined: there is none of that name. */
export function topologyOf(choice: TopologyChoice): Topology | undefined {
	if (typeof choice === 'string') {
		return topologies.find(({name}) => name === choice);
	}

	const {name, world} = choice;
	return {
		name,
		title: `The hosts of ${name}`,
		starts: ['described'],
		...around(world),
		create: (_, changed) => simulate(world, changed),
	};
}

function around(world: Pick<SavedWorld, 'hosts' | 'parts'>): Omit<Topology, 'name' | 'title' | 'starts' | 'create'> {
	return {
		hosts: world.hosts.map(({name}) => name),
		epoch: EPOCH,
		deeds: deedsOf(world),
		checkDeed: words => checkDeed(words, world),
		restore: (saved, changed) => simulate(saved, changed),
	};
}
