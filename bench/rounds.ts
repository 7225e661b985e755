import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';

/** Something to time. `run` rejects where what was done is not what was to be timed: a fast failure is no result. */
export type Case = {readonly label: string; run(): Promise<Sample>};

/** `peakMiB`: the largest resident size of the program itself; NaN where nobody looked. */
export type Sample = {readonly seconds: number; readonly peakMiB: number};

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
	const cpu = new Map<string, number>();
	console.log(`\n## ${title}\nload before: ${loadText()}`);
	for (let round = 0; round < rounds; round++) {
		for (const {label, run} of cases) {
			const before = childrenCpu();
			samples.get(label)?.push(await run());
			cpu.set(label, (cpu.get(label) ?? 0) + childrenCpu() - before);
		}
	}

	console.log(`load after: ${loadText()}\n`);
	console.log('| case | n | min s | median s | max s | CPU s | peak MiB |\n|---|---|---|---|---|---|---|');
	for (const [label, all] of samples) {
		const seconds = all.map(sample => sample.seconds).toSorted((a, b) => a - b);
		const peak = Math.max(...all.map(({peakMiB}) => peakMiB));
		const row = [
			label,
			all.length,
			seconds[0]?.toFixed(3),
			median(seconds).toFixed(3),
			seconds.at(-1)?.toFixed(3),
			((cpu.get(label) ?? 0) / all.length).toFixed(2),
			Number.isNaN(peak) ? '' : peak.toFixed(0),
		];
		console.log(`| ${row.join(' | ')} |`);
	}

	return samples;
}

/** Prints the ratio of two cases by minimum and by median. `goal` is in words: `at most 2`. */
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
): Promise<Sample> {
	const start = performance.now();
	const child = spawn(file, words, {env: {...process.env, ...env}, stdio: ['ignore', 'ignore', 'pipe']});
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
	if (status !== 0) {
		throw new Error(`${label} ended with ${status}:\n${complaint}`);
	}

	return {seconds, peakMiB};
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

/** Seconds that ended children of ours and theirs have used. Source: proc_pid_stat(5), `cutime` and `cstime`, in hundredths. */
function childrenCpu(): number {
	const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
	const words = fields.split(' ');
	return (Number(words[13]) + Number(words[14])) / 100;
}
