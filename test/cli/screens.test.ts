import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const esxi = join(root, 'runbooks/vmware-host-clustering/esxi.md');

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

function start(columns: number, rows: number, ...words: readonly string[]): TerminalProgram {
	return startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns,
		rows,
		env: {...fieldbook.env, NO_COLOR: undefined},
		cwd: fieldbook.folder,
	});
}

describe('the real program in a terminal', () => {
	test('100x30: sheet with example values, preflight of two hosts, Enter by Enter to the summary', {
		timeout: 180_000,
	}, async () => {
		const run = join(fieldbook.folder, 'walk.fieldbook');
		const program = start(100, 30, 'rehearse', esxi, '--run-file', run, '--speed', '1000');
		const sheet = await program.waitFor('NTP server');
		expect(sheet).toMatch(/172\.31\.255\.1/);
		expect(sheet).toMatch(/REHEARSAL/);
		program.press('Enter');
		const preflight = await program.waitFor(/esxi1 .*VMware ESXi[\s\S]*esxi2 .*VMware ESXi/);
		expect(preflight).toMatch(/Nothing on the hosts has been changed/);
		await walk(program);
		const summary = await program.waitFor(/35 steps/);
		expect(summary).toMatch(/done/);
		// Its engine still has the file
		program.press('W');
		await program.waitFor('walk.html is written beside the run file.');
		program.press('q');
		expect((await program.exited).status).toBe(0);
		expect(program.modes()).toMatchObject({alternateScreen: false, cursorVisible: true, lineWrap: true});
		expect(lookAtRun(run).events.at(-1)?.event.type).toBe('RunFinished');
	});

	test.for([
		[80, 24],
		[160, 45],
	] as const)('%ix%i: the first step shows its exact script and its hosts', async ([columns, rows]) => {
		const program = start(
			columns,
			rows,
			'rehearse',
			esxi,
			'--run-file',
			join(fieldbook.folder, `${columns}.fieldbook`),
		);
		await program.waitFor('NTP server');
		program.press('Enter');
		await program.waitFor(/begin/);
		await answer(program, 'Enter', screen => screen.includes('vmware -v'));
		const frame = program.screen();
		expect(frame).toMatch(/esxi1/);
		expect(Math.max(...frame.split('\n').map(line => line.length))).toBeLessThanOrEqual(columns);
		program.signal('SIGTERM');
		expect((await program.exited).status).toBe(130);
		expect(program.modes()).toMatchObject({alternateScreen: false, cursorVisible: true});
	});

	test('40x10: a notice, and a way out', async () => {
		const program = start(40, 10, 'rehearse', esxi, '--run-file', join(fieldbook.folder, 'small.fieldbook'));
		await program.waitFor(/60/);
		program.press('Ctrl-c');
		program.press('Ctrl-c');
		await program.exited;
		expect(program.modes().alternateScreen).toBe(false);
	});

	test.for([
		[80, 24],
		[160, 45],
	] as const)(
		'%ix%i: the home screen tells the solutions apart, then their pages, and q leaves it',
		async ([columns, rows]) => {
			const program = start(columns, rows);
			const solutions = [
				'EXPRESSCLUSTER on vSphere 4',
				'Hyper-V live migration',
				'VMware host clustering',
				'vSphere HA',
			];
			await program.waitFor('New runs on');
			const list = await program.waitFor(new RegExp(solutions.join('[\\s\\S]*')));
			expect(list).not.toContain('Failover tests');
			await program.waitFor(/vSphere HA, checked and tested +\d+ steps: checks \d/);
			program.press(' ');
			await program.waitFor(/EXPRESSCLUSTER on vSphere 4 .*\n {7}\S/);
			program.press('q');
			expect((await program.exited).status).toBe(0);
		},
	);
});

/** Enter on everything that Enter may answer, `y` on a warning, until the summary. */
async function walk(program: TerminalProgram): Promise<void> {
	for (;;) {
		const before = await program.waitFor(/finished|yes, go on|^ ↵ (run|begin|let)/m);
		if (/finished/.test(before)) {
			return;
		}

		await answer(program, /yes, go on/.test(before) ? 'y' : 'Enter', screen => screen !== before);
	}
}

/** A question ignores what is typed in its first moments, so that nobody answers what he has not read: press again. */
async function answer(program: TerminalProgram, key: string, isAnswered: (screen: string) => boolean): Promise<void> {
	await vi.waitUntil(
		() => {
			if (isAnswered(program.screen())) {
				return true;
			}

			program.press(key);
			return false;
		},
		{timeout: 20_000, interval: 350},
	);
}
