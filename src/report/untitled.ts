import type {Context} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';

/** What stands around a step without its own sentence: that is its title, and is not said twice. `fill` gives values their places. */
export function untitled(
	context: readonly Context[],
	title: string,
	fill: (text: string) => string,
): readonly Context[] {
	return context
		.map(each => (each.kind === 'prose' ? {...each, markdown: untitledText(each.markdown, title, fill)} : each))
		.filter(({markdown}) => markdown !== '');
}

/** The same of a manual step's instruction. */
export function untitledText(markdown: string, title: string, fill: (text: string) => string): string {
	const [first = '', ...rest] = markdown.split(/\n{2,}/);
	const words = sanitiseLine(fill(first.replaceAll('\n', ' ')).replaceAll(/[`*_]/g, '')).trim();
	return words.replace(/[.:]$/, '') === title.replaceAll(/[`*_]/g, '') ? rest.join('\n\n') : markdown;
}
