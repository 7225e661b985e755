import {describe, expect, test} from 'vitest';
import {createVault} from '../../src/engine/vault.js';
import type {Placeholder, Script, Template} from '../../src/runbook/runbook.js';
import {
	file,
	graphOf,
	param,
	runs,
	satellite,
	scriptOf,
	step,
	template,
	twoHosts,
	verify,
	waits,
} from '../run/given.js';
import {access, type Behaviour, DreamClock, FakeTransport, ok, print, Run} from './fake-world.js';

const at = {line: 1, column: 1, length: 1};
const lost = {kind: 'lost', evidence: 'read ECONNRESET'} as const;

function hosts(behaviour: Behaviour): FakeTransport {
	const transport = new FakeTransport();
	transport.behaviour = behaviour;
	return transport;
}

/** `NAME {{name}}`. */
function withPlaceholder(before: string, name: string): Template {
	const placeholder: Placeholder = {name, host: undefined, at};
	return {source: `${before}{{${name}}}`, parts: [before, placeholder]};
}

function script(template: Template, more: Partial<Script> = {}): ReturnType<typeof runs> {
	return runs('', {script: {...scriptOf(''), template, ...more}});
}

describe('a script', () => {
	test('arrives with its values quoted, all values as variables, and its time limit', async () => {
		const graph = graphOf([step('a', {action: script(withPlaceholder('echo ', 'ntp')), as: 'root', timeoutMs: 5000})]);
		const run = new Run(graph, {
			start: {values: {ntp: {'*': "it's"}}},
			runbook: {params: [param('ntp'), param('key', {type: 'secret'})]},
		});
		await run.finish();
		expect(run.transport.sent).toEqual([
			{
				host: 'web-1',
				command: {
					job: 'r1.a.web-1.1.run',
					interpreter: ['sh', '-eu'],
					script: String.raw`echo 'it'\''s'`,
					variables: {ntp: "it's"},
					secrets: {},
					as: 'root',
					timeoutMs: 5000,
				},
			},
		]);
	});

	test.for([
		[{}, ['sh', '-eu']],
		[{shell: 'bash'}, ['bash', '-eu']],
		[{shebang: ['/bin/sh', '-eux']}, ['/bin/sh', '-eux']],
	] as const)('%j runs under %j', async ([more, interpreter]) => {
		const run = new Run(graphOf([step('a', {action: script(template('true'), more)})]));
		await run.finish();
		expect(run.transport.sent[0]?.command.interpreter).toEqual(interpreter);
	});

	test('without a value for a placeholder is not sent', async () => {
		const run = new Run(graphOf([step('a', {action: script(withPlaceholder('echo ', 'ntp'))})]));
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')).toMatchObject({
			because: 'there is no value for ntp',
			outcome: {kind: 'notStarted'},
		});
		expect(run.transport.sent).toEqual([]);
	});

	test('on this laptop goes to no host', async () => {
		const run = new Run(graphOf([step('a', {hosts: ['local']})]));
		await run.finish();
		expect(run.transport.sent).toEqual([]);
		expect(run.transport.local.map(({job}) => job)).toEqual(['r1.a.local.1.run']);
	});

	test('of a satellite runs where the satellite says, as the step does', async () => {
		const check = satellite('test -e x', {on: {kind: 'host', host: 'web-2'}, timeoutMs: 100});
		const run = new Run(graphOf([step('a', {check, as: 'root'})]));
		await run.finish();
		expect(run.transport.sent).toMatchObject([
			{host: 'web-2', command: {job: 'r1.a.web-1.1.check', script: 'test -e x', as: 'root', timeoutMs: 100}},
		]);
	});

	test.for([
		['web-1', '10.0.0.1'],
		['', '10.0.0.2'],
		['local', '10.0.0.2'],
	] as const)('of a satellite elsewhere has the values of its step on "%s", else its own', async ([host, ip]) => {
		const check = satellite('', {
			script: {...scriptOf(''), template: withPlaceholder('ping ', 'ip')},
			on: {kind: 'host', host: 'web-2'},
		});
		const values = {ip: {'web-1': '10.0.0.1', 'web-2': '10.0.0.2'}};
		const run = new Run(graphOf([step('a', {hosts: [host], check})]), {
			start: {values},
			runbook: {params: [param('ip')]},
		});
		await run.finish();
		expect(run.transport.sent).toMatchObject([{host: 'web-2', command: {script: `ping '${ip}'`, variables: {ip}}}]);
	});

	test('has a job name that a file can have', async () => {
		const run = new Run(graphOf([step('ネットワーク/1')]));
		await run.finish();
		expect(run.transport.jobs[0]).toMatch(/^r1\.h-[\da-f]{16}\.web-1\.1\.run$/);
	});
});

describe('secrets', () => {
	const runbook = {
		params: [param('key', {type: 'secret', label: 'Licence key', each: 'web'}), param('pin', {type: 'secret'})],
	};

	test('only those that the script names are fed, and none is written down', async () => {
		const transport = hosts(({command}, sink) => {
			print(sink, `the key is ${command.secrets['key']}\n`);
			return ok;
		});
		const run = new Run(graphOf([step('a', {action: runs('license "$key"')})]), {
			transport,
			runbook,
			vault: createVault({key: {'web-1': 'zebra-crossing'}, pin: {'*': '123456789'}}),
		});
		await run.finish();
		expect(transport.sent[0]?.command).toMatchObject({script: 'license "$key"', secrets: {key: 'zebra-crossing'}});
		expect(transport.sent[0]?.command.variables).toEqual({});
		expect(run.output('a')).toBe('the key is [secret]\n');
		expect(JSON.stringify(run.events)).not.toContain('zebra');
	});

	test('are asked for when the step needs them, before its intent', async () => {
		const run = new Run(graphOf([step('a', {action: runs('license "$key"')})]), {runbook});
		await run.begin();
		const {prompts} = await run.handle.pull({afterSeq: 0, output: undefined});
		expect(prompts).toEqual([{id: 1, name: 'key', host: 'web-1', text: 'Licence key', echo: false}]);
		expect(run.transport.sent).toEqual([]);
		await run.handle.tell(1, 'zebra-crossing');
		await run.until(({status}) => status === 'finished');
		expect(run.transport.sent[0]?.command.secrets).toEqual({key: 'zebra-crossing'});
	});

	test('that nobody gives fail the step, and nothing is sent', async () => {
		// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own form of a variable
		const run = new Run(graphOf([step('a', {action: runs('echo ${pin}')})]), {runbook});
		await run.begin();
		await run.handle.tell(1, undefined);
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('there is no value for pin');
		expect(run.transport.sent).toEqual([]);
	});

	test('given while the run is paused do not begin the step', async () => {
		const run = new Run(graphOf([step('a', {action: runs('echo $pin')})]), {runbook});
		await run.begin();
		await run.ask({kind: 'pause', reason: 'lunch'});
		await run.handle.ended;
		await run.handle.tell(1, 'zebra-crossing');
		await new Promise(setImmediate);
		expect(run.transport.sent).toEqual([]);
		await run.ask({kind: 'begin'});
		await run.until(({status}) => status === 'finished');
		expect(run.transport.jobs).toEqual(['r1.a.web-1.1.run']);
	});

	test('are captured by no step: what is captured is written down and used again', async () => {
		const transport = hosts((_, sink) => {
			print(sink, 'zebra-crossing\n');
			return ok;
		});
		const captures = {name: 'found', type: 'text', optional: false} as const;
		const run = new Run(graphOf([step('a', {captures})]), {
			transport,
			vault: createVault({pin: {'*': 'zebra-crossing'}}),
		});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toContain('holds a secret');
		expect(JSON.stringify(run.events)).not.toContain('zebra');
	});

	test('are taken out of what a host says of itself failing', async () => {
		const transport = hosts(() => ({kind: 'notStarted', reason: 'zebra-crossing: not found'}));
		const run = new Run(graphOf([step('a')]), {transport, vault: createVault({key: {'*': 'zebra-crossing'}})});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('[secret]: not found');
	});
});

describe('output', () => {
	test('is kept as it came, with its facts in the event', async () => {
		const transport = hosts((_, sink) => {
			print(sink, 'one\n');
			print(sink, 'two\n', 'err');
			return ok;
		});
		const run = new Run(graphOf([step('a')]), {transport});
		const state = await run.finish();
		expect(run.output('a')).toBe('one\ntwo\n');
		expect(state.progress.get('a@web-1')?.output).toMatchObject({bytes: 8, kept: 8});
	});

	test('is looked at for expected lines and captured values, decoded as the host encodes', async () => {
		const transport = hosts((_, sink) => {
			sink('out', Uint8Array.of(0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 0x0d, 0x0a)); // テスト in Shift_JIS
			return ok;
		});
		const graph = graphOf([
			step('a', {
				captures: {name: 'word', type: 'text', optional: false},
				expect: [{text: 'テスト', match: 'exact', at}],
			}),
		]);
		const planned = {'web-1': {...access('web-1', '10.0.0.1'), encoding: 'shift_jis'}};
		const run = new Run(graph, {transport, plan: {hosts: planned}});
		expect((await run.finish()).values).toEqual({word: {'web-1': 'テスト'}});
	});

	test('of more than 1 MiB is not looked into, and the step says so', async () => {
		const transport = hosts((_, sink) => {
			for (let index = 0; index < 1025; index++) {
				print(sink, 'x'.repeat(1024));
			}

			return ok;
		});
		const run = new Run(graphOf([step('a', {expect: [{text: 'x', match: 'exact', at}]})]), {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toContain('1 MiB');
		expect(state.progress.get('a@web-1')?.output?.bytes).toBe(1025 * 1024);
	});

	test('can be followed while it comes', async () => {
		const printed = Promise.withResolvers<void>();
		const go = Promise.withResolvers<void>();
		const transport = hosts(async (_, sink) => {
			print(sink, 'half');
			printed.resolve();
			await go.promise;
			return ok;
		});
		const run = new Run(graphOf([step('a')]), {transport});
		await run.begin();
		await printed.promise;
		const output = {step: 'a', host: 'web-1', attempt: 1, part: 'run', maxBytes: 100} as const;
		const pulled = await run.handle.pull({afterSeq: 0, output});
		expect(Buffer.from(pulled.output?.bytes ?? []).toString()).toBe('half');
		go.resolve();
		await run.until(({status}) => status === 'finished');
	});
});

describe('a file step', () => {
	const {source, parts} = withPlaceholder('server ', 'ntp');
	const text = {source: `${source}\n`, parts: [...parts, '\n']};
	const put = {...file, content: {kind: 'inline', text}, mode: '0644', owner: 'root'} as const;
	const values = {ntp: {'*': '10.0.0.9'}};
	// printf 'server 10.0.0.9\n' | sha256sum
	const sha256 = 'ab6f66c76c0205aaf31e2bfa98685ae09b8f739b43461552f3f8c91245fcfc17';
	const there = {sha256, mode: '0644', owner: 'root:root'};

	test('that is there with the same content and mode is satisfied', async () => {
		const transport = new FakeTransport();
		transport.stat = async () => ({sha256, mode: '644', owner: 'root:root'});
		const run = new Run(graphOf([step('a', {action: put})]), {transport, start: {values}});
		const state = await run.finish();
		expect(state.progress.get('a@web-1')?.state).toBe('satisfied');
		expect(transport.files.size).toBe(0);
	});

	test.for([null, {...there, sha256: '00'}, {...there, mode: '0600'}, {...there, owner: 'bin:root'}])(
		'over %j it is put there',
		async found => {
			const transport = new FakeTransport();
			transport.stat = async () => found;
			const run = new Run(graphOf([step('a', {action: put})]), {transport, start: {values}});
			const state = await run.finish();
			expect(state.progress.get('a@web-1')?.state).toBe('done');
			const sent = transport.files.get('web-1:/etc/motd');
			expect(Buffer.from(sent?.bytes ?? []).toString()).toBe('server 10.0.0.9\n');
			expect(sent).toMatchObject({mode: '0644', owner: 'root', backup: '/etc/motd.fieldbook-r1-ca978112'});
		},
	);

	test('of this laptop is looked at and put there', async () => {
		const run = new Run(graphOf([step('a', {action: put, hosts: ['local']})]), {start: {values}});
		const state = await run.finish();
		expect(state.progress.get('a@local')?.state).toBe('done');
		expect([...run.transport.files.keys()]).toEqual(['local:/etc/motd']);
	});

	test.for(['~/motd', 'motd', ''])('whose path comes to "%s" is put nowhere', async path => {
		const action = {...put, path: withPlaceholder('', 'path')};
		const run = new Run(graphOf([step('a', {action})]), {start: {values: {...values, path: {'*': path}}}});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe(`check: "${path}" is no absolute path`);
		expect(run.transport.files.size).toBe(0);
	});

	test('that cannot be looked at fails before it is put', async () => {
		const transport = new FakeTransport();
		transport.stat = async () => ({kind: 'notStarted', reason: 'permission denied'});
		const run = new Run(graphOf([step('a', {action: put})]), {transport, start: {values}});
		await run.begin();
		await run.reaches('a@web-1', 'failed');
		expect(transport.files.size).toBe(0);
	});

	test('takes a linked file as it was at the start, with its marks filled', async () => {
		const linked = {
			...file,
			content: {kind: 'linked', url: 'up.pl'},
			set: [{name: 'NTP', value: withPlaceholder('', 'ntp')}],
		} as const;
		const linkedFiles = new Map([['up.pl', new TextEncoder().encode('ntp=%%NTP%%')]]);
		const run = new Run(graphOf([step('a', {action: linked})]), {start: {values}, plan: {linkedFiles}});
		await run.finish();
		const sent = run.transport.files.get('web-1:/etc/motd');
		expect(Buffer.from(sent?.bytes ?? []).toString()).toBe('ntp=10.0.0.9');
	});

	test('leaves a binary file alone', async () => {
		const bytes = Uint8Array.of(0xff, 0xfe, 0x00, 0x80);
		const linked = {...file, content: {kind: 'linked', url: 'x.bin'}} as const;
		const run = new Run(graphOf([step('a', {action: linked})]), {plan: {linkedFiles: new Map([['x.bin', bytes]])}});
		await run.finish();
		expect(run.transport.files.get('web-1:/etc/motd')?.bytes).toEqual(bytes);
	});
});

describe('tries', () => {
	/** Answers in order, the last one for ever. */
	function inTurn(...outcomes: readonly ReturnType<typeof exits>[]): FakeTransport {
		let turn = 0;
		return hosts(() => outcomes[Math.min(turn++, outcomes.length - 1)] ?? ok);
	}

	const exits = (code: number): Awaited<ReturnType<Behaviour>> => ({kind: 'exited', code});
	const unreachable: Awaited<ReturnType<Behaviour>> = {kind: 'notStarted', reason: 'no route to host'};

	test('a wait tries until it succeeds; a host that cannot be reached is not yet', async () => {
		const clock = new DreamClock();
		const transport = inTurn(exits(1), unreachable, lost, ok);
		const run = new Run(graphOf([step('a', {action: waits(5000, 60_000)})]), {transport, clock});
		const state = await run.finish();
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', tries: 4});
		expect(clock.slept).toEqual([5000, 5000, 5000]);
		expect(new Set(transport.jobs).size).toBe(4);
	});

	test('a wait gives up when its time is over', async () => {
		const transport = inTurn(exits(1));
		const run = new Run(graphOf([step('a', {action: waits(10_000, 30_000)})]), {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')).toMatchObject({tries: 4, because: 'exit 1, accepted: 0 after 4 tries'});
		expect(transport.sent.map(({command}) => command.timeoutMs)).toEqual([30_000, 20_000, 10_000, 1000]);
	});

	test('a wait does not go on at a host that turns us away', async () => {
		const transport = inTurn({kind: 'notStarted', reason: 'no key fits', refused: 'auth'});
		const run = new Run(graphOf([step('a', {action: waits()})]), {transport});
		await run.begin();
		await run.reaches('a@web-1', 'failed');
		expect(transport.sent).toHaveLength(1);
	});

	test('a verify takes its time', async () => {
		const transport = inTurn(ok, exits(1), exits(1), ok);
		const graph = graphOf([step('a', {verify: verify('true', {everyMs: 2000, forMs: 60_000})})]);
		const run = new Run(graph, {transport});
		const state = await run.finish();
		expect(transport.jobs).toEqual([
			'r1.a.web-1.1.run',
			'r1.a.web-1.1.verify',
			'r1.a.web-1.1.verify.2',
			'r1.a.web-1.1.verify.3',
		]);
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', tries: 3});
	});

	test('what changes nothing and was lost is started again, three times', async () => {
		const transport = inTurn(lost);
		const run = new Run(graphOf([step('a', {readonly: true})]), {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(transport.sent).toHaveLength(4);
		expect(state.progress.get('a@web-1')).toMatchObject({because: 'read ECONNRESET', outcome: lost});
	});

	test('what changes something and was lost is unknown, and is not started again', async () => {
		const transport = inTurn(lost);
		const run = new Run(graphOf([step('a', {hosts: twoHosts}), step('b')]), {transport});
		await run.begin();
		await run.until(({progress}) => [...progress.values()].filter(({state}) => state === 'unknown').length === 2);
		expect(transport.jobs).toEqual(['r1.a.web-1.1.run', 'r1.a.web-2.1.run']);
	});
});

describe('cancelling', () => {
	const untilCancelled: Behaviour = (_, __, cancel) =>
		new Promise(resolve => {
			cancel.addEventListener('abort', () => resolve({kind: 'signaled', signal: 'TERM'}));
		});

	test('ends what runs, and the host says how', async () => {
		const run = new Run(graphOf([step('a')]), {transport: hosts(untilCancelled)});
		await run.begin();
		await run.reaches('a@web-1', 'running');
		await run.ask({kind: 'cancel', step: 'a'});
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('cancelled');
	});

	test('whose end nobody saw leaves it unknown', async () => {
		const run = new Run(graphOf([step('a')]), {
			transport: hosts(
				(_, __, cancel) => new Promise(resolve => cancel.addEventListener('abort', () => resolve(lost))),
			),
		});
		await run.begin();
		await run.reaches('a@web-1', 'running');
		await run.ask({kind: 'cancel', step: 'a'});
		await run.reaches('a@web-1', 'unknown');
	});

	test('ends a wait between two tries', async () => {
		const sleeps = Promise.withResolvers<void>();
		const sleep = (_ms: number, signal?: AbortSignal) =>
			new Promise<void>(resolve => {
				signal?.addEventListener('abort', () => resolve());
				sleeps.resolve();
			});
		const run = new Run(graphOf([step('a', {action: waits()})]), {
			clock: {now: async () => 0, sleep},
			transport: hosts(() => ({kind: 'exited', code: 1})),
		});
		await run.begin();
		await sleeps.promise;
		await run.ask({kind: 'cancel', step: 'a'});
		await run.reaches('a@web-1', 'failed');
		expect(run.transport.sent).toHaveLength(1);
	});
});
