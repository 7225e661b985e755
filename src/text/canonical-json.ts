/** A value that JSON can hold. `undefined` members of an object are left out, as `JSON.stringify` does. */
export type Json = string | number | boolean | null | readonly Json[] | {readonly [name: string]: Json | undefined};

/**
JSON with sorted member names and no white space: the same value always gives the same bytes.

Throws a `RangeError` for a number that is not finite, which JSON cannot say. Source: RFC 8785; numbers and strings
are written there as ECMAScript writes them, and names are sorted by their UTF-16 units, as `sort` does.
*/
export function canonicalJson(value: Json): string {
	if (typeof value === 'number' && !Number.isFinite(value)) {
		throw new RangeError(`${value} has no form in JSON`);
	}

	if (value === null || typeof value !== 'object') {
		return JSON.stringify(value);
	}

	if (isList(value)) {
		return `[${value.map(canonicalJson).join(',')}]`;
	}

	const members = Object.keys(value)
		.toSorted()
		.flatMap(name => {
			const member = value[name];
			return member === undefined ? [] : [`${JSON.stringify(name)}:${canonicalJson(member)}`];
		});
	return `{${members.join(',')}}`;
}

/** `Array.isArray` does not narrow a readonly array away from an object. */
function isList(value: readonly Json[] | {readonly [name: string]: Json | undefined}): value is readonly Json[] {
	return Array.isArray(value);
}
