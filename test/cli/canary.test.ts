import {randomBytes} from 'node:crypto';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {formatNames} from '../../src/report/format-names.js';
import {lookAtRun} from '../../src/store/look.js';
import {tell} from '../ring.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

/** A secret that scripts do with what they like, and that is then looked for in everything that fieldbook leaves behind. */

const canary = `Kanari-"7<&'é ${randomBytes(6).toString('hex')}`;

let fieldbook: Fieldbook;
const started: TerminalProgram[] = [];
beforeAll(() => {
	fieldbook = new Fieldbook();
	fieldbook.write('lab.yaml', 'topology: vmware-host-clustering\nstart: esxi-ready\n');
	fieldbook.write('site.yaml', 'hosts:\n  esxi1: { address: 172.31.255.2 }\n');
});
afterEach(async () => {
	await Promise.all(started.splice(0).map(program => program.stop()));
});
afterAll(() => fieldbook.remove());

function runbook(type: 'secret' | 'text'): string {
	return `---
fieldbook: 1
title: Canary
hosts:
  esxi1: { group: esxi, platform: esxi }
params:
  license_key: { type: ${type} }
---
# Canary

It is put on the disk.

\`\`\`sh on=esxi1 id=puts
printf %s "$license_key" >/tmp/key
printf 'key=%s\\n' "$license_key" >/tmp/conf
printf 'user:%s' "$license_key" | base64 >/tmp/encoded
\`\`\`

It is printed.

\`\`\`sh on=esxi1 id=prints
echo "key: $license_key"
echo "key: $license_key" >&2
cat /tmp/encoded
printf '%s\\n' "$license_key" | sed 's/ri-/ri-'$(printf '\\033[31m')'/'
printf '%s\\n' "$license_key" | sed 's/"7/"7\\n    /'
\`\`\`

It is what a script fails with.

\`\`\`sh on=esxi1 id=fails
echo "not a key: $license_key" >&2; exit 3
\`\`\`

It is captured.

\`\`\`sh on=esxi1 id=captures capture=found type=text
echo "$license_key"
\`\`\`

It is printed by a job that is left to its host.

\`\`\`sh on=esxi1 id=keeps long
echo "left alone with $license_key"
\`\`\`

It is printed, and the laptop dies.

\`\`\`sh on=esxi1 id=slow
cat /tmp/key; echo; echo waiting; sleep 3600
\`\`\`

It is still there, for whoever was given it again.

\`\`\`sh on=esxi1 id=later
cat /tmp/conf /tmp/encoded
[ "$(cat /tmp/key)" = "$license_key" ] && echo the same
\`\`\`
`;
}

/** The forms that this rehearsal may give it, as bytes in Latin-1. Of base64, what does not depend on its neighbours. */
function forms(): readonly string[] {
	const bytes = Buffer.from(canary);
	const base64 = ['', 'x', 'xx'].map(before => Buffer.from(`${before}${canary}`).toString('base64').slice(4, -4));
	const parts = [canary, JSON.stringify(canary).slice(1, -1), canary.slice(9), canary.slice(0, 14)];
	return [...parts, bytes.toString('hex'), ...base64, bytes.toString('utf16le')].map(form =>
		Buffer.from(form).toString('latin1'),
	);
}

function holdsCanary(bytes: Uint8Array): boolean {
	const text = Buffer.from(bytes).toString('latin1');
	// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal does not show
	const shown = text.replaceAll(/\u001B\[[\d;?]*[A-Za-z]/g, '');
	return forms().some(form => text.includes(form) || shown.includes(form));
}

/** Every file of this test but those that it has written itself; each is what fieldbook has left. */
function files(folder = fieldbook.folder): readonly string[] {
	return readdirSync(folder, {withFileTypes: true}).flatMap(entry => {
		const path = join(folder, entry.name);
		return entry.isDirectory() ? files(path) : entry.isFile() && !/\.(?:md|yaml)$/.test(path) ? [path] : [];
	});
}

/** Empty if it is gone meanwhile: a world is written under another name before it takes its place. */
function bytesOf(file: string): Uint8Array {
	try {
		return readFileSync(file);
	} catch (error) {
		if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
			return new Uint8Array(0);
		}

		throw error;
	}
}

/** Our processes: they know this test's folder. */
function processes(): readonly string[] {
	return readdirSync('/proc').filter(pid => {
		try {
			return (
				/^\d+$/.test(pid) &&
				readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`FIELDBOOK_HOME=${fieldbook.folder}`)
			);
		} catch {
			return false; // It has ended, or is somebody else's
		}
	});
}

class Hunt {
	readonly found: string[] = [];
	readonly looked = {files: 0, bytes: 0, processes: 0, 'printed reports': 0};

	files(): void {
		for (const file of files()) {
			const bytes = bytesOf(file);
			this.looked.files++;
			this.looked.bytes += bytes.length;
			this.#look(file, bytes);
		}
	}

	processes(): void {
		for (const pid of processes()) {
			this.looked.processes++;
			for (const what of ['cmdline', 'environ']) {
				this.#look(`/proc/${pid}/${what}`, bytesOf(`/proc/${pid}/${what}`));
			}
		}
	}

	text(name: string, text: string): void {
		this.looked['printed reports']++;
		this.looked.bytes += text.length;
		this.#look(name, Buffer.from(text));
	}

	#look(name: string, bytes: Uint8Array): void {
		if (holdsCanary(bytes)) {
			this.found.push(name);
		}
	}
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): TerminalProgram {
	const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 120,
		rows: 36,
		env: {...fieldbook.env, ...env},
		cwd: fieldbook.folder,
	});
	started.push(program);
	return program;
}

/** Presses a key until it has been heard: for 300 ms after something came up no key confirms. */
async function press(
	program: TerminalProgram,
	key: string,
	until: Parameters<TerminalProgram['waitFor']>[0],
): Promise<string> {
	const pressing = setInterval(() => program.press(key), 250);
	try {
		return await program.waitFor(until);
	} finally {
		clearInterval(pressing);
	}
}

/** What failed is called done, so that the run goes on. */
async function callDone(program: TerminalProgram, title: RegExp): Promise<void> {
	await program.waitFor(title);
	await press(program, 'd', 'Why?');
	program.press('so be it');
	await program.waitFor('so be it');
	await press(program, 'Enter', screen => !screen.includes('Why?'));
}

async function reports(run: string): Promise<ReadonlyArray<readonly [string, string]>> {
	const commands = [
		['show', run],
		['show', run, '--json'],
		['log', run],
		['log', run, '--find', 'a'],
		['verify', run],
		['compare', run, run],
		...formatNames.map(format => ['export', run, '--format', format, '--view', 'internal']),
	];
	const said: Array<readonly [string, string]> = [];
	for (const words of commands) {
		const {out, err} = await fieldbook.run(...words);
		said.push([words.join(' '), out + err]);
	}

	return said;
}

/** In preflight, with the canary typed into the sheet. */
async function typedIn(
	type: 'secret' | 'text',
	run: string,
	env: Readonly<Record<string, string>> = {},
): Promise<TerminalProgram> {
	const book = fieldbook.write(`${type}.md`, runbook(type));
	const program = start(['rehearse', book, '--run-file', run, '--pace', 'auto', '--speed', '1'], env);
	await program.waitFor('license_key');
	await press(program, 'Up', /▌.*license_key/);
	program.press(canary);
	await program.waitFor(type === 'secret' ? /•{10}/ : 'Kanari');
	program.press('Ctrl-p');
	await program.waitFor('Preflight in the lab');
	return program;
}

/** From the sheet to the end, with the power cut in the middle; everything is looked through at each stage. */
async function rehearse(type: 'secret' | 'text', hunt: Hunt): Promise<string> {
	const run = join(fieldbook.folder, `${type}.fieldbook`);
	const first = await typedIn(type, run);
	await press(first, 'Enter', /fails[\s\S]*exit 3|exit 3/);
	await callDone(first, /exit 3/);
	if (type === 'secret') {
		await callDone(first, /holds a secret/);
	}

	await first.waitFor('waiting');
	hunt.processes();
	hunt.files();
	first.signal('SIGKILL');
	await first.exited;
	hunt.text('frames', first.received());
	await fieldbook.run('lab', 'stop');
	hunt.files();

	const second = start(['resume', run]);
	if (type === 'secret') {
		await second.waitFor('given before');
		second.press(canary);
		await second.waitFor(/•{10}/);
		await press(second, 'Enter', /go on/);
	}

	await press(second, 'Enter', /nobody saw how it ended/);
	hunt.processes();
	await callDone(second, /nobody saw how it ended/);
	await second.waitFor('All done');
	hunt.files();
	second.press('q');
	await second.exited;
	hunt.text('frames after resuming', second.received());
	for (const [name, text] of await reports(run)) {
		hunt.text(name, text);
	}

	hunt.files();
	return run;
}

describe.skipIf(process.platform !== 'linux')('a canary', {timeout: 180_000}, () => {
	test('is nowhere: in no file, no frame, no report, no argument and no environment', async () => {
		const hunt = new Hunt();
		const run = await rehearse('secret', hunt);
		tell('canary', {...hunt.looked, hits: hunt.found.length});
		expect(hunt.found).toEqual([]);
		expect(hunt.looked.processes).toBeGreaterThan(2);
		const ended = lookAtRun(run).events.flatMap(({event}) =>
			event.type === 'PartEnded' ? [`${event.step} ${event.settles}`] : [],
		);
		expect(ended).toEqual(
			expect.arrayContaining(['prints done', 'fails failed', 'captures failed', 'keeps done', 'later done']),
		);
	});

	test.for(['throw', 'stray', 'reject'])('is not in the last word of a fieldbook that broke: %s', async deed => {
		const trigger = join(fieldbook.folder, `${deed}.trigger`);
		const program = await typedIn('secret', join(fieldbook.folder, `${deed}.fieldbook`), {
			NODE_OPTIONS: `--import=${root}test/cli/death/inject.ts`,
			FAULT_FUNCTION: 'nextEffects',
			FAULT_TRIGGER: trigger,
		});
		await press(program, 'Enter', /exit 3/);
		await press(program, 'd', 'Why?');
		program.press('so be it');
		await program.waitFor('so be it');
		// From here on whatever the engine hears breaks it, news of a link no less than the answer.
		writeFileSync(trigger, `${deed} cannot use "${canary}"`);
		await press(program, 'Enter', 'fieldbook broke');
		expect((await program.exited).status).toBe(70);
		rmSync(trigger);
		expect(program.screen()).toContain('cannot use "[secret]"');
		expect(holdsCanary(Buffer.from(program.received()))).toBe(false);
	});

	test('control: is nearly everywhere where it is no secret', async () => {
		const hunt = new Hunt();
		await rehearse('text', hunt);
		tell('canary, control', {...hunt.looked, hits: hunt.found.length});
		expect(hunt.found).toEqual(
			expect.arrayContaining([
				expect.stringContaining('text.fieldbook'),
				expect.stringContaining('.world.json'),
				'frames',
				expect.stringMatching(/^log/),
			]),
		);
	});
});
