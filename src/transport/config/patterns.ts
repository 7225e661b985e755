/**
Does one of the patterns match, and none that begins with `!`? Upper and lower case are not the same.

Source: ssh_config(5), PATTERNS.
*/
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
	const isRefused = patterns.some(pattern => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name));
	return !isRefused && patterns.some(pattern => matchesPattern(pattern, name));
}

/** `*` stands for any characters, `?` for one; in linear time, since the file may be anybody's. */
function matchesPattern(pattern: string, name: string): boolean {
	let [p, n, star, mark] = [0, 0, -1, 0];
	while (n < name.length) {
		if (pattern[p] === '*') {
			star = p;
			mark = n;
			p += 1;
		} else if (pattern[p] === '?' || pattern[p] === name[n]) {
			p += 1;
			n += 1;
		} else if (star >= 0) {
			mark += 1;
			p = star + 1;
			n = mark;
		} else {
			return false;
		}
	}

	return [...pattern.slice(p)].every(character => character === '*');
}
