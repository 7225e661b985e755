import {nodeOf} from '../../run/nodes.js';
import type {RunState} from '../../run/state.js';
import {widthOf, wrapToWidth} from '../../text/width.js';
import {evidenceLines} from '../../view/evidence.js';
import type {HostRow} from '../../view/host-rows.js';
import {noteWords} from '../../view/notes.js';
import {lookOf, worstFirst} from '../../view/status.js';
import {type StepPane, stepPane} from '../../view/step-pane.js';
import type {TextLine} from '../../view/text-line.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Role, Theme} from '../theme.js';
import {hasOutput, hostLayout} from './host-layout.js';
import {countSpans} from './lanes.js';
import {phaseLines, type Signs, shownPhase} from './phase-text.js';
import {type RunScreen, shownHost} from './run-screen.js';
import {shownScript} from './script.js';

/** What stands over the text: what is chosen, and what kind of step or phase it is. */
export function shownHead(screen: RunScreen, columns: number): {readonly title: string; readonly heading: string} {
	const {state, chosen, phase, now} = screen;
	const key = `${Math.floor(now / 1000)} ${chosen ?? ''} ${phase ?? ''}`;
	const known = heads.get(state);
	if (known?.key === key) {
		return known;
	}
	const shown = phase === undefined ? shownStep(screen, columns) : shownPhase(screen, columns);
	const head = {title: shown?.title ?? '', heading: shown?.heading ?? ''};
	heads.set(state, {key, ...head});
	return head;
}

/** Made once for the frames of one second: it takes a look at every host. */
const heads = new WeakMap<RunState, {readonly key: string; readonly title: string; readonly heading: string}>();

/** What the view says of the chosen step; undefined before there is one. Durations in it go by whole seconds. */
function shownStep(screen: RunScreen, columns: number): StepPane | undefined {
	const {chosen, open, state, now} = screen;
	const second = Math.floor(now / 1000) * 1000;
	return chosen === undefined ? undefined : stepPane(open.graph, state, chosen, {columns, now: second});
}

/** What is said of the chosen step, from what surrounds it to what came of it. */
export type StepText = {
	readonly lines: readonly Line[];
	/** How many of the lines must have been seen before Enter answers: as far as the script or the instruction goes. */
	readonly toRead: number;
};

/** Made once for all that ask for it while output streams: prose has to be parsed for it. */
export function stepText(screen: RunScreen, columns: number, signs: Signs): StepText {
	const {state, chosen, phase, now} = screen;
	const shown = [shownHost(screen, chosen) ?? '', chosen ?? '', phase ?? '', screen.isZoomed].join(' ');
	const key = `${columns} ${signs.glyphs.done} ${Math.floor(now / 1000)} ${shown}`;
	const known = made.get(state);
	if (known?.key === key) {
		return known.text;
	}
	const text =
		phase === undefined
			? makeText(screen, columns, signs.glyphs)
			: {lines: phaseLines(screen, columns, signs), toRead: 0};
	made.set(state, {key, text});
	return text;
}

const made = new WeakMap<RunState, {readonly key: string; readonly text: StepText}>();

function makeText(screen: RunScreen, columns: number, glyphs: Theme['glyphs']): StepText {
	const pane = shownStep(screen, columns);
	if (pane === undefined || screen.chosen === undefined) {
		return {lines: [], toRead: 0};
	}
	const whatToDo = blocks([
		pane.context.map(textLine),
		pane.instruction.map(textLine),
		pane.gates.flatMap(gate => gateLines(gate, columns)),
		shownScript(screen, screen.chosen, columns - 2).map(line => [span('  '), ...textLine(line)]),
	]);
	const notes = screen.notes.filter(({step}) => step === screen.chosen).map(note => noteWords(note));
	const node = nodeOf(screen.open.graph, screen.chosen);
	const evidence = node === undefined ? [] : evidenceLines(screen.state, node);
	const hosts = hostLines(screen, pane.hosts, columns, glyphs);
	const facts = pane.facts.map((fact): Line => [span(fact, 'quiet')]);
	// What is wrong comes first: below a long script nobody would see it
	const isWrong = pane.hosts.some(({status}) => status === 'failed' || status === 'unknown');
	const wrong = blocks([goneLines(pane, columns, glyphs), isWrong ? hosts : []]);
	return {
		lines: blocks([
			wrong,
			whatToDo,
			facts,
			isWrong ? [] : hosts,
			[...wordLines('kept', evidence, columns), ...wordLines('note', notes, columns)],
		]),
		toRead: (wrong.length > 0 ? wrong.length + 1 : 0) + whatToDo.length,
	};
}

/** One under another with a blank row between them, the empty ones left out. */
function blocks(all: ReadonlyArray<readonly Line[]>): readonly Line[] {
	return all.filter(block => block.length > 0).flatMap((block, index) => (index === 0 ? block : [emptyLine, ...block]));
}

/** > | ! esxi2 has gone, and esxi1 still answers. Look whether the right host was taken: … */
function goneLines({goneInstead}: StepPane, columns: number, glyphs: Theme['glyphs']): readonly Line[] {
	return goneInstead.flatMap(text =>
		wrapToWidth(text, columns - 2).map(
			(line, index): Line => [
				span(index === 0 ? `${glyphs[lookOf('asking').glyph]} ` : '  ', 'bad'),
				span(line, 'bad'),
			],
		),
	);
}

function gateLines({danger, isPassed, text}: StepPane['gates'][number], columns: number): readonly Line[] {
	const word = `${danger ? 'Danger' : 'Warning'}${isPassed ? ', passed' : ''}`;
	return [
		[span(word, isPassed ? 'quiet' : danger ? 'bad' : 'doubt')],
		...text
			.flatMap(line => wrapToWidth(line, columns - 2))
			.map(line => [span('  '), span(line, isPassed ? 'quiet' : 'plain')]),
	];
}

/** What somebody wrote down or attached. */
function wordLines(word: 'kept' | 'note', all: readonly string[], columns: number): readonly Line[] {
	return all.flatMap(words =>
		wrapToWidth(words, columns - 6).map(
			(text, index): Line => [span(index === 0 ? `${word}  ` : '      ', 'quiet'), span(text)],
		),
	);
}

/** Of more hosts than this, only those have a row that need somebody most. */
const mostHostRows = 6;

/**
What is going on says its state itself; what has ended says what came of it. Where the hosts stand below it side by side
or in a list, nothing is said twice.
*/
function hostLines(
	screen: RunScreen,
	hosts: readonly HostRow[],
	columns: number,
	glyphs: Theme['glyphs'],
): readonly Line[] {
	const isBelow = hasOutput(screen) && ['lanes', 'board'].includes(hostLayout(screen, columns + 2));
	if (isBelow) {
		return [];
	}
	const isMany = hosts.length > mostHostRows;
	const worst = hosts.toSorted((one, other) => worstFirst.indexOf(one.status) - worstFirst.indexOf(other.status));
	const rows = isMany ? worst.slice(0, mostHostRows - 1) : hosts;
	const names = Math.max(0, ...rows.map(({name}) => widthOf(name)));
	return [
		...(isMany ? [countSpans(hosts, {glyphs})] : []),
		...rows.flatMap(({name, look, note, status}): readonly Line[] => {
			const host: Line = [
				span(`${glyphs[look.glyph]} `, look.tone),
				span(names > 0 ? name + ' '.repeat(names - widthOf(name) + 2) : ''),
			];
			if (status === 'running' && note !== '') {
				return [[...host, span(note, look.tone)]];
			}

			const indent = 2 + (names > 0 ? names + 2 : 0) + widthOf(look.word) + 2;
			const [first = '', ...more] = note === '' ? [] : wrapToWidth(note, Math.max(20, columns - indent));
			return [
				[...host, span(look.word, look.tone), span(first === '' ? '' : `  ${first}`, 'quiet')],
				...more.map((text): Line => [span(' '.repeat(indent)), span(text, 'quiet')]),
			];
		}),
	];
}

export function textLine(line: TextLine): Line {
	return line.map(({text, style}) => span(text, style satisfies Role));
}
