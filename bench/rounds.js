import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';

/**
@typedef {{label: string, command: readonly string[], cwd?: string, env?: Record<string, string>, before?: () => void, after?: () => void, expect?: number}} Case
@typedef {{seconds: number, peakMiB: number}} Sample
*/

/**
Runs every case once in each round, so that a noisy moment hits all of them, and prints minimum, median and maximum.

A case that exits with another status than `expect` (0) ends the benchmark: a fast failure is no result.
@param {string} title
@param {number} rounds
@param {readonly Case[]} cases
@returns {Promise<Map<string, Sample[]>>} by label
*/
export async function runRounds(title, rounds, cases) {
	const samples = new Map(cases.map(({label}) => [label, /** @type {Sample[]} */ ([])]));
	console.log(`\n## ${title}\nload before: ${loadText()}`);
	for (let round = 0; round < rounds; round++) {
		for (const one of cases) {
			one.before?.();
			samples.get(one.label)?.push(await timed(one));
			one.after?.();
		}
	}

	console.log(`load after: ${loadText()}\n\n| case | n | min s | median s | max s | peak MiB |\n|---|---|---|---|---|---|`);
	for (const [label, all] of samples) {
		const seconds = all.map(sample => sample.seconds).toSorted((a, b) => a - b);
		const row = [label, all.length, seconds[0]?.toFixed(3), median(seconds).toFixed(3), seconds.at(-1)?.toFixed(3), Math.max(...all.map(({peakMiB}) => peakMiB)).toFixed(0)];
		console.log(`| ${row.join(' | ')} |`);
	}

	return samples;
}

/**
Prints the ratio of two cases by minimum and by median.
@param {Map<string, Sample[]>} samples
@param {string} ours
@param {string} theirs
@param {string} goal in words: `at most 2`
*/
export function printRatio(samples, ours, theirs, goal) {
	const of = /** @param {string} label */ label => (samples.get(label) ?? []).map(({seconds}) => seconds);
	const [a, b] = [of(ours), of(theirs)];
	if (a.length > 0 && b.length > 0) {
		const ratios = `${(Math.min(...a) / Math.min(...b)).toFixed(2)} by minimum, ${(median(a) / median(b)).toFixed(2)} by median`;
		console.log(`${ours} / ${theirs}: ${ratios}; goal: ${goal}`);
	}
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** @param {Case} one @returns {Promise<Sample>} */
async function timed({label, command, cwd, env, expect = 0}) {
	const [program = '', ...words] = command;
	const start = performance.now();
	const child = spawn(program, words, {cwd, env: {...process.env, ...env}, stdio: ['ignore', 'ignore', 'pipe']});
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

/** The largest resident size so far of one process, in MiB; 0 where it is gone or has children that count. @param {number | undefined} pid */
function peakOf(pid) {
	try {
		const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return Number(kib ?? 0) / 1024;
	} catch {
		return 0;
	}
}

function loadText() {
	return loadavg()
		.map(load => load.toFixed(2))
		.join(' ');
}
