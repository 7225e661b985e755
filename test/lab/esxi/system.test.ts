import {describe, expect, test} from 'vitest';
import {Prompt, posix} from './prompt.js';

async function text(prompt: Prompt, line: string, host = 'esxi1'): Promise<string> {
	return (await prompt.type(host, line)).text;
}

describe('hostd', () => {
	test('restarts a line at a time and answers only later', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, '/etc/init.d/hostd restart')).toBe(
			'watchdog-hostd: Terminating watchdog process with PID 2098001\nhostd stopped.\nhostd started.\n',
		);
		expect(await prompt.type('esxi1', 'vim-cmd vmsvc/getallvms')).toEqual({
			text: 'Connect to localhost failed: Connection failure\n',
			status: 1,
			tookMs: 11_000,
		});
		expect(await prompt.type('esxi1', 'esxcli network nic list')).toMatchObject({
			text: 'Connect to localhost failed: Connection failure\n',
			status: 1,
		});
		expect((await prompt.type('esxi1', 'esxcfg-vswitch -l')).status).toBe(0);
		expect((await prompt.type('esxi1', 'localcli network nic list')).status).toBe(0);

		prompt.wait((prompt.world.nextChange() ?? 0) - prompt.now);
		expect((await prompt.type('esxi1', 'vim-cmd vmsvc/getallvms')).status).toBe(0);
		expect(prompt.world.nextChange()).toBeUndefined();
	});

	test('learns of a VMkernel NIC that was added behind its back only when it starts', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch -A Storage vSwitch0');
		await prompt.do('esxi1', 'esxcfg-vmknic --add --ip 172.31.254.2 --netmask 255.255.255.0 Storage');
		expect(await text(prompt, 'vim-cmd hostsvc/net/vnic_info')).not.toContain('portgroup = "Storage"');
		await prompt.do('esxi1', '/etc/init.d/hostd restart');
		prompt.wait(60_000);
		expect(await text(prompt, 'vim-cmd hostsvc/net/vnic_info')).toContain('portgroup = "Storage"');
	});

	test('can be stopped and started', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', '/etc/init.d/hostd stop');
		expect(await prompt.type('esxi1', '/etc/init.d/hostd status')).toMatchObject({
			text: 'hostd is not running.\n',
			status: 3,
		});
		await prompt.do('esxi1', '/etc/init.d/hostd start');
		expect(await prompt.type('esxi1', '/etc/init.d/hostd status')).toMatchObject({
			text: 'hostd is running.\n',
			status: 0,
		});
	});
});

describe('advanced options', () => {
	test('are shown as ESXi shows them, whatever the case of the path', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'esxcli system settings advanced list -o /VMFS3/UseATSForHBonVMFS5')).toBe(
			`   Path: /VMFS3/UseATSForHBOnVMFS5
   Type: integer
   Int Value: 1
   Default Int Value: 1
   Min Value: 0
   Max Value: 1
   String Value: 
   Default String Value: 
   Valid Characters: 
   Description: Use ATS for HB on ATS supported VMFS5 volumes
`,
		);
	});

	test('are set silently', async () => {
		const prompt = new Prompt('bare');
		const set = 'esxcli system settings advanced set --option=/Net/UseHwTSO --int-value=0';
		expect(await prompt.type('esxi1', set)).toEqual({text: '', status: 0, tookMs: 600});
		expect(await text(prompt, 'esxcli system settings advanced list -o /Net/UseHwTSO')).toContain('   Int Value: 0\n');
		expect(await text(prompt, 'esxcfg-advcfg -g /Net/UseHwTSO')).toBe('Value of UseHwTSO is 0\n');
	});

	test.each([
		['-o /Net/NoSuch -i 1', 'Unable to find option /Net/NoSuch\n'],
		['-o /Net/UseHwTSO -i 2', 'Invalid value: 2\n'],
	])('refuse %s', async (words, printed) => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', `esxcli system settings advanced set ${words}`)).toMatchObject({
			text: printed,
			status: 1,
		});
	});
});

describe('services', () => {
	test('SSH starts with the host once it is enabled', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'chkconfig --list SSH')).toBe('SSH                     off\n');
		await prompt.do('esxi1', 'vim-cmd hostsvc/enable_ssh');
		expect(await text(prompt, 'chkconfig --list SSH')).toBe('SSH                     on\n');
	});

	test('a stopped SSH service refuses', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', '/etc/init.d/SSH stop');
		expect(prompt.world.host('esxi1').ssh).toBe('refuses');
	});

	test('NTP follows a server that it reaches, when its port is open and some seconds have passed', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcli system ntp set --server=172.31.255.1 --enabled=true');
		prompt.wait(30_000);
		expect(await text(prompt, 'ntpq -p')).toMatch(/^ 172\.31\.255\.1 {4}\.INIT\./m);
		await prompt.do('esxi1', 'esxcli network firewall ruleset set -e true -r ntpClient');
		expect(await text(prompt, 'ntpq -p')).toMatch(/^\*172\.31\.255\.1 {4}LOCL/m);
		expect(await text(prompt, 'esxcli system ntp get')).toBe(
			'   Enabled: true\n   Loglevel: warning\n   PID: 2099532\n   Runtime Seconds: 31\n   Servers: 172.31.255.1\n',
		);
	});

	test('NTP does not reach a server beyond the networks: there is no default route', async () => {
		const prompt = new Prompt('esxi-ready');
		await prompt.do('esxi1', 'esxcli system ntp set --server=192.0.2.1');
		prompt.wait(600_000);
		expect(await text(prompt, 'ntpq -p')).not.toMatch(/^\*/m);
	});

	test('autostart is off until it is turned on', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'vim-cmd hostsvc/autostartmanager/get_defaults')).toContain('   enabled = false, \n');
		await prompt.do('esxi1', 'vim-cmd hostsvc/autostartmanager/enable_autostart true');
		expect(await text(prompt, 'vim-cmd hostsvc/autostartmanager/get_defaults')).toContain('   enabled = true, \n');
	});
});

describe('vim-cmd', () => {
	test('shows an empty inventory as its header', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'vim-cmd vmsvc/getallvms')).toBe(
			'Vmid   Name   File   Guest OS   Version   Annotation\n',
		);
	});

	test('does not know a VM that is not there', async () => {
		const prompt = new Prompt('bare');
		expect(await prompt.type('esxi1', 'vim-cmd vmsvc/power.getstate 1')).toEqual({
			text: `(vim.fault.NotFound) {
   faultCause = (vmodl.MethodFault) null,
   faultMessage = <unset>
   msg = "Unable to find a VM corresponding to "1""
}
`,
			status: 1,
			tookMs: 1_000,
		});
	});

	test('shows the licence, takes a new one and refuses what is no key', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'vim-cmd vimsvc/license --show')).toContain('   serial: 00000-00000-00000-00000-00000\n');
		expect((await prompt.type('esxi1', 'vim-cmd vimsvc/license --set=BAD')).status).toBe(1);
		await prompt.do('esxi1', 'vim-cmd vimsvc/license --set=AAAAA-BBBBB-CCCCC-DDDDD-EEEEE');
		expect(await text(prompt, 'vim-cmd vimsvc/license --show')).toBe(
			`   serial: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE
   vmodl key: esx.hypervisor.cpuPackageCoreLimited
   name: vSphere 7 Hypervisor
   total: 0
   used: 1
   unit: cpuPackage:32core
   Properties:
     [ProductName] = VMware ESX Server
     [ProductVersion] = 7.0
     [count_disabled] = This license is unlimited
`,
		);
	});

	test('lists what is in a branch, and refuses what is not there', async () => {
		const prompt = new Prompt('bare');
		expect(await text(prompt, 'vim-cmd hostsvc/autostartmanager')).toBe(
			'Commands available under hostsvc/autostartmanager/:\nenable_autostart\nget_autostartseq\nget_defaults\nupdate_autostartentry\nupdate_defaults\n',
		);
		expect((await prompt.type('esxi1', 'vim-cmd nosuch')).status).toBe(1);
	});
});

describe('identity', () => {
	test.each([
		['vmware -v', 'VMware ESXi 7.0.3 build-20036589\n'],
		['vmware -l', 'VMware ESXi 7.0 Update 3\n'],
		[
			'esxcli system version get',
			'   Product: VMware ESXi\n   Version: 7.0.3\n   Build: Releasebuild-20036589\n   Update: 3\n   Patch: 50\n',
		],
		['esxcli system stats uptime get', '1800600000\n'],
		['esxcli system maintenanceMode get', 'Disabled\n'],
	])('%s', async (line, printed) => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', line)).text).toBe(printed);
	});

	test('a new name shows in the prompt and in its own command', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcli system hostname set --fqdn=esxi01.example');
		const host = prompt.world.host('esxi1');
		expect(posix(host.platform).prompt('root', host.hostname, '~')).toBe('[root@esxi01:~] ');
		expect(await text(prompt, 'esxcli system hostname get')).toBe(
			'   Domain Name: example\n   Fully Qualified Domain Name: esxi01.example\n   Host Name: esxi01\n',
		);
	});
});

describe('power', () => {
	test('a pulled cord loses what was not yet saved, and SSH that does not start with the host', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch --add Mirror_vswitch');
		expect(prompt.world.power('esxi1', 'off', prompt.now)).toBe('ESXi#1 lost power');
		expect(prompt.world.host('esxi1')).toMatchObject({power: {kind: 'off'}, ssh: 'silent'});
		expect(prompt.world.power('esxi1', 'on', prompt.now)).toBe('ESXi#1 got power and boots');
		prompt.wait((prompt.world.nextChange() ?? 0) - prompt.now);
		expect(prompt.world.host('esxi1')).toMatchObject({power: {kind: 'on', bootId: 'esxi1-2'}, ssh: 'refuses'});
		expect(await text(prompt, 'esxcfg-vswitch -c Mirror_vswitch')).toBe('0\n');
	});

	test('what was saved is still there', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch --add Mirror_vswitch', '/sbin/auto-backup.sh');
		prompt.world.power('esxi1', 'off', prompt.now);
		prompt.world.power('esxi1', 'on', prompt.now);
		prompt.wait(10 * 60_000);
		expect(await text(prompt, 'esxcfg-vswitch -c Mirror_vswitch')).toBe('1\n');
	});

	test('the configuration is saved by itself once an hour', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch --add Mirror_vswitch');
		prompt.wait(61 * 60_000);
		prompt.world.power('esxi1', 'off', prompt.now);
		prompt.world.power('esxi1', 'on', prompt.now);
		prompt.wait(10 * 60_000);
		expect(await text(prompt, 'esxcfg-vswitch -c Mirror_vswitch')).toBe('1\n');
	});

	test('an orderly restart keeps everything and comes up with another boot identity', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcfg-vswitch --add Mirror_vswitch', 'vim-cmd hostsvc/enable_ssh', 'reboot');
		expect(prompt.world.host('esxi1').power.kind).toBe('on');
		prompt.wait(60_000);
		expect(prompt.world.host('esxi1').power.kind).toBe('booting');
		prompt.wait(5 * 60_000);
		expect(prompt.world.host('esxi1')).toMatchObject({power: {kind: 'on', bootId: 'esxi1-2'}, ssh: 'answers'});
		expect(await text(prompt, 'esxcfg-vswitch -c Mirror_vswitch')).toBe('1\n');
	});

	test('esxcli shuts down only in maintenance mode', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcli system shutdown poweroff -r test')).status).toBe(1);
		await prompt.do('esxi1', 'esxcli system maintenanceMode set -e true', 'esxcli system shutdown poweroff -r test');
		prompt.wait(60_000);
		expect(prompt.world.host('esxi1').power.kind).toBe('off');
	});
});
