import type {ShellState} from './state.js';

/** One element of an array, as it is written: `a[2]`, `a[$i]`, `a[i]`. Undefined: it is no such name. */
export function elementOf(
	written: string,
	state: ShellState,
): {readonly name: string; readonly index: number} | undefined {
	const [, name, subscript = ''] = /^([A-Za-z_]\w*)\[(.+)\]$/s.exec(written) ?? [];
	if (name === undefined || subscript === '@' || subscript === '*') {
		return undefined;
	}
	const [, variable] = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(subscript) ?? [];
	const index = Number(variable === undefined ? subscript : (state.value(variable) ?? '0'));
	const elements = state.arrays.get(name)?.length ?? 0;
	return Number.isInteger(index) ? {name, index: index < 0 ? Math.max(0, elements + index) : index} : undefined;
}

/** The elements behind `a[@]` and `a[*]`; undefined: it is no such name. */
export function elementsOf(
	written: string,
	state: ShellState,
): {readonly all: '@' | '*'; readonly elements: readonly string[]} | undefined {
	const [, name = '', all] = /^([A-Za-z_]\w*)\[([@*])\]$/.exec(written) ?? [];
	if (all !== '@' && all !== '*') {
		return undefined;
	}
	const scalar = state.variables.get(name)?.value;
	return {all, elements: state.arrays.get(name) ?? (scalar === undefined ? [] : [scalar])};
}
