import {posix} from 'node:path';
import * as z from 'zod';
import {Text} from '../../runbook/yaml.js';

/** A file as a host keeps it that was there before the world began. A path that ends in `/` is a folder. */
export type DescribedFile = {readonly text: string; readonly mode: number; readonly owner: string};

export const LoginName = Text().regex(
	/^[a-z_][a-z0-9_-]{0,31}$/,
	'Write a login name: small letters, digits, `_`, `-`.',
);

const Path = Text().refine(path => posix.isAbsolute(path), 'Write an absolute path.');
const Mode = Text()
	.regex(/^[0-7]{3,4}$/, 'Write a mode as octal digits, such as 0644.')
	.transform(text => Number.parseInt(text, 8));

/** `files` of a host in a lab file. */
export const FilesShape = z
	.record(
		Path,
		z.union([z.string(), z.strictObject({text: z.string(), mode: Mode.optional(), owner: LoginName.default('root')})]),
	)
	.default({});

export function describedFiles(files: z.output<typeof FilesShape>): Readonly<Record<string, DescribedFile>> {
	return Object.fromEntries(
		Object.entries(files).map(([path, file]) => {
			const {
				text,
				mode = path.endsWith('/') ? 0o755 : 0o644,
				owner = 'root',
			} = typeof file === 'string' ? {text: file} : file;
			return [path, {text, mode, owner}];
		}),
	);
}

/** The files with further lines at the end of one of them. */
export function withLines(
	files: Readonly<Record<string, DescribedFile>>,
	path: string,
	lines: readonly string[],
): Readonly<Record<string, DescribedFile>> {
	const before = files[path] ?? {text: '', mode: 0o600, owner: 'root'};
	return {...files, [path]: {...before, text: `${before.text}${lines.map(line => `${line}\n`).join('')}`}};
}
