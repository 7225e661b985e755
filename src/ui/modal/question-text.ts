import {wrapToWidth} from '../../text/width.js';
import {spokenDuration} from '../../view/time.js';
import {type Key, key} from '../keys.js';
import {emptyLine, type Line, span} from '../line.js';
import {type Model, stay} from '../model.js';
import {choiceKeys, viewOf} from '../run/choices.js';
import {shownOutput} from '../run/output-pane.js';
import type {RunScreen} from '../run/run-screen.js';
import {scriptsOn} from '../run/script.js';
import {textLine} from '../run/step-text.js';
import {contentColumns, contentRows, isLow, lastTop} from './box.js';
import {textLines} from './field.js';
import type {DangerModal, QuestionModal, UndoModal} from './modal.js';
import {undoLines} from './undo-look.js';

/** A modal that is read before it is answered. */
type Read = QuestionModal | DangerModal | UndoModal;

/** What is the matter, and what would run or ran, to its last line. */
export function questionText(modal: Read, screen: RunScreen, columns: number): readonly Line[] {
	if (modal.kind === 'undo') {
		return undoLines(screen, modal.request, columns);
	}
	const {question} = modal;
	const {headline, lines} = viewOf(screen, question);
	const evidence =
		question.kind === 'gate'
			? scriptsOn(screen, question.step, question.hosts, columns).map(textLine)
			: lastOutput(screen, question);
	return [
		...textLines(headline, columns).map(line => line.map(({text}) => span(text, 'strong'))),
		...(lines.length > 0 ? [emptyLine, ...lines.flatMap(line => textLines(line, columns))] : []),
		...(evidence.length > 0 ? [emptyLine, ...evidence] : []),
	];
}

/** Beside an unknown outcome stands more than beside a failure. */
const evidenceLines = {failed: 6, unknown: 3};

/** The end of the output, if it is of what the question is about. */
function lastOutput(screen: RunScreen, question: QuestionModal['question']): readonly Line[] {
	const view = shownOutput(screen);
	const hosts = 'hosts' in question ? question.hosts : [];
	if (view === undefined || view.key.step !== question.step || !hosts.includes(view.key.host)) {
		return [];
	}
	const lastAt = view.lastAt > 0 ? view.lastAt : (view.times.at(-1) ?? 0);
	const age = Math.floor((screen.laptopNow - lastAt) / 1000) * 1000;
	const heading: readonly Line[] =
		question.kind === 'unknown' && lastAt > 0 && view.lines.length > 0
			? [[span(`Its last output, ${spokenDuration(age)} ago:`)]]
			: [];
	return [
		...heading,
		...view.lines
			.slice(-evidenceLines[question.kind === 'unknown' ? 'unknown' : 'failed'])
			.map((line): Line => [span('  '), ...line.map(({text}) => span(text, 'quiet'))]),
	];
}

/** The words in front of the field in which a danger's next name is typed. */
export function dangerPrompt({question, typed}: DangerModal, screen: RunScreen, columns: number): readonly Line[] {
	return textLines(`${viewOf(screen, question).typed[typed.length]?.prompt ?? ''}:`, columns);
}

/** The answers to a question. What is agreed to must have been on the screen to its end: before that, the key reads on. */
export function answerKeys(model: Model, screen: RunScreen, modal: QuestionModal): readonly Key[] {
	const keys = choiceKeys(model, screen, modal.question, modal);
	return modal.question.kind !== 'gate' || isRead(modal, model, screen)
		? keys
		: keys.map(entry =>
				entry.confirms ? {...readingKey(entry.strokes, model, screen, modal), unless: entry.unless} : entry,
			);
}

/** A page on. What comes up by it counts as new: no key confirms it right away. */
export function readingKey(strokes: Key['strokes'], model: Model, screen: RunScreen, modal: Read): Key {
	return key(strokes, 'read on', at =>
		stay({...model, modal: {...readOn(modal, pageOf(modal, model, screen), model, screen), openedAt: at}}),
	);
}

/** Between what is said and the answers, where there is room for it. */
export function gapAbove({size}: Model): readonly Line[] {
	return isLow(size) ? [] : [emptyLine];
}

/** A host's own retry is listed only if it is offered: why not stands with that for all hosts. */
export function isListed({strokes: [stroke], unless}: Key): boolean {
	return unless === '' || !/^\d$/.test(stroke);
}

/** Why a choice is not offered, in rows; none if it is. */
export function unlessRows({unless}: Key, columns: number): readonly string[] {
	return unless === '' ? [] : wrapToWidth(`not now: ${unless}`, columns - 4);
}

/** The modal, read on or back by so many rows. */
export function readOn<Modal extends Read>(modal: Modal, by: number, model: Model, screen: RunScreen): Modal {
	const last = lastTopOf(modal, model, screen);
	const top = Math.max(0, Math.min(last, modal.top + by));
	return {...modal, top, wasRead: modal.wasRead || top === last};
}

export function isRead(modal: Read, model: Model, screen: RunScreen): boolean {
	return modal.wasRead || lastTopOf(modal, model, screen) === 0;
}

function lastTopOf(modal: Read, model: Model, screen: RunScreen): number {
	return lastTop(questionText(modal, screen, contentColumns(model.size)).length, roomOf(modal, model, screen));
}

/** How many rows are left for the text beside the answers. */
function roomOf(modal: Read, model: Model, screen: RunScreen): number {
	const columns = contentColumns(model.size);
	return contentRows(model.size) - gapAbove(model).length - answerRows(modal, model, screen, columns);
}

function answerRows(modal: Read, model: Model, screen: RunScreen, columns: number): number {
	switch (modal.kind) {
		case 'danger':
			return modal.typed.length + dangerPrompt(modal, screen, columns).length + 2;
		case 'undo':
			return 1;
		case 'question':
			return choiceKeys(model, screen, modal.question, modal)
				.filter(isListed)
				.reduce((rows, entry) => rows + 1 + unlessRows(entry, columns).length, 0);
	}
}

/** One row stays in view, and one says that there is more. */
function pageOf(modal: Read, model: Model, screen: RunScreen): number {
	return Math.max(1, roomOf(modal, model, screen) - 2);
}
