import {afterEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';
import {bareHosts, configure, install, scripts} from './recipe.js';

let room: OpenRoom;
afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) => (await run(room, host, script)).out;

async function installed(): Promise<void> {
	room = await openLinux(bareHosts);
	for (const host of ['ec1', 'ec2']) {
		expect(await run(room, host, install)).toMatchObject({code: 0});
	}
}

async function pushed(): Promise<void> {
	await installed();
	const result = await run(
		room,
		'ec1',
		`mkdir /root/cluster; cd /root/cluster\n${configure}${scripts}clpcfctrl --push -l -x .`,
	);
	expect(result).toMatchObject({code: 0, err: ''});
	expect(result.out).toContain('The upload is completed successfully.(cfmgr:0)\nCommand succeeded.(code:0)\n');
}

describe('the software', () => {
	test('brings its commands, and is nothing without a configuration and a licence', async () => {
		room = await openLinux(bareHosts);
		expect(await run(room, 'ec1', 'clpstat')).toMatchObject({code: 127, err: 'bash: clpstat: command not found\n'});

		await run(room, 'ec1', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
		expect(await run(room, 'ec1', 'clpstat')).toMatchObject({code: 1, err: 'The cluster is not created.\n'});
		expect(await run(room, 'ec1', 'clplcnsc -l')).toMatchObject({code: 1, out: 'License is not registered.\n'});
		expect(await run(room, 'ec1', 'clplcnsc -i nosuch.key')).toMatchObject({code: 1});

		expect(await out('ec1', 'clplcnsc -i /root/ECX4.x-cpu.key; clplcnsc -l | head -1')).toBe(
			'Command succeeded.\n1. Product name... a licence\n',
		);
	});

	test('has its commands also on a host that no cluster of the file names, and is not there where a cluster is still to be made', async () => {
		const member = (address: string, more = '') => `{ platform: linux, address: 172.31.255.${address}${more} }`;
		room = await openLinux(`topology:
  hosts:
    ec1: ${member('11')}
    ec2: ${member('12')}
    p1: ${member('13')}
    p2: ${member('14')}
    vm1: ${member('15', ', files: { /root/expresscls-4.3.0-1.x86_64.rpm: "" }')}
  clusters:
    one: { hosts: [ec1, ec2] }
    other: { hosts: [p1, p2], state: none }
`);
		await run(room, 'vm1', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
		expect(await run(room, 'vm1', 'clptrnreq -t GRP_FAILOVER -r exec -h 172.31.255.11')).toMatchObject({code: 1});
		expect(await run(room, 'ec1', 'rpm -q expresscls')).toMatchObject({code: 0});
		expect(await run(room, 'p1', 'rpm -q expresscls')).toMatchObject({code: 1});
	});

	test('starts where a licence is registered, and nowhere else', async () => {
		room = await openLinux(bareHosts);
		await run(room, 'ec1', install);
		await run(room, 'ec2', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
		await run(room, 'ec1', `${configure}${scripts}clpcfctrl --push -l -x .`);

		expect(await run(room, 'ec1', 'clpcl -s -a')).toMatchObject({
			code: 1,
			out: 'Start ec1 : Command succeeded.\n',
			err: 'Start ec2 : Command failed. The license is not registered.\n',
		});
		await run(room, 'ec2', 'reboot');
		await seconds(60);
		expect(await out('ec2', 'grep -o "Stopping the cluster is required.*" /var/log/messages')).toBe(
			'Stopping the cluster is required since license (BASE43) is invalid.\n',
		);
	});
});

describe('the set-up', () => {
	test('ends in a running cluster after both servers have rebooted', async () => {
		await pushed();
		expect(await out('ec2', `grep -c '<exec name="exec-iscsi">' /opt/nec/clusterpro/etc/clp.conf`)).toBe('1\n');
		expect(await out('ec2', 'ls /opt/nec/clusterpro/scripts/failover-vm/exec-iscsi')).toBe('start.sh\nstop.sh\n');

		await run(room, 'ec2', 'reboot');
		await run(room, 'ec1', 'reboot');
		await seconds(120);
		expect(await out('ec1', 'clpstat')).toBe(` ========================  CLUSTER STATUS  ===========================
  Cluster : HCI-Cluster
  <server>
   *ec1 .............: Online
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
      lankhb2        : Normal           Kernel Mode LAN Heartbeat
      lankhb3        : Normal           Kernel Mode LAN Heartbeat
    ec2 .............: Online
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
      lankhb2        : Normal           Kernel Mode LAN Heartbeat
      lankhb3        : Normal           Kernel Mode LAN Heartbeat
  <group>
    failover-vm .....: Online
      current        : ec1
      fip-iscsi      : Online
      exec-md-recovery: Online
      md-iscsi       : Online
      exec-iscsi     : Online
  <monitor>
    genw-md          : Normal
    fipw-iscsi       : Normal
    mdw-iscsi        : Caution
    userw            : Normal
 =====================================================================
`);
		expect(await out('ec1', 'cat /opt/nec/clusterpro/log/*.log')).toBe(
			'exec-iscsi start START CLUSTERSTART HOME\nexec-md-recovery start START CLUSTERSTART HOME\n',
		);
		expect(await out('ec2', 'clpstat --rsc exec-iscsi | grep -c exec')).toBe('2\n');
		expect(await run(room, 'ec2', 'clpstat --rsc exec-nosuch')).toMatchObject({code: 1, out: ''});
	});

	test('runs the stop scripts here and the start scripts there when the group is moved', async () => {
		await pushed();
		await run(room, 'ec1', 'clpcl -s -a');
		await seconds(300);
		expect(await out('ec1', 'clpgrp -m failover-vm -a ec2')).toBe('Command succeeded.\n');

		expect(await out('ec1', 'tail -1 /opt/nec/clusterpro/log/exec-iscsi.log')).toBe(
			'exec-iscsi stop START GROUPMOVE HOME\n',
		);
		expect(await out('ec2', 'cat /opt/nec/clusterpro/log/exec-iscsi.log')).toBe(
			'exec-iscsi start START GROUPMOVE OTHER\n',
		);
	});

	test('says why a configuration is not applied', async () => {
		await installed();
		expect(await run(room, 'ec1', 'clpcfctrl --push -l -x /tmp')).toMatchObject({code: 1});
		const push = async (line: string) =>
			(await run(room, 'ec1', `rm -rf c; mkdir c; cd c\n${configure}${line}\nclpcfctrl --push -l -x .`)).err;
		expect(
			await push(
				'clpcfset add srv ec3 2; clpcfset add device ec3 lan 0 1.1.1.1; clpcfset add device ec3 lan 1 1.1.1.2; clpcfset add device ec3 lan 2 1.1.1.3',
			),
		).toContain('No server has the host name ec3.');
		expect(await push('clpcfset del rscparam fip fip-iscsi parameters/ip')).toContain(
			'Resource fip-iscsi has no parameters/ip.',
		);
		expect(await push('clpcfset add rscdep fip fip-iscsi exec-iscsi')).toContain('depend on one another in a circle');
		expect(await push('clpcfset add monparam genw genw-md target nosuch')).toContain('genw-md watches nosuch');
	});
});

describe('clpcfctrl', () => {
	const pull = 'rm -rf next; mkdir next; cd next; clpcfctrl --pull -l -x .';

	test('refuses a change while the cluster runs, and one of an active group while it is suspended', async () => {
		await pushed();
		await run(room, 'ec1', 'clpcl -s -a');
		await seconds(200);
		const add = `${pull}; clpcfset add rsc failover-vm exec exec-vm1; clpcfset add rscdep exec exec-vm1 exec-iscsi`;
		expect((await run(room, 'ec1', `${add}; clpcfctrl --push -l -x .`)).err).toBe(
			'The cluster is running. Suspend or stop it first.\nCommand failed. (code:1)\n',
		);

		expect((await run(room, 'ec1', 'clpcl --suspend; cd next; clpcfctrl --push -l -x .')).err).toBe(
			'Group failover-vm is active and its resources have changed. Stop it first.\nCommand failed. (code:1)\n',
		);

		const steps =
			'clpcl --resume && clpgrp -t failover-vm && clpcl --suspend && cd next && clpcfctrl --push -l -x . && clpcl --resume && clpgrp -s failover-vm -h ec1';
		expect(await run(room, 'ec1', steps)).toMatchObject({code: 0, err: ''});
		expect(await out('ec2', 'clpstat | grep exec-vm1')).toBe('      exec-vm1       : Online\n');
	});

	test('brings back what was uploaded', async () => {
		await pushed();

		expect(
			await out(
				'ec2',
				`${pull} >/dev/null; ls; ls scripts/failover-vm/exec-iscsi; clpcfset add srv ec3 2; clpcfset add srv ec2 1 2>&1`,
			),
		).toBe('clp.conf\nscripts\nstart.sh\nstop.sh\nCommand succeeded.\nec2 already exists.\nCommand failed.\n');
	});
});

describe('clpcfset', () => {
	test.each([
		['add srv ec1 0', 'There is no clp.conf in the current directory.'],
		['create', 'Usage: clpcfset create CLUSTER ENCODING'],
		['add rcs failover-vm fip fip1', 'rcs cannot be added'],
		['make cluster', 'Usage: clpcfset create|add|del'],
	])('%s is refused', async (words, message) => {
		await installed();

		const {code, err} = await run(room, 'ec1', `clpcfset ${words}`);
		expect(code).toBe(1);
		expect(err).toContain(message);
	});

	test.each([
		['add rsc failover-vm fipp fip1', 'fipp is no resource type'],
		['add rsc nosuch fip fip1', 'There is no group nosuch.'],
		['add rscparam fip fip1 parameters/ip 1.1.1.1', 'There is no fip fip1.'],
		['add device ec9 lan 0 1.1.1.1', 'There is no server ec9.'],
		['add clsparam server@ec9/survive 1', 'There is no server ec9.'],
		['add hb lankhb x 0', 'x is no number.'],
		['add mon genx genx1', 'genx is no monitor type'],
		['add rscdep exec exec-iscsi nosuch', 'There is no resource nosuch.'],
		['add rscparam fip fip-iscsi parameters/ip', 'Usage: clpcfset add rscparam TYPE NAME TAG VALUE'],
	])('%s is refused in a folder with a configuration', async (words, message) => {
		await installed();

		const {code, err} = await run(room, 'ec1', `{ ${configure} } >/dev/null\nset +e\nclpcfset ${words}`);
		expect(code).toBe(1);
		expect(err).toContain(message);
	});
});
