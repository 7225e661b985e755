import type {Place} from '../document/problem.js';
import type {Context} from './runbook.js';

/** Code that is shown and never run, in a fence that its own backticks cannot close. */
export function listingOf(language: string, code: string, at: Place): Context {
	const longest = [...code.matchAll(/`+/g)].reduce((most, [marks]) => Math.max(most, marks.length), 2);
	const marks = '`'.repeat(longest + 1);
	return {kind: 'listing', markdown: `${marks}${language}\n${code}\n${marks}`, at};
}
