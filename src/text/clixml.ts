const rootStart = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';
const rootEnd = '</Objs>';
const header = '#< CLIXML';

/** An element that does not end within this is none of PowerShell's. */
const longestElement = 1024 * 1024;

/**
Makes readable text of what PowerShell writes to its standard error when it believes that another PowerShell reads it.

> | #< CLIXML
> | <Objs Version=…><Obj S="progress" …>…</Obj><S S="Error">Get-Item : no such file_x000D__x000A_</S></Objs>
                     ^~~~~~~~~~~~~~~~~~~~~~~~~ dropped          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ kept, decoded

Errors stand as they are, warnings and the like get the word that a console shows before them, progress is dropped. Text
of other programs, before, between and behind, passes as it is, wherever its chunks end. Windows PowerShell 5.1 does this
for every `-EncodedCommand`, whatever `-OutputFormat` says; 6.2 and later obey it.
Source: [MS-PSRP], section 2.2.5; PowerShell/PowerShell issue 5912.
*/
export class ClixmlReader {
	/** May be the beginning of something that has not come whole. */
	#held = '';
	/** What is still to be read, because a step ended at a border. Shorter than what the step was given. */
	#next = '';
	#isInside = false;

	/** What is readable by now of all that has come. */
	push(text: string): string {
		if (!this.#isInside && this.#held === '' && !text.includes('<')) {
			return text.endsWith('#') ? this.#outside(text) : text;
		}

		let rest = this.#held + text;
		this.#held = '';
		let readable = '';
		while (rest !== '') {
			this.#next = '';
			readable += this.#isInside ? this.#inside(rest) : this.#outside(rest);
			rest = this.#next;
		}

		return readable;
	}

	/** No more comes: what was held back. */
	end(): string {
		const held = this.#held;
		this.#held = '';
		this.#isInside = false;
		return held;
	}

	#outside(text: string): string {
		const headerAt = text.indexOf(header);
		const rootAt = text.indexOf(rootStart);
		if (headerAt !== -1 && (rootAt === -1 || headerAt < rootAt)) {
			return this.#dropHeader(text, headerAt);
		}

		if (rootAt !== -1) {
			this.#isInside = true;
			this.#next = text.slice(rootAt + rootStart.length);
			return text.slice(0, rootAt);
		}

		const from = heldFrom(text, [header, rootStart]);
		this.#held = text.slice(from);
		return text.slice(0, from);
	}

	/** > | #< CLIXML      with its line end, which may come later */
	#dropHeader(text: string, at: number): string {
		const behind = text.slice(at + header.length);
		const [lineEnd = ''] = /^\r?\n?/.exec(behind) ?? [];
		if (!lineEnd.endsWith('\n') && behind.length === lineEnd.length) {
			this.#held = text.slice(at);
		} else {
			this.#next = behind.slice(lineEnd.length);
		}

		return text.slice(0, at);
	}

	#inside(text: string): string {
		const at = text.indexOf('<');
		if (at === -1) {
			return text;
		}

		const plain = text.slice(0, at);
		const rest = text.slice(at);
		if (rest.startsWith(rootEnd)) {
			this.#isInside = false;
			this.#next = rest.slice(rootEnd.length);
			return plain;
		}

		const element = elementAt(rest);
		if (element === 'none' || rest.length > longestElement) {
			this.#next = rest.slice(1);
			return `${plain}<`;
		}

		if (element === 'cut') {
			this.#held = rest;
			return plain;
		}

		this.#next = rest.slice(element.length);
		return plain + readableElement(element);
	}
}

/** The whole of a text. */
export function withoutClixml(text: string): string {
	const reader = new ClixmlReader();
	return reader.push(text) + reader.end();
}

/** From where on the text may be the beginning of one of the words. */
function heldFrom(text: string, words: readonly string[]): number {
	for (let from = Math.max(0, text.length - rootStart.length); from < text.length; from++) {
		if (words.some(word => word.startsWith(text.slice(from)))) {
			return from;
		}
	}

	return text.length;
}

/** A whole `<S …>…</S>` or `<Obj …>…</Obj>` at the beginning, objects in it included. */
function elementAt(text: string): string | 'none' | 'cut' {
	if (/^<S(?: [^>]*)?>/.test(text)) {
		const end = text.indexOf('</S>');
		return end === -1 ? 'cut' : text.slice(0, end + '</S>'.length);
	}

	if (/^<Obj(?: [^>]*)?>/.test(text)) {
		let depth = 0;
		for (const {0: tag, index} of text.matchAll(/<Obj(?: [^>]*)?>|<\/Obj>/g)) {
			depth += tag === '</Obj>' ? -1 : tag.endsWith('/>') ? 0 : 1;
			if (depth === 0) {
				return text.slice(0, index + tag.length);
			}
		}

		return 'cut';
	}

	const isBeginning = ['<S>', '<S ', '<Obj>', '<Obj ', rootEnd].some(
		tag => tag.startsWith(text) || (text.startsWith(tag) && !text.includes('>')),
	);
	return isBeginning ? 'cut' : 'none';
}

function readableElement(element: string): string {
	const [, stream = ''] = /^<\w+(?: [^>]*?)? S="(\w+)"/.exec(element) ?? [];
	const text = element.startsWith('<S')
		? element.slice(element.indexOf('>') + 1, -'</S>'.length)
		: (/<ToString>([\s\S]*?)<\/ToString>/.exec(element)?.[1] ?? '');
	switch (stream.toLowerCase()) {
		case 'error':
		case 'output':
			return withLineEnd(decoded(text));
		case 'warning':
		case 'verbose':
		case 'debug':
			return withLineEnd(`${stream.toUpperCase()}: ${decoded(text)}`);
		default:
			return ''; // Progress, and what a console shows already
	}
}

function withLineEnd(text: string): string {
	return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

const entities: Readonly<Record<string, string>> = {lt: '<', gt: '>', quot: '"', apos: "'", amp: '&'};

/** `_x000A_` is PowerShell's own, the rest is XML's. */
function decoded(text: string): string {
	return text
		.replaceAll(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
			const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
			return name === undefined ? characterOf(point, whole) : (entities[name] ?? whole);
		})
		.replaceAll(/_x([\da-f]{4})_/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function characterOf(point: number, otherwise: string): string {
	return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : otherwise;
}
