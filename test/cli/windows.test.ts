import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type FaultName, planFault} from '../../src/lab/faults.js';
import {lookAtKeptOutput, lookAtRun} from '../../src/store/look.js';
import {toScreenLines} from '../../src/text/interpreter.js';
import {textOf} from '../../src/text/output-line.js';
import {Fieldbook, root} from './fieldbook.js';

const mixed = join(root, 'test/cli/windows/mixed.md');
const secret = 'geheim-1234';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
	fieldbook.env['PIN'] = secret;
});
afterAll(() => fieldbook.remove());

const runFile = (name: string) => join(fieldbook.folder, `${name}.fieldbook`);

function rehearse(name: string, ...words: readonly string[]) {
	const site = join(root, 'test/cli/windows/site.yaml');
	return fieldbook.run('rehearse', mixed, '--site', site, '--run-file', runFile(name), ...words);
}

function printed(name: string, step: string, host: string, encoding = 'utf-8'): readonly string[] {
	const chunks = lookAtKeptOutput(runFile(name), {step, host, attempt: 1, part: 'run'});
	return toScreenLines(Buffer.concat(chunks.map(({bytes}) => bytes)), encoding).map(textOf);
}

describe('Windows and Linux hosts in one rehearsal', () => {
	test('runs to its end, in each host’s own encoding; again in that world, it changes nothing', async () => {
		const {status, err, out} = await rehearse('first');

		expect({status, err}).toEqual({status: 0, err: ''});
		expect(out).toContain('Windows Server 2019 Datacenter 10.0.17763, calls itself WS2019-Host-1');
		expect(printed('first', 'address', 'hv1')).toContain('172.31.255.21');
		expect(printed('first', 'address', 'hv2', 'shift_jis')).toContain('サービス名は無効です。');
		expect(printed('first', 'look.4', 'ec1')).toEqual(['the Windows hosts are WS2019-Host-1 and WS2019-Host-2']);

		expect(printed('first', 'after', 'hv1')).toEqual(['Running', '[host]', 'name=hv1']);

		const again = await rehearse('again', '--world', runFile('first'));
		expect(again.status).toBe(0);
		expect(changed('first').length).toBeGreaterThan(5);
		expect(changed('again').filter(key => key.startsWith('prepare'))).toEqual([]);
	});

	test('a secret that a script prints stands in no byte of the run file', async () => {
		await rehearse('secret');

		expect(printed('secret', 'folder', 'hv1')).toEqual([`pin has ${secret.length} characters: [secret]`]);
		expect(printed('secret', 'folder', 'hv2', 'shift_jis').join()).not.toContain(secret);
	});

	test.each([
		['drop-mid-command', 'lost'],
		['hang', 'timedOut'],
		['no-exit-status', 'lost'],
	] as const)('under the fault %s something is %s, and nothing runs twice', async (fault, kind) => {
		const name = `under-${fault}`;
		await rehearse(name, '--fault', fault, '--seed', String(seedFor(fault, 'hv1')));
		const all = changed(name);
		const outcomes = lookAtRun(runFile(name)).events.flatMap(({event}) =>
			event.type === 'PartEnded' ? [`${event.outcome.kind} on ${event.host}`] : [],
		);

		expect(outcomes).toContain(`${kind} on hv1`);
		expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
	});
});

function seedFor(fault: FaultName, host: string): number {
	for (let seed = 1; ; seed += 1) {
		if (planFault(fault, seed, ['hv1', 'hv2', 'ec1']).host === host) {
			return seed;
		}
	}
}

/** What was sent to change something, in order. */
function changed(name: string): readonly string[] {
	return lookAtRun(runFile(name)).events.flatMap(({event}) =>
		event.type === 'PartIntended' && event.part === 'run' && event.changes ? [`${event.step}@${event.host}`] : [],
	);
}
