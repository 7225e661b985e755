import type {Arithmetic} from './syntax.js';

/** What an arithmetic expression can ask of its shell. */
export type ArithmeticNames = {
	/** The value of a name as text; undefined if unset. */
	get(name: string): string | undefined;
	set(name: string, value: string): void;
	/** Text such as `${x}` or `$(cmd)` inside the expression. */
	expand(text: string): Promise<string>;
	/** The tree of a text found in a variable. */
	parse(text: string): Arithmetic;
};

/** Division by zero, or something that this shell does not calculate. */
export class ArithmeticError extends Error {}

/** Whole numbers, as far as JavaScript is exact: 2^53. */
export async function calculate(node: Arithmetic, names: ArithmeticNames): Promise<number> {
	switch (node.type) {
		case 'ArithNumber':
			return node.value;
		case 'ArithVariable':
			return numberOf(names.get(node.name), names);
		case 'ArithSpecialVar':
			return numberOf(names.get(node.name), names);
		case 'ArithBracedExpansion':
			return numberOf(await names.expand(`\${${node.content}}`), names);
		case 'ArithCommandSubst':
			return numberOf(await names.expand(`$(${node.command})`), names);
		case 'ArithGroup':
		case 'ArithNested':
			return calculate(node.expression, names);
		case 'ArithTernary':
			return (await calculate(node.condition, names)) === 0
				? calculate(node.alternate, names)
				: calculate(node.consequent, names);
		case 'ArithUnary':
			return unary(node, names);
		case 'ArithBinary':
			return binary(node, names);
		case 'ArithAssignment':
			return assign(node, names);
		case 'ArithDynamicAssignment':
		case 'ArithDynamicElement':
		case 'ArithDynamicBase':
		case 'ArithDynamicNumber':
		case 'ArithConcat':
		case 'ArithArrayElement':
		case 'ArithDoubleSubscript':
		case 'ArithNumberSubscript':
		case 'ArithSyntaxError':
		case 'ArithSingleQuote':
			throw new ArithmeticError('arithmetic syntax error');
	}
}

async function numberOf(text: string | undefined, names: ArithmeticNames): Promise<number> {
	const trimmed = text?.trim() ?? '';
	if (trimmed === '') {
		return 0;
	}
	return /^\d+$/.test(trimmed) && !/^0\d/.test(trimmed) ? Number(trimmed) : calculate(names.parse(trimmed), names);
}

async function unary(node: Extract<Arithmetic, {type: 'ArithUnary'}>, names: ArithmeticNames): Promise<number> {
	const {operator, operand} = node;
	const value = await calculate(operand, names);
	switch (operator) {
		case '-':
			return -value;
		case '+':
			return value;
		case '!':
			return value === 0 ? 1 : 0;
		case '~':
			return ~value;
		case '++':
		case '--': {
			if (operand.type !== 'ArithVariable') {
				throw new ArithmeticError('arithmetic syntax error');
			}
			const next = operator === '++' ? value + 1 : value - 1;
			names.set(operand.name, String(next));
			return node.prefix ? next : value;
		}
	}
}

async function binary(node: Extract<Arithmetic, {type: 'ArithBinary'}>, names: ArithmeticNames): Promise<number> {
	const left = await calculate(node.left, names);
	if (node.operator === '&&' && left === 0) {
		return 0;
	}
	if (node.operator === '||' && left !== 0) {
		return 1;
	}
	return apply(node.operator, left, await calculate(node.right, names));
}

type BinaryOperator = Extract<Arithmetic, {type: 'ArithBinary'}>['operator'];

function apply(operator: BinaryOperator, left: number, right: number): number {
	switch (operator) {
		case '+':
			return left + right;
		case '-':
			return left - right;
		case '*':
			return left * right;
		case '/':
			return Math.trunc(left / divisor(right));
		case '%':
			return left % divisor(right);
		case '**':
			return left ** right;
		case '<<':
			return left * 2 ** right;
		case '>>':
			return Math.floor(left / 2 ** right);
		case '<':
			return Number(left < right);
		case '<=':
			return Number(left <= right);
		case '>':
			return Number(left > right);
		case '>=':
			return Number(left >= right);
		case '==':
			return Number(left === right);
		case '!=':
			return Number(left !== right);
		case '&':
			return Number(BigInt(left) & BigInt(right));
		case '|':
			return Number(BigInt(left) | BigInt(right));
		case '^':
			return Number(BigInt(left) ^ BigInt(right));
		case '&&':
		case '||':
			return Number(right !== 0);
		case ',':
			return right;
	}
}

function divisor(value: number): number {
	if (value === 0) {
		throw new ArithmeticError('divide by zero');
	}
	return value;
}

async function assign(node: Extract<Arithmetic, {type: 'ArithAssignment'}>, names: ArithmeticNames): Promise<number> {
	if (node.subscript !== undefined || node.stringKey !== undefined) {
		throw new ArithmeticError('arithmetic syntax error');
	}
	const right = await calculate(node.value, names);
	const value =
		node.operator === '=' ? right : apply(plain(node.operator), await numberOf(names.get(node.variable), names), right);
	names.set(node.variable, String(value));
	return value;
}

function plain(operator: Exclude<Extract<Arithmetic, {type: 'ArithAssignment'}>['operator'], '='>): BinaryOperator {
	switch (operator) {
		case '+=':
			return '+';
		case '-=':
			return '-';
		case '*=':
			return '*';
		case '/=':
			return '/';
		case '%=':
			return '%';
		case '<<=':
			return '<<';
		case '>>=':
			return '>>';
		case '&=':
			return '&';
		case '|=':
			return '|';
		case '^=':
			return '^';
	}
}
