import type {ManualChoice} from '../../run/event.js';
import {nodeOf} from '../../run/nodes.js';
import type {Request} from '../../run/request.js';
import type {Question} from '../../run/state.js';
import type {HostName} from '../../runbook/runbook.js';
import {Secret} from '../../text/secret.js';
import {hostsToChoose, offeredHost} from '../../view/choose-host.js';
import {shortSecret} from '../../view/short-secret.js';
import {openFile} from '../home/home.js';
import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import {act, type Model, type Notice, type Step, stay} from '../model.js';
import {compareWith, type DifferenceModal, hostsToCompare} from '../run/difference.js';
import {ask, putAside, type RunScreen, refusal, runningSteps, told} from '../run/run-screen.js';
import {emptyField, textOf} from '../text-field.js';
import {editedKeys} from './edited.js';
import type {
	ChooseHostModal,
	DangerModal,
	ManualField,
	ManualModal,
	Modal,
	Prompt,
	QuestionModal,
	ReasonedRequest,
	ReasonModal,
	UndoModal,
} from './modal.js';
import {answerKeys, isRead, readingKey, readOn} from './question-text.js';

/** The keys of a modal. Esc leads one step back out of each of them and never confirms. */
export function modalKeys(model: Model, modal: Exclude<Modal, {kind: 'help'}>): KeyGroup {
	const close = {...model, modal: undefined};
	const {screen} = model;
	switch (modal.kind) {
		case 'message':
			return {
				title: modal.title,
				keys: [
					key(['enter', 'esc'], 'close', at =>
						stay({...model, modal: modal.under === undefined ? undefined : {...modal.under, openedAt: at}}),
					),
				],
			};
		case 'open-file': {
			const file = textOf(modal.field).trim();
			return {
				title: 'Open a file',
				keys: [
					key(['enter'], 'open', () => openFile(model, file, modal.mode, modal), {
						unless: file === '' ? 'no path is typed' : '',
					}),
					wayOut(close, 'back'),
				],
			};
		}
		case 'secret':
			return {
				title: 'Secret',
				keys: [
					key(['enter'], 'hand over', () => tell(model, modal.prompt, textOf(modal.field))),
					key(['esc'], 'not now', () => tell(model, modal.prompt, undefined)),
				],
			};
		case 'edited':
			return editedKeys(model, modal);
		case 'question':
		case 'danger':
		case 'choose-host':
		case 'manual':
		case 'reason':
		case 'evidence':
		case 'note':
		case 'settings':
		case 'interrupt':
		case 'stop':
		case 'undo':
		case 'difference':
			return screen.kind === 'run' ? runModalKeys(model, screen, modal) : {title: '', keys: [wayOut(close, 'back')]};
	}
}

type RunModal = Exclude<Modal, {kind: 'help' | 'message' | 'open-file' | 'secret' | 'edited'}>;

function runModalKeys(model: Model, screen: RunScreen, modal: RunModal): KeyGroup {
	const close = {...model, modal: undefined};
	switch (modal.kind) {
		case 'question':
			return questionKeys(model, screen, modal);
		case 'danger':
			return dangerKeys(model, screen, modal);
		case 'choose-host':
			return hostKeys(model, screen, modal);
		case 'manual':
			return manualKeys(model, screen, modal);
		case 'reason':
			return reasonKeys(model, modal);
		case 'evidence': {
			const {request, pasted} = modal;
			const typed = textOf(modal.field).trim();
			const path = pasted === '' && typed.startsWith('@') ? typed.slice(1) : undefined;
			const text = [typed, pasted].filter(Boolean).join('\n');
			const noPath = path === '' ? 'no path is typed' : modal.isSent ? 'it is being read' : '';
			const unless = path === undefined ? refusal(screen, {...request, text}) : noPath;
			const keep = (): Step =>
				path === undefined
					? ask(model, {...request, text})
					: act({...model, modal: {...modal, isSent: true}}, {kind: 'attach', request, path});
			return {
				title: 'Evidence',
				keys: [key(['enter'], path === undefined ? 'keep it' : 'keep the file', keep, {unless}), wayOut(close, 'back')],
			};
		}
		case 'note': {
			const request: Request = {kind: 'note', step: modal.step === '' ? null : modal.step, text: textOf(modal.field)};
			return {
				title: 'Note',
				keys: [
					key(['enter'], 'keep it', () => ask(model, request), {unless: refusal(screen, request)}),
					wayOut(close, 'back'),
				],
			};
		}
		case 'settings':
			return settingsKeys(model, screen, modal);
		case 'interrupt': {
			const request: Request = {kind: 'cancel', step: modal.step, ...onlyHost(modal.host)};
			return {
				title: 'Interrupt',
				keys: [
					key(['y'], 'interrupt it', () => ask(model, request), {unless: refusal(screen, request), confirms: true}),
					key(['esc', 'enter', 'n'], 'let it run', () => stay(close)),
				],
			};
		}
		case 'difference':
			return differenceModalKeys(model, screen, modal);
		case 'stop':
			return stopKeys(model, screen);
		case 'undo':
			return undoKeys(model, screen, modal);
	}
}

function differenceModalKeys(model: Model, screen: RunScreen, modal: DifferenceModal): KeyGroup {
	const hosts = hostsToCompare(screen);
	const host = hosts[modal.chosen];
	return {
		title: 'Difference',
		keys: [
			key(['enter'], 'compare', () => (host === undefined ? stay(model) : compareWith(model, screen, host)), {
				unless: host === undefined ? 'no other host has printed anything' : '',
			}),
			...moveKeys(modal.chosen, hosts.length, to =>
				stay({...model, modal: {...modal, chosen: Math.max(0, Math.min(hosts.length - 1, to))}}),
			),
			wayOut({...model, modal: undefined}, 'back'),
		],
	};
}

/** What can be set while a run is open: its pace, and whether the choice goes along with it. */
export const settings: readonly SettingsModal['chosen'][] = ['step', 'phase', 'auto', 'goes-along'];

type SettingsModal = Extract<Modal, {readonly kind: 'settings'}>;

function settingsKeys(model: Model, screen: RunScreen, modal: SettingsModal): KeyGroup {
	const {chosen} = modal;
	const turn = (): Step => stay({...model, screen: {...screen, goesAlong: !screen.goesAlong}});
	return {
		title: 'Run settings',
		keys: [
			chosen === 'goes-along'
				? key(['enter', ' '], screen.goesAlong ? 'let it stay' : 'let it go along', turn)
				: key(['enter'], `pace: ${chosen}`, () => ask(model, {kind: 'set-pace', pace: chosen}), {
						unless: refusal(screen, {kind: 'set-pace', pace: chosen}),
						confirms: true,
					}),
			...moveKeys(settings.indexOf(chosen), settings.length, to =>
				stay({...model, modal: {...modal, chosen: settings[Math.max(0, Math.min(settings.length - 1, to))] ?? chosen}}),
			),
			wayOut({...model, modal: undefined}, 'close'),
		],
	};
}

/** Each of the ways to stop, the gentlest first; going on is the default. */
function stopKeys(model: Model, screen: RunScreen): KeyGroup {
	const close = {...model, modal: undefined};
	const pause: Request = {kind: 'pause', reason: ''};
	const cancels = runningSteps(screen).flatMap((step): readonly Request[] =>
		refusal(screen, {kind: 'cancel', step}) === '' ? [{kind: 'cancel', step}] : [],
	);
	const unless = refusal(screen, pause);
	return {
		title: 'Stop',
		keys: [
			key(['p'], 'pause', () => ask(model, pause), {unless, confirms: true}),
			key(['w'], 'pause, and leave when it has ended', () => pauseAndLeave(model), {unless, confirms: true}),
			key(['i'], 'interrupt it now', () => ask(model, ...cancels), {
				unless: cancels.length === 0 ? 'nothing is under way' : '',
				confirms: true,
			}),
			key(['l'], 'leave now', () => act(close, {kind: 'leave', how: 'quit'}), {confirms: true}),
			key(['esc', 'enter', 'n'], 'go on', () => stay({...close, interruptedAt: Number.NEGATIVE_INFINITY})),
		],
	};
}

/** The scripts must have been on the screen to their end; the default is no. */
function undoKeys(model: Model, screen: RunScreen, modal: UndoModal): KeyGroup {
	const unless = refusal(screen, modal.request);
	return {
		title: 'Undo',
		keys: [
			isRead(modal, model, screen)
				? key(['y'], 'take it back', () => ask(model, modal.request), {unless, confirms: true})
				: readingKey(['y'], model, screen, modal),
			...scrollKeys(model, screen, modal),
			key(['enter', 'esc', 'n'], 'no, leave it', () => stay({...model, modal: undefined})),
		],
	};
}

const questionTitles = {
	gate: 'Gate',
	failed: 'Failed',
	undone: 'Undone',
	unknown: 'Unknown',
	'choose-way': 'Way',
	trust: 'First contact',
} as const;

/** The choices, and the way out, which is the default: Enter is a no. */
function questionKeys(model: Model, screen: RunScreen, modal: QuestionModal): KeyGroup {
	const {question} = modal;
	return {
		title: questionTitles[question.kind],
		keys: [
			...answerKeys(model, screen, modal),
			...scrollKeys(model, screen, modal),
			key(['enter', 'esc'], question.kind === 'gate' ? 'no, not now' : 'look around', () =>
				notNow(model, screen, question),
			),
		],
	};
}

function dangerKeys(model: Model, screen: RunScreen, modal: DangerModal): KeyGroup {
	return {
		title: 'Danger',
		keys: [
			isRead(modal, model, screen)
				? key(['enter'], 'that is its name', () => typedName(model, modal), {confirms: true})
				: readingKey(['enter'], model, screen, modal),
			...scrollKeys(model, screen, modal),
			key(['esc'], 'not now', () => notNow(model, screen, modal.question)),
		],
	};
}

/** For what a modal says and a low terminal does not show at once. Letters may be typed into it. */
function scrollKeys(model: Model, screen: RunScreen, modal: QuestionModal | DangerModal | UndoModal): readonly Key[] {
	const scroll = (by: number) => () => stay({...model, modal: readOn(modal, by, model, screen)});
	return [
		key(['down'], 'a line on', scroll(1), {inFooter: false}),
		key(['up'], 'a line back', scroll(-1), {inFooter: false}),
		key(['page-down'], 'five lines on', scroll(5), {inFooter: false}),
		key(['page-up'], 'five lines back', scroll(-5), {inFooter: false}),
	];
}

/** One name for each host, in their order; the gate opens only with the last one. */
function typedName(model: Model, modal: DangerModal): Step {
	const {question, typed, field} = modal;
	const wanted = question.names[typed.length];
	const text = textOf(field).trim();
	if (text !== wanted) {
		const problem = text === '' ? '' : 'That is not the name.';
		return stay({...model, modal: {...modal, problem}});
	}
	const names = [...typed, text];
	return names.length < question.names.length
		? stay({...model, modal: {...modal, typed: names, field: emptyField, problem: ''}})
		: ask(model, {kind: 'pass-gate', step: question.step, typed: names});
}

function notNow(model: Model, screen: RunScreen, question: Question): Step {
	return stay({...model, modal: undefined, screen: putAside(screen, question)});
}

function hostKeys(model: Model, screen: RunScreen, modal: ChooseHostModal): KeyGroup {
	const {hosts, chosen} = hostChoices(screen, modal);
	const host = hosts[chosen] ?? 'none';
	return {
		title: 'Host',
		keys: [
			key(['enter'], 'this one', () => ask(model, {kind: 'choose-host', step: modal.question.step, host}), {
				confirms: true,
			}),
			...moveKeys(chosen, hosts.length, to =>
				stay({...model, modal: {...modal, chosen: Math.max(0, Math.min(hosts.length - 1, to))}}),
			),
			key(['esc'], 'not now', () => stay({...model, modal: undefined, screen: putAside(screen, modal.question)})),
		],
	};
}

/** The hosts of the run; last: nobody's, it is done by hand. `chosen` is an index of them. */
export function hostChoices({state}: RunScreen, {chosen}: Pick<ChooseHostModal, 'chosen'>) {
	const hosts = hostsToChoose(state);
	return {hosts, chosen: chosen ?? hosts.indexOf(offeredHost(state))};
}

export const manualChoices: readonly ManualChoice[] = ['done', 'not-as-described', 'cannot'];

function manualKeys(model: Model, screen: RunScreen, modal: ManualModal): KeyGroup {
	const {question, choice} = modal;
	const fields = manualFields(screen, modal);
	const isLast = modal.focus === fields.at(-1);
	const focus = (by: number): Step => {
		const next = fields[(fields.indexOf(modal.focus) + by + fields.length) % fields.length] ?? 'choice';
		return stay({...model, modal: {...modal, focus: next}});
	};
	const turn = (by: number): Step => {
		const next = manualChoices[(manualChoices.indexOf(choice) + by + 3) % 3] ?? 'done';
		return stay({...model, modal: {...modal, choice: next, problem: ''}});
	};
	const request: Request = {
		kind: 'answer',
		step: question.step,
		...onlyHost(question.host),
		choice,
		note: textOf(modal.note),
		value: textOf(modal.value),
	};
	const answer = (): Step => {
		const problem = refusal(screen, request);
		return problem === '' ? ask(model, request) : stay({...model, modal: {...modal, problem}});
	};
	return {
		title: 'Answer',
		keys: [
			isLast ? key(['enter'], 'record it', answer, {confirms: true}) : key(['enter'], 'next', () => focus(1)),
			...(modal.focus === 'choice'
				? [
						key(['right', ' ', 'l'], 'other answer', () => turn(1)),
						key(['left', 'h'], 'answer before', () => turn(-1), {inFooter: false}),
					]
				: []),
			key(['tab', 'down'], 'next field', () => focus(1), {inFooter: false}),
			key(['shift-tab', 'up'], 'field before', () => focus(-1), {inFooter: false}),
			wayOut({...model, modal: undefined}, 'back'),
		],
	};
}

/** The value only where the step captures one and was done. */
export function manualFields(screen: RunScreen, {question, choice}: ManualModal): readonly ManualField[] {
	const captures = nodeOf(screen.open.graph, question.step)?.step.captures;
	return captures !== undefined && choice === 'done' ? ['choice', 'value', 'note'] : ['choice', 'note'];
}

function reasonKeys(model: Model, modal: ReasonModal): KeyGroup {
	const reason = textOf(modal.field).trim();
	const send = (): Step =>
		reason === ''
			? stay({...model, modal: {...modal, problem: 'A reason is wanted: it stands in the report.'}})
			: ask(model, ...modal.requests.map(request => ({...request, reason})));
	return {
		title: 'Reason',
		keys: [
			key(['enter'], reasonVerb(modal.requests[0]), send, {confirms: true}),
			wayOut({...model, modal: modal.under}, 'back'),
		],
	};
}

function reasonVerb(request: ReasonedRequest): string {
	switch (request.kind) {
		case 'skip':
			return 'skip it';
		case 'mark':
			return `mark it ${request.as}`;
		case 'give-up':
			return 'give it up';
	}
}

function tell(model: Model, prompt: Prompt, value: string | undefined): Step {
	const {screen} = model;
	const next = screen.kind === 'run' && value !== undefined ? told(screen, prompt) : screen;
	const warning = value === undefined || prompt.echo ? '' : shortSecret(value);
	const notice: Notice | undefined = warning === '' ? model.notice : {text: warning, role: 'bad'};
	return act(
		{...model, screen: next, modal: undefined, notice},
		{
			kind: 'tell',
			prompt: prompt.id,
			value: value === undefined ? undefined : new Secret(prompt.name, value),
		},
	);
}

function pauseAndLeave(model: Model): Step {
	return act(
		{...model, modal: undefined},
		{kind: 'request', request: {kind: 'pause', reason: ''}},
		{kind: 'leave-when-ended'},
	);
}

function wayOut(model: Model, does: string): Key {
	return key(['esc'], does, () => stay(model));
}

function onlyHost(host: HostName | undefined): {readonly host?: HostName} {
	return host === undefined || host === '' ? {} : {host};
}
