import {ClixmlReader} from './clixml.js';
import {EditableLine} from './editable-line.js';
import type {OutputLine} from './output-line.js';
import {applySgr, legible, plainStyle, type Style, sgrOf} from './sgr.js';
import {StreamDecoder} from './stream-decoder.js';
import {isMark, isPictograph, isVariationSelector, visibleForm} from './unsafe.js';
import {simpleEnd, widthOf} from './width.js';

/** A line goes on in the next one after this many cells. */
const maxColumns = 4096;
/** Where the cursor may be sent at the furthest, unless it already is further. */
const maxJump = 500;
/** What an escape sequence may hide: a forgotten or missing end must not swallow the output. */
const maxSequence = 4096;
/** 16 parameters of 4 digits and their separators. */
const maxParameters = 16 * 5;
const maxParameter = 9999;
/** Looks and characters, worked out once each. */
const maxRemembered = 4096;
const tabStop = 8;

type Parsing = 'ground' | 'escape' | 'csi' | 'string' | 'string-escape';

/**
Makes harmless lines of what a host prints, whatever it prints and however it is cut into chunks.

It draws what a terminal would draw on one line: printed text, LF, TAB, CR, BS, CSI K, C, D and G, and the looks that
SGR asks for. Everything else is dropped; no byte of an escape sequence is ever passed on. PowerShell's CLIXML is read first. Invisible characters and those
that turn the direction of writing become visible. Only the newest `maxLines` lines are kept.
Sources: ECMA-48; the states follow https://vt100.net/emu/dec_ansi_parser.
*/
export class OutputInterpreter {
	/** Of `lines`, from 0: how many finished lines were dropped before them. */
	firstLine = 0;
	#lines: OutputLine[] = [];
	#line = new EditableLine();
	#parsing: Parsing = 'ground';
	#parameters = '';
	#intermediate = false;
	#sequenceLength = 0;
	#look = lookOf(plainStyle);
	readonly #looks = new Map<string, Look>();
	/** How many changes from one look to another are remembered. */
	#changes = 0;
	/** What came just before is a pictograph, which a variation selector may follow. */
	#pictograph = false;
	readonly #characters = new Map<string, Character>();
	readonly #decoder: StreamDecoder;
	readonly #clixml = new ClixmlReader();
	readonly #maxLines: number;

	/** `encoding`: a WHATWG label; throws a `RangeError` if there is none of that name. */
	constructor({encoding = 'utf-8', maxLines = 5000}: {readonly encoding?: string; readonly maxLines?: number} = {}) {
		this.#decoder = new StreamDecoder(encoding);
		this.#maxLines = maxLines;
	}

	push(bytes: Uint8Array): void {
		this.#read(this.#clixml.push(this.#decoder.push(bytes)));
	}

	/** No more bytes will come: a cut character shows as U+FFFD. */
	end(): void {
		this.#read(this.#clixml.push(this.#decoder.end()) + this.#clixml.end());
	}

	/** The finished lines, oldest first. */
	get lines(): readonly OutputLine[] {
		return this.#lines;
	}

	/** The line that is being written; empty right after a line end. */
	get unfinished(): OutputLine {
		return this.#line.toLine();
	}

	/** The finished lines since the last call. */
	take(): OutputLine[] {
		const taken = this.#lines;
		this.firstLine += taken.length;
		this.#lines = [];
		return taken;
	}

	#read(text: string): void {
		let index = 0;
		while (index < text.length) {
			index = this.#parsing === 'ground' ? this.#readGround(text, index) : this.#readSequence(text, index);
		}
	}

	#readGround(text: string, from: number): number {
		const asciiEnd = printableAsciiEnd(text, from);
		if (asciiEnd > from) {
			this.#pictograph = false;
			this.#printAscii(text.slice(from, asciiEnd));
			return asciiEnd;
		}

		const code = text.charCodeAt(from);
		const sgrEnd = code === 0x1b ? wholeSgrEnd(text, from) : from;
		if (sgrEnd > from) {
			this.#changeLook(text.slice(from + 2, sgrEnd - 1));
			return sgrEnd;
		}

		if (code < 0xa0) {
			this.#control(code);
			return from + 1;
		}

		const end = simpleEnd(text, from);
		if (end > from) {
			this.#printSimple(text.slice(from, end));
			return end;
		}

		const character = String.fromCodePoint(text.codePointAt(from) ?? 0);
		this.#printUnusual(character);
		return from + character.length;
	}

	#printAscii(text: string): void {
		let rest = text;
		while (this.#line.column + rest.length > maxColumns) {
			const room = maxColumns - this.#line.column;
			if (room > 0) {
				this.#line.print(rest.slice(0, room), room, this.#look.sgr);
			}

			rest = rest.slice(room);
			this.#endLine();
		}

		this.#line.print(rest, rest.length, this.#look.sgr);
	}

	#printSimple(text: string): void {
		const width = widthOf(text);
		if (this.#line.column + width <= maxColumns) {
			this.#line.print(text, width, this.#look.sgr);
		} else {
			for (const character of text) {
				this.#printCharacter(character, widthOf(character));
			}
		}

		this.#pictograph = isPictograph(text.slice(-1));
	}

	#printUnusual(text: string): void {
		const character = this.#characterOf(text);
		switch (character.kind) {
			case 'selector':
				if (!this.#pictograph) {
					this.#printAscii(character.text);
				}

				break;
			case 'visible':
				this.#printAscii(character.text);
				break;
			case 'mark':
				this.#line.printMark(character.text, this.#look.sgr);
				break;
			case 'printed':
				this.#printCharacter(character.text, character.width);
				break;
		}

		this.#pictograph = character.pictograph;
	}

	#printCharacter(character: string, width: number): void {
		if (this.#line.column + width > maxColumns) {
			this.#endLine();
		}

		this.#line.print(character, width, this.#look.sgr);
	}

	/** C0, DEL and C1. What is not here has no meaning for a line, and is dropped. */
	#control(code: number): void {
		this.#pictograph = false;
		switch (code) {
			case 0x08:
				this.#line.moveTo(this.#line.column - 1);
				break;
			case 0x09:
				this.#tab();
				break;
			// LF, VT, FF; IND and NEL of C1
			case 0x0a:
			case 0x0b:
			case 0x0c:
			case 0x84:
			case 0x85:
				this.#endLine();
				break;
			case 0x0d:
				this.#line.moveTo(0);
				break;
			case 0x1b:
				this.#begin('escape');
				break;
			case 0x9b:
				this.#begin('csi');
				break;
			// DCS, SOS, OSC, PM, APC
			case 0x90:
			case 0x98:
			case 0x9d:
			case 0x9e:
			case 0x9f:
				this.#begin('string');
				break;
		}
	}

	/** To the next multiple of eight. */
	#tab(): void {
		this.#line.moveTo(Math.min(maxColumns, (Math.floor(this.#line.column / tabStop) + 1) * tabStop));
	}

	/** A sequence of a few bytes may not make a line of thousands of blanks. */
	#jumpTo(column: number): void {
		this.#line.moveTo(Math.min(column, Math.max(this.#line.column, maxJump)));
	}

	#endLine(): void {
		this.#lines.push(this.#line.toLine());
		this.#line = new EditableLine();
		// Dropping one line at a time would copy the array each time
		if (this.#lines.length >= 2 * this.#maxLines) {
			this.firstLine += this.#lines.length - this.#maxLines;
			this.#lines = this.#lines.slice(-this.#maxLines);
		}
	}

	#begin(parsing: Parsing): void {
		this.#parsing = parsing;
		this.#parameters = '';
		this.#intermediate = false;
		this.#sequenceLength = 0;
	}

	/** Takes one unit of an escape sequence, or leaves it to the ground state if the sequence ends before it. */
	#readSequence(text: string, index: number): number {
		const code = text.charCodeAt(index);
		this.#sequenceLength++;
		const isTooLong = this.#sequenceLength > maxSequence;
		// CAN and SUB end every sequence; a line end does too, so that a forgotten terminator hides one line at most
		if (isTooLong || code === 0x18 || code === 0x1a || code === 0x0a) {
			this.#parsing = 'ground';
			return index;
		}

		return this.#takesUnit(code) ? index + 1 : index;
	}

	#takesUnit(code: number): boolean {
		switch (this.#parsing) {
			case 'ground':
				return false;
			case 'escape':
				return this.#readEscape(code);
			case 'csi':
				return this.#readCsi(code);
			case 'string':
				return this.#readString(code);
			case 'string-escape':
				// ESC \ ends the string; any other begins a sequence of its own
				this.#begin(code === 0x5c ? 'ground' : 'escape');
				return code === 0x5c;
		}
	}

	#readEscape(code: number): boolean {
		if (code >= 0x20 && code <= 0x2f) {
			this.#intermediate = true;
			return true;
		}

		const isFinal = code >= 0x30 && code <= 0x7e;
		const final = isFinal && !this.#intermediate ? String.fromCharCode(code) : '';
		if (final === '[') {
			this.#begin('csi');
		} else if (final !== '' && 'PX]^_'.includes(final)) {
			this.#begin('string');
		} else {
			this.#parsing = 'ground';
			this.#escape(final);
		}

		return isFinal;
	}

	#escape(final: string): void {
		if (final === 'D' || final === 'E') {
			this.#endLine();
		} else if (final === 'c') {
			this.#changeLook('');
		}
	}

	#readCsi(code: number): boolean {
		if (code >= 0x30 && code <= 0x3f) {
			this.#parameters += this.#parameters.length <= maxParameters ? String.fromCharCode(code) : '';
			return true;
		}

		if (code >= 0x20 && code <= 0x2f) {
			this.#intermediate = true;
			return true;
		}

		this.#parsing = 'ground';
		const isFinal = code >= 0x40 && code <= 0x7e;
		if (isFinal && !this.#intermediate && /^[\d;:]*$/.test(this.#parameters)) {
			this.#csi(String.fromCharCode(code));
		}

		return isFinal;
	}

	#csi(final: string): void {
		if (this.#parameters.length > maxParameters) {
			return;
		}

		const first = Math.min(maxParameter, Number.parseInt(this.#parameters, 10) || 0);
		switch (final) {
			case 'm':
				this.#changeLook(this.#parameters);
				break;
			case 'C':
				this.#jumpTo(this.#line.column + Math.max(1, first));
				break;
			case 'D':
				this.#line.moveTo(this.#line.column - Math.max(1, first));
				break;
			case 'G':
				this.#jumpTo(Math.max(1, first) - 1);
				break;
			case 'K':
				this.#line.erase(first);
				break;
		}
	}

	#readString(code: number): boolean {
		if (code === 0x1b) {
			this.#parsing = 'string-escape';
		} else if (code === 0x07 || code === 0x9c) {
			this.#parsing = 'ground';
		}

		return true;
	}

	/** Programs use few looks, over and over, in the same order: each change is worked out once. */
	#changeLook(parameters: string): void {
		this.#look = this.#look.after.get(parameters) ?? this.#newLook(parameters);
	}

	#newLook(parameters: string): Look {
		const style = applySgr(this.#look.style, parameters);
		const key = sgrOf(style);
		this.#changes++;
		if (this.#changes > maxRemembered) {
			// Only the look in use holds on to the others: with a new one they are all forgotten
			this.#changes = 0;
			this.#looks.clear();
			return lookOf(style);
		}

		const next = this.#looks.get(key) ?? lookOf(style);
		this.#looks.set(key, next);
		this.#look.after.set(parameters, next);
		return next;
	}

	#characterOf(character: string): Character {
		return this.#characters.get(character) ?? remember(this.#characters, character, describe(character));
	}
}

/** `after`: what it becomes with the parameters of an SGR sequence that came before. */
type Look = {readonly style: Style; readonly sgr: string; readonly after: Map<string, Look>};

function lookOf(style: Style): Look {
	return {style, sgr: sgrOf(legible(style)), after: new Map()};
}

type Character = {
	readonly kind: 'selector' | 'visible' | 'mark' | 'printed';
	readonly text: string;
	readonly width: number;
	readonly pictograph: boolean;
};

function describe(character: string): Character {
	const visible = visibleForm(character);
	if (visible !== undefined) {
		const kind = isVariationSelector(character) ? 'selector' : 'visible';
		return {kind, text: visible, width: visible.length, pictograph: false};
	}

	return isMark(character)
		? {kind: 'mark', text: character, width: 0, pictograph: false}
		: {kind: 'printed', text: character, width: widthOf(character), pictograph: isPictograph(character)};
}

function remember<Value>(cache: Map<string, Value>, key: string, value: Value): Value {
	if (cache.size >= maxRemembered) {
		cache.clear();
	}

	cache.set(key, value);
	return value;
}

/** The lines of one stretch of output, the unfinished last one included. Throws as the interpreter does. */
export function toScreenLines(bytes: Uint8Array, encoding = 'utf-8'): OutputLine[] {
	const interpreter = new OutputInterpreter({encoding});
	interpreter.push(bytes);
	interpreter.end();
	const last = interpreter.unfinished;
	return last.length > 0 ? [...interpreter.lines, last] : [...interpreter.lines];
}

/**
Where `ESC [ digits m` ends that stands whole in the text; `from` if it does not.

Colours are by far the most frequent sequence: this saves them the way through the states, unit by unit.
*/
function wholeSgrEnd(text: string, from: number): number {
	const last = Math.min(text.length, from + 2 + maxParameters);
	if (text.charCodeAt(from + 1) !== 0x5b) {
		return from;
	}

	for (let index = from + 2; index < last; index++) {
		const code = text.charCodeAt(index);
		if (code === 0x6d) {
			return index + 1;
		}

		if (code < 0x30 || code > 0x3b) {
			return from;
		}
	}

	return from;
}

function printableAsciiEnd(text: string, from: number): number {
	let index = from;
	while (index < text.length) {
		const code = text.charCodeAt(index);
		if (code < 0x20 || code > 0x7e) {
			break;
		}

		index++;
	}

	return index;
}
