import type {DriftRow} from '../../view/drift.js';
import {type Key, type KeyGroup, key} from '../keys.js';
import {emptyLine, type Line, span} from '../line.js';
import {act, type Model, type Screen, type Step, stay} from '../model.js';
import {type Content, contentColumns, contentRows, isLow, lastTop} from './box.js';
import {textLines} from './field.js';
import type {EditedModal} from './modal.js';

/** What differs, step by step, with what adopting it would mean for each. */
export function editedContent({edited, top}: EditedModal, model: Model): Content {
	const columns = contentColumns(model.size);
	const {obstacles} = edited.view;
	return {
		title: 'The runbook was edited',
		role: obstacles.length > 0 ? 'bad' : 'doubt',
		lines: editedLines(edited, columns),
		top,
		answer: isLow(model.size) ? [] : [emptyLine],
		cursor: undefined,
	};
}

function editedLines({view}: EditedModal['edited'], columns: number): readonly Line[] {
	const {headline, rows, notes, obstacles} = view;
	return [
		...textLines(headline, columns).map(line => line.map(({text}) => span(text, 'strong'))),
		...rows.flatMap(row => [emptyLine, ...rowLines(row, columns)]),
		...(notes.length > 0 ? [emptyLine, ...notes.flatMap(note => textLines(note, columns))] : []),
		...obstacles.flatMap(words => [emptyLine, ...bad(textLines(`It cannot be adopted now. ${words}`, columns))]),
	];
}

function rowLines({sign, title, where, what, means, tone}: DriftRow, columns: number): readonly Line[] {
	const [first = emptyLine, ...more] = textLines(`${title}${where}`, columns - 2);
	const below = [
		...more,
		...textLines(`${what} · ${means}`, columns - 2).map(line => line.map(({text}) => span(text, tone))),
	];
	return [[span(`${sign} `, tone), ...first], ...below.map((line): Line => [span('  '), ...line])];
}

function bad(lines: readonly Line[]): readonly Line[] {
	return lines.map(line => line.map(({text}) => span(text, 'bad')));
}

/** What is adopted must have been on the screen to its end. Enter keeps what the run has. */
export function editedKeys(model: Model, modal: EditedModal): KeyGroup {
	const {adopt, keep} = modal.edited;
	const room = contentRows(model.size) - (isLow(model.size) ? 0 : 1);
	const last = lastTop(editedLines(modal.edited, contentColumns(model.size)).length, room);
	const isRead = modal.wasRead || last === 0;
	const read = (by: number, openedAt = modal.openedAt): Step => {
		const top = Math.max(0, Math.min(last, modal.top + by));
		return stay({...model, modal: {...modal, top, wasRead: modal.wasRead || top === last, openedAt}});
	};
	const goOn = (open: EditedModal['edited']['keep']): Step => act({...model, modal: undefined}, {kind: 'go-on', open});
	const adopting: readonly Key[] =
		adopt === undefined
			? []
			: isRead
				? [key(['a'], 'adopt it', () => goOn(adopt), {confirms: true})]
				: [key(['a'], 'read on', at => read(Math.max(1, room - 2), at))];
	return {
		title: 'The runbook was edited',
		keys: [
			...adopting,
			key(['enter', 'n'], 'keep what the run has', () => goOn(keep), {confirms: true}),
			key(['down'], 'a line on', () => read(1), {inFooter: false}),
			key(['up'], 'a line back', () => read(-1), {inFooter: false}),
			key(['page-down'], 'five lines on', () => read(5), {inFooter: false}),
			key(['page-up'], 'five lines back', () => read(-5), {inFooter: false}),
			key(['esc', 'q'], 'leave the run as it is', () => leave(model)),
		],
	};
}

/** Nothing was opened yet. */
function leave(model: Model): Step {
	const {screen} = model;
	const back: Screen | undefined = screen.kind === 'waiting' ? screen.back : screen;
	if (back === undefined) {
		return act({...model, modal: undefined}, {kind: 'leave', how: 'quit'});
	}
	return act(
		{...model, modal: undefined, screen: back},
		...(back.kind === 'home' ? [{kind: 'list-home'} as const] : []),
	);
}
