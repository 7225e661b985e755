import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ScriptFolder} from './script-folder.js';

/*
The scripts that go to service consoles and guests, run by this machine's own bash. Its `vmware-cmd` keeps the state of one virtual
machine in files: `state`, `listed`, `heartbeat`, and what the next `start` or `stop` does in `start` and `stop`.
*/

const scripts = 'runbooks/expresscluster-vsphere4/scripts';
const vmx = '/vmfs/volumes/uuid/vm1/vm1.vmx';
const question =
	'Question (id = 4) :msg.uuid.altered:moved or copied?\\n\\t0) Cancel\\n\\t1) I _copied it\\n\\t2) I _moved it\\n';

let folder: ScriptFolder;

beforeEach(() => {
	folder = new ScriptFolder();
	folder.program('sleep', 'if [ -e slow ]; then /bin/sleep 0.2; fi; cat tick >>heartbeat 2>/dev/null; true');
	folder.program(
		'vmware-cmd',
		`case "$*" in
-l) cat listed ;;
'-s register ${vmx}') echo ${vmx} >listed; cat register 2>/dev/null ;;
'-s unregister ${vmx}') : >listed ;;
*' getstate') echo "getstate() = $(cat state)" ;;
*' getheartbeat') echo "getheartbeat() = $(($(wc -c <heartbeat)))" ;;
*' start') . ./start ;;
*' stop '*) mode=$3; . ./stop ;;
*' answer') printf '${question}'; read -r answer; echo "answered $answer" >>calls; if [ "$answer" = 2 ]; then echo on >state; fi ;;
esac`,
	);
	put({
		calls: '',
		listed: '',
		state: 'off',
		heartbeat: '',
		start: 'echo on >state; echo "start() = 1"',
		stop: 'echo off >state; echo "stop($mode) = 1"',
	});
});

afterEach(() => folder.remove());

function put(files: Readonly<Record<string, string>>): void {
	for (const [name, text] of Object.entries(files)) {
		folder.keep(name, text);
	}
}

async function run(script: string, marks: Readonly<Record<string, string>> = {VMX: vmx}) {
	folder.bring(`${scripts}/${script}`, marks, 'script.sh');
	return folder.run('/bin/bash', 'script.sh');
}

describe('vmpower.start.sh', () => {
	test('registers the machine and powers it on', async () => {
		const {status, calls} = await run('vmpower.start.sh');

		expect(status).toBe(0);
		expect(calls).toContain(`-s register ${vmx}\n`);
	});

	test('takes whatever register prints for success, if the inventory has the machine', async () => {
		put({register: 'register(x) = 1\n'});

		expect((await run('vmpower.start.sh')).status).toBe(0);
	});

	test('leaves a machine alone that is on already', async () => {
		put({listed: `${vmx}\n`, state: 'on'});
		const {status, calls} = await run('vmpower.start.sh');

		expect(status).toBe(0);
		expect(calls).not.toContain(' start\n');
	});

	test('answers that it was moved, by the number that the question gives that answer', async () => {
		put({
			slow: '',
			start: 'echo stuck >state; while [ "$(cat state)" = stuck ]; do /bin/sleep 0.1; done; echo "start() = 1"',
		});
		const {status, calls} = await run('vmpower.start.sh');

		expect(status).toBe(0);
		expect(calls).toContain('answered 2\n');
	});

	test('gives up where the machine does not come up', async () => {
		put({start: 'echo "VMControl error -999: Unknown error"'});
		const {status, said} = await run('vmpower.start.sh');

		expect(status).toBe(1);
		expect(said).toContain('is not on after 100 tries: off');
	});
});

describe('vmpower.stop.sh', () => {
	test('asks the guest, and unregisters it when it is off', async () => {
		put({listed: `${vmx}\n`, state: 'on'});
		const {status, calls} = await run('vmpower.stop.sh');

		expect(status).toBe(0);
		expect(calls).toContain(' stop soft\n');
		expect(calls).not.toContain(' stop hard\n');
		expect(folder.read('listed')).toBe('');
	});

	test.each([
		[
			'refuses to be asked',
			'if [ "$mode" = hard ]; then echo off >state; echo "stop(hard) = 1"; else echo "VMControl error -8: no Tools"; fi',
		],
		['does not stop in time', 'if [ "$mode" = hard ]; then echo off >state; fi; echo "stop($mode) = 1"'],
	])('cuts the power of a guest that %s', async (_, stop) => {
		put({listed: `${vmx}\n`, state: 'on', stop});
		const {status, calls} = await run('vmpower.stop.sh');

		expect(status).toBe(0);
		expect(calls).toContain(' stop hard\n');
	});

	test('has nothing to do where it is not registered', async () => {
		const {status, calls} = await run('vmpower.stop.sh');

		expect(status).toBe(0);
		expect(calls).not.toContain(' stop ');
	});
});

describe('clpvmmon.sh', () => {
	test.each([
		['is on and its heartbeat goes on', {state: 'on', heartbeat: 'xxx', tick: 'x'}, 0],
		['is on and has no heartbeat yet', {state: 'on'}, 0],
		['is on and its heartbeat stands still', {state: 'on', heartbeat: 'xxx', tick: ''}, 1],
		['is off', {state: 'off'}, 1],
		['waits for an answer', {state: 'stuck'}, 1],
	])('a machine that %s', async (_, files, wanted) => {
		put({listed: `${vmx}\n`, ...files});

		expect((await run('clpvmmon.sh')).status).toBe(wanted);
	});
});

describe('vmpreaction.sh', () => {
	test.each([0, 3])('asks both hosts, and ends as the request did: %i', async wanted => {
		folder.program('clptrnreq', `exit ${wanted}`);
		const {status, calls} = await run('vmpreaction.sh', {RESOURCE: 'exec-vm', HOSTS: '10.0.0.1,10.0.0.2'});

		expect(status).toBe(wanted);
		expect(calls).toContain('clptrnreq -t GRP_FAILOVER -r exec-vm -h 10.0.0.1,10.0.0.2\n');
	});
});
