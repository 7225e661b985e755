import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {HostAccess, JobRef, Transport} from '../../src/engine/ports.js';
import type {Outcome} from '../../src/run/outcome.js';
import {cases, tell} from '../ring.js';
import {Chance} from '../simulation/chance.js';
import {haveSsh} from '../ssh.js';
import {haveSshd, type Sshd, startSshd} from '../sshd.js';
import {begin, command, type Exec, hostOf, transportFor} from '../transport/parts.js';

/**
Scripts on a real OpenSSH server, behind a proxy that cuts their connections after random numbers of bytes: while keys
are agreed on, in the middle of a script, in the middle of its output. What ran is counted on the host.
*/
const lanes = 4;

/** What goes up before a script: keys are agreed on, somebody logs in, our launcher. */
const beforeScript = 14_000;

/** After so many bytes in this direction the connection is gone. */
type Cut = {readonly direction: 'up' | 'down'; readonly afterBytes: number};

/** A way to the server with its own luck: each connection asks `draw` whether and where it is cut. */
class CuttingProxy {
	cuts = 0;
	/** Of them: so far up that a script was being sent. */
	inScript = 0;
	readonly #server: Server;

	constructor(target: number, draw: () => Cut | undefined) {
		this.#server = createServer(client => {
			const server = connect(target, '127.0.0.1');
			const cut = draw();
			this.#carry(client, server, true, cut?.direction === 'up' ? cut.afterBytes : undefined);
			this.#carry(server, client, false, cut?.direction === 'down' ? cut.afterBytes : undefined);
		});
	}

	async listen(): Promise<number> {
		await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
		return (this.#server.address() as AddressInfo).port;
	}

	/** Bytes go as they come, and the last of them before the cut still arrive. */
	#carry(from: Socket, to: Socket, isUp: boolean, limit: number | undefined): void {
		let left = limit ?? Number.POSITIVE_INFINITY;
		from.on('data', (bytes: Buffer) => {
			if (left <= 0) {
				return;
			}

			const part = bytes.subarray(0, left);
			left -= bytes.length;
			to.write(part, () => {
				if (left <= 0) {
					to.destroy();
					from.destroy();
				}
			});
			if (left <= 0) {
				this.cuts += 1;
				this.inScript += isUp && (limit ?? 0) > beforeScript ? 1 : 0;
			}
		});
		from.on('close', () => to.end());
		from.on('error', () => to.destroy());
	}

	close(): void {
		this.#server.close();
	}
}

/** What one script is to print, and to leave behind on the host. */
type Work = {
	readonly name: string;
	readonly script: string;
	readonly out: string;
	readonly err: string;
	readonly code: number;
};

/** Long scripts are longer than what goes through one network buffer; their first line already leaves a mark. */
function workOf(name: string, folder: string, chance: Chance): Work {
	const padding = chance.below(2) === 0 ? '' : `: '${'padding '.repeat(chance.below(25_000))}'\n`;
	const lines = 20 + chance.below(300);
	const code = chance.below(4);
	const line = (number: number) => `line ${number} of ${name}, with some words behind it`;
	const script = `echo begun >>${folder}/${name}
${padding}n=0
while [ "$n" -lt ${lines} ]; do
	echo "${line(0).replace('line 0', 'line $n')}"
	case $n in *0) echo "err $n" >&2 ;; *50) sleep 0.05 ;; esac
	n=$((n + 1))
done
echo ended >>${folder}/${name}
exit ${code}
`;
	const numbers = Array.from({length: lines}, (_, number) => number);
	return {
		name,
		script,
		out: numbers.map(number => `${line(number)}\n`).join(''),
		err: numbers
			.filter(number => number % 10 === 0)
			.map(number => `err ${number}\n`)
			.join(''),
		code,
	};
}

/** The handshake takes three to four thousand bytes each way, the launcher eight thousand more. */
function drawCut(chance: Chance): Cut | undefined {
	switch (chance.below(5)) {
		case 0:
			return undefined;
		case 1:
			return {direction: chance.below(2) === 0 ? 'up' : 'down', afterBytes: 1 + chance.below(5000)};
		case 2:
		case 3:
			return {direction: 'up', afterBytes: 5000 + chance.below(chance.below(2) === 0 ? 15_000 : 200_000)};
		default:
			return {direction: 'down', afterBytes: 3000 + chance.below(15_000)};
	}
}

/** How a script is brought to its end on one lane; gives what was printed at last. */
type Way = (transport: Transport, host: HostAccess, work: Work, figures: Figures) => Promise<Settled>;

type Settled = {readonly outcome: Outcome; readonly out: string; readonly err: string};

type Figures = {cuts: number; inScript: number; scripts: number; followed: number; lookedUp: number};

describe.skipIf(!haveSshd())('links that are cut', () => {
	let sshd: Sshd;
	const state = mkdtempSync(join(tmpdir(), 'fieldbook-link-cuts-'));
	beforeAll(async () => {
		sshd = await startSshd({config: [`SetEnv XDG_STATE_HOME=${state}`]});
	});
	afterAll(async () => {
		await sshd.stop();
		rmSync(state, {recursive: true});
	});

	/** Works on all lanes until so many connections were cut; what ran is then in the folder. */
	async function hunt(seed: number, wanted: number, folder: string, way: Way, draw = drawCut) {
		mkdirSync(folder);
		const figures: Figures = {cuts: 0, inScript: 0, scripts: 0, followed: 0, lookedUp: 0};
		const wrong: string[] = [];
		const settle = async (lane: number) => {
			const chance = new Chance(seed * lanes + lane);
			const proxy = new CuttingProxy(sshd.port, () => draw(chance));
			const port = await proxy.listen();
			for (let number = 0; figures.cuts < wanted; number += 1) {
				const work = workOf(`s${lane}-${number}`, folder, chance);
				// Half of them give up at the first cut, so that look-ups have their share
				const forMs = chance.below(2) === 0 ? 0 : 30_000;
				const transport = transportFor(sshd, {timing: {rejoin: {pauses: [10, 50], forMs}}});
				const {cuts, inScript} = proxy;
				const {outcome, out, err} = await way(transport, hostOf(sshd, {port}), work, figures);
				await transport.close();
				figures.cuts += proxy.cuts - cuts;
				figures.inScript += proxy.inScript - inScript;
				figures.scripts += 1;
				if (outcome.kind !== 'exited' || outcome.code !== work.code || out !== work.out || err !== work.err) {
					wrong.push(`${work.name}: ${JSON.stringify(outcome)}, ${out.length} and ${err.length} bytes`);
				}
			}

			proxy.close();
		};
		await Promise.all(Array.from({length: lanes}, (_, lane) => settle(lane)));
		const marks = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'));
		const count = (mark: string, text: string) => text.split(`${mark}\n`).length - 1;
		return {
			figures,
			wrong,
			ran: marks.length,
			doubles: marks.filter(text => count('begun', text) > 1).length,
			truncated: marks.filter(text => count('begun', text) > count('ended', text)).length,
		};
	}

	/** As the engine does it: a lost job is looked up and followed; what never began is a new attempt. */
	const asJobs: Way = async (transport, host, work, figures) => {
		for (let attempt = 1; ; attempt += 1) {
			const contact = await transport.contact(host, undefined);
			const boot = contact.kind === 'reached' ? (contact.facts.bootId ?? undefined) : undefined;
			if (boot === undefined) {
				continue;
			}

			const job: JobRef = {job: `${runId}.${work.name}.web-1.${attempt}.run`, as: undefined, boot, epoch: 1};
			const exec: Exec = (remote, sink, cancel) => transport.execJob(host, job, remote, sink, cancel);
			let settled = await begin(exec, command(work.script, {interpreter: ['sh']})).result;
			while (settled.outcome.kind === 'lost') {
				const seen = await transport.lookUpJob(host, job);
				figures.lookedUp += 1;
				if (seen.kind === 'running' || seen.kind === 'finished') {
					figures.followed += 1;
					const follow: Exec = (_, sink, cancel) => transport.followJob(host, job, sink, cancel);
					settled = await begin(follow, command('')).result;
				} else if (seen.kind !== 'unanswered') {
					settled = {...settled, outcome: seen.kind === 'notStarted' ? seen : {kind: 'timedOut', afterMs: 0}};
				}
			}

			if (settled.outcome.kind !== 'notStarted') {
				await transport.forgetJob(host, job);
				return settled;
			}
		}
	};

	const runId = `cuts${process.pid}`;

	test('every script runs once and whole, and all of its output arrives', async () => {
		const {figures, wrong, ran, doubles, truncated} = await hunt(
			4711,
			cases(100, 1000),
			join(sshd.folder, 'jobs'),
			asJobs,
		);
		tell('link-cuts', {...named(figures), 'run twice': doubles, 'truncated scripts run': truncated});

		expect(wrong).toEqual([]);
		expect({ran, doubles, truncated}).toEqual({ran: figures.scripts, doubles: 0, truncated: 0});
		expect(figures.followed).toBeGreaterThan(5);
	});

	test('to run again what was lost runs scripts twice: the ring can see it', async () => {
		const again: Way = async (transport, host, work) => {
			for (;;) {
				const exec: Exec = (remote, sink, cancel) => transport.exec(host, remote, sink, cancel);
				const settled = await begin(exec, command(work.script, {interpreter: ['sh']})).result;
				if (settled.outcome.kind === 'exited') {
					return settled;
				}
			}
		};
		const {figures, doubles} = await hunt(4712, cases(25, 100), join(sshd.folder, 'again'), again);
		tell('link-cuts, run again when lost', {cuts: figures.cuts, scripts: figures.scripts, 'run twice': doubles});

		expect(doubles).toBeGreaterThan(0);
	});

	test.skipIf(!haveSsh())(
		'a script that nobody checks runs although its end is missing: the ring can see it',
		async () => {
			const unchecked: Way = (_, {port, user}, work) =>
				new Promise(resolve => {
					const known = [
						'-o',
						'StrictHostKeyChecking=no',
						'-o',
						'UserKnownHostsFile=/dev/null',
						'-o',
						'LogLevel=ERROR',
					];
					const file = `${sshd.folder}/${work.name}.sh`;
					const ssh = spawn(
						'ssh',
						[
							'-F',
							'/dev/null',
							...known,
							'-i',
							sshd.userKey,
							'-p',
							`${port}`,
							`${user}@127.0.0.1`,
							`cat >${file}; sh ${file}`,
						],
						{stdio: ['pipe', 'ignore', 'ignore']},
					);
					ssh.stdin.on('error', () => {});
					ssh.stdin.end(work.script);
					ssh.on('close', code => resolve({outcome: {kind: 'exited', code: code ?? 255}, out: '', err: ''}));
				});
			const inScript = (chance: Chance): Cut => ({direction: 'up', afterBytes: 5000 + chance.below(60_000)});
			const {figures, truncated} = await hunt(
				4713,
				cases(20, 100),
				join(sshd.folder, 'unchecked'),
				unchecked,
				inScript,
			);
			tell('link-cuts, unchecked', {cuts: figures.cuts, scripts: figures.scripts, 'truncated scripts run': truncated});

			expect(truncated).toBeGreaterThan(0);
		},
	);
});

function named({cuts, inScript, scripts, followed, lookedUp}: Figures): Readonly<Record<string, number>> {
	return {cuts, 'in the middle of a script': inScript, scripts, 'look-ups': lookedUp, 'followed again': followed};
}
