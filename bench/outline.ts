import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {fieldbook, placeRun} from './fieldbook.ts';
import {loadText, quantile} from './rounds.ts';
import {type Sshd, withSshd} from './sshd.ts';
import {phasedRunbook} from './synthetic.ts';
import {startInTerminal, type Terminal} from './terminal.ts';

const size = {columns: 160, rows: 45};
const steps = 3000;
const keys = 100;
const idleMs = 10_000;
const ticksPerSecond = 100;

/** The run screen with 3,000 steps: from a key to its frame, while nothing happens and while steps run; what it costs to stand still. */
export async function outline(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		console.log(
			`\n## An outline of ${steps} steps at ${size.columns}x${size.rows}, ${keys} keys\nload before: ${loadText()}\n`,
		);
		console.log('| while | round | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|');
		for (let round = 1; round <= Math.min(rounds, 3); round++) {
			await keysTo(sshd, scratch, round, 'nothing happens', 'step');
			await keysTo(sshd, scratch, round, 'steps run', 'auto');
		}

		await standingStill(sshd, scratch);
		console.log(`load after: ${loadText()}; goal: p95 under 60 ms, idle about nothing`);
	});
}

/** Down through phases and steps, folding one now and then: each key moves the pointer or changes a row. */
async function keysTo(sshd: Sshd, scratch: string, round: number, title: string, pace: 'step' | 'auto'): Promise<void> {
	await atRun(sshd, scratch, pace, async terminal => {
		// An Enter too many may have led into another pane.
		terminal.press('1');
		terminal.press('\x1b[H');
		await terminal.when(screen => /▌ . Phase 1 /.test(screen));
		terminal.press('+');
		await terminal.when(screen => screen.includes('Step 2 of'));
		const waits: number[] = [];
		let chosen = chosenRow(terminal.screen());
		for (let key = 0; key < keys; key++) {
			const pressed = terminal.press(key % 20 === 19 ? '\x1b[6~' : '\x1b[B');
			const before = chosen;
			const shown = await terminal.when(screen => {
				chosen = chosenRow(screen);
				return chosen !== before;
			});
			waits.push(shown - pressed);
			await sleep(20 + Math.random() * 100);
		}

		console.log(`| ${[title, round, ...[0.5, 0.95, 1].map(share => quantile(waits, share).toFixed(1))].join(' | ')} |`);
	});
}

async function standingStill(sshd: Sshd, scratch: string): Promise<void> {
	await atRun(sshd, scratch, 'step', async terminal => {
		await sleep(2000);
		const before = cpuTicks(terminal.pid);
		await sleep(idleMs);
		const used = (cpuTicks(terminal.pid) - before) / ticksPerSecond;
		console.log(
			`\nStanding still for ${idleMs / 1000} s: ${used.toFixed(2)} s of CPU, ${((used / idleMs) * 100_000).toFixed(1)} %`,
		);
	});
}

async function atRun(
	sshd: Sshd,
	scratch: string,
	pace: 'step' | 'auto',
	work: (terminal: Terminal) => Promise<void>,
): Promise<void> {
	const {words, runFile} = placeRun(sshd, scratch, 'outline', phasedRunbook(steps, 20));
	const terminal = startInTerminal(
		[...sshd.inside, ...fieldbook('run', ...words.map(word => (word === 'auto' ? pace : word)))],
		size,
	);
	try {
		let isThere = false;
		const there = terminal
			.when(screen => screen.includes(`of ${steps}`))
			.then(() => {
				isThere = true;
			});
		await terminal.when(screen => screen.includes('↵'));
		while (!isThere) {
			terminal.press('\r');
			await Promise.race([there, sleep(400)]);
		}

		await work(terminal);
	} finally {
		await terminal.stop();
		rmSync(runFile, {force: true});
	}
}

/** The row with the pointer. Steps and phases have numbers: no two are alike. */
function chosenRow(screen: string): string {
	return /▌ *\S (.*?)(?: {2,}|[│├])/.exec(screen)?.[1] ?? '';
}

/** Of the program and all that it started, in the kernel's ticks. */
function cpuTicks(root: number): number {
	const processes = readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.flatMap(name => statOf(Number(name)) ?? []);
	const family = new Set([root]);
	for (let before = 0; before < family.size; ) {
		before = family.size;
		for (const {pid} of processes.filter(({parent}) => family.has(parent))) {
			family.add(pid);
		}
	}

	return processes.filter(({pid}) => family.has(pid)).reduce((sum, {ticks}) => sum + ticks, 0);
}

/** Undefined: it has ended. */
function statOf(pid: number): {pid: number; parent: number; ticks: number} | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
		return {pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12])};
	} catch {
		return undefined;
	}
}
