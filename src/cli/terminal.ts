/** True if the full screen can be drawn: a terminal that can move its cursor, on both sides, and nobody asked for lines. */
export function isTerminal(plain: boolean): boolean {
	const {TERM: term, INK_SCREEN_READER: reader} = process.env;
	return (
		!plain && process.stdin.isTTY === true && process.stdout.isTTY === true && term !== 'dumb' && reader !== 'true'
	);
}

/** Somebody sits here who can be asked, line by line at least. */
export function isAttended(): boolean {
	return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** `--ascii`, or a terminal or locale that has nothing else. */
export function hasAscii(asked: boolean): boolean {
	const {TERM: term, LC_ALL: all, LC_CTYPE: type, LANG: lang} = process.env;
	const locale = [all, type, lang].find(value => value !== undefined && value !== '');
	return asked || term === 'linux' || term === 'dumb' || locale === 'C' || locale === 'POSIX';
}

/** Source: no-color.org; FORCE_COLOR=0 says the same, and any other FORCE_COLOR the opposite of what a terminal claims. */
export function hasColor(): boolean {
	const {NO_COLOR: no, FORCE_COLOR: force} = process.env;
	if (no !== undefined && no !== '') {
		return false;
	}

	return force === undefined ? process.stdout.getColorDepth() > 1 : force !== '0' && force !== 'false';
}

/** Less to send where the screen is far away, or in a terminal in a terminal. */
export function isIncremental(): boolean {
	const {SSH_CONNECTION: ssh, TMUX: tmux} = process.env;
	return ssh !== undefined || tmux !== undefined;
}
