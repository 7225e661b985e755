import {describePosixHost} from '../transport/contract.js';
import {begin, command, execOn} from '../transport/parts.js';
import {openRoom} from './open-room.js';

describePosixHost('a host of the lab', async () => {
	const {transport, host, stop} = await openRoom();
	await begin(execOn(transport, host('alpha')), command('mkdir /tmp/contract')).result;
	return {transport, host: host('alpha'), folder: '/tmp/contract', forever: 'sleep infinity', stop};
});
