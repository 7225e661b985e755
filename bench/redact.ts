import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {bundle} from './bundle.ts';
import {loadText, median} from './rounds.ts';

const root = new URL('..', import.meta.url).pathname;
const source = `export {createRedactor} from '${root}src/run/redaction.ts';
export {needlesFor} from '${root}src/run/needles.ts';`;

const chunkBytes = 65_536;
const totalBytes = 64_000_000;
const slowBytes = 4_000_000;

type Redaction = {
	createRedactor(secrets: readonly string[]): {push(bytes: Uint8Array): Uint8Array; end(): Uint8Array};
	needlesFor(secrets: readonly string[]): ReadonlyArray<{readonly bytes: Uint8Array}>;
};

/** Secrets on their way out of a stream: how fast with none, one and twenty, against a copy and against one replacement after another. */
export async function redact(scratch: string, rounds: number): Promise<void> {
	const {createRedactor, needlesFor} = (await import(await bundle(source, join(scratch, 'redact.mjs')))) as Redaction;
	const secrets = Array.from({length: 20}, () => randomBytes(15).toString('base64url'));
	const streams = {
		'a log': chunksOf(logLines()),
		'a log in colours': chunksOf(logLines().replaceAll('vmnic', '\u001B[01;31m\u001B[Kvmnic\u001B[m\u001B[K')),
		'a log with a secret in each tenth line': chunksOf(
			logLines().replaceAll(/0 opened/g, () => `${secrets[randomBytes(1).readUInt8() % 20]}0 opened`),
		),
	};
	console.log(`\n## Taking secrets out, MB/s, median and minimum of ${rounds} rounds\nload before: ${loadText()}\n`);
	console.log('| stream | copy | no secret | 1 secret | 20 secrets | 20 secrets, minimum | replaced one by one |');
	console.log('|---|---|---|---|---|---|---|');
	for (const [name, chunks] of Object.entries(streams)) {
		const figures: Record<string, number[]> = {copy: [], none: [], one: [], twenty: [], naive: []};
		for (let round = 0; round < rounds; round++) {
			figures['copy']?.push(rateOf(chunks, totalBytes, chunk => chunk.slice()));
			for (const [label, count] of [
				['none', 0],
				['one', 1],
				['twenty', 20],
			] as const) {
				const redactor = createRedactor(secrets.slice(0, count));
				figures[label]?.push(rateOf(chunks, totalBytes, chunk => redactor.push(chunk)));
			}

			const texts = needlesFor(secrets).map(({bytes}) => Buffer.from(bytes).toString('latin1'));
			figures['naive']?.push(rateOf(chunks, slowBytes, chunk => replaced(chunk, texts)));
		}

		const of = (label: string) => median(figures[label] ?? []);
		const row = [of('copy'), of('none'), of('one'), of('twenty'), Math.min(...(figures['twenty'] ?? [])), of('naive')];
		console.log(`| ${[name, ...row.map(words)].join(' | ')} |`);
	}

	console.log(`load after: ${loadText()}; goal: 50 MB/s and more with 20 secrets, free with none`);
}

/** Chunk by chunk, which leaks what stands across a border: only to compare how fast. */
function replaced(chunk: Uint8Array, needles: readonly string[]): Uint8Array {
	let text = Buffer.from(chunk).toString('latin1');
	for (const needle of needles) {
		text = text.replaceAll(needle, '[secret]');
	}

	return Buffer.from(text, 'latin1');
}

function rateOf(chunks: readonly Uint8Array[], bytes: number, work: (chunk: Uint8Array) => Uint8Array): number {
	let [done, given] = [0, 0];
	const start = performance.now();
	while (done < bytes) {
		for (const chunk of chunks) {
			given += work(chunk).length;
			done += chunk.length;
		}
	}

	if (given === 0) {
		throw new Error('Nothing came through');
	}

	return done / 1000 / (performance.now() - start);
}

function words(rate: number): string {
	return rate > 100_000 ? 'free' : rate.toFixed(rate < 10 ? 1 : 0);
}

function logLines(): string {
	return Array.from(
		{length: 8000},
		(_, line) =>
			`2026-11-21T10:${line % 60}:07.${line % 1000}Z cpu${line % 8}:209${line} vmnic${line % 4}: link ${randomBytes(12).toString('base64')} path ${line % 10} opened /vmfs/volumes/datastore1/vm${line % 30}\n`,
	).join('');
}

function chunksOf(text: string): readonly Uint8Array[] {
	const bytes = Buffer.from(text);
	return Array.from({length: Math.floor(bytes.length / chunkBytes)}, (_, index) =>
		Uint8Array.from(bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
	);
}
