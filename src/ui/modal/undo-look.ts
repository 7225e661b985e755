import {nodeOf} from '../../run/nodes.js';
import type {HostName, StepId} from '../../runbook/runbook.js';
import {counted, onHosts} from '../../view/names.js';
import {titleById} from '../../view/titles.js';
import {emptyLine, type Line, span} from '../line.js';
import {type RunScreen, undoMeant} from '../run/run-screen.js';
import {scriptsOn} from '../run/script.js';
import {textLine} from '../run/step-text.js';
import {textLines} from './field.js';
import type {UndoModal} from './modal.js';

/** What would be taken back, in the order in which it would be, with what is sent for it. */
export function undoLines(screen: RunScreen, request: UndoModal['request'], columns: number): readonly Line[] {
	const steps = [...Map.groupBy(undoMeant(screen, request), ({step}) => step)].toReversed();
	const headline =
		steps.length === 1 ? 'This is taken back:' : `${counted(steps.length, 'step')} are taken back, the last one first:`;
	return [
		[span(headline, 'strong')],
		...steps.flatMap(([step, own]) =>
			undoOf(
				screen,
				step,
				own.map(({host}) => host),
				columns,
			),
		),
		emptyLine,
		...textLines('What has no undo, and what was there before this run, stays as it is.', columns),
	];
}

function undoOf(screen: RunScreen, step: StepId, hosts: readonly HostName[], columns: number): readonly Line[] {
	const {open, state} = screen;
	const script = scriptsOn(screen, step, hosts, columns - 2, 'undo').map(
		(line): Line => [span('  '), ...textLine(line)],
	);
	const isFile = nodeOf(open.graph, step)?.step.undo === undefined;
	return [
		emptyLine,
		...textLines(`${titleById(open.graph, state, step, hosts)}${onHosts(hosts)}`, columns),
		...(isFile ? textLines('  The file that stood there before is put back.', columns) : script),
	];
}
