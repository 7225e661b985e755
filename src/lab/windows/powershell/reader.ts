import {
	type Argument,
	type Block,
	type Command,
	type Expression,
	NotSimulated,
	type Parameter,
	ParseFailure,
	type PipelineElement,
	type Redirection,
	type Statement,
} from './syntax.js';

/** Reads a script, its lines ended by LF or CRLF. Throws ParseFailure, or NotSimulated for what it does not know. */
export function readScript(source: string): Block {
	return new Reader(source.replaceAll('\r\n', '\n')).script();
}

const unknownStatements = new Set(
	'begin process end dynamicparam trap filter class enum using workflow data parallel sequence configuration'.split(
		' ',
	),
);

const comparisons = new Set(
	[
		...['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'like', 'notlike', 'match', 'notmatch', 'replace', 'contains'],
		...['notcontains', 'in', 'notin', 'split', 'join'],
	].flatMap(name => [name, `i${name}`, `c${name}`]),
);
for (const name of ['is', 'isnot', 'as']) {
	comparisons.add(name);
}

const singleQuotes = "'\u2018\u2019\u201A\u201B";
const doubleQuotes = '"\u201C\u201D\u201E';

class Reader {
	readonly #source: string;
	#at = 0;
	/** Between the parentheses of a method call. */
	#commaParts = false;

	constructor(source: string) {
		this.#source = source;
	}

	script(): Block {
		const block = this.#block('');
		if (this.#at < this.#source.length) {
			throw this.#unexpected();
		}
		return block;
	}

	/** Statements up to `close` (not taken), or the end where that is empty. */
	#block(close: string): Block {
		const start = this.#at;
		this.#skipSeparators();
		const parameters = this.#isWord('param') ? this.#parameterBlock() : [];
		const statements: Statement[] = [];
		for (this.#skipSeparators(); this.#at < this.#source.length && this.#here() !== close; this.#skipSeparators()) {
			if (close === '' && /[)}]/.test(this.#here())) {
				throw this.#unexpected();
			}
			statements.push(this.#statement());
			this.#skipBlanks();
			if (this.#at < this.#source.length && !/[\n;]/.test(this.#here()) && this.#here() !== close) {
				const last = statements.at(-1)?.kind;
				if (last === 'pipeline' || last === 'assign' || last === 'leave' || last === 'jump') {
					throw this.#unexpected();
				}
			}
		}
		return {parameters, statements, start, end: this.#at};
	}

	/** `{ … }` */
	#braces(): Block {
		this.#skipAll();
		this.#expect('{');
		const block = this.#block('}');
		this.#expect('}');
		return block;
	}

	#parameterBlock(): readonly Parameter[] {
		this.#at += 'param'.length;
		this.#skipAll();
		return this.#parameters();
	}

	/** `([string]$a, [switch]$b = 3)` */
	#parameters(): readonly Parameter[] {
		const parameters: Parameter[] = [];
		this.#expect('(');
		for (this.#skipAll(); this.#here() !== ')'; this.#skipAll()) {
			let isSwitch = false;
			let valueType: string | undefined;
			while (this.#here() === '[') {
				const type = this.#typeName();
				isSwitch ||= type.toLowerCase() === 'switch';
				if (this.#here() !== '(') {
					valueType = isSwitch ? undefined : type;
				} else {
					this.#skipParentheses();
					this.#skipBlanks();
					this.#expect(']');
				}
				this.#skipAll();
			}
			const variable = this.#variable();
			this.#skipAll();
			let byDefault: Expression | undefined;
			if (this.#here() === '=') {
				this.#at += 1;
				this.#skipAll();
				byDefault = this.#expression();
				this.#skipAll();
			}
			parameters.push({name: nameOf(variable), type: valueType, isSwitch, byDefault});
			if (this.#here() === ',') {
				this.#at += 1;
			} else if (this.#here() !== ')') {
				throw this.#unexpected();
			}
		}
		this.#at += 1;
		return parameters;
	}

	/** Attributes such as `[Parameter(Mandatory)]` change nothing here. */
	#skipParentheses(): void {
		let depth = 0;
		do {
			depth += this.#here() === '(' ? 1 : this.#here() === ')' ? -1 : 0;
			this.#at += 1;
		} while (depth > 0 && this.#at < this.#source.length);
	}

	#statement(): Statement {
		const start = this.#at;
		const word = /^[A-Za-z]+(?![\w-])/.exec(this.#rest(20))?.[0]?.toLowerCase() ?? '';
		const behind = this.#at + word.length;
		const span = () => ({start, end: this.#at});
		const condition = () => {
			this.#skipAll();
			this.#expect('(');
			this.#skipAll();
			const pipeline = this.#statement();
			this.#skipAll();
			this.#expect(')');
			return pipeline;
		};
		if (unknownStatements.has(word) && /^\s*[{\w$]/.test(this.#source.slice(behind, behind + 20))) {
			throw new NotSimulated(`\`${word}\``);
		}
		switch (word) {
			case 'if': {
				this.#at = behind;
				const branches = [{condition: condition(), body: this.#braces()}];
				while (this.#takeWord('elseif')) {
					branches.push({condition: condition(), body: this.#braces()});
				}
				const otherwise = this.#takeWord('else') ? this.#braces() : undefined;
				return {kind: 'if', branches, otherwise, ...span()};
			}
			case 'while':
				this.#at = behind;
				return {kind: 'while', condition: condition(), body: this.#braces(), ...span()};
			case 'do': {
				this.#at = behind;
				const body = this.#braces();
				const until = this.#takeWord('until');
				if (!until && !this.#takeWord('while')) {
					throw this.#unexpected();
				}
				return {kind: 'do', body, until, condition: condition(), ...span()};
			}
			case 'for':
				this.#at = behind;
				return {...this.#for(), ...span()};
			case 'foreach': {
				this.#at = behind;
				this.#skipAll();
				if (this.#here() !== '(') {
					this.#at = start;
					break;
				}
				this.#at += 1;
				this.#skipAll();
				const variable = nameOf(this.#variable());
				this.#skipAll();
				if (!this.#takeWord('in')) {
					throw this.#unexpected();
				}
				this.#skipAll();
				const over = this.#statement();
				this.#skipAll();
				this.#expect(')');
				return {kind: 'foreach', variable, over, body: this.#braces(), ...span()};
			}
			case 'switch':
				this.#at = behind;
				return {...this.#switch(condition), ...span()};
			case 'try': {
				this.#at = behind;
				const body = this.#braces();
				let catches: Block | undefined;
				if (this.#takeWord('catch')) {
					this.#skipAll();
					if (this.#here() === '[') {
						throw new NotSimulated('`catch` of one type of error');
					}
					catches = this.#braces();
				}
				const last = this.#takeWord('finally') ? this.#braces() : undefined;
				if (catches === undefined && last === undefined) {
					throw new ParseFailure('The Try statement is missing its Catch or Finally block.', this.#at);
				}
				return {kind: 'try', body, catches, finally: last, ...span()};
			}
			case 'function': {
				this.#at = behind;
				this.#skipAll();
				const name = this.#take(/^[\w:-]+/);
				this.#skipAll();
				const parameters = this.#here() === '(' ? this.#parameters() : [];
				const body = this.#braces();
				return {
					kind: 'function',
					name,
					body: parameters.length > 0 ? {...body, parameters} : body,
					...span(),
				};
			}
			case 'return':
			case 'exit':
			case 'throw': {
				this.#at = behind;
				this.#skipBlanks();
				const value = this.#atStatementEnd() ? undefined : this.#statement();
				return {kind: 'leave', how: word, value, ...span()};
			}
			case 'break':
			case 'continue':
				this.#at = behind;
				this.#skipBlanks();
				if (!this.#atStatementEnd()) {
					throw new NotSimulated(`\`${word}\` with a label`);
				}
				return {kind: 'jump', how: word, ...span()};
		}
		return this.#pipelineOrAssignment();
	}

	#for() {
		this.#skipAll();
		this.#expect('(');
		const part = (end: string) => {
			this.#skipAll();
			const statement = this.#here() === end ? undefined : this.#statement();
			this.#skipAll();
			this.#expect(end);
			return statement;
		};
		const [first, condition, next] = [part(';'), part(';'), part(')')];
		return {kind: 'for' as const, first, condition, next, body: this.#braces()};
	}

	#switch(condition: () => Statement) {
		this.#skipAll();
		if (this.#here() === '-') {
			throw new NotSimulated('`switch` with a flag');
		}
		const over = condition();
		this.#skipAll();
		this.#expect('{');
		const cases: Array<{when: Expression | 'default'; body: Block}> = [];
		for (this.#skipSeparators(); this.#here() !== '}'; this.#skipSeparators()) {
			const when = this.#takeWord('default') ? 'default' : this.#argumentValue();
			cases.push({when, body: this.#braces()});
		}
		this.#at += 1;
		return {kind: 'switch' as const, over, cases};
	}

	#pipelineOrAssignment(): Statement {
		const start = this.#at;
		const first = this.#pipelineElement();
		this.#skipBlanks();
		const operator = /^(?:[+\-*/%]?=)(?!=)/.exec(this.#rest(3))?.[0];
		if (first.kind === 'expression' && operator !== undefined) {
			this.#at += operator.length;
			this.#skipAll();
			const value = this.#statement();
			return {kind: 'assign', target: first.expression, operator, value, start, end: this.#at};
		}
		const elements: PipelineElement[] = [first];
		for (this.#skipBlanks(); this.#here() === '|'; this.#skipBlanks()) {
			this.#at += 1;
			this.#skipAll();
			elements.push(this.#pipelineElement());
		}
		return {kind: 'pipeline', elements, start, end: elements.at(-1)?.end ?? this.#at};
	}

	#pipelineElement(): PipelineElement {
		const start = this.#at;
		if (this.#beginsExpression()) {
			const expression = this.#expression();
			return {kind: 'expression', expression, redirections: this.#redirections(), start, end: this.#at};
		}
		return this.#command();
	}

	#beginsExpression(): boolean {
		const rest = this.#rest(12);
		return (
			/^(?:[$@("'\u2018-\u201E[{!,+]|-\d|-\.\d|--|-(?:not|join|split|bnot)\b|\.?\d)/i.test(rest) &&
			!/^\d[\w.]*[A-Za-z-]{3,}/.test(rest)
		);
	}

	#command(): Command {
		const start = this.#at;
		const call = /^[&.](?=[\s$"'({])/.exec(this.#rest(2))?.[0];
		if (call !== undefined) {
			this.#at += 1;
			this.#skipBlanks();
		}
		const name = call === undefined ? this.#bareWord() : this.#argumentValue();
		const given: Argument[] = [];
		const redirections: Redirection[] = [];
		let end = this.#at;
		for (;;) {
			redirections.push(...this.#redirections());
			this.#skipBlanks();
			if (this.#atStatementEnd() || this.#here() === '|') {
				break;
			}
			given.push(this.#argument());
			end = this.#at;
		}
		return {kind: 'command', dot: call === '.', name, arguments: given, redirections, start, end};
	}

	#argument(): Argument {
		const rest = this.#rest(200);
		if (rest.startsWith('--%')) {
			throw new NotSimulated('`--%`');
		}
		const [text, name = '', colon] = /^-([A-Za-z?][\w-]*)(:)?/.exec(rest) ?? [];
		if (text !== undefined) {
			this.#at += text.length;
			if (colon === undefined) {
				return {kind: 'parameter', name, text, value: undefined};
			}
			this.#skipBlanks();
			return {kind: 'parameter', name, text, value: this.#argumentList()};
		}
		const [splat, variable = ''] = /^@(\w+)/.exec(rest) ?? [];
		if (splat !== undefined) {
			this.#at += splat.length;
			return {kind: 'splat', name: variable};
		}
		return {kind: 'value', value: this.#argumentList()};
	}

	/** `a, 'b', $c` is one array. */
	#argumentList(): Expression {
		const start = this.#at;
		const items = [this.#argumentValue()];
		for (this.#skipBlanks(); this.#here() === ','; this.#skipBlanks()) {
			this.#at += 1;
			this.#skipAll();
			items.push(this.#argumentValue());
		}
		const [only] = items;
		return items.length === 1 && only !== undefined ? only : {kind: 'array', items, start, end: this.#at};
	}

	#argumentValue(): Expression {
		const rest = this.#rest(3);
		const isWhole = /^(?:\$\(|[$@({"'\u2018-\u201E])/.test(rest) && !/^@\w/.test(rest);
		if (!isWhole) {
			return this.#bareWord();
		}
		const start = this.#at;
		const value = this.#postfix(this.#primary());
		if (this.#atArgumentEnd()) {
			return value;
		}
		// > | $env:TEMP\x      what follows belongs to the word
		const tail = this.#bareWord();
		const parts = tail.kind === 'text' ? tail.parts : [tail];
		return {kind: 'text', parts: [value, ...parts], bare: true, start, end: this.#at};
	}

	#atArgumentEnd(): boolean {
		return this.#at >= this.#source.length || /[\s;|,(){}&<>]/.test(this.#here());
	}

	/** A word of argument mode: variables and `$(…)` in it are filled in. */
	#bareWord(): Expression {
		const start = this.#at;
		const parts: Array<string | Expression> = [];
		let text = '';
		const flush = () => {
			if (text !== '') {
				parts.push(text);
			}
			text = '';
		};
		while (!this.#atArgumentEnd()) {
			const unit = this.#here();
			if (unit === '`') {
				text += escaped(this.#source.charAt(this.#at + 1));
				this.#at += 2;
			} else if (unit === '$' && /^\$[({\w]/.test(this.#rest(2))) {
				flush();
				parts.push(this.#rest(2) === '$(' ? this.#primary() : this.#variable());
			} else if (doubleQuotes.includes(unit)) {
				flush();
				parts.push(this.#doubleQuoted());
			} else if (singleQuotes.includes(unit)) {
				text += this.#singleQuoted();
			} else {
				text += unit;
				this.#at += 1;
			}
		}
		flush();
		const [first] = parts;
		if (first === undefined) {
			throw this.#unexpected();
		}
		// > | Get-Content x -Tail 5      a number, unless its text would be lost by it
		if (parts.length === 1 && typeof first === 'string' && String(Number(first)) === first) {
			return {kind: 'literal', value: Number(first), start, end: this.#at};
		}
		return {kind: 'text', parts, bare: true, start, end: this.#at};
	}

	#redirections(): readonly Redirection[] {
		const redirections: Redirection[] = [];
		for (;;) {
			this.#skipBlanks();
			const [text, from = '', arrow = '', merge] = /^([12*]?)(>>?)(&1)?/.exec(this.#rest(5)) ?? [];
			if (text === undefined) {
				return redirections;
			}
			this.#at += text.length;
			const stream = from === '2' ? 'err' : from === '*' ? 'all' : 'out';
			if (merge !== undefined) {
				redirections.push({stream, append: false, to: undefined});
				continue;
			}
			this.#skipBlanks();
			redirections.push({stream, append: arrow === '>>', to: this.#argumentValue()});
		}
	}

	#expression(): Expression {
		return this.#binary(0);
	}

	/** Lowest first. Source: about_Operator_Precedence, and the language specification, chapter 7. */
	static readonly #levels: ReadonlyArray<(operator: string) => boolean> = [
		operator => /^-(?:and|or|xor)$/.test(operator),
		operator => /^-(?:band|bor|bxor)$/.test(operator),
		operator => operator.startsWith('-') && comparisons.has(operator.slice(1)),
		operator => operator === '+' || operator === '-',
		operator => /^[*/%]$/.test(operator),
		operator => operator === '-f',
		operator => operator === '..',
	];

	#binary(level: number): Expression {
		const isOurs = Reader.#levels[level];
		if (isOurs === undefined) {
			return this.#list();
		}
		let left = this.#binary(level + 1);
		for (;;) {
			const before = this.#at;
			this.#skipBlanks();
			const operator = /^(?:-[A-Za-z]+|\.\.|[-+*/%](?![-+=]))/.exec(this.#rest(16))?.[0]?.toLowerCase() ?? '';
			if (operator === '' || !isOurs(operator)) {
				this.#at = before;
				return left;
			}
			this.#at += operator.length;
			this.#skipAll();
			const right = this.#binary(level + 1);
			left = {kind: 'binary', operator, left, right, start: left.start, end: right.end};
		}
	}

	/** `1, 2, 3` */
	#list(): Expression {
		const start = this.#at;
		if (this.#here() === ',') {
			this.#at += 1;
			this.#skipAll();
			return {kind: 'array', items: [this.#list()], start, end: this.#at};
		}
		const items = [this.#unary()];
		for (let before = this.#at; ; before = this.#at) {
			this.#skipBlanks();
			if (this.#commaParts || this.#here() !== ',') {
				this.#at = before;
				break;
			}
			this.#at += 1;
			this.#skipAll();
			items.push(this.#unary());
		}
		const [only] = items;
		return items.length === 1 && only !== undefined ? only : {kind: 'array', items, start, end: this.#at};
	}

	#unary(): Expression {
		const start = this.#at;
		const rest = this.#rest(12);
		const operator = /^(?:\+\+|--|!|-(?:not|bnot|split|join)\b|[-+](?![-+]))/i.exec(rest)?.[0]?.toLowerCase();
		if (operator !== undefined && !/^[-+]\.?\d/.test(rest)) {
			this.#at += operator.length;
			this.#skipAll();
			const operand = this.#unary();
			return operator === '++' || operator === '--'
				? {kind: 'step', operator, prefix: true, target: operand, start, end: this.#at}
				: {kind: 'unary', operator, operand, start, end: this.#at};
		}
		if (this.#here() === '[') {
			const type = this.#typeName();
			const isCast = !/^(?:::|\.)/.test(this.#rest(2)) && /^[ \t]*(?:[$@("'\u2018-\u201E{[]|-?\d)/.test(this.#rest(20));
			if (isCast) {
				this.#skipBlanks();
				const operand = this.#unary();
				return {kind: 'cast', type, operand, start, end: this.#at};
			}
			return this.#postfix({kind: 'type', name: type, start, end: this.#at});
		}
		return this.#postfix(this.#primary());
	}

	#postfix(first: Expression): Expression {
		let value = first;
		for (;;) {
			const {start} = value;
			const rest = this.#rest(3);
			if (rest.startsWith('::') || /^\.(?=[\w"'$(])/.test(rest)) {
				const isStatic = rest.startsWith('::');
				this.#at += isStatic ? 2 : 1;
				const name = this.#memberName();
				const call = this.#here() === '(' ? this.#callArguments() : undefined;
				value = {kind: 'member', of: value, isStatic, name, call, start, end: this.#at};
			} else if (rest.startsWith('[')) {
				this.#at += 1;
				this.#skipAll();
				const index = this.#inBrackets(() => this.#expression());
				this.#skipAll();
				this.#expect(']');
				value = {kind: 'index', of: value, index, start, end: this.#at};
			} else if (rest.startsWith('++') || rest.startsWith('--')) {
				if (value.kind !== 'variable' && value.kind !== 'member' && value.kind !== 'index') {
					return value;
				}
				const operator = rest.startsWith('++') ? '++' : '--';
				this.#at += 2;
				value = {kind: 'step', operator, prefix: false, target: value, start, end: this.#at};
			} else {
				return value;
			}
		}
	}

	#memberName(): Expression {
		const start = this.#at;
		if (/[$("'\u2018-\u201E]/.test(this.#here())) {
			return this.#primary();
		}
		return {kind: 'literal', value: this.#take(/^\w+/), start, end: this.#at};
	}

	#callArguments(): readonly Expression[] {
		this.#at += 1;
		const given: Expression[] = [];
		for (this.#skipAll(); this.#here() !== ')'; this.#skipAll()) {
			given.push(this.#callArgument());
			this.#skipAll();
			if (this.#here() === ',') {
				this.#at += 1;
			} else if (this.#here() !== ')') {
				throw this.#unexpected();
			}
		}
		this.#at += 1;
		return given;
	}

	/** An expression in which a comma parts arguments. */
	#callArgument(): Expression {
		const before = this.#commaParts;
		this.#commaParts = true;
		const expression = this.#expression();
		this.#commaParts = before;
		return expression;
	}

	#primary(): Expression {
		const start = this.#at;
		const span = () => ({start, end: this.#at});
		const rest = this.#rest(3);
		if (/^@['\u2018-\u201B][ \t]*(?:\n|$)/.test(this.#rest(40))) {
			return {kind: 'literal', value: this.#hereString(singleQuotes), ...span()};
		}
		if (/^@["\u201C-\u201E][ \t]*(?:\n|$)/.test(this.#rest(40))) {
			const at = this.#at;
			const text = this.#hereString(doubleQuotes);
			return {...this.#expandable(text, at), ...span()};
		}
		if (rest.startsWith('@(') || rest.startsWith('$(')) {
			const form = rest.startsWith('@(') ? '@' : '$';
			this.#at += 2;
			const body = this.#inBrackets(() => this.#block(')'));
			this.#expect(')');
			return {kind: 'subexpression', form, body, ...span()};
		}
		if (rest.startsWith('@{')) {
			return this.#hash();
		}
		if (rest.startsWith('(')) {
			this.#at += 1;
			this.#skipAll();
			const inner = this.#at;
			const statement = this.#inBrackets(() => this.#statement());
			this.#skipAll();
			this.#expect(')');
			const body = {parameters: [], statements: [statement], start: inner, end: this.#at - 1};
			return {kind: 'subexpression', form: '(', body, ...span()};
		}
		if (rest.startsWith('{')) {
			return {kind: 'block', body: this.#inBrackets(() => this.#braces()), ...span()};
		}
		if (rest.startsWith('$')) {
			return this.#variable();
		}
		if (singleQuotes.includes(rest.charAt(0)) && rest !== '') {
			return {kind: 'literal', value: this.#singleQuoted(), ...span()};
		}
		if (doubleQuotes.includes(rest.charAt(0)) && rest !== '') {
			return this.#doubleQuoted();
		}
		if (rest.startsWith('[')) {
			const name = this.#typeName();
			return {kind: 'type', name, ...span()};
		}
		return this.#number();
	}

	/** Inside of brackets a comma makes a list again. */
	#inBrackets<T>(read: () => T): T {
		const before = this.#commaParts;
		this.#commaParts = false;
		const value = read();
		this.#commaParts = before;
		return value;
	}

	#number(): Expression {
		const start = this.#at;
		const [text, hex, digits = '', unit = ''] =
			/^(?:0x([\da-f]+)|(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))(?:[ld])?(kb|mb|gb|tb)?(?![\w])/i.exec(this.#rest(40)) ??
			[];
		if (text === undefined) {
			throw this.#unexpected();
		}
		// > | 1..3      the points are an operator
		const range = /^(-?\d+)\.\./.exec(this.#rest(40))?.[1];
		this.#at += (range ?? text).length;
		const scale = 1024 ** (['', 'kb', 'mb', 'gb', 'tb'].indexOf(unit.toLowerCase()) || 0);
		const value = hex === undefined ? Number(range ?? digits) : Number.parseInt(hex, 16);
		return {kind: 'literal', value: value * scale, start, end: this.#at};
	}

	#hash(): Expression {
		const start = this.#at;
		this.#at += 2;
		const entries: Array<{key: Expression; value: Statement}> = [];
		for (this.#skipSeparators(); this.#here() !== '}'; this.#skipSeparators()) {
			const key = /^[A-Za-z_]\w*/.test(this.#rest(2))
				? ({kind: 'literal', start: this.#at, value: this.#take(/^[\w-]+/), end: this.#at} as const)
				: this.#primary();
			this.#skipAll();
			this.#expect('=');
			this.#skipAll();
			entries.push({key, value: this.#inBrackets(() => this.#statement())});
			this.#skipBlanks();
			if (!/[\n;}]/.test(this.#here())) {
				throw this.#unexpected();
			}
		}
		this.#at += 1;
		return {kind: 'hash', entries, start, end: this.#at};
	}

	#variable(): Expression {
		const start = this.#at;
		const [text, braced, scope, name] = /^\$(?:\{([^}]+)\}|(?:(\w+):(?=\w))?(\w+|[$?^]))/.exec(this.#rest(200)) ?? [];
		if (text === undefined) {
			throw this.#unexpected();
		}
		this.#at += text.length;
		const [, bracedScope, bracedName = ''] = /^(?:(\w+):)?([\s\S]*)$/.exec(braced ?? '') ?? [];
		return {
			kind: 'variable',
			scope: (scope ?? bracedScope)?.toLowerCase(),
			name: name ?? bracedName,
			start,
			end: this.#at,
		};
	}

	/** `[string]`, `[System.IO.File]`, `[int[]]` */
	#typeName(): string {
		const [text, name = ''] = /^\[[ \t]*([A-Za-z][\w.]*(?:\[\])?)[ \t]*/.exec(this.#rest(100)) ?? [];
		if (text === undefined) {
			throw this.#unexpected();
		}
		this.#at += text.length;
		if (this.#here() === ']') {
			this.#at += 1;
		} else if (this.#here() !== '(') {
			throw this.#unexpected();
		}
		return name;
	}

	#singleQuoted(): string {
		const start = this.#at++;
		let text = '';
		for (;;) {
			const unit = this.#source.charAt(this.#at);
			if (unit === '') {
				throw new ParseFailure("The string is missing the terminator: '.", start);
			}
			this.#at += 1;
			if (singleQuotes.includes(unit)) {
				if (!singleQuotes.includes(this.#here()) || this.#here() === '') {
					return text;
				}
				this.#at += 1;
			}
			text += unit;
		}
	}

	#doubleQuoted(): Expression {
		const start = this.#at++;
		const from = this.#at;
		let depth = 0;
		for (; ; this.#at += 1) {
			const unit = this.#source.charAt(this.#at);
			if (unit === '') {
				throw new ParseFailure('The string is missing the terminator: ".', start);
			}
			if (unit === '`') {
				this.#at += 1;
			} else if (depth === 0 && doubleQuotes.includes(unit)) {
				if (!doubleQuotes.includes(this.#source.charAt(this.#at + 1)) || this.#at + 1 >= this.#source.length) {
					break;
				}
				this.#at += 1;
			} else if (unit === '$' && this.#source.charAt(this.#at + 1) === '(') {
				depth += 1;
				this.#at += 1;
			} else if (depth > 0) {
				depth += unit === '(' ? 1 : unit === ')' ? -1 : 0;
			}
		}
		const text = this.#source.slice(from, this.#at);
		this.#at += 1;
		return {...this.#expandable(text, from, true), start, end: this.#at};
	}

	/** From `@"` to the line that begins with `"@`: what stands between, without its last line end. */
	#hereString(quotes: string): string {
		const start = this.#at;
		const from = this.#source.indexOf('\n', start) + 1;
		const end = new RegExp(`\n[${quotes}]@`, 'g');
		end.lastIndex = from - 1;
		const found = from === 0 ? null : end.exec(this.#source);
		if (found === null) {
			throw new ParseFailure('The string is missing the terminator.', start);
		}
		this.#at = end.lastIndex;
		return this.#source.slice(from, Math.max(from, found.index));
	}

	/** What stands between double quotes. `quotes`: two of them stand for one. */
	#expandable(text: string, offset: number, quotes = false): Extract<Expression, {kind: 'text'}> {
		const parts: Array<string | Expression> = [];
		let plain = '';
		let at = 0;
		while (at < text.length) {
			const unit = text.charAt(at);
			if (unit === '`') {
				plain += escaped(text.charAt(at + 1));
				at += 2;
			} else if (quotes && doubleQuotes.includes(unit)) {
				plain += unit;
				at += 2;
			} else if (unit === '$' && /^\$(?:[({]|[\w?^$])/.test(text.slice(at, at + 2))) {
				const inner = new Reader(text);
				inner.#at = at;
				const value = text.charAt(at + 1) === '(' ? inner.#primary() : inner.#variable();
				const isBraced = text.charAt(at + 1) === '{';
				if (!isBraced && text.charAt(inner.#at) === ':' && value.kind === 'variable' && value.scope === undefined) {
					throw new ParseFailure(
						"Variable reference is not valid. ':' was not followed by a valid variable name character.",
						offset + at,
					);
				}
				parts.push(plain, value);
				plain = '';
				at = inner.#at;
			} else {
				plain += unit;
				at += 1;
			}
		}
		parts.push(plain);
		return {
			kind: 'text',
			parts: parts.filter(part => part !== ''),
			bare: false,
			start: offset,
			end: offset + text.length,
		};
	}

	#here(): string {
		return this.#source.charAt(this.#at);
	}

	#rest(length: number): string {
		return this.#source.slice(this.#at, this.#at + length);
	}

	#isWord(word: string): boolean {
		return this.#rest(word.length).toLowerCase() === word && !/[\w-]/.test(this.#source.charAt(this.#at + word.length));
	}

	/** Behind blanks and line ends; without the word nothing is taken. */
	#takeWord(word: string): boolean {
		const before = this.#at;
		this.#skipAll();
		if (this.#isWord(word)) {
			this.#at += word.length;
			return true;
		}
		this.#at = before;
		return false;
	}

	#take(pattern: RegExp): string {
		const found = pattern.exec(this.#rest(200))?.[0];
		if (found === undefined) {
			throw this.#unexpected();
		}
		this.#at += found.length;
		return found;
	}

	#expect(unit: string): void {
		if (this.#here() !== unit) {
			throw this.#at >= this.#source.length && /[)}\]]/.test(unit)
				? new ParseFailure(`Missing closing '${unit}' in statement block or type definition.`, this.#at)
				: this.#unexpected();
		}
		this.#at += 1;
	}

	#atStatementEnd(): boolean {
		return this.#at >= this.#source.length || /[\n;)}]/.test(this.#here());
	}

	#unexpected(): Error {
		const token = /^(?:\S{1,20}|\n)/.exec(this.#rest(20))?.[0] ?? '';
		if (token === '' || token === '\n') {
			return new ParseFailure('An expression was expected.', this.#at);
		}
		return token.startsWith('&&') || token.startsWith('||')
			? new ParseFailure(
					`The token '${token.slice(0, 2)}' is not a valid statement separator in this version.`,
					this.#at,
				)
			: new ParseFailure(`Unexpected token '${token}' in expression or statement.`, this.#at);
	}

	/** Blanks, comments, and line ends behind a backtick. */
	#skipBlanks(): void {
		for (;;) {
			const found = /^(?:[ \t\u00A0]+|`\n|<#[\s\S]*?#>)/.exec(this.#source.slice(this.#at, this.#at + 4000));
			if (found !== null) {
				this.#at += found[0].length;
			} else if (this.#here() === '#') {
				const end = this.#source.indexOf('\n', this.#at);
				this.#at = end === -1 ? this.#source.length : end;
			} else {
				return;
			}
		}
	}

	/** Line ends too. */
	#skipAll(): void {
		for (this.#skipBlanks(); this.#here() === '\n'; this.#skipBlanks()) {
			this.#at += 1;
		}
	}

	#skipSeparators(): void {
		for (this.#skipBlanks(); /^[\n;]/.test(this.#here()); this.#skipBlanks()) {
			this.#at += 1;
		}
	}
}

function nameOf(variable: Expression): string {
	return variable.kind === 'variable' ? variable.name : '';
}

const escapes: Readonly<Record<string, string>> = {
	n: '\n',
	r: '\r',
	t: '\t',
	0: '\0',
	a: '\x07',
	b: '\b',
	f: '\f',
	v: '\v',
};

function escaped(unit: string): string {
	return escapes[unit] ?? unit;
}
