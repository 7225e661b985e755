import {LOCAL_HOST} from '../graph/graph.js';
import type {Outcome} from '../run/outcome.js';
import {linkedText, type RenderContext, type Rendered, renderLinkedFile, renderText} from '../runbook/render.js';
import type {Action, HostName} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {Desk} from './desk.js';
import type {FileToPut, OutputKey, Transport} from './ports.js';
import {notPrepared, noValueFor, type Prepared, sha256} from './prepared.js';

type FileAction = Extract<Action, {kind: 'file'}>;

/** The file of a file step: its check compares hashes, its run puts it there. */
export function prepareFile(
	desk: Desk,
	{action, as}: {readonly action: FileAction; readonly as: string | undefined},
	key: OutputKey,
	job: string,
	values: Values,
): Prepared {
	const {plan, runId} = desk;
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

	const file: FileToPut = {
		path: path.text,
		bytes: content.bytes,
		mode: action.mode,
		owner: action.owner,
		as,
		backup: `${path.text}.fieldbook-${runId}`,
	};
	const hash = sha256(content.bytes);
	return {
		ok: true,
		hash,
		encoding: 'utf-8',
		perform: async () =>
			key.part === 'check' ? compare(await place.stat(file.path, as), hash, file) : place.put(file),
	};
}

/** Where files can be: on a host, or on this laptop. */
type FilePlace = {
	stat(path: string, as?: string): ReturnType<Transport['statFile']>;
	put(file: FileToPut): Promise<Outcome>;
};

/** Undefined for a step without a host. */
function placeOf({world: {transport}, plan}: Desk, name: HostName, job: string): FilePlace | undefined {
	if (name === LOCAL_HOST) {
		return {stat: (path, as) => transport.statLocalFile(path, as), put: file => transport.putLocalFile(file)};
	}

	const host = plan.hosts[name];
	return (
		host && {stat: (path, as) => transport.statFile(host, path, as), put: file => transport.putFile(host, file, job)}
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
