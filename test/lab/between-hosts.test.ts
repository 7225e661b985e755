import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {begin, command, execOn} from '../transport/parts.js';
import {type OpenRoom, openRoom} from './open-room.js';
import {epoch} from './tiny-room.js';

let room: OpenRoom;
beforeEach(async () => {
	room = await openRoom();
});
afterEach(() => room.stop());

function run(name: string, script: string) {
	return begin(execOn(room.transport, room.host(name)), command(script)).result;
}

async function notes(): Promise<string> {
	return room.room.perform(['look', 'around']);
}

describe('what the world runs on a host', () => {
	test('is a process of it with its variables, whose end the world is told', async () => {
		await room.room.perform(['set', 'work', 'alpha', 'echo round $ROUND $USER >/var/log/work; sleep 30; exit 7']);
		const during = await run('alpha', 'cat /var/log/work; ps');

		expect(during.out).toContain('round 1 root\n');
		expect(during.out).toContain('sleep 30');
		expect(await notes()).not.toContain('ended');

		await room.room.clock.sleep(31_000);

		expect(await notes()).toContain('work 1 ended with 7');
	});

	test('can be killed by the world, with all that it started', async () => {
		await room.room.perform(['set', 'work', 'alpha', '(sleep 50; echo late >/var/log/late) ; true']);
		await run('alpha', 'true');
		await room.room.perform(['set', 'kill', 'alpha', '1']);
		await room.room.clock.sleep(60_000);

		expect(await notes()).toContain('work 1 ended with 137');
		expect((await run('alpha', 'ls /var/log')).out).not.toContain('late');
	});

	test('is gone with the power of its host, and nobody knows a status', async () => {
		await room.room.perform(['set', 'work', 'beta', 'sleep 50']);
		await run('beta', 'true');
		await room.room.perform(['power', 'off', 'beta']);
		await room.room.clock.sleep(1000);

		expect(await notes()).toContain('work 1 ended with undefined');
	});

	test('does not begin on a host that is off', async () => {
		await room.room.perform(['power', 'off', 'beta']);
		await room.room.perform(['set', 'work', 'beta', 'true']);
		await room.room.clock.sleep(1000);

		expect(await notes()).toContain('work 1 ended with undefined');
	});
});

describe('ssh from host to host', () => {
	const keys = `mkdir -p /.ssh && echo private >/.ssh/id_rsa && echo ssh-rsa AAAAalpha root@alpha >/.ssh/id_rsa.pub`;
	const letIn = 'mkdir -p /etc/ssh/keys-root && echo ssh-rsa AAAAalpha root@alpha >>/etc/ssh/keys-root/authorized_keys';
	const trust = 'ssh-keyscan 10.0.0.2 2>/dev/null >>/.ssh/known_hosts';

	test('wants the host known, and the key let in', async () => {
		expect(await run('alpha', 'ssh 10.0.0.2 hostname')).toMatchObject({
			err: expect.stringContaining('Host key verification failed.'),
			outcome: {code: 255},
		});

		await run('alpha', keys);
		await run('alpha', trust);

		expect(await run('alpha', 'ssh 10.0.0.2 hostname')).toMatchObject({
			err: expect.stringContaining('root@10.0.0.2: Permission denied (publickey,password).'),
			outcome: {code: 255},
		});

		await run('beta', letIn);

		expect(await run('alpha', 'ssh 10.0.0.2 hostname')).toMatchObject({out: 'beta\n', outcome: {code: 0}});
	});

	test('a host has the public half of its own key, so that it can be carried over another way', async () => {
		const {out} = await run('beta', 'cat /etc/ssh/ssh_host_ecdsa_key.pub');
		await run('alpha', `${keys}; echo '10.0.0.2 ${out.trim()}' >/.ssh/known_hosts`);
		await run('beta', letIn);

		expect(await run('alpha', 'ssh 10.0.0.2 hostname')).toMatchObject({out: 'beta\n'});

		const {out: other} = await run('beta', 'cat /etc/ssh/ssh_host_rsa_key.pub');
		await run('alpha', `echo '10.0.0.2 ${other.trim()}' >/.ssh/known_hosts`);

		expect(await run('alpha', 'ssh 10.0.0.2 hostname')).toMatchObject({out: 'beta\n'});
	});

	test('a key that has changed is refused, whatever the options say', async () => {
		await run('alpha', `${keys}; echo 10.0.0.2 ecdsa-sha2-nistp256 AAAAother >/.ssh/known_hosts`);
		await run('beta', letIn);

		expect(await run('alpha', 'ssh -o StrictHostKeyChecking=no 10.0.0.2 true')).toMatchObject({
			err: expect.stringContaining('REMOTE HOST IDENTIFICATION HAS CHANGED'),
			outcome: {code: 255},
		});
	});

	test('hands over words, standard input, output and status, and its world time', async () => {
		await run('alpha', keys);
		await run('beta', letIn);
		const {out, err, outcome} = await run(
			'alpha',
			`printf 'one\\ntwo\\n' | ssh -o StrictHostKeyChecking=accept-new -q root@10.0.0.2 'wc -l; sleep 40; echo wrong >&2; exit 9'`,
		);

		expect(out.trim()).toBe('2');
		expect(err).toBe('wrong\n');
		expect(outcome).toEqual({kind: 'exited', code: 9});
		expect(room.room.clock.now()).toBeGreaterThanOrEqual(epoch + 40_000);

		const known = await run('alpha', 'cat /.ssh/known_hosts; ssh -n 10.0.0.2 cat; echo status $?');

		expect(known.out).toMatch(/^10\.0\.0\.2 ecdsa-sha2-nistp256 \S+\nstatus 0\n$/);
	});

	test('nobody answers where no host is, and none whose power goes meanwhile', async () => {
		await run('alpha', keys);
		await run('beta', letIn);
		await run('alpha', trust);

		expect(await run('alpha', 'ssh 10.0.0.9 true')).toMatchObject({
			err: expect.stringContaining('ssh: connect to host 10.0.0.9 port 22: No route to host'),
			outcome: {code: 255},
		});

		const under = run('alpha', 'ssh 10.0.0.2 "echo begun; sleep 600" || echo status $?');
		await room.room.clock.sleep(10_000);
		await room.room.perform(['power', 'off', 'beta']);

		expect((await under).out).toBe('begun\nstatus 255\n');
	});

	test('scp copies there and back, and says what is missing', async () => {
		await run('alpha', `${keys}; ${trust}; echo text >/etc/one.conf`);
		await run('beta', letIn);
		const {out} = await run(
			'alpha',
			'scp -q /etc/one.conf 10.0.0.2:/etc/two.conf && scp 10.0.0.2:/etc/two.conf /etc && cat /etc/two.conf',
		);

		expect(out).toBe('text\n');
		expect(await run('alpha', 'scp 10.0.0.2:/etc/none /etc')).toMatchObject({
			err: 'scp: /etc/none: No such file or directory\n',
			outcome: {code: 1},
		});
	});
});
