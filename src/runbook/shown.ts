import type {AlertKind, Item, List} from '../document/document.js';
import type {Place} from '../document/problem.js';
import type {Context} from './runbook.js';

/** Code that is shown and never run, in a fence that its own backticks cannot close. */
export function listingOf(language: string, code: string, at: Place): Context {
	const longest = [...code.matchAll(/`+/g)].reduce((most, [marks]) => Math.max(most, marks.length), 2);
	const marks = '`'.repeat(longest + 1);
	return {kind: 'listing', markdown: `${marks}${language}\n${code}\n${marks}`, at};
}

/** As it stands in the document, without its comments. */
export function alertMarkdown(alert: AlertKind, markdown: string): string {
	return [`[!${alert}]`, ...markdown.split('\n')].map(line => `> ${line}`.trimEnd()).join('\n');
}

/** One item of a list with its bullet or number; `index` counts from 0. */
export function itemMarkdown({ordered}: List, item: Item, index: number): string {
	const bullet = ordered ? `${index + 1}. ` : '- ';
	return bullet + item.markdown.replaceAll(/\n(?=[^\n])/g, `\n${' '.repeat(bullet.length)}`);
}
