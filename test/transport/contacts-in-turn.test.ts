import {expect, test} from 'vitest';
import type {Contact, Transport} from '../../src/engine/ports.js';
import {contactsInTurn} from '../../src/transport/contacts-in-turn.js';
import {hostOf, transportFor} from './parts.js';

const gone: Contact = {kind: 'refused', refusal: 'unreachable', reason: 'It is off.', next: 'Power it on.'};

test('a thousand hosts are met fifty at once, in their order, and whoever ends makes room for the next', async () => {
	const met: string[] = [];
	const leave: Array<() => void> = [];
	const world: Transport = {
		...transportFor({folder: '/nowhere'}),
		contact: ({name}) => {
			met.push(name);
			return new Promise(resolve => leave.push(() => resolve(gone)));
		},
	};
	const names = Array.from({length: 1000}, (_, index) => `h${index + 1}`);
	const sshd = {port: 22, userKey: '/no/key', user: 'root'};
	const transport = contactsInTurn(world);
	const contacts = names.map(name => transport.contact(hostOf(sshd, {name}), undefined));
	await Promise.resolve();

	expect(met).toEqual(names.slice(0, 50));

	leave[7]?.();
	await contacts[7];

	expect(met).toEqual(names.slice(0, 51));

	while (met.length < names.length) {
		leave.at(-1)?.();
		await contacts[leave.length - 1];
	}

	for (const go of leave) {
		go();
	}

	expect(await Promise.all(contacts)).toEqual(names.map(() => gone));
	expect(met).toEqual(names);
});
