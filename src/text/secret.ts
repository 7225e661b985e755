/** Every secret that was put into a holder in this thread, for whatever is said when it breaks. */
let held: readonly string[] = [];

/** What `console.log` and an uncaught error ask an object for. Source: Node's documentation, `util.inspect.custom`. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
A secret on its way through many hands. Printed, written as JSON or put into a text it says `[secret:NAME]`; only `reveal`
gives the value, and whoever calls it is at the end of the way.
*/
export class Secret {
	readonly name: string;
	readonly #value: string;

	constructor(name: string, value: string) {
		this.name = name;
		this.#value = value;
		hold(value);
	}

	reveal(): string {
		return this.#value;
	}

	toString(): string {
		return `[secret:${this.name}]`;
	}

	toJSON(): string {
		return this.toString();
	}

	[INSPECT](): string {
		return this.toString();
	}
}

/** Secrets by name, or by name and host. */
type Sealable = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/**
The same values, to be looked up as ever; but printed or written as JSON, all that they say is their names. A message to
another thread carries the bare values: seal them again there.
*/
export function sealed<Values extends Sealable>(values: Values): Values {
	const names = Object.fromEntries(
		Object.entries(values).map(([name, value]) => {
			for (const one of typeof value === 'string' ? [value] : Object.values(value)) {
				hold(one);
			}

			return [name, `[secret:${name}]`];
		}),
	);
	const says = {value: () => names, enumerable: false};
	return Object.defineProperties({...values}, {toJSON: says, [INSPECT]: says});
}

/** The same list until there is one more. */
export function secretsHeld(): readonly string[] {
	return held;
}

function hold(value: string): void {
	if (value !== '' && !held.includes(value)) {
		held = [...held, value];
	}
}
