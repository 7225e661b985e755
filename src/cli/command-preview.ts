import {formatProblems} from '../document/format-problem.js';
import {evolve, newRun} from '../run/evolve.js';
import type {RunState} from '../run/state.js';
import type {BoundSite} from '../runbook/bind.js';
import {UserError} from '../text/user-error.js';
import {previewLines} from '../view/preview.js';
import type {TextLine, TextStyle} from '../view/text-line.js';
import {type OpenedFile, openRunbookFile, withRows} from './open-runbook.js';
import {say} from './output.js';
import type {PreviewOptions} from './program.js';
import {bindSheet, openSheet, readSet} from './sheet.js';
import {watchAndPrint} from './watch-files.js';

/**
`fieldbook preview`: prints the outline and each step with the values that the sheet has so far; connects to nothing.

0, or 2 if the runbook has errors: what could be understood is shown all the same.
*/
export async function preview(file: string, options: PreviewOptions): Promise<number> {
	if (options.watch) {
		await watchAndPrint([file], async () => shown(file, options).text, say);
		return 0;
	}

	const {text, status} = shown(file, options);
	await say(text);
	return status;
}

function shown(file: string, {site, set, step}: PreviewOptions): {readonly text: string; readonly status: number} {
	const written = openRunbookFile(file);
	const bound = bindSheet(written, openSheet(file, site, 'rehearsal'), readSet(set));
	const opened = withRows(written, bound.tables);
	const {graph} = opened;
	if (step !== undefined && !graph.nodes.some(node => node.step.id === step)) {
		throw new UserError('unknown-step', `There is no step ${step}.`, '`fieldbook graph` lists the steps.', 2);
	}

	const columns = Math.min(process.stdout.columns ?? 100, 120);
	const lines = previewLines(graph, asStarted(opened, bound), {columns, step});
	const painted = lines.map(paint).join('\n');
	const errors = opened.problems.filter(({severity}) => severity === 'error');
	return errors.length === 0
		? {text: painted, status: 0}
		: {text: `${painted}\n\n${formatProblems(errors, opened.sources)}`, status: 2};
}

/** A run that has only started: it has the values of the sheet, and nothing has happened. */
function asStarted(opened: OpenedFile, {values, hosts}: BoundSite): RunState {
	return evolve(newRun, {
		seq: 1,
		at: new Date(0).toISOString(),
		event: {
			type: 'RunStarted',
			runId: '',
			title: opened.graph.title,
			runbook: {file: opened.file, sha256: ''},
			mode: 'rehearsal',
			pace: 'step',
			values,
			hosts: Object.fromEntries(
				Object.entries(hosts).map(([name, {address, port, user = ''}]) => [name, {address, port: port ?? 22, user}]),
			),
			selection: {startAt: null, only: null},
			by: '',
			device: '',
			version: '',
			graphHash: '',
		},
	});
}

function paint(line: TextLine): string {
	return line.map(({text, style}) => (hasColour() ? painted(text, style) : text)).join('');
}

function painted(text: string, style: TextStyle): string {
	const codes = sgr[style];
	return codes === undefined ? text : `\u001B[${codes[0]}m${text}\u001B[${codes[1]}m`;
}

/** Source: ECMA-48, SGR. */
const sgr: Readonly<Record<TextStyle, readonly [number, number] | undefined>> = {
	plain: undefined,
	strong: [1, 22],
	code: [36, 39],
	quiet: [2, 22],
};

function hasColour(): boolean {
	const {NO_COLOR: noColour = '', TERM: term} = process.env;
	return process.stdout.isTTY === true && noColour === '' && term !== 'dumb';
}
