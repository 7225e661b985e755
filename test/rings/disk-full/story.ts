import {closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Store} from '../../../src/engine/ports.js';
import {exitStatusOf} from '../../../src/run/exit-status.js';
import {DISK_FULL} from '../../../src/run/stage.js';
import {createRunFile, openRunFile} from '../../../src/store/run-file.js';
import {verifyRun} from '../../../src/store/verify.js';
import type {RunFile} from '../../../src/store/writer.js';
import {UserError} from '../../../src/text/user-error.js';
import {FakeTransport, ok, print, Run} from '../../engine/fake-world.js';
import {graphOf, step} from '../../run/given.js';

/**
Runs on a small disk of its own, which somebody else fills at the n-th write; in every third case he takes what the
reserve gave back too. Prints what came of it as JSON. Arguments: the disk, the first write, how many.
*/
const [disk = '', first = '', count = ''] = process.argv.slice(2);
const filler = join(disk, 'filler');
const steps = Number(first) + Number(count) + 5;
const graph = graphOf(Array.from({length: steps}, (_, index) => step(`s${index}`)));

/** All of what is free, to the last byte. */
function fill(): void {
	const file = openSync(filler, 'a');
	try {
		for (let size = 1024 * 1024; size >= 512; ) {
			try {
				writeSync(file, Buffer.alloc(size));
			} catch {
				size /= 2;
			}
		}
	} finally {
		closeSync(file);
	}
}

function free(): void {
	rmSync(filler, {force: true});
}

/** The store, and somebody who fills its disk right before these writes. */
function filledAt(run: RunFile, writes: ReadonlySet<number>): Store {
	let written = 0;
	const append: Store['append'] = async (events, at) => {
		written += 1;
		if (writes.has(written)) {
			fill();
		}

		return run.append(events, at);
	};
	return new Proxy(run, {
		get: (target, name) => {
			const value: unknown = Reflect.get(target, name);
			return name === 'append' ? append : typeof value === 'function' ? value.bind(target) : value;
		},
	});
}

/** Each script says something, and notes whether its intent could be read when it came. */
class Witness extends FakeTransport {
	readonly run: string[] = [];
	unintended = 0;

	constructor(store: () => Store) {
		super();
		this.behaviour = ({command: {job}}, sink) => {
			const isIntended = Iterator.from(store().read(0)).some(
				({event}) => event.type === 'PartIntended' && event.job === job,
			);
			this.unintended += isIntended ? 0 : 1;
			this.run.push(job);
			print(sink, `${job}\n`.repeat(500));
			return ok;
		};
	}
}

const found = {
	cases: 0,
	paused: 0,
	notBegun: 0,
	ended: 0,
	unintended: 0,
	lost: 0,
	ranTwice: 0,
	refusedWhileFull: 0,
	unknown: 0,
};

async function story(n: number): Promise<void> {
	const folder = join(disk, 'run');
	mkdirSync(folder);
	const path = join(folder, 'a.fieldbook');
	const isGreedy = n % 3 === 0;
	let store = filledAt(createRunFile(path, {}, []), new Set(isGreedy ? [n, n + 1, n + 2] : [n]));
	const transport = new Witness(() => store);
	const run = new Run(graph, {store, transport});
	const ended = run.handle.ended.then(
		() => 'paused',
		error => error,
	);
	const isRefused = await run.begin().then(
		() => false,
		error => /The disk of .* is full/.test(error.message),
	);
	const how = isRefused && store.shortOfRoom(0) !== undefined ? 'not begun' : await ended;
	const acknowledged = Iterator.from(store.read(0)).toArray();
	if (how === 'not begun') {
		free();
		found.notBegun += 1;
		await run.finish();
		await run.handle.close();
		await store.close();
	} else if (how === 'paused') {
		await run.until(({status}) => status === 'paused');
		expect(
			run.state.pausedBecause === DISK_FULL && exitStatusOf(graph, run.state) === 5,
			'It was paused for another reason',
		);
		fill();
		const {accepted} = await run.handle.request({kind: 'begin'});
		found.refusedWhileFull += accepted ? 0 : 1;
		free();
		found.paused += 1;
		await run.ask({kind: 'begin'});
		await run.until(({status}) => status === 'finished');
		await run.handle.close();
		await store.close();
	} else {
		expect(how instanceof UserError && how.code === 'disk-full' && how.status === 5, `It ended with ${how}`);
		await run.handle.close();
		await store.close().catch(error => expect(error instanceof UserError, `It was closed with ${error}`));
		free();
		found.ended += 1;
		const again = openRunFile(path);
		store = again;
		const kept = [...again.read(0)];
		found.lost += acknowledged.filter(({seq}) => kept[seq - 1]?.seq !== seq).length;
		await goOn(again, transport);
	}

	found.unintended += transport.unintended;
	found.ranTwice += transport.run.length - new Set(transport.run.map(job => job.split('.')[1])).size;
	expect(verifyRun(path).problems.length === 0, `It was left damaged: ${verifyRun(path).problems.join(' ')}`);
	expect(readdirSync(folder).join() === 'a.fieldbook', `Something is left: ${readdirSync(folder).join()}`);
	rmSync(folder, {recursive: true});
	found.cases += 1;
}

/** As a person does who comes back: what is unknown he has seen to be done. */
async function goOn(store: RunFile, transport: Witness): Promise<void> {
	const resumed = {kind: 'resume', pace: undefined, by: 'ana', device: 'desk', version: '0'} as const;
	const run = new Run(graph, {store, transport, plan: {open: resumed}});
	await run.begin();
	const hasDoubt = () => [...run.state.progress].find(([, {state}]) => state === 'unknown');
	for (;;) {
		await run.until(({status}) => status === 'finished' || hasDoubt() !== undefined);
		const [doubt] = hasDoubt() ?? [];
		if (doubt === undefined) {
			break;
		}

		found.unknown += 1;
		const [id = ''] = doubt.split('@');
		await run.ask({kind: 'mark', step: id, as: 'done', reason: 'looked'});
		await run.until(({progress}) => progress.get(doubt)?.state === 'done');
	}

	await run.handle.close();
	await store.close();
}

function expect(isSo: boolean, words: string): void {
	if (!isSo) {
		throw new Error(words);
	}
}

for (let n = Number(first); n < Number(first) + Number(count); n++) {
	await story(n).catch(error => {
		throw new Error(`Filled at write ${n}: ${error}`, {cause: error});
	});
}

process.stdout.write(JSON.stringify(found));
