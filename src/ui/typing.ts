import type {Modal} from './modal/modal.js';
import type {Model} from './model.js';
import {filteredBy} from './run/outline.js';
import {fieldAt, isBroken, optionsOf, typedInto} from './sheet/sheet.js';
import type {TextField} from './text-field.js';

/** The text that is being edited now, and the model with another text in its place. */
export type Typing = {
	readonly field: TextField;
	readonly put: (field: TextField) => Model;
	/** What proves that somebody read it must be typed by hand. */
	readonly takesPaste: boolean;
	/** Shown as dots. */
	readonly isSecret: boolean;
};

/** Undefined where keys are keys. */
export function typingIn(model: Model): Typing | undefined {
	const {modal, screen} = model;
	if (modal !== undefined) {
		return typingInModal(model, modal);
	}
	if (screen.kind === 'run' && screen.log !== undefined) {
		const {log} = screen;
		return log.isTyping
			? typing(log.field, field => ({...model, screen: {...screen, log: {...log, field}}}))
			: undefined;
	}
	if (screen.kind === 'run') {
		return screen.isFiltering && screen.filter !== undefined
			? typing(screen.filter, filter => ({...model, screen: filteredBy(screen, filter)}))
			: undefined;
	}
	if (screen.kind !== 'sheet' || isBroken(screen)) {
		return undefined;
	}
	const field = fieldAt(screen);
	if (field === undefined || optionsOf(field).length > 0) {
		return undefined;
	}
	return {
		field: screen.field,
		put: text => ({...model, screen: typedInto(screen, text)}),
		takesPaste: true,
		isSecret: field.secret,
	};
}

function typingInModal(model: Model, modal: Modal): Typing | undefined {
	switch (modal.kind) {
		case 'help':
		case 'message':
		case 'question':
		case 'choose-host':
		case 'settings':
		case 'interrupt':
		case 'stop':
		case 'undo':
		case 'edited':
		case 'difference':
			return undefined;
		case 'open-file':
		case 'note':
		case 'evidence':
			return typing(modal.field, field => ({...model, modal: {...modal, field}}));
		case 'reason':
			return typing(modal.field, field => ({...model, modal: {...modal, field, problem: ''}}));
		case 'danger':
			return {
				...typing(modal.field, field => ({...model, modal: {...modal, field, problem: ''}})),
				takesPaste: false,
			};
		case 'secret':
			return {
				...typing(modal.field, field => ({...model, modal: {...modal, field}})),
				isSecret: !modal.prompt.echo,
			};
		case 'manual': {
			const {focus} = modal;
			return focus === 'choice'
				? undefined
				: typing(modal[focus], field => ({...model, modal: {...modal, [focus]: field, problem: ''}}));
		}
	}
}

function typing(field: TextField, put: Typing['put']): Typing {
	return {field, put, takesPaste: true, isSecret: false};
}
