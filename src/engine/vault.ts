import {valueOn} from '../runbook/render.js';
import type {HostName, ParamName} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import {Secret, sealed} from '../text/secret.js';
import type {SecretPrompt, Secrets} from './ports.js';

/** A question that waits for a person. `id` counts from 1. */
type Prompt = SecretPrompt & {readonly id: number};

/** Secrets that live in memory only, and the questions that are open. */
export type Vault = Secrets & {
	/** What `known` lists, each by its name: `license_key`, or `license_key@esxi1` where hosts differ. */
	named(): readonly Secret[];
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
	readonly #typed = new Map<string, Secret>();
	/** Also those that were forgotten: they may still stand in some output. No value twice. */
	#named: readonly Secret[] = [];
	#known: readonly string[] = [];
	readonly #open = new Map<string, Open>();
	#listener: () => void = () => {};
	#lastId = 0;
	#isClosed = false;

	constructor(initial: Values) {
		this.#initial = sealed(initial);
		for (const [name, byHost] of Object.entries(initial)) {
			for (const [host, value] of Object.entries(byHost)) {
				this.#remember(new Secret(nameOn(name, host), value));
			}
		}
	}

	async obtain(prompt: SecretPrompt): Promise<string | undefined> {
		const key = keyOf(prompt);
		const known = valueOn(this.#initial, prompt.name, prompt.host) ?? this.#typed.get(key)?.reveal();
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

	named(): readonly Secret[] {
		return this.#named;
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

	/** What is shown while it is typed is no secret, and nothing typed is none. */
	#keep(key: string, {name, host, echo}: Prompt, value: string | undefined): void {
		if (value === undefined || value === '') {
			return;
		}

		const secret = new Secret(nameOn(name, host), value);
		if (!echo) {
			this.#remember(secret);
		}

		if (name !== 'answer') {
			this.#typed.set(key, secret);
		}
	}

	#remember(secret: Secret): void {
		if (!this.#known.includes(secret.reveal())) {
			this.#named = [...this.#named, secret];
			this.#known = [...this.#known, secret.reveal()];
		}
	}
}

function nameOn(name: ParamName, host: HostName): string {
	return host === '' || host === '*' ? name : `${name}@${host}`;
}

function keyOf({name, host, text}: SecretPrompt): string {
	return JSON.stringify([name, host, text]);
}
