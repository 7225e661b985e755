import {describe, expect, test} from 'vitest';
import {openLinux, topologyIn} from '../linux/linux-lab.js';
import {loneMachine} from '../lone-machine.js';

const topology = topologyIn(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, luns: { shared1: vmfs } }
    esx2: { platform: esx4, address: 10.0.0.2, luns: { shared1: vmfs } }
    vm1: { platform: linux, address: 10.0.0.11, runs_on: esx1, datastore: shared1 }
    vm2: { platform: linux, address: 10.0.0.12, runs_on: esx1, datastore: shared1, power: off }
`);

/** Each line on a host of its own: what it prints on both streams, and its exit status. */
type Row = readonly [line: string, printed: string | RegExp, status: number];

const vmx = (name: string) => `/vmfs/volumes/shared1/${name}/${name}.vmx`;

function typed(host: string, rows: readonly Row[]): void {
	test.each(rows)('%s', async (line, printed, status) => {
		const lone = await loneMachine(topology, host);
		const {out, err, status: ended} = await lone.run(line);
		lone.stop();

		expect(`${out}${err}`).toEqual(printed instanceof RegExp ? expect.stringMatching(printed) : printed);
		expect(ended).toBe(status);
	});
}

describe('vmware-cmd', () => {
	typed('esx1', [
		[
			'vmware-cmd -l | sed "s,/[0-9a-f-]*/\\(vm./\\),/UUID/\\1,"',
			'/vmfs/volumes/UUID/vm1/vm1.vmx\n/vmfs/volumes/UUID/vm2/vm2.vmx\n',
			0,
		],
		[`vmware-cmd ${vmx('vm1')} getstate`, 'getstate() = on\n', 0],
		[`vmware-cmd ${vmx('vm2')} getstate`, 'getstate() = off\n', 0],
		[`vmware-cmd ${vmx('vm9')} getstate`, 'VMControl error -11: No such virtual machine\n', 1],
		[
			`vmware-cmd ${vmx('vm1')} start`,
			/^VMControl error -8: Invalid operation for virtual machine's current state: The requested operation \("start"\) .*\("on"\)/,
			1,
		],
		[`vmware-cmd ${vmx('vm2')} start; vmware-cmd ${vmx('vm2')} getstate`, 'start() = 1\ngetstate() = on\n', 0],
		[`vmware-cmd ${vmx('vm1')} stop hard; vmware-cmd ${vmx('vm1')} getstate`, 'stop(hard) = 1\ngetstate() = off\n', 0],
		[
			`vmware-cmd ${vmx('vm1')} stop soft; vmware-cmd ${vmx('vm1')} getstate; sleep 10; vmware-cmd ${vmx('vm1')} getstate`,
			'stop(soft) = 1\ngetstate() = on\ngetstate() = off\n',
			0,
		],
		[`vmware-cmd ${vmx('vm1')} getheartbeat | grep -c "^getheartbeat() = [1-9][0-9]*$"`, '1\n', 0],
		[
			`vmware-cmd ${vmx('vm2')} start >/dev/null; vmware-cmd ${vmx('vm2')} getheartbeat; sleep 60; vmware-cmd ${vmx('vm2')} getheartbeat`,
			/^getheartbeat\(\) = 0\ngetheartbeat\(\) = [1-9]\d\n$/,
			0,
		],
		[`vmware-cmd -s register ${vmx('vm1')}`, 'VMControl error -20: Virtual machine already exists\n', 1],
		[`vmware-cmd -s unregister ${vmx('vm2')}; vmware-cmd -l | grep -c vm2`, '0\n', 1],
		[
			`vmware-cmd -s unregister ${vmx('vm2')}; vmware-cmd -s unregister ${vmx('vm2')}`,
			'VMControl error -11: No such virtual machine\n',
			1,
		],
		[
			`vmware-cmd -s unregister ${vmx('vm2')}; vmware-cmd -s register ${vmx('vm2')}; vmware-cmd ${vmx('vm2')} getstate`,
			'getstate() = off\n',
			0,
		],
		['vmware-cmd', /^Usage:/, 1],
	]);
});

describe('on another host that sees the volume', () => {
	typed('esx2', [
		[
			`vmware-cmd -s register ${vmx('vm1')}; vmware-cmd ${vmx('vm1')} getstate; vmware-cmd ${vmx('vm1')} start`,
			'getstate() = unknown\nVMControl error -999: Unknown error: Failed to lock the file\n',
			1,
		],
		[
			`vmware-cmd -s register ${vmx('vm2')}; vmware-cmd ${vmx('vm2')} start & sleep 5; vmware-cmd ${vmx('vm2')} getstate; echo 1 | vmware-cmd ${vmx('vm2')} answer | tail -n 1; wait; vmware-cmd ${vmx('vm2')} getstate`,
			/^getstate\(\) = stuck\nSelect choice\. Press enter for default <2> : selected 1 : I _moved it\nstart\(\) = 1\ngetstate\(\) = on\n$/,
			0,
		],
	]);
});

test('a person deploys a virtual machine, which the host of the file then runs in', async () => {
	const {room, stop} = await openLinux(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, luns: { shared1: vmfs } }
    vm1: { platform: linux, address: 10.0.0.11, vm: vm1, power: off }
`);
	try {
		expect(await room.perform(['set', 'vm', 'vm1', 'on', 'esx1', 'shared1'])).toBe(
			'vm1 is deployed on esx1, on shared1',
		);
		await room.perform(['power', 'on', 'vm1']);
		await room.clock.sleep(60_000);
		expect(await room.perform(['look', 'vm1'])).toContain('vm1 is on');
	} finally {
		await stop();
	}
});
