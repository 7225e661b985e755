import type {StepGraph} from '../graph/graph.js';
import {measurementsAt} from '../run/measure.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import type {Progress, RunState} from '../run/state.js';
import type {Action, Context, Step, StepId} from '../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {unfilledLines} from './choose-host.js';
import {goneInstead} from './gone-instead.js';
import {type HostRow, hostRows} from './host-rows.js';
import {markdownLines} from './markdown.js';
import {measurementWords} from './measure.js';
import {actionWords, hostWords} from './names.js';
import {filler} from './prose.js';
import {lookOf, type StatusLook, worstOf} from './status.js';
import {prefixed, type TextLine, wrapSpans} from './text-line.js';
import {spokenDuration} from './time.js';
import {titleOf} from './titles.js';

/** Everything that is said of one step. */
export type StepPane = {
	readonly title: string;
	/** `sh on esxi1, esxi2`, `by hand on esxi1`. */
	readonly heading: string;
	readonly look: StatusLook;
	/** What the document says around it: prose, notes, tables, listings. */
	readonly context: readonly TextLine[];
	/** Of a manual step: what to do. Empty for others. */
	readonly instruction: readonly TextLine[];
	/** In the order in which they are asked. */
	readonly gates: readonly GateLines[];
	/** What the run will make of it: limits, checks, what is captured, measured, asked for. One fact a line. */
	readonly facts: readonly string[];
	/** Hosts that have gone in place of the one that was meant, and what to do now: a line each. */
	readonly goneInstead: readonly string[];
	/** In the order of the front matter. */
	readonly hosts: readonly HostRow[];
};

type GateLines = {
	readonly danger: boolean;
	readonly isPassed: boolean;
	readonly text: readonly string[];
};

/**
`undefined` if the graph has no such step. `columns`: the width of the pane, for wrapping; `now`: the run's clock.

The script is not here: whoever shows it has the text as it will be sent, and `scriptLines` numbers it.
*/
export function stepPane(
	graph: StepGraph,
	state: RunState,
	id: StepId,
	{columns, now}: {readonly columns: number; readonly now: number},
): StepPane | undefined {
	const node = nodeOf(graph, id);
	if (node === undefined) {
		return undefined;
	}

	const {step} = node;
	const hosts = hostsOf(node, state);
	const fill = filler(graph, state, hosts);
	const rows = hostRows(graph, state, node, now, 'runbook');
	const on = hostWords(hosts);
	const {action} = step;
	return {
		title: titleOf(graph, state, node),
		heading: [actionWords(node, fill), step.on?.kind === 'asked' && on === '' ? 'host: not chosen' : on && `on ${on}`]
			.filter(Boolean)
			.join(' '),
		look: lookOf(worstOf(rows.map(({status}) => status))),
		context: spaced([
			...step.context.map(context => contextLines(context, columns, fill)),
			unfilledLines(step).flatMap(text => wrapSpans([{text, style: 'strong'}], columns)),
		]),
		instruction: action.kind === 'manual' ? markdownLines(action.instruction.source, columns, fill) : [],
		gates: step.gates.map(({kind, text}, index) => ({
			danger: kind === 'danger',
			isPassed: index < (state.gatesPassed.get(id) ?? 0),
			text: sanitiseText(fill(text)),
		})),
		facts: factsOf(graph, state, node.step),
		goneInstead: [
			...new Set(
				rows
					.filter(({host}) => isWatched(progressOf(state, node, host)))
					.flatMap(({host}) => goneInstead(graph, state, node, host)),
			),
		],
		hosts: rows,
	};
}

/** Nobody has said yet that it is done, or cannot be. */
function isWatched({state, underWay}: Progress): boolean {
	return state === 'open' && !underWay;
}

/** The script with its line numbers, as drawn; lines are not wrapped, because a script is read as it is. */
export function scriptLines(script: string): readonly TextLine[] {
	const lines = sanitiseText(script.replace(/\n$/, ''));
	const width = String(lines.length).length;
	return lines.map((line, index) => [
		{text: `${String(index + 1).padStart(width)}  `, style: 'quiet'},
		{text: line, style: 'code'},
	]);
}

function contextLines({kind, markdown}: Context, columns: number, fill: (text: string) => string): readonly TextLine[] {
	switch (kind) {
		case 'prose':
		case 'table':
			return markdownLines(markdown, columns, fill);
		case 'listing':
			return isFenced(markdown)
				? markdownLines(markdown, columns)
				: sanitiseText(markdown).map(text => [{text: `  ${text}`, style: 'code'}]);
		case 'note':
			return noteLines(markdown, columns, fill);
	}
}

function isFenced(markdown: string): boolean {
	return /^ {0,3}(```|~~~)/.test(markdown);
}

/** `> [!NOTE]` and what is quoted under it, as a paragraph that begins with the word. */
function noteLines(markdown: string, columns: number, fill: (text: string) => string): readonly TextLine[] {
	const [, kind] = /^\s*>?\s*\[!(NOTE|TIP|IMPORTANT)\]/.exec(markdown) ?? [];
	const inner = markdown.replaceAll(/^ {0,3}> ?/gm, '').replace(/^\s*\[!\w+\]\s*/, '');
	const word = kind === undefined ? 'Note' : `${kind.charAt(0)}${kind.slice(1).toLowerCase()}`;
	return [
		[{text: word, style: 'strong'}],
		...markdownLines(inner, columns - 2, fill).map(line => prefixed('  ', line)),
	];
}

function spaced(blocks: ReadonlyArray<readonly TextLine[]>): readonly TextLine[] {
	return blocks.flatMap((lines, index) => (index > 0 && lines.length > 0 ? [[], ...lines] : lines));
}

/** Of scripts that say nothing else: not worth a line. */
const usualTimeoutMs = 600_000;

function factsOf(graph: StepGraph, state: RunState, step: Step): readonly string[] {
	const {action, check, verify, undo, captures, measure, needs, timeoutMs, serial, when, readonly} = step;
	const node = nodeOf(graph, step.id);
	const measured = node === undefined ? [] : measurementsAt(graph, state, node);
	return [
		when && `only when ${sanitiseLine(when.source)}`,
		serial && 'one host after another',
		readonly && 'changes nothing',
		action.kind === 'script' && acceptedWords(action.accepts),
		action.kind === 'script' && leftWords(action),
		action.kind === 'wait' && `gives up after ${spokenDuration(action.forMs)}`,
		action.kind === 'manual' &&
			action.expects &&
			`done as soon as the host is seen to ${action.expects === 'down' ? 'go' : 'come'}`,
		action.kind === 'manual' && action.once && 'one answer for all hosts',
		timeoutMs !== undefined &&
			timeoutMs !== usualTimeoutMs &&
			action.kind === 'script' &&
			`cancelled after ${spokenDuration(timeoutMs)}`,
		check && 'has a check: it is not run where it is done already',
		verify && `verified afterwards${verify.forMs > 0 ? `, for up to ${spokenDuration(verify.forMs)}` : ''}`,
		undo && 'has an undo',
		captures && `${action.kind === 'manual' ? 'asks for' : 'keeps'} ${sanitiseLine(captures.name)} (${captures.type})`,
		measure && measured.every(({verdict}) => verdict === 'open') && measureWords(measure.name, measure.maxMs),
		...measured
			.filter(({verdict}) => verdict !== 'open')
			.map(measurement => measurementWords(measurement, measured.length > 1)),
		needs.length > 0 && `wants a ${needs.map(sanitiseLine).join(' and a ')}`,
	].filter(fact => typeof fact === 'string');
}

/** What becomes of it when its host is out of reach. */
function leftWords({long, reboot, cut}: Extract<Action, {kind: 'script'}>): string | undefined {
	if (reboot !== undefined) {
		return `restarts its host: done when that is back, within ${spokenDuration(reboot.forMs)}`;
	}

	if (cut !== undefined) {
		return `left to its host: the network may be away for ${spokenDuration(cut.forMs)}, the outcome is read afterwards`;
	}

	return long ? 'left to its host: a lost link neither loses nor repeats it' : undefined;
}

function measureWords(name: string, maxMs: number | undefined): string {
	return `measures ${sanitiseLine(name)}${maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`}`;
}

/** Nothing for the usual 0. */
function acceptedWords(accepts: {readonly codes: readonly number[]} | 'any-but-zero'): string | undefined {
	if (accepts === 'any-but-zero') {
		return 'must fail: any exit but 0 counts as success';
	}

	const {codes} = accepts;
	return codes.length === 1 && codes[0] === 0 ? undefined : `exits that count as success: ${codes.join(', ')}`;
}
