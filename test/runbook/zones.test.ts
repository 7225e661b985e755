import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {posixZones} from '../../src/runbook/posix-zones.js';
import {powershellZones} from '../../src/runbook/powershell-zones.js';
import type {Zones} from '../../src/runbook/shell-zones.js';
import {quotePosix} from '../../src/text/quote.js';

/** The kind of the zone in which `{{v}}` stands, or `free`. */
function kindAt(source: string, {zones}: Zones): string {
	const at = source.indexOf('{{v}}');
	return zones.find(({start, end}) => at >= start && at < end)?.kind ?? 'free';
}

const nasty = `a'b"c $(echo PWNED) \`echo PWNED\` \\ # {}`;

test.each([
	'printf %s {{v}}',
	'printf %s "" {{v}}',
	'printf "%s" {{v}} # a comment',
	"printf '%s' {{v}}; : 'x'",
	'x={{v}}; printf %s "$x"',
	'printf %s "$(printf %s {{v}})"',
	'printf %s "a $(printf %s "b" {{v}})" | cut -c 4-',
	'printf %s "$(case x in a) echo "no";; (x) printf %s {{v}};; esac)"',
	'case x in (a) : ;; x) printf %s {{v}};; esac',
	'cat <<E | tr -d "\\n"; printf %s {{v}}\n"\nE\n',
	'cat <<"E" >/dev/null\nit\'s $(x\nE\nprintf %s {{v}}',
	"cat <<-'E' >/dev/null\n\tit's\n\tE\nprintf %s {{v}}",
	'cat <<A <<B >/dev/null\n"\nA\n\'\nB\nprintf %s {{v}}',
	'a=1#; printf %s {{v}}',
	'a=$#; printf %s {{v}}',
	'printf %s \\\n {{v}}',
	"# it's\nprintf %s {{v}}",
	'(printf %s {{v}})',
	'x=$((1 + (2 * 3))); printf %s {{v}}',
	'x=$( (printf %s {{v}}) ); printf %s "$x"',
	`x="\${y:-"q"}"; printf %s {{v}}`,
	`x=\${y:-'}'}; printf %s {{v}}`,
	'x=`printf "\'"`; printf %s {{v}}',
	'f() { printf %s {{v}}; }; f',
	'printf %s \\"{{v}} | cut -c 2-',
	"printf %s \\'{{v}} | cut -c 2-",
	'if true; then case x in x) printf %s {{v}};; esac; fi',
	'echo case in esac >/dev/null; printf %s {{v}}',
])('sh reads a quoted value back from: %s', script => {
	expect(kindAt(script, posixZones(script, 'sh'))).toBe('free');

	const printed = execFileSync('/bin/sh', ['-c', script.replace('{{v}}', quotePosix(nasty))]).toString();

	expect(printed).toContain(nasty);
});

test.each([
	["echo '{{v}}'", 'single quotes'],
	['echo "{{v}}"', 'double quotes'],
	['echo "a\\"{{v}}"', 'double quotes'],
	['echo "$x {{v}}"', 'double quotes'],
	['echo "$(date) {{v}}"', 'double quotes'],
	['echo "$(echo "in" \'{{v}}\')"', 'single quotes'],
	['echo "$(case x in a) echo;; esac) {{v}}"', 'double quotes'],
	['ls # {{v}}', 'a comment'],
	['#{{v}}', 'a comment'],
	['ls;#{{v}}', 'a comment'],
	['ls && (#{{v}}\n)', 'a comment'],
	['cat <<E\n{{v}}\nE', 'a here-document'],
	['cat <<-\\E >f\n\t{{v}}\n\tE', 'a here-document'],
	["cat << 'end of it'\n{{v}}\nend of it", 'a here-document'],
	['x=$(cat <<E\n{{v}}\nE\n)', 'a here-document'],
	['cat <<E\nno end {{v}}', 'a here-document'],
	['echo `ls {{v}}`', 'backquotes'],
	['echo "`ls {{v}}`"', 'backquotes'],
	['echo $(({{v}} + 1))', 'arithmetic'],
	['echo "$((1 + {{v}}))"', 'arithmetic'],
	[`echo \${x:-{{v}}}`, 'a parameter expansion'],
	[`echo "\${x:-"{{v}}"}"`, 'double quotes'],
	["echo $'a {{v}}'", 'single quotes'],
	["echo $'it\\'s' {{v}}", 'a place that shells read differently'],
	["echo 'never closed {{v}}", 'single quotes'],
	['x=$(ls {{v}}', 'a place that shells read differently'],
	['cat <<E\n$(ls\nE\n{{v}})', 'a place that shells read differently'],
	['cat <<E\n`ls\nE\n{{v}}`', 'a place that shells read differently'],
	[': <<E $(cat <<F\nx\nE\n"\nF\n)\n{{v}}', 'a place that shells read differently'],
	['x=$(cat <<E)\na\nE\n{{v}}', 'a place that shells read differently'],
])('%s: the value would stand in %s', (script, kind) => {
	expect(kindAt(script, posixZones(script, 'sh'))).toBe(kind);
});

test("bash reads `((` and `$'…'` in its own way", () => {
	expect(kindAt('(( x = {{v}} ))', posixZones('(( x = {{v}} ))', 'bash'))).toBe('arithmetic');
	expect(kindAt('(( x = {{v}} ))', posixZones('(( x = {{v}} ))', 'sh'))).toBe('free');
	expect(kindAt("echo $'it\\'s' {{v}}", posixZones("echo $'it\\'s' {{v}}", 'bash'))).toBe('free');
});

test.each([
	['Get-VM {{v}}', 'free'],
	["Get-VM '{{v}}'", 'single quotes'],
	["Get-VM 'it''s' {{v}}", 'free'],
	['Get-VM ‘{{v}}’', 'single quotes'],
	['Write-Host "a {{v}}"', 'double quotes'],
	['Write-Host "a `" {{v}}"', 'double quotes'],
	['Write-Host "a "" {{v}}"', 'double quotes'],
	['Write-Host "$(Get-VM {{v}})"', 'free'],
	['Write-Host "$(Get-VM) {{v}}"', 'double quotes'],
	['Write-Host `"{{v}}', 'free'],
	['dir # {{v}}', 'a comment'],
	['dir a#b {{v}}', 'free'],
	["<# it's\n{{v}} #> dir", 'a comment'],
	["<# it's #> dir {{v}}", 'free'],
	["$x = @'\n{{v}}\n'@", 'a here-string'],
	['$x = @"\n"{{v}}\n"@', 'a here-string'],
	["$x = @'\nit's\n'@\ndir {{v}}", 'free'],
	["$x = @('a', {{v}})", 'free'],
	[`\${odd name{{v}}}`, 'a parameter expansion'],
	['icacls --% {{v}}', 'verbatim arguments'],
	['dir "never closed {{v}}', 'double quotes'],
])('PowerShell, %s: %s', (script, kind) => {
	expect(kindAt(script, powershellZones(script))).toBe(kind);
});

test('what the end of a script cuts off has a name', () => {
	expect(posixZones('echo "a', 'sh').unclosed).toBe('double quotes');
	expect(posixZones('cat <<E', 'sh').unclosed).toBe('a here-document');
	expect(posixZones('echo done', 'sh').unclosed).toBeUndefined();
	expect(powershellZones("@'\nx").unclosed).toBe('a here-string');
});

test.each(['$(', '"$(', '$((', '`', '${', "'", '<<E ', 'case x in ', '(', '"${'])(
	'100,000 times %s is read to its end',
	piece => {
		const script = piece.repeat(100_000);

		expect(posixZones(script, 'sh').zones.length).toBeLessThan(200_000);
		expect(powershellZones(script).zones.length).toBeLessThan(200_000);
	},
);
