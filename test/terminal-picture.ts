import type {IBufferCell, Terminal} from '@xterm/headless';

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 12;
const background = '#16181d';
const foreground = '#d4d7dd';

/** The sixteen colours of a calm dark theme, in the order of SGR 30-37 and 90-97. */
const palette = [
	...['#2b2f38', '#e06c75', '#8fbf7f', '#d9b36c', '#6fa8dc', '#b48ead', '#6dbfb8', '#c5c9d1'],
	...['#6b7280', '#f08a92', '#a8d498', '#ecca86', '#8dbdf0', '#cba6d0', '#8ad6cf', '#ffffff'],
];

type Look = {
	readonly color: string;
	readonly fill: string;
	readonly bold: boolean;
	readonly italic: boolean;
	readonly underline: boolean;
	readonly opacity: number;
};
type Stretch = {readonly column: number; readonly columns: number; readonly text: string; readonly look: Look};

/** The screen of a terminal as an SVG document; every stretch of text keeps its cells, wide characters included. */
export function pictureOf(
	screen: Terminal,
	cursor: {readonly column: number; readonly row: number} | undefined,
): string {
	const width = screen.cols * cellWidth + 2 * margin;
	const height = screen.rows * cellHeight + 2 * margin;
	const rows = Array.from({length: screen.rows}, (_, row) => drawRow(stretchesOf(screen, row), row));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
		`<rect width="100%" height="100%" rx="6" fill="${background}"/>`,
		`<g transform="translate(${margin} ${margin})" font-size="14" xml:space="preserve"`,
		` font-family="DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK JP, monospace">`,
		...rows,
		cursor === undefined ? '' : drawCursor(cursor),
		'</g></svg>',
		'',
	].join('\n');
}

function drawCursor({column, row}: {readonly column: number; readonly row: number}): string {
	return `<rect x="${round(column * cellWidth)}" y="${row * cellHeight + 1}" width="2" height="${cellHeight - 2}" fill="${foreground}"/>`;
}

function stretchesOf(screen: Terminal, row: number): readonly Stretch[] {
	const {active} = screen.buffer;
	const line = active.getLine(active.viewportY + row);
	const stretches: Stretch[] = [];
	for (let column = 0; column < screen.cols; column++) {
		const cell = line?.getCell(column);
		if (cell === undefined || cell.getWidth() === 0) {
			continue;
		}
		const look = lookOf(cell);
		const text = cell.getChars() || ' ';
		const last = stretches.at(-1);
		// Lines are drawn as lines, one cell each: fonts leave gaps between the rows.
		if (last !== undefined && sameLook(last.look, look) && !isRule(text) && !isRule(last.text)) {
			stretches[stretches.length - 1] = {
				...last,
				text: last.text + text,
				columns: last.columns + cell.getWidth(),
			};
		} else {
			stretches.push({column, columns: cell.getWidth(), text, look});
		}
	}
	return stretches;
}

function lookOf(cell: IBufferCell): Look {
	const own = cell.isFgDefault() ? foreground : colorOf(cell.getFgColor(), cell.isFgRGB());
	const behind = cell.isBgDefault() ? background : colorOf(cell.getBgColor(), cell.isBgRGB());
	const isInverse = cell.isInverse() !== 0;
	return {
		color: isInverse ? behind : own,
		fill: isInverse ? own : behind,
		bold: cell.isBold() !== 0,
		italic: cell.isItalic() !== 0,
		underline: cell.isUnderline() !== 0,
		opacity: cell.isDim() === 0 ? 1 : 0.6,
	};
}

function sameLook(one: Look, other: Look): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}

/** Palette index 0 to 255, or 0xRRGGBB. */
function colorOf(color: number, isRgb: boolean): string {
	if (isRgb) {
		return hex(color);
	}
	if (color < 16) {
		return palette[color] ?? foreground;
	}
	if (color >= 232) {
		return hex((8 + (color - 232) * 10) * 0x01_01_01);
	}
	const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
	const cube = color - 16;
	return hex(level(Math.floor(cube / 36)) * 0x1_00_00 + level(Math.floor(cube / 6) % 6) * 0x1_00 + level(cube % 6));
}

function hex(rgb: number): string {
	return `#${rgb.toString(16).padStart(6, '0')}`;
}

function drawRow(stretches: readonly Stretch[], row: number): string {
	const y = row * cellHeight;
	return stretches.map(stretch => drawStretch(stretch, y)).join('');
}

function drawStretch({column, columns, text, look}: Stretch, y: number): string {
	const x = round(column * cellWidth);
	const width = round(columns * cellWidth);
	const behind =
		look.fill === background
			? ''
			: `<rect x="${x}" y="${y}" width="${width}" height="${cellHeight}" fill="${look.fill}"/>`;
	if (text.trim() === '') {
		const line = look.underline ? underlineOf(x, y, width, look.color) : '';
		return behind + line;
	}
	const opacity = look.opacity === 1 ? '' : ` opacity="${look.opacity}"`;
	const rule = rulePath(text, x, y);
	if (rule !== undefined) {
		return `${behind}<path d="${rule.path}" stroke="${look.color}" stroke-width="${rule.width}"${opacity}/>\n`;
	}
	const style = [
		look.bold ? ' font-weight="bold"' : '',
		look.italic ? ' font-style="italic"' : '',
		look.underline ? ' text-decoration="underline"' : '',
	].join('');
	return (
		`${behind}<text x="${x}" y="${y + 13.5}" textLength="${width}" lengthAdjust="spacingAndGlyphs" ` +
		`fill="${look.color}"${style}${opacity}>${escaped(text)}</text>\n`
	);
}

function underlineOf(x: number, y: number, width: number, color: string): string {
	return `<path d="M${x} ${y + 15}H${round(x + width)}" stroke="${color}" stroke-width="1"/>`;
}

/** Which of left, right, up, down a box-drawing character reaches. */
const rules: Readonly<Record<string, string>> = {
	'─': 'lr',
	'━': 'lr',
	'│': 'ud',
	'┌': 'rd',
	'┐': 'ld',
	'└': 'ru',
	'┘': 'lu',
	'├': 'rud',
	'┤': 'lud',
	'┬': 'lrd',
	'┴': 'lru',
	'┼': 'lrud',
	'╭': 'rd',
	'╮': 'ld',
	'╰': 'ru',
	'╯': 'lu',
};

function isRule(text: string): boolean {
	return text in rules;
}

function rulePath(text: string, x: number, y: number): {readonly path: string; readonly width: number} | undefined {
	const reaches = rules[text];
	if (reaches === undefined) {
		return undefined;
	}
	const middle = {x: round(x + cellWidth / 2), y: y + cellHeight / 2};
	const ends: Readonly<Record<string, string>> = {
		l: `H${x}`,
		r: `H${round(x + cellWidth)}`,
		u: `V${y}`,
		d: `V${y + cellHeight}`,
	};
	return {
		path: [...reaches].map(side => `M${middle.x} ${middle.y}${ends[side] ?? ''}`).join(''),
		width: text === '━' ? 3 : 1,
	};
}

function escaped(text: string): string {
	return text.replace(/[&<>]/g, mark => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;'));
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
