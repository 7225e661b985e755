import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, lstatSync, openSync, readSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {REPORT_OF} from '../report/html/page.js';
import {UserError} from '../text/user-error.js';
import type {WrittenReport} from '../ui/workbench.js';
import {seeRun} from './held-run.js';

/** The bundle of the command line, beside the bundle that this file is part of. */
const ownBundle = fileURLToPath(new URL('./main.js', import.meta.url));

/**
Writes the customer's report of a run beside its file, in a process of its own, and opens it where there is a desktop.

An earlier report of the same run is replaced; any other file stays, and the report gets another name. Rejects with a
UserError (status 5) where it cannot be made or written.
*/
export async function writeReport(
	runFile: string,
	{entry = ownBundle, open = openOnDesktop}: {readonly entry?: string; readonly open?: typeof openOnDesktop} = {},
): Promise<WrittenReport> {
	const file = reportFile(runFile, await runIdOf(runFile));
	const part = `${file}.${process.pid}.part`;
	try {
		const out = openSync(part, 'wx', 0o600);
		try {
			await exportInto(out, runFile, entry);
		} finally {
			closeSync(out);
		}

		renameSync(part, file);
	} catch (error) {
		throw error instanceof UserError ? error : notWritten(file, error);
	} finally {
		rmSync(part, {force: true});
	}

	return {file, isOpened: await open(file)};
}

async function runIdOf(runFile: string): Promise<string> {
	const [first] = (await seeRun(runFile)).seen.events;
	return first?.event.type === 'RunStarted' ? first.event.runId : '';
}

async function exportInto(out: number, runFile: string, entry: string): Promise<void> {
	const child = spawn(process.execPath, [entry, 'export', '--format', 'html', '--', runFile], {
		stdio: ['ignore', out, 'pipe'],
	});
	const [[status], said] = await Promise.all([once(child, 'close'), child.stderr === null ? '' : text(child.stderr)]);
	if (status !== 0) {
		throw new UserError('no-report', said.trim() || 'The report was not made.', '`fieldbook verify` tells more.', 5);
	}
}

/** `NAME.html`, or with a number where a file that is not ours has that name. */
function reportFile(runFile: string, runId: string): string {
	const name = basename(runFile).replace(/\.fieldbook$/, '');
	for (let count = 1; ; count++) {
		const file = join(dirname(runFile), `${name}${count === 1 ? '' : `-${count}`}.html`);
		if (!exists(file) || isReportOf(file, runId)) {
			return file;
		}
	}
}

/** Also a link that leads nowhere. */
function exists(file: string): boolean {
	return existsSync(file) || lstatSync(file, {throwIfNoEntry: false}) !== undefined;
}

/** Its head says of which run it is; a page of ours never has that further down. */
function isReportOf(file: string, runId: string): boolean {
	if (runId === '' || !lstatSync(file).isFile()) {
		return false;
	}

	const opened = openSync(file, 'r');
	try {
		const head = Buffer.alloc(HEAD_BYTES);
		return head.toString('latin1', 0, readSync(opened, head)).includes(`content="${REPORT_OF}${runId}"`);
	} finally {
		closeSync(opened);
	}
}

const HEAD_BYTES = 1024;

/** False where nobody would see it: without a display, or over SSH. What opens it is not waited for. */
async function openOnDesktop(file: string): Promise<boolean> {
	const {DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION} = process.env;
	const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
		darwin: ['open', file],
		// Not `start`, a word of cmd's: it would read the file's name as more of its language.
		win32: ['explorer', file],
	};
	const [program, ...words] = openers[process.platform] ?? ['xdg-open', file];
	const hasDisplay =
		process.platform in openers ? SSH_CONNECTION === undefined : Boolean(DISPLAY) || Boolean(WAYLAND_DISPLAY);
	if (!hasDisplay) {
		return false;
	}

	const opener = spawn(program, words, {detached: true, stdio: 'ignore'});
	opener.unref();
	return new Promise(resolve => {
		opener.once('spawn', () => resolve(true));
		opener.once('error', () => resolve(false));
	});
}

function notWritten(file: string, error: unknown): UserError {
	const because = error instanceof Error ? error.message : String(error);
	return new UserError(
		'no-report',
		`${file} cannot be written: ${because}`,
		'See `fieldbook export --format html`.',
		5,
	);
}
