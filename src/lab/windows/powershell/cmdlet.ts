import type {PowerShell} from './powershell.js';
import {NotSimulated} from './syntax.js';
import {ErrorRecord, fail, isTrue, type PsBlock, toList, toText, type Value} from './value.js';

/** What a cmdlet says it takes, and what it does. */
export type Cmdlet = {
	readonly name: string;
	/**
	Its parameters in the order in which values without a name fill them.

	> | Path Destination -LiteralPath -Force! -Include
	                     ^ only by name      ^ a switch
	*/
	readonly parameters: string;
	/** The feature whose module it is of: without it, nobody knows the cmdlet. */
	readonly feature?: string;
	run(call: Call): Promise<void> | void;
};

/** One call of a cmdlet: what it was given, and where its results go. */
export class Call {
	readonly name: string;
	readonly shell: PowerShell;
	/** What came through the pipeline; undefined: it stands first. */
	readonly input: readonly Value[] | undefined;
	/** Gives an object to whoever comes next. */
	readonly emit: (value: Value) => Promise<void>;
	/** Runs a script block for an item, in the scope of the caller. */
	readonly invoke: (block: PsBlock, item: Value | undefined, emit: (value: Value) => Promise<void>) => Promise<void>;
	readonly #given: ReadonlyMap<string, Value>;
	readonly #report: (record: ErrorRecord, preference: string | undefined) => Promise<void>;

	constructor(
		name: string,
		given: ReadonlyMap<string, Value>,
		rest: Pick<Call, 'shell' | 'input' | 'emit' | 'invoke'> & {
			readonly report: (record: ErrorRecord, preference: string | undefined) => Promise<void>;
		},
	) {
		this.name = name;
		this.#given = given;
		this.shell = rest.shell;
		this.input = rest.input;
		this.emit = rest.emit;
		this.invoke = rest.invoke;
		this.#report = rest.report;
	}

	has(parameter: string): boolean {
		return this.#given.has(parameter.toLowerCase());
	}

	/** Undefined: it was not given. */
	value(parameter: string): Value | undefined {
		return this.#given.get(parameter.toLowerCase());
	}

	text(parameter: string): string | undefined {
		const value = this.value(parameter);
		return value === undefined ? undefined : toText(value);
	}

	texts(parameter: string): readonly string[] {
		return toList(this.value(parameter) ?? null).map(toText);
	}

	flag(parameter: string): boolean {
		return isTrue(this.value(parameter) ?? null);
	}

	/** Says that something went wrong, and lets the cmdlet go on, unless `Stop` is in force. */
	error(message: string, about: Omit<ConstructorParameters<typeof ErrorRecord>[0], 'message'> = {}): Promise<void> {
		return this.#report(new ErrorRecord({message, activity: this.name, ...about}), this.text('ErrorAction'));
	}

	/** Ends the statement. */
	failure(message: string, about: Omit<ConstructorParameters<typeof ErrorRecord>[0], 'message'> = {}) {
		return fail(message, {activity: this.name, ...about});
	}
}

/** Every cmdlet has these; only the first changes something here. */
const common = ['ErrorAction', 'WarningAction', 'InformationAction', 'Verbose!', 'Debug!', 'Confirm!', 'WhatIf!'];

const abbreviations: Readonly<Record<string, string>> = {ea: 'ErrorAction', wa: 'WarningAction'};

export type Given = {
	readonly named: ReadonlyArray<{readonly name: string; readonly value: Value | undefined}>;
	readonly positional: readonly Value[];
};

/** A parameter's full name, and whether it is a switch. Undefined: PowerShell would not find it, or there are two. */
export function findParameter(
	parameters: string,
	name: string,
): {readonly name: string; readonly isSwitch: boolean} | undefined {
	const known = [...parameters.split(' ').filter(word => word !== ''), ...common].map(word => ({
		name: word.replaceAll(/^-|!$/g, ''),
		isSwitch: word.endsWith('!'),
	}));
	const wanted = (abbreviations[name.toLowerCase()] ?? name).toLowerCase();
	const exact = known.find(each => each.name.toLowerCase() === wanted);
	const begun = known.filter(each => each.name.toLowerCase().startsWith(wanted));
	return exact ?? (begun.length === 1 ? begun[0] : undefined);
}

/** Values by lower-case name. Throws NotSimulated for what the simulation's cmdlet does not take. */
export function bind({name, parameters}: Cmdlet, given: Given): ReadonlyMap<string, Value> {
	const bound = new Map<string, Value>();
	for (const {name: asked, value} of given.named) {
		const parameter = findParameter(parameters, asked);
		if (parameter === undefined) {
			throw new NotSimulated(`The parameter -${asked} of ${name}`);
		}
		if (parameter.name === 'WhatIf') {
			throw new NotSimulated('-WhatIf');
		}
		bound.set(parameter.name.toLowerCase(), value ?? true);
	}
	const places = parameters.split(' ').filter(word => word !== '' && !word.startsWith('-') && !word.endsWith('!'));
	const free = places.filter(place => !bound.has(place.toLowerCase()));
	for (const [index, value] of given.positional.entries()) {
		const place = free[index];
		if (place === undefined) {
			throw fail(`A positional parameter cannot be found that accepts argument '${toText(value)}'.`, {
				activity: name,
				category: 'InvalidArgument',
				id: `PositionalParameterNotFound,Microsoft.PowerShell.Commands.${name.replace('-', '')}Command`,
				exception: 'ParameterBindingException',
			});
		}
		bound.set(place.toLowerCase(), value);
	}
	return bound;
}
