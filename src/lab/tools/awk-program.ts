/**
The same awk program, written so that just-bash reads it as awk does.

Its grammar lets a comparison bind tighter than a concatenation, takes a `length` without parentheses for a variable, and makes
no element of a mere `seen[$0]`. The first gets parentheses, the others are spelled out.

> | $0 == "vm" n      ->   $0 == ("vm" n)
*/
export function asAwkReads(program: string): string {
	const tokens = tokensOf(program);
	const before = tokens.map(() => '');
	const after = tokens.map(() => '');
	for (const [index, token] of tokens.entries()) {
		if (token.kind === 'comparison') {
			for (const [start, end] of [operand(tokens, index, -1), operand(tokens, index, 1)]) {
				if (concatenates(tokens.slice(start, end + 1))) {
					before[start] = `(${before[start]}`;
					after[end] = `${after[end]})`;
				}
			}
		} else if (token.kind === 'name' && token.text === 'length' && tokens[index + 1]?.kind !== 'open') {
			after[index] = `($0)${after[index]}`;
		}
	}

	for (const [start, end] of mereElements(tokens)) {
		after[end] = `${after[end]} = ${textOf(tokens.slice(start, end + 1)).trim()}`;
	}

	return tokens.map(({space, text}, index) => `${space}${before[index]}${text}${after[index]}`).join('');
}

type Token = {
	/** Blanks, comments and joined lines in front of it. */
	readonly space: string;
	readonly text: string;
	readonly kind:
		| 'name'
		| 'keyword'
		| 'value'
		| 'dollar'
		| 'step'
		| 'operator'
		| 'comparison'
		| 'edge'
		| 'open'
		| 'close';
	/** How many parentheses, brackets and braces are open around it. */
	readonly depth: number;
	/** Of a `)`: what it closes belongs to `if`, `while`, `for`, so that a statement follows. */
	readonly endsCondition?: boolean;
};

const keywords =
	/^(BEGIN|END|break|continue|delete|do|else|exit|for|func|function|getline|if|in|next|nextfile|print|printf|return|while)$/;
const pieces =
	/((?:[ \t\r]|\\\r?\n|#[^\n]*)*)(?:([A-Za-z_]\w*)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|"(?:\\[\s\S]|[^"\\])*")|(\$)|(\+\+|--)|(==|!=|<=|>=|!~|~|<|>(?!>))|(&&|\|\||[-+*/%^]=|>>|[;,?:|!=\n])|([([{])|([)\]}])|(\*\*|[-+*/%^])|([\s\S]|$))/y;
const regex = /((?:[ \t\r]|\\\r?\n)*)(\/(?:\[\^?\]?(?:\\[\s\S]|[^\]\\\n])*\]|\\[\s\S]|[^/\\\n])+\/)/y;

function tokensOf(program: string): readonly Token[] {
	const tokens: Token[] = [];
	const open: {readonly isCondition: boolean}[] = [];
	let prints = -1;
	for (let at = 0; at < program.length; ) {
		const last = tokens.at(-1);
		regex.lastIndex = at;
		const literal = last === undefined || !endsOperand(last) ? regex.exec(program) : null;
		if (literal !== null) {
			tokens.push({space: literal[1] ?? '', text: literal[2] ?? '', kind: 'value', depth: open.length});
			at = regex.lastIndex;
			continue;
		}

		pieces.lastIndex = at;
		const [, space = '', name, value, dollar, step, comparison, edge, opens, closes, operator, other] =
			pieces.exec(program) ?? [];
		at = pieces.lastIndex;
		const depth = open.length - (closes === undefined ? 0 : 1);
		const put = (text: string, kind: Token['kind'], more: Partial<Token> = {}) =>
			tokens.push({space, text, kind, depth, ...more});
		if (name !== undefined) {
			prints = /^printf?$/.test(name) ? depth : prints;
			put(name, keywords.test(name) ? 'keyword' : 'name');
		} else if (comparison !== undefined) {
			const isRedirection =
				(comparison === '>' && prints === depth) || (comparison === '<' && readsLine(tokens, depth));
			put(comparison, isRedirection ? 'edge' : 'comparison');
		} else if (opens !== undefined) {
			put(opens, 'open');
			open.push({isCondition: opens === '(' && /^(if|while|for)$/.test(last?.text ?? '')});
		} else if (closes !== undefined) {
			put(closes, 'close', {endsCondition: open.pop()?.isCondition === true});
			prints = closes === '}' || prints > depth ? -1 : prints;
		} else if (edge !== undefined) {
			prints = (edge === ';' || edge === '\n') && prints === depth ? -1 : prints;
			put(edge, 'edge');
		} else {
			const [text, kind] = (
				[
					[value, 'value'],
					[dollar, 'dollar'],
					[step, 'step'],
					[operator, 'operator'],
					[other, 'edge'],
				] as const
			).find(([found]) => found !== undefined) ?? ['', 'edge'];
			put(text ?? '', kind);
		}
	}

	return tokens;
}

/** Whether `< FILE` behind these is where a `getline` reads. */
function readsLine(tokens: readonly Token[], depth: number): boolean {
	const edge = tokens.findLastIndex(token => token.depth === depth && token.kind === 'edge');
	return tokens.slice(edge + 1).some(({text}) => text === 'getline');
}

function endsOperand({kind, text, endsCondition}: Token): boolean {
	return (
		kind === 'name' ||
		kind === 'value' ||
		kind === 'step' ||
		(kind === 'close' && text !== '}' && endsCondition !== true)
	);
}

/** The first and last token of what stands on one side of a comparison. */
function operand(tokens: readonly Token[], comparison: number, step: -1 | 1): readonly [number, number] {
	const depth = tokens[comparison]?.depth ?? 0;
	let far = comparison;
	for (let at = comparison + step; ; at += step) {
		const token = tokens[at];
		if (token === undefined || token.depth < depth || (token.depth === depth && isBoundary(token, step))) {
			return step < 0 ? [far, comparison - 1] : [comparison + 1, far];
		}

		far = at;
	}
}

function isBoundary({kind, text, endsCondition}: Token, step: -1 | 1): boolean {
	return (
		kind === 'edge' ||
		kind === 'keyword' ||
		kind === 'comparison' ||
		text === '{' ||
		text === '}' ||
		(step < 0 && endsCondition === true)
	);
}

/** Whether two values stand side by side. */
function concatenates(tokens: readonly Token[]): boolean {
	const depth = tokens[0]?.depth ?? 0;
	return tokens.some((token, index) => {
		const next = tokens[index + 1];
		return (
			next !== undefined &&
			token.depth === depth &&
			next.depth === depth &&
			endsOperand(token) &&
			(next.kind === 'name' || next.kind === 'value' || next.kind === 'dollar' || isGroup(token, next))
		);
	});
}

/** `x (y)`: a call takes its parenthesis at once, but for the functions that awk itself has. */
function isGroup(token: Token, next: Token): boolean {
	const isCall =
		token.kind === 'name' &&
		(next.space === '' ||
			/^(length|substr|index|split|sub|gsub|match|sprintf|int|tolower|toupper|system|close)$/.test(token.text));
	return next.text === '(' && !isCall;
}

/** Statements that are `name[…]` and nothing else. */
function mereElements(tokens: readonly Token[]): ReadonlyArray<readonly [number, number]> {
	const begins = (token: Token | undefined) =>
		token === undefined ||
		token.text === '{' ||
		token.text === ';' ||
		token.text === '\n' ||
		token.endsCondition === true;
	const ends = (token: Token | undefined) => token !== undefined && /^[;}\n]$/.test(token.text);
	return tokens.flatMap((token, start) => {
		const inStatement = token.kind === 'name' && token.depth > 0 && begins(tokens[start - 1]);
		const end =
			inStatement && tokens[start + 1]?.text === '['
				? tokens.findIndex((each, index) => index > start && each.text === ']' && each.depth === token.depth)
				: -1;
		return end !== -1 && ends(tokens[end + 1]) ? [[start, end] as const] : [];
	});
}

function textOf(tokens: readonly Token[]): string {
	return tokens.map(({space, text}) => `${space}${text}`).join('');
}
