/** As `set -x` shows a word: quoted only where a shell would read it as something else. */
export function quoteForTrace(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
