import {sanitiseLine} from '../../text/sanitise.js';
import {hostWord} from '../../view/names.js';
import {type Key, strokeName} from '../keys.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Model} from '../model.js';
import {viewOf} from '../run/choices.js';
import type {RunScreen} from '../run/run-screen.js';
import {shownScript} from '../run/script.js';
import {textLine} from '../run/step-text.js';
import type {Theme} from '../theme.js';
import type {Typing} from '../typing.js';
import type {Content} from './box.js';
import {fieldLine, textLines, withField} from './field.js';
import {hostChoices, manualChoices, manualFields} from './keys.js';
import type {ChooseHostModal, DangerModal, ManualField, ManualModal, QuestionModal} from './modal.js';
import {answerKeys, dangerPrompt, gapAbove, isListed, questionText, unlessRows} from './question-text.js';

type AboutQuestion = QuestionModal | DangerModal | ChooseHostModal | ManualModal;

/** What a question's modal says; `typing` is the field that is being edited in it. */
export function questionContent(
	modal: AboutQuestion,
	model: Model,
	screen: RunScreen,
	typing: Typing | undefined,
	columns: number,
	theme: Theme,
): Content {
	switch (modal.kind) {
		case 'question':
			return choicesContent(modal, model, screen, columns, theme);
		case 'danger':
			return dangerContent(modal, model, screen, typing, columns, theme);
		case 'choose-host':
			return hostContent(modal, screen, columns, theme);
		case 'manual':
			return manualContent(modal, screen, typing, columns, theme);
	}
}

function choicesContent(modal: QuestionModal, model: Model, screen: RunScreen, columns: number, theme: Theme): Content {
	const {question, top} = modal;
	const choices = answerKeys(model, screen, modal)
		.filter(isListed)
		.flatMap(entry => choiceLines(entry, columns, theme));
	return {
		title: titleFor(question.kind),
		role: viewOf(screen, question).tone === 'bad' ? 'bad' : 'doubt',
		lines: questionText(modal, screen, columns),
		answer: [...gapAbove(model), ...choices],
		top,
		cursor: undefined,
	};
}

function choiceLines(entry: Key, columns: number, theme: Theme): readonly Line[] {
	const {strokes, does, unless} = entry;
	const isOff = unless !== '';
	const choice: Line = [
		span(` ${strokeName(strokes[0], theme.marks)}  `, isOff ? 'quiet' : 'key'),
		span(does, isOff ? 'quiet' : 'plain'),
	];
	return [choice, ...unlessRows(entry, columns).map(line => [span(`    ${line}`, 'quiet')])];
}

function titleFor(kind: QuestionModal['question']['kind']): string {
	switch (kind) {
		case 'gate':
			return 'Warning';
		case 'failed':
			return 'Failed';
		case 'undone':
			return 'Undone';
		case 'choose-way':
			return 'Which way?';
		case 'unknown':
			return 'Unknown outcome';
		case 'trust':
			return 'First contact';
	}
}

function dangerContent(
	modal: DangerModal,
	model: Model,
	screen: RunScreen,
	typing: Typing | undefined,
	columns: number,
	theme: Theme,
): Content {
	const {question, typed, problem, top} = modal;
	const view = viewOf(screen, question);
	const done = typed.map(
		(name, index): Line => [
			span(`${theme.glyphs.done} `, 'good'),
			span(`${view.typed[index]?.prompt ?? ''}: ${sanitiseLine(name)}`, 'quiet'),
		],
	);
	const asks = [...gapAbove(model), ...done, ...dangerPrompt(modal, screen, columns)];
	const field = withField({title: 'Danger', lines: [], asks, problem}, typing, columns, theme);
	return {...field, lines: questionText(modal, screen, columns), role: 'bad', top};
}

function hostContent(modal: ChooseHostModal, screen: RunScreen, columns: number, theme: Theme): Content {
	const {question} = modal;
	const view = viewOf(screen, {kind: 'choose-host', step: question.step});
	const choices = hostChoices(screen, modal);
	const script = shownScript(screen, question.step, columns).map(textLine);
	const hosts = choices.hosts.map((host, index): Line => {
		const isChosen = index === choices.chosen;
		const address = host === 'none' ? '' : (screen.state.started?.hosts[host]?.address ?? '');
		return [
			span(isChosen ? `${theme.marks.pointer} ` : '  ', 'pointer'),
			span(host === 'none' ? 'none: I do this by hand' : hostWord(host), isChosen ? 'chosen' : 'plain'),
			span(`  ${sanitiseLine(address)}`, 'quiet'),
		];
	});
	return {
		title: 'Where does this run?',
		role: 'doubt',
		lines: [
			...textLines(view.headline, columns).map(strong),
			...view.lines.flatMap(line => textLines(line, columns)),
			...(script.length > 0 ? [emptyLine, ...script] : []),
			emptyLine,
		],
		answer: hosts,
		cursor: undefined,
	};
}

const choiceWords = {done: 'done', 'not-as-described': 'not as described', cannot: 'cannot'};

function manualContent(
	modal: ManualModal,
	screen: RunScreen,
	typing: Typing | undefined,
	columns: number,
	theme: Theme,
): Content {
	const view = viewOf(screen, modal.question);
	const answer: Line[] = [];
	let cursor: Content['cursor'];
	for (const field of manualFields(screen, modal)) {
		const isHere = modal.focus === field;
		const label = span(
			`${isHere ? theme.marks.pointer : ' '} ${labelOf(field).padEnd(10)}`,
			isHere ? 'focus' : 'plain',
		);
		if (field === 'choice') {
			answer.push([label, ...choiceSpans(modal, theme)]);
			continue;
		}
		const room = columns - 12;
		const shown = isHere && typing !== undefined ? fieldLine(typing, room, theme) : undefined;
		cursor = shown === undefined ? cursor : {x: 12 + shown.caret, y: answer.length};
		answer.push([label, ...(shown?.line ?? [span(modal[field].graphemes.join('') || '-', 'quiet')])]);
	}
	answer.push([span(modal.problem, 'bad')]);
	const lines = [
		...textLines(view.headline, columns).map(strong),
		...view.lines.flatMap(line => textLines(line, columns)),
		emptyLine,
	];
	return {title: 'What came of it', role: 'plain', lines, answer, cursor};
}

function strong(line: Line): Line {
	return line.map(({text}) => span(text, 'strong'));
}

function labelOf(field: ManualField): string {
	switch (field) {
		case 'choice':
			return 'It is';
		case 'value':
			return 'You read';
		case 'note':
			return 'Note';
	}
}

function choiceSpans({choice}: ManualModal, {marks}: Theme): Line {
	const words = manualChoices.map(own => span(` ${choiceWords[own]} `, own === choice ? 'chosen' : 'quiet'));
	return [
		span(`${marks.keys.left} `, 'key'),
		...words.flatMap(word => [word, span(' ')]),
		span(marks.keys.right, 'key'),
	];
}
