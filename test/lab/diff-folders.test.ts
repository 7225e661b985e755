import {afterEach, expect, test} from 'vitest';
import {openLinux, run} from './linux/linux-lab.js';
import type {OpenRoom} from './open-room.js';

let room: OpenRoom;
afterEach(() => room.stop());

test('folders are compared as diff -r does', async () => {
	room = await openLinux('topology:\n  hosts:\n    a: { platform: linux, address: 172.31.255.11 }\n');
	const made =
		'mkdir -p one/in two/in; echo x >one/in/f; echo x >two/in/f; echo y >one/g; echo z >two/g; echo w >one/h';
	const {out, code} = await run(room, 'a', `${made}; diff -r one/in two/in && diff -rq one two || diff -r one two`);

	expect(out).toMatch(
		/^Files one\/g and two\/g differ\nOnly in one: h\ndiff -r one\/g two\/g\n.*\n-y\n\+z\nOnly in one: h\n$/s,
	);
	expect(code).toBe(1);
});
