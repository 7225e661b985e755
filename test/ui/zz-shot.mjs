// test/ui/zz-shot.ts

import {execFileSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';

var withoutDevtools = {
	name: 'without-devtools',
	setup(bundler) {
		bundler.onResolve({filter: /^react-devtools-core$|\/devtools\.js$/}, ({path}) => ({path, namespace: 'empty'}));
		bundler.onLoad({filter: /.*/, namespace: 'empty'}, () => ({contents: 'export default {}'}));
	},
};
async function bundleProgram() {
	const outfile = join(mkdtempSync(join(tmpdir(), 'fieldbook-ui-')), 'program.mjs');
	await build({
		entryPoints: [new URL('program.ts', import.meta.url).pathname],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node24',
		define: {'process.env.NODE_ENV': '"production"'},
		banner: {
			js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
		},
		plugins: [withoutDevtools],
		logLevel: 'warning',
	});
	return outfile;
}

// test/terminal.ts
import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

// test/terminal-picture.ts
var cellWidth = 8.4;
var cellHeight = 18;
var margin = 12;
var background = '#16181d';
var foreground = '#d4d7dd';
var palette = [
	...['#2b2f38', '#e06c75', '#8fbf7f', '#d9b36c', '#6fa8dc', '#b48ead', '#6dbfb8', '#c5c9d1'],
	...['#6b7280', '#f08a92', '#a8d498', '#ecca86', '#8dbdf0', '#cba6d0', '#8ad6cf', '#ffffff'],
];
function pictureOf(screen) {
	const width = screen.cols * cellWidth + 2 * margin;
	const height = screen.rows * cellHeight + 2 * margin;
	const rows2 = Array.from({length: screen.rows}, (_, row) => drawRow(stretchesOf(screen, row), row));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
		`<rect width="100%" height="100%" rx="6" fill="${background}"/>`,
		`<g transform="translate(${margin} ${margin})" font-size="14" xml:space="preserve"`,
		` font-family="DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK JP, monospace">`,
		...rows2,
		'</g></svg>',
		'',
	].join('\n');
}
function stretchesOf(screen, row) {
	const {active} = screen.buffer;
	const line = active.getLine(active.viewportY + row);
	const stretches = [];
	for (let column = 0; column < screen.cols; column++) {
		const cell = line?.getCell(column);
		if (cell === void 0 || cell.getWidth() === 0) {
			continue;
		}
		const look = lookOf(cell);
		const text = cell.getChars() || ' ';
		const last = stretches.at(-1);
		if (last !== void 0 && sameLook(last.look, look) && !isRule(text) && !isRule(last.text)) {
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
function lookOf(cell) {
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
function sameLook(one, other) {
	return JSON.stringify(one) === JSON.stringify(other);
}
function colorOf(color, isRgb) {
	if (isRgb) {
		return hex(color);
	}
	if (color < 16) {
		return palette[color] ?? foreground;
	}
	if (color >= 232) {
		return hex((8 + (color - 232) * 10) * 65793);
	}
	const level = step => (step === 0 ? 0 : 55 + step * 40);
	const cube = color - 16;
	return hex(level(Math.floor(cube / 36)) * 65536 + level(Math.floor(cube / 6) % 6) * 256 + level(cube % 6));
}
function hex(rgb) {
	return `#${rgb.toString(16).padStart(6, '0')}`;
}
function drawRow(stretches, row) {
	const y = row * cellHeight;
	return stretches.map(stretch => drawStretch(stretch, y)).join('');
}
function drawStretch({column, columns: columns2, text, look}, y) {
	const x = round(column * cellWidth);
	const width = round(columns2 * cellWidth);
	const behind =
		look.fill === background
			? ''
			: `<rect x="${x}" y="${y}" width="${width}" height="${cellHeight}" fill="${look.fill}"/>`;
	if (text.trim() === '') {
		return behind;
	}
	const opacity = look.opacity === 1 ? '' : ` opacity="${look.opacity}"`;
	const rule = rulePath(text, x, y);
	if (rule !== void 0) {
		return `${behind}<path d="${rule.path}" stroke="${look.color}" stroke-width="${rule.width}"${opacity}/>
`;
	}
	const style = [
		look.bold ? ' font-weight="bold"' : '',
		look.italic ? ' font-style="italic"' : '',
		look.underline ? ' text-decoration="underline"' : '',
	].join('');
	return `${behind}<text x="${x}" y="${y + 13.5}" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${look.color}"${style}${opacity}>${escaped(text)}</text>
`;
}
var rules = {
	'\u2500': 'lr',
	'\u2501': 'lr',
	'\u2502': 'ud',
	'\u250C': 'rd',
	'\u2510': 'ld',
	'\u2514': 'ru',
	'\u2518': 'lu',
	'\u251C': 'rud',
	'\u2524': 'lud',
	'\u252C': 'lrd',
	'\u2534': 'lru',
	'\u253C': 'lrud',
	'\u256D': 'rd',
	'\u256E': 'ld',
	'\u2570': 'ru',
	'\u256F': 'lu',
};
function isRule(text) {
	return text in rules;
}
function rulePath(text, x, y) {
	const reaches = rules[text];
	if (reaches === void 0) {
		return void 0;
	}
	const middle = {x: round(x + cellWidth / 2), y: y + cellHeight / 2};
	const ends = {
		l: `H${x}`,
		r: `H${round(x + cellWidth)}`,
		u: `V${y}`,
		d: `V${y + cellHeight}`,
	};
	return {
		path: [...reaches].map(side => `M${middle.x} ${middle.y}${ends[side] ?? ''}`).join(''),
		width: text === '\u2501' ? 3 : 1,
	};
}
function escaped(text) {
	return text.replace(/[&<>]/g, mark => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;'));
}
function round(value) {
	return Math.round(value * 100) / 100;
}

// test/terminal.ts
var patienceMs = 2e4;
function startInTerminal(command, options) {
	const {columns: columns2, rows: rows2} = options;
	const screen = new xterm.Terminal({
		cols: columns2,
		rows: rows2,
		allowProposedApi: true,
		scrollback: 1e3,
		logLevel: 'off',
	});
	const [file2, ...parameters] = command;
	const pty = spawn(file2, parameters, {
		name: 'xterm-256color',
		cols: columns2,
		rows: rows2,
		cwd: options.cwd ?? process.cwd(),
		env: {...environment(), ...options.env},
	});
	const heard = [];
	const watchers = /* @__PURE__ */ new Set();
	let hasEnded = false;
	pty.onData(text => {
		heard.push(text);
		screen.write(text, () => {
			for (const look of watchers) {
				look();
			}
		});
	});
	screen.onData(answer => {
		if (!hasEnded) {
			pty.write(answer);
		}
	});
	const exited = new Promise(resolve => {
		pty.onExit(({exitCode, signal}) => {
			hasEnded = true;
			screen.write('', () => {
				resolve({status: exitCode, signal: signal ?? 0});
				for (const look of watchers) {
					look();
				}
			});
		});
	});
	return {
		waitFor: wanted => waitFor(wanted, () => textOf(screen), watchers),
		press: (...keys2) => pty.write(keys2.map(key => keyBytes(key)).join('')),
		paste: text => pty.write(`\x1B[200~${text}\x1B[201~`),
		screen: () => textOf(screen),
		svg: () => pictureOf(screen),
		resize(nextColumns, nextRows) {
			screen.resize(nextColumns, nextRows);
			pty.resize(nextColumns, nextRows);
		},
		signal: name2 => pty.kill(name2),
		freeze: () => pty.pause(),
		thaw: () => pty.resume(),
		received: () => heard.join(''),
		modes: () => modesOf(screen, heard.join('')),
		exited,
		async stop() {
			if (!hasEnded) {
				pty.resume();
				killHard(pty);
			}
			await exited;
			screen.dispose();
		},
	};
}
function killHard(pty) {
	try {
		pty.kill('SIGKILL');
	} catch {}
}
function environment() {
	const {PATH, HOME, TMPDIR} = process.env;
	return {PATH, HOME, TMPDIR, TERM: 'xterm-256color', LANG: 'C.UTF-8'};
}
function waitFor(wanted, look, watchers) {
	return new Promise((resolve, reject) => {
		const end = () => {
			clearTimeout(limit);
			watchers.delete(check);
		};
		const check = () => {
			const seen = look();
			if (isSatisfied(wanted, seen)) {
				end();
				resolve(seen);
			}
		};
		const limit = setTimeout(() => {
			end();
			reject(
				new Error(`Waited ${patienceMs} ms for ${String(wanted)}, but the screen shows:
${look()}`),
			);
		}, patienceMs);
		watchers.add(check);
		check();
	});
}
function isSatisfied(wanted, seen) {
	if (typeof wanted === 'string') {
		return seen.includes(wanted);
	}
	return typeof wanted === 'function' ? wanted(seen) : wanted.test(seen);
}
function textOf(screen) {
	const {active} = screen.buffer;
	const rows2 = Array.from({length: screen.rows}, (_, row) => active.getLine(active.viewportY + row));
	return rows2.map(line => line?.translateToString(true) ?? '').join('\n');
}
function modesOf(screen, heard) {
	const {active} = screen.buffer;
	return {
		alternateScreen: active.type === 'alternate',
		cursorVisible: heard.lastIndexOf('\x1B[?25h') >= heard.lastIndexOf('\x1B[?25l'),
		cursor: {column: active.cursorX, row: active.cursorY},
		lineWrap: screen.modes.wraparoundMode,
		bracketedPaste: screen.modes.bracketedPasteMode,
	};
}
var keys = {
	Enter: '\r',
	Esc: '\x1B',
	Tab: '	',
	'Shift-Tab': '\x1B[Z',
	Up: '\x1B[A',
	Down: '\x1B[B',
	Right: '\x1B[C',
	Left: '\x1B[D',
	Home: '\x1B[H',
	End: '\x1B[F',
	PageUp: '\x1B[5~',
	PageDown: '\x1B[6~',
	Delete: '\x1B[3~',
	Backspace: '\x7F',
};
function keyBytes(key) {
	const letter = /^Ctrl-([a-z])$/.exec(key)?.[1];
	return letter === void 0 ? (keys[key] ?? key) : String.fromCharCode(letter.charCodeAt(0) - 96);
}

// test/ui/zz-shot.ts
var [name, size, args, ...steps] = process.argv.slice(2);
var [columns, rows] = size.split('x').map(Number);
var file = await bundleProgram();
var t = startInTerminal([process.execPath, file, ...args.split(' ').filter(Boolean)], {columns, rows});
try {
	for (const s of steps) {
		if (s.startsWith('~')) await t.waitFor(s.slice(1));
		else if (s.startsWith('+')) await new Promise(r => setTimeout(r, Number(s.slice(1))));
		else t.press(s);
	}
	await new Promise(r => setTimeout(r, 400));
} catch (e) {
	console.log(String(e).slice(0, 300));
}
console.log(t.screen());
writeFileSync(`/tmp/ui/${name}.svg`, t.svg());
execFileSync('rsvg-convert', ['-z', '1.3', `/tmp/ui/${name}.svg`, '-o', `/tmp/ui/${name}.png`]);
await t.stop();
process.exit(0);
