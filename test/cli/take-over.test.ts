import {copyFileSync, existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {homeListings} from '../../src/cli/home-listing.js';
import type {HomeListing} from '../../src/ui/workbench.js';
import {Fieldbook, root} from './fieldbook.js';

const book = join(root, 'test/cli/power/power.md');

/** The same machine seen as two: each laptop has a state folder of its own, and so a key of its own. */
let ana: Fieldbook;
let ben: Fieldbook;
beforeAll(() => {
	ana = new Fieldbook();
	ben = new Fieldbook();
});
afterAll(async () => {
	await ana.remove();
	await ben.remove();
});

/** A rehearsal of Ana's that was killed on the way, as a file of this name in Ben's folder. */
async function leftByAna(name: string): Promise<string> {
	const runFile = join(ana.folder, `${name}.fieldbook`);
	const killed = ana.start(['rehearse', book, '--run-file', runFile, '--speed', '20']);
	await killed.prints(/▶ still/);
	killed.process.kill('SIGKILL');
	await killed.ended;
	const copy = join(ben.folder, `${name}.fieldbook`);
	copyRun(runFile, copy);
	return copy;
}

/** Resumes a run, and closes it while a host boots. */
async function goOnForAWhile(who: Fieldbook, ...run: readonly string[]): Promise<void> {
	const resumed = who.start(['resume', ...run]);
	await resumed.prints(/▶ power-on/);
	resumed.process.kill('SIGINT');
	await resumed.ended;
}

/** As it was left: what was written last stands in the companion. */
function copyRun(from: string, to: string): void {
	for (const companion of ['', '-wal'].filter(ending => existsSync(from + ending))) {
		copyFileSync(from + companion, to + companion);
	}
}

/** Where a laptop lists its runs. */
function runsOf({folder}: Fieldbook): string {
	const runs = join(folder, 'home', 'runs');
	mkdirSync(runs, {recursive: true});
	return runs;
}

/** What his home screen says of each run. */
async function notesAtHome({env}: Fieldbook): Promise<readonly string[]> {
	vi.stubEnv('FIELDBOOK_HOME', env['FIELDBOOK_HOME']);
	const listings: HomeListing[] = [];
	for await (const listing of homeListings(process.env, {own: '/nowhere', here: '/nowhere'})) {
		listings.push(listing);
	}
	vi.unstubAllEnvs();
	return listings.at(-1)?.unfinished.map(({note}) => note) ?? [];
}

describe('a run that another laptop left without closing it', () => {
	test('is refused with who holds it, until somebody takes it over, which is told for ever', async () => {
		const copy = await leftByAna('left');
		const refused = await ben.run('resume', copy);
		expect(refused.status).toBe(5);
		expect(refused.err).toMatch(/ holds the run since .*and has not let go of it/);
		expect(refused.err).toMatch(/--take-over/);
		expect((await ben.run('verify', copy)).out).toMatch(/events 1 to \d+ signed by nobody/);

		copyRun(copy, join(runsOf(ben), 'left.fieldbook'));
		expect((await ben.run('runs')).out).toMatch(/^left\n.*\n +held by .+ on .+/m);
		expect(await notesAtHome(ben)).toContainEqual(expect.stringMatching(/, held by .+ on .+/));

		const taken = await ben.run('resume', copy, '--take-over', '--yes');
		expect(taken.out).toMatch(/taken over by .* from .*, who had not let go of it/);
		const shown = await ben.run('show', copy);
		expect(shown.out).toMatch(/taken over .* from .*/);
		const {lease, takeOvers} = JSON.parse((await ben.run('show', copy, '--json')).out);
		expect(lease).toMatchObject({epoch: 1001});
		expect(takeOvers).toMatchObject([{epoch: 1001, from: {epoch: 1}}]);

		const verified = await ben.run('verify', copy);
		expect(verified.out).toMatch(/events 1 to \d+ signed by .*, key SHA256:\S+ \(of this device\)/);
		expect(verified.status).toBe(0);
	});

	test('is half a run without its companion, and says so', async () => {
		const copy = await leftByAna('half');
		copyFileSync(copy, join(runsOf(ben), 'half.fieldbook'));
		const {err, status} = await ben.run('resume', 'half');
		expect(err).toMatch(/half of a run.*\n.*fieldbook export/);
		expect(status).toBe(5);
		expect((await ben.run('runs')).out).toMatch(/^half\n +.*is half of a run/m);
	});

	test('goes on by itself on the laptop that held it', async () => {
		await leftByAna('own');
		const {out} = await ana.run('resume', join(ana.folder, 'own.fieldbook'));
		expect(out).toMatch(/resumed by/);
	});

	test('and that was closed there goes on anywhere', async () => {
		const runFile = join(ana.folder, 'closed.fieldbook');
		const stopped = ana.start(['rehearse', book, '--run-file', runFile, '--speed', '20']);
		await stopped.prints(/▶ still/);
		stopped.process.kill('SIGINT');
		expect((await stopped.ended).status).toBe(130);
		copyRun(runFile, join(ben.folder, 'closed.fieldbook'));
		const {out} = await ben.run('resume', join(ben.folder, 'closed.fieldbook'));
		expect(out).toMatch(/resumed by/);
		expect((await ben.run('verify', join(ben.folder, 'closed.fieldbook'))).out.match(/signed by/g)).toHaveLength(2);
	});
});

test('a host refuses whoever the run was taken from', {timeout: 180_000}, async () => {
	for (const file of ['long.md', 'lab.yaml', 'site.yaml']) {
		copyFileSync(join(root, 'test/cli/left', file), join(ana.folder, file));
	}

	const own = join(ana.folder, 'long.fieldbook');
	const killed = ana.start(['rehearse', 'long.md', '--run-file', own, '--pace', 'auto', '--speed', '3']);
	await killed.prints(/▶ copy ec1/);
	await ana.start(['log', own, '--follow']).prints(/copied 2 of 9/);
	killed.process.kill('SIGKILL');
	await killed.ended;
	const copy = ben.write('long.fieldbook', await ana.bytes('export', own, '--format', 'run'));

	const taken = ben.start(['resume', copy, '--take-over', '--pace', 'auto']);
	await taken.prints(/copy ec1 +looked up: it is running there/);
	const {out, status} = await ana.run('resume', own);
	expect(out).toMatch(/a colleague has taken the run over \(epoch 1001\)/);
	expect(out).toMatch(/ours is 2/);
	expect(status).toBe(3);
	taken.process.kill('SIGKILL');
	await taken.ended;
	expect((await ana.run('verify', own, '--against', copy)).err).toMatch(/went different ways after event \d+/);
});

describe('two copies of one run', () => {
	test('that went different ways are a fork: told by verify, runs and resume, merged by nobody', async () => {
		const copy = await leftByAna('fork');
		const own = join(ana.folder, 'fork.fieldbook');
		await goOnForAWhile(ana, own);
		await goOnForAWhile(ben, copy, '--take-over');

		copyRun(own, join(runsOf(ana), 'mine.fieldbook'));
		copyRun(copy, join(runsOf(ana), 'bens.fieldbook'));
		const forked = await ana.run('verify', 'mine', '--against', 'bens');
		expect(forked.status).toBe(5);
		expect(forked.err).toMatch(/different ways after event \d+/);
		const older = await ana.run('resume', 'mine');
		expect(older.status).toBe(5);
		expect(older.err).toMatch(/bens is the same run, gone another way after event \d+/);
		expect(await notesAtHome(ana)).toContainEqual(
			expect.stringMatching(/, the same run as bens, gone another way after event \d+/),
		);
		expect((await ana.run('runs')).out).toMatch(
			/^mine\n.*\n +the same run as bens, gone another way after event \d+$/m,
		);
	});
});
