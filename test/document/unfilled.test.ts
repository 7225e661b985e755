import {expect, test} from 'vitest';
import {unfilledPlaceholders} from '../../src/document/unfilled.js';

function found(...lines: readonly string[]): readonly string[] {
	return unfilledPlaceholders(lines.join('\n')).map(({text, line, column}) => `${line}:${column} ${text}`);
}

test('each kind is found at its place, in order', () => {
	expect(
		found(
			'vmx=%%VMX%% name=exec-[VMNAME] %%VMX%%',
			'scp key admin@<IP of host 1>:<EC-VM hostname>',
			`targetcli create $IQN1 "\${IQN2}"`,
		),
	).toEqual([
		'1:5 %%VMX%%',
		'1:23 [VMNAME]',
		'1:32 %%VMX%%',
		'2:15 <IP of host 1>',
		'2:30 <EC-VM hostname>',
		'3:18 $IQN1',
		`3:25 \${IQN2}`,
	]);
});

test('a placeholder may be in any language', () => {
	expect(found('ping <ホスト名> <x>')).toEqual(['1:6 <ホスト名>', '1:13 <x>']);
});

test.each([
	['an assignment', 'X=1; echo $X'],
	['an assignment by a command', 'X=$(id -u)\necho $X'],
	['an addition', 'X+=a; echo $X'],
	['local and export', 'local X=1; export Y=2; echo $X $Y'],
	['a loop', 'for X in a b; do echo $X; done'],
	['reading', 'read -r X Y; echo $X $Y'],
	['a default', `echo \${X:-none} \${Y:=1} $Y`],
	['printf', 'printf -v X %s a; echo $X'],
	['options', 'while getopts ab: X; do echo $X $OPTARG; done'],
	['PowerShell', '$vm = Get-VM lab\n$VM.Name'],
	['PowerShell loops', 'foreach ($x in $list) { $x }; $list = 1'],
	['PowerShell parameters', 'param([string]$Name, $Host2)\n$Name + $Host2'],
])('a variable that %s sets is filled', (_what, code) => {
	expect(found(code)).toEqual([]);
});

test.each([
	['what the system sets', 'echo $HOME $PATH $PWD $USER $HOSTNAME $RANDOM'],
	['special parameters', 'echo $? $1 $@ $# $$ $! $*'],
	['PowerShell variables', '$true; $null; $_; $env:Path; $PSVersionTable; $LASTEXITCODE'],
	['single quotes', "awk '{print $NF}' | sed 's/$X//'"],
	['an escape', 'echo \\$X "\\$Y"'],
	['a comment', '# echo $X <y> [Z]\ntrue # $X'],
	['a test', '[ -f x ] && [[ -n y ]]'],
	['a pattern', 'ls [A-Z]* [A-Z0-9] [a-z] sd[^0-9]'],
	['an array', `a[N]=1; echo \${a[N]}`],
	['a redirection', 'sort <in >out 2>&1 < a > b'],
	['a here-document', 'cat <<END\nx\nEND'],
	['a substitution', 'diff <(ls a) <(ls b)'],
	['our own placeholder', 'echo {{name}}'],
	['a per cent sign', 'date +%%Y; printf "%s%%" 5'],
])('%s is no placeholder', (_what, code) => {
	expect(found(code)).toEqual([]);
});

test('a quote in a comment does not hide what follows', () => {
	expect(found("# don't", 'echo $X')).toEqual(['2:6 $X']);
});

test('a variable that is only set elsewhere is unfilled', () => {
	expect(found('echo $X', 'test $X = 1', 'XY=1', 'echo $X == 2')).toEqual(['1:6 $X', '2:6 $X', '4:6 $X']);
});
