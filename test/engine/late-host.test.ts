import {describe, expect, test} from 'vitest';
import type {Contact} from '../../src/engine/ports.js';
import {questions} from '../../src/run/next.js';
import {facts, graphOf, step} from '../run/given.js';
import {FakeTransport, ok, Run} from './fake-world.js';

const silent: Contact = {kind: 'refused', refusal: 'unreachable', reason: 'no route to host', next: ''};

/** Two hosts, of which `web-2` says what `says` does. */
function transportWith(says: () => Contact): FakeTransport {
	const transport = new FakeTransport();
	transport.contactWith = ({name}) => (name === 'web-2' ? says() : {kind: 'reached', facts: facts(name)});
	return transport;
}

describe('a host that is still to be built when the run begins', () => {
	test('is met at its first step, and its key trusted by a person before anything is sent', async () => {
		const graph = graphOf([step('build'), step('use', {hosts: ['web-2']})]);
		let says: Contact = silent;
		const transport = transportWith(() => says);
		transport.behaviour = ({host}) => {
			if (host === 'web-1') {
				says = {kind: 'firstContact', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9a'};
			}
			return ok;
		};
		const run = new Run(graph, {transport});
		await run.begin();
		const state = await run.until(({hosts}) => hosts.get('web-2')?.kind === 'firstContact');

		expect(questions(graph, state)).toEqual([
			{kind: 'trust', host: 'web-2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9a', step: 'use'},
		]);
		expect(state.progress.get('use@web-2')).toBeUndefined();

		says = {kind: 'reached', facts: facts('web-2')};
		await run.ask({kind: 'trust', host: 'web-2', fingerprint: 'SHA256:9a'});

		expect((await run.until(({status}) => status === 'finished')).progress.get('use@web-2')?.state).toBe('done');
	});

	test('nobody hears of a contact that ends after the run', async () => {
		const slow = Promise.withResolvers<void>();
		const transport = transportWith(() => silent);
		const {contact} = transport;
		let contacts = 0;
		transport.contact = async (host, trusted) => {
			if (host.name === 'web-2' && ++contacts > 1) {
				await slow.promise;
			}
			return contact.call(transport, host, trusted);
		};
		const run = new Run(graphOf([step('a'), step('b', {hosts: ['web-2'], after: []})]), {transport});
		await run.begin();
		await run.reaches('a@web-1', 'done');
		await run.ask({kind: 'skip', step: 'b', host: 'web-2', reason: 'not today'});
		await run.until(({status}) => status === 'finished');
		slow.resolve();

		await expect(run.handle.ended).resolves.toBeUndefined();
		expect(run.events.at(-1)?.event.type).toBe('RunFinished');
	});
});
