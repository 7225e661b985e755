import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {openKeyThread} from '../../src/cli/key-thread.js';
import {parsePrivateKey} from '../../src/transport/transport.js';
import {haveSsh} from '../ssh.js';
import {makeKey} from '../sshd.js';
import {root} from './fieldbook.js';

describe.skipIf(!haveSsh())('the thread that reads encrypted keys', () => {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-keys-'));
	const keys = openKeyThread(new URL(`file://${root}dist/keys.js`));
	afterAll(async () => {
		await keys.close();
		rmSync(folder, {recursive: true});
	});

	test('leaves the thread that asks to its work, however long a key takes', async () => {
		const text = readFileSync(makeKey(folder, 'slow', 'ed25519', 'open sesame', ['-a', '20']), 'utf8');
		let turns = 0;
		let isRead = false;
		const turn = () => {
			turns += 1;
			if (!isRead) {
				setImmediate(turn);
			}
		};
		setImmediate(turn);
		const read = await keys.read(text, 'open sesame');
		isRead = true;

		expect(read.ok).toBe(true);
		expect(turns).toBeGreaterThan(10); // Of one thread for both it would be none
	});

	test.each(['ed25519', 'ecdsa', 'rsa'] as const)('signs with an %s key as this thread would', async type => {
		const text = readFileSync(makeKey(folder, type, type, 'open sesame'), 'utf8');
		const [theirs, ours] = [await keys.read(text, 'open sesame'), parsePrivateKey(text, 'open sesame')];
		if (!theirs.ok || !ours.ok) {
			throw new Error('The key cannot be read.');
		}

		const data = Buffer.from('what is signed');
		expect(theirs.key.publicKey).toEqual(ours.key.publicKey);
		if (type === 'ecdsa') {
			expect(await theirs.key.sign(data, undefined)).not.toHaveLength(0); // Another one each time
		} else {
			const hash = type === 'rsa' ? 'sha512' : undefined;
			expect(await theirs.key.sign(data, hash)).toEqual(await ours.key.sign(data, hash));
		}
	});

	test('a thread that dies is told of, and nobody waits for its answer', async () => {
		const dying = openKeyThread(new URL('data:text/javascript,throw new Error("an injected fault")'));

		expect(await dying.read('a key', undefined)).toEqual({ok: false, problem: 'the thread that reads keys has failed'});
		expect(await dying.read('another', undefined)).toMatchObject({ok: false});
	});

	test('says of a wrong passphrase that it is wrong', async () => {
		const text = readFileSync(makeKey(folder, 'other', 'ed25519', 'open sesame'), 'utf8');

		expect(await keys.read(text, 'open barley')).toMatchObject({ok: false});
	});
});
