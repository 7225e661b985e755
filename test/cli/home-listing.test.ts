import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {homeListings} from '../../src/cli/home-listing.js';
import type {HomeListing} from '../../src/ui/workbench.js';
import {root} from './fieldbook.js';

const folder = mkdtempSync(join(tmpdir(), 'fieldbook-home-'));
const own = join(folder, 'runbooks');
const here = join(folder, 'here');
afterAll(() => rmSync(folder, {recursive: true}));

let listings: readonly HomeListing[] = [];
beforeAll(async () => {
	const page = (title: string, ...steps: readonly string[]) =>
		`---\nfieldbook: 1\ntitle: ${title}\n---\n\n# ${title}\n\n${steps.map(step => `- [ ] ${step}\n`).join('')}`;
	const whole = (title: string, ...pages: readonly string[]) =>
		`${page(title)}\n${pages.map(name => `## ${name}\n\nFirst: [${name}](${name}). <!-- include -->\n\n`).join('')}`;
	write('alpha/all.md', whole('Alpha', 'set-up.md', 'tests.md'));
	write('alpha/set-up.md', page('Set-up', 'Plug it in.', 'Switch it on.'));
	write('alpha/tests.md', page('Failover tests', 'Pull the cord.'));
	write('alpha/README.md', '# Alpha\n');
	write('beta/all.md', whole('Beta', 'tests.md').replace('. <!-- include -->', '.\n<!-- include -->'));
	write('beta/tests.md', page('Failover tests', 'Cut the network.', 'Wait.', 'Plug it in again.'));
	write('gamma/tests.md', page('Failover tests', 'Look.').replace('Look.', 'Look. <!-- tiemout=1m -->'));
	write('gamma/notes.md', '# Notes\n\n- Not a runbook of ours.\n');
	mkdirSync(here);
	writeFileSync(join(here, 'mine.md'), page('Mine', 'Do.'));
	const environment = {FIELDBOOK_HOME: join(folder, 'state')};
	mkdirSync(join(folder, 'state/runs'), {recursive: true});
	for (const name of ['finished', 'unfinished']) {
		copyFileSync(join(root, `test/report/recorded/${name}.fieldbook`), join(folder, `state/runs/${name}.fieldbook`));
	}

	const told: HomeListing[] = [];
	for await (const listing of homeListings(environment, {own, here})) {
		told.push(listing);
	}
	listings = told;
});

describe('what the home screen is told', () => {
	test('first the titles alone, a whole before its parts in its order, plain documents and read-mes left out', () => {
		const [first] = listings;

		expect(first?.areRunsRead).toBe(false);
		expect(first?.runbooks.map(({title, note}) => [title, note])).toEqual([
			['Alpha', ''],
			['Set-up', ''],
			['Failover tests', ''],
			['Beta', ''],
			['Failover tests', ''],
			['Failover tests', ''],
			['Mine', ''],
		]);
	});

	test('a run that is over is to be looked at and not to be resumed, also where a test of it has failed', () => {
		const last = listings.at(-1);

		expect(last?.finished).toEqual([
			expect.objectContaining({
				file: join(folder, 'state/runs/finished.fieldbook'),
				state: 'failed',
				note: expect.stringMatching(/^finished /),
			}),
		]);
		expect(last?.unfinished).toEqual([
			expect.objectContaining({
				file: join(folder, 'state/runs/unfinished.fieldbook'),
				note: expect.stringMatching(/^stopped .*step 15 of 15/),
			}),
		]);
	});

	test('then that the runs are read, and one runbook after the other, those first that stand for themselves', () => {
		const [, second, ...others] = listings;
		const noted = others.map(({runbooks}) => runbooks.filter(({note}) => note !== '').map(({title}) => title).length);

		expect(second).toMatchObject({areRunsRead: true, unfinished: [{}], finished: [{}]});
		expect(noted).toEqual([1, 2, 3, 4, 5, 6, 7]);
		expect(others[3]?.runbooks.filter(({note}) => note === '').map(({title}) => title)).toEqual([
			'Set-up',
			'Failover tests',
			'Failover tests',
		]);
	});

	test('in the end how many steps each has, a whole by its parts, and what has errors', () => {
		const last = listings.at(-1)?.runbooks ?? [];

		expect(last.map(({folder: where, note, partOf}) => [where, note, partOf?.split('/').at(-2)])).toEqual([
			['alpha', '3 steps: set-up 2 · tests 1', undefined],
			['alpha', '2 steps', 'alpha'],
			['alpha', '1 step', 'alpha'],
			['beta', '3 steps: tests 3', undefined],
			['beta', '3 steps', 'beta'],
			['gamma', '1 error', undefined],
			['', '1 step', undefined],
		]);
	});
});

function write(name: string, text: string): void {
	mkdirSync(join(own, name, '..'), {recursive: true});
	writeFileSync(join(own, name), text);
}
