import type {Place} from '../document/problem.js';
import type {Placeholder, Template} from './runbook.js';

/**
Where a text came from: the place of its first unit, and the column at which its other lines begin.

A text of the document's prose has none of its own (`undefined`): a placeholder in it is then at 1:1.
*/
export type Origin = {readonly line: number; readonly column: number; readonly indentation: number};

/** A placeholder and its offset in the text as written. */
export type Mark = {readonly placeholder: Placeholder; readonly offset: number; readonly length: number};

export type ReadTemplate = {
	readonly template: Template;
	readonly marks: readonly Mark[];
	/** `{{` that begins no placeholder. */
	readonly malformed: readonly Place[];
};

/**
Takes a text apart at its placeholders.

> | --ip {{iscsi_ip}} --peer {{iscsi_ip@esxi2}} \{{literal}}
         ^~~~~~~~~~~~        ^~~~~~~~~~~~~~~~~~ a name, maybe with a field, maybe of another host
*/
export function readTemplate(source: string, origin: Origin = {line: 1, column: 1, indentation: 1}): ReadTemplate {
	const parts: Array<string | Placeholder> = [];
	const marks: Mark[] = [];
	const malformed: Place[] = [];
	const place = placeFinder(source, origin);
	let text = '';
	let from = 0;
	for (let at = source.indexOf('{{'); at !== -1; at = source.indexOf('{{', from)) {
		if (source[at - 1] === '\\' && at > from) {
			text += `${source.slice(from, at - 1)}{{`;
			from = at + 2;
			continue;
		}

		text += source.slice(from, at);
		placeholderPattern.lastIndex = at;
		const found = placeholderPattern.exec(source);
		if (found?.[1] === undefined) {
			malformed.push(place(at, 2));
			text += '{{';
			from = at + 2;
			continue;
		}

		const placeholder = {name: found[1], host: found[2], at: place(at, found[0].length)};
		marks.push({placeholder, offset: at, length: found[0].length});
		parts.push(...(text === '' ? [] : [text]), placeholder);
		text = '';
		from = at + found[0].length;
	}

	text += source.slice(from);
	return {template: {source, parts: text === '' ? parts : [...parts, text]}, marks, malformed};
}

/** A text that is shown, with its placeholders. */
export function templateOf(source: string): Template {
	return readTemplate(source).template;
}

/** The text with some of its placeholders written otherwise; `undefined` leaves one as it is. */
export function rewritten(source: string, rewrite: (placeholder: Placeholder) => string | undefined): string {
	if (!source.includes('{{')) {
		return source;
	}

	let text = '';
	let from = 0;
	for (const {placeholder, offset, length} of readTemplate(source).marks) {
		text += source.slice(from, offset) + (rewrite(placeholder) ?? source.slice(offset, offset + length));
		from = offset + length;
	}

	return text + source.slice(from);
}

/** A value in the brackets is one of a row: `{{vmid[vm1]}}` stands where a phase was repeated. */
const placeholderPattern =
	/\{\{([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|(?:\[[^\s[\]{}@]+\])+)?)(?:@([A-Za-z_][\w-]*))?\}\}/y;

/** Offsets must be asked for in rising order. */
function placeFinder(source: string, origin: Origin): (offset: number, length: number) => Place {
	let line = 0;
	let lineStart = 0;
	return (offset, length) => {
		for (let end = source.indexOf('\n', lineStart); end !== -1 && end < offset; end = source.indexOf('\n', lineStart)) {
			line++;
			lineStart = end + 1;
		}

		const firstColumn = line === 0 ? origin.column : origin.indentation;
		return {line: origin.line + line, column: firstColumn + offset - lineStart, length};
	};
}
