import {formatProblems} from '../document/format-problem.js';
import type {Problem} from '../document/problem.js';
import {formatGraph} from '../graph/format.js';
import {sanitiseLine} from '../text/sanitise.js';
import {openRunbookFile} from './open-runbook.js';
import {say, warn} from './output.js';
import type {GraphFormat} from './program.js';
import {watchAndPrint} from './watch-files.js';

type CheckOptions = {readonly json: boolean; readonly watch: boolean};

/** `fieldbook check`: 0 if no file has an error, else 2. Warnings are printed and change nothing. */
export async function check(files: readonly string[], {json, watch}: CheckOptions): Promise<number> {
	let status = 0;
	const look = async () => {
		const found = lookAt(files, json);
		status = found.status;
		return found.text;
	};
	if (watch) {
		await watchAndPrint(files, look, say);
	} else {
		await say(await look());
	}

	return status;
}

function lookAt(files: readonly string[], json: boolean): {readonly text: string; readonly status: number} {
	const opened = files.map(openRunbookFile);
	const problems = opened.flatMap(file => file.problems);
	const status = problems.some(({severity}) => severity === 'error') ? 2 : 0;
	if (json) {
		return {text: JSON.stringify(problems.map(forJson), undefined, '\t'), status};
	}

	const texts = opened.map(({file, source, problems: own, runbook}) =>
		own.length === 0
			? `${sanitiseLine(file)}: no problems, ${counted(runbook.steps.length, 'step')}`
			: formatProblems(own, source),
	);
	return {text: texts.join('\n'), status};
}

/** `fieldbook graph`: prints the graph even of a document with errors, and says on standard error that it has some. */
export async function graph(file: string, {format}: {readonly format: GraphFormat}): Promise<number> {
	const opened = openRunbookFile(file);
	await say(formatGraph(opened.runbook, opened.graph, format));
	const errors = opened.problems.filter(({severity, code}) => severity === 'error' && code !== 'not-yet');
	if (errors.length > 0) {
		await warn(`${formatProblems(errors, opened.source)}\nThe graph above is what could be understood.`);
		return 2;
	}

	return 0;
}

function forJson({file, at: {line, column}, severity, code, message, help}: Problem) {
	return {file, line, column, severity, code, message, help};
}

function counted(count: number, thing: string): string {
	return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
