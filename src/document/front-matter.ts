import type {FrontMatter} from './document.js';
import type {Problem} from './problem.js';

/** Source: facts on input hazards; no honest front matter comes near it. */
const maxLength = 64 * 1024;

export type FrontMatterRead = {
	readonly frontMatter: FrontMatter | undefined;
	/** The line on which the Markdown begins, from 1. */
	readonly nextLine: number;
	readonly problems: readonly Problem[];
};

/**
Takes the YAML off the top of a document.

> | ---
> | fieldbook: 1
> | ---

A `---` that no key follows is a rule, as in Markdown, and no front matter.
*/
export function readFrontMatter(file: string, source: string): FrontMatterRead {
	const opening = /^---[ \t]*\n/.exec(source)?.[0];
	if (opening === undefined) {
		return {frontMatter: undefined, nextLine: 1, problems: []};
	}

	const rest = source.slice(opening.length);
	const close = /^---[ \t]*$/m.exec(rest);
	const yaml = rest.slice(0, close?.index ?? rest.length);
	if (!beginsWithKey(yaml) && !(close && yaml.trim() === '')) {
		return {frontMatter: undefined, nextLine: 1, problems: []};
	}

	const problem = (code: string, message: string, help: string): Problem => ({
		file,
		at: {line: 1, column: 1, length: 3},
		severity: 'error',
		code,
		message,
		help,
	});
	if (close === null) {
		const message = 'The front matter is opened here and never closed.';
		return {
			frontMatter: undefined,
			nextLine: 2,
			problems: [problem('unclosed-front-matter', message, 'Put a line of three dashes, ---, behind its last key.')],
		};
	}

	const nextLine = yaml.split('\n').length + 2;
	if (yaml.length > maxLength) {
		const message = `The front matter is ${Math.ceil(yaml.length / 1024)} KiB long; at most 64 KiB are read.`;
		const help = 'Values belong in the site file; the front matter declares them.';
		return {frontMatter: undefined, nextLine, problems: [problem('front-matter-too-long', message, help)]};
	}

	return {frontMatter: {yaml, line: 2}, nextLine, problems: []};
}

/** Comments and blank lines before the key do not count. */
function beginsWithKey(yaml: string): boolean {
	const first = yaml.split('\n', 100).find(line => line.trim() !== '' && !line.startsWith('#'));
	return first !== undefined && /^["']?[\w.-]+["']?\s*:(?:\s|$)/.test(first);
}
