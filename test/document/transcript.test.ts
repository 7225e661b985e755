import {expect, test} from 'vitest';
import {readCode} from '../../src/document/transcript.js';

/** One line per entry: where, prompt, command, and how much output. */
function told(language: string, ...lines: readonly string[]): readonly string[] {
	const reading = readCode(language, lines.join('\n'));
	switch (reading.kind) {
		case 'listing':
			return ['listing'];
		case 'script':
			return [`script in ${reading.shell}`];
		case 'transcript':
			return [
				`transcript in ${reading.shell}`,
				...reading.entries.map(
					({command, line, prompt, runs, output}) =>
						`${line}: ${prompt}| ${command}${runs ? '' : ' (not run)'}${output.length > 0 ? ` -> ${output.length}` : ''}`,
				),
			];
	}
}

test.each([
	['$ ', '$ uptime', 'sh'],
	['> ', '> Get-Cluster', 'powershell'],
	['> ', '> type C:\\lab\\one > two', 'powershell'],
	['PS C:\\> ', 'PS C:\\> Get-VM', 'powershell'],
	['PS C:\\Users\\Lab User>', 'PS C:\\Users\\Lab User>Get-VM', 'powershell'],
	['PS> ', 'PS> Get-VM', 'powershell'],
	['[root@esxi:~] ', '[root@esxi:~] esxcli vm process list', 'sh'],
	['[root@esxi1:/vmfs/volumes/4a27-8d] ', '[root@esxi1:/vmfs/volumes/4a27-8d] ls', 'sh'],
	['[root@ec1 ~]# ', '[root@ec1 ~]# clpstat', 'sh'],
	['admin@ec1:~$ ', 'admin@ec1:~$ clpstat', 'sh'],
	['root@ec1:/etc# ', 'root@ec1:/etc# clpstat', 'sh'],
	['~ # ', '~ # vim-cmd vmsvc/getallvms', 'sh'],
	['/vmfs/volumes # ', '/vmfs/volumes # ls', 'sh'],
	['# ', '# systemctl stop firewalld', 'sh'],
])('the prompt %j makes a transcript of %j', (prompt, line, shell) => {
	expect(readCode('', `${line}\nsample output\n`)).toMatchObject({
		kind: 'transcript',
		shell,
		entries: [{command: line.slice(prompt.length), line: 1, prompt, runs: true, output: ['sample output']}],
	});
});

test('commands and sample output are told apart', () => {
	expect(
		told(
			'',
			'[root@esxi:~] esxcli network vswitch standard list',
			'vSwitch0',
			'   Name: vSwitch0',
			'',
			'[root@esxi:~] ',
			'[root@esxi:~] vim-cmd vmsvc/getallvms',
			'',
		),
	).toEqual([
		'transcript in sh',
		'1: [root@esxi:~] | esxcli network vswitch standard list -> 2',
		'6: [root@esxi:~] | vim-cmd vmsvc/getallvms',
	]);
});

test('behind SQL> nothing is for a shell to run', () => {
	expect(told('', '$ sqlplus / as sysdba', 'Connected.', 'SQL> startup mount;', 'SQL> exit')).toEqual([
		'transcript in sh',
		'1: $ | sqlplus / as sysdba -> 1',
		'3: SQL> | startup mount; (not run)',
		'4: SQL> | exit (not run)',
	]);
});

test('a command goes on over continued lines and here-documents', () => {
	expect(
		told('', '$ esxcli storage list \\', '>   --option x', 'output', '$ cat > note <<END', '> one', 'END', 'output'),
	).toEqual([
		'transcript in sh',
		'1: $ | esxcli storage list \\\n  --option x -> 1',
		'4: $ | cat > note <<END\none\nEND -> 1',
	]);
});

test('in a transcript that opened with another prompt, > is output', () => {
	expect(told('', '$ diff a b', '> added', '< removed')).toEqual(['transcript in sh', '1: $ | diff a b -> 2']);
});

test.each([
	'systemctl disable firewalld',
	'reboot',
	'/etc/init.d/hostd restart',
	'./install.sh',
	'~/bin/collect',
	'yes no | ssh-keygen -t rsa',
	'scp key.pub admin@<IP of the host>:',
	'vi /etc/sample.rules',
	'sudo cat /etc/hosts',
	'LANG=C date -u',
	'parted -s /dev/sdx mklabel msdos',
	'sed -i "s/the/a/" sample.conf',
	'esxcfg-vswitch --list',
	'clpgrp -m failover',
	'unknown-tool --flag',
	'mount /dev/sdx1 /mnt',
	'kill 1234',
])('# %s reads as a command', command => {
	expect(told('', `# ${command}`)).toEqual(['transcript in sh', `1: # | ${command}`]);
});

test.each([
	'Add a switch',
	'add the switch',
	'optional',
	'mount points',
	'find the path of the VM',
	'date and time.',
	'Settings:',
	'settings:',
	'systemctl, then reboot',
	'see /etc/hosts for more',
	'is this needed?',
	'------',
	'スイッチを追加',
])('# %s reads as a sentence', sentence => {
	expect(told('', `# ${sentence}`, 'esxcfg-vswitch --add Lab_vswitch', 'esxcfg-vswitch --list')).toEqual([
		'script in sh',
	]);
});

test('a script that begins with a command commented out is no transcript', () => {
	expect(told('sh', '# esxcli system reboot --reason x', 'esxcli system version get')).toEqual(['script in sh']);
	expect(told('', '# ls /dev/sample-*', '/dev/sample-disk1')).toEqual([
		'transcript in sh',
		'1: # | ls /dev/sample-* -> 1',
	]);
});

test('a transcript is recognised in a fence that names a shell, too', () => {
	expect(told('bash', '$ uptime')).toEqual(['transcript in bash', '1: $ | uptime']);
	expect(told('console', 'PS C:\\> Get-VM')).toEqual(['transcript in powershell', '1: PS C:\\> | Get-VM']);
});

test('a transcript may be indented', () => {
	expect(told('', '  $ uptime', '    output')).toEqual(['transcript in sh', '1: $ | uptime -> 1']);
});

test.each([
	['sh', 'ls', 'sh'],
	['Shell', 'anything at all', 'sh'],
	['bash', 'ls', 'bash'],
	['PowerShell', 'ls', 'powershell'],
	['pwsh', 'ls', 'powershell'],
])('the language %j is a script', (language, code, shell) => {
	expect(readCode(language, code)).toEqual({kind: 'script', shell});
});

test.each(['perl', 'yaml', 'json', 'diff', 'cmd', 'python', 'sql', 'ini', 'text'])(
	'the language %j is a listing',
	language => {
		expect(told(language, 'systemctl stop sample', 'ls -l')).toEqual(['listing']);
	},
);

test.each([
	['#!/bin/sh -eux', 'script in sh'],
	['#! /bin/bash', 'script in bash'],
	['#!/usr/bin/env bash', 'script in bash'],
	['#!/usr/bin/pwsh', 'script in powershell'],
	['#!/usr/bin/perl -w', 'listing'],
	['#!/usr/bin/env python3', 'listing'],
])('the shebang %j decides', (shebang, expected) => {
	expect(told('', '', shebang, '# systemctl stop sample', '$ uptime')).toEqual([expected]);
});

test.each([
	[
		'commands with comments between',
		['systemctl start target', '', '# A name', 'targetcli /iscsi create iqn.sample', '# The end'],
		'script in sh',
	],
	['a loop', ['for n in 1 2; do', '  ping -c 1 192.0.2.$n', 'done'], 'script in sh'],
	['assignments and a command', ['NAME=lab', 'VALUE="$(uname -n)"', 'echo $NAME'], 'script in sh'],
	['what only bash has', ['names=(a b)', `echo "\${names[0]}"`], 'script in bash'],
	['cmdlets', ['Get-VM', '$vm = Get-VM lab', '(Get-Cluster).Sample = 1'], 'script in powershell'],
	['cmdlets in a pipeline', ['Get-VM | Where-Object { $_.State } |', '  Format-List'], 'script in powershell'],
	['settings', ['PubkeyAuthentication yes', 'PermitEmptyPasswords no'], 'listing'],
	['assignments alone', ['SELINUX=disabled', 'SELINUXTYPE=targeted'], 'listing'],
	['a log', ['Nov  1 00:00:00 ec1 kernel: sample', 'Nov  1 00:00:01 ec1 kernel: sample'], 'listing'],
	['a batch file', ['rem sample', 'echo START', 'SET NAME=lab', 'clptrnreq.exe -t X -r %NAME%'], 'listing'],
	['JSON', ['{', '  "name": "lab"', '}'], 'listing'],
	['YAML', ['set:', '  - echo', 'read: true'], 'listing'],
	['Python', ['for name in names:', '    print(name)'], 'listing'],
	['Perl without a shebang', ['use strict;', 'my $name = "lab";', 'exit 1 if (!$name);'], 'listing'],
	['a picture', ['![Network](network.png)'], 'listing'],
	['comments alone', ['# Nothing here', '# at all'], 'listing'],
	['nothing', ['', '  '], 'listing'],
])('without a language, the content tells: %s', (_what, lines, expected) => {
	expect(told('', ...lines)).toEqual([expected]);
});
