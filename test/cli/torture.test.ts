import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Fieldbook, root} from './fieldbook.js';

/** Three runbooks that together use every construct of the dialect, as their authors would: see test/torture. */
const runbooks = [
	{file: 'esxi-network/network.md', tests: ['power-1']},
	{file: 'vm-resources/vms.md', tests: ['move', 'power']},
	{file: 'windows-and-linux/mix.md', tests: ['lost']},
];

const secret = 'k9-torture-canary';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
	fieldbook.env['FIELDBOOK_TORTURE_TOKEN'] = secret;
	fieldbook.env['FIELDBOOK_TORTURE_SECRET'] = secret;
});
afterAll(() => fieldbook.remove());

describe.each(runbooks)('$file', ({file, tests}) => {
	const runbook = join(root, 'test/torture', file);

	test('has no problem, no warning either', async () => {
		const {status, out} = await fieldbook.run('check', '--json', runbook);
		expect(JSON.parse(out)).toEqual([]);
		expect(status).toBe(0);
	});

	test('is rehearsed to its end, every test passed', {timeout: 180_000}, async () => {
		const run = join(fieldbook.folder, `${tests[0]}.fieldbook`);
		const {status, out, err} = await fieldbook.run('rehearse', runbook, '--plain', '--yes', '--run-file', run);
		expect(`${out}${err}`).not.toContain(secret);
		expect({status, end: out.trim().split('\n').at(-1)}).toMatchObject({
			status: 0,
			end: expect.stringContaining('finished'),
		});
		const {out: shown} = await fieldbook.run('show', run, '--json');
		const told = JSON.parse(shown);
		expect(told.tests).toEqual(tests.map(id => expect.objectContaining({id, verdict: 'passed'})));
		expect(
			told.steps.filter((step: {state: string}) => !['done', 'satisfied', 'skipped'].includes(step.state)),
		).toEqual([]);
	});
});

test('a world in which an account was made is gone on with as whom it began with', {timeout: 120_000}, async () => {
	const lab = join(root, 'test/torture/vm-resources/vms.md');
	const first = join(fieldbook.folder, 'first.fieldbook');
	const words = ['rehearse', lab, '--plain', '--yes', '--only', 'account'];
	expect((await fieldbook.run(...words, '--run-file', first)).status).toBe(0);
	const {status, out} = await fieldbook.run(...words, '--world', first);
	expect(out).toMatch(/= account ec1 +/);
	expect(status).toBe(0);
});
