import {afterEach, describe, expect, test} from 'vitest';
import {begin, command, execOn} from '../../transport/parts.js';
import {topologyIn} from '../linux/linux-lab.js';
import {loneMachine} from '../lone-machine.js';
import {type OpenRoom, openRoom} from '../open-room.js';

const topology = topologyIn(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, label: "ESX#1", state: bare, luns: { shared1: vmfs, rdm1: raw }, files: { /root/expresscls-2.1.2-1.x86_64.rpm: "" } }
    esx2: { platform: esx4, address: 10.0.0.2, networks: { private: 10.0.1.2 }, luns: { shared1: vmfs }, later: { /root/ecx/clp.conf: one } }
    pc: { platform: linux, address: 10.0.0.9, networks: { private: 10.0.1.9 } }
`);

/** Each line on a host of its own: what it prints on both streams, and its exit status. */
type Row = readonly [line: string, printed: string | RegExp, status: number];

function typed(host: string, rows: readonly Row[]): void {
	test.each(rows)('%s', async (line, printed, status) => {
		const lone = await loneMachine(topology, host);
		const {out, err, status: ended} = await lone.run(line);
		lone.stop();

		expect(`${out}${err}`).toEqual(printed instanceof RegExp ? expect.stringMatching(printed) : printed);
		expect(ended).toBe(status);
	});
}

describe('a service console', () => {
	typed('esx1', [
		['vmware -v', 'VMware ESX 4.0.0 build-164009\n', 0],
		['uname -sr', 'Linux 2.6.18-128.ESX\n', 0],
		['cat /etc/vmware-release', 'VMware ESX 4.0.0 (Kandinsky)\n', 0],
		['systemctl status sshd', 'bash: systemctl: command not found\n', 127],
		['esxcli network nic list', 'bash: esxcli: command not found\n', 127],
		['vim-cmd vmsvc/getallvms', 'bash: vim-cmd: command not found\n', 127],
		['ls /vmfs/volumes | grep -v -', 'Storage1\nshared1\n', 0],
		['rpm -q bash', 'bash-3.2-24.el5.x86_64\n', 0],
	]);
});

describe('service and chkconfig', () => {
	typed('esx1', [
		['service sshd status', /^sshd \(pid {2}\d+\) is running\.\.\.\n$/, 0],
		['service ntpd status', 'ntpd is stopped\n', 3],
		['service ntpd start && service ntpd status >/dev/null', /^Starting ntpd: +\[ {2}OK {2}\]\n$/, 0],
		['service nosuch start', 'nosuch: unrecognized service\n', 1],
		['chkconfig ntpd', '', 1],
		['chkconfig ntpd on; chkconfig --list ntpd', /^ntpd +0:off\t1:off\t2:on\t3:on\t4:on\t5:on\t6:off\n$/, 0],
		['/etc/init.d/mgmt-vmware restart', /^Stopping VMware[^\n]+OK[^\n]+\nStarting VMware[^\n]+OK/, 0],
	]);
});

describe('esxcfg-firewall', () => {
	typed('esx1', [
		['esxcfg-firewall -q incoming', 'Incoming ports blocked by default\n', 0],
		[
			'esxcfg-firewall --allowIncoming --allowOutgoing; esxcfg-firewall -q incoming; esxcfg-firewall -q outgoing',
			'Incoming ports not blocked by default\nOutgoing ports not blocked by default\n',
			0,
		],
		// As the guide prints it: two words where there is one option
		['esxcfg-firewall --allow Incoming --allow Outgoing', /^Unknown option: allow\n/, 1],
		[
			'esxcfg-firewall --allow Incoming 2>/dev/null; esxcfg-firewall -q incoming',
			'Incoming ports blocked by default\n',
			0,
		],
		['esxcfg-firewall -o 29002,udp,in,ecx && esxcfg-firewall -q', /Opened ports:\n\t29002,udp,in,ecx\n$/, 0],
	]);
});

describe('a second switch', () => {
	const built =
		'esxcfg-vswitch -a vSwitch1 && esxcfg-vswitch -L vmnic1 vSwitch1 && esxcfg-vswitch -A "Service Console 2" vSwitch1';
	typed('esx1', [
		['ping -c 1 10.0.1.9 >/dev/null', /^(connect: Network is unreachable\n)?$/, 2],
		[
			`${built} && esxcfg-vswif -a vswif1 -p "Service Console 2" -i 10.0.1.1 -n 255.255.255.0 && esxcfg-vswif -l`,
			/\nvswif1 +Service Console 2 +10\.0\.1\.1 +255\.255\.255\.0 +10\.0\.1\.255 +true +STATIC\n$/,
			0,
		],
		[
			`${built}; esxcfg-vswif -a vswif1 -p "Service Console 2" -i 10.0.1.1 -n 255.255.255.0; ping -c 1 10.0.1.9 | grep -c "1 received"`,
			'1\n',
			0,
		],
		['esxcfg-vswif -a vswif1 -p Nowhere -i 10.0.1.1 -n 255.255.255.0', 'Error: could not find portgroup: Nowhere\n', 1],
		[
			`${built}; esxcfg-vswif -a vswif1 -p "Service Console 2" -i 10.0.0.1 -n 255.255.255.0`,
			'Error: IP address is already in use: 10.0.0.1\n',
			1,
		],
	]);
});

describe('LUNs', () => {
	test('have the same device and volume on every host that has them', async () => {
		const shown = await Promise.all(
			['esx1', 'esx2'].map(async name => {
				const lone = await loneMachine(topology, name);
				const {out} = await lone.run('esxcfg-scsidevs -m | awk \'$5 == "shared1" {print $1, $3}\'');
				lone.stop();
				return out;
			}),
		);
		expect(shown[0]).toMatch(/^naa\.6006016[0-9a-f]{25}:1 [0-9a-f-]{35}\n$/);
		expect(shown[1]).toBe(shown[0]);
	});
});

describe('a file that somebody has ready', () => {
	test('is there once he has brought it', async () => {
		const room = await openRoom({topology, from: {kind: 'start', start: topology.starts[0]}});
		try {
			await room.room.perform(['set', 'file', 'esx2', '/root/ecx/']);
			const {out} = await begin(
				execOn(room.transport, room.host('esx2', {legacy: true})),
				command('cat /root/ecx/clp.conf; ls /root/ecx'),
			).result;
			expect(out).toBe('oneclp.conf\n');
			await expect(room.room.perform(['set', 'file', 'esx2', '/root/no'])).rejects.toThrow(
				'Nobody has a file /root/no',
			);
		} finally {
			await room.stop();
		}
	});
});

describe('its SSH server', () => {
	let room: OpenRoom | undefined;

	afterEach(async () => {
		await room?.stop();
		room = undefined;
	});

	test('is too old for today, and answers whoever accepts that', async () => {
		room = await openRoom({topology, from: {kind: 'start', start: topology.starts[0]}});
		expect(await room.transport.contact(room.host('esx1'), undefined)).toMatchObject({
			refusal: 'unreachable',
			next: expect.stringContaining('`legacy: true` for esx1'),
		});
		expect(await room.transport.contact(room.host('esx1', {legacy: true}), undefined)).toMatchObject({kind: 'reached'});
	});
});
