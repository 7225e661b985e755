import {expect, test} from 'vitest';
import {describeFault, FaultWatch, faultNames, planFault} from '../../src/lab/faults.js';

const hosts = ['alpha', 'beta'];

test.each(faultNames)('%s strikes at the same place for the same seed, and seeds differ', name => {
	const places = Array.from({length: 20}, (_, seed) => JSON.stringify(planFault(name, seed, hosts)));

	expect(places).toEqual(Array.from({length: 20}, (_, seed) => JSON.stringify(planFault(name, seed, hosts))));
	expect(new Set(places).size).toBeGreaterThan(1);
});

test('each fault says in words where it strikes', () => {
	const words = faultNames.map(name => describeFault(planFault(name, 3, hosts)));

	expect(new Set(words).size).toBe(faultNames.length);
	for (const text of words) {
		expect(text).toMatch(/alpha|beta/);
	}
});

test('a fault strikes its own host only, at its number only, and counts go on after a restart', () => {
	const watch = new FaultWatch({name: 'no-exit-status', host: 'beta', command: 3});

	expect(['alpha', 'alpha', 'alpha', 'beta', 'beta'].map(host => watch.command(host))).toEqual(
		Array(5).fill(undefined),
	);

	const restarted = new FaultWatch(watch.fault, structuredClone(watch.counts));

	expect(restarted.command('beta')).toEqual({kind: 'no-exit-status'});
	expect(restarted.command('beta')).toBeUndefined();
});

test('a refusal outlasts the tries of a careful client, and then ends', () => {
	const watch = new FaultWatch({name: 'refuse', host: 'alpha', connection: 1});

	expect(Array.from({length: 6}, () => watch.connection('alpha'))).toEqual([true, true, true, true, false, false]);
	expect(watch.connection('beta')).toBe(false);
});
