import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';

/** Something to time. `run` rejects where what was done is not what was to be timed: a fast failure is no result. */
export type Case = {readonly label: string; run(): Promise<Omit<Sample, 'cpuSeconds'>>};

/** Means and peaks of one go; NaN where nobody looked. */
export type Sample = {
	readonly seconds: number;
	/** Of the program and all that it started and waited for. */
	readonly cpuSeconds: number;
	/** The largest resident size of the program itself. */
	readonly peakMiB: number;
	/** The largest sum of resident sizes of the program and all that it started, looked at every 50 ms. */
	readonly treeMiB: number;
};

export type Program = {
	readonly label: string;
	readonly command: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** Throws if the program has not done its work. Not timed. */
	readonly check?: () => void;
};

/** A whole program from its start to its end, which must be exit status 0. */
export function program({label, command, env, check}: Program): Case {
	return {
		label,
		async run() {
			const sample = await timed(label, command, env);
			check?.();
			return sample;
		},
	};
}

/**
Runs every case once in each round, so that a noisy moment hits all of them, and prints what came of them.

CPU is that of the case and of everything it waited for, in the mean; it says more than time on a loaded machine.
*/
export async function runRounds(
	title: string,
	rounds: number,
	cases: readonly Case[],
): Promise<ReadonlyMap<string, readonly Sample[]>> {
	const samples = new Map(cases.map(({label}) => [label, [] as Sample[]]));
	console.log(`\n## ${title}\nload before: ${loadText()}`);
	for (let round = 0; round < rounds; round++) {
		for (const {label, run} of cases) {
			const before = childrenCpu();
			const sample = await run();
			samples.get(label)?.push({...sample, cpuSeconds: childrenCpu() - before});
		}
	}

	console.log(`load after: ${loadText()}\n`);
	console.log(
		'| case | n | min s | median s | max s | CPU s | peak MiB | tree MiB |\n|---|---|---|---|---|---|---|---|',
	);
	for (const [label, all] of samples) {
		const seconds = all.map(sample => sample.seconds).toSorted((a, b) => a - b);
		const mebibytes = (of: 'peakMiB' | 'treeMiB') => {
			const peak = Math.max(...all.map(sample => sample[of]));
			return Number.isNaN(peak) ? '' : peak.toFixed(0);
		};
		const row = [
			label,
			all.length,
			seconds[0]?.toFixed(3),
			median(seconds).toFixed(3),
			seconds.at(-1)?.toFixed(3),
			(all.reduce((sum, {cpuSeconds}) => sum + cpuSeconds, 0) / all.length).toFixed(2),
			mebibytes('peakMiB'),
			mebibytes('treeMiB'),
		];
		console.log(`| ${row.join(' | ')} |`);
	}

	return samples;
}

/** Prints the ratio of two cases by minimum and by median. `goal` is in words: `at most 2`; `what` is compared. */
export function printRatio(
	samples: ReadonlyMap<string, readonly Sample[]>,
	ours: string,
	theirs: string,
	goal: string,
	what: keyof Sample = 'seconds',
): void {
	const of = (label: string) => (samples.get(label) ?? []).map(sample => sample[what]);
	const [a, b] = [of(ours), of(theirs)];
	if (a.length > 0 && b.length > 0) {
		const ratios = `${(Math.min(...a) / Math.min(...b)).toFixed(2)} by minimum, ${(median(a) / median(b)).toFixed(2)} by median`;
		const name = {seconds: 'time', cpuSeconds: 'CPU', peakMiB: 'memory', treeMiB: 'memory of all processes'}[what];
		console.log(`${ours} / ${theirs}, ${name}: ${ratios}; goal: ${goal}`);
	}
}

export function median(numbers: readonly number[]): number {
	return quantile(numbers, 0.5);
}

/** The value below which this share of the numbers lies; between two of them it is in between. */
export function quantile(numbers: readonly number[], share: number): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const place = (sorted.length - 1) * share;
	const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
	return below === undefined || above === undefined ? Number.NaN : below + (above - below) * (place % 1);
}

export function loadText(): string {
	return loadavg()
		.map(load => load.toFixed(2))
		.join(' ');
}

async function timed(
	label: string,
	[file = '', ...words]: readonly string[],
	env: Program['env'] = {},
): Promise<Omit<Sample, 'cpuSeconds'>> {
	const start = performance.now();
	const child = spawn(file, words, {env: {...process.env, ...env}, stdio: ['ignore', 'ignore', 'pipe']});
	let complaint = '';
	child.stderr.on('data', data => {
		complaint = (complaint + data).slice(-2000);
	});
	let [peakMiB, treeMiB] = [0, 0];
	const sampler = setInterval(() => {
		peakMiB = Math.max(peakMiB, peakOf(child.pid));
	}, 20);
	const treeSampler = setInterval(() => {
		treeMiB = Math.max(treeMiB, treeOf(child.pid));
	}, 50);
	const status = await new Promise(resolve => child.on('exit', resolve));
	const seconds = (performance.now() - start) / 1000;
	clearInterval(sampler);
	clearInterval(treeSampler);
	if (status !== 0) {
		throw new Error(`${label} ended with ${status}:\n${complaint}`);
	}

	return {seconds, peakMiB, treeMiB};
}

/** The largest resident size so far of one process, in MiB; 0 where it is gone. */
function peakOf(pid: number | undefined): number {
	try {
		const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return Number(kib ?? 0) / 1024;
	} catch {
		return 0;
	}
}

/** The resident sizes of a process and all below it, in MiB; what they share counts for each. */
function treeOf(pid: number | undefined): number {
	try {
		const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
		return children.reduce((sum, child) => sum + treeOf(Number(child)), Number(kib ?? 0) / 1024);
	} catch {
		return 0;
	}
}

/** Seconds that ended children of ours and theirs have used. Source: proc_pid_stat(5), `cutime` and `cstime`, in hundredths. */
function childrenCpu(): number {
	const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
	const words = fields.split(' ');
	return (Number(words[13]) + Number(words[14])) / 100;
}
