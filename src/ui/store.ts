import type {Message} from './message.js';
import type {Command, Model, Step} from './model.js';
import {update} from './update.js';

/** The model, where it lives: messages in, commands out, and whoever draws is told. */
export type Store = {
	readonly model: () => Model;
	readonly send: (message: Message) => void;
	readonly subscribe: (listener: () => void) => () => void;
};

/** `perform` does what the pure part wants done; it may send messages later, never while it is called. */
export function createStore(first: Model, perform: (command: Command, model: Model) => void): Store {
	let model = first;
	const listeners = new Set<() => void>();
	return {
		model: () => model,
		send(message) {
			const step: Step = update(model, message);
			const hasChanged = step.model !== model;
			model = step.model;
			for (const command of step.commands) {
				perform(command, model);
			}
			if (hasChanged) {
				for (const listener of listeners) {
					listener();
				}
			}
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}
