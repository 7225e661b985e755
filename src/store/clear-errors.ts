import * as z from 'zod';
import {UserError} from '../text/user-error.js';

/** What SQLite and the file system report, in words for a person. Everything else passes through: our bug. */
export function withClearErrors<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw clearError(path, error);
	}
}

const CodedError = z.object({code: z.string().optional(), errcode: z.int().optional(), message: z.string()});

/**
There was no room for what was to be written: SQLITE_FULL, or SQLITE_IOERR_WRITE, as which SQLite reports a quota.
Source: https://sqlite.org/rescode.html, and `seekAndWrite` in SQLite's os_unix.c, where only ENOSPC is SQLITE_FULL.
*/
export function isFull(error: unknown): boolean {
	const errcode = CodedError.safeParse(error).data?.errcode;
	return errcode === 13 || errcode === 778;
}

/** SQLITE_CANTOPEN or SQLITE_READONLY: the file is there, but what stands beside it cannot be dealt with in its place. */
export function hasNoWayIn(error: unknown): boolean {
	const errcode = CodedError.safeParse(error).data?.errcode ?? 0;
	return (errcode & 0xff) === 14 || (errcode & 0xff) === 8;
}

/**
What somebody met who reads a file: that it is held, full or cannot be opened is just that; whatever else SQLite says, and
rows that are not ours, are damage.
*/
export function damagedWhen(path: string, error: unknown): unknown {
	const told = clearError(path, error);
	const isOfRows = error instanceof z.ZodError;
	const {code = '', message = ''} = CodedError.safeParse(error).data ?? {};
	if (told instanceof UserError || hasNoWayIn(error) || !(isOfRows || code.startsWith('ERR_'))) {
		return error;
	}

	return damaged(path, isOfRows ? 'it holds rows that fieldbook did not write' : message);
}

/** What to do about a damaged file. */
export const FROM_DAMAGE =
	'`fieldbook verify` says what is wrong. Go on from an intact copy, or from what `fieldbook verify RUN --salvage NEW` can keep.';

/** Source of the numbers: https://sqlite.org/rescode.html; the low byte is the primary code. */
export function clearError(path: string, error: unknown): unknown {
	const coded = CodedError.safeParse(error);
	if (error instanceof UserError || !coded.success) {
		return error;
	}

	const {code, errcode, message} = coded.data;
	switch (errcode === undefined ? code : errcode & 0xff) {
		case 5:
		case 6:
			return new UserError(
				'run-locked',
				`${path} is open in another fieldbook, which holds the run.`,
				'Go on there, or end that one first. A run has one writer.',
				5,
			);
		case 8:
		case 'EROFS':
		case 'EACCES':
		case 'EPERM':
			return new UserError(
				'run-read-only',
				`${path} cannot be written: ${message}.`,
				'Make the file and its folder writable, or choose another place with --run-file or FIELDBOOK_HOME.',
				5,
			);
		case 13:
		case 'ENOSPC':
			return new UserError(
				'disk-full',
				`The disk of ${path} is full. Everything recorded so far is kept, and nothing was sent that is not recorded.`,
				'Free some space, then `fieldbook resume`.',
				5,
			);
		case 10:
			return errcode === 522
				? damaged(path, message)
				: new UserError(
						'disk-failed',
						`${path} cannot be read or written: ${message}.`,
						'Everything recorded so far is kept. See to its disk, then `fieldbook resume`.',
						5,
					);
		case 11:
		case 26:
			return damaged(path, message);
		case 14:
		case 'ENOENT':
		case 'ENOTDIR':
		case 'EISDIR':
			return new UserError(
				'run-not-found',
				`${path} cannot be opened as a run file: ${message}.`,
				'See `fieldbook runs` for the runs there are.',
				5,
			);
		case 'EEXIST':
			return new UserError(
				'run-exists',
				`${path} is there already; a new run never overwrites a file.`,
				'Choose another name with --run-file, or `fieldbook resume` this one.',
				5,
			);
		default:
			return error;
	}
}

function damaged(path: string, message: string): UserError {
	return new UserError('run-damaged', `${path} is not a readable run file: ${message}.`, FROM_DAMAGE, 5);
}
