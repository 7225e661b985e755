import {readFileSync, realpathSync, statSync} from 'node:fs';
import {basename, dirname, normalize, resolve, sep} from 'node:path';
import {TextDecoder} from 'node:util';
import {formatProblems} from '../document/format-problem.js';
import type {Problem} from '../document/problem.js';
import {readDocument} from '../document/read.js';
import {buildGraph} from '../graph/build.js';
import type {StepGraph} from '../graph/graph.js';
import {compileRunbook} from '../runbook/compile.js';
import {expandRunbook} from '../runbook/expand.js';
import {checkLinkedFile} from '../runbook/linked-file.js';
import {linkedText} from '../runbook/render.js';
import {type RunNames, underNames} from '../runbook/run-names.js';
import type {Runbook} from '../runbook/runbook.js';
import type {Tables} from '../runbook/site.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';

/** A larger document is refused unread. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** A larger linked file is not something to put on a host with a runbook. */
const MAX_LINKED_BYTES = 64 * 1024 * 1024;

/** A runbook as read from its file, with everything that is wrong with it. */
export type OpenedFile = {
	/** As the person wrote it. */
	readonly file: string;
	readonly source: string;
	/** Of each file that a problem can be in, by its name: the document, and those that it includes. */
	readonly sources: ReadonlyMap<string, string>;
	/** As it is written: a phase with \`each\` stands in it once. */
	readonly runbook: Runbook;
	/** With such phases repeated for the rows that are known. */
	readonly graph: StepGraph;
	/** The document's own first, each file's in their order; those of the graph and of what cannot be executed among them. */
	readonly problems: readonly Problem[];
	/** The files that its file steps link to, by the link's URL. */
	readonly linkedFiles: ReadonlyMap<string, Uint8Array>;
	/** The documents that it includes, by their path from its folder. */
	readonly included: ReadonlyMap<string, string>;
};

/** Throws a UserError (status 2) if there is no text to read: no such file, a folder, binary, too large. */
export function openRunbookFile(file: string): OpenedFile {
	const source = readText(file);
	return openRunbookText(file, source, path => readLinked(file, path));
}

/** What a runbook is called, and the documents that it includes, by their paths from its folder. */
export type Glance = {readonly title: string; readonly includes: readonly string[]};

/**
Looks at a runbook without reading what it means, which takes a hundred times as long: only its front matter and first heading.
Undefined: it is a plain document. Throws a UserError (status 2) as `openRunbookFile` does.

> | [esxi.md](esxi.md). <!-- include -->
              ^~~~~~~ included
*/
export function glanceAtRunbook(file: string): Glance | undefined {
	const text = readText(file);
	const [frontMatter] = /^\uFEFF?---\r?\n[\s\S]*?\n---[ \t]*\r?\n/.exec(text) ?? [];
	if (frontMatter === undefined) {
		return undefined;
	}

	const [heading = ''] = /^#[ \t].*$/m.exec(text.slice(frontMatter.length)) ?? [];
	const {runbook} = openRunbookText(file, `${frontMatter}\n${heading}\n`, () => 'It is not read here.');
	const includes = text.matchAll(/\]\(([^()\s]+\.md)\)[^\n]*?\s*<!--\s*include\b/g);
	return runbook.plain
		? undefined
		: {title: runbook.title, includes: [...includes].map(([, path = '']) => normalize(path))};
}

/**
The same from text at hand, as a run keeps it. `beside` gives the bytes of a file that it links to or includes, by its path
from the document's folder, or the sentence that says why not.
*/
export function openRunbookText(
	file: string,
	source: string,
	beside: (path: string) => Uint8Array | string,
): OpenedFile {
	const {document, problems: reading} = readDocument(file, source);
	const {runbook, problems: compiling, included} = compileRunbook(document, path => includedText(beside(path), path));
	const {graph, problems: ordering} = buildGraph(expandRunbook(runbook, {}));
	const linkedFiles = new Map<string, Uint8Array>();
	const linking: Problem[] = [];
	for (const step of runbook.steps) {
		const {action, at} = step;
		if (action.kind === 'file' && action.content.kind === 'linked') {
			const bytes = linkedFiles.get(action.content.url) ?? beside(action.content.url);
			if (typeof bytes === 'string') {
				linking.push({
					file: at.file ?? file,
					at,
					severity: 'error',
					code: 'linked-file',
					message: bytes,
					help: 'The link is relative to the runbook.',
				});
			} else {
				linkedFiles.set(action.content.url, bytes);
				linking.push(...checkLinkedFile(runbook, step, bytes));
			}
		}
	}

	const sources = new Map([[file, document.source], ...included.map(one => [one.file, one.source] as const)]);
	const order = new Map([...sources.keys()].map((name, index) => [name, index]));
	const problems = [...reading, ...compiling, ...ordering, ...linking].toSorted(
		(a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.at.line - b.at.line || a.at.column - b.at.column,
	);
	return {
		file,
		source: document.source,
		sources,
		runbook,
		graph,
		problems,
		linkedFiles,
		included: new Map(included.map(({path, source: text}) => [path, text])),
	};
}

function includedText(bytes: Uint8Array | string, path: string): {readonly text: string} | {readonly because: string} {
	if (typeof bytes === 'string') {
		return {because: bytes};
	}

	if (bytes.length > MAX_DOCUMENT_BYTES) {
		return {because: `${path} is larger than 16 MB.`};
	}

	const text = bytes.includes(0) ? undefined : linkedText(bytes);
	return text === undefined ? {because: `${path} is no text in UTF-8.`} : {text};
}

/** The same with its phases repeated for these rows: the runbook and the graph as they are run. */
export function withRows(opened: OpenedFile, tables: Tables): OpenedFile {
	const runbook = expandRunbook(opened.runbook, tables);
	return runbook === opened.runbook ? opened : {...opened, runbook, graph: buildGraph(runbook).graph};
}

/** The same as a run calls it that has adopted it. Its phases must have been repeated before. */
export function underRunNames(opened: OpenedFile, names: RunNames): OpenedFile {
	const runbook = underNames(opened.runbook, names);
	return runbook === opened.runbook ? opened : {...opened, runbook, graph: buildGraph(runbook).graph};
}

/** Throws a UserError (status 2) that prints every problem, if one of them is an error. */
export function requireNoErrors({file, sources, problems}: Pick<OpenedFile, 'file' | 'sources' | 'problems'>): void {
	const errors = problems.filter(({severity}) => severity === 'error');
	if (errors.length > 0) {
		const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
		throw new UserError(
			'runbook-wrong',
			`${formatProblems(problems, sources)}\n${sanitiseLine(file)} has ${count}; nothing was run.`,
			'Correct the document; `fieldbook check` looks at it without running anything.',
			2,
		);
	}
}

/** Throws a UserError (status 2). Also used for site and lab files. */
export function readText(file: string, kind = 'runbook'): string {
	const shown = sanitiseLine(file);
	const bytes = readBytes(file, shown, kind);
	if (bytes.includes(0)) {
		throw new UserError('binary', `${shown} is not a text file.`, `A ${kind} is a text file in UTF-8.`, 2);
	}

	try {
		return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		throw new UserError('not-utf8', `${shown} is not in UTF-8.`, 'Save it as UTF-8 and try again.', 2);
	}
}

function readBytes(file: string, shown: string, kind: string): Buffer {
	try {
		const found = statSync(file);
		if (found.isDirectory()) {
			throw new UserError('directory', `${shown} is a folder, not a ${kind}.`, `Name the ${kind} in it.`, 2);
		}

		if (found.size > MAX_DOCUMENT_BYTES) {
			throw new UserError(
				'too-large',
				`${shown} has ${Math.ceil(found.size / 1024 / 1024)} MB; more than 16 MB is not read.`,
				'Split it into several files.',
				2,
			);
		}

		return readFileSync(file);
	} catch (error) {
		throw error instanceof UserError
			? error
			: new UserError(
					'no-file',
					`${shown} cannot be read: ${reasonOf(error)}.`,
					'Check the name and where you are.',
					2,
				);
	}
}

/** Only files in the runbook's own folder and below: a document from elsewhere must not pick up keys. */
function readLinked(runbookFile: string, url: string): Uint8Array | string {
	try {
		const folder = realpathSync(dirname(runbookFile));
		const path = realpathSync(resolve(folder, url));
		if (!path.startsWith(folder + sep)) {
			return `The linked file ${sanitiseLine(url)} is outside of the runbook's folder.`;
		}

		const {size} = statSync(path);
		return size > MAX_LINKED_BYTES
			? `The linked file ${sanitiseLine(basename(path))} is larger than 64 MB.`
			: readFileSync(path);
	} catch (error) {
		return `The linked file ${sanitiseLine(url)} cannot be read: ${reasonOf(error)}.`;
	}
}

/** What Node says of a file, without its path: `no such file or directory`. */
function reasonOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return sanitiseLine(/^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? message);
}
