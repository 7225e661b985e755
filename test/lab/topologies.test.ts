import {describe, expect, test} from 'vitest';
import {topologies} from '../../src/lab/world/topologies.js';

describe.each(topologies.map(topology => [topology.name, topology] as const))('the topology %s', (_, topology) => {
	test.each(topology.starts.map(start => [start]))('can start as %s, with the same hosts, and be kept', start => {
		const world = topology.create(start, () => {});

		expect(topology.hosts.map(name => world.host(name).name)).toEqual(topology.hosts);

		world.advance(topology.epoch);
		const saved = JSON.parse(JSON.stringify(world.toJSON()));

		expect(topology.restore(saved, () => {}).toJSON()).toEqual(saved);
	});

	test('has no other start', () => {
		expect(() => topology.create('nowhere', () => {})).toThrow(`${topology.name} has no state nowhere`);
	});
});
