import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {expect, test} from 'vitest';
import {labTransport} from '../../src/cli/lab-transport.js';
import {foldRun} from '../../src/cli/run-list.js';
import {openSession} from '../../src/cli/session.js';
import {specOfResumedRun} from '../../src/cli/start-run.js';
import type {RunHandle} from '../../src/engine/handle.js';
import {createVault} from '../../src/engine/vault.js';
import type {StepGraph} from '../../src/graph/graph.js';
import {openLab} from '../../src/lab/start.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import type {Request} from '../../src/run/request.js';
import type {Question, RunState} from '../../src/run/state.js';
import {lookAtKeptOutput, lookAtRun} from '../../src/store/look.js';
import {verifyRun} from '../../src/store/verify.js';
import {createTransport} from '../../src/transport/transport.js';
import {plainLine} from '../../src/view/plain-line.js';
import {Fieldbook, root} from '../cli/fieldbook.js';
import {cases, tell} from '../ring.js';

/**
The real program with the lab's hosts, killed with SIGKILL at its n-th write to the run file, just before the commit or just
after it, and gone on with until its end. What the program cannot know is looked up on the host.
*/

const folder = join(root, 'test/rings/kill');
const CASES = cases(24, 2000);
const AT_ONCE = 3;

/** `write` counts from 1, or names an event of the write. */
type Death = {readonly when: 'before' | 'after'; readonly write: number | string};

/** What a step does on a host stands there once each. */
const COUNTED = {
	esxi1: {script: 1, checked: 1, verified: 1, role: 1, long: 1, beside: 1},
	esxi2: {checked: 1, verified: 1},
};
type Told = {readonly doubles: readonly string[]; readonly lost: readonly string[]; readonly deaths: number};

/** A run with a state folder of its own, and everything that is done to it. */
class Rehearsal {
	readonly fieldbook = new Fieldbook();
	readonly file = join(this.fieldbook.folder, 'run.fieldbook');
	/** What the program has printed. */
	printed = '';
	/** What each write to the run file wrote, in order; empty for a life that was to die. */
	readonly writes: string[] = [];
	deaths = 0;

	/** The program with these words, which dies there; true: it did die. */
	async start(words: readonly string[], death?: Death): Promise<boolean> {
		const {fieldbook} = this;
		fieldbook.env['NODE_OPTIONS'] = `--import ${join(folder, 'die-at-write.js')}`;
		fieldbook.env['DIE_AT_WRITE'] = death === undefined ? 'never:0' : `${death.when}:${death.write}`;
		const running = fieldbook.start(words);
		const {out, err} = await running.ended;
		this.writes.push(...err.split('\n').flatMap(line => (line.startsWith('wrote ') ? [line.slice(6)] : [])));
		const hasDied = running.process.signalCode === 'SIGKILL';
		this.printed += out;
		this.deaths += hasDied ? 1 : 0;
		return hasDied;
	}

	begin(death?: Death): Promise<boolean> {
		return this.start(['rehearse', join(folder, 'every-kind.md'), '--run-file', this.file, '--plain', '--yes'], death);
	}

	resume(death?: Death): Promise<boolean> {
		return this.start(['resume', this.file, '--plain', '--yes'], death);
	}

	get state(): RunState {
		return lookAtRun(this.file).events.reduce(evolve, newRun);
	}

	/** To its end: the program by itself as far as it can, then a person who looks before he says what is so. */
	async bringToEnd(): Promise<void> {
		await this.resume();
		if (this.state.status !== 'finished') {
			await this.#answer();
		}
	}

	async #answer(): Promise<void> {
		// Where the device's key is
		process.env['FIELDBOOK_HOME'] = this.fieldbook.env['FIELDBOOK_HOME'];
		const {spec} = await specOfResumedRun(this.file, {pace: 'auto', detach: 'auto', speed: Infinity, takeOver: false});
		if (spec.world.kind !== 'lab') {
			throw new Error('It is no rehearsal');
		}

		const options = {...spec.world.lab, entry: join(root, 'dist/lab.js')};
		const lab = await openLab(options);
		const passwords = Object.fromEntries(Object.entries(lab.hosts).map(([name, {password}]) => [name, password]));
		const ssh = createTransport({
			...{home: this.fieldbook.folder, localUser: spec.localUser, secrets: createVault({password: passwords})},
			knownHosts: {files: [lab.knownHostsFile], policy: 'strict'},
		});
		const hosts = labTransport(lab.attend(ssh), lab, () => []);
		const isThere = async (step: string, host: string) => {
			const access = spec.plan.hosts[host];
			if (access === undefined) {
				throw new Error(`There is no host ${host}`);
			}

			const script = step === 'placed' ? 'test -e /tmp/placed' : `test -e /tmp/ran.${step}`;
			const command = {interpreter: ['sh', '-eu'], script, variables: {}, secrets: {}, as: undefined} as const;
			const {signal} = new AbortController();
			const outcome = await hosts.exec(access, {...command, job: 'look', timeoutMs: 60_000}, () => {}, signal);
			return outcome.kind === 'exited' && outcome.code === 0;
		};
		const handle = await openSession({...spec, world: {kind: 'lab', lab: options}});
		try {
			await answerAll(handle, spec.plan.graph, isThere);
		} finally {
			await handle.close();
			await hosts.close();
			await lab.close();
		}
	}

	/** What ran more often than it should have, and what was told of and is not in the file. */
	told(): Told {
		const {graph, seen} = foldRun(this.file);
		const {events} = seen;
		const words = new Set<string>();
		events.reduce((before, recorded) => {
			const after = evolve(before, recorded);
			for (const line of plainLine(graph, recorded, before, after)?.split('\n') ?? []) {
				words.add(wordsOf(line));
			}

			return after;
		}, newRun);
		const lines = this.printed.split('\n').filter(line => /^\d\d:\d\d:\d\d /.test(line));
		return {
			doubles: Object.entries(COUNTED).flatMap(([host, steps]) => this.#doubles(host, steps)),
			lost: lines.filter(line => !words.has(wordsOf(line))),
			deaths: this.deaths,
		};
	}

	#doubles(host: string, steps: Readonly<Record<string, number>>): readonly string[] {
		const {attempt = 0} = this.state.progress.get(`count@${host}`) ?? {};
		const printed = Buffer.concat(
			lookAtKeptOutput(this.file, {step: 'count', host, attempt, part: 'run'}).map(({bytes}) => bytes),
		).toString();
		const expected = Object.entries(steps).map(([step, times]) => `${step} ${times}`);
		const counted = printed.split('\n').filter(line => line !== '');
		return [
			...counted.filter(line => !expected.includes(line)).map(line => `${host}: ${line}`),
			...expected.filter(line => !counted.includes(line)).map(line => `${host}: not ${line}`),
		];
	}
}

/** > | 09:04:03 ✔ script esxi1                done after 0 s */
function wordsOf(line: string): string {
	return line.slice('09:04:03 ✔'.length).trim();
}

/** Begins, lets the lab do what is done by hand, and says of what is unknown how it is on the host. */
async function answerAll(
	handle: RunHandle,
	graph: StepGraph,
	isThere: (step: string, host: string) => Promise<boolean>,
): Promise<void> {
	let state = newRun;
	for (;;) {
		const changed = Promise.withResolvers<void>();
		const unsubscribe = handle.subscribe(() => changed.resolve());
		const {events} = await handle.pull({afterSeq: state.lastSeq, output: undefined});
		state = events.reduce(evolve, state);
		if (state.status === 'finished') {
			unsubscribe();
			return;
		}

		const [question] = questions(graph, state);
		const requests = question === undefined ? [] : await answersTo(question, state, isThere);
		for (const request of requests) {
			const answer = await handle.request(request);
			// What stands in the file is seen before the hosts are met anew
			if (!answer.accepted && request.kind !== 'begin') {
				throw new Error(`${JSON.stringify(request)} was refused: ${answer.because}`);
			}
		}

		if (requests.length === 0 || requests[0]?.kind === 'begin') {
			await Promise.race([changed.promise, handle.ended]);
		}

		unsubscribe();
	}
}

async function answersTo(
	question: Question,
	state: RunState,
	isThere: (step: string, host: string) => Promise<boolean>,
): Promise<readonly Request[]> {
	switch (question.kind) {
		case 'begin':
		case 'resume':
			return [{kind: 'begin'}];
		case 'gate':
			return [{kind: 'pass-gate', step: question.step, typed: question.names}];
		case 'manual':
			return [{kind: 'hand', step: question.step, host: question.host}];
		case 'failed':
			return [{kind: 'retry', step: question.step}];
		case 'unknown': {
			const {step, hosts} = question;
			const [host = ''] = hosts;
			if (await isThere(step, host)) {
				return [{kind: 'mark', step, host, as: 'done', reason: 'seen there'}];
			}

			return state.progress.get(`${step}@${host}`)?.checkSaid === 'not-there'
				? [{kind: 'retry', step, host}]
				: [{kind: 'mark', step, host, as: 'failed', reason: 'not there'}];
		}

		case 'go':
		case 'trust':
		case 'choose-host':
		case 'choose-way':
		case 'evidence':
		case 'undone':
			throw new Error(`Nobody expected to be asked ${question.kind}`);
	}
}

/** One run with its deaths; what came of it. */
async function withDeaths(deaths: readonly Death[]): Promise<Told> {
	const rehearsal = new Rehearsal();
	try {
		const [first, ...others] = deaths;
		await rehearsal.begin(first);
		for (const death of others) {
			await rehearsal.resume(death);
		}

		if (existsSync(rehearsal.file) && lookAtRun(rehearsal.file).events.length > 0) {
			await rehearsal.bringToEnd();
			expect(verifyRun(rehearsal.file).problems).toEqual([]);
			return rehearsal.told();
		}

		// Nothing was begun, and nothing can have been told
		return {doubles: [], lost: rehearsal.printed.split('\n').filter(line => line !== ''), deaths: rehearsal.deaths};
	} finally {
		await rehearsal.fieldbook.remove();
	}
}

/** The deaths of each case: at each write in turn, before and after its commit, and where there are more cases, several in a row. */
function deathsFor(index: number, all: number, writes: number): readonly Death[] {
	const every = 2 * writes;
	const at = all < every ? Math.floor((index * every) / all) : index % every;
	const first: Death = {when: at % 2 === 0 ? 'before' : 'after', write: 1 + Math.floor(at / 2)};
	const more = Math.floor(index / every);
	const later = Array.from({length: more % 4}, (_, number): Death => {
		const chosen = (index * 7919 + number * 104_729) % 24;
		return {when: chosen % 2 === 0 ? 'before' : 'after', write: 1 + Math.floor(chosen / 2)};
	});
	return [first, ...later];
}

/** Two thousand programs, each with a lab of its own, take their time. */
const patience = {timeout: cases(300_000, 3 * 3_600_000)};

test('killed at every write, nothing runs twice and nothing that was told is lost', patience, async () => {
	const whole = new Rehearsal();
	await whole.begin();
	expect(whole.told()).toEqual({doubles: [], lost: [], deaths: 0});
	const {length: writes} = whole.writes;
	await whole.fieldbook.remove();
	expect(writes).toBeGreaterThan(25);

	const found: Told[] = [];
	let next = 0;
	const work = async () => {
		while (next < CASES) {
			const deaths = deathsFor(next++, CASES, writes);
			const told = await withDeaths(deaths);
			const {doubles, lost} = told;
			expect({deaths, doubles, lost}).toEqual({deaths, doubles: [], lost: []});
			found.push(told);
		}
	};
	await Promise.all(Array.from({length: AT_ONCE}, work));
	tell('kill-at-every-write', {
		runs: found.length,
		'writes in a run': writes,
		kills: found.reduce((sum, {deaths}) => sum + deaths, 0),
		'double runs': found.reduce((sum, {doubles}) => sum + doubles.length, 0),
		'told and lost': found.reduce((sum, {lost}) => sum + lost.length, 0),
	});
});

test('control: where an intent is forgotten, the step runs twice', async () => {
	const rehearsal = new Rehearsal();
	try {
		expect(await rehearsal.begin({when: 'before', write: 'PartEnded script esxi1 run'})).toBe(true);
		const db = new DatabaseSync(rehearsal.file);
		db.exec("DELETE FROM event WHERE seq >= (SELECT max(seq) FROM event WHERE type = 'PartIntended')");
		db.close();
		await rehearsal.bringToEnd();
		expect(rehearsal.told().doubles).toContain('esxi1: script 2');
	} finally {
		await rehearsal.fieldbook.remove();
	}
});
