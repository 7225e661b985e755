import {readdirSync} from 'node:fs';
import type {StepGraph} from '../graph/graph.js';
import {bindRows} from '../runbook/bind.js';
import {complete as candidatesFor} from './completion.js';
import {completionScript} from './completion-script.js';
import {openRunbookFile, withRows} from './open-runbook.js';
import {say} from './output.js';
import {runsFolder} from './places.js';
import type {CommandTable, CompletionShell} from './program.js';
import {findRunFile, foldRun} from './run-list.js';
import {openSheet} from './sheet.js';

/**
`fieldbook complete -- WORD...`: what may stand in place of the last word, one a line, with a tab before what it means;
`:files` asks the shell for file names too. What cannot be found out is left out: nobody reads errors while he types.
*/
export async function complete(words: readonly string[], table: CommandTable): Promise<number> {
	const candidates = candidatesFor(words, table, {steps: stepsOf, runs: runNames});
	if (candidates.length > 0) {
		await say(candidates.join('\n'));
	}

	return 0;
}

/** `fieldbook completion SHELL`. */
export async function completion(shell: CompletionShell): Promise<number> {
	await say(completionScript(shell));
	return 0;
}

function stepsOf(file: string): ReadonlyArray<{readonly id: string; readonly title: string}> {
	try {
		const isRun = file.endsWith('.fieldbook') || runNames().includes(file);
		const {nodes} = isRun ? foldRun(findRunFile(file, process.env)).graph : graphOf(file);
		return nodes.map(({step: {id, title}}) => ({id, title}));
	} catch {
		return [];
	}
}

function graphOf(file: string): StepGraph {
	const opened = openRunbookFile(file);
	const {tables} = bindRows(opened.runbook, openSheet(file, undefined, 'rehearsal').site);
	return withRows(opened, tables).graph;
}

function runNames(): readonly string[] {
	try {
		return readdirSync(runsFolder(process.env)).flatMap(name => /^(.+)\.fieldbook$/.exec(name)?.[1] ?? []);
	} catch {
		return [];
	}
}
