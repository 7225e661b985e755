import {ArithmeticError, type ArithmeticNames, calculate} from './arithmetic.js';
import {elementOf, elementsOf} from './arrays.js';
import {isPattern, literalPattern, matches, patternSource, withoutEscapes, withoutMatch} from './pattern.js';
import {isName, ShellError, type ShellState} from './state.js';
import {
	type Arithmetic,
	type ParameterExpansion,
	type ParameterOperation,
	readScript,
	type Word,
	type WordPart,
} from './syntax.js';

/** What words need from the shell around them. */
export type WordContext = {
	readonly state: ShellState;
	/** `a{b,c}` is two words: bash's, and not ash's. */
	readonly expandsBraces: boolean;
	home(user: string | undefined): string | undefined;
	/** Runs `$( … )` in a subshell and gives its output, line ends at the end taken off. */
	substitute(body: Extract<WordPart, {type: 'CommandSubstitution'}>['body']): Promise<string>;
	/** Paths that match, sorted; empty if none. */
	glob(pattern: string): Promise<readonly string[]>;
};

/**
A part of a word on its way.

> | a"$b"$c     three pieces: a; the value of b, quoted; the value of c, which is split at IFS
> | "$@"        one piece per argument, with a border between two
*/
type Piece = {readonly text: string; readonly quoted: boolean; readonly split: boolean} | 'border';

/** A word after expansion, as a pattern: quoted characters stand behind backslashes. */
type Field = {readonly pattern: string};

/** Zero, one or more arguments: split, file names put in. */
export async function expandWords(words: readonly Word[], context: WordContext): Promise<readonly string[]> {
	const results: string[] = [];
	for (const word of words) {
		for (const unbraced of context.expandsBraces ? withoutBraces(word) : [word]) {
			const fields = splitFields(await piecesOf(unbraced.parts, false, context), context.state);
			for (const field of fields) {
				results.push(...(await pathsOf(field, context)));
			}
		}
	}
	return results;
}

/** One text: for assignments, redirections, here-documents. */
export async function expandText(word: Word, context: WordContext): Promise<string> {
	return joined(await piecesOf(word.parts, false, context));
}

/** One pattern, in which what was quoted stands for itself. */
async function expandPattern(word: Word, context: WordContext): Promise<string> {
	const pieces = await piecesOf(word.parts, false, context);
	return pieces.map(piece => (piece === 'border' ? ' ' : asPattern(piece))).join('');
}

export async function evaluate(expression: Arithmetic, context: WordContext): Promise<number> {
	try {
		return await calculate(expression, arithmeticNames(context));
	} catch (error) {
		throw error instanceof ArithmeticError ? new ShellError(error.message, 2) : error;
	}
}

function joined(pieces: readonly Piece[]): string {
	return pieces.map(piece => (piece === 'border' ? ' ' : piece.text)).join('');
}

function asPattern({text, quoted}: Exclude<Piece, 'border'>): string {
	return quoted ? literalPattern(text) : text.replaceAll('\\', '\\\\');
}

async function piecesOf(parts: readonly WordPart[], quoted: boolean, context: WordContext): Promise<readonly Piece[]> {
	const pieces: Piece[] = [];
	for (const part of parts) {
		pieces.push(...(await piecesOfPart(part, quoted, context)));
	}
	return pieces;
}

async function piecesOfPart(part: WordPart, quoted: boolean, context: WordContext): Promise<readonly Piece[]> {
	switch (part.type) {
		case 'Literal':
			return [{text: part.value, quoted, split: false}];
		case 'SingleQuoted':
		case 'Escaped':
			return [{text: part.value, quoted: true, split: false}];
		case 'Glob':
			return [{text: part.pattern, quoted, split: false}];
		case 'DoubleQuoted':
			return doubleQuoted(part.parts, context);
		case 'TildeExpansion': {
			const written = `~${part.user ?? ''}`;
			return [{text: context.home(part.user ?? undefined) ?? written, quoted: true, split: false}];
		}
		case 'ArithmeticExpansion':
			return [{text: String(await evaluate(part.expression.expression, context)), quoted, split: !quoted}];
		case 'CommandSubstitution':
			return [{text: await context.substitute(part.body), quoted, split: !quoted}];
		case 'ParameterExpansion':
			return parameter(part, quoted, context);
		case 'BraceExpansion':
			return bracesAsWritten(part, quoted, context);
		case 'ProcessSubstitution':
			throw new ShellError('syntax error: unexpected "("', 2);
	}
}

/** `""` is an argument, `"$@"` without arguments is none. */
async function doubleQuoted(parts: readonly WordPart[], context: WordContext): Promise<readonly Piece[]> {
	const pieces = await piecesOf(parts, true, context);
	const onlyArguments =
		parts.length > 0 &&
		parts.every(part => part.type === 'ParameterExpansion' && /^(@|\w+\[@\])$/.test(part.parameter));
	return pieces.length === 0 && !onlyArguments ? [{text: '', quoted: true, split: false}] : pieces;
}

async function parameter(part: ParameterExpansion, quoted: boolean, context: WordContext): Promise<readonly Piece[]> {
	const {state} = context;
	const name = part.parameter;
	if ((name === '@' || name === '*') && part.operation === null) {
		return allOf(name, state.positional, quoted, state);
	}
	const several = elementsOf(name, state);
	if (several !== undefined) {
		return elementsAfter(part.operation, several, quoted, context);
	}
	if (part.operation?.type === 'ArrayKeys') {
		const indices = (state.arrays.get(part.operation.array) ?? []).map((_, index) => String(index));
		return allOf(part.operation.star ? '*' : '@', indices, quoted, state);
	}
	const value = valueOfParameter(name, state);
	if (part.operation === null) {
		return [{text: present(name, value, state), quoted, split: !quoted}];
	}
	return operate(name, value, part.operation, quoted, context);
}

function allOf(name: '@' | '*', texts: readonly string[], quoted: boolean, state: ShellState): readonly Piece[] {
	if (name === '*' && quoted) {
		const separator = (state.value('IFS') ?? ' ').slice(0, 1);
		return [{text: texts.join(separator), quoted: true, split: false}];
	}
	return texts.flatMap((text, index) => {
		const piece: Piece = {text, quoted, split: !quoted};
		return index === 0 ? [piece] : ['border' as const, piece];
	});
}

/** Undefined if it is unset. */
function valueOfParameter(name: string, state: ShellState): string | undefined {
	switch (name) {
		case '#':
			return String(state.positional.length);
		case '?':
			return String(state.status);
		case '$':
			return String(state.pid);
		case '!':
			return state.lastBackground === undefined ? undefined : String(state.lastBackground);
		case '0':
			return state.name;
		case '@':
		case '*':
			return state.positional.length === 0 ? undefined : state.positional.join(' ');
		case '-':
			return Object.entries({e: 'errexit', u: 'nounset', x: 'xtrace', f: 'noglob'} as const)
				.filter(([, option]) => state.options.has(option))
				.map(([letter]) => letter)
				.join('');
		default:
			return /^\d+$/.test(name) ? state.positional[Number(name) - 1] : variableOrElement(name, state);
	}
}

/** What can be done with all elements of an array. */
async function elementsAfter(
	operation: ParameterOperation | null,
	{all, elements}: {readonly all: '@' | '*'; readonly elements: readonly string[]},
	quoted: boolean,
	context: WordContext,
): Promise<readonly Piece[]> {
	const isThere = elements.length > 0;
	switch (operation?.type) {
		case undefined:
			return allOf(all, elements, quoted, context.state);
		case 'Length':
			return [{text: String(elements.length), quoted, split: !quoted}];
		case 'DefaultValue':
			return isThere ? allOf(all, elements, quoted, context.state) : replacement(operation.word, quoted, context);
		case 'UseAlternative':
			return isThere ? replacement(operation.word, quoted, context) : [];
		default:
			throw new ShellError('bad substitution', 2);
	}
}

function variableOrElement(name: string, state: ShellState): string | undefined {
	const element = elementOf(name, state);
	return element === undefined ? state.value(name) : state.arrays.get(element.name)?.[element.index];
}

function present(name: string, value: string | undefined, state: ShellState): string {
	if (value === undefined && state.options.has('nounset') && name !== '@' && name !== '*') {
		throw new ShellError(`${name}: parameter not set`, 2);
	}
	return value ?? '';
}

async function operate(
	name: string,
	value: string | undefined,
	operation: ParameterOperation,
	quoted: boolean,
	context: WordContext,
): Promise<readonly Piece[]> {
	const {state} = context;
	const whole = (text: string): readonly Piece[] => [{text, quoted, split: !quoted}];
	const isMissing = (checkEmpty: boolean) => value === undefined || (checkEmpty && value === '');
	switch (operation.type) {
		case 'DefaultValue':
			return isMissing(operation.checkEmpty) ? replacement(operation.word, quoted, context) : whole(value ?? '');
		case 'UseAlternative':
			return isMissing(operation.checkEmpty) ? whole('') : replacement(operation.word, quoted, context);
		case 'AssignDefault': {
			if (!isMissing(operation.checkEmpty)) {
				return whole(value ?? '');
			}
			const text = await expandText(operation.word, context);
			state.assign(name, text);
			return whole(text);
		}
		case 'ErrorIfUnset': {
			if (!isMissing(operation.checkEmpty)) {
				return whole(value ?? '');
			}
			const said = operation.word === null ? '' : await expandText(operation.word, context);
			throw new ShellError(`${name}: ${said === '' ? 'parameter not set' : said}`, 2);
		}
		case 'Length':
			return whole(String(name === '@' || name === '*' ? state.positional.length : present(name, value, state).length));
		case 'PatternRemoval': {
			const pattern = await expandPattern(operation.pattern, context);
			return whole(withoutMatch(present(name, value, state), pattern, operation.side, operation.greedy));
		}
		case 'PatternReplacement': {
			const pattern = await expandPattern(operation.pattern, context);
			const instead = operation.replacement === null ? '' : await expandText(operation.replacement, context);
			return whole(replaceMatches(present(name, value, state), pattern, instead, operation));
		}
		case 'Substring': {
			const text = present(name, value, state);
			const offset = await evaluate(operation.offset.expression, context);
			const start = offset < 0 ? Math.max(0, text.length + offset) : offset;
			const length = operation.length === null ? text.length : await evaluate(operation.length.expression, context);
			return whole(length < 0 ? text.slice(start, length) : text.slice(start, start + length));
		}
		case 'CaseModification': {
			const text = present(name, value, state);
			const head = operation.all ? text : text.slice(0, 1);
			const changed = operation.direction === 'upper' ? head.toUpperCase() : head.toLowerCase();
			return whole(changed + text.slice(head.length));
		}
		case 'LengthSliceError':
		case 'BadSubstitution':
		case 'Transform':
		case 'Indirection':
		case 'ArrayKeys':
		case 'VarNamePrefix':
			throw new ShellError('bad substitution', 2);
	}
}

/** The word in `${x:-word}` keeps its own quotes; unquoted, it is split as a value is. */
async function replacement(word: Word, quoted: boolean, context: WordContext): Promise<readonly Piece[]> {
	const pieces = await piecesOf(word.parts, quoted, context);
	return pieces.map(piece => (piece === 'border' || piece.quoted ? piece : {...piece, split: true}));
}

function replaceMatches(
	text: string,
	pattern: string,
	instead: string,
	{all, anchor}: Extract<ParameterOperation, {type: 'PatternReplacement'}>,
): string {
	if (pattern === '') {
		return text;
	}
	const source = patternSource(pattern, true);
	const anchored = anchor === 'start' ? `^(?:${source})` : anchor === 'end' ? `(?:${source})$` : source;
	return text.replace(new RegExp(anchored, all ? 'gsu' : 'su'), () => instead);
}

/**
Splits at IFS what came unquoted out of an expansion.

> | IFS=': '   a :b::c     ->  a, b, (empty), c: blanks around a colon belong to it
*/
function splitFields(pieces: readonly Piece[], state: ShellState): readonly Field[] {
	const separators = state.value('IFS') ?? ' \t\n';
	const fields: Field[] = [];
	let open: string | undefined;
	const close = () => {
		if (open !== undefined) {
			fields.push({pattern: open});
		}
		open = undefined;
	};
	for (const piece of pieces) {
		if (piece === 'border') {
			close();
		} else if (!piece.split) {
			open = (open ?? '') + asPattern(piece);
		} else {
			const {first, rest, endsSeparated, startsSeparated} = splitText(piece.text, separators);
			if (startsSeparated) {
				close();
			}
			if (first !== undefined) {
				open = (open ?? '') + first.replaceAll('\\', '\\\\');
			}
			for (const text of rest) {
				close();
				open = text.replaceAll('\\', '\\\\');
			}
			if (endsSeparated) {
				close();
			}
		}
	}
	close();
	return fields;
}

type SplitText = {
	readonly first: string | undefined;
	readonly rest: readonly string[];
	readonly startsSeparated: boolean;
	readonly endsSeparated: boolean;
};

function splitText(text: string, separators: string): SplitText {
	const [first, ...rest] = splitAtIfs(text, separators);
	const isSeparator = (character: string | undefined) => character !== undefined && separators.includes(character);
	return {
		first,
		rest,
		startsSeparated: isSeparator(text[0]) && /\s/.test(text[0] ?? ''),
		endsSeparated: first !== undefined && isSeparator(text.at(-1)),
	};
}

/** The fields of a text on its own, as `read` takes them too. */
export function splitAtIfs(text: string, separators: string): readonly string[] {
	if (separators === '') {
		return text === '' ? [] : [text];
	}
	const blanks = inClass([...separators].filter(character => /\s/.test(character)));
	const others = inClass([...separators].filter(character => !/\s/.test(character)));
	const trimmed = text.replace(new RegExp(`^${blanks}*`), '').replace(new RegExp(`${blanks}*$`), '');
	if (trimmed === '') {
		return [];
	}
	const separator = new RegExp(`${blanks}*${others}${blanks}*|${blanks}+`);
	const fields = trimmed.split(separator);
	// `a:` is one field, as POSIX has it
	return fields.at(-1) === '' ? fields.slice(0, -1) : fields;
}

/** A regular expression for one of these; one that never matches for none. */
function inClass(characters: readonly string[]): string {
	return characters.length === 0 ? '(?!)' : `[${characters.join('').replaceAll(/[\\\]^-]/g, '\\$&')}]`;
}

async function pathsOf({pattern}: Field, context: WordContext): Promise<readonly string[]> {
	if (context.state.options.has('noglob') || !isPattern(pattern)) {
		return [withoutEscapes(pattern)];
	}
	const paths = await context.glob(pattern);
	return paths.length > 0 ? paths : [withoutEscapes(pattern)];
}

/** Where braces stand for themselves: in ash, and in assignments. */
async function bracesAsWritten(
	{items}: Extract<WordPart, {type: 'BraceExpansion'}>,
	quoted: boolean,
	context: WordContext,
): Promise<readonly Piece[]> {
	const literal = (text: string): Piece => ({text, quoted, split: false});
	const inside = await Promise.all(
		items.map(async (item, index) => {
			const written =
				item.type === 'Word'
					? await piecesOf(item.word.parts, quoted, context)
					: [literal(`${item.startStr ?? item.start}..${item.endStr ?? item.end}${item.step ? `..${item.step}` : ''}`)];
			return index === 0 ? written : [literal(','), ...written];
		}),
	);
	return [literal('{'), ...inside.flat(), literal('}')];
}

/** `a{b,c}` is two words. */
function withoutBraces(word: Word): readonly Word[] {
	const at = word.parts.findIndex(part => part.type === 'BraceExpansion');
	const brace = word.parts[at];
	if (brace?.type !== 'BraceExpansion') {
		return [word];
	}
	const before = word.parts.slice(0, at);
	const after = word.parts.slice(at + 1);
	return brace.items
		.flatMap(braceParts)
		.flatMap(parts => withoutBraces({...word, parts: [...before, ...parts, ...after]}));
}

function braceParts(item: Extract<WordPart, {type: 'BraceExpansion'}>['items'][number]): readonly WordPart[][] {
	if (item.type === 'Word') {
		return [[...item.word.parts]];
	}
	const start = Number(item.start);
	const end = Number(item.end);
	const step = Math.abs(item.step ?? 1) || 1;
	const count = Math.floor(Math.abs(end - start) / step) + 1;
	return Array.from({length: Number.isNaN(count) ? 0 : count}, (_, index) => [
		{type: 'Literal', value: String(start + (end >= start ? 1 : -1) * step * index)},
	]);
}

function arithmeticNames(context: WordContext): ArithmeticNames {
	return {
		get: name => {
			const value = valueOfParameter(name, context.state);
			return isName(name) ? present(name, value, context.state) : value;
		},
		set: (name, value) => context.state.assign(name, value),
		expand: async text => {
			const [word] = wordsOf(`: "${text}"`);
			return word === undefined ? '' : expandText(word, context);
		},
		parse: text => {
			const [word] = wordsOf(`: $((${text}))`);
			const [part] = word?.parts ?? [];
			if (part?.type !== 'ArithmeticExpansion') {
				throw new ArithmeticError('arithmetic syntax error');
			}
			return part.expression.expression;
		},
	};
}

function wordsOf(text: string): readonly Word[] {
	const read = readScript(text);
	const command = read.kind === 'script' ? read.statements[0]?.pipelines[0]?.commands[0] : undefined;
	return command?.type === 'SimpleCommand' ? command.args : [];
}

/** Whether a text is what a `case` pattern or `[[ a == b ]]` asks for. */
export async function matchesWord(text: string, word: Word, context: WordContext): Promise<boolean> {
	return matches(await expandPattern(word, context), text);
}
