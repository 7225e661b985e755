import {copyFileSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ControlClient} from '../../src/lab/control/control-client.js';
import {placeOf} from '../../src/lab/control/place.js';
import {lookAtKeptOutput, lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

/** The worst afternoon: the laptop dies in a long step, the network goes too, and a colleague goes on with a copy of the run. */

let ana: Fieldbook;
let ben: Fieldbook;
beforeAll(() => {
	ana = new Fieldbook();
	ben = new Fieldbook();
	for (const file of ['long.md', 'lab.yaml', 'site.yaml']) {
		copyFileSync(join(root, 'test/cli/left', file), join(ana.folder, file));
	}
});
afterAll(async () => {
	await ana.remove();
	await ben.remove();
});

/** Words that start a program on a machine of another name. */
const laptopB = ['unshare', '--uts', 'sh', '-c', 'hostname laptop-b && exec "$@"', 'sh'];

/** Somebody at the hosts' cables. */
async function cables(runFile: string, position: 'in' | 'out'): Promise<void> {
	const runId = lookAtRun(runFile).meta.get('runId') ?? '';
	const client = await ControlClient.connect(placeOf(join(ana.folder, 'home'), runId).control);
	await client?.perform(['set', 'cables', 'ec1', position]);
	client?.close();
}

test('a long step outlives the laptop and the network, and is read to its end on another laptop', {
	timeout: 180_000,
}, async () => {
	const own = join(ana.folder, 'run.fieldbook');
	const words = ['--plain', '--yes', '--pace', 'auto', '--speed', '5'];
	const first = ana.start(['rehearse', 'long.md', '--run-file', own, ...words]);
	await first.prints(/▶ copy ec1/);
	await ana.start(['log', own, '--follow']).prints(/copied 2 of 9/);
	first.process.kill('SIGKILL');
	await first.ended;
	await cables(own, 'out');

	const copy = join(ben.folder, 'run.fieldbook');
	for (const companion of ['', '-wal'].filter(ending => existsSync(own + ending))) {
		copyFileSync(own + companion, copy + companion);
	}

	const refused = await ben.start(['resume', copy, '--plain', '--yes'], laptopB).ended;
	expect(refused.err).toContain('has not let go of it');
	expect(refused.status).toBe(5);

	const without = await ben.start(['resume', copy, '--take-over', '--plain', '--yes'], laptopB).ended;
	expect(without.out).toMatch(/taken over by .* on laptop-b/);
	expect(without.status).toBe(3);

	await cables(own, 'in');
	const last = await ben.start(['resume', copy, '--plain', '--yes'], laptopB).ended;
	expect(last.out).toMatch(/copy ec1 +looked up: it (is running|has ended) there/);
	expect(last.status).toBe(0);

	const copied = Array.from({length: 9}, (_, piece) => `copied ${piece + 1} of 9\n`).join('');
	const kept = lookAtKeptOutput(copy, {step: 'copy', host: 'ec1', attempt: 1, part: 'run'});
	expect(Buffer.concat(kept.map(({bytes}) => bytes)).toString()).toBe(copied);
	const intents = lookAtRun(copy).events.filter(({event}) => event.type === 'PartIntended' && event.step === 'copy');
	expect(intents).toHaveLength(1);
	expect((await ben.run('show', copy)).out).toMatch(/taken over .* on laptop-b from/);
	expect((await ben.run('verify', copy)).status).toBe(0);
});
