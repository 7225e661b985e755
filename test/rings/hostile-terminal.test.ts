import {generateKeyPairSync} from 'node:crypto';
import {join} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import ssh2 from 'ssh2';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {formatNames} from '../../src/report/format-names.js';
import {OutputInterpreter} from '../../src/text/interpreter.js';
import {type OutputLine, paintLine, wrapOutputLine} from '../../src/text/output-line.js';
import {sanitiseLine} from '../../src/text/sanitise.js';
import {cutToWidth} from '../../src/text/width.js';
import {Fieldbook, root} from '../cli/fieldbook.js';
import {cases, tell} from '../ring.js';
import {insist, startInTerminal, type TerminalProgram} from '../terminal.js';
import {foreignIn} from '../terminal-bytes.js';
import {harmIn, hostileVectors} from '../text/hostile.js';

/**
Nothing that comes from outside reaches a terminal as a control character: every vector whole and cut at every byte, then at
random, through the interpreter; then all of them through the real program, wherever a text from outside can stand.
*/

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function interpret(chunks: readonly Uint8Array[], encoding: string): readonly OutputLine[] {
	const interpreter = new OutputInterpreter({encoding});
	for (const chunk of chunks) {
		interpreter.push(chunk);
	}

	interpreter.end();
	return [...interpreter.lines, interpreter.unfinished];
}

const whole = (line: OutputLine): string => paintLine(line, {columns: 10_000, colour: true});

/** As panes show it: whole, from the middle on, and wrapped. */
function painted(lines: readonly OutputLine[]): string {
	return lines
		.flatMap(line => [
			whole(line),
			paintLine(line, {columns: 5, from: 3, colour: true}),
			...wrapOutputLine(line, 7).map(piece => paintLine(piece, {columns: 7, colour: true})),
		])
		.join('\n');
}

test('every vector, whole and cut at every byte', () => {
	let cuts = 0;
	let harmful = 0;
	for (const [, vector] of hostileVectors) {
		const bytes = Uint8Array.of(...encode('before '), ...vector, ...encode(' after\nnext line\n'));
		const uncut = interpret([bytes], 'utf-8');
		for (let cut = 0; cut < bytes.length; cut++) {
			const lines = interpret([bytes.subarray(0, cut), bytes.subarray(cut)], 'utf-8');
			expect(lines).toEqual(uncut);
			harmful += harmIn(painted(lines)).length;
			cuts += 1;
		}
	}

	tell('hostile-terminal', {vectors: hostileVectors.length, 'cut at a byte': cuts, 'foreign control bytes': harmful});
	expect(harmful).toBe(0);
});

test('the same for a stripper of sequences, chunk by chunk: it must be seen to fail', () => {
	let harmful = 0;
	for (const [, vector] of hostileVectors) {
		const text = new TextDecoder().decode(vector);
		for (let cut = 0; cut < text.length; cut++) {
			const stripped = stripVTControlCharacters(text.slice(0, cut)) + stripVTControlCharacters(text.slice(cut));
			harmful += harmIn(stripped).length > 0 ? 1 : 0;
		}
	}

	tell('hostile-terminal, util.stripVTControlCharacters', {'cuts with foreign control bytes': harmful});
	expect(harmful).toBeGreaterThan(1000);
});

/** Mulberry32: the same cases everywhere, found again by their number. */
function dice(seed: number): (sides: number) => number {
	let state = seed;
	return sides => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
	};
}

const fragments = [
	'\u001B',
	'[',
	']',
	'P',
	'm',
	'K',
	'\u0007',
	'\\',
	';',
	':',
	'31',
	'38;5;',
	'\r',
	'\b',
	'\n',
	'\t',
	'日',
	'é',
	'\u0301',
	'\u200D',
	'👨',
].map(encode);
const encodings = ['utf-8', 'utf-8', 'utf-8', 'shift_jis', 'euc-jp', 'utf-16le', 'windows-1252', 'gb18030'] as const;

function randomOutput(roll: (sides: number) => number): Uint8Array {
	const pieces = Array.from({length: 1 + roll(12)}, () => {
		switch (roll(4)) {
			case 0: {
				const vector = hostileVectors[roll(hostileVectors.length)]?.[1] ?? new Uint8Array();
				return vector.subarray(0, 1 + roll(Math.min(vector.length, 60)));
			}
			case 1:
				return Uint8Array.from({length: roll(10)}, () => roll(256));
			default:
				return fragments[roll(fragments.length)] ?? new Uint8Array();
		}
	});
	return Uint8Array.from(pieces.flatMap(piece => [...piece]));
}

function randomChunks(bytes: Uint8Array, roll: (sides: number) => number): readonly Uint8Array[] {
	const chunks: Uint8Array[] = [];
	for (let from = 0; from < bytes.length; ) {
		const size = 1 + roll(20);
		chunks.push(bytes.subarray(from, from + size));
		from += size;
	}

	return chunks;
}

test('at random: any bytes in any encoding, in any chunks, as output and as any other text', () => {
	const inputs = cases(20_000, 1_000_000);
	let harmless = 0;
	for (let seed = 1; seed <= inputs; seed++) {
		const roll = dice(seed);
		const bytes = randomOutput(roll);
		const encoding = encodings[roll(encodings.length)] ?? 'utf-8';
		const lines = interpret(randomChunks(bytes, roll), encoding);
		const line = sanitiseLine(new TextDecoder(encoding).decode(bytes));
		const shown = seed % 5 === 0 ? painted(lines) : lines.map(whole).join('\n');
		const harm = harmIn([shown, line, cutToWidth(line, 1 + roll(30))].join('\n'));
		if (harm.length > 0) {
			throw new Error(`Input ${seed}: ${JSON.stringify(harm)} of ${JSON.stringify([...bytes])} in ${encoding}`);
		}

		harmless += 1;
		if (seed % 20 === 0) {
			expect(lines, `input ${seed}`).toEqual(interpret([bytes], encoding));
		}
	}

	tell('hostile-terminal at random', {inputs, harmless});
	expect(harmless).toBe(inputs);
});

let fieldbook: Fieldbook;
const terminals: TerminalProgram[] = [];
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(async () => {
	await Promise.all(terminals.map(terminal => terminal.stop()));
	await fieldbook.remove();
});

const taint = 'TAINT';

/** The vectors with a word in them that no sequence of the program may carry, and with numbers that none of ours has. */
const marked: readonly Uint8Array[] = hostileVectors.map(([, bytes]) =>
	Buffer.from(
		Buffer.from(bytes)
			.toString('latin1')
			.replaceAll(/owned|hidden|for ever|hello|AAAA|evil|a\.example/g, taint),
		'latin1',
	),
);

/** All of it as text of one line, for places where a document, a name or a message stands. */
const evil = `${taint} \u001B]0;${taint}\u0007\u001B[7771A\u001B[2J\u001B[3J\u001BPq${taint}\u001B\\\u009B31m\u009D0;${taint}\u009C\u202E\u200B\u{E0041}\b\r${taint}\u001B[8m${taint}`;
/** The same as YAML and as a shell word write it. */
const evilYaml = JSON.stringify(evil).replaceAll(
	/[\u007f-\u{10FFFF}]/gu,
	char => `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
);

function start(words: readonly [string, ...string[]], size = {columns: 120, rows: 40}): TerminalProgram {
	const terminal = startInTerminal(words, {
		...size,
		env: {...fieldbook.env, NO_COLOR: undefined, COLORTERM: 'truecolor'},
		cwd: fieldbook.folder,
	});
	terminals.push(terminal);
	return terminal;
}

const program: readonly [string, string] = [process.execPath, join(root, 'bin/fieldbook.js')];

/** Prints the vectors, each in two writes, cut somewhere; slowly enough that every screenful is drawn. */
function printer(): string {
	fieldbook.write('vectors.json', JSON.stringify(marked.map(bytes => Buffer.from(bytes).toString('base64'))));
	return fieldbook.write(
		'printer.mjs',
		`import {readFileSync} from 'node:fs';
		import {setTimeout as sleep} from 'node:timers/promises';
		const vectors = JSON.parse(readFileSync('vectors.json', 'utf8')).map(text => Buffer.from(text, 'base64'));
		const write = bytes => new Promise(resolve => process.stdout.write(bytes, resolve));
		const [perLine, pauseMs] = process.argv.slice(2).map(Number);
		for (const [index, bytes] of vectors.entries()) {
			await write(bytes.subarray(0, 1 + (index * 7) % bytes.length));
			if (pauseMs > 0) await sleep(2);
			await write(bytes.subarray(1 + (index * 7) % bytes.length));
			if ((index + 1) % perLine === 0) await write(' end ' + index + '\\n');
			if (pauseMs > 0 && index % 8 === 7) await sleep(pauseMs);
		}
		await write('\\nall printed\\n');`,
	);
}

const front = (title: string) => `---\nfieldbook: 1\ntitle: ${title}\n---\n\n`;

/** What a document may hold: in scripts, titles and values the dialect refuses what cannot be seen. */
const evilProse = evil.replaceAll(/[\b\r]/g, '');

function hostileBook(name: string, script: string): string {
	return fieldbook.write(
		name,
		`${front('Night shift')}# Steps ${evilProse}\n<!-- on=local -->\n\nPrint *${evilProse}* [a link](http://${taint}).\n\n> [!NOTE]\n> ${evilProse}\n\n| a | b |\n|---|---|\n| ${evilProse} | b |\n\n\`\`\`sh id=print\n${script}\n\`\`\`\n\n- [ ] Look ${evilProse} <!-- id=look -->\n`,
	);
}

/** What is put on the clipboard goes into another terminal next. */
const copy = new RegExp(`${'\u001B'}\\]52;c;([^${'\u0007'}]*)`, 'g');

function expectHarmless(terminal: TerminalProgram): number {
	const written = terminal.received();
	expect(written).toContain(taint);
	expect(foreignIn(written, [taint, '777'])).toEqual([]);
	for (const [, copied = ''] of written.matchAll(copy)) {
		expect(harmIn(Buffer.from(copied, 'base64').toString('utf8'))).toEqual([]);
	}

	// What looks like the program's own, and would not be: it enters and leaves the alternate screen once
	expect(written.split('\u001B[?1049h').length).toBeLessThanOrEqual(2);
	return Buffer.byteLength(written);
}

test('a program that passes on what it gets, or strips it chunk by chunk, is seen by the same look at its bytes', () => {
	const seen = (pass: (text: string) => string) =>
		marked.filter(bytes => {
			const text = new TextDecoder().decode(bytes);
			const cut = text.length >> 1;
			return foreignIn(pass(text.slice(0, cut)) + pass(text.slice(cut)), [taint, '777']).length > 0;
		}).length;
	const [raw, stripped] = [seen(text => text), seen(stripVTControlCharacters)];
	tell('hostile-terminal, control', {'vectors seen raw': raw, 'vectors seen after stripping': stripped});
	expect(raw).toBeGreaterThan(150);
	expect(stripped).toBeGreaterThan(30);
});

test('the real program: full screen, plain, and every command that tells of a run or a document', async () => {
	const bytes: number[] = [];
	const book = hostileBook(
		`night ${evil.replaceAll('/', '')}.md`.slice(0, 200),
		`'${process.execPath}' '${printer()}' 1 120`,
	);
	const run = join(fieldbook.folder, `run\u001B]0;${taint}\u0007.fieldbook`);

	const screen = start([...program, 'run', book, '--run-file', run, '--pace', 'auto']);
	await screen.waitFor('parameters');
	await insist(screen, 'Enter', /end \d/, 400);
	await screen.waitFor(/by hand on this laptop/);
	screen.press('1', 'Up');
	await screen.waitFor('all printed');
	screen.press('3', 'v');
	for (let page = 0; page < 4; page++) {
		const before = await screen.waitFor(/all printed|end \d/);
		screen.press('PageDown');
		await screen.waitFor(now => now !== before);
	}

	screen.press('y');
	await screen.waitFor(/cop/i);
	screen.press('Esc');
	screen.signal('SIGTERM');
	await screen.exited;
	bytes.push(expectHarmless(screen));

	const failing = hostileBook('failing.md', `'${process.execPath}' '${printer()}' 8 0; exit 1`);
	const plain = start([
		...program,
		'run',
		failing,
		'--plain',
		'--pace',
		'auto',
		'--run-file',
		join(fieldbook.folder, 'failing.fieldbook'),
	]);
	await plain.waitFor(/begin/);
	plain.press('Enter');
	await plain.waitFor(/all printed|failed/);
	plain.press('Ctrl-c');
	await plain.exited;
	bytes.push(expectHarmless(plain));

	const broken = fieldbook.write(
		'broken.md',
		`${front(evilYaml)}# A\n<!-- on=${evilYaml} -->\n\n\`\`\`sh id=a when="${evil}" ${taint}\u009B=1\ntrue {{no ${evil}}}\n\`\`\`\n`,
	);
	const nonsense = fieldbook.write('nonsense.md', `---\nfieldbook: 1\n${evilYaml}: [\n  a: ${evil}\n---\n`);
	const site = fieldbook.write(
		'site.yaml',
		`hosts:\n  ${evilYaml}: { address: ${evilYaml} }\nvalues:\n  word: ${evilYaml}\n  ${evilYaml}: 1\n`,
	);
	const spoiled = fieldbook.write('spoiled.yaml', `hosts: ${evil}\n\t- [`);
	const garbage = fieldbook.write(`garbage\u001B]0;${taint}\u0007.fieldbook`, 'nonsense');
	const many: ReadonlyArray<readonly string[]> = [
		['show', run],
		['show', run, '--json'],
		['verify', run],
		['log', run],
		['log', run, '--raw'],
		['log', run, '--step', evil],
		['log', run, '--find', evil],
		['log', run, '--from', evil],
		['export', run, '--format', evil],
		['export', run, '--format', 'cast', '--step', evil],
		...formatNames.map(format => ['export', run, '--format', format, '--view', 'internal']),
		['compare', run, run],
		['compare', run, evil],
		['compare', run, garbage],
		['resume', run, '--plain', '--yes'],
		['runs'],
		['runs', '--json'],
		['check', book, broken, nonsense],
		['check', '--json', book, broken],
		['graph', book],
		['graph', book, '--format', 'json'],
		['graph', book, '--format', 'dot'],
		['graph', book, '--format', 'mermaid'],
		['preview', book],
		['preview', book, '--site', site],
		['run', book, '--plain', '--site', site],
		['run', book, '--plain', '--site', spoiled],
		['run', book, '--plain', '--set', evil],
		['run', book, '--plain', '--set', `${evil}=1`],
		['run', broken, '--plain'],
		['run', `${book}${evil}`],
		['run', book, `--${evil}`],
		['run', book, '--pace', evil],
		['run', book, '--plain', '--start-at', evil],
		['rehearse', book, '--fault', evil],
		[evil],
		['resume', garbage],
		['show', evil],
		['complete', 'run', book, '--start-at', ''],
		['complete', 'show', ''],
		['lab', evil],
		['lab', `${evil}.yaml`],
	];
	const batch = fieldbook.write(
		'batch.mjs',
		`import {spawnSync} from 'node:child_process';
		for (const [index, words] of ${JSON.stringify(many)}.entries()) {
			spawnSync(process.execPath, [${JSON.stringify(program[1])}, ...words], {stdio: ['ignore', 'inherit', 'inherit'], timeout: 20_000});
			console.log('\\n== after', index);
		}`,
	);
	const commands = start([process.execPath, batch], {columns: 200, rows: 50});
	await commands.exited;
	expect(commands.received()).not.toContain('fieldbook broke');
	bytes.push(expectHarmless(commands));
	tell('hostile-terminal through the real program', {
		vectors: marked.length,
		commands: many.length + 2,
		'bytes written, all of them its own': bytes.reduce((sum, count) => sum + count, 0),
	});
});

test('a hostile SSH server: its banner, its questions, its refusals and what it answers', async () => {
	const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
	const hostKeys = [privateKey.export({type: 'pkcs1', format: 'pem'})];
	let logins = 0;
	const server = new ssh2.Server({hostKeys, banner: `${evil}\r\n`, ident: `evil-${taint}`}, client => {
		client.on('error', () => client.end());
		client.on('authentication', context => {
			if (context.method !== 'keyboard-interactive') {
				context.reject(['keyboard-interactive']);
				return;
			}

			logins += 1;
			context.prompt([{prompt: `${evil} password: `, echo: true}], evil, evil, () => {
				if (logins === 1) {
					context.reject(['keyboard-interactive', `${taint}\u001B]0;${taint}\u0007` as 'password']);
				} else {
					context.accept();
				}
			});
		});
		client.on('session', accept => {
			accept().on('exec', acceptExec => {
				const channel = acceptExec();
				channel.stderr.write(evil);
				channel.write(evil);
				channel.exit(0);
				channel.end();
			});
		});
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const site = fieldbook.write(
		'hostile-site.yaml',
		`hosts:\n  one: { address: 127.0.0.1, port: ${port}, user: ${taint}, auth: keyboard-interactive }\nknown_hosts: ./${taint}-known\n`,
	);
	fieldbook.write(`${taint}-known`, '');
	const book = fieldbook.write(
		'remote.md',
		'---\nfieldbook: 1\ntitle: Remote\nhosts:\n  one: { platform: linux }\n---\n\n# A\n<!-- on=one -->\n\nLook.\n\n```sh id=look\nhostname\n```\n',
	);
	const words = [
		...program,
		'run',
		book,
		'--site',
		site,
		'--run-file',
		join(fieldbook.folder, 'remote.fieldbook'),
	] as const;
	const screen = start([...words, '--host-keys', 'ask', '--pace', 'auto'] as [string, ...string[]]);
	try {
		await screen.waitFor('parameters');
		await insist(screen, 'Enter', /SHA256/, 400);
		await insist(screen, 'y', /password:/, 400);
		await insist(screen, 'Enter', /login refused/, 400);
		await insist(screen, 't', /password:/, 400);
		await insist(
			screen,
			'Enter',
			now => !/password:/.test(now) && !/connecting|reaching/.test(now) && logins >= 2,
			400,
		);
		screen.signal('SIGTERM');
		await screen.exited;
		expectHarmless(screen);
	} finally {
		server.close();
	}
});
