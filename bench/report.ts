import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {bundle} from './bundle.ts';
import {fieldbook} from './fieldbook.ts';
import {loadText} from './rounds.ts';

const root = new URL('..', import.meta.url).pathname;
const source = `export {openRunFile} from '${root}src/store/run-file.ts';`;

const steps = 10_000;
const bytesOfStep = 100_000;

/** A run of 10,000 steps and 1 GB of output in each of its forms: how fast, and in how much memory. */
export async function report(scratch: string): Promise<void> {
	const run = await longRun(scratch);
	console.log(
		`\n## The record of a run of ${steps} steps with ${(steps * bytesOfStep) / 1e6} MB of output\nload before: ${loadText()}\n`,
	);
	console.log('| form | seconds | MB written | MB/s of output read | MiB resident at most |\n|---|---|---|---|---|');
	for (const words of [
		['html'],
		['html', '--view', 'internal'],
		['md', '--view', 'internal'],
		['junit'],
		['csv'],
		['json'],
		['cast'],
	]) {
		const {seconds, written, mebibytes} = await exported([run, '--format', ...words]);
		const isRead = words.includes('internal') || words.includes('cast');
		const rate = isRead ? ((steps * bytesOfStep) / 1e6 / seconds).toFixed(0) : '';
		console.log(
			`| ${[words.join(' '), seconds.toFixed(1), (written / 1e6).toFixed(1), rate, mebibytes.toFixed(0)].join(' | ')} |`,
		);
	}

	console.log(`load after: ${loadText()}; goal: under 300 MiB`);
}

type Exported = {readonly seconds: number; readonly written: number; readonly mebibytes: number};

async function exported(words: readonly string[]): Promise<Exported> {
	const begin = performance.now();
	const [program, ...rest] = fieldbook('export', ...words);
	const child = spawn('/usr/bin/time', ['-f', '%M', program, ...rest], {stdio: ['ignore', 'pipe', 'pipe']});
	let written = 0;
	let said = '';
	child.stdout.on('data', bytes => {
		written += bytes.length;
	});
	child.stderr.on('data', bytes => {
		said += bytes;
	});
	const [status] = await once(child, 'close');
	if (status !== 0) {
		throw new Error(said);
	}

	return {
		seconds: (performance.now() - begin) / 1000,
		written,
		mebibytes: Number(said.trim().split('\n').at(-1)) / 1024,
	};
}

type Store = {
	append(events: readonly object[], at: number): Promise<unknown>;
	writeOutput(key: object, stream: 'out', bytes: Uint8Array): void;
	endOutput(key: object): object;
	close(): Promise<void>;
};

/** Begun by the program itself, which stops at the first step; the other steps are then written down as if they had run. */
async function longRun(scratch: string): Promise<string> {
	const {openRunFile} = (await import(await bundle(source, join(scratch, 'report.mjs')))) as {
		openRunFile(path: string): Store;
	};
	const book = join(scratch, 'report.md');
	const path = join(scratch, 'report.fieldbook');
	const parts = Array.from(
		{length: steps},
		(_, index) => `Step ${index + 1} of ${steps}.\n\n\`\`\`sh id=step-${index + 1} on=local\ntrue\n\`\`\`\n`,
	);
	writeFileSync(
		book,
		`---\nfieldbook: 1\ntitle: Report\n---\n\n# Report\n\n- [ ] Begin. <!-- id=begin -->\n\n${parts.join('\n')}`,
	);
	const [program, ...rest] = fieldbook('run', book, '--plain', '--run-file', path);
	await once(spawn(program, rest, {stdio: 'ignore'}), 'close');

	const store = openRunFile(path);
	const by = 'bench';
	let now = Date.now();
	await store.append(
		[
			{type: 'RunResumed', by, device: by, version: '0.1.0'},
			{type: 'RunBegun', by},
		],
		now,
	);
	await store.append(
		[{type: 'ManualAnswered', step: 'begin', host: '', choice: 'done', note: '', captured: {}, by}],
		now,
	);
	const line = `${randomBytes(30).toString('hex')} datastore1 vmnic0 ok\n`;
	const output = Buffer.from(line.repeat(Math.ceil(bytesOfStep / line.length)).slice(0, bytesOfStep));
	for (let number = 1; number <= steps; number++) {
		const key = {step: `step-${number}`, host: 'local', attempt: 1, part: 'run'};
		now += 1000;
		await store.append(
			[{type: 'PartIntended', ...key, job: `j${number}`, scriptHash: '0'.repeat(64), changes: true}],
			now,
		);
		store.writeOutput(key, 'out', output);
		await store.append(
			[
				{
					type: 'PartEnded',
					...key,
					outcome: {kind: 'exited', code: 0},
					output: store.endOutput(key),
					tries: 1,
					because: '',
					settles: 'done',
					captured: {},
				},
			],
			now + 500,
		);
	}

	await store.append([{type: 'RunFinished'}], now + 1000);
	await store.close();
	return path;
}
