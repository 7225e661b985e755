import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {startInTerminal} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const esxi = join(root, 'runbooks/vmware-host-clustering/esxi.md');

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

/** What the host says, as its own tools have it. */
const faults = [
	['switch-exists', 'A portset with this name already exists'],
	['port-group-exists', 'A portgroup with the name'],
	['uplink-busy', 'Unable to Set: Busy'],
	['vmkernel-nic-exists', 'A vmkernel nic for the connection point already exists'],
] as const;

test.each(faults)(
	'--fault %s: the run stops, says it in the words of the host, and goes on to the end once it is tried again',
	{
		timeout: 120_000,
	},
	async (fault, words) => {
		const run = join(fieldbook.folder, `${fault}.fieldbook`);
		const program = startInTerminal(
			[
				process.execPath,
				join(root, 'bin/fieldbook.js'),
				'rehearse',
				esxi,
				'--run-file',
				run,
				'--fault',
				fault,
				'--yes',
				'--pace',
				'auto',
			],
			{columns: 200, rows: 50, env: {...fieldbook.env, NO_COLOR: undefined, TERM: 'dumb'}, cwd: fieldbook.folder},
		);
		await program.waitFor(() => /run again[^>]*> $/.test(program.received()));

		expect(program.received()).toContain(words);

		program.press('r', 'Enter');

		expect(await program.exited).toMatchObject({status: 0});
		const {events} = lookAtRun(run);
		expect(events.filter(({event}) => event.type === 'RetryAsked')).not.toEqual([]);
		expect(events.at(-1)?.event.type).toBe('RunFinished');
	},
);
