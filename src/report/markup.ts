/** Markup that may stand in a page as it is. Only `html` and `ownMarkup` make it. */
export class Markup {
	readonly #text: string;

	constructor(text: string) {
		this.#text = text;
	}

	toString(): string {
		return this.#text;
	}
}

type Content = string | number | Markup | undefined | readonly Content[];

/**
Markup with text in it: whatever is no markup itself is escaped, so that no text can become a tag or leave its attribute.
Attributes stand in double quotes. Undefined is nothing.

> | html`<p title="${'a "b"'}">${'<b>'}</p>`      <p title="a &quot;b&quot;">&lt;b&gt;</p>
*/
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
	return new Markup(
		pieces.map((piece, index) => `${piece}${index < contents.length ? written(contents[index]) : ''}`).join(''),
	);
}

/** Text of ours that is markup: a style sheet, the doctype. */
export function ownMarkup(text: string): Markup {
	return new Markup(text);
}

function written(content: Content): string {
	if (content === undefined) {
		return '';
	}

	if (typeof content === 'string') {
		return escaped(content);
	}

	return typeof content === 'number' || content instanceof Markup ? String(content) : content.map(written).join('');
}

const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

function escaped(text: string): string {
	return text.replaceAll(/[&<>"']/g, sign => entities[sign] ?? '');
}
