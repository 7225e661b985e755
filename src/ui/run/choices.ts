import type {Request} from '../../run/request.js';
import type {Question} from '../../run/state.js';
import {type Choice, lettered, type QuestionView, questionView, requestsOf} from '../../view/question.js';
import {type Key, key} from '../keys.js';
import type {ChooseHostModal, Modal, ReasonedRequest} from '../modal/modal.js';
import {chooseHostModal, evidenceModal, manualModal, modalFor, reasonModal} from '../modal/questions.js';
import {type Model, type Step, stay} from '../model.js';
import {ask, type RunScreen} from './run-screen.js';

/** A question in words, with what may be answered. */
export function viewOf({open, state}: RunScreen, question: Question): QuestionView {
	return questionView(open.graph, state, question);
}

/** The keys of a question's choices. What wants words opens its form, from which Esc leads back to `under`. */
export function choiceKeys(
	model: Model,
	screen: RunScreen,
	question: Question,
	under: Modal | undefined,
): readonly Key[] {
	return lettered(viewOf(screen, question).choices).map(({letter, choice}) =>
		key([letter], choice.does, at => answer(model, question, choice, under, at), {
			unless: choice.unless,
			confirms: choice.asks === 'nothing',
		}),
	);
}

function answer(model: Model, question: Question, choice: Choice, under: Modal | undefined, at: number): Step {
	const {asks, request} = choice;
	const open = (modal: Modal | undefined): Step => stay({...model, modal});
	switch (asks) {
		case 'nothing':
			return ask(model, ...requestsOf(choice));
		case 'names':
			return open(modalFor(question, at));
		case 'host':
			return isAboutHost(question) ? open(chooseHostModal(question, at)) : stay(model);
		case 'value':
		case 'note':
			return request.kind === 'answer' && question.kind === 'manual'
				? open(manualModal(question, request.choice, asks, at))
				: stay(model);
		case 'text':
			return request.kind === 'evidence' && question.kind === 'evidence'
				? open(evidenceModal(question, request, at))
				: stay(model);
		case 'reason': {
			const requests = requestsOf(choice).filter(wantsReason);
			const [first] = requests;
			return first === undefined ? stay(model) : open(reasonModal([first, ...requests.slice(1)], under, at));
		}
	}
}

function isAboutHost(question: Question): question is ChooseHostModal['question'] {
	return ['choose-host', 'go', 'manual', 'failed'].includes(question.kind);
}

function wantsReason(request: Request): request is ReasonedRequest {
	return request.kind === 'skip' || request.kind === 'mark' || request.kind === 'give-up';
}
