import {describePosixHost} from '../transport/contract.js';
import {begin, command, execOn} from '../transport/parts.js';
import {openLinux} from './linux/linux-lab.js';
import {openRoom} from './open-room.js';

describePosixHost('a host of the lab', async () => {
	const {transport, host, another, stop} = await openRoom();
	await begin(execOn(transport, host('alpha')), command('mkdir /tmp/contract')).result;
	return {transport, host: host('alpha'), folder: '/tmp/contract', forever: 'sleep infinity', another, stop};
});

const linux = (words: string) => `topology:
  hosts:
    web-1: { platform: linux, address: 172.31.255.11${words} }
`;

describePosixHost('a Linux host of the lab', async () => {
	const room = await openLinux(linux(''));
	await begin(execOn(room.transport, room.host('web-1')), command('mkdir /tmp/contract')).result;
	return {
		transport: room.transport,
		host: room.host('web-1'),
		folder: '/tmp/contract',
		forever: 'sleep infinity',
		another: room.another,
		stop: room.stop,
	};
});

describePosixHost('a user of a Linux host of the lab', async () => {
	const room = await openLinux(linux(', user: admin, sudo: password'));
	return {
		transport: room.transport,
		host: room.host('web-1'),
		folder: '/home/admin',
		forever: 'sleep infinity',
		another: room.another,
		stop: room.stop,
	};
});
