import {cpSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {rehearse, seedFor} from './engineer.js';
import {Fieldbook, root} from './fieldbook.js';

/** Faults within the pages that the project brings: an engineer walks them, meets one, mends it and goes on to the end. */

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

/** A page in a copy of its folder, so that the run does not lie beside the page itself. */
function pageOf(solution: string, page: string): string {
	const folder = join(fieldbook.folder, solution);
	cpSync(join(root, 'runbooks', solution), folder, {recursive: true});
	return join(folder, page);
}

/** Long enough for a machine that has much else to do. */
const patience = 120_000;

test(
	'vmware-host-clustering/tests.md: the group does not move while the mirror recovers, and does so afterwards',
	async () => {
		const run = rehearse(fieldbook, pageOf('vmware-host-clustering', 'tests.md'), [
			...['--only', 'move-1-go'],
			...seedFor('move-refused', 'ec1', ['ec1', 'ec2']),
		]);

		expect(await run.asDescribed()).toMatch(
			/move-1-go failed.*\r\n +ec1 \| Server ec2 is not in a condition to start group failover-vm\./,
		);
		await run.at('ec1', 'clpmdctrl --rwait md-iscsi');
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);

test(
	'hyperv-live-migration/tests.md: the virtual machine does not move to a host without memory, and does so once it has some',
	async () => {
		const run = rehearse(fieldbook, pageOf('hyperv-live-migration', 'tests.md'), [
			...['--only', 'move-1-go'],
			...seedFor('out-of-memory', 'hv2', ['hv1', 'hv2']),
		]);

		expect(await run.asDescribed()).toMatch(/move-1-go failed.*\r\n +ec1 \| Command failed\./);
		const log = await run.at('ec2', 'cat /var/log/messages /opt/nec/clusterpro/log/exec-Cent8.2-1.log');
		expect(log).toContain('Could not initialize memory: Ran out of memory (0x8007000E).');
		expect(log).toContain('Cent8.2-1 could not be moved to ws2019-host-2.');
		expect(log).toContain('<type: rc><event: 60> Failover failover-vm group has started.');
		await run.inTheRoom('set memory hv2 9216');
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);
