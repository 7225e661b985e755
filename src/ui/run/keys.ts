import {nodeOf, positionOf} from '../../run/nodes.js';
import {placeIn} from '../../run/phases.js';
import type {Request} from '../../run/request.js';
import type {Question} from '../../run/state.js';
import type {HostName, StepId} from '../../runbook/runbook.js';
import {textOf} from '../../text/output-line.js';
import {hostWord} from '../../view/names.js';
import {bodySize} from '../frame.js';
import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import {displayKeys, logKeys, openReading, openSearch} from '../log/log.js';
import type {Modal, ReasonedRequest} from '../modal/modal.js';
import {evidenceModal, modalFor, reasonModal, undoModal} from '../modal/questions.js';
import {act, type Model, type Size, type Step, stay} from '../model.js';
import {emptyField} from '../text-field.js';
import {choiceKeys} from './choices.js';
import {differenceKeys, noDifference, openDifference} from './difference.js';
import {hostLayout, hostsInOrder} from './host-layout.js';
import {hostAlone} from './hosts.js';
import {choose, filterKeys, jumpKeys, outlineKeys} from './outline-keys.js';
import {outputRows, panesOf, stepView, unread} from './panes.js';
import {preflightKeys} from './preflight-keys.js';
import {
	ask,
	chosenAt,
	type PaneName,
	pinnedAt,
	placeOfRun,
	questionsAt,
	type RunScreen,
	refusal,
	show,
	shownHost,
	shownStretch,
	stageOf,
	stretchKey,
} from './run-screen.js';
import {lastSummaryTop} from './summary-look.js';

/** The keys of an open run: of the focused pane and of all, or of every pane for the help. */
export function runKeys(model: Model, screen: RunScreen, which: 'focused' | 'all'): readonly KeyGroup[] {
	if (screen.log !== undefined && which === 'focused') {
		return logKeys(model, screen, screen.log);
	}
	switch (stageOf(screen)) {
		case 'preflight':
			return [preflightKeys(model, screen)];
		case 'difference':
			return [differenceKeys(model, screen)];
		case 'summary':
			return [summaryKeys(model, screen)];
		case 'steps': {
			if (screen.isFiltering) {
				return [filterKeys(model, screen)];
			}
			const panes: Readonly<Record<PaneName, () => KeyGroup>> = {
				outline: () => outlineKeys(model, screen),
				step: () => stepPaneKeys(model, screen),
				output: () => outputKeys(model, screen),
			};
			const shown: readonly PaneName[] = which === 'all' ? ['outline', 'step', 'output'] : [screen.pane];
			return [stepKeys(model, screen), ...shown.map(pane => panes[pane]()), paneKeys(model, screen)];
		}
	}
}

/** What can be done about the chosen step: the answers to what it asks, then what may be done with any step. */
function stepKeys(model: Model, screen: RunScreen): KeyGroup {
	const {chosen} = screen;
	if (chosen === undefined) {
		const place = placeOfRun(screen);
		const goes = key(['enter'], 'to where the run is', at =>
			place === undefined ? stay(model) : choose(model, screen, {kind: 'step', id: place}, at),
		);
		// In the outline Enter folds what is chosen.
		return {title: 'Step', keys: screen.pane === 'outline' || place === undefined ? [] : [goes]};
	}
	const [question, ...later] = questionsAt(screen, chosen);
	const answers = [
		...(question === undefined ? [] : answerKeys(model, screen, question)),
		...later
			.filter(other => modalFor(other, 0) !== undefined)
			.slice(0, 1)
			.map(other => key(['a'], modalVerb(other), at => openModal(model, modalFor(other, at)))),
	];
	const host = hostAlone(screen);
	const on = host === undefined ? '' : ` on ${hostWord(host)}`;
	const alone = host === undefined ? {} : {host};
	const reason = (stroke: Key['strokes'][0], does: string, request: ReasonedRequest) =>
		key([stroke], does, at => openModal(model, reasonModal([request], undefined, at)), {
			unless: refusal(screen, request),
		});
	const undo = {kind: 'undo', step: chosen, ...alone} as const;
	const again: Request = {kind: 'retry', step: chosen, ...alone};
	const others = [
		...(host === undefined
			? []
			: [key(['r'], `run again${on}`, () => ask(model, again), {unless: refusal(screen, again), confirms: true})]),
		reason('s', `skip${on}…`, {kind: 'skip', step: chosen, ...alone, reason: '-'}),
		// A step that is done by hand has its own word for that.
		...(question?.kind === 'manual'
			? []
			: [reason('d', `mark done${on}…`, {kind: 'mark', step: chosen, ...alone, as: 'done', reason: '-'})]),
		key(['u'], `undo${on}…`, at => openModal(model, undoModal(undo, at)), {unless: refusal(screen, undo)}),
		key(['i'], `interrupt${on}…`, at => openModal(model, {kind: 'interrupt', step: chosen, ...alone, openedAt: at}), {
			unless: refusal(screen, {kind: 'cancel', step: chosen, ...alone}),
		}),
	];
	// At one host's row its own keys come first: what all hosts are asked is answered at the step's.
	const free = (keys: readonly Key[], first: readonly Key[]) => {
		const taken = new Set(first.flatMap(({strokes}) => strokes));
		return keys.filter(({strokes: [stroke]}) => !taken.has(stroke));
	};
	const all = host === undefined ? [...answers, ...free(others, answers)] : [...free(answers, others), ...others];
	return {
		title: 'Step',
		keys: [...(all.some(({strokes}) => strokes.includes('enter')) ? [] : enterKeys(model, screen, chosen)), ...all],
	};
}

/** What has a modal of its own is answered there: here Enter opens it. */
function answerKeys(model: Model, screen: RunScreen, question: Question): readonly Key[] {
	const modal = (at: number) => modalFor(question, at);
	if (modal(0) !== undefined) {
		return [key(['enter'], modalVerb(question), at => openModal(model, modal(at)))];
	}
	const keys = choiceKeys(model, screen, question, undefined);
	const reading = readingKey(model, screen);
	return reading === undefined ? keys : [reading, ...keys.filter(({strokes}) => !strokes.includes('enter'))];
}

/** What Enter answers must have been on the screen to its end: before that, it reads on. */
function readingKey(model: Model, screen: RunScreen): Key | undefined {
	const {chosen} = screen;
	const size = bodySize(model.size);
	switch (chosen === undefined ? undefined : unread(screen, size)) {
		case undefined:
			return undefined;
		case 'hidden':
			return key(['enter'], 'read the step', () => show(model, {...screen, pane: 'step', isZoomed: false}));
		case 'below':
			return key(['enter'], 'read on', at => scrollStep(model, {...screen, askedAt: at}, size));
	}
}

function scrollStep(model: Model, screen: RunScreen, size: Size): Step {
	const {step} = panesOf(screen, size);
	if (screen.chosen === undefined || step === undefined) {
		return stay(model);
	}
	const {top, rows} = stepView(screen, step);
	const stepTop = {...screen.stepTop, [screen.chosen]: top + Math.max(1, rows - 1)};
	return stay({...model, screen: {...screen, stepTop}});
}

function modalVerb({kind}: Question): string {
	switch (kind) {
		case 'gate':
			return 'read the gate…';
		case 'failed':
			return 'what failed…';
		case 'undone':
			return 'what was undone…';
		case 'unknown':
			return 'what is unknown…';
		case 'choose-host':
			return 'choose its host…';
		case 'choose-way':
		case 'begin':
		case 'trust':
		case 'go':
		case 'manual':
		case 'evidence':
		case 'resume':
			return 'answer…';
	}
}

/** In a run that is over Enter leads on to the next step. */
function enterKeys(model: Model, screen: RunScreen, step: StepId): readonly Key[] {
	return screen.state.status === 'finished' ? walkKeys(model, screen, step) : [enterKey(model, screen, step)];
}

/** Who has come to the end begins at the first step again. */
function walkBegun(screen: RunScreen): RunScreen {
	const {nodes} = screen.open.graph;
	const [first] = nodes;
	const isAtEnd = first !== undefined && screen.chosen === nodes.at(-1)?.step.id;
	return {...(isAtEnd ? chosenAt(screen, {kind: 'step', id: first.step.id}) : screen), looksBack: true};
}

/** Through the steps of a run that is over, in their order, each with its output as it was. */
function walkKeys(model: Model, screen: RunScreen, step: StepId): readonly Key[] {
	const {nodes} = screen.open.graph;
	const at = positionOf(screen.open.graph, step);
	const next = nodes[at + 1]?.step.id;
	const before = nodes[at - 1]?.step.id;
	const go = (id: StepId, time: number) => choose(model, screen, {kind: 'step', id}, time);
	return [
		next === undefined
			? key(['enter'], 'summary', () => show(model, {...screen, looksBack: false}))
			: key(['enter'], 'next step', time => go(next, time)),
		key(['backspace'], 'step before', time => (before === undefined ? stay(model) : go(before, time)), {
			unless: before === undefined ? 'this is the first one' : '',
		}),
	];
}

/** Enter on a step that asks nothing only shows something. */
function enterKey(model: Model, screen: RunScreen, step: StepId): Key {
	const resume = screen.questions.find(({kind}) => kind === 'resume');
	const goOn = resume === undefined ? undefined : choiceKeys(model, screen, resume, undefined)[0];
	if (goOn !== undefined) {
		return goOn;
	}
	const place = placeOfRun(screen);
	return place === undefined || place === step
		? key(['enter'], 'look at its output', () => show(model, {...screen, pane: 'output'}), {
				unless: shownStretch(screen) === undefined ? 'nothing was tried yet' : '',
			})
		: key(['enter'], 'to where the run is', at => choose(model, screen, {kind: 'step', id: place}, at));
}

function openModal(model: Model, modal: Modal | undefined): Step {
	return stay({...model, modal});
}

function stepPaneKeys(model: Model, screen: RunScreen): KeyGroup {
	const shown = screen.chosen ?? screen.phase;
	const {step} = panesOf(screen, bodySize(model.size));
	const view = step === undefined ? undefined : stepView(screen, step);
	const last = view === undefined ? 0 : Math.max(0, view.lines.length - view.rows);
	const move = (to: number): Step =>
		shown === undefined
			? stay(model)
			: stay({
					...model,
					screen: {...screen, stepTop: {...screen.stepTop, [shown]: Math.max(0, Math.min(last, to))}},
				});
	return {title: 'Step text', keys: moveKeys(view?.top ?? 0, last + 1, move)};
}

function outputKeys(model: Model, screen: RunScreen): KeyGroup {
	const height = outputRows(screen, bodySize(model.size));
	const view = screen.output;
	const last = view === undefined ? 0 : view.firstLine + view.lines.length;
	const newest = Math.max(view?.firstLine ?? 0, last - height);
	const top = pinnedAt(screen) ?? newest;
	const move = (to: number): Step =>
		pinAt(model, screen, to >= newest ? undefined : Math.max(view?.firstLine ?? 0, to));
	const stretch = shownStretch(screen);
	const unless = stretch === undefined ? 'nothing was tried yet' : '';
	const seenText = (view?.lines ?? []).map(textOf).join('\n');
	const readKeys = [
		key(['v'], 'read it whole', () => (stretch === undefined ? stay(model) : openReading(model, screen, stretch)), {
			unless,
		}),
		key(['o'], 'pager', () => (stretch === undefined ? stay(model) : act(model, {kind: 'page', key: stretch})), {
			unless,
			inFooter: false,
		}),
		key(['y'], 'copy', () => act(model, {kind: 'copy', text: seenText}), {unless, inFooter: false}),
		key(['D'], 'difference…', at => openDifference(model, screen, at), {unless: noDifference(screen)}),
	];
	const area = panesOf(screen, bodySize(model.size)).output;
	if (area !== undefined && hostLayout(screen, area.size.columns) === 'board') {
		return boardKeys(model, screen, readKeys);
	}
	return {
		title: 'Output',
		keys: [
			key(['G', 'end'], 'follow', () => move(newest), {unless, inFooter: pinnedAt(screen) !== undefined}),
			key(['z'], screen.isZoomed ? 'smaller' : 'larger', () => show(model, {...screen, isZoomed: !screen.isZoomed}), {
				unless,
			}),
			...displayKeys(model, screen).map(entry => ({...entry, unless})),
			...readKeys,
			key(['down', 'j'], 'a line down', () => move(top + 1), {unless, inFooter: false}),
			key(['up', 'k'], 'a line up', () => move(top - 1), {unless, inFooter: false}),
			key(['page-down', 'ctrl-d'], 'a page down', () => move(top + height), {unless, inFooter: false}),
			key(['page-up', 'ctrl-u'], 'a page up', () => move(top - height), {unless, inFooter: false}),
			key(['g', 'home'], 'to the oldest line', () => move(0), {unless, inFooter: false}),
		],
	};
}

/** Through the list of hosts; the output of the chosen one fills the place on request. */
function boardKeys(model: Model, screen: RunScreen, readKeys: readonly Key[]): KeyGroup {
	const hosts = hostsInOrder(screen);
	const host = shownHost(screen, screen.chosen);
	const {chosen} = screen;
	const move = (to: number): Step => {
		const next = hosts[Math.max(0, Math.min(hosts.length - 1, to))];
		return chosen === undefined || next === undefined
			? stay(model)
			: show(model, {...screen, hostOf: {...screen.hostOf, [chosen]: next}});
	};
	return {
		title: 'Hosts',
		keys: [
			key(['z'], `output of ${hostWord(host ?? '')}`, () => show(model, {...screen, isZoomed: true}), {
				unless: shownStretch(screen) === undefined ? 'it has none' : '',
			}),
			...readKeys,
			...moveKeys(host === undefined ? 0 : hosts.indexOf(host), hosts.length, move),
		],
	};
}

/** `undefined`: follow. */
function pinAt(model: Model, screen: RunScreen, line: number | undefined): Step {
	const stretch = shownStretch(screen);
	if (stretch === undefined) {
		return stay(model);
	}
	const {[stretchKey(stretch)]: _, ...others} = screen.pinned;
	const pinned = line === undefined ? others : {...others, [stretchKey(stretch)]: line};
	return act({...model, screen: {...screen, pinned}}, {kind: 'pull'});
}

function searchKey(model: Model, screen: RunScreen): Key {
	return key(['/'], 'search', () => openSearch(model, screen));
}

/** From a step to the test that it stands in: what is measured, and who is heard. */
function testKey(model: Model, screen: RunScreen): Key {
	const {open, chosen} = screen;
	const node = chosen === undefined ? undefined : nodeOf(open.graph, chosen);
	const test = node === undefined ? undefined : placeIn(open.graph, node).test;
	return key(
		['T'],
		'its test as a whole',
		at =>
			test === undefined
				? stay(model)
				: choose(
						model,
						{...screen, pane: screen.pane === 'output' ? 'step' : screen.pane},
						{kind: 'phase', id: test.id},
						at,
					),
		{unless: test === undefined ? 'it stands in no test' : ''},
	);
}

/** At a host's row about that host, else about all of the step's; in every state of the step, and when the run is over. */
function evidenceKey(model: Model, screen: RunScreen): Key {
	const host = hostAlone(screen);
	const request = {
		kind: 'evidence',
		step: screen.chosen ?? '',
		...(host === undefined ? {} : {host}),
		text: '',
		file: null,
	} as const;
	return key(['A'], 'evidence…', at => openModal(model, evidenceModal(undefined, request, at)), {
		unless: screen.chosen === undefined ? 'no step is chosen' : refusal(screen, {...request, text: '-'}),
	});
}

/** To a file beside the run's, and onto the person's own screen. */
function reportKey(model: Model, screen: RunScreen): Key {
	return key(
		['W'],
		'report',
		() => act({...model, notice: {text: 'Writing the report…', role: 'plain'}}, {kind: 'report'}),
		{
			unless: screen.state.status === 'finished' ? '' : 'the run is not over',
			inFooter: screen.state.status === 'finished',
		},
	);
}

/** What every pane of the steps has. */
function paneKeys(model: Model, screen: RunScreen): KeyGroup {
	const panes: readonly PaneName[] = ['outline', 'step', 'output'];
	const turn = (by: number) => (): Step => {
		const next = panes[(panes.indexOf(screen.pane) + by + panes.length) % panes.length] ?? 'outline';
		return show(model, {...screen, pane: next});
	};
	const hosts = hostsInOrder(screen);
	const isOver = screen.state.status === 'finished';
	const place = placeOfRun(screen);
	return {
		title: 'Run',
		keys: [
			key(['tab'], 'pane', turn(1)),
			key(['shift-tab'], 'pane before', turn(-1), {inFooter: false}),
			// In the outline the arrows lead into the step and to its hosts there.
			...(screen.pane === 'outline'
				? []
				: [
						key(['right', 'l'], 'next host', () => turnHost(model, screen, hosts, 1), {
							unless: hosts.length < 2 ? 'the step has one host' : '',
						}),
						key(['left', 'h'], 'host before', () => turnHost(model, screen, hosts, -1), {
							unless: hosts.length < 2 ? 'the step has one host' : '',
							inFooter: false,
						}),
					]),
			key(
				['.'],
				'where the run is',
				at => (place === undefined ? stay(model) : choose(model, screen, {kind: 'step', id: place}, at)),
				{
					unless: place === undefined ? 'nothing runs or asks' : place === screen.chosen ? 'it is here' : '',
					// Where nothing is asked, Enter goes there too.
					inFooter: questionsAt(screen, screen.chosen).length > 0,
				},
			),
			testKey(model, screen),
			...jumpKeys(model, screen),
			key(['n'], 'note…', at =>
				openModal(model, {kind: 'note', step: screen.chosen ?? '', field: emptyField, openedAt: at}),
			),
			evidenceKey(model, screen),
			key(
				['N'],
				'note on the run…',
				at => openModal(model, {kind: 'note', step: '', field: emptyField, openedAt: at}),
				{
					inFooter: false,
				},
			),
			searchKey(model, screen),
			key(
				['p'],
				`pace: ${screen.state.pace}`,
				at => openModal(model, {kind: 'settings', chosen: screen.state.pace, openedAt: at}),
				{
					unless: refusal(screen, {kind: 'set-pace', pace: screen.state.pace}),
				},
			),
			...panes.map((pane, index) =>
				key([String(index + 1)], `to the ${pane}`, () => show(model, {...screen, pane}), {inFooter: false}),
			),
			key(['b'], 'summary', () => stay({...model, screen: {...screen, looksBack: false}}), {
				unless: isOver ? '' : 'the run is not over',
			}),
			reportKey(model, screen),
		],
	};
}

function turnHost(model: Model, screen: RunScreen, hosts: readonly HostName[], by: 1 | -1): Step {
	const {chosen} = screen;
	const now = shownHost(screen, chosen);
	const next = hosts[((now === undefined ? 0 : hosts.indexOf(now)) + by + hosts.length) % hosts.length];
	return chosen === undefined || next === undefined
		? stay(model)
		: show(model, {...screen, hostOf: {...screen.hostOf, [chosen]: next}});
}

function summaryKeys(model: Model, screen: RunScreen): KeyGroup {
	const last = lastSummaryTop(screen, bodySize(model.size));
	const move = (to: number): Step => stay({...model, screen: {...screen, summaryTop: Math.max(0, Math.min(last, to))}});
	return {
		title: 'Summary',
		keys: [
			key(['enter', 'l'], 'look at the steps', () => show(model, walkBegun(screen))),
			reportKey(model, screen),
			key(
				['N'],
				'note on the run…',
				at => openModal(model, {kind: 'note', step: '', field: emptyField, openedAt: at}),
				{inFooter: false},
			),
			searchKey(model, screen),
			...moveKeys(Math.min(screen.summaryTop, last), last + 1, move),
		],
	};
}
