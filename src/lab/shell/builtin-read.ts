import {splitAtIfs} from './expand.js';
import type {Shell} from './shell.js';
import {isName, ShellError} from './state.js';

export async function read(shell: Shell, args: readonly string[]): Promise<number> {
	const {process, state} = shell;
	let raw = false;
	let at = 0;
	for (; args[at]?.startsWith('-'); at += 1) {
		raw = raw || args[at]?.includes('r') === true;
		if (args[at]?.endsWith('p')) {
			at += 1;
			await process.err(args[at] ?? '');
		}
	}
	const names = at < args.length ? args.slice(at) : ['REPLY'];
	const input = process.descriptors.get(0);
	const {text, ended} = input === undefined ? {text: '', ended: true} : await readLogicalLine(shell, input, raw);
	const fields = splitForRead(text, names.length, state.value('IFS') ?? ' \t\n');
	for (const [index, name] of names.entries()) {
		if (!isName(name)) {
			throw new ShellError(`read: ${name}: bad variable name`, 2);
		}
		state.assign(name, fields[index] ?? '');
	}
	return ended ? 1 : 0;
}

async function readLogicalLine(
	shell: Shell,
	input: Parameters<Shell['readLine']>[0],
	raw: boolean,
): Promise<{readonly text: string; readonly ended: boolean}> {
	let text = '';
	for (;;) {
		const line = await shell.readLine(input);
		if (line === undefined) {
			return {text, ended: true};
		}
		const ended = !line.endsWith('\n');
		const body = ended ? line : line.slice(0, -1);
		if (!raw && body.endsWith('\\') && !ended) {
			text += withoutBackslashes(body.slice(0, -1));
			continue;
		}
		return {text: text + (raw ? body : withoutBackslashes(body)), ended};
	}
}

function withoutBackslashes(text: string): string {
	return text.replaceAll(/\\(.)/gs, '$1');
}

/** The last name takes all that is left, with the separators inside it. */
function splitForRead(text: string, count: number, separators: string): readonly string[] {
	const blanks = [...separators].filter(character => /\s/.test(character)).join('');
	const isBlank = (character: string) => blanks.includes(character);
	let rest = trimmed(text, isBlank);
	if (count === 1) {
		return [rest];
	}
	const fields: string[] = [];
	while (fields.length < count - 1 && rest !== '') {
		const end = [...rest].findIndex(character => separators.includes(character));
		if (end === -1) {
			break;
		}
		fields.push(rest.slice(0, end));
		const after = rest
			.slice(end)
			.replace(/^\s*/, space => [...space].filter(character => !isBlank(character)).join(''));
		rest =
			after !== '' && separators.includes(after[0] ?? '') && !isBlank(after[0] ?? '')
				? trimmed(after.slice(1), isBlank)
				: after;
	}
	const left = splitAtIfs(rest, separators);
	return [...fields, left.length <= 1 ? (left[0] ?? '') : rest];
}

function trimmed(text: string, isBlank: (character: string) => boolean): string {
	const characters = [...text];
	const start = characters.findIndex(character => !isBlank(character));
	const end = characters.findLastIndex(character => !isBlank(character));
	return start === -1 ? '' : characters.slice(start, end + 1).join('');
}
