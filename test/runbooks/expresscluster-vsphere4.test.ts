import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook, root} from '../cli/fieldbook.js';

const folder = join(root, 'runbooks/expresscluster-vsphere4');
const pages = readdirSync(folder).filter(name => name.endsWith('.md') && name !== 'README.md');

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

describe('runbooks/expresscluster-vsphere4', () => {
	test('all of its pages and the one that includes them are checked without a warning', async () => {
		const {status, out} = await fieldbook.run('check', ...pages.map(page => join(folder, page)), '--json');

		expect(pages.length).toBeGreaterThan(6);
		expect(JSON.parse(out)).toEqual([]);
		expect(status).toBe(0);
	});

	test('each script is linked from a page', () => {
		const text = pages.map(page => readFileSync(join(folder, page), 'utf8')).join('');
		const scripts = readdirSync(join(folder, 'scripts'), {recursive: true, encoding: 'utf8'}).filter(name =>
			name.includes('.'),
		);

		expect(scripts.filter(name => !text.includes(`(scripts/${name})`))).toEqual([]);
	});
});

/** The tests of a rehearsal that have passed, in their order. */
function passedIn(out: string): readonly string[] {
	return [...out.matchAll(/ ([a-z\d/-]+) +the test has passed/g)].map(([, name = '']) => name);
}

/** Seconds that each measure of a rehearsal took, by its name. */
function measuresIn(out: string): Readonly<Record<string, number>> {
	const units = {s: 1, min: 60};
	return Object.fromEntries(
		[...out.matchAll(/(?:[a-z-]+\/)?([a-z-]+) ([\d.]+) (s|min), limit [^:]+: pass/g)].map(
			([, name = '', count, unit]) => [name, Number(count) * units[unit === 'min' ? 'min' : 's']],
		),
	);
}

/**
Seconds that each measure of all.md may have. A dead server is noticed after the heartbeat time-out of 90 s, and its group starts
5 to 15 s later (the notes on the domain, 4.2); a start script waits 112 s, a stop script 500 s (1.5); VMware HA 4 restarts at 15 s
(5.3). Looking every 2 or 5 s adds to each.
*/
const ranges: Readonly<Record<string, readonly [number, number]>> = {
	resume: [0, 60],
	activation: [1, 122],
	'outage-of-move': [1, 612],
	// The monitor looks every 30 s and believes a dead guest at its second look
	'monitor-failover': [30, 240],
	failover: [90, 120],
	outage: [95, 240],
	'cluster-start': [1, 180],
	'failover-by-request': [0, 600],
	'guest-start': [1, 120],
	'guest-move': [1, 60],
	'guest-failover': [90, 120],
	'mixed-start': [1, 120],
	'mixed-move': [1, 60],
	'mixed-failover': [90, 120],
	'ha-restart': [15, 20],
	'ha-outage': [45, 180],
	// The lock of a guest that shuts down costs the first attempt, and the next one comes two minutes later
	'ha-isolation-restart': [135, 140],
	'ha-isolation-outage': [165, 600],
	// Two looks of diskw, 30 s apart, the shutdown of the host, and 15 s
	'ha-disk-restart': [45, 120],
};

test('all.md leads from bare hosts to four clusters whose tests have passed, in the times of the product', async () => {
	const {status, out} = await fieldbook.run('rehearse', join(folder, 'all.md'), '--plain', '--yes', '--speed', '120');

	expect(out).not.toMatch(/✘ [a-z-]+\//);
	expect(status).toBe(0);
	expect(passedIn(out)).toEqual([
		...['resume', 'activate', 'move', 'shutdown', 'guest-down', 'power', 'cluster-restart'].map(
			name => `inter-host-tests/${name}`,
		),
		'guest-to-host/request',
		...['start', 'move', 'shutdown', 'power'].map(name => `inter-guest/guest-${name}`),
		...['start', 'move', 'shutdown', 'power'].map(name => `physical-to-virtual/mixed-${name}`),
		'vmware-ha/ha-power',
		'vmware-ha/ha-isolation',
		'vmware-ha/ha-disk',
	]);

	const measures = measuresIn(out);
	expect(Object.keys(measures).sort()).toEqual(Object.keys(ranges).sort());
	const outside = Object.entries(ranges).filter(([name, [least, most]]) => {
		const seconds = measures[name] ?? -1;
		return seconds < least || seconds > most;
	});
	expect(outside.map(([name]) => [name, measures[name]])).toEqual([]);
}, 900_000);

test('modern.md leads two servers in VMs on ESXi to a cluster that moves, watches and saves a machine with vim-cmd', async () => {
	const {status, out} = await fieldbook.run(
		'rehearse',
		join(folder, 'modern.md'),
		'--plain',
		'--yes',
		'--speed',
		'120',
	);

	expect(status).toBe(0);
	expect(passedIn(out)).toEqual(['esxi-move', 'esxi-guest-down', 'esxi-power']);
	const measures = measuresIn(out);
	expect(measures['esxi-failover']).toBeGreaterThanOrEqual(90);
	expect(measures['esxi-failover']).toBeLessThan(120);
	expect(measures['esxi-monitor-failover']).toBeGreaterThanOrEqual(30);
	// The lock of the dead host is taken over first
	expect(measures['esxi-outage']).toBeGreaterThan(110);
}, 400_000);

describe('a disk that two servers share', () => {
	const rehearse = (page: string, ...words: readonly string[]) =>
		fieldbook.run('rehearse', join(folder, page), '--plain', '--yes', '--speed', '120', ...words);

	test('serves two guests, whose bus is shared', async () => {
		const {status, out} = await rehearse('inter-guest.md', '--set', 'guest_disks=shared');

		expect(status).toBe(0);
		expect(out).toMatch(/✔ cluster-disk esx3 /);
		expect(passedIn(out)).toEqual(['start', 'move', 'shutdown', 'power'].map(name => `guest-${name}`));
	}, 400_000);

	test('cannot be shared by guests on two hosts over a virtual bus', async () => {
		const {status, out} = await rehearse(
			'inter-guest.md',
			'--set',
			'guest_disks=shared',
			'--set',
			'bus_sharing=virtual',
		);

		expect(status).toBe(1);
		expect(out).toMatch(/✘ bus esx3 /);
		expect(out).not.toContain('cluster-disk');
	}, 100_000);

	test('is a raw device for a physical server and a guest', async () => {
		const {status, out} = await rehearse('physical-to-virtual.md', '--set', 'mixed_disks=shared');

		expect(status).toBe(0);
		expect(out).toMatch(/✔ mixed-lun esx4 /);
		expect(passedIn(out)).toEqual(['start', 'move', 'shutdown', 'power'].map(name => `mixed-${name}`));
	}, 400_000);
});
