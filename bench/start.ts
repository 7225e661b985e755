import {join} from 'node:path';
import {bundle} from './bundle.ts';
import {fieldbook} from './fieldbook.ts';
import {type Case, printRatio, program, runRounds} from './rounds.ts';
import {startInTerminal, type Terminal} from './terminal.ts';

const bareInk = `import {render, Text} from 'ink';
import {createElement} from 'react';
render(createElement(Text, null, 'bare Ink'), {alternateScreen: true, exitOnCtrlC: false, patchConsole: true, maxFps: 60, interactive: true});
setInterval(() => {}, 1000);`;

/** Starting: what every command waits for, and what a person waits for before anything can be seen. */
export async function start(scratch: string, rounds: number): Promise<void> {
	const times = Math.max(rounds, 15);
	const version = await runRounds('--version', times, [
		program({label: 'fieldbook --version', command: fieldbook('--version')}),
		program({label: 'node -e 0', command: [process.execPath, '-e', '0']}),
	]);
	printRatio(version, 'fieldbook --version', 'node -e 0', 'at most 1.5');

	const ink = await bundle(bareInk, join(scratch, 'ink.mjs'));
	const frames = await runRounds('First frame in a terminal of 100x30', times, [
		untilShown('fieldbook: home', fieldbook(), 'fieldbook', terminal => terminal.press('q')),
		untilShown('bare Ink program', [process.execPath, ink], 'bare Ink', terminal => terminal.stop()),
		untilShown('fieldbook: home, with its list', fieldbook(), 'ESXi', terminal => terminal.press('q')),
	]);
	printRatio(frames, 'fieldbook: home', 'bare Ink program', 'at most 1.5');
	printRatio(frames, 'fieldbook: home, with its list', 'bare Ink program', 'none');
}

/** `leave`: as a person does, who starts it again tomorrow: what V8 compiled is kept at an end in order. */
function untilShown(
	label: string,
	command: readonly string[],
	text: string,
	leave: (terminal: Terminal) => unknown,
): Case {
	return {
		label,
		async run() {
			const start = performance.now();
			const terminal = startInTerminal(command, {columns: 100, rows: 30});
			const at = await terminal.when(screen => screen.includes(text));
			leave(terminal);
			await terminal.ended;
			return {seconds: (at - start) / 1000, peakMiB: Number.NaN, treeMiB: Number.NaN};
		},
	};
}
