import {redactBytes, redactText} from '../run/redaction.js';
import type {SavedMachine} from './machine/machine.js';

/** `license_key`, or `license_key@esxi1` where hosts differ. */
export type NamedSecret = {readonly name: string; readonly value: string};

/**
The secrets of the run, as the lab was told them: in memory only, over its control socket.

A simulated disk holds them as a real one would; in the saved world stands their name instead, and they come back into their
files once somebody has typed them again:

> | key = zebra-crossing                on the disk
> | key = [secret:license_key]          in the saved world, and on the disk of a restored one that was not told yet

Encoded forms are taken out for good.
*/
export class LabSecrets {
	/** The longest first, so that none is mistaken for its own beginning. */
	#named: readonly NamedSecret[] = [];
	#values: readonly string[] = [];
	/** Files without secrets, by those that they were made of. */
	readonly #sealed = new WeakMap<SavedMachine['files'], SavedMachine['files']>();

	learn(named: readonly NamedSecret[]): void {
		this.#named = named.toSorted((one, other) => other.value.length - one.value.length);
		this.#values = this.#named.map(({value}) => value);
	}

	/** The machine as it may be written down. */
	sealMachine(machine: SavedMachine): SavedMachine {
		if (this.#named.length === 0) {
			return machine;
		}

		const {files, ...rest} = machine;
		const sealed = this.#sealed.get(files) ?? this.#withNames(files);
		this.#sealed.set(files, sealed);
		return {...this.seal(rest), files: sealed};
	}

	/** Any data as it may be written down: every text in it. */
	seal<Data>(data: Data): Data {
		return this.#named.length === 0
			? data
			: JSON.parse(JSON.stringify(data), (_, value) => (typeof value === 'string' ? this.#sealText(value) : value));
	}

	/** For what the lab complains of. */
	clean(text: string): string {
		return redactText(text, this.#values);
	}

	/** The bytes of a file, with the secrets in the place of their names. The same array if none is named there. */
	fill(bytes: Uint8Array): Uint8Array {
		return replaced(
			bytes,
			this.#named,
			({name}) => reference(name),
			({value}) => value,
		);
	}

	#withNames(files: SavedMachine['files']): SavedMachine['files'] {
		return files.map(file =>
			file.kind === 'bytes'
				? {...this.seal({...file, base64: ''}), base64: this.#sealBytes(Buffer.from(file.base64, 'base64'))}
				: this.seal(file),
		);
	}

	#sealText(text: string): string {
		const named = this.#named.reduce((rest, {name, value}) => rest.replaceAll(value, () => reference(name)), text);
		return redactText(named, this.#values);
	}

	#sealBytes(bytes: Uint8Array): string {
		const named = replaced(
			bytes,
			this.#named,
			({value}) => value,
			({name}) => reference(name),
		);
		return Buffer.from(redactBytes(named, this.#values)).toString('base64');
	}
}

function reference(name: string): string {
	return `[secret:${name}]`;
}

function replaced(
	bytes: Uint8Array,
	secrets: readonly NamedSecret[],
	from: (secret: NamedSecret) => string,
	to: (secret: NamedSecret) => string,
): Uint8Array {
	const latin1 = (text: string) => Buffer.from(text).toString('latin1');
	const before = Buffer.from(bytes).toString('latin1');
	const after = secrets.reduce(
		(text, secret) => text.replaceAll(latin1(from(secret)), () => latin1(to(secret))),
		before,
	);
	return after === before ? bytes : Buffer.from(after, 'latin1');
}
