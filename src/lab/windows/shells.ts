import type {HostView, ShellIo} from '../host.js';
import {clusterCmdlets} from './cmdlets/cluster.js';
import {clusterRoleCmdlets} from './cmdlets/cluster-roles.js';
import {clusterStorageCmdlets} from './cmdlets/cluster-storage.js';
import {diskCmdlets} from './cmdlets/disks.js';
import {domainCmdlets} from './cmdlets/domain.js';
import {featureCmdlets} from './cmdlets/features.js';
import {fileCmdlets} from './cmdlets/files.js';
import {iscsiCmdlets} from './cmdlets/iscsi.js';
import {networkCmdlets} from './cmdlets/network.js';
import {objectCmdlets} from './cmdlets/objects.js';
import {outputCmdlets} from './cmdlets/output.js';
import {switchCmdlets} from './cmdlets/switches.js';
import {systemCmdlets} from './cmdlets/system.js';
import {vmDeviceCmdlets} from './cmdlets/virtual-disks.js';
import {vmCmdlets} from './cmdlets/vm.js';
import {vmHostCmdlets} from './cmdlets/vm-host.js';
import {natives} from './natives.js';
import {PipedDisplay} from './powershell/display.js';
import {type Commands, type NativeIo, PowerShell} from './powershell/powershell.js';
import {NotSimulated} from './powershell/syntax.js';
import {WindowsProcess, type WindowsRoom} from './process.js';

/** How the simulation says that it does not know something which a real host knows. Nothing ends like this by itself. */
const NOT_SIMULATED = 251;

const aliases: Readonly<Record<string, string>> = {
	'%': 'ForEach-Object',
	'?': 'Where-Object',
	cat: 'Get-Content',
	cd: 'Set-Location',
	copy: 'Copy-Item',
	cp: 'Copy-Item',
	del: 'Remove-Item',
	dir: 'Get-ChildItem',
	echo: 'Write-Output',
	fl: 'Format-List',
	foreach: 'ForEach-Object',
	ft: 'Format-Table',
	gc: 'Get-Content',
	gci: 'Get-ChildItem',
	gcm: 'Get-Command',
	gi: 'Get-Item',
	gps: 'Get-Process',
	gsv: 'Get-Service',
	ls: 'Get-ChildItem',
	measure: 'Measure-Object',
	mi: 'Move-Item',
	move: 'Move-Item',
	mv: 'Move-Item',
	ni: 'New-Item',
	ps: 'Get-Process',
	pwd: 'Get-Location',
	ri: 'Remove-Item',
	rm: 'Remove-Item',
	sasv: 'Start-Service',
	select: 'Select-Object',
	sleep: 'Start-Sleep',
	sls: 'Select-String',
	sort: 'Sort-Object',
	spsv: 'Stop-Service',
	type: 'Get-Content',
	where: 'Where-Object',
	write: 'Write-Output',
};

const cmdlets = [
	...outputCmdlets,
	...objectCmdlets,
	...fileCmdlets,
	...systemCmdlets,
	...featureCmdlets,
	...networkCmdlets,
	...domainCmdlets,
	...switchCmdlets,
	...vmHostCmdlets,
	...vmCmdlets,
	...vmDeviceCmdlets,
	...iscsiCmdlets,
	...diskCmdlets,
	...clusterCmdlets,
	...clusterStorageCmdlets,
	...clusterRoleCmdlets,
];

/** Everything that a host understands. */
export const windowsCommands: Commands = {
	cmdlets: new Map(cmdlets.map(cmdlet => [cmdlet.name.toLowerCase(), cmdlet])),
	natives: new Map([...natives, ['powershell', powershellProgram], ['cmd', cmdProgram]]),
	aliases,
};

/** What sshd starts for a login: the default shell with what was sent, or with a prompt, which the lab does not have. */
export async function windowsShell(
	host: HostView,
	line: string | undefined,
	io: ShellIo,
	room: WindowsRoom,
): Promise<number> {
	const process = new WindowsProcess(host.name, io, room, () => host.now());
	if (line === undefined) {
		await process.write(
			'err',
			'The lab has no prompt for Windows hosts: send a command, such as ssh HOST hostname\r\n',
		);
		return NOT_SIMULATED;
	}
	return process.host.defaultShell === 'powershell'
		? runPowerShell(process, line, false)
		: runCmd(line, {process, out: text => process.write('out', text), err: text => process.write('err', text)});
}

/** One powershell.exe. Its errors are CLIXML where it was given an encoded command. */
async function runPowerShell(process: WindowsProcess, script: string, clixml: boolean): Promise<number> {
	const display = new PipedDisplay({write: (stream, text) => process.write(stream, text), clixml});
	const shell = new PowerShell(process, windowsCommands, display);
	try {
		const code = await shell.run(script);
		await display.end();
		return code;
	} catch (error) {
		if (!(error instanceof NotSimulated)) {
			throw error;
		}
		await display.end();
		await process.write('err', `\r\nfieldbook lab: ${error.message}.\r\n`);
		return NOT_SIMULATED;
	}
}

/** > | powershell -NoProfile -EncodedCommand JABQ…      or -Command …, behind which all is the script */
async function powershellProgram(args: readonly string[], {process}: NativeIo): Promise<number> {
	let script = '';
	let encoded = false;
	for (let index = 0; index < args.length; index += 1) {
		const flag = (args[index] ?? '').toLowerCase().replace(/^\//, '-');
		if (/^-(?:noprofile|nop|nologo|noninteractive|noni|sta|mta)$/.test(flag)) {
			continue;
		}
		if (/^-(?:executionpolicy|ep|ex|exec|inputformat|if|outputformat|of|o|windowstyle|w)$/.test(flag)) {
			index += 1;
		} else if (/^-(?:encodedcommand|enc|ec|e)$/.test(flag)) {
			encoded = true;
			script = Buffer.from(args[index + 1] ?? '', 'base64').toString('utf16le');
			index += 1;
		} else if (/^-(?:command|c)$/.test(flag)) {
			script = args.slice(index + 1).join(' ');
			break;
		} else if (flag.startsWith('-')) {
			await process.write('err', `fieldbook lab: powershell ${flag} is not in this simulation.\r\n`);
			return NOT_SIMULATED;
		} else {
			script = args.slice(index).join(' ');
			break;
		}
	}
	return process.io.child('powershell.exe', io => runPowerShell(process.childOf(io), script, encoded));
}

async function cmdProgram(args: readonly string[], io: NativeIo): Promise<number> {
	const [flag = '', ...words] = args;
	if (!/^\/c$/i.test(flag)) {
		await io.err('fieldbook lab: cmd is simulated with /c only.\r\n');
		return NOT_SIMULATED;
	}
	return io.process.io.child('cmd.exe', child => {
		const process = io.process.childOf(child);
		return runCmd(words.join(' '), {...io, process});
	});
}

/** What the real one knows itself. Source: Microsoft's reference of Windows commands. */
const cmdWords = new Set(
	`assoc call cd chdir cls color copy date del dir endlocal erase for ftype goto if md mkdir mklink move path pause popd
	prompt pushd rd ren rename rmdir set setlocal shift start time title type verify vol`.split(/\s+/),
);

/** The little of cmd.exe that a login needs: variables, `echo`, `exit`, programs one after another. */
async function runCmd(line: string, io: NativeIo): Promise<number> {
	let code = 0;
	for (const part of line.split(/(?<!&)&(?!&)/)) {
		if (/[|<>^]|&&/.test(part.replaceAll(/"[^"]*"/g, ''))) {
			await io.err(`fieldbook lab: cmd.exe reads no | < > ^ && in this simulation: ${part.trim()}\r\n`);
			return NOT_SIMULATED;
		}
		code = await runCmdPart(filled(part.trim(), io.process), code, io);
	}
	return code;
}

async function runCmdPart(command: string, before: number, io: NativeIo): Promise<number> {
	const [, name = '', rest = ''] = /^"?([^\s"]+)"?\s*([\s\S]*)$/.exec(command) ?? [];
	const args = [...rest.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
	switch (name.toLowerCase()) {
		case '':
		case 'rem':
			return before;
		case 'echo':
			await io.out(`${rest}\r\n`);
			return 0;
		case 'ver':
			await io.out(`\r\nMicrosoft Windows [Version ${io.process.host.version}.1]\r\n`);
			return 0;
		case 'exit':
			return Number(args.find(word => /^-?\d+$/.test(word)) ?? before);
	}
	if (cmdWords.has(name.toLowerCase())) {
		await io.err(`fieldbook lab: cmd.exe has no ${name} in this simulation.\r\n`);
		return NOT_SIMULATED;
	}
	const native = windowsCommands.natives.get(
		name
			.toLowerCase()
			.replace(/^.*\\/, '')
			.replace(/\.exe$/, ''),
	);
	if (native === undefined) {
		await io.err(
			`'${name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`,
		);
		return 1;
	}
	const {process} = io;
	return native(args, {
		process,
		out: text => process.writeNative('out', text),
		err: text => process.writeNative('err', text),
	});
}

function filled(text: string, {environment}: WindowsProcess): string {
	return text.replaceAll(/%(\w+)%/g, (whole, name: string) => environment.get(name.toLowerCase()) ?? whole);
}
