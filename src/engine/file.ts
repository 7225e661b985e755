import {LOCAL_HOST} from '../graph/graph.js';
import type {Outcome} from '../run/outcome.js';
import {noProgress, stepKey} from '../run/progress.js';
import {linkedText, type RenderContext, type Rendered, renderLinkedFile, renderText} from '../runbook/render.js';
import type {Action, HostName, Step} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {Desk} from './desk.js';
import {withLines} from './lines.js';
import type {FileToPut, FileToRestore, OutputKey, Transport} from './ports.js';
import {notPrepared, noValueFor, type Preparation, type Prepared, sha256} from './prepared.js';

type FileAction = Extract<Action, {kind: 'file'}>;
type FileStep = Pick<Step, 'id' | 'as' | 'timeoutMs'> & {readonly action: FileAction};

/** What a file step is about once its values are known. */
type Wanted = Omit<FileToPut, 'bytes'> & {readonly text: Uint8Array; readonly lines: boolean};

/** The file of a file step: its check compares what is there, its run puts it there, its undo puts the old one back. */
export function prepareFile(desk: Desk, step: FileStep, key: OutputKey, job: string, values: Values): Preparation {
	const {plan, runId} = desk;
	const {action, as, timeoutMs} = step;
	const place = placeOf(desk, key.host, job);
	if (place === undefined) {
		return notPrepared('the step has no host');
	}

	const context = {host: key.host, values, hosts: plan.hosts};
	const path = renderText(action.path, context);
	const content = contentOf(action, plan.linkedFiles, context);
	if (!path.ok || !content.ok) {
		return noValueFor([...(path.ok ? [] : path.missing), ...(content.ok ? [] : content.missing)]);
	}

	if (!/^(?:\/|[A-Za-z]:\/)/.test(path.text)) {
		return notPrepared(`"${path.text}" is no absolute path`);
	}

	const wanted: Wanted = {
		path: path.text,
		text: content.bytes,
		lines: action.lines,
		mode: action.mode,
		owner: action.owner,
		as,
		// Of each step its own: what one step of the run has put there is what an undo of the next one wants back
		backup: `${path.text}.fieldbook-${runId}-${sha256(step.id).slice(0, 8)}`,
		timeoutMs,
	};
	switch (key.part) {
		case 'check':
		case 'verify':
			return prepareCheck(place, wanted, key.host);
		case 'run':
			return () => prepareRun(place, wanted, key.host);
		case 'undo':
			return prepareUndo(desk, place, wanted, key);
	}
}

function prepareCheck(place: FilePlace, wanted: Wanted, host: HostName): Prepared {
	const perform = async () => {
		const {path, as, text} = wanted;
		const found = await place.stat(path, as);
		if (!wanted.lines) {
			return compare(found, sha256(text), wanted);
		}

		const there = await place.read(path, as);
		if (there !== null && 'kind' in there) {
			return there;
		}

		const whole = withLines(there, text);
		return compare(found, whole === undefined ? '' : sha256(whole), wanted);
	};
	return {ok: true, hash: sha256(wanted.text), places: [{host, encoding: 'utf-8', perform}]};
}

/** What stands there now is looked at before the intent is written down: an undo can only bring back what is known. */
async function prepareRun(place: FilePlace, {text, lines, ...file}: Wanted, host: HostName): Promise<Prepared> {
	const before = lines ? await place.read(file.path, file.as) : await place.stat(file.path, file.as);
	if (before !== null && 'kind' in before) {
		return notSeen(before);
	}

	const there = before instanceof Uint8Array ? before : null;
	const bytes = lines ? withLines(there, text) : text;
	if (bytes === undefined) {
		return notPrepared(`${file.path} is no text in UTF-8, and no lines can be added to it`);
	}

	return {
		ok: true,
		hash: sha256(bytes),
		replaces: before === null ? null : before instanceof Uint8Array ? sha256(before) : before.sha256,
		places: [{host, encoding: 'utf-8', perform: () => place.put({...file, bytes})}],
	};
}

/** Nothing was changed yet, whatever came of looking. */
function notSeen(outcome: Outcome): Prepared {
	switch (outcome.kind) {
		case 'notStarted':
			return {...notPrepared(outcome.reason), ...(outcome.refused === undefined ? {} : {refused: outcome.refused})};
		case 'lost':
			return notPrepared(outcome.evidence);
		case 'exited':
		case 'signaled':
		case 'timedOut':
			return notPrepared('the host did not say what stands there now');
	}
}

function prepareUndo(
	{ledger}: Desk,
	place: FilePlace,
	{path, as, backup, timeoutMs}: Wanted,
	{step, host}: OutputKey,
): Prepared {
	const {replaced} = ledger.state.progress.get(stepKey(step, host)) ?? noProgress;
	if (replaced === undefined) {
		return notPrepared('nobody wrote down what stood there before');
	}

	const {by, before} = replaced;
	const file: FileToRestore = {
		path,
		sha256: by,
		old: before === null ? undefined : {path: backup, sha256: before},
		as,
		timeoutMs,
	};
	return {
		ok: true,
		hash: before ?? '',
		places: [{host, encoding: 'utf-8', perform: () => place.restore(file)}],
	};
}

/** Where files can be: on a host, or on this laptop. */
type FilePlace = {
	stat(path: string, as?: string): ReturnType<Transport['statFile']>;
	read(path: string, as?: string): ReturnType<Transport['readFile']>;
	put(file: FileToPut): Promise<Outcome>;
	restore(file: FileToRestore): Promise<Outcome>;
};

/** Undefined for a step without a host. */
function placeOf({world: {transport}, plan}: Desk, name: HostName, job: string): FilePlace | undefined {
	if (name === LOCAL_HOST) {
		return {
			stat: (path, as) => transport.statLocalFile(path, as),
			read: (path, as) => transport.readLocalFile(path, as),
			put: file => transport.putLocalFile(file),
			restore: file => transport.restoreLocalFile(file),
		};
	}

	const host = plan.hosts[name];
	return (
		host && {
			stat: (path, as) => transport.statFile(host, path, as),
			read: (path, as) => transport.readFile(host, path, as),
			put: file => transport.putFile(host, file, job),
			restore: file => transport.restoreFile(host, file, job),
		}
	);
}

/** As `cmp` would: 0 if the file is there as wanted, 1 if not. */
function compare(
	found: Awaited<ReturnType<FilePlace['stat']>>,
	hash: string,
	{mode, owner}: Pick<FileToPut, 'mode' | 'owner'>,
): Outcome {
	if (found !== null && 'kind' in found) {
		return found;
	}

	const isThere =
		found?.sha256 === hash &&
		(mode === undefined || Number.parseInt(found.mode, 8) === Number.parseInt(mode, 8)) &&
		(owner === undefined || isOwner(found.owner, owner));
	return {kind: 'exited', code: isThere ? 0 : 1};
}

/** `wanted` names a user, and perhaps a group behind a colon. */
function isOwner(found: string, wanted: string): boolean {
	return wanted.includes(':') ? found === wanted : found.split(':')[0] === wanted;
}

type Content =
	| {readonly ok: true; readonly bytes: Uint8Array}
	| {readonly ok: false; readonly missing: readonly string[]};

/** The text of a fence, which ends with a line end as text files do; a linked file as it is, its `%%NAME%%` filled. */
function contentOf(
	{content, set}: FileAction,
	linkedFiles: ReadonlyMap<string, Uint8Array>,
	context: RenderContext,
): Content {
	if (content.kind === 'inline') {
		return encoded(renderText(content.text, context));
	}

	const bytes = linkedFiles.get(content.url);
	if (bytes === undefined) {
		return {ok: false, missing: [content.url]};
	}

	const text = linkedText(bytes);
	return text === undefined ? {ok: true, bytes} : encoded(renderLinkedFile(text, set, context));
}

function encoded(rendered: Rendered): Content {
	return rendered.ok ? {ok: true, bytes: new TextEncoder().encode(rendered.text)} : rendered;
}
