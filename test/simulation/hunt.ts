import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import {build} from 'esbuild';
import type {Violation} from './oracles.js';
import type {Conditions} from './simulate.js';

/** Every `step`-th seed from `from` on, below `to`. */
export type Share = {
	readonly from: number;
	readonly to: number;
	readonly step: number;
	readonly conditions: Conditions;
};

export type Found = {
	readonly seeds: number;
	readonly events: number;
	readonly lives: number;
	readonly crashes: number;
	readonly executions: number;
	readonly kinds: ReadonlySet<string>;
	/** In the order of their seeds; each thread stops after some. */
	readonly failed: ReadonlyArray<Violation & {readonly seed: number}>;
};

/** Simulates the seeds from `from` on, below `to`, on all processors. */
export async function hunt(from: number, to: number, conditions: Conditions = {}): Promise<Found> {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-simulation-'));
	try {
		const file = join(folder, 'worker.mjs');
		await bundleWorker(file);
		const threads = availableParallelism();
		const shares = Array.from({length: threads}, (_, index) => ({from: from + index, to, step: threads, conditions}));
		return sum(await Promise.all(shares.map(share => inThread(file, share))));
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

/** The engine as it is shipped: bundled, and nothing between it and the world but its ports. */
async function bundleWorker(outfile: string): Promise<void> {
	await build({
		entryPoints: [new URL('worker.ts', import.meta.url).pathname],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node24',
		banner: {
			js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
		},
		logLevel: 'warning',
	});
}

function inThread(file: string, share: Share): Promise<Found> {
	return new Promise((resolve, reject) => {
		const worker = new Worker(file, {workerData: share});
		worker.once('message', resolve);
		worker.once('error', reject);
	});
}

function sum(found: readonly Found[]): Found {
	const all = (count: (one: Found) => number) => found.reduce((total, one) => total + count(one), 0);
	return {
		seeds: all(({seeds}) => seeds),
		events: all(({events}) => events),
		lives: all(({lives}) => lives),
		crashes: all(({crashes}) => crashes),
		executions: all(({executions}) => executions),
		kinds: new Set(found.flatMap(({kinds}) => [...kinds])),
		failed: found.flatMap(({failed}) => failed).toSorted((one, other) => one.seed - other.seed),
	};
}
