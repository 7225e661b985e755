import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readLab} from '../../../src/lab/read-lab.js';
import {EsxiHostSchema} from '../../../src/lab/world/esxi-host.js';
import {hostAt} from '../../../src/lab/world/vmware-host-clustering.js';
import {topologyIn} from '../linux/linux-lab.js';
import {type LoneMachine, loneMachine} from '../lone-machine.js';

const bare = (version: string) =>
	`topology: { hosts: { esxi1: { platform: esxi, version: ${version}, address: 172.31.255.2, state: bare } } }`;

const releases = [
	{
		version: '6.7',
		says: 'VMware ESXi 6.7.0 build-8169922\nVMware ESXi 6.7.0 GA\n',
		kernel: 'VMkernel esxi1 6.7.0 #1 SMP Release build-8169922 Apr  3 2018 14:48:22 x86_64 x86_64 x86_64 ESXi\n',
		fields: ['6.7.0', 'Releasebuild-8169922', '0', '0'],
		hardware: 'vmx-14',
		license: 'name: vSphere 6 Hypervisor',
		plugin: 'NMP',
		ownFiles: 0,
	},
	{
		version: '7.0',
		says: 'VMware ESXi 7.0.3 build-20036589\nVMware ESXi 7.0 Update 3\n',
		kernel: 'VMkernel esxi1 7.0.3 #1 SMP Release build-20036589 Jul  5 2022 12:29:16 x86_64 x86_64 x86_64 ESXi\n',
		fields: ['7.0.3', 'Releasebuild-20036589', '3', '50'],
		hardware: 'vmx-19',
		license: 'name: vSphere 7 Hypervisor',
		plugin: 'HPP',
		ownFiles: 0,
	},
	{
		version: '8.0',
		says: 'VMware ESXi 8.0.2 build-22380479\nVMware ESXi 8.0 Update 2\n',
		kernel: 'VMkernel esxi1 8.0.2 #1 SMP Release build-22380479 Sep  4 2023 15:00:49 x86_64 x86_64 x86_64 ESXi\n',
		fields: ['8.0.2', 'Releasebuild-22380479', '2', '0'],
		hardware: 'vmx-21',
		license: 'name: vSphere 8 Hypervisor',
		plugin: 'HPP',
		ownFiles: 126,
	},
] as const;

describe.each(releases)('ESXi $version', ({version, says, kernel, fields, hardware, license, plugin, ownFiles}) => {
	let lone: LoneMachine;
	beforeAll(async () => {
		lone = await loneMachine(topologyIn(bare(version)), 'esxi1');
	});
	afterAll(() => lone.stop());
	const out = async (command: string) => (await lone.run(command)).out;

	test('says which it is, and so do its packages', async () => {
		const [number, build, update, patch] = fields;

		expect(await out('vmware -vl')).toBe(says);
		expect(await out('uname -a')).toBe(kernel);
		expect(await out('esxcli system version get')).toBe(
			`   Product: VMware ESXi\n   Version: ${number}\n   Build: ${build}\n   Update: ${update}\n   Patch: ${patch}\n`,
		);
		expect(await out('cat /etc/vmware-release')).toBe(`VMware ESXi ${number}\n`);
		expect(await out('esxcli software vib list | grep esx-base')).toContain(
			`${number}-${update}.${patch}.${build.replace('Releasebuild-', '')} `,
		);
	});

	test('makes virtual machines with its own hardware', async () => {
		await lone.run('vim-cmd vmsvc/createdummyvm vm1 /vmfs/volumes/datastore1');

		expect(await out('vim-cmd vmsvc/getallvms')).toMatch(new RegExp(`^1 +vm1 .* ${hardware}$`, 'm'));
	});

	test('calls a licence by its own name, and only 6.7 says first that it asks for it', async () => {
		const shown = await out('vim-cmd vimsvc/license --set AAAAA-BBBBB-CCCCC-DDDDD-EEEEE');

		expect(shown).toContain(license);
		expect(shown.startsWith('[200] Sending request for installed licenses...')).toBe(version === '6.7');
	});

	test('claims its local disks with its own plug-in', async () => {
		expect(await out('esxcli storage core device list | grep Multipath | sort -u')).toBe(
			`   Multipath Plugin: ${plugin}\n`,
		);
	});

	test('executes files of others, or not', async () => {
		const script = 'printf "#!/bin/sh\\necho ran\\n" >/tmp/own.sh; chmod 755 /tmp/own.sh';

		expect((await lone.run(`${script}; /tmp/own.sh`)).status).toBe(ownFiles);
		expect(await out('sh /tmp/own.sh')).toBe('ran\n');
	});
});

describe('ESXi 6.7', () => {
	let lone: LoneMachine;
	beforeAll(async () => {
		lone = await loneMachine(topologyIn(bare('6.7')), 'esxi1');
	});
	afterAll(() => lone.stop());

	test('has partitions of fixed sizes, and system volumes without names', async () => {
		const {out} = await lone.run(
			'partedUtil getptbl /dev/disks/naa.5002538e40a1b1c1 | grep -c vmkDiagnostic; esxcli storage filesystem list',
		);

		expect(out.split('\n')[0]).toBe('2');
		expect(out.match(/ vfat /g)).toHaveLength(4);
		expect(out).not.toMatch(/OSDATA|BOOTBANK/);
		expect(out).toMatch(/^\/vmfs\/volumes\/\S+ +datastore1 +\S+ +true +VMFS-6 /m);
	});

	test('knows no `esxcli system ntp`: its ntpd reads a file when it starts', async () => {
		const {out, status} = await lone.run('esxcli system ntp get');
		expect([out, status]).toEqual(['Error: Unknown command or namespace system ntp get\n', 1]);
		await lone.run('esxcli network firewall ruleset set -e true -r ntpClient');

		await lone.run('printf "# ours\\nserver 172.31.255.1\\n" >>/etc/ntp.conf; /etc/init.d/ntpd restart; sleep 30');

		expect((await lone.run('ntpq -p')).out).toMatch(/^\*172\.31\.255\.1 /m);
		expect((await lone.run('cat /etc/ntp.conf')).out).toBe('# ours\nserver 172.31.255.1\n');
	});

	test('lists switches in narrower columns', async () => {
		const {out} = await lone.run('esxcfg-vswitch -l');

		expect(out).toContain('  PortGroup Name        VLAN ID  Used Ports  Uplinks   \n');
	});
});

test('an unknown version is a problem with those that there are', () => {
	const {problems} = readLab('lab.yaml', bare('7'));

	expect(problems.map(({message, help}) => [message, help])).toEqual([
		['`version` of a host cannot be used.', 'Write 6.7, 7.0 or 8.0.'],
	]);
});

test('a world of before knew no versions: its hosts are of 7.0', () => {
	const {version, ...saved} = hostAt('bare', {
		name: 'esxi1',
		label: 'ESXi#1',
		address: '172.31.255.2',
		number: 1,
		version: '8.0',
	});

	expect(version).toBe('8.0');
	expect(EsxiHostSchema.parse(saved).version).toBe('7.0');
});

test('a host is of version 7.0 unless its file says otherwise', async () => {
	const lone = await loneMachine(
		topologyIn('topology: { hosts: { esxi1: { platform: esxi, address: 172.31.255.2 } } }'),
		'esxi1',
	);

	expect((await lone.run('vmware -v')).out).toBe('VMware ESXi 7.0.3 build-20036589\n');
	lone.stop();
});
