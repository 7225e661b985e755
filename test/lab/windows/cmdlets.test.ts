import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {withoutClixml} from '../../../src/text/clixml.js';
import {type WindowsMachine, windowsMachine} from './windows-machine.js';

let host: WindowsMachine;
beforeAll(async () => {
	host = await windowsMachine();
});
afterAll(() => host.stop());

async function run(script: string) {
	const {out, err, status} = await host.powershell(script);
	return {out: out.replaceAll('\r\n', '\n'), err: withoutClixml(err).replaceAll('\r\n', '\n'), status};
}

/** Else the console of an American system prints ? for them. */
const utf8 = '[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false';

describe('files', () => {
	beforeEach(() =>
		run("New-Item C:/Work -ItemType Directory -Force; Get-ChildItem C:/Work | Remove-Item -Recurse; ''"),
	);

	test.each([
		[
			'Set-Content C:/Work/a.txt one, two; Add-Content C:\\work\\A.TXT three; Get-Content C:/Work/a.txt',
			'one\ntwo\nthree\n',
		],
		['"x" | Set-Content C:/Work/a; (Get-Content C:/Work/a -Raw).Length; (Get-Item C:/Work/a).Length', '3\n3\n'],
		[
			'"a", "b", "c" | Set-Content C:/Work/a; Get-Content C:/Work/a -Tail 2; Get-Content C:/Work/a -TotalCount 1',
			'b\nc\na\n',
		],
		[`${utf8}; "ü" > C:/Work/u; [IO.File]::ReadAllBytes("C:/Work/u").Length; Get-Content C:/Work/u`, '8\nü\n'],
		[`${utf8}; Set-Content C:/Work/u "設定" -Encoding UTF8; Get-Content C:/Work/u`, '設定\n'],
		[
			'Test-Path C:/Work; Test-Path C:/Work -PathType Leaf; Test-Path C:/nope; Test-Path C:/Wor*',
			'True\nFalse\nFalse\nTrue\n',
		],
		[
			'Set-Content C:/Work/a x; Copy-Item C:/Work/a C:/Work/b; Move-Item C:/Work/b C:/Work/c; (Get-ChildItem C:/Work).Name',
			'a\nc\n',
		],
		['Set-Content C:/Work/a x; Remove-Item C:/Work/*; (Get-ChildItem C:/Work | Measure-Object).Count', '0\n'],
		['Set-Content C:/Work/a x; (Get-FileHash C:/Work/a).Hash.Substring(0, 8)', 'B35E09FA\n'],
		['Join-Path C:/a b; Split-Path C:/a/b.txt -Leaf; Split-Path C:/a/b.txt', 'C:\\a\\b\nb.txt\nC:\\a\n'],
		['Set-Location C:/Work; Set-Content here x; Test-Path C:/Work/here; "$pwd"', 'True\nC:\\Work\n'],
	])('%s', async (script, out) => {
		expect(await run(script)).toMatchObject({
			out: expect.stringMatching(out === '' ? /^/ : new RegExp(`${literal(out)}$`)),
			err: '',
		});
	});

	test('a folder that is there already is an error without -Force', async () => {
		expect((await run('New-Item C:/Work -ItemType Directory')).err).toMatch(
			/^New-Item : An item with the specified name C:\\Work already exists\.\n/,
		);
	});

	test('what is written stays when the next login looks, and -Encoding that is not simulated is said', async () => {
		await run('Set-Content C:/Work/kept here');

		expect((await run('Get-Content c:\\work\\KEPT')).out).toBe('here\n');
		expect((await run('Set-Content C:/Work/a x -Encoding UTF7')).status).toBe(251);
	});
});

describe('services', () => {
	test('start, stop and are set, and the host remembers', async () => {
		await run('Set-Service msiscsi -StartupType Automatic; Start-Service msiscsi');

		expect(await run('Get-Service MSiSCSI')).toEqual({
			out: `
Status   Name               DisplayName
------   ----               -----------
Running  MSiSCSI            Microsoft iSCSI Initiator Service


`,
			err: '',
			status: 0,
		});
		expect((await run('Get-Service M* | Stop-Service -PassThru | Select-Object -ExpandProperty Status')).out).toBe(
			'Stopped\n',
		);
		expect((await run('net start msiscsi; (Get-Service msiscsi).Status')).out).toContain('was started successfully');
		expect((await run('Get-Service nobody')).err).toMatch(
			/^Get-Service : Cannot find any service with service name 'nobody'\./,
		);
	});

	test('a service that is disabled does not start', async () => {
		const {err, status} = await run('Set-Service Spooler -StartupType Disabled -Status Stopped; Start-Service Spooler');

		expect(err).toMatch(/^Start-Service : Service 'Print Spooler \(Spooler\)' cannot be started/);
		expect(status).toBe(1);
	});
});

describe('features', () => {
	test('one is installed, another waits for a restart and is there after it', async () => {
		expect((await run('(Install-WindowsFeature FS-iSCSITarget-Server).ExitCode')).out).toBe('Success\n');
		expect((await run('(Install-WindowsFeature FS-iSCSITarget-Server).ExitCode')).out).toBe('NoChangeNeeded\n');
		expect((await run('Install-WindowsFeature Hyper-V -IncludeManagementTools | Format-Table')).out).toBe(`
Success RestartNeeded ExitCode               FeatureResult
------- ------------- --------               -------------
True    Yes           SuccessRestartRequired {Hyper-V, Hyper-V Management Tools, Hyper-V Module for Windows PowerShell}


`);
		expect((await run('(Get-WindowsFeature Hyper-V).InstallState')).out).toBe('InstallPending\n');
		await run('Restart-Computer -Force');
		await host.clock.sleep(4 * 60_000);
		await run(''); // Without a room around it the host notices only now that it has booted
		expect((await run('(Get-WindowsFeature Hyper-V).InstallState')).out).toBe('Installed\n');
	});

	test('one that no server has is an error', async () => {
		expect((await run('Install-WindowsFeature No-Such')).err).toContain("feature name is not valid: 'No-Such'");
	});
});

describe('network', () => {
	test('addresses, adapters and firewall rules', async () => {
		const made =
			'New-NetFirewallRule -Name app -DisplayName App -Direction Inbound -Protocol TCP -LocalPort 8080 -Action Allow';

		expect(
			(await run('Get-NetIPAddress -IPAddress 172.31.255.21 | Select-Object InterfaceAlias, PrefixLength')).out,
		).toBe(`
InterfaceAlias PrefixLength
-------------- ------------
Ethernet                 24


`);
		expect((await run(`${made} | Out-Null; (Get-NetFirewallRule -Name app).Enabled`)).out).toBe('True\n');
		expect((await run(made)).err).toContain('already exists');
		expect((await run('Remove-NetFirewallRule -Name app; Get-NetFirewallRule -Name app')).err).toContain(
			'No MSFT_NetFirewallRule objects found',
		);
		expect((await run('Test-Connection 172.31.255.1 -Quiet; Test-Connection 172.31.255.99 -Quiet')).out).toBe(
			'True\nFalse\n',
		);
		expect((await run('(Get-NetAdapter).Status')).out).toBe('Up\n');
	});
});

describe('what is shown', () => {
	test.each([
		[
			'[pscustomobject]@{Name = "a"; Size = 1}, [pscustomobject]@{Name = "bcd"; Size = 22}',
			'\nName Size\n---- ----\na       1\nbcd    22\n\n\n',
		],
		['[pscustomobject]@{A = 1; B = 2} | Format-List', '\n\nA : 1\nB : 2\n\n\n\n'],
		[
			'@{one = 1}',
			'\nName                           Value\n----                           -----\none                            1\n\n\n',
		],
		['(Get-Service sshd | Out-String).Trim().Split("`n").Count', '3\n'],
		['Write-Host "a" -NoNewline; Write-Host "b", "c"', 'ab c\n'],
		['@{a = @(1, "x"); b = $null} | ConvertTo-Json -Compress', '{"a":[1,"x"],"b":null}\n'],
		['\'{"a":{"b":[1,2]}}\' | ConvertFrom-Json | ForEach-Object { $_.a.b[1] }', '2\n'],
		['Get-Date -Format "yyyy-MM-dd HH:mm"', '2026-01-05 09:04\n'],
	])('%s', async (script, out) => {
		const {out: printed, err} = await run(script);

		expect(err).toBe('');
		expect(printed.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d\n$/, '2026-01-05 09:04\n')).toBe(out);
	});

	test('sleeping costs world time', async () => {
		const before = host.clock.now();

		expect((await run('"a"; Start-Sleep 30; 1..2 | ForEach-Object { Start-Sleep -Milliseconds 500; $_ }')).out).toBe(
			'a\n1\n2\n',
		);
		expect(host.clock.now() - before).toBeGreaterThanOrEqual(31_000);
	});
});

function literal(text: string): string {
	return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

test('files that the lab file describes are there', async () => {
	const host = await windowsMachine({files: '{ "C:/iso/a.iso": image }'});
	const {out} = await host.powershell('Test-Path C:\\iso\\a.iso; Get-Content C:\\iso\\a.iso');
	host.stop();

	expect(out.replaceAll('\r', '')).toBe('True\nimage\n');
});
