import {describe, expect, test} from 'vitest';
import {Prompt} from './prompt.js';

const mirrorSwitch = ['esxcfg-vswitch --add Mirror_vswitch', 'esxcfg-vswitch --link=vmnic1 Mirror_vswitch'];

describe('esxcfg-vswitch', () => {
	test('lists switches with the columns of ESXi 7, blanks at line ends included', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch --add Mirror_vswitch');
		expect((await prompt.type('esxi1', 'esxcfg-vswitch -l')).text).toBe(
			[
				'Switch Name      Num Ports   Used Ports  Configured Ports  MTU     Uplinks   ',
				'vSwitch0         2560        4           128               1500    vmnic0    ',
				'',
				'  PortGroup Name                            VLAN ID  Used Ports  Uplinks   ',
				'  VM Network                                0        0           vmnic0    ',
				'  Management Network                        0        1           vmnic0    ',
				'',
				'Switch Name      Num Ports   Used Ports  Configured Ports  MTU     Uplinks   ',
				'Mirror_vswitch   2560        1           128               1500    ',
				'',
				'  PortGroup Name                            VLAN ID  Used Ports  Uplinks   ',
				'',
				'',
			].join('\n'),
		);
	});

	test.each([
		['a switch', 'esxcfg-vswitch -a Mirror_vswitch', 'A portset with this name already exists\n'],
		['an uplink', 'esxcfg-vswitch -L vmnic1 Mirror_vswitch', 'Uplink already exists: vmnic1\n'],
		[
			'a port group',
			'esxcfg-vswitch -A "VM Network" Mirror_vswitch',
			'A portgroup with the name VM Network already exists\n',
		],
		['another switch with the uplink', 'esxcfg-vswitch -L vmnic0 Mirror_vswitch', 'Unable to Set: Busy\n'],
	])('refuses to add what exists: %s', async (_, line, text) => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', ...mirrorSwitch);
		expect(await prompt.type('esxi1', line)).toEqual({text, status: 1, tookMs: 300});
	});

	test.each([
		['--link=vmnic9 vSwitch0', 'No such uplink: vmnic9\n'],
		['--unlink=vmnic1 vSwitch0', 'No such uplink: vmnic1\n'],
		['-A PG No_vswitch', 'Unable to find vswitch No_vswitch\n'],
		['-D PG vSwitch0', 'Sysinfo error: Not found\n'],
		['-d No_vswitch', 'Unable to find vswitch No_vswitch\n'],
	])('refuses %s', async (words, text) => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', `esxcfg-vswitch ${words}`)).toMatchObject({text, status: 1});
	});

	test('prints 1 or 0 for a check, and exits 0 either way', async () => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', 'esxcfg-vswitch --check vSwitch0')).toMatchObject({text: '1\n', status: 0});
		expect(await prompt.type('esxi1', 'esxcfg-vswitch -c Mirror_vswitch')).toMatchObject({text: '0\n', status: 0});
		expect(await prompt.type('esxi1', 'esxcfg-vswitch -C "VM Network"')).toMatchObject({text: '1\n', status: 0});
	});

	test('takes back what it did', async () => {
		const prompt = new Prompt('bare');
		const before = JSON.stringify(prompt.world.toJSON());
		await prompt.do('esxi1', ...mirrorSwitch, 'esxcfg-vswitch -A Mirror_portgroup Mirror_vswitch');
		await prompt.do(
			'esxi1',
			'esxcfg-vswitch -D Mirror_portgroup Mirror_vswitch',
			'esxcfg-vswitch -U vmnic1 Mirror_vswitch',
			'esxcfg-vswitch -d Mirror_vswitch',
		);
		const after = new Prompt('bare', prompt.world.toJSON());
		expect(JSON.parse(JSON.stringify(after.world.toJSON())).hosts).toEqual(JSON.parse(before).hosts);
	});

	test('sets VLAN and MTU', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch -v 50 -p "VM Network" vSwitch0', 'esxcfg-vswitch -m 9000 vSwitch0');
		const {text} = await prompt.type('esxi1', 'esxcfg-vswitch -l');
		expect(text).toContain('vSwitch0         2560        4           128               9000    vmnic0    \n');
		expect(text).toContain('  VM Network                                50       0           vmnic0    \n');
	});

	test('shows its options when it does not understand', async () => {
		const prompt = new Prompt('bare');
		const {text, status} = await prompt.type('esxi1', 'esxcfg-vswitch --ad Mirror_vswitch');
		expect(text).toMatch(/^esxcfg-vswitch: unrecognized option '--ad'\nesxcfg-vswitch \[options\]/);
		expect(status).toBe(1);
	});
});

describe('esxcfg-vmknic', () => {
	test('lists each VMkernel NIC twice, for IPv4 and for its link-local address', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcfg-vmknic -l')).text).toBe(
			[
				'Interface  Port Group/DVPort/Opaque Network        IP Family IP Address                              Netmask         Broadcast       MAC Address       MTU     TSO MSS   Enabled Type                NetStack            ',
				'vmk0       Management Network                      IPv4      172.31.255.2                            255.255.255.0   172.31.255.255  00:00:5e:00:53:10 1500    65535     true    STATIC              defaultTcpipStack   ',
				'vmk0       Management Network                      IPv6      fe80::200:5eff:fe00:5310                64                              00:00:5e:00:53:10 1500    65535     true    STATIC, PREFERRED   defaultTcpipStack   ',
				'',
			].join('\n'),
		);
	});

	test.each([
		['172.31.254.2 --netmask 255.255.255.0 No_group', 'Sysinfo error: Not found\n'],
		['172.31.254.2 --netmask 255.0.255.0 "VM Network"', 'Invalid netmask: 255.0.255.0\n'],
		['172.31.254 --netmask 255.255.255.0 "VM Network"', 'Invalid IP address: 172.31.254\n'],
		['172.31.255.2 --netmask 255.255.255.0 "VM Network"', 'Sysinfo error: Busy (172.31.255.2)\n'],
		[
			'172.31.254.2 --netmask 255.255.255.0 "Management Network"',
			'A vmkernel nic for the connection point already exists\n',
		],
	])('refuses --ip %s', async (words, text) => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', `esxcfg-vmknic --add --ip ${words}`)).toMatchObject({text, status: 1});
	});
});

describe('esxcli network', () => {
	test('shows a NIC without a cable as down', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi2', 'esxcli network nic list')).text).toBe(
			[
				'Name    PCI Device    Driver  Admin Status  Link Status  Speed  Duplex  MAC Address         MTU  Description',
				'------  ------------  ------  ------------  -----------  -----  ------  -----------------  ----  -----------',
				'vmnic0  0000:03:00.0  igbn    Up            Up            1000  Full    00:00:5e:00:53:20  1500  Intel Corporation I350 Gigabit Network Connection',
				'vmnic1  0000:03:00.1  igbn    Up            Down             0  Half    00:00:5e:00:53:21  1500  Intel Corporation I350 Gigabit Network Connection',
				'vmnic2  0000:03:00.2  igbn    Up            Down             0  Half    00:00:5e:00:53:22  1500  Intel Corporation I350 Gigabit Network Connection',
				'vmnic3  0000:03:00.3  igbn    Up            Down             0  Half    00:00:5e:00:53:23  1500  Intel Corporation I350 Gigabit Network Connection',
				'',
			].join('\n'),
		);
	});

	test('lists a switch as a record', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcli network vswitch standard list -v vSwitch0')).text).toBe(`vSwitch0
   Name: vSwitch0
   Class: cswitch
   Num Ports: 2560
   Used Ports: 4
   Configured Ports: 128
   MTU: 1500
   CDP Status: listen
   Beacon Enabled: false
   Beacon Interval: 1
   Beacon Threshold: 3
   Beacon Required By: 
   Uplinks: vmnic0
   Portgroups: VM Network, Management Network
`);
	});

	test('lists port groups by name, numbers to the right', async () => {
		const prompt = new Prompt('bare');
		expect(
			(await prompt.type('esxi1', 'esxcli network vswitch standard portgroup list')).text,
		).toBe(`Name                Virtual Switch  Active Clients  VLAN ID
------------------  --------------  --------------  -------
Management Network  vSwitch0                     1        0
VM Network          vSwitch0                     0        0
`);
	});

	test('lists addresses', async () => {
		const prompt = new Prompt('bare');
		expect(
			(await prompt.type('esxi1', 'esxcli network ip interface ipv4 get')).text,
		).toBe(`Name  IPv4 Address  IPv4 Netmask   IPv4 Broadcast  Address Type  Gateway  DHCP DNS
----  ------------  -------------  --------------  ------------  -------  --------
vmk0  172.31.255.2  255.255.255.0  172.31.255.255  STATIC        0.0.0.0     false
`);
	});

	test('prints CSV with the columns in alphabetical order', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcli --formatter=csv network ip interface ipv4 get')).text).toBe(
			'AddressType,DHCPDNS,Gateway,IPv4Address,IPv4Broadcast,IPv4Netmask,Name,\n' +
				'STATIC,false,0.0.0.0,172.31.255.2,172.31.255.255,255.255.255.0,vmk0,\n',
		);
	});

	test('says the same as esxcfg-vswitch when something exists', async () => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', 'esxcli network vswitch standard add -v vSwitch0')).toMatchObject({
			text: 'A portset with this name already exists\n',
			status: 1,
		});
	});

	test('opens and closes a firewall rule set', async () => {
		const prompt = new Prompt('bare');
		const shown = async () => (await prompt.type('esxi1', 'esxcli network firewall ruleset list -r ntpClient')).text;
		expect(await shown()).toBe('Name       Enabled\n---------  -------\nntpClient    false\n');
		await prompt.do('esxi1', 'esxcli network firewall ruleset set --enabled=true --ruleset-id=ntpClient');
		expect(await shown()).toBe('Name       Enabled\n---------  -------\nntpClient     true\n');
	});

	test.each([
		['esxcli network nic dwn', 'Error: Unknown command or namespace network nic dwn\n'],
		[
			'esxcli network nic down',
			`Error: Missing required parameter -n|--nic-name=<str>

Usage: esxcli network nic down [cmd options]

Description: 
  down                  Take the link of a physical NIC down.

Cmd options:
  -n|--nic-name=<str>   The name of the physical NIC. (required)
`,
		],
	])('explains itself after %s', async (line, text) => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', line)).toMatchObject({text, status: 1});
	});

	test('lists what is in a namespace', async () => {
		const prompt = new Prompt('bare');
		const {text} = await prompt.type('esxi1', 'esxcli network vswitch standard');
		expect(text).toContain('Available Namespaces:\n  portgroup ');
		expect(text).toContain('Available Commands:\n  add  ');
	});
});

describe('reach', () => {
	test('a host whose management NIC loses its link is silent, and answers again when it has it back', () => {
		const prompt = new Prompt('bare');
		prompt.world.deed(['cable', 'esxi1', 'vmnic0', 'out'], prompt.now);
		expect(prompt.world.host('esxi1').ssh).toBe('silent');
		expect(prompt.world.host('esxi2').ssh).toBe('answers');
		prompt.world.deed(['cable', 'esxi1', 'vmnic0', 'in'], prompt.now);
		expect(prompt.world.host('esxi1').ssh).toBe('answers');
	});

	test('taking vmnic0 from vSwitch0 cuts the branch one sits on', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch -U vmnic0 vSwitch0');
		expect(prompt.world.host('esxi1').ssh).toBe('silent');
	});

	test('the hosts ping each other on the iSCSI network', async () => {
		const prompt = new Prompt('esxi-ready');
		expect((await prompt.type('esxi1', 'vmkping -I vmk1 -c 2 172.31.254.3')).text).toBe(
			`PING 172.31.254.3 (172.31.254.3): 56 data bytes
64 bytes from 172.31.254.3: icmp_seq=0 ttl=64 time=0.212 ms
64 bytes from 172.31.254.3: icmp_seq=1 ttl=64 time=0.249 ms

--- 172.31.254.3 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.212/0.230/0.249 ms
`,
		);
	});

	test.each([
		['its power is cut', (prompt: Prompt) => prompt.world.power('esxi2', 'off', prompt.now)],
		['its cable is out', (prompt: Prompt) => prompt.world.deed(['cable', 'esxi2', 'vmnic2', 'out'], prompt.now)],
	])('a peer does not answer when %s', async (_, happen) => {
		const prompt = new Prompt('esxi-ready');
		happen(prompt);
		const {text, status} = await prompt.type('esxi1', 'vmkping -I vmk1 -c 2 172.31.254.3');
		expect(text).toContain('2 packets transmitted, 0 packets received, 100% packet loss');
		expect(status).toBe(1);
	});
});
