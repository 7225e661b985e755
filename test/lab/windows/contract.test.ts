import {begin, command, execOn} from '../../transport/parts.js';
import {describeWindowsHost} from '../../transport/windows-contract.js';
import {openRoom} from '../open-room.js';
import {type Description, windowsTopology} from './windows-machine.js';

async function subject(description: Description) {
	const {transport, host, stop} = await openRoom({
		topology: windowsTopology(description),
		from: {kind: 'start', start: 'as described'},
	});
	const hv1 = {...host('hv1'), encoding: description['encoding'] ?? 'utf-8'};
	const made = command("New-Item 'C:/contract folder' -ItemType Directory", {interpreter: ['powershell']});
	await begin(execOn(transport, hv1), made).result;
	return {
		transport,
		host: hv1,
		folder: 'C:/contract folder',
		forever: 'do { Start-Sleep -Seconds 1000 } while (1)',
		stop,
	};
}

describeWindowsHost('a Windows host of the lab', () => subject({}));
describeWindowsHost('one whose sshd starts PowerShell', () => subject({shell: 'powershell'}));
describeWindowsHost('a Japanese one', () => subject({encoding: 'shift_jis'}));
