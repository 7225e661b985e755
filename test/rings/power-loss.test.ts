import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {build, type Plugin} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {openRunFile} from '../../src/store/run-file.js';
import {verifyRun} from '../../src/store/verify.js';
import {UserError} from '../../src/text/user-error.js';
import {cases, tell} from '../ring.js';
import {Chance} from '../simulation/chance.js';
import {Disk, FATES} from './power-loss/disk.js';
import {type Call, readTrace, TRACED} from './power-loss/trace.js';
import {eventAt, key, outputOf} from './power-loss/written.js';

/**
A real writer is traced, and the power goes after each of its system calls: what it had not synced is kept, dropped, torn or
reordered, and names come and go in order or each by itself. What comes up is opened by our own code and compared with what the
writer had called durable by then.
*/
let work = '';
beforeAll(() => {
	work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fieldbook-power-'));
});
afterAll(() => rmSync(work, {recursive: true, force: true}));

/** `counts`: how many events in each opening. Nothing of it is there before: the folder too is new. */
async function traced(
	longest: number,
	counts: readonly number[],
	{plugins = [], runs = 'runs'}: {readonly plugins?: readonly Plugin[]; readonly runs?: string} = {},
) {
	const folder = mkdtempSync(join(work, 'traced-'));
	const writer = join(folder, 'writer.mjs');
	await build({
		entryPoints: [join(import.meta.dirname, 'power-loss/writer.ts')],
		...{outfile: writer, bundle: true, platform: 'node', format: 'esm', logLevel: 'error', plugins: [...plugins]},
	});
	const disk = join(folder, 'disk');
	mkdirSync(disk);
	const run = join(disk, 'state', runs, 'a.fieldbook');
	const trace = join(folder, 'trace');
	const strace = ['-f', '-xx', '-s', '2000000', '-e', `trace=${TRACED}`, '-o', trace];
	const {error, status, stderr} = spawnSync('strace', [
		...strace,
		process.execPath,
		writer,
		run,
		String(longest),
		...counts.map(String),
	]);
	if (error !== undefined || status !== 0) {
		throw error ?? new Error(`strace ended with ${status}: ${stderr}`);
	}

	return {disk, run, calls: readTrace(readFileSync(trace, 'latin1'), disk)};
}

type Traced = Awaited<ReturnType<typeof traced>>;
type Found = {
	readonly states: number;
	readonly lost: number;
	readonly corrupt: number;
	readonly durableUntold: number;
	readonly goneOnWith: number;
};

/** Opens about so many states of the disk, spread over all moments of the trace. */
async function crashes({disk, run, calls: all}: Traced, states: number): Promise<Found> {
	const calls = withoutReserve(all);
	const chance = new Chance(4);
	const moments = calls.filter(isMoment).length;
	const each = states / moments;
	const found = {states: 0, lost: 0, corrupt: 0, durableUntold: 0, goneOnWith: 0};
	const model = new Disk(disk);
	let acked = 0;
	for (const call of calls) {
		model.take(call);
		acked = call.kind === 'said' ? Number(/^\w+ (\d+)/.exec(call.words)?.[1] ?? acked) : acked;
		for (let left = isMoment(call) ? each : 0; left > chance.fraction(); left--) {
			const fate = FATES[found.states % FATES.length] ?? FATES[0];
			if (fate === undefined) {
				throw new Error('There is no fate');
			}

			const folder = join(work, 'state');
			rmSync(folder, {recursive: true, force: true});
			const file = place(
				model.after(fate, () => chance.fraction()),
				disk,
				run,
				folder,
			);
			found.states += 1;
			const seen = look(file, acked, found.states % 10 === 0);
			found.lost += seen === 'lost' ? 1 : 0;
			found.corrupt += seen === 'corrupt' ? 1 : 0;
			found.durableUntold += typeof seen === 'number' && seen > acked ? 1 : 0;
			if (found.states % 25 === 0 && typeof seen === 'number' && acked > 0) {
				await goOn(file, seen);
				found.goneOnWith += 1;
			}
		}
	}

	return found;
}

/** Of the reserve only the size counts, and to tear its bytes takes most of the time. */
function withoutReserve(calls: readonly Call[]): readonly Call[] {
	const reserves = calls.flatMap(call => (call.kind === 'link' && call.path.endsWith('-reserve') ? [call.inode] : []));
	return calls.map(call =>
		call.kind === 'write' && reserves.includes(call.inode)
			? {kind: 'truncate', inode: call.inode, size: call.at + call.bytes.length}
			: call,
	);
}

/** Closing a file, or a word of the writer, changes nothing that a power cut could take. */
function isMoment(call: Call): boolean {
	return call.kind !== 'said' || call.words.startsWith('acked');
}

/** Writes the files of a state under another folder. */
function place(files: ReadonlyMap<string, Buffer>, disk: string, run: string, folder: string): string {
	for (const [path, bytes] of files) {
		const there = join(folder, path.slice(disk.length));
		mkdirSync(dirname(there), {recursive: true});
		const isReserve = path.endsWith('-reserve');
		writeFileSync(there, isReserve ? '' : bytes);
		if (isReserve) {
			truncateSync(there, bytes.length);
		}
	}

	return join(folder, run.slice(disk.length));
}

/** How many events are there, all of them as they were written; or what is wrong. `isVerified`: the output is looked at too. */
function look(file: string, acked: number, isVerified: boolean): number | 'lost' | 'corrupt' {
	if (!existsSync(file)) {
		return acked > 0 ? 'lost' : 0;
	}

	try {
		const {events, damage} = lookAtRun(file);
		if (damage !== undefined || !events.every(isAsWritten)) {
			return 'corrupt';
		}

		if (isVerified && verifyRun(file).problems.length > 0) {
			return 'corrupt';
		}

		return events.length < acked ? 'lost' : events.length;
	} catch (error) {
		if (!(error instanceof UserError)) {
			throw error;
		}

		// Before the first event was acknowledged, there may be half of a file; later that is all of it lost
		return acked === 0 ? 0 : error.code === 'run-incomplete' ? 'lost' : 'corrupt';
	}
}

function isAsWritten({seq, event}: ReturnType<typeof lookAtRun>['events'][number], index: number): boolean {
	return seq === index + 1 && event.type === 'PartEnded' && event.because === `event ${seq}`;
}

/** A run that lost its power is gone on with, and closed. */
async function goOn(file: string, seen: number): Promise<void> {
	const run = openRunFile(file);
	const seq = seen + 1;
	run.writeOutput(key(seq), 'out', outputOf(seq, 9000));
	await run.append([eventAt(seq, run.endOutput(key(seq)))], 0);
	await run.close();
	expect(verifyRun(file)).toMatchObject({events: seq, problems: []});
}

test('the model forgets what was never synced, and sees what was', () => {
	const disk = new Disk('/d');
	const write = (at: number, words: string): Call => ({kind: 'write', inode: 1, at, bytes: Buffer.from(words)});
	disk.take({kind: 'link', path: '/d/a', inode: 1, isFolder: false});
	disk.take({kind: 'syncFolder', path: '/d'});
	disk.take(write(0, 'safe'));
	disk.take({kind: 'sync', inode: 1});
	disk.take(write(0, 'torn'));
	const after = (writes: 'kept' | 'dropped') =>
		disk
			.after({names: 'any', writes}, () => 0.5)
			.get('/d/a')
			?.toString();
	expect([after('kept'), after('dropped')]).toEqual(['torn', 'safe']);

	// The same name again is another file
	disk.take({kind: 'unlink', path: '/d/a'});
	disk.take({kind: 'link', path: '/d/a', inode: 2, isFolder: false});
	expect(
		disk
			.after({names: 'any', writes: 'dropped'}, () => 0.9)
			.get('/d/a')
			?.toString(),
	).toBe('safe');
	expect(
		disk
			.after({names: 'any', writes: 'dropped'}, () => 0.1)
			.get('/d/a')
			?.toString(),
	).toBe('');
});

test('no acknowledged event is lost with the power, and no file is damaged', async () => {
	// The second one fills its log, so that it is taken in while the run goes on
	const short = await traced(9000, [20, 15, 1]);
	const long = await traced(250_000, [60]);
	// There it is kept in TRUNCATE mode
	const synchronised = await traced(9000, [15, 10], {runs: 'Dropbox'});
	const states = cases(5000, 50_000);
	const found = [
		await crashes(short, states * 0.65),
		await crashes(long, states * 0.1),
		await crashes(synchronised, states * 0.3),
	];
	const sum = (what: keyof Found) => found.reduce((total, one) => total + one[what], 0);
	tell('power-loss', {
		'crash states': sum('states'),
		'acknowledged events lost': sum('lost'),
		'files damaged': sum('corrupt'),
		'gone on with': sum('goneOnWith'),
		'with an event that nobody had acknowledged': sum('durableUntold'),
	});
	expect([sum('lost'), sum('corrupt')]).toEqual([0, 0]);
	expect(sum('states')).toBeGreaterThanOrEqual(states);
});

test('with synchronous=NORMAL the same ring finds lost events', async () => {
	const normal: Plugin = {
		name: 'synchronous=NORMAL',
		setup: ({onLoad}) => {
			onLoad({filter: /store\/hold\.ts$/}, ({path}) => {
				const source = readFileSync(path, 'utf8');
				const careless = source
					.replace('synchronous = FULL', 'synchronous = NORMAL')
					.replace('synchronous !== 2', 'synchronous !== 1');
				expect(careless).not.toBe(source);
				return {contents: careless, loader: 'ts'};
			});
		},
	};
	const {states, lost} = await crashes(await traced(9000, [30], {plugins: [normal]}), 1000);
	tell('power-loss, control (synchronous=NORMAL)', {'crash states': states, 'that lost acknowledged events': lost});
	expect(lost).toBeGreaterThan(states / 3);
});
