import {basename} from 'node:path';
import type {Pace} from '../run/event.js';
import {sanitiseLine} from '../text/sanitise.js';
import {counted} from '../view/names.js';
import {homeScreen, withListing} from './home/home.js';
import {focusedKeys} from './key-table.js';
import {keyFor} from './keys.js';
import {type LogView, readingRows, withFound, withWindow} from './log/log.js';
import type {Message} from './message.js';
import {guardMs} from './modal/modal.js';
import {act, type Model, type Notice, type Screen, type Step, say, stay} from './model.js';
import {beganRun, withSight} from './run/run-screen.js';
import {pastedBlock, sheetScreen} from './sheet/sheet.js';
import type {Stroke} from './stroke.js';
import {edited, inserted, isTyped} from './text-field.js';
import {typingIn} from './typing.js';
import type {WrittenReport} from './workbench.js';

/** The one reducer: what a message makes of the model, and what is to be done about it. */
export function update(model: Model, message: Message): Step {
	switch (message.kind) {
		case 'key':
			return pressed(model, message.stroke, message.at, message.isAlone);
		case 'pasted':
			return pasted(model, message.text);
		case 'resized':
			return stay({...model, size: message.size});
		case 'listed':
			return model.screen.kind === 'home'
				? stay({...model, screen: withListing(model.screen, message.listing)})
				: stay(model);
		case 'opened': {
			const {opened, mode} = message;
			return stay({...model, screen: sheetScreen(opened, mode, model.pace, backOf(model.screen))});
		}
		case 'began': {
			const {open, words} = message;
			const notice: Notice | undefined = words === undefined ? undefined : {text: words, role: 'plain'};
			return act(
				{...model, screen: beganRun(open, model.size, backOf(model.screen)), modal: undefined, notice},
				{kind: 'pull'},
			);
		}
		case 'estimated':
			return model.screen.kind === 'run' && model.screen.open === message.open
				? stay({...model, screen: {...model.screen, estimates: message.estimates}})
				: stay(model);
		case 'edited': {
			const {edited, at} = message;
			return stay({...model, modal: {kind: 'edited', edited, top: 0, wasRead: false, openedAt: at}});
		}
		case 'site-written':
			return siteWritten(model, message.sheet.opened.siteFile);
		case 'found':
			return withLog(model, log => withFound(log, message.text, message.found));
		case 'log-read':
			return withLog(model, log => withWindow(log, message.key, message.window, message.show, readingRows(model)));
		case 'copied':
			return message.isTooLong
				? say(model, 'That is too much for a clipboard; o opens it in the pager.', 'bad')
				: say(model, `Copied: ${counted(message.text.split('\n').length, 'line')}.`);
		case 'saw':
			return model.screen.kind === 'run' ? withSight(model, model.screen, message.sight, message.stamp) : stay(model);
		case 'reported':
			return reported(model, message.report);
		case 'answered':
			return answered(model, message);
		case 'failed':
			return failed(model, message);
	}
}

function pressed(before: Model, stroke: Stroke, at: number, isAlone: boolean): Step {
	const model = {...before, notice: undefined};
	const typing = typingIn(model);
	if (typing !== undefined && isTyped(stroke)) {
		return stay(typing.put(inserted(typing.field, stroke)));
	}
	const key = keyFor(focusedKeys(model), stroke);
	if (key === undefined) {
		const field = typing === undefined ? undefined : edited(typing.field, stroke);
		return stay(field === undefined || typing === undefined ? model : typing.put(field));
	}
	if (key.unless !== '') {
		return say(model, `${key.does}: ${key.unless}`);
	}
	// Meant for what stood there before, or typed ahead and sent along: neither may confirm or close anything.
	const isEarly = at - openedAt(model) < guardMs;
	if ((key.confirms && (isEarly || !isAlone)) || (stroke === 'enter' && model.modal !== undefined && isEarly)) {
		return stay(model);
	}
	return key.press(at);
}

function openedAt({modal, screen}: Model): number {
	return modal?.openedAt ?? (screen.kind === 'run' ? screen.askedAt : Number.NEGATIVE_INFINITY);
}

function pasted(model: Model, text: string): Step {
	const {screen, modal} = model;
	const block = screen.kind === 'sheet' && modal === undefined ? pastedBlock(model, screen, text) : undefined;
	if (block !== undefined) {
		return block;
	}
	const typing = typingIn(model);
	if (typing === undefined) {
		return stay(model);
	}
	// Terminals end the lines of what is pasted with a carriage return
	const lines = text.replaceAll(/\r\n?/g, '\n').trimEnd();
	if (modal?.kind === 'evidence' && lines.includes('\n')) {
		return stay({...model, modal: {...modal, pasted: lines}});
	}
	return typing.takesPaste
		? stay(typing.put(inserted(typing.field, text)))
		: say(model, 'This has to be typed by hand.', 'bad');
}

/** Its name now, and where it lies for as long as the run is looked at. */
function reported(model: Model, {file, isOpened}: WrittenReport): Step {
	const {screen} = model;
	const name = sanitiseLine(basename(file));
	return say(
		screen.kind === 'run' ? {...model, screen: {...screen, report: file}} : model,
		isOpened ? `${name} is written, and opens.` : `${name} is written beside the run file.`,
		'good',
	);
}

/** What was attached from a file is asked for while its modal is still there: the file may not be found. */
function answered(model: Model, {request, answer}: Extract<Message, {kind: 'answered'}>): Step {
	if (!answer.accepted) {
		return say({...model, modal: unsent(model.modal)}, answer.because, 'bad');
	}
	const isAttached = request.kind === 'evidence';
	const modal = isAttached && model.modal?.kind === 'evidence' ? undefined : model.modal;
	return isAttached ? say({...model, modal}, 'The run file keeps it.', 'good') : stay(model);
}

function withLog(model: Model, change: (log: LogView) => LogView): Step {
	const {screen} = model;
	return screen.kind === 'run' && screen.log !== undefined
		? stay({...model, screen: {...screen, log: change(screen.log)}})
		: stay(model);
}

function siteWritten(model: Model, file: string): Step {
	const notice: Notice = {text: `${file} is written.`, role: 'good'};
	return model.screen.kind === 'sheet'
		? stay({...model, screen: {...model.screen, saved: true}, notice})
		: stay({...model, notice});
}

/** Another file may be named. */
function unsent(modal: Model['modal']): Model['modal'] {
	return modal?.kind === 'evidence' ? {...modal, isSent: false} : modal;
}

/** What failed leads back to where it was asked for, with a word about it. */
function failed(model: Model, {title, text, at}: Extract<Message, {kind: 'failed'}>): Step {
	const {screen} = model;
	const open = unsent(model.modal?.kind === 'message' ? model.modal.under : model.modal);
	const under = screen.kind === 'waiting' ? screen.asked : open;
	return stay({
		...model,
		screen: backOf(screen) ?? screen,
		modal: {kind: 'message', title, text, under, openedAt: at},
	});
}

function backOf(screen: Screen): Screen | undefined {
	return screen.kind === 'waiting' ? screen.back : screen;
}

/** What is looked at first. */
export function firstModel(options: {
	readonly size: Model['size'];
	readonly mode: 'real' | 'rehearsal';
	readonly pace: Pace;
}): Model {
	const {size, mode, pace} = options;
	return {
		size,
		screen: homeScreen(mode),
		modal: undefined,
		notice: undefined,
		interruptedAt: Number.NEGATIVE_INFINITY,
		pace,
	};
}
