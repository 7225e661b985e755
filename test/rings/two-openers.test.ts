import {type ChildProcess, fork} from 'node:child_process';
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {relationOf} from '../../src/run/copies.js';
import {type Opener, type Resumption, resumption} from '../../src/run/lease.js';
import type {Lease} from '../../src/run/state.js';
import {lookAtRun} from '../../src/store/look.js';
import {createRunFile} from '../../src/store/run-file.js';
import {verifyRun} from '../../src/store/verify.js';
import {cases, tell} from '../ring.js';
import {started} from '../run/given.js';
import {Chance} from '../simulation/chance.js';
import type {Order, Told} from '../store/opener.js';

/*
Two who open one run. In one file the lock decides, between processes that try at the same moment; in two copies of it the
lease does, and hosts that have seen a higher epoch.
*/

let folder = '';
beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-openers-'));
	await build({
		entryPoints: [new URL('../store/opener.ts', import.meta.url).pathname],
		outfile: join(folder, 'opener.mjs'),
		bundle: true,
		platform: 'node',
		format: 'esm',
		banner: {js: "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);"},
	});
	const run = createRunFile(join(folder, 'begun.fieldbook'), {}, []);
	await run.append([started()], Date.UTC(2026, 10, 20));
	await run.close();
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** A process that opens run files as it is told. */
class OpenerProcess {
	readonly device: string;
	acknowledged: number[] = [];
	#process: ChildProcess;
	#heard: Told[] = [];
	#listen: (() => void) | undefined;

	constructor(device: string) {
		this.device = device;
		this.#process = this.#start();
	}

	order(order: Order): void {
		this.#process.send(order);
	}

	/** The next thing it tells, but for what it acknowledges. */
	async told(): Promise<Told> {
		for (;;) {
			const told = this.#heard.shift();
			if (told !== undefined) {
				return told;
			}

			await new Promise<void>(resolve => {
				this.#listen = resolve;
			});
		}
	}

	/** Resolves once so many events were acknowledged. */
	async hasAcknowledged(count: number): Promise<void> {
		while (this.acknowledged.length < count) {
			await new Promise<void>(resolve => {
				this.#listen = resolve;
			});
		}
	}

	/** Without a chance to close anything; then begun anew. */
	async kill(): Promise<void> {
		const gone = new Promise(resolve => this.#process.once('exit', resolve));
		this.#process.kill('SIGKILL');
		await gone;
		this.#process = this.#start();
	}

	end(): void {
		this.#process.kill();
	}

	forget(): void {
		this.acknowledged = [];
		this.#heard = [];
	}

	#start(): ChildProcess {
		const started = fork(join(folder, 'opener.mjs'), [this.device]);
		started.on('message', (told: Told) => {
			if (told.told === 'acknowledged') {
				this.acknowledged.push(told.seq);
			} else {
				this.#heard.push(told);
			}

			this.#listen?.();
		});
		return started;
	}
}

/** One run that two processes open within a few milliseconds. */
type DoubleOpening = {
	readonly writers: number;
	/** The other one was told who has it. */
	readonly wasTold: boolean;
	/** Acknowledged, and not in the file. */
	readonly lost: number;
	readonly problems: readonly string[];
};

async function openTwice(
	path: string,
	openers: readonly OpenerProcess[],
	chance: Chance,
	{locks, killed}: {readonly locks: boolean; readonly killed: boolean},
): Promise<DoubleOpening> {
	copyFileSync(join(folder, 'begun.fieldbook'), path);
	for (const opener of openers) {
		opener.forget();
		opener.order({do: 'open', path, afterMs: chance.fraction() * 3, locks});
	}

	const told = await Promise.all(openers.map(opener => opener.told()));
	const writers = openers.filter((_, index) => told[index]?.told === 'opened');
	const [writer] = writers;
	const troubles: string[] = [];
	const refused = told.find(one => one.told === 'refused');
	if (killed && writer !== undefined) {
		await writer.hasAcknowledged(2);
		await writer.kill();
	} else {
		for (const opener of writers) {
			opener.order({do: 'close'});
			for (let last = await opener.told(); last.told !== 'closed'; last = await opener.told()) {
				troubles.push(JSON.stringify(last));
			}
		}
	}

	const {problems} = verifyRun(path);
	const kept = new Set(
		lookAtRun(path).events.flatMap(({seq, event}) =>
			event.type === 'NoteTaken'
				? [`${event.text} ${seq}`]
				: event.type === 'RunResumed'
					? [`${event.device} ${seq}`]
					: [],
		),
	);
	const acknowledged = openers.flatMap(opener => opener.acknowledged.map(seq => `${opener.device} ${seq}`));
	return {
		writers: writers.length,
		wasTold: refused?.told === 'refused' && refused.code === 'run-locked' && refused.holder === writer?.device,
		lost: acknowledged.filter(event => !kept.has(event)).length,
		problems: [...troubles, ...problems],
	};
}

async function openManyTimes(count: number, locks: boolean): Promise<readonly DoubleOpening[]> {
	const chance = new Chance(1);
	const openers = [new OpenerProcess('laptop'), new OpenerProcess('desk')];
	try {
		const found: DoubleOpening[] = [];
		for (let number = 0; number < count; number++) {
			const path = join(folder, `${locks}-${number}.fieldbook`);
			found.push(await openTwice(path, openers, chance, {locks, killed: locks && number % 10 === 9}));
		}

		return found;
	} finally {
		for (const opener of openers) {
			opener.end();
		}
	}
}

test('of two processes that open one run file at the same moment, one writes, and the other is told who', async () => {
	const all = await openManyTimes(cases(200, 2000), true);
	const lost = all.reduce((sum, one) => sum + one.lost, 0);
	tell('two-openers', {
		'double openings': all.length,
		'with two writers': all.filter(({writers}) => writers > 1).length,
		'not told who holds it': all.filter(({wasTold}) => !wasTold).length,
		'acknowledged events lost': lost,
	});
	expect(all.filter(({writers}) => writers !== 1)).toEqual([]);
	expect(all.filter(({wasTold}) => !wasTold)).toEqual([]);
	expect(lost).toBe(0);
	expect(all.flatMap(({problems}) => problems)).toEqual([]);
});

test('control: without the lock two of them write', async () => {
	// On a loaded machine one may have ended before the other begins
	let haveTwoWritten = false;
	for (let round = 0; round < 10 && !haveTwoWritten; round += 1) {
		haveTwoWritten = (await openManyTimes(20, false)).some(({writers}) => writers === 2);
	}
	expect(haveTwoWritten).toBe(true);
});

/** A copy of the run on one laptop: its events' hashes, and what they say of the lease. */
type Copy = {readonly events: readonly string[]; readonly lease: Lease; readonly isReleased: boolean};

type Laptop = Opener & {copy: Copy; isOpen: boolean};

/** What a host has seen: it obeys whoever has the highest epoch so far. */
type Host = {epoch: number; readonly obeyed: Map<number, Set<string>>};

type Decide = typeof resumption;

/** What two laptops did with their copies, and what came of it. */
type Story = {
	readonly forks: number;
	/** Epochs under which a host has obeyed two laptops. */
	readonly shared: number;
	/** A copy whose events another laptop wrote without handing it over. */
	readonly merged: number;
	readonly refused: number;
};

function live(chance: Chance, decide: Decide): Story {
	const first: Lease = {by: 'ana', device: 'laptop', deviceKey: 'SHA256:laptop', epoch: 1, since: ''};
	const copy: Copy = {events: ['start'], lease: first, isReleased: false};
	const laptops: readonly Laptop[] = [
		{by: 'ana', device: 'laptop', deviceKey: 'SHA256:laptop', copy, isOpen: true},
		{by: 'ben', device: 'desk', deviceKey: 'SHA256:desk', copy, isOpen: false},
	];
	const host: Host = {epoch: 0, obeyed: new Map()};
	let [forks, merged, refused, next] = [0, 0, 0, 0];
	for (let turn = 0; turn < 30; turn++) {
		const [one, other] = chance.fraction() < 0.5 ? laptops : laptops.toReversed();
		if (one === undefined || other === undefined) {
			throw new Error('There are two laptops');
		}

		const before = one.copy.events;
		switch (chance.below(5)) {
			case 0: {
				const resumed = one.isOpen
					? undefined
					: decide({...one.copy, otherEpoch: undefined}, one, chance.fraction() < 0.2);
				refused += resumed?.kind === 'needs-take-over' ? 1 : 0;
				if (resumed?.kind === 'granted') {
					one.copy = opened(one, resumed, `${one.device} ${next++}`);
					one.isOpen = true;
				}

				break;
			}

			case 1:
			case 2:
				if (one.isOpen && one.copy.lease.epoch >= host.epoch) {
					host.epoch = one.copy.lease.epoch;
					host.obeyed.set(host.epoch, (host.obeyed.get(host.epoch) ?? new Set()).add(one.device));
					one.copy = written(one.copy, `${one.device} ${next++}`);
				}

				break;
			case 3:
				one.copy = one.isOpen && chance.fraction() < 0.6 ? {...one.copy, isReleased: true} : one.copy;
				one.isOpen = false;
				break;
			case 4:
				// Mailed as it is; it replaces what the other one had, unless he works on that.
				other.copy = other.isOpen ? other.copy : one.copy;
		}

		merged += before.every((hash, index) => one.copy.events[index] === hash) ? 0 : 1;
		forks += relationOf(one.copy.events, other.copy.events).kind === 'fork' ? 1 : 0;
	}

	return {forks, shared: [...host.obeyed.values()].filter(devices => devices.size > 1).length, merged, refused};
}

function opened({by, device, deviceKey, copy}: Laptop, resumed: Resumption & {kind: 'granted'}, name: string): Copy {
	return {...written(copy, name), lease: {by, device, deviceKey, epoch: resumed.epoch, since: ''}};
}

/** Each name is given once, and a hash is over all before: the names in a row stand for that. */
function written(copy: Copy, name: string): Copy {
	return {...copy, events: [...copy.events, `${copy.events.at(-1)}/${name}`], isReleased: false};
}

function liveManyTimes(count: number, decide: Decide): Readonly<Record<keyof Story, number>> {
	const chance = new Chance(2);
	const total = {forks: 0, shared: 0, merged: 0, refused: 0};
	for (let number = 0; number < count; number++) {
		const story = live(chance, decide);
		total.forks += story.forks > 0 ? 1 : 0;
		total.shared += story.shared;
		total.merged += story.merged;
		total.refused += story.refused;
	}

	return total;
}

test('of two laptops with copies of one run, no host obeys both in one epoch, and a fork is never merged', () => {
	const count = cases(5000, 100_000);
	const {forks, shared, merged, refused} = liveManyTimes(count, resumption);
	tell('forks', {
		'stories of two laptops': count,
		'with a fork': forks,
		'resumes refused': refused,
		'epochs shared': shared,
		'copies merged': merged,
	});
	expect(forks).toBeGreaterThan(count / 20);
	expect(refused).toBeGreaterThan(count / 20);
	expect({shared, merged}).toEqual({shared: 0, merged: 0});
});

test('control: without the lease check a host obeys two laptops in one epoch', () => {
	const everybodyMay: Decide = ({lease}) => ({kind: 'granted', epoch: lease.epoch + 1, takenFrom: undefined});
	expect(liveManyTimes(200, everybodyMay).shared).toBeGreaterThan(0);
});
