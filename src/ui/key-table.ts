import {homeKeys} from './home/home.js';
import {type KeyGroup, key, moveKeys} from './keys.js';
import {contentColumns, contentRows, lastTop} from './modal/box.js';
import {helpLines} from './modal/help.js';
import {modalKeys} from './modal/keys.js';
import type {Modal} from './modal/modal.js';
import {act, type Model, type Step, say, stay} from './model.js';
import {runKeys} from './run/keys.js';
import {backFrom, isRunning, isVain} from './run/run-screen.js';
import {sheetKeys} from './sheet/sheet.js';
import {marksOf} from './theme.js';

/** Ctrl-C within this time of another one leaves. */
const twiceMs = 3000;

/** What keys mean now: the focused pane's first, then its screen's, then everybody's. A modal has them all to itself. */
export function focusedKeys(model: Model): readonly KeyGroup[] {
	const {modal} = model;
	if (modal !== undefined) {
		const own = modal.kind === 'help' ? helpKeys(model, modal) : modalKeys(model, modal);
		return [own, {title: 'Always', keys: [interruptKey(model)]}];
	}
	return [...screenKeys(model, 'focused'), always(model)];
}

function helpKeys(model: Model, modal: Extract<Modal, {kind: 'help'}>): KeyGroup {
	const {size} = model;
	const rows = contentRows(size);
	const last = lastTop(helpLines(allKeys(model), contentColumns(size), marksOf('unicode')).length, rows);
	const move = (to: number): Step => stay({...model, modal: {...modal, top: Math.max(0, Math.min(last, to))}});
	return {
		title: 'Help',
		keys: [
			key(['esc', '?', 'q', 'enter'], 'close', () => stay({...model, modal: undefined})),
			...moveKeys(Math.min(modal.top, last), last + 1, move),
		],
	};
}

/** All keys of the screen, pane by pane: what the help shows. */
export function allKeys(model: Model): readonly KeyGroup[] {
	const behind = {...model, modal: undefined};
	return [...screenKeys(behind, 'all'), always(behind)];
}

function screenKeys(model: Model, which: 'focused' | 'all'): readonly KeyGroup[] {
	const {screen} = model;
	switch (screen.kind) {
		case 'waiting':
			return [];
		case 'home':
			return [homeKeys(model, screen)];
		case 'sheet':
			return [sheetKeys(model, screen)];
		case 'run':
			return runKeys(model, screen, which);
	}
}

function always(model: Model): KeyGroup {
	return {
		title: 'Always',
		keys: [
			key(['esc'], 'back', () => back(model), {
				unless:
					backTo(model) !== undefined ? '' : model.screen.kind === 'run' ? 'q leaves it' : 'this is the first screen',
				inFooter: model.screen.kind === 'sheet' || model.screen.kind === 'run',
			}),
			key(['q'], isBusy(model) ? 'stop…' : 'quit', at => quit(model, at)),
			interruptKey(model),
			suspendKey(model),
			key(['?'], 'help', at => stay({...model, modal: {kind: 'help', top: 0, openedAt: at}})),
		],
	};
}

/** Never kills the remote command unasked: once offers to interrupt it, twice leaves the screen and lets it run. */
function interruptKey(model: Model) {
	return key(['ctrl-c'], 'stop…; twice: leave', at => interrupt(model, at), {inFooter: false});
}

/** The first one says what is under way and what would become of it, the second one leaves. */
function interrupt(model: Model, at: number): Step {
	if (at - model.interruptedAt < twiceMs || model.modal?.kind === 'stop') {
		return act(model, {kind: 'leave', how: 'interrupted'});
	}
	const next = {...model, interruptedAt: at};
	return isBusy(model)
		? stay({...next, modal: {kind: 'stop', openedAt: at}})
		: say(next, 'Nothing is running. Ctrl-C again leaves.');
}

function quit(model: Model, at: number): Step {
	return isBusy(model)
		? stay({...model, modal: {kind: 'stop', openedAt: at}})
		: act(model, {kind: 'leave', how: 'quit'});
}

function isBusy({screen}: Model): boolean {
	return screen.kind === 'run' && isRunning(screen) !== undefined;
}

/** The whole program stops with its terminal: what is under way would not be listened to. */
function suspendKey(model: Model) {
	return key(['ctrl-z'], 'to the shell and back with fg', () => act(model, {kind: 'suspend'}), {
		unless: isBusy(model) ? 'something is under way, and nobody would listen to it' : '',
		inFooter: false,
	});
}

function backTo({screen}: Model): Model['screen'] | undefined {
	switch (screen.kind) {
		case 'home':
			return undefined;
		case 'run':
			return backFrom(screen);
		case 'waiting':
		case 'sheet':
			return screen.back;
	}
}

/** Typed values are not thrown away by one key: the first Esc says so. */
const unwritten = 'What you typed is not in the site file yet: ^W writes it, esc again forgets it.';

function back(model: Model): Step {
	const screen = backTo(model);
	if (screen === undefined) {
		return stay(model);
	}
	if (model.screen.kind === 'sheet' && !model.screen.saved && !model.screen.isForgotten) {
		return say({...model, screen: {...model.screen, isForgotten: true}}, unwritten);
	}
	const {screen: before} = model;
	return act(
		{...model, screen},
		...(before.kind === 'run' && screen.kind !== 'run' ? [{kind: 'close-run', isVain: isVain(before)} as const] : []),
		...(screen.kind === 'home' ? [{kind: 'list-home'} as const] : []),
	);
}
