/** Rings hunt through so many cases: `few` in `npm test`, `many` in `npm run test:long`. */
export function cases(few: number, many: number): number {
	return process.env['FIELDBOOK_RINGS'] === 'long' ? many : few;
}

/**
Prints what a ring has found, in one line that docs/reliability.md quotes.

> | ring power-loss: 5,000 crash states, 0 acknowledged events lost
*/
export function tell(ring: string, figures: Readonly<Record<string, number>>): void {
	const words = Object.entries(figures).map(([what, figure]) => `${figure.toLocaleString('en')} ${what}`);
	process.stdout.write(`ring ${ring}: ${words.join(', ')}\n`);
}
