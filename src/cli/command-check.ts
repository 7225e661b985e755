import {formatProblems} from '../document/format-problem.js';
import type {Problem} from '../document/problem.js';
import {formatGraph} from '../graph/format.js';
import {bindRows} from '../runbook/bind.js';
import {printableJson} from '../text/printable-json.js';
import {sanitiseLine} from '../text/sanitise.js';
import {type OpenedFile, openRunbookFile, withRows} from './open-runbook.js';
import {say, warn} from './output.js';
import type {GraphOptions} from './program.js';
import {countStepsBeside, openSheet, stepWords} from './sheet.js';
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
	const opened = toldOnce(files.map(openRunbookFile));
	const problems = opened.flatMap(file => file.problems);
	const status = problems.some(({severity}) => severity === 'error') ? 2 : 0;
	if (json) {
		return {text: printableJson(problems.map(forJson), '\t'), status};
	}

	const texts = opened.map(one =>
		one.problems.length > 0
			? formatProblems(one.problems, one.sources)
			: `${sanitiseLine(one.file)}: no ${one.isWithout ? '' : 'other '}problems, ${stepWords(countStepsBeside(one))}`,
	);
	return {text: texts.join('\n'), status};
}

/** A document may be looked at for itself and as a part of others: what is wrong with it is told where it is met first. */
function toldOnce(opened: readonly OpenedFile[]): ReadonlyArray<OpenedFile & {readonly isWithout: boolean}> {
	const told = new Set<string>();
	return opened.map(file => {
		const problems = file.problems.filter(problem => !told.has(placeOf(problem)));
		for (const problem of problems) {
			told.add(placeOf(problem));
		}

		return {...file, problems, isWithout: file.problems.length === 0};
	});
}

function placeOf({file, at, code}: Problem): string {
	return `${at.line}:${at.column} ${code} ${file}`;
}

/**
`fieldbook graph`: phases with `each` are repeated for the rows of the sheet; where it has none, they stand there once.

Prints the graph even of a document with errors, and says on standard error that it has some.
*/
export async function graph(file: string, {format, site}: GraphOptions): Promise<number> {
	const written = openRunbookFile(file);
	const sheet = openSheet(file, site, 'rehearsal');
	const {tables, problems} = bindRows(written.runbook, sheet.site);
	const opened = withRows(written, tables);
	await say(formatGraph(opened.runbook, opened.graph, format));
	const errors = opened.problems.filter(({severity}) => severity === 'error');
	const ofRows = problems.filter(({severity}) => severity === 'error');
	if (errors.length + ofRows.length > 0) {
		const texts = [
			...(errors.length === 0 ? [] : [formatProblems(errors, opened.sources)]),
			...(ofRows.length === 0 ? [] : [formatProblems(ofRows, sheet.text)]),
		];
		await warn(`${texts.join('\n')}\nThe graph above is what could be understood.`);
		return 2;
	}

	return 0;
}

function forJson({file, at: {line, column}, severity, code, message, help}: Problem) {
	return {file, line, column, severity, code, message, help};
}
