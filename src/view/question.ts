import type {StepGraph, StepNode} from '../graph/graph.js';
import {decide} from '../run/decide.js';
import {canBeLookedUp, mayStillRun} from '../run/look-up.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import {placeIn} from '../run/phases.js';
import {hasCheck} from '../run/policy.js';
import type {Request} from '../run/request.js';
import {DISK_FULL} from '../run/stage.js';
import type {Progress, Question, RunState} from '../run/state.js';
import {canBeUndone} from '../run/undo.js';
import type {HostName, PhaseId, Step} from '../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {choosingLines, offeredHost, unfilledLines} from './choose-host.js';
import {goneInstead} from './gone-instead.js';
import {describeHost} from './host-words.js';
import {lookedLines} from './look-up.js';
import {hostWord, hostWords, onHosts} from './names.js';
import {beginWords, preflightWords} from './preflight.js';
import {filler} from './prose.js';
import type {Tone} from './status.js';
import {clockTime, spokenDuration} from './time.js';
import {phaseTitleOf, titleOf} from './titles.js';

/** A question of the run in words, with what may be answered. */
export type QuestionView = {
	readonly tone: Tone;
	/** What is the matter, in one line. */
	readonly headline: string;
	/** What one should know before answering. */
	readonly lines: readonly string[];
	/** What must be typed, in this order, each with the words in front of its field; empty but for danger gates. */
	readonly typed: ReadonlyArray<{readonly prompt: string; readonly name: string}>;
	/** Most likely first. What is not safe now is there too, with the reason. */
	readonly choices: readonly Choice[];
};

export type Choice = {
	/** `enter`, or the letter of the key. */
	readonly key: string;
	/** In the imperative: `run on esxi1, esxi2`. */
	readonly does: string;
	/** What is asked before: the request's `reason`, `note`, `value`, `typed`, `host` or `text` is then to be filled in. */
	readonly asks: 'nothing' | 'reason' | 'note' | 'value' | 'names' | 'host' | 'text';
	readonly request: Request;
	/** The request is made once for each of these hosts; empty: once as it stands. */
	readonly each: readonly HostName[];
	/** Why the run would refuse it now; empty if it is offered. */
	readonly unless: string;
};

/** `timeZone`: for times of day; undefined: the laptop's. */
export function questionView(
	graph: StepGraph,
	state: RunState,
	question: Question,
	timeZone?: string | undefined,
): QuestionView {
	const choice = choiceMaker(graph, state);
	switch (question.kind) {
		case 'begin':
			return beginView(state, question.problems, choice);
		case 'resume':
			return {
				tone: 'quiet',
				headline: `The run is paused${question.reason === '' ? '' : `: ${sanitiseLine(question.reason)}`}`,
				lines: [
					'Nothing new begins on the hosts.',
					...(question.reason === DISK_FULL ? ['All that happened is kept. Free some space on it, then go on.'] : []),
				],
				typed: [],
				choices: [choice('enter', 'go on', {kind: 'begin'})],
			};
		case 'trust':
			return trustView(question, choice);
		case 'choose-host':
		case 'go':
		case 'gate':
		case 'manual':
		case 'evidence':
		case 'failed':
		case 'undone':
		case 'unknown':
		case 'choose-way': {
			const node = nodeOf(graph, question.step);
			return node === undefined ? gone(question.step) : stepQuestion({graph, state, node, choice, timeZone}, question);
		}
	}
}

type StepQuestion = Extract<Question, {readonly step: string}>;
type QuestionOf<Kind> = Extract<Question, {readonly kind: Kind}>;
type ChoiceMaker = ReturnType<typeof choiceMaker>;
type About = {
	readonly graph: StepGraph;
	readonly state: RunState;
	readonly node: StepNode;
	readonly choice: ChoiceMaker;
	readonly timeZone: string | undefined;
};

function stepQuestion(about: About, question: StepQuestion): QuestionView {
	switch (question.kind) {
		case 'choose-host':
			return chooseHostView(about);
		case 'go':
			return goView(about, question.hosts);
		case 'gate':
			return gateView(about, question);
		case 'manual':
			return manualView(about, question.host);
		case 'evidence':
			return evidenceView(about, question);
		case 'undone':
			return undoneView(about, question.hosts);
		case 'failed':
			return failedView(about, question.hosts);
		case 'unknown':
			return unknownView(about, question.hosts);
		case 'choose-way':
			return chooseWayView(about, question);
	}
}

function beginView(state: RunState, problems: readonly HostName[], choice: ChoiceMaker): QuestionView {
	const begin = choice('enter', 'begin', {kind: 'begin'});
	return {
		tone: problems.length === 0 ? 'good' : 'doubt',
		headline:
			problems.length === 0
				? 'Every host was reached'
				: `${problems.length === 1 ? 'One host is' : `${problems.length} hosts are`} not ready: ${hostWords(problems)}`,
		lines: [
			preflightWords(state),
			...(state.salvagedFrom === undefined
				? []
				: [
						`What happened behind event ${state.salvagedFrom} was lost with a damaged file: what ran since would run again.`,
						'Look at the hosts before each step.',
					]),
		],
		typed: [],
		choices: [
			begin.unless === '' ? {...begin, does: beginWords(problems)} : begin,
			...problems.map(host => choice('t', `try ${hostWord(host)} again`, {kind: 'contact-again', host})),
		],
	};
}

function trustView({host, keyType, fingerprint}: QuestionOf<'trust'>, choice: ChoiceMaker): QuestionView {
	return {
		tone: 'doubt',
		headline: `${hostWord(host)} shows a key that this laptop has never seen`,
		lines: [
			`${sanitiseLine(keyType)} ${sanitiseLine(fingerprint)}`,
			"Compare it with what the host's own console shows. Nothing was sent yet.",
		],
		typed: [],
		choices: [
			choice('y', `trust this key of ${hostWord(host)} from now on`, {kind: 'trust', host, fingerprint}),
			choice('t', 'try again', {kind: 'contact-again', host}),
		],
	};
}

function chooseHostView({graph, state, node, choice}: About): QuestionView {
	const {step} = node;
	return {
		tone: 'doubt',
		headline: `Where does this run? ${titleOf(graph, state, node)}`,
		lines: [...choosingLines(state), ...unfilledLines(step)],
		typed: [],
		choices: [
			...(state.hosts.size === 0
				? []
				: [choice('enter', 'choose a host…', {kind: 'choose-host', step: step.id, host: offeredHost(state)}, 'host')]),
			choice('n', 'none: I do this by hand', {kind: 'choose-host', step: step.id, host: 'none'}),
			choice('s', 'skip…', {kind: 'skip', step: step.id, reason: ''}, 'reason'),
		],
	};
}

function chooseWayView({graph, state, choice}: About, {phase, ways}: QuestionOf<'choose-way'>): QuestionView {
	const title = (id: PhaseId) => phaseTitleOf(graph, state, id);
	return {
		tone: 'doubt',
		headline: `Which way? ${title(phase)}`,
		lines: ['It is chosen once: the steps of the other ways are skipped.'],
		typed: [],
		choices: ways.map((way, index) => choice(String(index + 1), title(way), {kind: 'choose-way', phase, way})),
	};
}

function goView({graph, state, node, choice}: About, hosts: readonly HostName[]): QuestionView {
	const {step} = node;
	const many = hosts.length > 1 ? (hosts.length === 2 ? ' on both' : ` on all ${hosts.length}`) : onHosts(hosts);
	return {
		tone: 'plain',
		headline: `${titleOf(graph, state, node, hosts)}${onHosts(hosts)}`,
		lines: unfilledLines(step),
		typed: [],
		choices: [
			choice('enter', `run${many}`, {kind: 'go', step: step.id}),
			...chooseAnew(state, node, choice),
			choice('s', 'skip…', {kind: 'skip', step: step.id, reason: ''}, 'reason'),
		],
	};
}

function gateView({graph, state, node, choice}: About, {gate, hosts, danger, names}: QuestionOf<'gate'>): QuestionView {
	const {step} = node;
	const title = titleOf(graph, state, node, hosts);
	const fill = filler(graph, state, hosts);
	const [headline = '', ...more] = sanitiseText(fill(step.gates[gate]?.text ?? ''));
	const asksNames = names.length > 0;
	const isOwnName = step.gates[gate]?.type === undefined;
	return {
		tone: danger ? 'bad' : 'doubt',
		headline: headline === '' ? title : headline,
		lines: [...more, `${title}${onHosts(hosts)}`, ...hosts.flatMap(host => describeHost(state, host) ?? [])],
		typed: names.map((name, index) => ({
			prompt:
				isOwnName && hosts.length === names.length
					? `Type the name that ${hostWord(hosts[index] ?? '') || 'it'} calls itself`
					: `Type ${name}`,
			name,
		})),
		choices: [
			choice(
				asksNames ? 'enter' : 'y',
				'yes, go on',
				{kind: 'pass-gate', step: step.id, typed: asksNames ? names : []},
				asksNames ? 'names' : 'nothing',
			),
			choice('s', 'skip…', {kind: 'skip', step: step.id, reason: ''}, 'reason'),
		],
	};
}

function manualView({graph, state, node, choice}: About, host: HostName): QuestionView {
	const {step} = node;
	const {action, captures, needs} = step;
	const isOnce = action.kind === 'manual' && action.once;
	const on = isOnce ? {} : {host};
	// Where each host is asked for in turn, the key says whose turn it is.
	const forHost = isOnce || hostsOf(node, state).length < 2 ? '' : ` on ${hostWord(host)}`;
	const expects = action.kind === 'manual' ? action.expects : undefined;
	const asks = captures === undefined ? (needs.length > 0 ? 'note' : 'nothing') : 'value';
	const answer = {kind: 'answer', step: step.id, ...on, note: '', value: ''} as const;
	const hand = {kind: 'hand', step: step.id, ...on} as const;
	const {handDone} = progressOf(state, node, host);
	const hosts = isOnce ? hostsOf(node, state) : [host];
	return {
		tone: 'doubt',
		headline: `${titleOf(graph, state, node, hosts)}${onHosts(hosts)}`,
		lines: [
			expects &&
				`${hostWord(host)} is watched: this is done as soon as it is seen to ${expects === 'down' ? 'go' : 'come'}.`,
			...goneInstead(graph, state, node, host),
			handDone && 'The lab has done it; the watchers have still to see it.',
			captures && `What you read is kept as ${sanitiseLine(captures.name)} (${captures.type}).`,
			state.started?.mode === 'rehearsal' && 'To look around on its hosts meanwhile: fieldbook lab hosts',
			needs.length > 0 && `Wanted as evidence: ${needs.map(sanitiseLine).join(', ')}.`,
		].filter(line => typeof line === 'string'),
		typed: [],
		choices: [
			...(state.started?.mode === 'rehearsal' ? [choice('enter', `let the lab do it${forHost}`, hand)] : []),
			choice(state.started?.mode === 'rehearsal' ? 'd' : 'enter', `done${forHost}`, {...answer, choice: 'done'}, asks),
			...chooseAnew(state, node, choice),
			choice('x', 'not as described…', {...answer, choice: 'not-as-described'}, 'note'),
			choice('c', 'cannot…', {...answer, choice: 'cannot'}, 'note'),
			choice('s', 'skip…', {kind: 'skip', step: step.id, ...on, reason: ''}, 'reason'),
		],
	};
}

/** One choice for each kind that is missing. What is typed is the text; a file comes with the request itself. */
function evidenceView({graph, state, node, choice}: About, {host, missing}: QuestionOf<'evidence'>): QuestionView {
	const {action, id} = node.step;
	const isOnce = action.kind === 'manual' && action.once;
	const hosts = isOnce ? hostsOf(node, state) : [host];
	const on = isOnce ? {} : {host};
	return {
		tone: 'doubt',
		headline: `${titleOf(graph, state, node, hosts)}${onHosts(hosts)}: done, and to be proved`,
		lines: [`Still wanted as evidence: ${missing.map(sanitiseLine).join(', ')}.`],
		typed: [],
		choices: missing.map((evidence, index) =>
			choice(
				index === 0 ? 'enter' : 'e',
				`give the ${sanitiseLine(evidence)}…`,
				{kind: 'evidence', step: id, ...on, evidence, text: '', file: null},
				'text',
			),
		),
	};
}

function undoneView({graph, state, node, choice}: About, hosts: readonly HostName[]): QuestionView {
	const {step} = node;
	const each = onlyThese(state, node, hosts);
	return {
		tone: 'doubt',
		headline: `${titleOf(graph, state, node, hosts)}${onHosts(hosts)} was undone`,
		lines: ['What comes after it waits until it is done again, or skipped.'],
		typed: [],
		choices: [
			...retryChoices(step, hosts, each, choice),
			choice('s', 'skip…', {kind: 'skip', step: step.id, reason: ''}, 'reason', each),
			choice('d', 'mark done…', {kind: 'mark', step: step.id, as: 'done', reason: ''}, 'reason', each),
		],
	};
}

function failedView({graph, state, node, choice, timeZone}: About, hosts: readonly HostName[]): QuestionView {
	const {step} = node;
	const each = onlyThese(state, node, hosts);
	return {
		tone: 'bad',
		headline: `${titleOf(graph, state, node, hosts)} failed${onHosts(hosts)}`,
		lines: hosts.map(host => failedLine(host, progressOf(state, node, host), timeZone)),
		typed: [],
		choices: [
			...retryChoices(step, hosts, each, choice),
			...chooseAnew(state, node, choice),
			choice('s', 'skip…', {kind: 'skip', step: step.id, reason: ''}, 'reason', each),
			choice('d', 'mark done…', {kind: 'mark', step: step.id, as: 'done', reason: ''}, 'reason', each),
			...giveUpChoices(graph, node, choice),
			...undoChoices(state, node, hosts, each, choice),
		],
	};
}

/** What else may be done about a failure in a test: go on with its restore and the next one. */
function giveUpChoices(graph: StepGraph, node: StepNode, choice: ChoiceMaker): readonly Choice[] {
	const [phase] = placeIn(graph, node).givenUpWith;
	return phase === undefined
		? []
		: [
				choice(
					'g',
					`give up the ${phase.kind === 'test' ? 'test' : 'tests that require this'}…`,
					{kind: 'give-up', phase: phase.id, reason: ''},
					'reason',
				),
			];
}

function failedLine(
	host: HostName,
	{because, note, attempt, startedAt, finishedAt}: Progress,
	timeZone: string | undefined,
): string {
	const took = startedAt === '' ? '' : ` after ${spokenDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`;
	const when = finishedAt === '' ? '' : `, ${clockTime(finishedAt, timeZone)}`;
	const name = hostWord(host);
	const said = [midSentence(because) || 'failed', sanitiseLine(note)].filter(Boolean).join(': ');
	return `${name === '' ? '' : `${name}: `}${said}${took}, attempt ${attempt}${when}`;
}

function unknownView({graph, state, node, choice, timeZone}: About, hosts: readonly HostName[]): QuestionView {
	const {step} = node;
	const each = onlyThese(state, node, hosts);
	const isUndo = hosts.every(host => progressOf(state, node, host).sent?.part === 'undo');
	return {
		tone: 'doubt',
		headline: `${titleOf(graph, state, node, hosts)}${onHosts(hosts)}: nobody saw how ${isUndo ? 'its undo' : 'it'} ended`,
		lines: [
			...hosts.flatMap(host => unknownLines(host, progressOf(state, node, host), timeZone)),
			...hosts.flatMap(host => lookedLines(host, progressOf(state, node, host), timeZone)),
			doubtWords(hosts.map(host => progressOf(state, node, host))),
		],
		typed: [],
		choices: [
			...(hosts.some(host => canBeLookedUp(progressOf(state, node, host)))
				? [choice('l', `look${onHosts(hosts)} again (changes nothing)`, {kind: 'look', step: step.id}, 'nothing', each)]
				: []),
			...(hasCheck(step)
				? [choice('c', 'run its check now (changes nothing)', {kind: 'check', step: step.id}, 'nothing', each)]
				: []),
			choice('d', 'mark done…', {kind: 'mark', step: step.id, as: 'done', reason: ''}, 'reason', each),
			...(isUndo
				? [choice('u', 'mark undone…', {kind: 'mark', step: step.id, as: 'undone', reason: ''}, 'reason', each)]
				: []),
			choice('f', 'mark failed…', {kind: 'mark', step: step.id, as: 'failed', reason: ''}, 'reason', each),
			...retryChoices(step, hosts, each, choice),
			...giveUpChoices(graph, node, choice),
			...undoChoices(state, node, hosts, each, choice),
		],
	};
}

function doubtWords(all: readonly Progress[]): string {
	if (all.some(mayStillRun)) {
		return 'It may still be running there.';
	}

	return all.every(({sent}) => sent?.part === 'undo')
		? 'It may have been taken back, in part or whole.'
		: 'It may have run, in part or whole.';
}

function unknownLines(host: HostName, progress: Progress, timeZone: string | undefined): readonly string[] {
	const {sent, startedAt, outcome, because, checkSaid} = progress;
	const evidence = outcome?.kind === 'lost' ? outcome.evidence : because;
	const looked =
		checkSaid === 'not-there'
			? ['Its check has looked since: it is not there.']
			: sent?.trace === undefined && because !== evidence && because !== ''
				? [`Looked again: ${midSentence(because)}.`]
				: [];
	const name = hostWord(host);
	return [
		`${name === '' ? '' : `${name}: `}sent ${clockTime(sent?.at ?? startedAt, timeZone)}${/^[A-Z]/.test(evidence) ? '. ' : ', then '}${midSentence(evidence)}.`,
		...looked,
	];
}

/** A reason may be a whole sentence; where more follows, its full stop is ours to set. */
function midSentence(reason: string): string {
	return sanitiseLine(reason).replace(/\.$/, '');
}

/** What is answered about some hosts of a step must not settle the others: they may be unknown, or not have begun. */
function onlyThese(state: RunState, node: StepNode, hosts: readonly HostName[]): readonly HostName[] {
	return hosts.length < hostsOf(node, state).length ? hosts : [];
}

/** All at once first, then each host alone where there are several. */
function retryChoices(
	step: Step,
	hosts: readonly HostName[],
	each: readonly HostName[],
	choice: ChoiceMaker,
): readonly Choice[] {
	const does = hosts.length > 1 ? `run again on ${hostWords(hosts)}` : 'run again';
	const all = choice('r', does, {kind: 'retry', step: step.id}, 'nothing', each);
	return hosts.length < 2
		? [all]
		: [
				all,
				...hosts.map(host => choice('r', `run again on ${hostWord(host)} alone`, {kind: 'retry', step: step.id, host})),
			];
}

function undoChoices(
	state: RunState,
	node: StepNode,
	hosts: readonly HostName[],
	each: readonly HostName[],
	choice: ChoiceMaker,
): readonly Choice[] {
	const {step} = node;
	const isOffered = hosts.some(host => canBeUndone(step, progressOf(state, node, host)));
	return isOffered ? [choice('z', 'undo it', {kind: 'undo', step: step.id}, 'nothing', each)] : [];
}

/** Of a plain document: who chose the wrong host can choose another one. */
function chooseAnew(state: RunState, {step}: StepNode, choice: ChoiceMaker): readonly Choice[] {
	return step.on?.kind === 'asked' && state.hosts.size > 0
		? [choice('o', 'choose another host…', {kind: 'choose-host', step: step.id, host: offeredHost(state)}, 'host')]
		: [];
}

/** Whether a choice is offered is not for the view to say: the run's own rules decide, as if everything were filled in. */
function choiceMaker(graph: StepGraph, state: RunState) {
	return (
		key: string,
		does: string,
		request: Request,
		asks: Choice['asks'] = 'nothing',
		each: readonly HostName[] = [],
	): Choice => {
		const choice = {key, does, asks, request, each, unless: ''};
		const decisions = requestsOf(choice).map(own => decide(graph, state, asks === 'nothing' ? own : filledIn(own), ''));
		const refused = decisions.find(decision => !decision.accepted);
		const needsMore = asks === 'value';
		return needsMore || refused === undefined ? choice : {...choice, unless: sanitiseLine(refused.because)};
	};
}

/** The key of each choice. Where several share a letter (all hosts, then each alone), the later ones are numbered from 1. */
export function lettered(
	choices: readonly Choice[],
): ReadonlyArray<{readonly letter: string; readonly choice: Choice}> {
	return choices.map((choice, index) => {
		const before = choices.slice(0, index).filter(({key}) => key === choice.key).length;
		return {letter: before === 0 ? choice.key : String(before), choice};
	});
}

/** Beside what a question asks: something to be kept about its step. Undefined: it is about none, or asks for evidence itself. */
export function evidenceChoice(graph: StepGraph, state: RunState, question: Question): Choice | undefined {
	if (!('step' in question) || question.step === undefined || question.kind === 'evidence') {
		return undefined;
	}

	const on = 'host' in question && question.host !== '' ? {host: question.host} : {};
	const request = {kind: 'evidence', step: question.step, ...on, text: '', file: null} as const;
	return choiceMaker(graph, state)('A', 'evidence…', request, 'text');
}

/** What is to be asked of the run for a choice. */
export function requestsOf({request, each}: Choice): readonly Request[] {
	return each.length === 0 ? [request] : each.map(host => onHost(request, host));
}

function onHost(request: Request, host: HostName): Request {
	switch (request.kind) {
		case 'retry':
		case 'check':
		case 'look':
		case 'skip':
		case 'mark':
		case 'undo':
			return {...request, host};
		default:
			return request;
	}
}

function filledIn(request: Request): Request {
	switch (request.kind) {
		case 'skip':
		case 'mark':
		case 'give-up':
			return {...request, reason: 'as asked'};
		case 'answer':
			return {...request, note: 'as asked'};
		case 'evidence':
			return {...request, text: 'as asked'};
		default:
			return request;
	}
}

function gone(step: string): QuestionView {
	return {tone: 'quiet', headline: sanitiseLine(step), lines: [], typed: [], choices: []};
}
