import type {WriteStream} from 'node:tty';

const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';

/**
Lets the terminal clip what is too wide for it instead of wrapping it: a character that it draws wider than we think then
shifts nothing below. Returns what sets it back, which also happens when the process ends without calling it.
*/
export function lineWrapOff(stdout: WriteStream): () => void {
	const restore = () => {
		process.off('exit', restore);
		stdout.write(wrapOn);
	};
	process.on('exit', restore);
	stdout.write(wrapOff);
	return restore;
}
