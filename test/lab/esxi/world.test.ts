import {describe, expect, test} from 'vitest';
import {topologies} from '../../../src/lab/world/topologies.js';
import {Prompt} from './prompt.js';

describe('a saved world', () => {
	test.each(['bare', 'esxi-ready'])('%s comes back as it was', start => {
		const {world} = new Prompt(start);
		const saved: unknown = JSON.parse(JSON.stringify(world.toJSON()));
		expect(new Prompt(start, saved).world.toJSON()).toEqual(world.toJSON());
	});

	test.each([[{}], [{version: 2, now: 0, hosts: []}], [null]])('%j is not one', saved => {
		expect(() => new Prompt('bare', saved)).toThrow();
	});
});

describe('a person at the machines', () => {
	test('plugs cables in', () => {
		const {world, now} = new Prompt('bare');
		expect(world.look(['esxi1'], now)).toBe(
			'ESXi#1 is on; link lights: vmnic0; switches: vSwitch0; datastores: datastore1; software iSCSI: off',
		);
		expect(world.deed(['cables', 'esxi1'], now)).toBe('ESXi#1: every NIC has its cable');
		expect(world.look(['esxi1'], now)).toContain('link lights: vmnic0 vmnic1 vmnic2 vmnic3;');
		expect(world.look(['esxi2'], now)).toContain('link lights: vmnic0;');
	});

	test.each([
		[['cables'], 'There is no host without a name; there are esxi1, esxi2, ec1 and ec2'],
		[['cables', 'esxi3'], 'There is no host esxi3; there are esxi1, esxi2, ec1 and ec2'],
		[['cable', 'esxi1', 'vmnic1'], 'Write which NIC and whether the cable goes in or out: set cable esxi1 vmnic1 in'],
		[['licence', 'esxi1'], /^Nobody here can set licence; known are: set cables HOST/],
	])('cannot do %j', (words, problem) => {
		expect(topologies[0]?.checkDeed(words)).toEqual(
			problem instanceof RegExp ? expect.stringMatching(problem) : problem,
		);
		const {world, now} = new Prompt('bare');
		expect(() => world.deed(words, now)).toThrow(problem);
	});

	test('cannot plug in a NIC that is not there', () => {
		const {world, now} = new Prompt('bare');
		expect(() => world.deed(['cable', 'esxi1', 'vmnic7', 'in'], now)).toThrow('There is no vmnic7 on this host');
	});
});

test('power is told in words, also when nothing changes', () => {
	const {world, now} = new Prompt('bare');
	expect(world.power('esxi2', 'on', now)).toBe('ESXi#2 was on already');
	expect(world.power('esxi2', 'off', now)).toBe('ESXi#2 lost power');
	expect(world.power('esxi2', 'off', now)).toBe('ESXi#2 was off already');
	expect(world.look(['esxi2'], now)).toBe('ESXi#2 is off');
});

test('a change is announced, and a command that only looks is none', async () => {
	const [topology] = topologies;
	let changes = 0;
	const world = topology?.create('bare', () => {
		changes += 1;
	});
	world?.advance(topology?.epoch ?? 0);
	expect(changes).toBe(0);
	world?.power('esxi1', 'off', topology?.epoch ?? 0);
	expect(changes).toBe(1);
});
