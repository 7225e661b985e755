import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync, rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {eventsOf, fieldbook, placeRun} from './fieldbook.ts';
import {loadText} from './rounds.ts';
import {type Sshd, withSshd} from './sshd.ts';
import {besideTicksRunbook, pacedScript} from './synthetic.ts';

const hosts = Array.from({length: 8}, (_, index) => `s${index + 1}`);
const megabytesPerSecond = 10;
const pieces = 150;
const ticks = 120;

/** Eight hosts that print 10 MB/s each, and beside them a step every 0.1 s, whose ends tell whether the engine is late. */
export async function stream8(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		console.log(
			`\n## ${hosts.length} hosts print ${megabytesPerSecond} MB/s each, steps of 0.1 s beside them\nload before: ${loadText()}\n`,
		);
		console.log(
			'| case | MB/s in all | bytes as sent | longest pause between steps ms | peak MiB, first half | second half |',
		);
		console.log('|---|---|---|---|---|---|');
		for (let round = 1; round <= Math.min(rounds, 3); round++) {
			await oneRun(sshd, scratch, 'nothing beside', []);
			await oneRun(sshd, scratch, 'eight hosts', hosts);
		}

		console.log(
			`\nload after: ${loadText()}; goals: every byte, the same longest pause, the same memory in both halves`,
		);
	});
}

async function oneRun(sshd: Sshd, scratch: string, label: string, streaming: readonly string[]): Promise<void> {
	const script = pacedScript(megabytesPerSecond, pieces);
	const addresses = Object.fromEntries(['one', ...streaming].map((name, index) => [name, `127.0.0.${index + 1}`]));
	const {words, runFile} = placeRun(sshd, scratch, 'beside', besideTicksRunbook(streaming, script, ticks), addresses);
	const [file, ...rest] = [...sshd.inside, ...fieldbook('run', ...words, '--plain')];
	const child = spawn(file ?? '', rest, {stdio: 'ignore'});
	const sizes: number[] = [];
	const ended = new Promise<number | null>(resolve => child.on('exit', resolve));
	let status: number | null | undefined;
	void ended.then(code => {
		status = code;
	});
	while (status === undefined) {
		sizes.push(residentMiB(child.pid));
		await Promise.race([ended, sleep(50)]);
	}

	const events = eventsOf(runFile);
	rmSync(runFile, {force: true});
	if (status !== 0) {
		throw new Error(`${label} ended with ${status}`);
	}

	const ends = events.flatMap(({at, event}) => (event.type === 'PartEnded' && event.step !== 'many' ? [at] : []));
	const streams = events.flatMap(({at, event}) =>
		event.type === 'PartEnded' && event.step === 'many' ? [{at, event}] : [],
	);
	const begun = events.find(({event}) => event.type === 'PartIntended' && event.step === 'many')?.at ?? 0;
	const bytes = streams.reduce((sum, {event}) => sum + (event.output?.bytes ?? 0), 0);
	const seconds = (Math.max(...streams.map(({at}) => at)) - begun) / 1000;
	const wanted = createHash('sha256')
		.update(execFileSync('sh', ['-c', script.replaceAll('sleep 0.08', ':')], {maxBuffer: 2 ** 30}))
		.digest('hex');
	const isWhole = streams.every(({event}) => event.output?.sha256 === wanted);
	const pauses = ends.slice(1).map((at, index) => at - (ends[index] ?? at));
	const half = Math.floor(sizes.length / 2);
	const row = [
		label,
		streams.length === 0 ? '' : (bytes / 1e6 / seconds).toFixed(1),
		streams.length === 0 ? '' : isWhole ? `all ${(bytes / 1e6).toFixed(0)} MB` : 'NO',
		Math.max(...pauses),
		Math.max(...sizes.slice(0, half)).toFixed(0),
		Math.max(...sizes.slice(half)).toFixed(0),
	];
	console.log(`| ${row.join(' | ')} |`);
}

function residentMiB(pid: number | undefined): number {
	try {
		return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
	} catch {
		return 0;
	}
}
