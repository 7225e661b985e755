/** What a hostile host prints: every family that a terminal could act upon, each marked, so that its marks can be looked for. */
export const mark = 'TAINT';

const esc = '\x1b';
const bel = '\x07';

export const hostileOutput: string = [
	`${esc}]0;${mark}${bel}`,
	`${esc}]52;c;${mark}${bel}`,
	`${esc}]8;;http://${mark}/${esc}\\link${esc}]8;;${esc}\\`,
	`${esc}P+q${mark}${esc}\\`,
	`${esc}_G${mark}${esc}\\`,
	`${esc}[2J${esc}[3J${esc}c`,
	`${esc}[?1049l${esc}[?1000h${esc}[?7h`,
	`${esc}[6n${esc}[c${esc}[5n`,
	`${esc}[999999999b`,
	`\u009b31m\u009d0;${mark}\u009c\u0090${mark}\u009c`,
	`safe\rover${mark}`,
	`bidi \u202e${mark}\u2066 zero\u200bwidth`,
	`${esc}]0;${mark} never ends`,
].join('\n');
