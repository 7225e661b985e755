import type {ManualChoice} from '../../run/event.js';
import type {Question} from '../../run/state.js';
import type {RunScreen} from '../run/run-screen.js';
import {emptyField} from '../text-field.js';
import type {ChooseHostModal, EvidenceModal, ManualModal, Modal, QuestionOf, ReasonModal, UndoModal} from './modal.js';

/** The modal in which a question is answered; undefined where it is asked on the screen itself. */
export function modalFor(question: Question, openedAt: number): Modal | undefined {
	switch (question.kind) {
		case 'gate':
			return question.names.length > 0
				? {kind: 'danger', top: 0, wasRead: false, question, typed: [], field: emptyField, problem: '', openedAt}
				: {kind: 'question', top: 0, wasRead: false, question, openedAt};
		case 'trust':
			// Before the run has begun, the board of its hosts asks
			return question.step === undefined ? undefined : {kind: 'question', top: 0, wasRead: false, question, openedAt};
		case 'failed':
		case 'undone':
		case 'unknown':
		case 'choose-way':
			return {kind: 'question', top: 0, wasRead: false, question, openedAt};
		case 'choose-host':
			return chooseHostModal(question, openedAt);
		case 'begin':
		case 'go':
		case 'manual':
		case 'evidence':
		case 'resume':
			return undefined;
	}
}

export function chooseHostModal(question: ChooseHostModal['question'], openedAt: number): ChooseHostModal {
	return {kind: 'choose-host', question, chosen: undefined, openedAt};
}

/** The form for what a person says about a step done by hand. It begins where something is to be typed. */
export function manualModal(
	question: QuestionOf<'manual'>,
	choice: ManualChoice,
	focus: ManualModal['focus'],
	openedAt: number,
): ManualModal {
	return {kind: 'manual', question, choice, value: emptyField, note: emptyField, focus, problem: '', openedAt};
}

export function evidenceModal(
	question: EvidenceModal['question'],
	request: EvidenceModal['request'],
	openedAt: number,
): EvidenceModal {
	return {kind: 'evidence', question, request, field: emptyField, pasted: '', isSent: false, openedAt};
}

export function undoModal(request: UndoModal['request'], openedAt: number): UndoModal {
	return {kind: 'undo', request, top: 0, wasRead: false, openedAt};
}

export function reasonModal(
	requests: ReasonModal['requests'],
	under: Modal | undefined,
	openedAt: number,
): ReasonModal {
	return {kind: 'reason', requests, field: emptyField, problem: '', under, openedAt};
}

/** False once what a modal asks about was answered elsewhere or has changed. */
export function stillAsks(modal: Modal, run: Pick<RunScreen, 'questions' | 'prompts'>): boolean {
	switch (modal.kind) {
		case 'question':
		case 'danger':
		case 'choose-host':
		case 'manual': {
			const asked = JSON.stringify(modal.question);
			return run.questions.some(question => JSON.stringify(question) === asked);
		}
		case 'evidence': {
			const asked = modal.question && JSON.stringify(modal.question);
			return asked === undefined || run.questions.some(question => JSON.stringify(question) === asked);
		}
		case 'secret':
			return run.prompts.some(({id}) => id === modal.prompt.id);
		case 'reason':
			return modal.under === undefined || stillAsks(modal.under, run);
		case 'help':
		case 'message':
		case 'open-file':
		case 'note':
		case 'settings':
		case 'interrupt':
		case 'stop':
		case 'undo':
		case 'edited':
		case 'difference':
			return true;
	}
}
