import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, test} from 'vitest';
import type {HostAccess, RemoteCommand, Transport} from '../../../src/engine/ports.js';
import type {RoomOptions} from '../../../src/lab/room.js';
import {toScreenLines} from '../../../src/text/interpreter.js';
import {textOf} from '../../../src/text/output-line.js';
import type {Timing} from '../../../src/transport/timing.js';
import {createTransport} from '../../../src/transport/transport.js';
import {sendScript} from '../../../src/transport/windows-script.js';
import {begin, command, execOn, hostOf, run, until, vaultWith} from '../../transport/parts.js';
import {cableTo, listen, sshServer} from '../../transport/servers.js';
import {openRoom} from '../open-room.js';
import {type Description, windowsMachine, windowsTopology} from './windows-machine.js';

const stops: Array<() => Promise<void>> = [];
afterEach(async () => {
	for (const stop of stops.splice(0).toReversed()) {
		await stop();
	}
});

async function room(description: Description = {}, changes: Partial<RoomOptions> = {}) {
	const opened = await openRoom({
		topology: windowsTopology(description),
		from: {kind: 'start', start: 'as described'},
		...changes,
	});
	stops.push(opened.stop);
	return {...opened, hv1: {...opened.host('hv1'), encoding: description['encoding'] ?? 'utf-8'}};
}

const powershell = (script: string, changes: Partial<RemoteCommand> = {}) =>
	command(script, {interpreter: ['powershell', '-NoProfile', '-NonInteractive'], ...changes});

const bytesFrom = async (transport: Transport, host: HostAccess, script: string) => {
	const chunks = {out: [] as Uint8Array[], err: [] as Uint8Array[]};
	const keep = (stream: 'out' | 'err', bytes: Uint8Array) => void chunks[stream].push(Buffer.from(bytes));
	await transport.exec(host, powershell(script), keep, new AbortController().signal);
	return {out: Buffer.concat(chunks.out), err: Buffer.concat(chunks.err)};
};

describe('encodings', () => {
	test('a Japanese host prints in the encoding of the sheet, and so do programs that do not ask', async () => {
		const {transport, hv1} = await room({encoding: 'shift_jis'});
		const {out, err} = await bytesFrom(transport, hv1, '"設定"; net start nobody; "表示 ソ"; exit 0');

		expect(out).toEqual(
			Buffer.from([0x90, 0xdd, 0x92, 0xe8, 13, 10, 0x95, 0x5c, 0x8e, 0xa6, 0x20, 0x83, 0x5c, 13, 10]),
		);
		expect(toScreenLines(err, hv1.encoding).map(textOf)[0]).toBe('サービス名は無効です。');
	});

	test('where the sheet does not say so, such programs are not readable, but PowerShell itself is', async () => {
		const {transport, hv1} = await room({encoding: 'shift_jis'});
		const {out, err} = await bytesFrom(transport, {...hv1, encoding: 'utf-8'}, '"設定"; net start nobody; exit 0');

		expect(out.toString()).toBe('設定\r\n');
		expect(err.toString()).toContain('\uFFFD');
	});
});

describe('CLIXML', () => {
	test('is kept as it came, and read as text where it is shown and looked into', async () => {
		const {transport, hv1} = await room();
		const {err} = await bytesFrom(transport, hv1, 'Write-Warning "low"; Get-Item C:\\nope');

		expect(err.toString()).toMatch(/^#< CLIXML\r\n<Objs .*<S S="warning">low<\/S>.*<\/Objs>$/s);
		expect(toScreenLines(err).map(textOf).slice(0, 2)).toEqual([
			'WARNING: low',
			"Get-Item : Cannot find path 'C:\\nope' because it does not exist.",
		]);
	});

	test('of a PowerShell within the script is read too', async () => {
		const {transport, hv1} = await room();
		const inner = Buffer.from('Write-Error inner', 'utf16le').toString('base64');
		const {err} = await bytesFrom(transport, hv1, `powershell -EncodedCommand ${inner}; Write-Error outer`);

		expect(
			toScreenLines(err)
				.map(textOf)
				.filter(line => / : (?:inner|outer)$/.test(line)),
		).toHaveLength(2);
	});
});

describe('what was not seen', () => {
	// The first command of a host asks which shell reads our lines; the second is ours
	test('a connection that is lost leaves the outcome lost: the host ends nothing by itself', async () => {
		const {transport, hv1} = await room(
			{},
			{fault: {name: 'drop-mid-command', host: 'hv1', command: 2, afterChunks: 2}},
		);
		const {outcome} = await run(transport, hv1, powershell("Set-Content C:/done.txt 'x'; 'a'; 'b'; 'c'"));

		expect(outcome).toMatchObject({kind: 'lost', evidence: expect.stringContaining('hv1')});
		expect((await run(transport, hv1, powershell('Get-Content C:/done.txt'))).out).toBe('x\r\n');
	});

	test('a channel that closes without a code is no success', async () => {
		const {transport, hv1} = await room({}, {fault: {name: 'no-exit-status', host: 'hv1', command: 2}});

		expect((await run(transport, hv1, powershell("'a'"))).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('without an exit status'),
		});
	});

	test('a script that hangs is ended from a second channel', async () => {
		const {transport, hv1} = await room({}, {fault: {name: 'hang', host: 'hv1', command: 2}});
		const hanging = run(transport, hv1, powershell("'a'", {timeoutMs: 200}));

		expect((await hanging).outcome).toEqual({kind: 'timedOut', afterMs: 200});
	});

	test('where the end cannot be confirmed, a cancelled script is lost', async () => {
		const marker = (line: string) => /(fieldbook:[\da-f]+)/.exec(decoded(line))?.[1] ?? '';
		const {transport, host} = await serverThat((channel, line) => {
			channel.on('data', () => {});
			if (line.startsWith('echo')) {
				channel.write(`"${marker(line)} Windows_NT $env:OS"\r\n`);
				channel.exit(0);
				channel.end();
			} else if (decoded(line).includes('taskkill')) {
				channel.write(`${marker(line)} ok\r\nalive\r\n`);
				channel.exit(0);
				channel.end();
			} else {
				channel.write(`${marker(line)} 4711 133771234567890000\r\nbegun\r\n`);
				channel.stderr.write(`${marker(line)} 4711 133771234567890000\r\n`);
			}
		});
		const running = begin(execOn(transport, host), powershell("'begun'"));
		await running.printed('begun');
		running.cancel();

		expect((await running.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('still there'),
		});
	});
});

test('a host that lets nobody in is tried as often as any other, not once more for the question about its shell', async () => {
	const {transport, host} = await serverThat(() => {});
	const closed = await listen(socket => socket.destroy());
	stops.push(closed.stop);
	const {outcome} = await run(transport, {...host, port: closed.port}, powershell('1'));

	expect(outcome).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('Could not reach')});
	expect(closed.connections()).toBe(4);
});

describe('the line', () => {
	test('reads the same for both shells, and is never longer than cmd.exe takes', async () => {
		const lines: string[] = [];
		const {transport, host} = await serverThat((channel, line) => {
			lines.push(line);
			channel.exit(1);
			channel.end();
		});
		for (const length of [10, 2000, 2600, 3000, 50_000]) {
			await run(transport, host, powershell(`'${'x'.repeat(length)}'`, {variables: {a: '& | < > ^ % "'}}));
		}

		expect(lines.length).toBeGreaterThan(5);
		expect(Math.max(...lines.map(line => line.length))).toBeLessThan(8100);
		for (const line of lines.filter(each => !each.startsWith('echo'))) {
			expect(line).toMatch(/^powershell(?: -\w+(?: \w+)?)* -InputFormat None -EncodedCommand [A-Za-z\d+/=]+$/);
		}
	});

	test('for a login shell that is PowerShell, the exit code is asked for, which would be 0 or 1', async () => {
		const {transport, hv1} = await room({shell: 'powershell'});

		expect((await run(transport, hv1, powershell('exit 42'))).outcome).toEqual({kind: 'exited', code: 42});
	});

	test('secrets are in no line, whatever their length', async () => {
		const lines: string[] = [];
		const {transport, host} = await serverThat((channel, line) => {
			lines.push(decoded(line));
			channel.exit(1);
			channel.end();
		});
		const secrets = {pin: 'n0b0dy-may-see-this', key: 'k'.repeat(9000)};
		await run(transport, host, powershell('$env:pin', {secrets}));

		expect(lines.join('\n')).toContain('pin');
		expect(lines.join('\n')).not.toMatch(/n0b0dy|kkkk|bjBiMGR5/);
	});

	test('a host without PowerShell is told from a script that fails', async () => {
		const {transport, host} = await serverThat((channel, line) => {
			if (!line.startsWith('echo')) {
				channel.stderr.write("'powershell' is not recognized as an internal or external command,\r\n");
			}

			channel.exit(1);
			channel.end();
		});

		expect((await run(transport, host, powershell('1'))).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining("'powershell' is not recognized"),
		});
	});

	test.each([
		['a long script', 'x'.repeat(20_000), {}],
		['a secret', '1', {pin: 'secret-of-somebody'}],
	])('where %s did not arrive whole, nothing of it runs', async (_, text, secrets) => {
		const token = 'fieldbook:0123456789abcdef';
		const script = {script: `Set-Content C:/ran.txt 1 # ${text}`, variables: {}, secrets, encoding: 'utf-8'};
		const {line, input} = sendScript({...script, interpreter: ['powershell']}, token, 'cmd');
		const host = await windowsMachine();
		const whole = Buffer.from(input).toString();
		const {out, status} = await host.run(line, whole.slice(0, whole.length / 2));
		const {out: found} = await host.powershell('Test-Path C:/ran.txt');
		host.stop();

		expect({out, status, found}).toEqual({out: `${token} -\r\n`, status: 125, found: 'False\r\n'});
	});

	test('what did not arrive whole was not started', async () => {
		const {transport, host} = await serverThat((channel, line) => {
			channel.write(`${/(fieldbook:[\da-f]+)/.exec(decoded(line))?.[1]} -\r\n`);
			channel.exit(125);
			channel.end();
		});

		expect((await run(transport, host, powershell('1'))).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('did not arrive whole'),
		});
	});
});

test('a value that Windows does not take stops it before the script begins', async () => {
	const {transport, hv1} = await room();
	const script = powershell("'ran'", {variables: {huge: 'x'.repeat(33_000)}});

	expect((await run(transport, hv1, script)).outcome).toMatchObject({
		kind: 'notStarted',
		reason: expect.stringContaining('too long'),
	});
});

describe('the connection', () => {
	test('is renewed before its sshd has done too much, and no command notices', async () => {
		const {transport, host, connections} = await serverThat(
			(channel, line) => {
				channel.write(`${/(fieldbook:[\da-f]+)/.exec(decoded(line))?.[1]} 4711 1\r\n`);
				channel.exit(0);
				channel.end();
			},
			{worn: {commands: 4, ms: 3_600_000}},
		);
		const outcomes = [];
		for (let number = 0; number < 12; number++) {
			outcomes.push((await run(transport, host, powershell(`${number}`))).outcome);
		}

		expect(new Set(outcomes.map(outcome => JSON.stringify(outcome)))).toEqual(new Set(['{"kind":"exited","code":0}']));
		expect(connections()).toBe(4); // The question for the shell is a command too
	});

	test('a command that is under way keeps the old one until it ends', async () => {
		const waiting: Array<() => void> = [];
		const {transport, host, connections} = await serverThat(
			(channel, line) => {
				channel.write(`${/(fieldbook:[\da-f]+)/.exec(decoded(line))?.[1]} 4711 1\r\n`);
				const end = () => {
					channel.exit(0);
					channel.end();
				};
				if (decoded(line).includes('slow')) {
					waiting.push(end);
				} else {
					end();
				}
			},
			{worn: {commands: 2, ms: 3_600_000}},
		);
		const slow = run(transport, host, powershell("'slow'"));
		await until(() => waiting.length === 1);
		expect((await run(transport, host, powershell("'quick'"))).outcome).toEqual({kind: 'exited', code: 0});
		expect(connections()).toBe(2);
		waiting[0]?.();

		expect((await slow).outcome).toEqual({kind: 'exited', code: 0});
	});

	test('a reset when it ends, as Windows sends it, disturbs nobody', async () => {
		const {room: lab, hv1, folder} = await room();
		const cable = await cableTo(lab.hosts()[0]?.port ?? 0);
		stops.push(cable.stop);
		const transport = createTransport({
			secrets: vaultWith({password: 'Windows1!', answer: 'Windows1!'}),
			knownHosts: {files: [`${folder}/reset_known_hosts`], policy: 'accept-new'},
			home: folder,
			localUser: 'nobody',
		});
		expect((await run(transport, {...hv1, port: cable.port}, powershell("'a'"))).out).toBe('a\r\n');
		const closing = transport.close();
		cable.cut('reset');

		await expect(closing).resolves.toBeUndefined();
	});
});

/** What an encoded command says; other lines as they are. */
function decoded(line: string): string {
	const [, base64] = / -EncodedCommand (\S+?);?(?: |$)/.exec(line) ?? [];
	return base64 === undefined ? line : Buffer.from(base64, 'base64').toString('utf16le');
}

/** A server that does with a line what `perform` says, and a transport to it. */
async function serverThat(perform: Parameters<typeof sshServer>[0], timing: Partial<Timing> = {}) {
	const server = await sshServer(perform);
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-windows-'));
	const transport = createTransport({
		secrets: vaultWith(),
		knownHosts: {files: [join(folder, 'known_hosts')], policy: 'accept-new'},
		home: folder,
		localUser: 'nobody',
		timing: {heldOpen: 100, marker: 100, ...timing},
	});
	stops.push(async () => {
		await transport.close();
		await server.stop();
		rmSync(folder, {recursive: true});
	});
	const host = hostOf(
		{port: server.port, userKey: '/no/key', user: 'Administrator'},
		{key: undefined, platform: 'windows'},
	);
	return {transport, host, connections: server.connections};
}
