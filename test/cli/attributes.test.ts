import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

test('values of other hosts, of the sheet and of file steps stand in scripts, files, prose, gates and words', async () => {
	const runFile = join(fieldbook.folder, 'run.fieldbook');
	const {out, err, status} = await fieldbook.run(
		...['rehearse', join(root, 'test/cli/attributes/attributes.md'), '--run-file', runFile, '--plain', '--yes'],
	);
	expect(err).toBe('');
	expect(out).toContain('✔ finished. 7 steps: 7 done');
	expect(status).toBe(0);
	expect(out).toContain('A file on esxi2 with 172.31.254.3, of the other one 172.31.254.2');
	expect(out).toContain(
		'Now /tmp/esxi1.conf (esxi1), /tmp/esxi2.conf (esxi2) of esxi1, esxi2 is read at 172.31.255.3.',
	);
	expect(out).toContain('Everything ends at 172.31.255.2 and 172.31.254.3.');
	expect(out).toContain('Tell esxi1 and 172.31.254.3');

	const {events} = lookAtRun(runFile);
	expect(events.flatMap(({event}) => (event.type === 'GatePassed' ? [event.typed] : []))).toEqual([
		[],
		['172.31.254.2-esxi2'],
	]);
	expect((await fieldbook.run('show', runFile)).out).toContain(
		'✔ On esxi1, esxi2 at 172.31.255.2 (esxi1), 172.31.255.3 (esxi2)',
	);
});
