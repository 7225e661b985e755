import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook, root} from '../cli/fieldbook.js';

const folder = join(root, 'runbooks/vmware-host-clustering');

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

test('the cord of the other host, pulled at a step of the tests, is noticed by the watchers and shown', async () => {
	const book = join(fieldbook.folder, 'power');
	cpSync(join(root, 'test/cli/power'), book, {recursive: true});
	const lab = join(book, 'lab.yaml');
	writeFileSync(lab, readFileSync(lab, 'utf8').replace('power-off: power off esxi1', 'power-off: power off esxi2'));
	const run = fieldbook.start(['rehearse', join(book, 'power.md'), '--plain', '--yes', '--speed', '120']);
	await run.prints(/esxi2 has gone, and esxi1 still answers Next: Look whether the right host was taken/);
	run.process.kill('SIGINT');
	const {out} = await run.ended;
	expect(out).not.toMatch(/power-off esxi1 +done/);
});

test('all.md leads from bare hosts to a datastore that both share', async () => {
	const run = fieldbook.start(['rehearse', join(folder, 'all.md'), '--plain', '--yes', '--speed', '1000']);
	await run.prints(/\biscsi-cluster\/save esxi2 +done/);
	run.process.kill('SIGINT');
	const {out} = await run.ended;
	expect(out).toMatch(/iscsi-cluster\/first-copy ec1 +done/);
	expect(out).toMatch(/iscsi-cluster\/format-lun esxi1 +done/);
	expect(out).toMatch(/iscsi-cluster\/store-stands esxi1 +done/);
	expect(out).toMatch(/iscsi-cluster\/store-stands esxi2 +done/);
	expect(out).not.toContain('✘ iscsi-cluster');
}, 400_000);
