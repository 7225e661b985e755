import {networkOf} from './adapters.js';
import type {Adapter, Service} from './host-state.js';
import type {Native, NativeIo} from './powershell/powershell.js';
import type {WindowsProcess} from './process.js';

/** What a program prints and how it ends. */
type Printed = {readonly code: number; readonly out?: readonly string[]; readonly err?: readonly string[]};

/** Programs of the system by their names without `.exe`, lower case. `powershell` and `cmd` stand in `shells.ts`. */
export const natives: ReadonlyMap<string, Native> = new Map([
	['hostname', printing(({host}) => ({code: 0, out: [host.computerName]}))],
	[
		'whoami',
		printing(({host, io}) => ({
			code: 0,
			out: [`${(host.domain?.split('.')[0] ?? host.computerName).toLowerCase()}\\${io.user.toLowerCase()}`],
		})),
	],
	['ipconfig', printing(ipconfig)],
	['net', net],
	['sc', sc],
	['taskkill', printing(taskkill)],
	['tasklist', printing(tasklist)],
	['ping', ping],
	['shutdown', printing(shutdown)],
	['icacls', icacls],
	['timeout', timeout],
	['where', printing(where)],
]);

function printing(program: (process: WindowsProcess, args: readonly string[]) => Printed): Native {
	return async (args, io) => tell(io, program(io.process, args));
}

async function tell(io: NativeIo, {code, out = [], err = []}: Printed): Promise<number> {
	if (out.length > 0) {
		await io.out(out.map(line => `${line}\r\n`).join(''));
	}
	if (err.length > 0) {
		await io.err(err.map(line => `${line}\r\n`).join(''));
	}
	return code;
}

function ipconfig({host}: WindowsProcess): Printed {
	const withStack = host.adapters.filter(({alias}) => !host.switches.some(({uplink}) => uplink === alias));
	const lines = withStack.flatMap(adapter => [
		'',
		`Ethernet adapter ${adapter.alias}:`,
		'',
		...(networkOf(host, adapter) !== undefined
			? [
					'   Connection-specific DNS Suffix  . :',
					...(adapter.ip === '' ? [] : addressLines(adapter)),
					`   Default Gateway . . . . . . . . . : ${adapter.gateway}`,
				]
			: ['   Media State . . . . . . . . . . . : Media disconnected']),
	]);
	return {code: 0, out: ['', 'Windows IP Configuration', '', ...lines]};
}

function addressLines({ip, prefix}: Adapter): readonly string[] {
	return [`   IPv4 Address. . . . . . . . . . . : ${ip}`, `   Subnet Mask . . . . . . . . . . . : ${netmask(prefix)}`];
}

function netmask(prefix: number): string {
	return [0, 8, 16, 24].map(bit => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - bit)))).join('.');
}

/** `net start`, `net stop`. On a Japanese system it answers in Japanese, in the system's encoding. */
async function net(args: readonly string[], io: NativeIo): Promise<number> {
	const [verb = '', name] = args;
	const {process} = io;
	const japanese = process.host.encoding === 'shift_jis';
	if (!/^(?:start|stop)$/i.test(verb)) {
		return tell(io, {code: 1, err: [`The simulation knows only net start and net stop, not net ${args.join(' ')}.`]});
	}
	if (name === undefined) {
		const running = process.host.services
			.filter(service => service.running)
			.map(service => `   ${service.displayName}`);
		return tell(io, {code: 0, out: ['These Windows services are started:', '', ...running, '']});
	}
	const found = serviceNamed(process, name);
	if (found === undefined) {
		return tell(io, {
			code: 2,
			err: japanese
				? ['サービス名は無効です。', '', 'NET HELPMSG 2185 と入力すると、より詳しい説明が得られます。', '']
				: ['The service name is invalid.', '', 'More help is available by typing NET HELPMSG 2185.', ''],
		});
	}
	const starts = verb.toLowerCase() === 'start';
	if (found.running === starts) {
		return tell(io, {
			code: 2,
			err: starts
				? ['The requested service has already been started.', '']
				: [`The ${found.displayName} service is not started.`, ''],
		});
	}
	await process.io.sleep(2_000);
	setService(process, {...found, running: starts});
	return tell(io, {
		code: 0,
		out: [
			`The ${found.displayName} service is ${starts ? 'starting' : 'stopping'}.`,
			`The ${found.displayName} service was ${starts ? 'started' : 'stopped'} successfully.`,
			'',
		],
	});
}

async function sc(args: readonly string[], io: NativeIo): Promise<number> {
	const [verb = '', name = ''] = args;
	const service = serviceNamed(io.process, name);
	switch (verb.toLowerCase()) {
		case 'query':
			return tell(
				io,
				service === undefined
					? missing('EnumQueryServicesStatus:OpenService')
					: {
							code: 0,
							out: [
								'',
								`SERVICE_NAME: ${service.name}`,
								'        TYPE               : 10  WIN32_OWN_PROCESS',
								`        STATE              : ${service.running ? '4  RUNNING' : '1  STOPPED'}`,
							],
						},
			);
		case 'start':
		case 'stop':
			if (service !== undefined) {
				setService(io.process, {...service, running: verb.toLowerCase() === 'start'});
			}
			return tell(
				io,
				service === undefined ? missing('OpenService') : {code: 0, out: ['', `SERVICE_NAME: ${service.name}`]},
			);
	}
	return tell(io, {code: 1639, err: [`The simulation knows only sc query, start and stop, not sc ${args.join(' ')}.`]});
}

function missing(what: string): Printed {
	return {
		code: 1060,
		out: [`[SC] ${what} FAILED 1060:`, '', 'The specified service does not exist as an installed service.', ''],
	};
}

function serviceNamed({host}: WindowsProcess, name: string): Service | undefined {
	return host.services.find(service =>
		[service.name, service.displayName].some(known => known.toLowerCase() === name.toLowerCase()),
	);
}

function setService(process: WindowsProcess, service: Service): void {
	const {host} = process;
	process.change({...host, services: host.services.map(other => (other.name === service.name ? service : other))});
}

/** `/T`: with all that it has started. */
function taskkill({io}: WindowsProcess, args: readonly string[]): Printed {
	const words = args.map(word => word.toLowerCase());
	const id = Number(words[words.indexOf('/pid') + 1]);
	const all = io.processes();
	if (!all.some(({processId}) => processId === id)) {
		return {code: 128, err: [`ERROR: The process "${id}" not found.`]};
	}
	const doomed = [id];
	for (const parent of doomed) {
		if (words.includes('/t')) {
			doomed.push(...all.filter(({parentId}) => parentId === parent).map(({processId}) => processId));
		}
	}
	const ended = doomed.toReversed().filter(processId => processId !== io.processId && io.kill(processId));
	return {code: 0, out: ended.map(processId => `SUCCESS: The process with PID ${processId} has been terminated.`)};
}

function tasklist({io}: WindowsProcess): Printed {
	const rows = io
		.processes()
		.map(({processId, command}) => `${(command.split(' ')[0] ?? '').padEnd(25)} ${String(processId).padStart(8)}`);
	return {code: 0, out: ['', 'Image Name                     PID', '========================= ========', ...rows]};
}

async function ping(args: readonly string[], io: NativeIo): Promise<number> {
	const address = args.find((word, index) => /^[\d.]+$/.test(word) && !/^-/.test(args[index - 1] ?? '')) ?? '';
	const forEver = args.includes('-t');
	const count = forEver ? Number.POSITIVE_INFINITY : Number(args[args.indexOf('-n') + 1] ?? 4) || 4;
	const answers = io.process.answers(address);
	await io.out(`\r\nPinging ${address} with 32 bytes of data:\r\n`);
	for (let sent = 0; sent < count; sent += 1) {
		await io.process.io.sleep(answers ? 1_000 : 4_000);
		await io.out(answers ? `Reply from ${address}: bytes=32 time<1ms TTL=128\r\n` : 'Request timed out.\r\n');
	}
	return answers ? 0 : 1;
}

function shutdown(process: WindowsProcess, args: readonly string[]): Printed {
	const words = args.map(word => word.toLowerCase().replace('-', '/'));
	if (!words.includes('/r') && !words.includes('/s')) {
		return {code: 1, err: ['The simulation knows only shutdown /r and shutdown /s.']};
	}
	process.shutDown(words.includes('/r') ? 'boot' : 'off');
	return {code: 0};
}

/** Shows and sets who may do what: `/inheritance:r`, `/grant WHO:F`, `/remove WHO`. */
async function icacls(args: readonly string[], io: NativeIo): Promise<number> {
	const [path = '', ...words] = args;
	const {process} = io;
	if (!(await process.files.exists(path))) {
		return tell(io, {
			code: 2,
			err: [`${path}: The system cannot find the file specified.`],
			out: ['Successfully processed 0 files; Failed processing 1 files'],
		});
	}
	const key = process.files.absolute(path).toLowerCase();
	const inherited = [
		'NT AUTHORITY\\SYSTEM:(I)(F)',
		'BUILTIN\\Administrators:(I)(F)',
		'NT AUTHORITY\\Authenticated Users:(I)(RX)',
	];
	const before = process.host.acls[key] ?? inherited;
	if (words.length === 0) {
		const [first = '', ...others] = before;
		const lines = [`${path} ${first}`, ...others.map(each => `${' '.repeat(path.length)} ${each}`)];
		return tell(io, {code: 0, out: [...lines, '', 'Successfully processed 1 files; Failed processing 0 files']});
	}
	let verb = '';
	let acl = before;
	for (const word of words) {
		if (word.startsWith('/')) {
			verb = word.toLowerCase();
			acl = verb === '/inheritance:r' ? acl.filter(each => !each.includes('(I)')) : acl;
			continue;
		}
		const [who = '', rights = ''] = word.split(':');
		const isHis = (each: string) => each.toLowerCase().replace(/^.*\\/, '').startsWith(`${who.toLowerCase()}:`);
		acl = acl.filter(each => !isHis(each) || (verb.startsWith('/grant') && each.includes('(I)')));
		acl = verb.startsWith('/grant') ? [...acl, `${account(who)}:(${rights.replaceAll(/[()]/g, '')})`] : acl;
	}
	process.change({...process.host, acls: {...process.host.acls, [key]: [...acl]}});
	return tell(io, {
		code: 0,
		out: [`processed file: ${path}`, 'Successfully processed 1 files; Failed processing 0 files'],
	});
}

/** As the system calls its own. */
function account(name: string): string {
	const known: Readonly<Record<string, string>> = {
		administrators: 'BUILTIN\\Administrators',
		system: 'NT AUTHORITY\\SYSTEM',
	};
	return known[name.toLowerCase()] ?? name;
}

/** Without a console to read keys from it refuses, as the real one does. */
async function timeout(_: readonly string[], io: NativeIo): Promise<number> {
	return tell(io, {code: 1, err: ['ERROR: Input redirection is not supported, exiting the process immediately.']});
}

function where(_: WindowsProcess, [name = '']: readonly string[]): Printed {
	const plain = name.toLowerCase().replace(/\.exe$/, '');
	return natives.has(plain)
		? {code: 0, out: [`C:\\Windows\\System32\\${plain}.exe`]}
		: {code: 1, err: ['INFO: Could not find files for the given pattern(s).']};
}
