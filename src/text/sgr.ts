/**
How a piece of output looks: what is kept of the SGR sequences that came before it. Source: ECMA-48, 8.3.117.

There is no conceal and no blinking.
*/
export type Style = {
	readonly bold: boolean;
	readonly dim: boolean;
	readonly italic: boolean;
	readonly underline: boolean;
	readonly inverse: boolean;
	readonly strike: boolean;
	/** As SGR writes it for the foreground: `31`, `97`, `38;5;208`, `38;2;255;0;0`; empty is the terminal's own. */
	readonly foreground: string;
	readonly background: string;
};

export const plainStyle: Style = {
	bold: false,
	dim: false,
	italic: false,
	underline: false,
	inverse: false,
	strike: false,
	foreground: '',
	background: '',
};

/**
The style after `CSI parameters m`.

`parameters` is what stands between, digits, `;` and `:`; the first 16 count. Unknown ones change nothing.
*/
export function applySgr(style: Style, parameters: string): Style {
	const fields = parameters.split(';').slice(0, 16);
	let next = style;
	for (let index = 0; index < fields.length; index++) {
		const [code = 0, ...sub] = (fields[index] ?? '').split(':').map(Number);
		if (code === 38 || code === 48 || code === 58) {
			const colour = sub.length > 0 ? colonColour(sub) : semicolonColour(fields.slice(index + 1).map(Number));
			index += sub.length > 0 ? 0 : colour.fields;
			next = withColour(next, code, colour.code);
		} else {
			next = withCode(next, code, sub[0]);
		}
	}

	return next;
}

/** The parameters that give this style from a reset terminal: `1;4;38;5;208`; empty for the plain style. */
export function sgrOf(style: Style): string {
	return [
		style.bold ? '1' : '',
		style.dim ? '2' : '',
		style.italic ? '3' : '',
		style.underline ? '4' : '',
		style.inverse ? '7' : '',
		style.strike ? '9' : '',
		style.foreground,
		style.background.replace(/^\d+/, base => String(Number(base) + 10)),
	]
		.filter(part => part !== '')
		.join(';');
}

function withCode(style: Style, code: number, sub: number | undefined): Style {
	switch (code) {
		case 0:
			return plainStyle;
		case 1:
			return {...style, bold: true};
		case 2:
			return {...style, dim: true};
		case 3:
			return {...style, italic: true};
		case 4:
			return {...style, underline: sub !== 0};
		case 7:
			return {...style, inverse: true};
		case 9:
			return {...style, strike: true};
		case 21:
			return {...style, underline: true};
		case 22:
			return {...style, bold: false, dim: false};
		case 23:
			return {...style, italic: false};
		case 24:
			return {...style, underline: false};
		case 27:
			return {...style, inverse: false};
		case 29:
			return {...style, strike: false};
		case 39:
			return {...style, foreground: ''};
		case 49:
			return {...style, background: ''};
		default:
			return withBasicColour(style, code);
	}
}

function withBasicColour(style: Style, code: number): Style {
	if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
		return {...style, foreground: String(code)};
	}

	if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
		return {...style, background: String(code - 10)};
	}

	return style;
}

/** `code` empty: not a colour. `fields`: how many `;` fields it took. */
type ReadColour = {readonly code: string; readonly fields: number};

/** `5;208` or `2;255;0;0` */
function semicolonColour([kind, first, second, third]: readonly number[]): ReadColour {
	if (kind === 5) {
		return {code: palette(first), fields: 2};
	}

	return kind === 2 ? {code: direct(first, second, third), fields: 4} : {code: '', fields: 0};
}

/** `5:208`, `2:255:0:0`, or `2::255:0:0` where a colour space stands before the three */
function colonColour([kind, ...values]: readonly number[]): ReadColour {
	if (kind === 5) {
		return {code: palette(values[0]), fields: 0};
	}

	const [red, green, blue] = values.length > 3 ? values.slice(1) : values;
	return {code: kind === 2 ? direct(red, green, blue) : '', fields: 0};
}

const isByte = (value: number | undefined): value is number => value !== undefined && value <= 255;

function palette(index: number | undefined): string {
	return isByte(index) ? `38;5;${index}` : '';
}

function direct(red: number | undefined, green: number | undefined, blue: number | undefined): string {
	return isByte(red) && isByte(green) && isByte(blue) ? `38;2;${red};${green};${blue}` : '';
}

function withColour(style: Style, code: 38 | 48 | 58, colour: string): Style {
	if (colour === '' || code === 58) {
		return style;
	}

	return code === 38 ? {...style, foreground: colour} : {...style, background: colour};
}

/** Text in (nearly) the colour of its ground is hidden text: then both are the terminal's own. */
export function legible(style: Style): Style {
	const text = rgbOf(style.foreground);
	const ground = rgbOf(style.background);
	const hidden =
		text !== undefined &&
		ground !== undefined &&
		text.every((channel, index) => Math.abs(channel - (ground[index] ?? 0)) < 48);
	return hidden ? {...style, foreground: '', background: ''} : style;
}

/** The usual values of the 16 colours: a theme may differ, but it gives the same number the same colour. */
const sixteen = [
	[0, 0, 0],
	[205, 0, 0],
	[0, 205, 0],
	[205, 205, 0],
	[0, 0, 238],
	[205, 0, 205],
	[0, 205, 205],
	[229, 229, 229],
	[127, 127, 127],
	[255, 0, 0],
	[0, 255, 0],
	[255, 255, 0],
	[92, 92, 255],
	[255, 0, 255],
	[0, 255, 255],
	[255, 255, 255],
] as const;

function rgbOf(colour: string): readonly number[] | undefined {
	const [base = 0, kind = 0, ...values] = colour.split(';').map(Number);
	if (colour === '') {
		return undefined;
	}

	if (base === 38) {
		return kind === 2 ? values : paletteRgb(values[0] ?? 0);
	}

	return sixteen[base >= 90 ? base - 90 + 8 : base - 30];
}

/** 16 colours, a cube of 6 x 6 x 6, 24 greys: the table of xterm's 256 colours. */
function paletteRgb(index: number): readonly number[] | undefined {
	if (index < 16) {
		return sixteen[index];
	}

	if (index >= 232) {
		const grey = 8 + (index - 232) * 10;
		return [grey, grey, grey];
	}

	const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
	const cube = index - 16;
	return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}
