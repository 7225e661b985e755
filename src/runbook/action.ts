import type {Annotation} from './annotation.js';
import type {StepPiece} from './assemble.js';
import {type Compiling, placeInSource} from './compiling.js';
import type {ProblemList} from './problem-list.js';
import type {Action, Placeholder, Template} from './runbook.js';
import {readScript, refuseInvisible, refuseMalformed} from './script.js';
import {readTemplate} from './template.js';
import type {WordName} from './vocabulary.js';

const DEFAULT_TIMEOUT_MS = 10 * 60_000;

const DEFAULT_EVERY_MS = 5000;

/** A try of a probe that takes longer has failed. */
const PROBE_TIMEOUT_MS = 10_000;

/** What a step does. */
export function readAction(piece: StepPiece, compiling: Compiling): Action {
	switch (piece.kind) {
		case 'script':
			return scriptAction(piece, compiling);
		case 'inline-file':
		case 'linked-file':
			return fileAction(piece, compiling);
		case 'manual':
			return manualAction(piece, compiling);
	}
}

/** The limit of one attempt; of a wait or probe, of one try. Files and manual steps have none of themselves. */
export function timeoutOf({kind, annotation: {values}}: StepPiece): number | undefined {
	if (values.timeout !== undefined || kind !== 'script') {
		return values.timeout;
	}

	if (values.probe === true) {
		return Math.max(PROBE_TIMEOUT_MS, values.every ?? DEFAULT_EVERY_MS);
	}

	return values.wait === true ? Math.min(DEFAULT_TIMEOUT_MS, values.for ?? DEFAULT_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
}

function scriptAction(piece: Extract<StepPiece, {kind: 'script'}>, compiling: Compiling): Action {
	const {annotation, fence, shell, subject} = piece;
	const {values} = annotation;
	const script = readScript(fence, shell, compiling);
	if (subject === 'wait') {
		const everyMs = values.every ?? DEFAULT_EVERY_MS;
		const forMs = values.for ?? DEFAULT_TIMEOUT_MS;
		if (everyMs > forMs) {
			compiling.problems.error(
				'contradiction',
				annotation.place('every'),
				'It is tried once: `every` is longer than `for`.',
			);
		}

		return {kind: 'wait', script, everyMs, forMs};
	}

	if (subject === 'probe') {
		return {kind: 'probe', script, everyMs: values.every ?? DEFAULT_EVERY_MS};
	}

	refuseTogether(annotation, ['long', 'reboot', 'cut'], compiling.problems);
	refuseTogether(annotation, ['exit', 'fails'], compiling.problems);
	if (values.for !== undefined && values.reboot !== true) {
		compiling.problems.error(
			'missing-word',
			annotation.place('for'),
			'`for` says nothing without `wait`, `verify` or `reboot`.',
		);
	}

	return {
		kind: 'script',
		script,
		accepts: values.fails === true ? 'any-but-zero' : {codes: values.exit ?? [0]},
		long: values.long === true,
		reboot: values.reboot === true ? {forMs: values.for ?? DEFAULT_TIMEOUT_MS} : undefined,
		cut: values.cut === undefined ? undefined : {forMs: values.cut},
	};
}

function fileAction(piece: Extract<StepPiece, {kind: 'inline-file' | 'linked-file'}>, compiling: Compiling): Action {
	const {annotation} = piece;
	const {problems} = compiling;
	const {values} = annotation;
	const path = values.file ?? '';
	if (path.includes('\\') && !/\\\{\{/.test(path)) {
		problems.error(
			'bad-path',
			annotation.valuePlace('file'),
			'A path is written with `/`, also on Windows.',
			'Write it as C:/Temp/x.',
		);
	} else if (path !== '' && !/^(?:\/|[A-Za-z]:\/|\{\{)/.test(path)) {
		problems.error(
			'bad-path',
			annotation.valuePlace('file'),
			`"${path}" is no absolute path.`,
			'Write file=/etc/… or file=C:/….',
		);
	}

	if (values.set !== undefined && piece.kind === 'inline-file') {
		problems.error(
			'misplaced-word',
			annotation.place('set'),
			'`set` fills the marks of a linked file; this file stands right here.',
			'Write `{{name}}` in the text.',
		);
	}

	if (values.lines === true && piece.kind === 'linked-file') {
		problems.error('misplaced-word', annotation.place('lines'), '`lines` belongs on a fence, not on a link.');
	}

	return {
		kind: 'file',
		path: wordTemplate(annotation, 'file', path, problems),
		content: contentOf(piece, compiling),
		mode: values.mode,
		owner: values.owner,
		lines: values.lines === true,
		set: (values.set ?? []).map(({name, value}) => ({name, value: wordTemplate(annotation, 'set', value, problems)})),
	};
}

function contentOf(
	piece: Extract<StepPiece, {kind: 'inline-file' | 'linked-file'}>,
	compiling: Compiling,
): Extract<Action, {kind: 'file'}>['content'] {
	const {problems} = compiling;
	if (piece.kind === 'linked-file') {
		checkLink(piece.url, piece.at, problems);
		return {kind: 'linked', url: piece.url};
	}

	const {code, codeLine, codeColumn} = piece.fence;
	refuseInvisible(piece.fence, problems);
	const {template, malformed} = readTemplate(code === '' ? '' : `${code}\n`, {
		line: codeLine,
		column: codeColumn,
		indentation: codeColumn,
	});
	refuseMalformed(malformed, problems);
	return {kind: 'inline', text: template};
}

function checkLink(url: string, at: Extract<StepPiece, {kind: 'linked-file'}>['at'], problems: ProblemList): void {
	if (/^(?:[a-z][a-z\d+.-]*:|\/|#)/i.test(url) || url === '' || url.split('/').includes('..')) {
		problems.error(
			'bad-link',
			at,
			`"${url}" is no file beside the runbook.`,
			'Link to a file in the runbook’s own folder, relative to it: a run must work without a network.',
		);
	}
}

function manualAction({item, annotation}: Extract<StepPiece, {kind: 'manual'}>, compiling: Compiling): Action {
	const {values} = annotation;
	return {
		kind: 'manual',
		instruction: shownTemplate(item.markdown, item.at.line, compiling),
		expects: values.expect === true ? undefined : values.expect,
		once: values.once === true,
	};
}

/** The template of prose that stands from `line` on. */
export function shownTemplate(text: string, line: number, compiling: Compiling): Template {
	const {template, malformed} = readTemplate(text);
	if (malformed.length > 0) {
		refuseMalformed([placeInSource(compiling, line, '{{')], compiling.problems);
	}

	const parts = template.parts.map(part =>
		typeof part === 'string' ? part : {...part, at: placeInSource(compiling, line, markOf(part))},
	);
	return {source: text, parts};
}

function markOf({name, host}: Placeholder): string {
	return host === undefined ? `{{${name}}}` : `{{${name}@${host}}}`;
}

/** The template of a word's value, or of a part of it. */
export function wordTemplate(annotation: Annotation, name: WordName, text: string, problems: ProblemList): Template {
	const {line, column} = annotation.valuePlace(name);
	const {template, malformed} = readTemplate(text, {line, column, indentation: column});
	refuseMalformed(malformed, problems);
	return template;
}

export function refuseTogether({values, place}: Annotation, names: readonly WordName[], problems: ProblemList): void {
	const [first, ...others] = names.filter(name => values[name] !== undefined);
	for (const other of others) {
		problems.error('contradiction', place(other), `\`${other}\` and \`${first}\` exclude each other.`);
	}
}
