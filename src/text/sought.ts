/** Where `sought` stands in the line; below 0: nowhere. Capitals count where it has some. */
export function indexOfSought(line: string, sought: string): number {
	return (sought === sought.toLowerCase() ? line.toLowerCase() : line).indexOf(sought);
}
