import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {UserError} from '../text/user-error.js';

/**
Shows lines in the person's pager, `$PAGER` or less, and resolves when he has left it. Its text goes through a pipe and
stands in no file. Throws a UserError if there is no such program.
*/
export async function page(lines: AsyncIterable<string>): Promise<void> {
	const {PAGER: own = '', LESS: flags = 'R'} = process.env;
	const program = own === '' ? 'less' : own;
	// As git does it: a pager may be named with its flags.
	const pager = spawn(program, {
		stdio: ['pipe', 'inherit', 'inherit'],
		shell: true,
		env: {...process.env, LESS: flags},
	});
	const closed = once(pager, 'close');
	// Who leaves the pager early closes the pipe.
	await pipeline(Readable.from(lines), pager.stdin).catch(() => {});
	const [status] = await closed;
	if (status === 127) {
		throw new UserError('no-pager', `There is no pager ${program} here.`, 'Set PAGER to a program that shows text.', 1);
	}
}

/**
Opens a file in the person's editor, `$VISUAL`, `$EDITOR` or what the system has, at a line counted from 1, and resolves
when he has left it. Throws a UserError if there is no such program.
*/
export async function edit(file: string, line: number): Promise<void> {
	const {VISUAL: visual = '', EDITOR: own = ''} = process.env;
	const program = visual || own || (process.platform === 'win32' ? 'notepad' : 'vi');
	// An editor may be named with its flags, so a shell takes them apart; the file's name is no part of what it reads.
	const editor =
		process.platform === 'win32'
			? spawn(program, [file], {stdio: 'inherit'})
			: spawn('sh', ['-c', `exec ${program} "$@"`, program, `+${line}`, file], {stdio: 'inherit'});
	const [status] = await once(editor, 'close');
	if (status === 127) {
		throw new UserError(
			'no-editor',
			`There is no editor ${program} here.`,
			'Set EDITOR to a program that edits text.',
			1,
		);
	}
}
