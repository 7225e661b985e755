import type {OutputKey} from '../../engine/ports.js';
import {decide} from '../../run/decide.js';
import {evolve, newRun} from '../../run/evolve.js';
import {questions} from '../../run/next.js';
import {hostsInUse, hostsOf, nodeOf, progressOf} from '../../run/nodes.js';
import type {Request} from '../../run/request.js';
import type {Progress, Question, RunState} from '../../run/state.js';
import type {HostName, PhaseId, StepId} from '../../runbook/runbook.js';
import {type Estimates, noEstimates} from '../../view/estimates.js';
import {elapsedWords, type Header, headerOf} from '../../view/header.js';
import {type Note, notesAfter} from '../../view/notes.js';
import {type OutlineRow, outlineRows, type StepStatuses, stepStatuses} from '../../view/outline.js';
import {nothingHeard, type Reach, reachAfter} from '../../view/reach.js';
import {type LogView, logBehind} from '../log/log.js';
import type {Prompt, ReasonedRequest} from '../modal/modal.js';
import {modalFor, stillAsks} from '../modal/questions.js';
import {act, type Command, type Model, type Screen, type Size, type Step, stay} from '../model.js';
import {emptyField, type TextField} from '../text-field.js';
import type {OpenRun} from '../workbench.js';
import {maxTailBytes, type OutputView, sameStretch} from './output.js';
import type {Sight, Want} from './watch.js';

export type PaneName = 'outline' | 'step' | 'output';

/** Of one step on two hosts. `top`: how many rows are scrolled out. */
type Difference = {readonly one: OutputKey; readonly other: OutputKey; readonly top: number};

/** An open run and what is looked at of it. Everything that happened stands in `state`; the rest is lost with the screen. */
export type RunScreen = {
	readonly kind: 'run';
	readonly open: OpenRun;
	/** What it was opened from. */
	readonly back: Screen | undefined;
	readonly state: RunState;
	/** Made of `state` once, not for each frame. */
	readonly questions: readonly Question[];
	readonly outline: readonly OutlineRow[];
	readonly header: Header;
	/** Which hosts were heard when. */
	readonly reach: Reach;
	readonly notes: readonly Note[];
	readonly estimates: Estimates;
	readonly prompts: readonly Prompt[];
	/** What was asked for and answered, by `promptKey`: if it is asked for again, the answer was not taken. */
	readonly told: ReadonlySet<string>;
	/** The run's clock, and this laptop's at the same moment, in milliseconds since 1970. */
	readonly now: number;
	readonly laptopNow: number;
	readonly output: OutputView | undefined;
	/** Of other hosts beside it. */
	readonly lanes: readonly OutputView[];
	/** Two outputs are held against each other, in place of the panes. */
	readonly difference: Difference | undefined;
	readonly pane: PaneName;
	/** The chosen step of the outline; undefined before the first look, and while a phase is chosen. */
	readonly chosen: StepId | undefined;
	/** The chosen phase; undefined while a step is chosen. */
	readonly phase: PhaseId | undefined;
	/** It is the row of the shown host under the chosen step: what is done there is done on this host alone. */
	readonly onHostRow: boolean;
	/** Phases that were opened or closed by hand; the others open and close with the run. */
	readonly isOpen: Readonly<Record<PhaseId, boolean>>;
	/** Steps whose hosts have rows of their own. */
	readonly expanded: ReadonlySet<StepId>;
	/** What the outline is narrowed to; undefined: nothing was asked for. */
	readonly filter: TextField | undefined;
	/** The filter is being typed. */
	readonly isFiltering: boolean;
	/** In preflight: the chosen host. */
	readonly chosenHost: HostName | undefined;
	/** When the choice was last moved by hand, on the clock that stamps keys. */
	readonly movedAt: number;
	/** When what the run asks first last changed, on the same clock. */
	readonly askedAt: number;
	/** Which host's output was asked for, by step. */
	readonly hostOf: Readonly<Record<StepId, HostName>>;
	/** How far each step's text is scrolled, in rows. */
	readonly stepTop: Readonly<Record<StepId, number>>;
	/** The number of the first line in view, by stretch of output; absent: it follows. */
	readonly pinned: Readonly<Record<string, number>>;
	/** The choice follows the run. */
	readonly goesAlong: boolean;
	readonly wraps: boolean;
	readonly isZoomed: boolean;
	/** Questions that were put aside, by `questionKey`: they do not come up by themselves again. */
	readonly putAside: ReadonlySet<string>;
	/** The run is over and its steps are looked at again. */
	readonly looksBack: boolean;
	/** How many rows of what came of it all are scrolled out at the top. */
	readonly summaryTop: number;
	/** Where its report was written to; undefined: nowhere so far. */
	readonly report: string | undefined;
	/** All output of the run, in place of the panes. */
	readonly log: LogView | undefined;
	/** Lines of output stand behind the time at which they came. */
	readonly showsTimes: boolean;
};

export function beganRun(open: OpenRun, size: Size, back: Screen | undefined): RunScreen {
	return {
		kind: 'run',
		open,
		back,
		state: newRun,
		questions: [],
		outline: [],
		header: headerOf(open.graph, newRun, 0),
		reach: nothingHeard,
		notes: [],
		estimates: noEstimates,
		prompts: [],
		told: new Set(),
		now: 0,
		laptopNow: 0,
		output: undefined,
		lanes: [],
		difference: undefined,
		pane: isWide(size) ? 'outline' : 'step',
		chosen: undefined,
		phase: undefined,
		onHostRow: false,
		isOpen: {},
		expanded: new Set(),
		filter: undefined,
		isFiltering: false,
		chosenHost: undefined,
		movedAt: Number.NEGATIVE_INFINITY,
		askedAt: Number.NEGATIVE_INFINITY,
		hostOf: {},
		stepTop: {},
		pinned: {},
		goesAlong: true,
		wraps: false,
		isZoomed: false,
		putAside: new Set(),
		looksBack: false,
		summaryTop: 0,
		report: undefined,
		log: undefined,
		showsTimes: false,
	};
}

/** From this width on the outline stands beside the step; below it there is one of them at a time. */
export function isWide({columns}: Size): boolean {
	return columns >= 100;
}

/** What fills the screen: what is known of the hosts before anything is done, the steps, or what came of it all. */
export function stageOf({
	open,
	state,
	looksBack,
	difference,
}: RunScreen): 'preflight' | 'steps' | 'difference' | 'summary' {
	if (difference !== undefined) {
		return 'difference';
	}
	switch (state.status) {
		case 'new':
		case 'preflight':
			return 'preflight';
		case 'running':
			return 'steps';
		case 'paused':
			// It cannot go on before somebody has said whose key that is
			return hostsInUse(open.graph, state).some(host => state.hosts.get(host)?.kind === 'firstContact')
				? 'preflight'
				: 'steps';
		case 'finished':
			return looksBack ? 'steps' : 'summary';
	}
}

/**
What Esc leads back to. A run that goes on is left with a word, not with Esc; one that is over, or of which nothing was
begun, is closed on the way.
*/
export function backFrom(screen: RunScreen): Screen | undefined {
	if (screen.log !== undefined) {
		return {...screen, log: logBehind(screen.log)};
	}
	switch (stageOf(screen)) {
		case 'preflight':
			return isVain(screen) ? screen.back : undefined;
		case 'difference':
			return {...screen, difference: undefined};
		case 'steps':
			if (screen.isZoomed && shownStretch(screen) !== undefined) {
				return {...screen, isZoomed: false};
			}
			if (screen.filter !== undefined) {
				return {...screen, filter: undefined, isFiltering: false};
			}
			return screen.looksBack && screen.state.status === 'finished' ? {...screen, looksBack: false} : undefined;
		case 'summary':
			return homeBehind(screen.back);
	}
}

/** Nothing is lost if it is not kept. */
export function isVain({open, state}: RunScreen): boolean {
	return open.discard !== undefined && state.status === 'preflight' && state.progress.size === 0;
}

/** The sheet of a run that is over leads nowhere. */
function homeBehind(back: Screen | undefined): Screen | undefined {
	return back === undefined || back.kind === 'home' || back.kind === 'run' ? back : homeBehind(back.back);
}

function questionKey(question: Question): string {
	return JSON.stringify(question);
}

/** The run with this answered. A code that is good for one login is asked for each time, whatever became of the last one. */
export function told(screen: RunScreen, prompt: Prompt): RunScreen {
	return prompt.name === 'answer' ? screen : {...screen, told: new Set([...screen.told, promptKey(prompt)])};
}

function promptKey({name, host, text}: Prompt): string {
	return JSON.stringify([name, host, text]);
}

/** What the run asks about this step. The first one is answered now: what was put aside waits behind the others. */
export function questionsAt({questions, putAside: aside}: RunScreen, step: StepId | undefined): readonly Question[] {
	const isAside = (question: Question) => Number(aside.has(questionKey(question)));
	return questions
		.filter(question => 'step' in question && question.step === step)
		.toSorted((one, other) => isAside(one) - isAside(other));
}

/** Why the run would refuse this; empty if it would not. The same rules as the run's own, so that the screen never guesses. */
export function refusal({open, state}: RunScreen, request: Request): string {
	const decision = decide(open.graph, state, request, '');
	return decision.accepted ? '' : decision.because;
}

/** The hosts that the run would take this to be about; none if it would refuse. The reason need not be filled in. */
export function hostsMeant(
	{open, state}: RunScreen,
	request: ReasonedRequest | Extract<Request, {kind: 'evidence'}>,
): readonly HostName[] {
	const filled = request.kind === 'evidence' ? {...request, text: '-'} : {...request, reason: '-'};
	const decision = decide(open.graph, state, filled, '');
	return decision.accepted ? decision.events.flatMap(event => ('host' in event ? [event.host] : [])) : [];
}

/** What the run would take back for this, in document order; nothing if it would refuse. */
export function undoMeant(
	{open, state}: RunScreen,
	request: Request,
): ReadonlyArray<{readonly step: StepId; readonly host: HostName}> {
	const decision = decide(open.graph, state, request, '');
	return decision.accepted ? decision.events.flatMap(event => (event.type === 'UndoAsked' ? [event] : [])) : [];
}

/** The chosen row of the board: what was chosen, else the first host that needs somebody. */
export function chosenHost({open, state, chosenHost: chosen}: RunScreen): HostName {
	const hosts = hostsInUse(open.graph, state);
	const inNeed = hosts.find(host => ['firstContact', 'refused'].includes(state.hosts.get(host)?.kind ?? ''));
	return chosen ?? inNeed ?? hosts[0] ?? '';
}

/** Something that is under way: the chosen step if it is, else the first one. */
export function isRunning(screen: RunScreen): StepId | undefined {
	const steps = runningSteps(screen);
	return steps.find(id => id === screen.chosen) ?? steps[0];
}

const running = new WeakMap<RunState, readonly StepId[]>();

/** In document order. Looked for once in each state: every key and every frame asks for it. */
export function runningSteps({open, state}: RunScreen): readonly StepId[] {
	const known = running.get(state) ?? findRunning(open, state);
	running.set(state, known);
	return known;
}

function findRunning(open: OpenRun, state: RunState): readonly StepId[] {
	return open.graph.nodes
		.filter(node => hostsOf(node, state).some(host => progressOf(state, node, host).underWay))
		.map(({step}) => step.id);
}

/** Where the run is: the step that it asks about, else the first one under way. */
export function placeOfRun(screen: RunScreen): StepId | undefined {
	const asking = screen.questions.find(question => 'step' in question);
	return asking !== undefined && 'step' in asking ? asking.step : runningSteps(screen)[0];
}

/** The host whose output is shown: the one that was asked for, else the one that is at work, else the one in trouble. */
export function shownHost({open, state, hostOf}: RunScreen, step: StepId | undefined): HostName | undefined {
	const node = step === undefined ? undefined : nodeOf(open.graph, step);
	if (node === undefined) {
		return undefined;
	}
	const hosts = hostsOf(node, state);
	const picked = hostOf[node.step.id];
	if (picked !== undefined && hosts.includes(picked)) {
		return picked;
	}
	const by = (wanted: (progress: Progress) => boolean) => hosts.find(host => wanted(progressOf(state, node, host)));
	return (
		by(({underWay}) => underWay) ??
		by(({state: own}) => own === 'failed' || own === 'unknown') ??
		by(({attempt}) => attempt > 0) ??
		hosts[0]
	);
}

/** The stretch of output that is shown of the chosen step; undefined where nothing was tried yet. */
export function shownStretch(screen: RunScreen): OutputKey | undefined {
	const host = shownHost(screen, screen.chosen);
	return host === undefined ? undefined : stretchOn(screen, host);
}

/** The stretch of output that tells most about the chosen step on this host; undefined where there is none. */
export function stretchOn({open, state, chosen}: RunScreen, host: HostName): OutputKey | undefined {
	const node = chosen === undefined ? undefined : nodeOf(open.graph, chosen);
	if (node === undefined) {
		return undefined;
	}
	const about = {step: node.step.id, host};
	const {attempt, part, output, underWay, sent, state: own} = progressOf(state, node, host);
	// What a verify proved or a check looked for is worth less to a reader than what the script itself has said.
	const isBehind = (part === 'verify' && own === 'done') || (part === 'check' && own === 'unknown');
	if (sent !== undefined && isBehind && !underWay) {
		return {...about, attempt: sent.attempt, part: sent.part};
	}
	// A part that has ended without a byte has nothing to show.
	return attempt === 0 || part === undefined || (!underWay && output?.bytes === 0)
		? undefined
		: {...about, attempt, part};
}

export function stretchKey({step, host, attempt, part}: OutputKey): string {
	return `${step}@${host}#${attempt}.${part}`;
}

/** The number of the first line in view; undefined while the pane follows. */
export function pinnedAt(screen: RunScreen): number | undefined {
	const stretch = shownStretch(screen);
	return stretch === undefined ? undefined : screen.pinned[stretchKey(stretch)];
}

export function wantOf(screen: RunScreen): Want {
	const stage = stageOf(screen);
	const output = stage === 'steps' ? shownStretch(screen) : undefined;
	const {difference} = screen;
	return {
		afterSeq: screen.state.lastSeq,
		output,
		lanes:
			difference === undefined ? (stage === 'steps' ? laneStretches(screen) : []) : [difference.one, difference.other],
		laneBytes: difference === undefined ? laneBytes : maxTailBytes,
		isPinned: pinnedAt(screen) !== undefined,
		isBusy: runningSteps(screen).length > 0,
	};
}

/** A lane shows a few lines. */
const laneBytes = 16 * 1024;

/** What stands beside the shown output where the step's hosts are few enough for that. */
function laneStretches(screen: RunScreen): readonly OutputKey[] {
	const {open, state, chosen, isZoomed} = screen;
	const node = chosen === undefined ? undefined : nodeOf(open.graph, chosen);
	const hosts = node === undefined || isZoomed ? [] : hostsOf(node, state);
	const shown = shownHost(screen, chosen);
	return hosts.length > mostLanes
		? []
		: hosts.filter(host => host !== shown).flatMap(host => stretchOn(screen, host) ?? []);
}

/** More hosts than this are a list. */
export const mostLanes = 4;

/** What the screen has of a stretch: of the shown one, or of one beside it. */
export function viewOfStretch({output, lanes}: RunScreen, stretch: OutputKey | undefined): OutputView | undefined {
	return stretch === undefined ? undefined : [output, ...lanes].find(view => sameStretch(view?.key, stretch));
}

/** A choice that was not moved for so long goes along with the run again. */
const goesAlongAfterMs = 5000;

/** The model after a look at the run. `stamp` is of the clock that stamps keys. */
export function withSight(model: Model, before: RunScreen, {pulled, output, lanes, at}: Sight, stamp: number): Step {
	const {graph} = before.open;
	const state = pulled.events.reduce(evolve, before.state);
	const isNews = state !== before.state;
	const statuses = isNews ? stepStatuses(graph, state) : undefined;
	const seen: RunScreen = {
		...before,
		state,
		questions: isNews ? questions(graph, state) : before.questions,
		outline: statuses === undefined ? before.outline : outlineRows(graph, state, statuses),
		header: headerNow(before, state, pulled.now, statuses),
		reach: pulled.events.reduce(reachAfter, before.reach),
		notes: pulled.events.reduce(notesAfter, before.notes),
		prompts: pulled.prompts,
		now: pulled.now,
		laptopNow: at,
		output,
		lanes,
		// Nobody goes back to the sheet of a run that has begun: what was typed there is not kept any longer
		back: state.status === 'preflight' || state.status === 'new' ? before.back : homeBehind(before.back),
	};
	const screen = isNews ? goneAlong(before, seen, stamp) : seen;
	const next = withModal({...model, screen}, screen, stamp);
	const wantsOther = wantsOf(screen) !== wantsOf(before);
	const more: readonly Command[] = pulled.events.length > 0 || wantsOther ? [{kind: 'pull'}] : [];
	return {model: next, commands: more};
}

/** Nothing but the time changes in it while nothing happens. */
function headerNow({open, header, now}: RunScreen, state: RunState, at: number, statuses?: StepStatuses): Header {
	if (statuses !== undefined) {
		return headerOf(open.graph, state, at, statuses);
	}
	return seconds(at) === seconds(now) ? header : {...header, elapsed: elapsedWords(state, at)};
}

function seconds(ms: number): number {
	return Math.floor(ms / 1000);
}

/** The choice follows the run while it stands where the run was, and again when it was left alone for a while. */
function goneAlong(before: RunScreen, screen: RunScreen, stamp: number): RunScreen {
	const [first] = screen.questions;
	const [firstBefore] = before.questions;
	const isNew = first !== undefined && (firstBefore === undefined || questionKey(first) !== questionKey(firstBefore));
	const place = placeOfRun(screen);
	const isNowhere = before.chosen === undefined && before.phase === undefined;
	const follows =
		isNowhere ||
		(before.goesAlong && before.chosen !== undefined && before.chosen === placeOfRun(before)) ||
		(before.goesAlong &&
			place !== placeOfRun(before) &&
			stamp - before.movedAt > goesAlongAfterMs &&
			!before.isFiltering);
	const next = follows
		? (place ?? before.chosen ?? (isNowhere ? screen.open.graph.nodes[0]?.step.id : undefined))
		: undefined;
	return {
		...(next === undefined || next === before.chosen ? screen : chosenAt(screen, {kind: 'step', id: next})),
		askedAt: isNew || (follows && place !== before.chosen) ? stamp : screen.askedAt,
	};
}

/** A row of the outline: what can be chosen there. */
export type OutlinePlace =
	| {readonly kind: 'phase'; readonly id: PhaseId}
	| {readonly kind: 'step'; readonly id: StepId}
	| {readonly kind: 'host'; readonly id: StepId; readonly host: HostName};

/** The screen with this row chosen. */
export function chosenAt(screen: RunScreen, place: OutlinePlace): RunScreen {
	switch (place.kind) {
		case 'phase':
			return {...screen, chosen: undefined, phase: place.id, onHostRow: false};
		case 'step':
			return {...screen, chosen: place.id, phase: undefined, onHostRow: false};
		case 'host':
			return {
				...screen,
				chosen: place.id,
				phase: undefined,
				onHostRow: true,
				hostOf: {...screen.hostOf, [place.id]: place.host},
			};
	}
}

/** A modal goes with its question; what waits for a person comes up by itself once, if he looks at it. */
function withModal(model: Model, screen: RunScreen, stamp: number): Model {
	const modal = model.modal !== undefined && stillAsks(model.modal, screen) ? model.modal : undefined;
	if (modal !== undefined) {
		return modal === model.modal ? model : {...model, modal};
	}
	// Nothing comes up under somebody's fingers.
	if (screen.isFiltering) {
		return model.modal === undefined ? model : {...model, modal: undefined};
	}
	const [prompt] = screen.prompts;
	if (prompt !== undefined) {
		const isAgain = screen.told.has(promptKey(prompt));
		return {...model, modal: {kind: 'secret', prompt, isAgain, field: emptyField, openedAt: stamp}};
	}
	const question = screen.questions.find(asked => 'step' in asked && asked.step === screen.chosen);
	const comes = question !== undefined && !screen.putAside.has(questionKey(question));
	return {...model, modal: comes ? modalFor(question, stamp) : undefined};
}

/** The screen with the question put aside: the modal was closed without an answer. */
export function putAside(screen: RunScreen, question: Question): RunScreen {
	return {...screen, putAside: new Set([...screen.putAside, questionKey(question)])};
}

export function ask(model: Model, ...requests: readonly Request[]): Step {
	return act({...model, modal: undefined}, ...requests.map(request => ({kind: 'request', request}) as const));
}

export function show(model: Model, screen: RunScreen): Step {
	const wantsOther = model.screen.kind !== 'run' || wantsOf(screen) !== wantsOf(model.screen);
	return wantsOther ? act({...model, screen}, {kind: 'pull'}) : stay({...model, screen});
}

/** Changes when other output is to be looked at. */
function wantsOf(screen: RunScreen): string {
	const {output, lanes} = wantOf(screen);
	return JSON.stringify([output, lanes]);
}
