import {afterEach, describe, expect, test} from 'vitest';
import {begin, command, execOn} from '../transport/parts.js';
import {type OpenRoom, openRoom} from './open-room.js';

const value = `zebra'crossing "8`;
const noText = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(value), Buffer.of(0xff)]);
const secrets = [{name: 'license_key', value}];

const open: OpenRoom[] = [];
afterEach(async () => {
	for (const room of open.splice(0)) {
		await room.stop();
	}
});

async function lab(...args: Parameters<typeof openRoom>): Promise<OpenRoom> {
	const room = await openRoom(...args);
	open.push(room);
	return room;
}

async function say(room: OpenRoom, script: string): Promise<string> {
	const running = begin(execOn(room.transport, room.host('alpha')), command(script, {secrets: {license_key: value}}));
	return (await running.result).out;
}

/** A host with the secret on its disk, alone, in a line, encoded, and in a file that is no text. */
async function withSecretOnDisk(): Promise<OpenRoom> {
	const room = await lab();
	await room.room.learn(secrets);
	await say(
		room,
		[
			'printf %s "$license_key" >/tmp/key',
			'printf "a\\nkey=%s\\nb\\n" "$license_key" >/tmp/conf',
			'printf %s "$license_key" | base64 >/tmp/encoded',
			'chmod 600 /tmp/key',
		].join('\n'),
	);
	const file = {
		path: '/tmp/bytes',
		bytes: noText,
		mode: undefined,
		owner: undefined,
		as: undefined,
		backup: '/tmp/old',
	};
	await room.transport.putFile(room.host('alpha'), file, 'job');
	return room;
}

describe('a secret on a simulated disk', () => {
	test('stands there as on a real one', async () => {
		expect(await say(await withSecretOnDisk(), 'cat /tmp/key')).toBe(value);
	});

	test('is not in the saved world, in any form', async () => {
		const saved = JSON.stringify((await withSecretOnDisk()).saved());
		for (const form of [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64')]) {
			expect(saved).not.toContain(form);
		}

		expect(saved).toContain('key=[secret:license_key]');
		const bytes = /"base64":"([^"]+)"/.exec(saved)?.[1] ?? '';
		expect(Buffer.from(bytes, 'base64').toString('latin1')).toBe('\u00FF\u00FE[secret:license_key]\u00FF');
	});

	test('control: without being told, the lab saves it', async () => {
		const room = await lab();
		await say(room, 'printf %s "$license_key" >/tmp/key');
		expect(JSON.stringify(room.saved())).toContain(JSON.stringify(value).slice(1, -1));
	});

	test('comes back into its files when it is told again, and not before', async () => {
		const saved = structuredClone((await withSecretOnDisk()).saved());
		const again = await lab({from: {kind: 'saved', saved}});
		expect(await say(again, 'cat /tmp/conf')).toBe('a\nkey=[secret:license_key]\nb\n');
		await again.room.learn(secrets);
		expect(await say(again, 'cat /tmp/key; cat /tmp/conf')).toBe(`${value}a\nkey=${value}\nb\n`);
		const bytes = await again.transport.readFile(again.host('alpha'), '/tmp/bytes');
		expect(bytes instanceof Uint8Array && noText.equals(bytes)).toBe(true);
		expect(await say(again, 'ls -l /tmp/key')).toMatch(/^-rw-------/);
		expect(JSON.stringify(again.saved())).not.toContain('crossing');
	});

	test('also on a host that nobody has asked for yet', async () => {
		const saved = structuredClone((await withSecretOnDisk()).saved());
		const again = await lab({from: {kind: 'saved', saved}});
		await again.room.learn(secrets);
		expect(await say(again, 'cat /tmp/key')).toBe(value);
	});
});
