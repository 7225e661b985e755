import {afterEach, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

let room: OpenRoom;
afterEach(() => room.stop());
const seconds = (n: number) => room.room.clock.sleep(n * 1000);
const out = async (h: string, s: string) => (await run(room, h, s)).out;
const yaml = `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11 }
    ec2: { platform: linux, address: 172.31.255.12 }
    wit: { platform: linux, address: 172.31.255.10 }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      interconnects: [management]
      witness: 172.31.255.10:80
      groups:
        fo: { resources: { exec-a: { type: exec, start: "exit 0", stop: "test ! -e /tmp/bad" } } }
      monitors:
        genw-a: { type: genw, script: "test ! -e /tmp/sick", target: exec-a, timing: active, interval: 10s, retry: 1, recovery: fo }
`;
test('a server that reaches neither the other nor the witness goes, and the other takes over', async () => {
	room = await openLinux(yaml);
	await room.room.perform(['set', 'cables', 'ec1', 'out']);
	await seconds(80);
	expect([await room.room.perform(['look', 'ec1']), await room.room.perform(['look', 'ec'])]).toEqual([
		'ec1 is off',
		'ec: fo on ec2',
	]);
});
test('a custom monitor fails its group over, and a stop script that fails shuts its server down', async () => {
	room = await openLinux(yaml);
	await out('ec1', 'touch /tmp/sick');
	await seconds(60);
	expect(await out('ec2', 'clpgrp -n fo')).toBe('ec2\n');
	expect(await out('ec1', 'grep -c "event: 14\\|event: 9>" /var/log/messages')).toBe('2\n');
	await out('ec2', 'touch /tmp/bad');
	await run(room, 'ec1', 'rm /tmp/sick; clpgrp -m fo -a ec1');
	// Until the heartbeat time-out nobody knows more of it
	expect(await run(room, 'ec1', 'clpgrp -m fo -a ec1')).toMatchObject({code: 1, err: 'Invalid server status.\n'});
	expect(await out('ec1', 'clpgrp -n fo')).toBe('ec2\n');
	await seconds(90);
	expect([await room.room.perform(['look', 'ec2']), await room.room.perform(['look', 'ec'])]).toEqual([
		'ec2 is off',
		'ec: fo on ec1',
	]);
});

test('both halves of a mirror are RED after both servers lost power, until a person decides', async () => {
	room = await openLinux(yaml.replace('resources: {', 'resources: { md-a: { type: md, disk: sdb },'));
	for (const [to, host] of [
		['off', 'ec1'],
		['off', 'ec2'],
		['on', 'ec1'],
		['on', 'ec2'],
	] as const) {
		await room.room.perform(['power', to, host]);
	}
	await seconds(60);
	expect(await out('ec1', 'clpmdstat -m md-a | grep Color')).toMatch(/ RED +RED$/m);
	expect(await run(room, 'ec1', 'clpgrp -n fo')).toMatchObject({code: 1});

	await out('ec1', 'yes | clpmdctrl -f md-a');
	await seconds(200);
	expect(await out('ec1', 'clpgrp -n fo; clpmdstat -m md-a | grep Color')).toMatch(/^ec1\n.* GREEN +GREEN$/m);
});

test('what is written on a mirror disk is on the other server when the power is cut', async () => {
	room = await openLinux(yaml.replace('resources: {', 'resources: { md-a: { type: md, disk: sdb },'));
	expect(await run(room, 'ec1', 'mkfs.xfs /dev/NMP1')).toMatchObject({code: 0});
	const written = await out('ec1', 'blkid -s UUID -o value /dev/NMP1');
	expect(written).toMatch(/^[0-9a-f-]{36}$/m);

	await room.room.perform(['power', 'off', 'ec1']);
	await seconds(80);

	expect(await out('ec2', 'blkid -s UUID -o value /dev/NMP1')).toBe(written);
});
