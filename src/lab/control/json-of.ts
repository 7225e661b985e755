/** By object. */
const written = new WeakMap<object, string>();

/**
As `JSON.stringify` has it, for plain JSON; the texts of objects on the first `levels` levels are remembered. For states that are
replaced and never changed: most of a room is as it was when it was last written.
*/
export function jsonOf(value: unknown, levels: number): string {
	if (levels === 0 || typeof value !== 'object' || value === null) {
		return JSON.stringify(value) ?? 'null';
	}

	const known = written.get(value);
	if (known !== undefined) {
		return known;
	}

	const text = Array.isArray(value)
		? `[${value.map(each => jsonOf(each, levels - 1)).join(',')}]`
		: `{${Object.entries(value)
				.filter(([, each]) => each !== undefined)
				.map(([name, each]) => `${JSON.stringify(name)}:${jsonOf(each, levels - 1)}`)
				.join(',')}}`;
	written.set(value, text);
	return text;
}
