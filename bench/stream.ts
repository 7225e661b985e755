import {rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {eventsOf, fieldbook, placeRun} from './fieldbook.ts';
import {loadText, quantile} from './rounds.ts';
import {type Sshd, withSshd} from './sshd.ts';
import {pacedRunbook, tickingRunbook} from './synthetic.ts';
import {startInTerminal, type Terminal} from './terminal.ts';

const size = {columns: 160, rows: 45};
const megabytesPerSecond = 50;
const keys = 100;
const frozenMs = 3000;

/** The real program in a terminal of 160x45, while a host prints; and with a terminal that is stuck for a while. */
export async function stream(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		console.log(
			`\n## Key to frame while ${megabytesPerSecond} MB/s stream, ${keys} keys at 160x45\nload before: ${loadText()}\n`,
		);
		console.log('| round | p50 ms | p95 ms | max ms |\n|---|---|---|---|');
		for (let round = 1; round <= Math.min(rounds, 3); round++) {
			await keyToFrame(sshd, scratch, round);
		}

		console.log(`\nload after: ${loadText()}; goal: p95 under 100 ms`);
		await stuckTerminal(sshd, scratch);
	});
}

/** Opens and closes the help again and again: each frame differs from the one before wherever the output stands. */
async function keyToFrame(sshd: Sshd, scratch: string, round: number): Promise<void> {
	const {words, runFile} = placeRun(sshd, scratch, 'stream', pacedRunbook(megabytesPerSecond, 60));
	const terminal = startInTerminal([...sshd.inside, ...fieldbook('run', ...words)], size);
	try {
		await walkTo(terminal, screen => screen.includes('abcdef0123'));
		const waits: number[] = [];
		for (let key = 0; key < keys; key++) {
			const opens = key % 2 === 0;
			const pressed = terminal.press(opens ? '?' : '\x1b');
			const shown = await terminal.when(screen => isHelp(screen) === opens);
			waits.push(shown - pressed);
			// A person's keys fall anywhere between two looks at the output.
			await sleep(20 + Math.random() * 100);
		}

		console.log(`| ${[round, ...[0.5, 0.95, 1].map(share => quantile(waits, share).toFixed(1))].join(' | ')} |`);
	} finally {
		await terminal.stop();
		rmSync(runFile, {force: true});
	}
}

/** Short steps, one after another, while nobody reads what the program draws: the longest pause between their ends. */
async function stuckTerminal(sshd: Sshd, scratch: string): Promise<void> {
	const {words, runFile} = placeRun(sshd, scratch, 'ticks', tickingRunbook(100, 100, 100_000));
	const terminal = startInTerminal([...sshd.inside, ...fieldbook('run', ...words)], size);
	try {
		await walkTo(terminal, screen => /step \d+\/100/.test(screen) && screen.includes('abcdef0123'));
		const frozenAt = Date.now();
		terminal.freeze();
		await sleep(frozenMs);
		const thawedAt = Date.now();
		terminal.thaw();
		await terminal.when(screen => /finished/.test(screen));
		terminal.press('q');
		await terminal.ended;
		const ends = eventsOf(runFile).flatMap(({at, event}) => (event.type === 'PartEnded' ? [at] : []));
		const gaps = ends.slice(1).map((at, index) => ({at, gap: at - (ends[index] ?? at)}));
		const longest = (some: readonly {gap: number}[]) => Math.max(...some.map(({gap}) => gap));
		const stuck = gaps.filter(({at}) => at >= frozenAt && at <= thawedAt);
		const free = gaps.filter(({at}) => at < frozenAt || at > thawedAt);
		console.log(
			`\nA terminal that reads nothing for ${frozenMs} ms: ${stuck.length} steps ended meanwhile, the longest pause between two was ${longest(stuck)} ms; with a terminal that reads, ${longest(free)} ms`,
		);
	} finally {
		await terminal.stop();
		rmSync(runFile, {force: true});
	}
}

/** Through sheet and preflight; a question ignores keys in its first moments, so they are pressed again. */
async function walkTo(terminal: Terminal, isThere: (screen: string) => boolean): Promise<void> {
	let isShown = false;
	const shown = terminal.when(isThere).then(() => {
		isShown = true;
	});
	await terminal.when(screen => screen.includes('↵'));
	while (!isShown) {
		terminal.press('\r');
		await Promise.race([shown, sleep(400)]);
	}
}

function isHelp(screen: string): boolean {
	return screen.includes('╭─ Keys');
}
