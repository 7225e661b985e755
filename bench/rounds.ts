import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';

/** One program to time. `expect` is its exit status, 0 unless given. */
export type Case = {
	readonly label: string;
	readonly command: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly after?: () => void;
	readonly expect?: number;
};

export type Sample = {readonly seconds: number; readonly peakMiB: number};

/**
Runs every case once in each round, so that a noisy moment hits all of them, and prints minimum, median and maximum.

A case that exits with another status than `expect` (0) ends the benchmark: a fast failure is no result.
*/
export async function runRounds(
	title: string,
	rounds: number,
	cases: readonly Case[],
): Promise<ReadonlyMap<string, readonly Sample[]>> {
	const samples = new Map(cases.map(({label}) => [label, [] as Sample[]]));
	console.log(`\n## ${title}\nload before: ${loadText()}`);
	for (let round = 0; round < rounds; round++) {
		for (const one of cases) {
			samples.get(one.label)?.push(await timed(one));
			one.after?.();
		}
	}

	console.log(
		`load after: ${loadText()}\n\n| case | n | min s | median s | max s | peak MiB |\n|---|---|---|---|---|---|`,
	);
	for (const [label, all] of samples) {
		const seconds = all.map(sample => sample.seconds).toSorted((a, b) => a - b);
		const row = [
			label,
			all.length,
			seconds[0]?.toFixed(3),
			median(seconds).toFixed(3),
			seconds.at(-1)?.toFixed(3),
			Math.max(...all.map(({peakMiB}) => peakMiB)).toFixed(0),
		];
		console.log(`| ${row.join(' | ')} |`);
	}

	return samples;
}

/**
Prints the ratio of two cases by minimum and by median. `goal` is in words: `at most 2`.
*/
export function printRatio(
	samples: ReadonlyMap<string, readonly Sample[]>,
	ours: string,
	theirs: string,
	goal: string,
): void {
	const of = (label: string) => (samples.get(label) ?? []).map(({seconds}) => seconds);
	const [a, b] = [of(ours), of(theirs)];
	if (a.length > 0 && b.length > 0) {
		const ratios = `${(Math.min(...a) / Math.min(...b)).toFixed(2)} by minimum, ${(median(a) / median(b)).toFixed(2)} by median`;
		console.log(`${ours} / ${theirs}: ${ratios}; goal: ${goal}`);
	}
}

export function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1
		? (sorted[middle] ?? Number.NaN)
		: ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

async function timed({label, command, env, expect = 0}: Case): Promise<Sample> {
	const [program = '', ...words] = command;
	const start = performance.now();
	const child = spawn(program, words, {env: {...process.env, ...env}, stdio: ['ignore', 'ignore', 'pipe']});
	let complaint = '';
	child.stderr.on('data', data => {
		complaint = (complaint + data).slice(-2000);
	});
	let peakMiB = 0;
	const sampler = setInterval(() => {
		peakMiB = Math.max(peakMiB, peakOf(child.pid));
	}, 20);
	const status = await new Promise(resolve => child.on('exit', resolve));
	const seconds = (performance.now() - start) / 1000;
	clearInterval(sampler);
	if (status !== expect) {
		throw new Error(`${label} ended with ${status}, not ${expect}:\n${complaint}`);
	}

	return {seconds, peakMiB};
}

/** The largest resident size so far of one process, in MiB; 0 where it is gone or has children that count. */
function peakOf(pid: number | undefined): number {
	try {
		const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return Number(kib ?? 0) / 1024;
	} catch {
		return 0;
	}
}

function loadText(): string {
	return loadavg()
		.map(load => load.toFixed(2))
		.join(' ');
}
