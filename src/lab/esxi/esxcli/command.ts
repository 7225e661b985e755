import type {WorldTime} from '../../host.js';
import {type EsxiHost, type Fault, fault} from '../../world/esxi-host.js';
import type {EsxiRelease} from '../../world/esxi-release.js';
import type {Footprint} from '../../world/member.js';
import type {Output} from './output.js';

/** One command of esxcli. */
export type EsxcliCommand = {
	/** `network nic list`. */
	readonly path: string;
	readonly description: string;
	/** Whether a release knows it; undefined: all do. */
	isIn?(release: EsxiRelease): boolean;
	readonly options: readonly EsxcliOption[];
	run(call: Call): Result;
};

export type EsxcliOption = {
	/** Absent: it has a long form only. */
	readonly letter?: string;
	readonly long: string;
	/** `nothing`: it is a flag. */
	readonly takes: 'text' | 'boolean' | 'number' | 'nothing';
	readonly required?: true;
	readonly description: string;
};

export type Call = {
	readonly host: EsxiHost;
	readonly now: WorldTime;
	/** What software that spans hosts has put on it. */
	readonly footprints: readonly Footprint[];
	/** Values by long name, in the order written; only `takes: 'text'` options may come twice. */
	readonly options: ReadonlyMap<string, readonly string[]>;
};

export type Result =
	| Output
	| {readonly kind: 'changed'; readonly host: EsxiHost; readonly says?: string}
	| Fault
	/** A refusal that has its own words. */
	| {readonly kind: 'refused'; readonly because: string};

/** The last value of an option; undefined: not given. */
export function given({options}: Call, long: string): string | undefined {
	return options.get(long)?.at(-1);
}

/** The value of a required option. */
export function required(call: Call, long: string): string {
	return given(call, long) ?? '';
}

export function isTrue(value: string): boolean {
	return /^(true|yes|1)$/i.test(value);
}

export function changedOr(result: EsxiHost | Fault): Result {
	return result.kind === 'fault' ? result : {kind: 'changed', host: result};
}

/** Shows all of `known`, or the only one that the option `long` names; a fault where there is none of that name. */
export function showing<Thing extends {readonly name: string}>(
	call: Call,
	long: string,
	what: Fault['what'],
	known: readonly Thing[],
	show: (shown: readonly Thing[]) => Output,
): Result {
	const only = given(call, long);
	const shown = only === undefined ? known : known.filter(({name}) => name === only);
	return only !== undefined && shown.length === 0 ? fault('missing', what, only) : show(shown);
}
