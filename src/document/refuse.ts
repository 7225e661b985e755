import type {Page} from './page.js';
import type {Problem} from './problem.js';

/** In UTF-16 units. Source: design, section 3.1. */
const maxLength = 16 * 1024 * 1024;

/** At more than one in this many characters, the text was read in a wrong encoding. */
const charactersPerReplacement = 200;

/** Why a text is not read at all, if so. `source` is as it came from the file. */
export function refusalOf(file: string, source: string): Problem | undefined {
	const refuse = (code: string, message: string, help: string): Problem => ({
		file,
		at: {line: 1, column: 1, length: 1},
		severity: 'error',
		code,
		message,
		help,
	});
	if (source.length > maxLength) {
		const size = Math.ceil(source.length / 1024 / 1024);
		return refuse(
			'too-large',
			`The document is ${size} MB long; at most 16 MB are read.`,
			'Split it, or take logs out of it.',
		);
	}

	if (source.includes('\0')) {
		return refuse('binary', 'This is no text: it holds NUL characters.', 'A runbook is a Markdown file in UTF-8.');
	}

	if (source.replace(/^\uFEFF/, '').trim() === '') {
		return refuse(
			'empty-document',
			'The document is empty.',
			'Write at least a heading and a step, or check the path.',
		);
	}

	return undefined;
}

/** Characters that could not be decoded: a few may be meant, many make the whole text doubtful. */
export function undecoded({file, source, lines}: Page): readonly Problem[] {
	const first = source.indexOf('\uFFFD');
	if (first === -1) {
		return [];
	}

	const count = source.split('\uFFFD').length - 1;
	const isDoubtful = count * charactersPerReplacement > source.length;
	return [
		{
			file,
			at: lines.place(first, first + 1),
			severity: isDoubtful ? 'error' : 'warning',
			code: 'not-utf8',
			message:
				count === 1
					? 'This character could not be decoded.'
					: `${count} characters could not be decoded; this is the first.`,
			help: 'Save the document as UTF-8.',
		},
	];
}
