import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import xterm from '@xterm/headless';
import type {OutputInterpreter} from '../src/text/interpreter.ts';
import {bundle} from './bundle.ts';
import {loadText, median} from './rounds.ts';

const root = new URL('..', import.meta.url).pathname;
const sampleBytes = 4 * 1024 * 1024;
const pieceBytes = 64 * 1024;

/** Kinds of output, as hosts print them. */
const samples: ReadonlyArray<readonly [name: string, bytes: Uint8Array]> = [
	[
		'ASCII',
		filled('Nov 21 14:02:11 esxi1 vmkernel: cpu3:2097 nfs: 512 blocks written, 0 errors, all of them acknowledged\n'),
	],
	[
		'SGR',
		filled(
			'\u001B[32m[ OK ]\u001B[0m \u001B[1mStarted\u001B[22m unit \u001B[38;5;208m4711\u001B[39m of \u001B[4mesxi1\u001B[24m\n',
		),
	],
	['CJK', filled('仮想スイッチ「iSCSI_vswitch」を追加しました。完了まで約３０秒です。\n')],
	['CR progress', filled('copying image.vmdk: 50% of 4096 MB, 112 MB/s\r')],
];

/** What a host sends that means harm: the dearest bytes for an interpreter that we found. */
const floods: ReadonlyArray<readonly [name: string, bytes: Uint8Array]> = [
	['erase the line', filled('x\u001B[2K', pieceBytes)],
	['erase to the cursor', filled('\u001B[1K', pieceBytes, `${'x'.repeat(4000)}\u001B[2000D`)],
	['marks on one character', filled('\u0301', pieceBytes)],
	['jump and print', filled('\u001B[9999Gx\r', pieceBytes)],
	['repeat', filled('a\u001B[999999999b', pieceBytes)],
	['a string without an end', filled('x', pieceBytes, '\u001BP')],
	['bytes that are no text', Uint8Array.from({length: pieceBytes}, (_, index) => (index * 2_654_435_761) >>> 13)],
];

/** How fast output becomes harmless lines, against a terminal emulator; and what 64 KiB of the worst kinds cost. */
export async function interpret(scratch: string, rounds: number): Promise<void> {
	const file = await bundle(
		`export {OutputInterpreter} from '${root}src/text/interpreter.ts';`,
		join(scratch, 'interpret.mjs'),
	);
	const {OutputInterpreter: Interpreter}: {OutputInterpreter: typeof OutputInterpreter} = await import(
		pathToFileURL(file).href
	);
	const ours = async (bytes: Uint8Array): Promise<number> => {
		const interpreter = new Interpreter();
		const start = performance.now();
		for (const piece of piecesOf(bytes)) {
			interpreter.push(piece);
		}

		return performance.now() - start;
	};
	const theirs = async (bytes: Uint8Array): Promise<number> => {
		const terminal = new xterm.Terminal({
			cols: 120,
			rows: 40,
			scrollback: 1000,
			allowProposedApi: true,
			logLevel: 'off',
		});
		const start = performance.now();
		for (const piece of piecesOf(bytes)) {
			await new Promise<void>(resolve => terminal.write(piece, resolve));
		}

		const ms = performance.now() - start;
		terminal.dispose();
		return ms;
	};

	console.log(
		`\n## Output made harmless, ${sampleBytes / 1024 / 1024} MiB in pieces of 64 KiB\nload before: ${loadText()}\n`,
	);
	console.log(
		'| output | n | fieldbook median MB/s | @xterm/headless median MB/s | ratio | goal |\n|---|---|---|---|---|---|',
	);
	for (const [name, bytes] of samples) {
		const times: Array<readonly [own: number, peer: number]> = [];
		for (let round = 0; round <= rounds; round++) {
			times.push([await ours(bytes), await theirs(bytes)]);
		}

		// The first round is spent on compiling.
		const warm = times.slice(1);
		const rate = (ms: number) => (bytes.length / 1e6 / ms) * 1000;
		const [own, peer] = [median(warm.map(([ms]) => rate(ms))), median(warm.map(([, ms]) => rate(ms)))];
		console.log(
			`| ${[name, rounds, own.toFixed(0), peer.toFixed(0), (own / peer).toFixed(1), 'above 1'].join(' | ')} |`,
		);
	}

	console.log('\n| hostile output, 64 KiB | n | median ms | max ms |\n|---|---|---|---|');
	for (const [name, bytes] of floods) {
		const times: number[] = [];
		for (let round = 0; round < rounds; round++) {
			times.push(await ours(bytes));
		}

		console.log(`| ${[name, rounds, median(times).toFixed(1), Math.max(...times).toFixed(1)].join(' | ')} |`);
	}

	console.log(`\nload after: ${loadText()}`);
}

function filled(text: string, bytes = sampleBytes, head = ''): Uint8Array {
	const piece = Buffer.from(text);
	return Buffer.from(Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, piece)]).subarray(0, bytes));
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
	for (let from = 0; from < bytes.length; from += pieceBytes) {
		yield bytes.subarray(from, from + pieceBytes);
	}
}
