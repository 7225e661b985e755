/** What a hostile or broken host may send, by family. Bytes, because some of it is no text. */
export const hostileVectors: ReadonlyArray<readonly [name: string, bytes: Uint8Array]> = [
	...bothEnds('clipboard write', '\u001B]52;c;aGVsbG8='),
	...bothEnds('clipboard read', '\u001B]52;c;?'),
	...bothEnds('title and icon', '\u001B]0;owned'),
	...bothEnds('icon', '\u001B]1;owned'),
	...bothEnds('title', '\u001B]2;owned'),
	...bothEnds('link with another text', '\u001B]8;;http://evil.example', 'http://good.example\u001B]8;;\u001B\\'),
	...bothEnds('link never closed', '\u001B]8;;http://evil.example', 'click'),
	...bothEnds('DECRQSS', '\u001BP$qm'),
	...bothEnds('XTGETTCAP', '\u001BP+q544e'),
	...bothEnds('sixel', '\u001BPq#0;2;0;0;0#0~~@@vv'),
	...bothEnds('kitty image', '\u001B_Gf=24,s=10,v=20;AAAA'),
	...bothEnds('iTerm image', '\u001B]1337;File=inline=1:AAAA'),
	...bothEnds('APC', '\u001B_hidden'),
	...bothEnds('PM', '\u001B^hidden'),
	...bothEnds('SOS', '\u001BXhidden'),
	...bothEnds('notification 9', '\u001B]9;hello'),
	...bothEnds('notification 99', '\u001B]99;i=1;hello'),
	...bothEnds('notification 777', '\u001B]777;notify;a;b'),
	...bothEnds('program start', '\u001B]9;7;calc.exe'),
	...bothEnds('sequence inside a string', '\u001B]0;a\u001B[31mb'),
	...bothEnds('clipboard copy, the other selections', '\u001B]52;pqs01;aGVsbG8='),
	...bothEnds('colour query', '\u001B]11;?'),
	...bothEnds('palette change', '\u001B]4;0;rgb:00/00/00'),
	...bothEnds('palette reset', '\u001B]104'),
	...bothEnds('font query', '\u001B]50;?'),
	...bothEnds('X property', '\u001B]3;WM_NAME=owned'),
	...bothEnds('log file', '\u001B]46;/tmp/owned'),
	...bothEnds('folder report', '\u001B]7;file://owned/etc'),
	...bothEnds('shell integration', '\u001B]133;A\u001B]633;E;owned'),
	...bothEnds('stolen focus', '\u001B]1337;StealFocus'),
	...bothEnds('iTerm clipboard', '\u001B]1337;CopyToClipboard=find'),
	...bothEnds('user-defined keys', '\u001BP0;1|17/726D'),
	...bothEnds('sequences for the terminal around tmux', '\u001BPtmux;\u001B\u001B]52;c;AAAA\u0007'),
	...bothEnds('notification for another program', '\u001B]9;4;1;50'),
	text('terminal version', '\u001B[>q'),
	text('keyboard query', '\u001B[?u\u001B[>1u'),
	text('mode query', '\u001B[?2026$p'),
	text('synchronised output that never ends', '\u001B[?2026h'),
	text('hidden cursor', '\u001B[?25l'),
	text('reverse video', '\u001B[?5h'),
	text('focus reports', '\u001B[?1004h'),
	text('printing on paper', '\u001B[5iowned\u001B[4i'),
	text('soft reset', '\u001B[!p'),
	text('cursor saved and restored', '\u001B7\u001B8\u001B[s\u001B[u'),
	text('screen of E', '\u001B#8'),
	text('other character sets', '\u001B%@\u001B%G\u001Bn\u001Bo\u001B|\u001B}\u001B~\u001BN\u001BO'),
	text('palette of the Linux console', '\u001B]P0000000\u001B]R'),
	text('function key of the Linux console', '\u001B[[A'),
	text('lines and characters put in', '\u001B[99L\u001B[99M\u001B[99P\u001B[99@\u001B[99S\u001B[99T'),
	text('cursor anywhere', '\u001B[7771;7771H\u001B[7771A\u001B[7771B\u001B[7771d\u001B[7771E\u001B[7771F'),
	text('title report', '\u001B[21t'),
	text('primary device attributes', '\u001B[c'),
	text('secondary device attributes', '\u001B[>c'),
	text('tertiary device attributes', '\u001B[=c'),
	text('status report', '\u001B[5n'),
	text('cursor report', '\u001B[6n'),
	text('window resize', '\u001B[8;10;10t'),
	text('window move', '\u001B[3;1;1t'),
	text('window iconify', '\u001B[2t'),
	text('alternate screen', '\u001B[?1049h'),
	text('mouse', '\u001B[?1000h\u001B[?1006h'),
	text('end of a paste', '\u001B[201~'),
	text('full reset', '\u001Bc'),
	text('erase display', '\u001B[2J'),
	text('erase scrollback', '\u001B[3J'),
	text('cursor home', '\u001B[H'),
	text('cursor up', '\u001B[5A'),
	text('scroll region', '\u001B[1;2r'),
	text('shift out', '\u000Elqk\u000F'),
	text('line drawing set', '\u001B(0lqk\u001B(B'),
	text('double height', '\u001B#3'),
	text('keypad', '\u001B=\u001B>'),
	text('bell', '\u0007\u0007'),
	text('nested stripping', '\u001B\u001B[0m]52;c;AAAA\u0007'),
	text('nested CSI', '\u001B[\u001B[31m31m'),
	text('ESC in a CSI', '\u001B[3\u001B[1m'),
	text('OSC without an end', '\u001B]0;for ever'),
	text('DCS without an end', '\u001BPfor ever'),
	text('APC without an end', '\u001B_for ever'),
	text('CSI without an end', '\u001B[1;2'),
	text('repeat', 'a\u001B[999999999b'),
	text('huge parameters', '\u001B[99999999999999999999C\u001B[99999999999999999999D'),
	text('very many parameters', `\u001B[${'1;'.repeat(500)}m`),
	text('huge column', '\u001B[999999999G'),
	text('parameters that are none', '\u001B[<0;1m\u001B[1 q\u001B[!p'),
	text('conceal', '\u001B[8msecret\u001B[0m'),
	text('black on black', '\u001B[30;40msecret\u001B[0m'),
	text('black on nearly black', '\u001B[38;2;0;0;0;48;2;2;2;2msecret\u001B[0m'),
	text('palette on the same', '\u001B[38;5;196;48;5;196msecret\u001B[0m'),
	text('overwrite by CR', 'rm -rf /\recho ok '),
	text('overwrite by BS', 'rm\b\bls'),
	text('NUL', '\0\0\0'),
	text('C1 as UTF-8: CSI', '\u009B31m'),
	text('C1 as UTF-8: OSC', '\u009D0;owned\u009C'),
	text('C1 as UTF-8: DCS', '\u0090$qm\u009C'),
	text('C1 as UTF-8: APC', '\u009Fx\u009C'),
	text('every C0', String.fromCodePoint(...Array.from({length: 32}, (_, code) => code))),
	text('every C1', String.fromCodePoint(...Array.from({length: 32}, (_, code) => 0x80 + code))),
	text('bidi override', '\u202Eevil\u202C'),
	text('bidi isolates', '\u2066a\u2067b\u2068c\u2069'),
	text('arabic letter mark', 'a\u061Cb'),
	text('tag characters', 'ok\u{E0072}\u{E006D}\u{E007F}'),
	text('zero width', 'a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf'),
	text('soft hyphen', 'a\u00ADb'),
	text('Hangul filler', 'a\u3164b'),
	text('line separators', 'a\u2028b\u2029c'),
	text('emoji with selector', '⚠\uFE0F careful'),
	text('emoji family', '👨\u200D👩\u200D👧'),
	text('long combining run', `Z${'\u0351'.repeat(300)}`),
	text('combining run on nothing', '\u0301'.repeat(300)),
	text('jamo cluster', '\u1100'.repeat(50)),
	text('noncharacters', '\uFFFE\uFFFF\u{10FFFF}'),
	bytes('C1 raw: CSI', 0x9b, 0x33, 0x31, 0x6d),
	bytes('C1 raw: OSC', 0x9d, 0x30, 0x3b, 0x78, 0x9c),
	bytes('invalid UTF-8', 0xc3, 0x28, 0xff, 0xfe, 0xe2, 0x28, 0xa1),
	bytes('overlong UTF-8 of ESC', 0xc0, 0x9b, 0xe0, 0x80, 0x9b),
	bytes('surrogates in UTF-8', 0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80),
	bytes('a character cut by a sequence', 0xe6, 0x97, 0x1b, 0x5b, 0x31, 0x6d, 0xa5),
	bytes('a cut character at the end', 0xe6, 0x97),
];

/** What no terminal may get, of a text in which only SGR of our own writing and line ends are left to find; empty for a harmless one. */
export function harmIn(painted: string): string[] {
	const rest = painted.replaceAll(ownSgr, '').replaceAll('\n', '');
	return rest.match(harm) ?? [];
}

const ownSgr = new RegExp(`${'\u001B'}\\[\\d+(?:;\\d+)*m`, 'g');
const harm = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]|\p{M}{9}/gu;

const knownSequences = new RegExp(`${'\u001B'}\\][^${'\u0007'}]*${'\u0007'}|${'\u001B'}\\[[\\d;]*[A-Za-z]`, 'g');

/** A program that only takes out whole sequences of known forms, chunk by chunk: what must not be trusted. */
export function naiveStrip(chunk: string): string {
	return chunk.replaceAll(knownSequences, '');
}

function text(name: string, value: string): readonly [string, Uint8Array] {
	return [name, new TextEncoder().encode(value)];
}

function bytes(name: string, ...values: number[]): readonly [string, Uint8Array] {
	return [name, Uint8Array.from(values)];
}

/** The string sequence ended by BEL, by ST of two bytes, and by ST as one C1 character. */
function bothEnds(name: string, start: string, rest = ''): ReadonlyArray<readonly [string, Uint8Array]> {
	return [
		text(`${name}, BEL`, `${start}\u0007${rest}`),
		text(`${name}, ST`, `${start}\u001B\\${rest}`),
		text(`${name}, C1 ST`, `${start}\u009C${rest}`),
	];
}
