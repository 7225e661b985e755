import {cpSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {vsphereHa} from '../../src/lab/topologies/vsphere-ha.js';
import {Fieldbook, root} from '../cli/fieldbook.js';

const fieldbook = new Fieldbook();
afterAll(() => fieldbook.remove());

type Shown = {
	readonly status: string;
	readonly steps: ReadonlyArray<{readonly id: string; readonly host: string; readonly state: string}>;
	readonly measurements: ReadonlyArray<{readonly name: string; readonly seconds: number | null}>;
};

/** Seconds that each measure may have: the times of the notes on the domain, 5.3 and 5.4, and what looking once a second adds. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
	't1-host-down': [17, 20],
	't1-vm-runs': [17, 180],
	't2-new-master': [24, 28],
	't2-vm-runs': [34, 180],
	't3-isolated': [29, 33],
	't3-vm-runs': [59, 180],
	't3b-isolated': [29, 33],
	't3c-isolated': [29, 33],
	't3c-vm-runs': [89, 480],
	't4-isolated': [4, 8],
	't4-new-master': [24, 28],
	't4-vm-runs': [34, 180],
	't5-first-side': [0, 28],
	't5-other-side': [0, 28],
	't5-healed': [0, 30],
	't6-host-down': [17, 20],
	't6-vm-runs': [17, 180],
	't7-vm-runs': [0, 60],
	't7b-guest-answers': [119, 300],
	// Three seconds of silence, ten until it is unreachable; it still answers a ping
	't8-agent-down': [10, 30],
	't8b-agent-back': [0, 60],
	't9-vm-runs': [17, 180],
	't10-vm-runs': [840, 900],
	't11-all-run': [17, 300],
	't12-vm-runs': [319, 360],
	't12b-vm-runs': [0, 180],
};

test('all.md: the cluster is read, then every test of it passes, each within its times', {
	timeout: 900_000,
}, async () => {
	const file = join(fieldbook.folder, 'ha.fieldbook');
	const book = join(root, 'runbooks/vsphere-ha/all.md');
	const {status, err} = await fieldbook.run('rehearse', book, '--plain', '--yes', '--run-file', file);
	expect(err).toBe('');
	expect(status).toBe(0);

	const shown: Shown = JSON.parse((await fieldbook.run('show', file, '--json')).out);
	expect(shown.status).toBe('finished');
	expect(shown.steps.filter(({state}) => !['done', 'satisfied', 'skipped'].includes(state))).toEqual([]);
	// On hosts that the step is not for, there is none
	const measured = new Map(
		shown.measurements.flatMap(({name, seconds}) =>
			seconds === null ? [] : [[name.replace(/^tests\//, ''), seconds]],
		),
	);
	expect([...measured.keys()].sort()).toEqual(Object.keys(ranges).sort());
	const outside = Object.entries(ranges).filter(([name, [least, most]]) => {
		const seconds = measured.get(name) ?? -1;
		return seconds < least || seconds > most;
	});
	expect(outside.map(([name]) => [name, measured.get(name)])).toEqual([]);
});

test('checks.md finds a healthy cluster on hosts of ESXi 6.7 and 8.0 too', async () => {
	const book = join(fieldbook.folder, 'versions');
	cpSync(join(root, 'runbooks/vsphere-ha'), book, {recursive: true});
	const versions = ['6.7', '8.0', '6.7', '8.0'].values();
	const world = (vsphereHa.starts['healthy'] ?? '')
		.replaceAll('platform: esxi,', () => `platform: esxi, version: ${versions.next().value},`)
		.replaceAll(/^(?=.)/gm, '  ');
	const lab = readFileSync(join(book, 'lab.yaml'), 'utf8');
	writeFileSync(
		join(book, 'lab.yaml'),
		lab.replace(/^topology: .*\nstart: .*\n/m, () => `topology:\n${world}\n`),
	);
	const {status, out} = await fieldbook.run('rehearse', join(book, 'checks.md'), '--plain', '--yes');

	expect(out).toMatch(/esxi1 +VMware ESXi 6\.7\.0 /);
	expect(out).toMatch(/esxi2 +VMware ESXi 8\.0\.2 /);
	expect(out).toMatch(/✔ finished\. 16 steps: 16 done/);
	expect(status).toBe(0);
});
