/**
One word for a POSIX shell, whatever the text is: `it's` becomes `'it'\''s'`.

Throws a `RangeError` for NUL, which no argument can carry: values with it are refused long before.
*/
export function quotePosix(text: string): string {
	return `'${withoutNul(text).replaceAll("'", "'\\''")}'`;
}

/**
One string literal for PowerShell. Its typographic quotes end a literal too, so each of them is doubled.

Throws a `RangeError` for NUL. Source: PowerShell's own `CodeGeneration.EscapeSingleQuotedStringContent`.
*/
export function quotePowerShell(text: string): string {
	return `'${withoutNul(text).replaceAll(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`;
}

function withoutNul(text: string): string {
	if (text.includes('\0')) {
		throw new RangeError('A text with NUL cannot be quoted for a shell.');
	}

	return text;
}
