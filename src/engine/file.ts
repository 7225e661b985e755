import {LOCAL_HOST} from '../graph/graph.js';
import type {Outcome} from '../run/outcome.js';
import {type RenderContext, type Rendered, renderLinkedFile, renderText} from '../runbook/render.js';
import type {Action, HostName} from '../runbook/runbook.js';
import type {Desk} from './desk.js';
import type {HostAccess, OutputKey, Transport} from './ports.js';
import {notPrepared, noValueFor, type Prepared, sha256} from './prepared.js';

type FileAction = Extract<Action, {kind: 'file'}>;

/** The file of a file step: its check compares hashes, its run puts it there. */
export function prepareFile(desk: Desk, action: FileAction, key: OutputKey, job: string): Prepared {
	const {world, plan, ledger, runId} = desk;
	const host = plan.hosts[key.host];
	if (host === undefined) {
		return notPrepared(fileNeedsHost(key.host));
	}

	const context = {host: key.host, values: ledger.state.values, hosts: plan.hosts};
	const path = renderText(action.path, context);
	const content = contentOf(action, plan.linkedFiles, context);
	if (!path.ok || !content.ok) {
		return noValueFor([...(path.ok ? [] : path.missing), ...(content.ok ? [] : content.missing)]);
	}

	const file = {path: path.text, bytes: content.bytes, mode: action.mode, backup: `${path.text}.fieldbook-${runId}`};
	const hash = sha256(content.bytes);
	return {
		ok: true,
		hash,
		encoding: 'utf-8',
		perform: () =>
			key.part === 'check'
				? compare(world.transport, host, file.path, hash, action.mode)
				: world.transport.putFile(host, file, job),
	};
}

function fileNeedsHost(host: HostName): string {
	return host === LOCAL_HOST ? 'files are put on hosts only, not on this laptop' : 'the step has no host';
}

/** As `cmp` would: 0 if the file is there as wanted, 1 if not. */
async function compare(
	transport: Transport,
	host: HostAccess,
	path: string,
	hash: string,
	mode: string | undefined,
): Promise<Outcome> {
	const found = await transport.statFile(host, path);
	if (found !== null && 'kind' in found) {
		return found;
	}

	const isThere =
		found?.sha256 === hash && (mode === undefined || Number.parseInt(found.mode, 8) === Number.parseInt(mode, 8));
	return {kind: 'exited', code: isThere ? 0 : 1};
}

type Content =
	| {readonly ok: true; readonly bytes: Uint8Array}
	| {readonly ok: false; readonly missing: readonly string[]};

/** The text of a fence ends with a line end, as text files do; a linked file is taken as it is, its `%%NAME%%` filled. */
function contentOf(
	{content, set}: FileAction,
	linkedFiles: ReadonlyMap<string, Uint8Array>,
	context: RenderContext,
): Content {
	if (content.kind === 'inline') {
		const rendered = renderText(content.text, context);
		return rendered.ok ? encoded({ok: true, text: rendered.text === '' ? '' : `${rendered.text}\n`}) : rendered;
	}

	const bytes = linkedFiles.get(content.url);
	if (bytes === undefined) {
		return {ok: false, missing: [content.url]};
	}

	const text = textOf(bytes);
	return text === undefined ? {ok: true, bytes} : encoded(renderLinkedFile(text, set, context));
}

function encoded(rendered: Rendered): Content {
	return rendered.ok ? {ok: true, bytes: new TextEncoder().encode(rendered.text)} : rendered;
}

/** Undefined for a binary file, which has no placeholders. */
function textOf(bytes: Uint8Array): string | undefined {
	try {
		return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		return undefined;
	}
}
