import {afterEach, describe, expect, test} from 'vitest';
import {begin, command, execOn} from '../../transport/parts.js';
import {type LoneMachine, loneMachine} from '../lone-machine.js';
import type {OpenRoom} from '../open-room.js';
import {openLinux, run, topologyIn} from './linux-lab.js';

const lab = (words: string) => `topology:
  hosts:
    web-1: { platform: linux, address: 172.31.255.11, user: admin, password: secret${words} }
`;

describe('as=root through our transport', () => {
	let room: OpenRoom;
	afterEach(() => room.stop());

	const asRoot = (script: string) => run(room, 'web-1', script, {as: 'root', sudo: true});

	test.each([', sudo: password', ', sudo: nopasswd'])(
		'runs as root%s, and nothing of the talk is output',
		async words => {
			room = await openLinux(lab(words));

			expect(await asRoot('id -un; echo "$HOME"; echo to err >&2; exit 3')).toMatchObject({
				outcome: {kind: 'exited', code: 3},
				out: 'root\n/root\n',
				err: 'to err\n',
			});
		},
	);

	test.each([
		['', 'not in the sudoers file'],
		[', sudo: password, requiretty: true', 'requiretty'],
	])('is refused%s', async (words, reason) => {
		room = await openLinux(lab(words));

		expect((await asRoot('echo ran')).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining(reason),
		});
	});

	test('a wrong password is sent once', async () => {
		room = await openLinux(lab(', sudo: password'));
		await run(room, 'web-1', 'echo admin:other | sudo -S -p "" chpasswd 2>/dev/null <<END\nsecret\nadmin:other\nEND');

		expect((await asRoot('echo ran')).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('did not take the password'),
		});
	});

	test('cancelled, what root runs ends for good', async () => {
		room = await openLinux(lab(', sudo: nopasswd'));
		const exec = execOn(room.transport, room.host('web-1', {sudo: true}));
		const running = begin(exec, command('echo "begun $$"; sleep infinity', {as: 'root'}));
		const [, processId] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
		running.cancel();

		expect((await running.result).outcome).toMatchObject({kind: 'signaled'});
		expect((await asRoot(`kill -0 ${processId}`)).code).toBe(1);
	});
});

describe('sudo at the prompt', () => {
	let lone: LoneMachine;
	afterEach(() => lone.stop());

	const sudo = async (words: string, command: string, stdin = '') => {
		lone = await loneMachine(topologyIn(lab(words)), 'web-1');
		return lone.run(command, stdin, 'admin');
	};

	test.each([
		[
			'-S asks on standard error with the prompt that was given',
			'sudo -S -p "[x] " id -un',
			'secret\n',
			{out: 'root\n', err: '[x] ', status: 0},
		],
		[
			'the rest of the input is the command’s',
			'sudo -S -p "" cat',
			'secret\nrest\n',
			{out: 'rest\n', err: '', status: 0},
		],
		[
			'a wrong password is asked for again',
			'sudo -S -p "? " id -un',
			'no\nsecret\n',
			{out: 'root\n', err: '? Sorry, try again.\n? ', status: 0},
		],
		[
			'after three it is over',
			'sudo -S -p "" id',
			'a\nb\nc\n',
			{out: '', err: 'Sorry, try again.\nSorry, try again.\nsudo: 3 incorrect password attempts\n', status: 1},
		],
		['-n never asks', 'sudo -n true', '', {out: '', err: 'sudo: a password is required\n', status: 1}],
		[
			'without a terminal it cannot ask',
			'sudo true',
			'',
			{status: 1, err: expect.stringContaining('a terminal is required')},
		],
		[
			'a ticket lasts for the session',
			'sudo -S -p "" true; sudo -n id -un; sudo -k; sudo -n id -un',
			'secret\n',
			{out: 'root\n', status: 1},
		],
		['-k asks although there is a ticket', 'sudo -S -p "" true; sudo -k -n true', 'secret\n', {status: 1}],
		['the exit status is the command’s', 'sudo -S -p "" sh -c "exit 7"', 'secret\n', {status: 7}],
		[
			'what is not there is told',
			'sudo -S -p "" no-such',
			'secret\n',
			{status: 1, err: 'sudo: no-such: command not found\n'},
		],
		['-u names another user', 'sudo -S -p "" -u admin id -un', 'secret\n', {out: 'admin\n', status: 0}],
		['an unknown one is refused', 'sudo -u nobody2 id', '', {err: 'sudo: unknown user: nobody2\n', status: 1}],
		[
			'the environment is reset',
			'X=1 sudo -S -p "" sh -c \'echo "$X $HOME $USER $SUDO_USER"\'',
			'secret\n',
			{out: ' /root root admin\n'},
		],
	])('%s', async (_, command, stdin, expected) => {
		expect(await sudo(', sudo: password', command, stdin)).toMatchObject(expected);
	});

	test('NOPASSWD reads nothing: the input is the command’s', async () => {
		expect(await sudo(', sudo: nopasswd', 'sudo -S -p "? " cat', 'secret\n')).toEqual({
			out: 'secret\n',
			err: '',
			status: 0,
		});
	});

	test('who is not allowed gives his password first', async () => {
		expect(await sudo('', 'sudo -S -p "" id', 'secret\n')).toEqual({
			out: '',
			err: 'admin is not in the sudoers file.  This incident will be reported.\n',
			status: 1,
		});
	});
});
