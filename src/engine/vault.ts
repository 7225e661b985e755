import {valueOn} from '../runbook/render.js';
import type {Values} from '../runbook/site.js';
import type {SecretPrompt, Secrets} from './ports.js';

/** A question that waits for a person. `id` counts from 1. */
type Prompt = SecretPrompt & {readonly id: number};

/** Secrets that live in memory only, and the questions that are open. */
export type Vault = Secrets & {
	/** Oldest first. */
	prompts(): readonly Prompt[];
	/** Answers a prompt; undefined: not now. One that is gone already is no error: somebody else was quicker. */
	tell(id: number, value: string | undefined): void;
	/** `listener` is called when prompts come or go. */
	subscribe(listener: () => void): void;
	/** Leaves every open question without an answer. */
	close(): void;
};

/**
A vault that knows these secrets from the start, by name and host, `*` for all hosts, and asks for the others.

What a person types for a host is asked for once; a code that is good for one login (`answer`) every time.
*/
export function createVault(initial: Values): Vault {
	return new MemoryVault(initial);
}

type Open = {readonly prompt: Prompt; readonly answer: PromiseWithResolvers<string | undefined>};

class MemoryVault implements Vault {
	readonly #initial: Values;
	readonly #typed = new Map<string, string>();
	/** Also those that were forgotten: they may still stand in some output. */
	#known: readonly string[] = [];
	readonly #open = new Map<string, Open>();
	#listener: () => void = () => {};
	#lastId = 0;
	#isClosed = false;

	constructor(initial: Values) {
		this.#initial = initial;
		this.#known = [...new Set(Object.values(initial).flatMap(byHost => Object.values(byHost)))];
	}

	async obtain(prompt: SecretPrompt): Promise<string | undefined> {
		const key = keyOf(prompt);
		const known = valueOn(this.#initial, prompt.name, prompt.host) ?? this.#typed.get(key);
		if (known !== undefined || this.#isClosed) {
			return known;
		}

		const open = this.#open.get(key) ?? this.#ask(key, prompt);
		return open.answer.promise;
	}

	/** The same list until there is one more. */
	known(): readonly string[] {
		return this.#known;
	}

	refused(prompt: SecretPrompt): void {
		this.#typed.delete(keyOf(prompt));
	}

	prompts(): readonly Prompt[] {
		return [...this.#open.values()].map(({prompt}) => prompt);
	}

	tell(id: number, value: string | undefined): void {
		for (const [key, {prompt, answer}] of this.#open) {
			if (prompt.id === id) {
				this.#open.delete(key);
				this.#keep(key, prompt, value);
				answer.resolve(value);
				this.#listener();
			}
		}
	}

	subscribe(listener: () => void): void {
		this.#listener = listener;
	}

	close(): void {
		this.#isClosed = true;
		for (const {prompt} of this.#open.values()) {
			this.tell(prompt.id, undefined);
		}
	}

	#ask(key: string, prompt: SecretPrompt): Open {
		this.#lastId++;
		const open = {
			prompt: {...prompt, id: this.#lastId},
			answer: Promise.withResolvers<string | undefined>(),
		};
		this.#open.set(key, open);
		this.#listener();
		return open;
	}

	/** What is shown while it is typed is no secret. */
	#keep(key: string, {name, echo}: Prompt, value: string | undefined): void {
		if (value === undefined) {
			return;
		}

		if (!echo && !this.#known.includes(value)) {
			this.#known = [...this.#known, value];
		}

		if (name !== 'answer') {
			this.#typed.set(key, value);
		}
	}
}

function keyOf({name, host, text}: SecretPrompt): string {
	return JSON.stringify([name, host, text]);
}
