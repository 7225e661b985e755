import {afterAll, beforeAll, describe, expect, test} from 'vitest';
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

describe('the language', () => {
	test.each([
		["'a' + 1; 2 + 3 * 4; 7 / 2; 10 % 4; -3", 'a1\n14\n3.5\n2\n-3\n'],
		['(1..4) -join ","; 5..3', '1,2,3,4\n5\n4\n3\n'],
		['"{0,5}|{1,-5}|{2:N2}|{3:D3}|{4:X2}" -f "a", "b", 1234.5, 7, 255', '    a|b    |1,234.50|007|FF\n'],
		[`$x = 1; "\${x}: y"`, '1: y\n'],
		['Set-Variable Greeting hello; $greeting', 'hello\n'],
		['$x = \'it\'\'s\'; "$x is $($x.Length) `$x `"q`""', 'it\'s is 4 $x "q"\n'],
		['$env:NTP_SERVER = \'10.0.0.1\'; "to $env:NTP_SERVER"; $env:nothing -eq $null', 'to 10.0.0.1\nTrue\n'],
		['$a = 1, 2, 3; $a += 4; $a.Count; $a[0]; $a[-1]; $a -contains 2', '4\n1\n4\nTrue\n'],
		['$h = @{b = 1; a = "two"}; $h.a; $h["B"]; $h.Count; $h.ContainsKey("c")', 'two\n1\n2\nFalse\n'],
		['if (0) { "no" } elseif ("") { "no" } else { "yes" }', 'yes\n'],
		['foreach ($n in 1..5) { if ($n -eq 2) { continue }; if ($n -gt 3) { break }; $n }', '1\n3\n'],
		['for ($i = 0; $i -lt 3; $i++) { $i }; $i', '0\n1\n2\n3\n'],
		['$n = 3; while ($n -gt 0) { $n--; $n }; do { $n++ } until ($n -ge 2); $n', '2\n1\n0\n2\n'],
		['switch ("B") { "a" { 1 } "b" { 2 } default { 3 } }', '2\n'],
		['function Add([int]$a, $b = 10) { return $a + $b }; Add 1 2; Add -a 5; Add -b 1 -a 2', '3\n15\n3\n'],
		[
			'function Show { param([switch]$Loud, $text) if ($Loud) { $text.ToUpper() } else { $text } }; Show -Loud hi',
			'HI\n',
		],
		['1..5 | Where-Object { $_ -gt 3 } | ForEach-Object { $_ * 10 }', '40\n50\n'],
		['"b", "a", "c" | Sort-Object -Descending | Select-Object -First 2', 'c\nb\n'],
		['(1, 2, 3 | Measure-Object -Sum).Sum; @(1).Count; (Get-Date).Year', '6\n1\n2026\n'],
		["'One Two' -match '(\\w+) (?<second>\\w+)'; $Matches[1]; $Matches.second", 'True\nOne\nTwo\n'],
		["'abc' -replace 'b', 'X'; 'a,b' -split ','; 'ABC' -ceq 'abc'; 'ABC' -like 'a*'", 'aXc\na\nb\nFalse\nTrue\n'],
		["@'\nline 'one' $x\n'@; @\"\nsum $(1 + 1)\n\"@", "line 'one' $x\nsum 2\n"],
		[
			'try { throw "boom" } catch { "caught $_"; $_.Exception.Message } finally { "done" }',
			'caught boom\nboom\ndone\n',
		],
		[
			'try { Get-Item C:\\nope -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }',
			'PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand\n',
		],
		['$ErrorActionPreference = "Stop"; try { Get-Item C:\\nope } catch { "caught" }', 'caught\n'],
		['$true -and -not $false; !1; 1 -eq "1"; $null -eq ""', 'True\nFalse\nTrue\nFalse\n'],
		['[int]"42" + 1; [string]5 + "x"; [bool]"a"; [math]::Floor(2.7); [int]2.5', '43\n5x\nTrue\n2\n2\n'],
		['$x, $y = 1, 2, 3; $x; $y -join "+"', '1\n2+3\n'],
		['& { "in a block: $($args[0])" } 7; $b = { param($n) $n * 2 }; & $b 21', 'in a block: 7\n42\n'],
		['$p = @{Path = "C:\\Windows"; PathType = "Container"}; Test-Path @p', 'True\n'],
		['Write-Output `\n  one # a comment\n<# and\none more #>\n"two"', 'one\ntwo\n'],
		['@{n = 1} | ForEach-Object { $_.n }; "x" | ForEach-Object Length', '1\n1\n'],
		['[pscustomobject]@{A = 1; B = "x"} | ConvertTo-Json -Compress', '{"A":1,"B":"x"}\n'],
		[
			'hostname; "$(hostname)!"; $x = ipconfig; ($x | Select-String "IPv4").Line.Trim()',
			'WS2019-Host-1\nWS2019-Host-1!\nIPv4 Address. . . . . . . . . . . : 172.31.255.21\n',
		],
		['"1" * 3; 3 -in 1..4; 1KB; 0x10; 1.5e3', '111\nTrue\n1024\n16\n1500\n'],
		['$null; $(); @(); "end"', 'end\n'],
		['"a`tb"; \'no `t here\'; "{0}" -f $null', 'a\tb\nno `t here\n\n'],
	])('%s', async (script, out) => {
		expect(await run(script)).toEqual({out, err: '', status: 0});
	});
});

describe('exit codes', () => {
	test.each([
		['exit 3', 3],
		['exit', 0],
		['"a"; exit 3010', 3010],
		['throw "x"', 1],
		['Get-Item C:\\nope', 1],
		['Get-Item C:\\nope; "fine"', 0],
		['Get-Item C:\\nope -ErrorAction SilentlyContinue; exit 0', 0],
		['$ErrorActionPreference = "Stop"; Get-Item C:\\nope; exit 0', 1],
		['net start nobody', 1],
		['net start nobody; exit $LASTEXITCODE', 2],
		['cmd /c exit 5; $LASTEXITCODE; exit $LASTEXITCODE', 5],
		['function f { exit 4 }; f; "never"', 4],
		['. ([scriptblock]::Create("exit 6")); "never"', 6],
		['powershell -Command "exit 7"; exit $LASTEXITCODE', 7],
		['exit -1', 0xffffffff],
	])('%s ends with %i', async (script, status) => {
		expect((await run(script)).status).toBe(status);
	});
});

describe('errors', () => {
	test('an error says where it happened, as Windows PowerShell lays it out', async () => {
		expect((await run('"before"\n  Get-Item C:\\nope')).err).toBe(
			`Get-Item : Cannot find path 'C:\\nope' because it does not exist.
At line:2 char:3
+   Get-Item C:\\nope
+   ~~~~~~~~~~~~~~~~
    + CategoryInfo          : ObjectNotFound: (C:\\nope:String) [Get-Item], ItemNotFoundException
    + FullyQualifiedErrorId : PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand
 
`,
		);
	});

	test('a cmdlet that nobody knows is not recognized', async () => {
		const {err, status} = await run('Get-Nothing -Name x');

		expect(err).toContain("Get-Nothing : The term 'Get-Nothing' is not recognized as the name of a cmdlet, function,");
		expect(err).toContain('ObjectNotFound: (Get-Nothing:String) [], CommandNotFoundException');
		expect(status).toBe(1);
	});

	test.each([
		['trap { "x" }', '`trap`'],
		['Get-Content x -Wait', 'The parameter -Wait of Get-Content'],
		['[System.Net.Dns]::GetHostName()', '[System.Net.Dns]::GetHostName'],
		['try { [guid]::NewGuid() } catch { "hidden" }', '[guid]::NewGuid()'],
		['"abc".Normalize()', 'The method Normalize of System.String'],
	])('%s is known to Windows alone, and the simulation says so loudly', async (script, what) => {
		const {err, status, out} = await run(script);

		expect(err).toContain(`fieldbook lab: `);
		expect(err).toContain(`${what}`);
		expect(err).toContain('is not in this simulation of PowerShell.');
		expect({status, out}).toEqual({status: 251, out: ''});
	});

	test.each(['if (', '"open', 'foreach ($x in 1) {', 'a && b', '1 +', ')', '"$x: y"'])(
		'%s is no PowerShell: nothing of it runs',
		async script => {
			const {err, status, out} = await run(`"ran"\n${script}`);

			expect({status, out}).toEqual({status: 1, out: ''});
			expect(err).toContain('ParserError');
		},
	);

	test('they are CLIXML for an encoded command, behind progress, and plain text for any other', async () => {
		const {err} = await host.powershell('Write-Warning "w <1>"; Write-Error "e & f"');

		expect(err).toMatch(/^#< CLIXML\r\n<Objs Version="1\.1\.0\.1" xmlns="[^"]+"><Obj S="progress" RefId="0">/);
		expect(err).toContain('<S S="warning">w &lt;1&gt;</S><S S="Error">Write-Error : e &amp; f_x000D__x000A_</S>');
		expect(err.endsWith('</Objs>')).toBe(true);
		expect((await host.run('powershell -Command "Write-Error plain"')).err).toMatch(/^Write-Error : plain\r\n/);
	});
});

describe('a login', () => {
	test.each([
		['hostname', 'WS2019-Host-1\r\n', 0],
		['echo %COMPUTERNAME% $env:OS & exit 9', 'WS2019-HOST-1 $env:OS\r\n', 9],
		['powershell -NoProfile -Command "1 + 1; exit 3"', '2\r\n', 3],
		['nothing-here', '', 1],
		['dir C:\\', '', 251],
		['hostname | more', '', 251],
	])('by cmd.exe: %s', async (line, out, status) => {
		expect(await host.run(line)).toMatchObject({out, status});
	});

	test('by PowerShell makes 0 or 1 of a program’s exit code, and keeps that of exit', async () => {
		const other = await windowsMachine({shell: 'powershell'});
		const codes = [];
		for (const line of ['cmd /c exit 5', 'cmd /c exit 5; exit $LASTEXITCODE', 'hostname']) {
			codes.push((await other.run(line)).status);
		}
		other.stop();

		expect(codes).toEqual([1, 5, 0]);
	});
});
