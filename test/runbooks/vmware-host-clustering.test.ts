import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook, root} from '../cli/fieldbook.js';

const folder = join(root, 'runbooks/vmware-host-clustering');

type Shown = {
	readonly tests: ReadonlyArray<{readonly id: string; readonly verdict: string}>;
	readonly measurements: ReadonlyArray<{readonly name: string; readonly seconds: number | null}>;
};

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

describe('runbooks/vmware-host-clustering', () => {
	test.for(['esxi.md', 'iscsi-cluster.md', 'ec-resources.md', 'tests.md', 'all.md'])(
		'%s is checked without a warning',
		async page => {
			const {status, out} = await fieldbook.run('check', join(folder, page), '--json');
			expect(JSON.parse(out)).toEqual([]);
			expect(status).toBe(0);
		},
	);

	test('each script is a file step somewhere', () => {
		const pages = ['iscsi-cluster.md', 'ec-resources.md']
			.map(page => readFileSync(join(folder, page), 'utf8'))
			.join('');
		const unused = readdirSync(join(folder, 'scripts')).filter(
			name =>
				!pages.includes(`(scripts/${name})\n<!-- file=`) &&
				!new RegExp(`\\(scripts/${name}\\)[^\\n]*\\n<!-- file=`).test(pages),
		);
		expect(unused).toEqual([]);
	});

	test('every defect that its README names has what is done instead, and why', () => {
		const rows = readFileSync(join(folder, 'README.md'), 'utf8')
			.split('\n')
			.filter(line => line.startsWith('| ') && line.endsWith(' |'));
		expect(rows.length).toBeGreaterThan(60);
		expect(
			rows.filter(row =>
				row.split(/(?<!\\)\|/).some((cell, at, all) => at > 0 && at < all.length - 1 && cell.trim() === ''),
			),
		).toEqual(['| [all.md](all.md) | all of them, in this order | |']);
	});
});

test.for(['6.7', '8.0'])('esxi.md makes two bare hosts of ESXi %s ready', async version => {
	const book = join(fieldbook.folder, version);
	cpSync(folder, book, {recursive: true});
	const host = (number: number) =>
		`    esxi${number}: { platform: esxi, version: ${version}, address: 172.31.255.${number + 1}, state: bare }\n`;
	const lab = readFileSync(join(folder, 'lab.yaml'), 'utf8');
	writeFileSync(
		join(book, 'lab.yaml'),
		`topology:\n  hosts:\n${host(1)}${host(2)}hands:\n${/^ {2}# esxi\.md\n(?: {2}[a-z-]+: .*\n)+/m.exec(lab)?.[0]}`,
	);
	const {status, out} = await fieldbook.run('rehearse', join(book, 'esxi.md'), '--plain', '--yes', '--pace', 'auto');

	expect(out).toContain(`esxi_version = VMware ESXi ${version}.`);
	expect(out).toMatch(version === '6.7' ? /✔ ntp-file esxi1 +done/ : /✔ ntp-server esxi1 +done/);
	expect(out).toMatch(/✔ finished\. 35 steps: 30 done, 2 satisfied, 3 skipped/);
	expect(status).toBe(0);
});

test('the cord of the other host, pulled at a step of the tests, is noticed by the watchers and shown', async () => {
	const book = join(fieldbook.folder, 'power');
	cpSync(join(root, 'test/cli/power'), book, {recursive: true});
	const lab = join(book, 'lab.yaml');
	writeFileSync(lab, readFileSync(lab, 'utf8').replace('power-off: power off esxi1', 'power-off: power off esxi2'));
	const run = fieldbook.start(['rehearse', join(book, 'power.md'), '--plain', '--yes', '--speed', '120']);
	await run.prints(
		/esxi2 has gone, and esxi1 still answers Next: This step is for esxi1: look whether the right host was taken/,
	);
	run.process.kill('SIGINT');
	const {out} = await run.ended;
	expect(out).not.toMatch(/power-off esxi1 +done/);
});

describe('all.md, from bare hosts', () => {
	/** Seconds at least and at most. Source: the notes on the domain, 4.2, and the limits of tests.md. */
	const ranges: Readonly<Record<string, readonly [number, number]>> = {
		'move-1-datastore-away': [5, 30],
		'move-1-outage': [20, 410],
		'move-2-datastore-away': [5, 30],
		'move-2-outage': [20, 410],
		'power-1-failover': [50, 65],
		'power-1-outage': [60, 175],
		'power-2-return': [20, 180],
		'power-2-mirror': [120, 1800],
		'power-3-failover': [50, 65],
		'power-3-outage': [60, 175],
		'power-4-return': [20, 180],
		'power-4-mirror': [120, 1800],
		'power-5-start': [30, 600],
		'np-1-failover': [50, 65],
		'np-1-second': [60, 175],
		'np-2-shutdown': [0, 30],
		'np-2-restart': [50, 150],
		'np-2-return': [60, 300],
		'np-2-mirror': [100, 1800],
	};
	const tests = ['move-1', 'move-2', 'power-1', 'power-2', 'power-3', 'power-4', 'power-5', 'np-1', 'np-2', 'np-3'];

	test('ends with 0; each test has passed, and each time is in its range', async () => {
		const file = join(fieldbook.folder, 'all.fieldbook');
		const {status, out} = await fieldbook.run(
			'rehearse',
			join(folder, 'all.md'),
			'--plain',
			'--yes',
			'--run-file',
			file,
		);
		const shown: Shown = JSON.parse((await fieldbook.run('show', file, '--json')).out);

		expect(shown.tests.map(({id, verdict}) => [id, verdict])).toEqual(tests.map(id => [`tests/${id}`, 'passed']));
		const seconds = new Map(
			shown.measurements.map(each => [each.name.replace(/^tests\//, '').replace('[vm1]', ''), each.seconds]),
		);
		expect([...seconds.keys()].sort()).toEqual(Object.keys(ranges).sort());
		expect(
			Object.entries(ranges).filter(([name, [least, most]]) => {
				const took = Number(seconds.get(name));
				return !(took >= least && took <= most);
			}),
		).toEqual([]);
		expect(out).not.toMatch(/^\d\d:\d\d:\d\d ✘ (?!ec[12] +Could not reach)/m);
		expect(status).toBe(0);
	}, 600_000);
});
