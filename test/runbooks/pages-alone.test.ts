import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {readLab} from '../../src/lab/read-lab.js';
import {Fieldbook, root} from '../cli/fieldbook.js';

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

const folder = (solution: string) => join(root, 'runbooks', solution);

/** Rehearses a page as fast as it goes; `only`: one step of it. */
async function rehearse(page: string, only?: string): Promise<{readonly status: number | null; readonly out: string}> {
	const words = only === undefined ? [] : ['--only', only];
	return fieldbook.run('rehearse', page, '--plain', '--yes', ...words);
}

test.each([
	['vmware-host-clustering', ['iscsi-cluster.md', 'ec-resources.md', 'tests.md']],
	['expresscluster-vsphere4', ['inter-host.md', 'inter-host-tests.md', 'guest-to-host.md']],
	[
		'hyperv-live-migration',
		[
			...['hosts.md', 'wsfc.md', 'ec-vms.md', 'storage.md'],
			...['protected-vm.md', 'ssh-keys.md', 'ec-resources.md', 'tests.md'],
		],
	],
] as const)('each page of %s that builds on others begins in a state of its own', (solution, pages) => {
	const file = join(folder(solution), 'lab.yaml');
	const {lab, problems} = readLab(file, readFileSync(file, 'utf8'));

	expect(problems).toEqual([]);
	expect(Object.keys(lab?.starts ?? {}).filter(name => name !== '*')).toEqual(pages);
	expect(readdirSync(folder(solution))).toEqual(expect.arrayContaining([...pages]));
	expect(Object.values(lab?.starts ?? {})).not.toContain(undefined);
});

describe('alone, and from the state that its folder names for it,', () => {
	test.each([
		['vmware-host-clustering', 'ec-resources.md'],
		['expresscluster-vsphere4', 'inter-host.md'],
		['hyperv-live-migration', 'hosts.md'],
		['hyperv-live-migration', 'ssh-keys.md'],
	])(
		'%s/%s goes to its end',
		async (solution, page) => {
			const {status, out} = await rehearse(join(folder(solution), page));

			expect(out).toMatch(/✔ finished\. \d+ steps/);
			expect(status).toBe(0);
		},
		120_000,
	);

	test.each([
		['vmware-host-clustering', 'tests.md', 'cluster-ready'],
		['expresscluster-vsphere4', 'inter-host-tests.md', 'before'],
		['hyperv-live-migration', 'storage.md', 'group-on-ec1'],
		['hyperv-live-migration', 'tests.md', 'vm-on-hv1'],
	])(
		'%s/%s finds what it wants at its step %s',
		async (solution, page, step) => {
			const {status, out} = await rehearse(join(folder(solution), page), step);

			expect(out).toContain('1 done');
			expect(status).toBe(0);
		},
		60_000,
	);
});

/** A copy of a solution whose pages all begin in one state. */
function allFrom(solution: string, state: string): string {
	const copy = join(fieldbook.folder, solution);
	cpSync(folder(solution), copy, {recursive: true});
	const lab = join(copy, 'lab.yaml');
	const text = readFileSync(lab, 'utf8');
	writeFileSync(lab, text.replace(/^start:.*\n(?: .*\n)*?(?=hands:)/m, `start: ${state}\n`));
	return copy;
}

/** The ids of the steps of a page that only look, wait, or are a person's. */
function harmless(page: string): readonly string[] {
	const text = readFileSync(page, 'utf8');
	const looking = text.split('\n').filter(line => /^```\w+ .*\b(readonly|wait|probe)\b|^- \[ \] /.test(line));
	return looking.flatMap(line => /\bid=([\w-]+)/.exec(line)?.[1] ?? []);
}

describe('a later state has all that the pages before it do: rehearsed on it, they change nothing', () => {
	test.each([
		['vmware-host-clustering', 'iscsi-cluster.md'],
		['vmware-host-clustering', 'ec-resources.md'],
		['hyperv-live-migration', 'ec-vms.md'],
		['hyperv-live-migration', 'storage.md'],
	])(
		'%s/%s',
		async (solution, name) => {
			const page = join(allFrom(solution, 'configured'), name);
			const file = join(fieldbook.folder, 'again.fieldbook');
			const {status} = await fieldbook.run('rehearse', page, '--plain', '--yes', '--run-file', file);
			const {steps}: {readonly steps: ReadonlyArray<{readonly id: string; readonly state: string}>} = JSON.parse(
				(await fieldbook.run('show', file, '--json')).out,
			);
			const done = steps.filter(({state}) => state === 'done').map(({id}) => id.replace(/\[.*$/, ''));

			expect(steps.some(({state}) => state === 'satisfied')).toBe(true);
			expect(done.filter(id => !harmless(page).includes(id))).toEqual([]);
			expect(status).toBe(0);
		},
		120_000,
	);
});
