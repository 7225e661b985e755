import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook, root} from '../cli/fieldbook.js';

const folder = join(root, 'runbooks/hyperv-live-migration');

type Shown = {
	readonly tests: ReadonlyArray<{readonly id: string; readonly verdict: string}>;
	readonly measurements: ReadonlyArray<{readonly name: string; readonly seconds: number | null}>;
};

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

describe('runbooks/hyperv-live-migration', () => {
	test.for([
		'hosts.md',
		'wsfc.md',
		'ec-vms.md',
		'storage.md',
		'protected-vm.md',
		'ssh-keys.md',
		'ec-resources.md',
		'tests.md',
		'all.md',
	])('%s is checked without a warning', async page => {
		const {status, out} = await fieldbook.run('check', join(folder, page), '--json');
		expect(JSON.parse(out)).toEqual([]);
		expect(status).toBe(0);
	});
});

describe('all.md, from bare hosts', () => {
	/** Seconds at least and at most. Source: the notes on the domain, 4.2, and the limits of tests.md. */
	const ranges: Readonly<Record<string, readonly [number, number]>> = {
		'move-1-outage': [5, 60],
		'move-1-moved': [20, 300],
		'move-2-outage': [5, 60],
		'move-2-moved': [20, 300],
		'stop-start-started': [20, 300],
		'stop-start-started-elsewhere': [20, 300],
		'power-1-outage': [60, 300],
		'power-1-takeover': [45, 90],
		'power-1-failover': [60, 300],
		'power-1-rejoined': [20, 600],
		'power-1-mirror-recovery': [120, 1800],
		'power-2-outage': [60, 300],
		'power-2-takeover': [45, 90],
		'power-2-failover': [60, 300],
		'power-2-rejoined': [20, 600],
		'power-2-mirror-recovery': [120, 1800],
		'power-3-cluster-back': [20, 600],
		'power-3-vm-back': [60, 900],
		'power-3-mirror-recovery': [60, 1800],
		'ec-shutdown-outage': [5, 300],
		'ec-shutdown-failover': [20, 300],
		'ec-shutdown-restarted': [60, 600],
		'ec-shutdown-mirror-recovery': [120, 1800],
		'np-2-outage': [0, 10],
		'np-2-noticed': [45, 90],
		'np-2-rejoined': [30, 600],
		'np-2-mirror-recovery': [120, 1800],
		'np-3-outage': [60, 300],
		'np-3-takeover': [45, 90],
		'np-3-failover': [60, 300],
		'np-3-rejoined': [30, 600],
		'np-3-mirror-recovery': [120, 1800],
	};
	const tests = [
		'move-1',
		'move-2',
		'stop-start',
		'power-1',
		'power-2',
		'power-3',
		'ec-shutdown',
		'np-1',
		'np-2',
		'np-3',
	];

	test('ends with 0; each test has passed, and each time is in its range', async () => {
		const file = join(fieldbook.folder, 'all.fieldbook');
		const words = ['--plain', '--yes', '--speed', '1000', '--run-file', file];
		const {status} = await fieldbook.run('rehearse', join(folder, 'all.md'), ...words);
		const shown: Shown = JSON.parse((await fieldbook.run('show', file, '--json')).out);

		expect(shown.tests.map(({id, verdict}) => [id, verdict])).toEqual(tests.map(id => [`tests/${id}`, 'passed']));
		const seconds = new Map(shown.measurements.map(each => [each.name.replace(/^tests\//, ''), each.seconds]));
		expect([...seconds.keys()].sort()).toEqual(Object.keys(ranges).sort());
		expect(
			Object.entries(ranges).filter(([name, [least, most]]) => {
				const took = Number(seconds.get(name));
				return !(took >= least && took <= most);
			}),
		).toEqual([]);
		expect(status).toBe(0);
	}, 900_000);
});

test('ec-vms.md alone begins where hosts.md and wsfc.md end', async () => {
	const {status} = await fieldbook.run('rehearse', join(folder, 'ec-vms.md'), '--plain', '--yes', '--speed', '1000');
	expect(status).toBe(0);
}, 400_000);
