import {NotSimulated} from './syntax.js';
import {
	customType,
	dateText,
	fail,
	fullName,
	fullTypeName,
	isTrue,
	PsBlock,
	PsDate,
	PsHash,
	PsObject,
	PsSpan,
	PsType,
	toList,
	toNumber,
	toText,
	type Value,
} from './value.js';

/** What `-match` found, for `$Matches`. */
export type Matched = (groups: PsHash) => void;

/** Every operator of two values but `-and` and `-or`, which may leave the right one alone. */
export function operate(operator: string, left: Value, right: Value, matched: Matched): Value {
	switch (operator) {
		case '+':
			return add(left, right);
		case '-':
			return subtract(left, right);
		case '*':
			return typeof left === 'string'
				? left.repeat(toNumber(right))
				: Array.isArray(left)
					? Array.from({length: toNumber(right)}, () => left).flat()
					: toNumber(left) * toNumber(right);
		case '/':
			return divide(toNumber(left), toNumber(right), (a, b) => a / b);
		case '%':
			return divide(toNumber(left), toNumber(right), (a, b) => a % b);
		case '..':
			return range(toNumber(left), toNumber(right));
		case '-f':
			return format(toText(left), right === null ? [null] : toList(right));
		case '-band':
			return toNumber(left) & toNumber(right);
		case '-bor':
			return toNumber(left) | toNumber(right);
		case '-bxor':
			return toNumber(left) ^ toNumber(right);
		case '-xor':
			return isTrue(left) !== isTrue(right);
		case '-is':
			return isOfType(left, right);
		case '-isnot':
			return !isOfType(left, right);
		case '-as':
			try {
				return convert(left, typeNamed(right));
			} catch {
				return null;
			}
	}
	return compare(operator, left, right, matched);
}

function compare(operator: string, left: Value, right: Value, matched: Matched): Value {
	const [, letter, bare = operator.slice(1)] =
		/^-([ic])?(eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|replace|contains|notcontains|in|notin|split|join)$/.exec(
			operator,
		) ?? [];
	const exact = letter === 'c';
	const each = (test: (item: Value) => boolean): Value => (Array.isArray(left) ? left.filter(test) : test(left));
	switch (bare) {
		case 'eq':
			return each(item => equals(item, right, exact));
		case 'ne':
			return each(item => !equals(item, right, exact));
		case 'gt':
			return each(item => order(item, right, exact) > 0);
		case 'ge':
			return each(item => order(item, right, exact) >= 0);
		case 'lt':
			return each(item => order(item, right, exact) < 0);
		case 'le':
			return each(item => order(item, right, exact) <= 0);
		case 'like':
			return each(item => wildcard(toText(right), exact).test(toText(item)));
		case 'notlike':
			return each(item => !wildcard(toText(right), exact).test(toText(item)));
		case 'match':
			return each(item => matches(toText(item), toText(right), exact, matched));
		case 'notmatch':
			return each(item => !matches(toText(item), toText(right), exact, matched));
		case 'contains':
			return toList(left).some(item => equals(item, right, exact));
		case 'notcontains':
			return !toList(left).some(item => equals(item, right, exact));
		case 'in':
			return toList(right).some(item => equals(item, left, exact));
		case 'notin':
			return !toList(right).some(item => equals(item, left, exact));
		case 'replace': {
			const [pattern = null, by = null] = toList(right);
			const replaced = (item: Value) =>
				toText(item).replaceAll(regex(toText(pattern), exact, 'g'), replacement(toText(by)));
			return Array.isArray(left) ? left.map(replaced) : replaced(left);
		}
		case 'split': {
			const [pattern = null, most = 0] = toList(right);
			if (toNumber(most) !== 0) {
				throw new NotSimulated('`-split` with a number');
			}
			return toList(left).flatMap(item =>
				toText(item)
					.split(regex(toText(pattern), exact))
					.filter(isText),
			);
		}
		case 'join':
			return toList(left).map(toText).join(toText(right));
	}
	throw new NotSimulated(`\`${operator}\``);
}

/** `-not`, `-` and the like. */
export function operateOne(operator: string, operand: Value): Value {
	switch (operator) {
		case '!':
		case '-not':
			return !isTrue(operand);
		case '-':
			return -toNumber(operand);
		case '+':
			return toNumber(operand);
		case '-bnot':
			return ~toNumber(operand);
		case '-join':
			return toList(operand).map(toText).join('');
		case '-split':
			return toList(operand).flatMap(item => toText(item).trim().split(/\s+/));
	}
	throw new NotSimulated(`\`${operator}\``);
}

function add(left: Value, right: Value): Value {
	if (Array.isArray(left)) {
		return [...left, ...toList(right)];
	}
	if (left instanceof PsHash && right instanceof PsHash) {
		const both = new PsHash();
		for (const {key, value} of [...left.entries(), ...right.entries()]) {
			both.set(key, value);
		}
		return both;
	}
	if (left instanceof PsDate && right instanceof PsSpan) {
		return new PsDate(left.at + right.ms);
	}
	if (left instanceof PsSpan && right instanceof PsSpan) {
		return new PsSpan(left.ms + right.ms);
	}
	return typeof left === 'string' ? left + toText(right) : left === null ? right : toNumber(left) + toNumber(right);
}

function subtract(left: Value, right: Value): Value {
	if (left instanceof PsDate) {
		return right instanceof PsSpan ? new PsDate(left.at - right.ms) : new PsSpan(left.at - toDate(right).at);
	}
	return left instanceof PsSpan && right instanceof PsSpan
		? new PsSpan(left.ms - right.ms)
		: toNumber(left) - toNumber(right);
}

function divide(left: number, right: number, how: (left: number, right: number) => number): number {
	if (right === 0) {
		throw fail('Attempted to divide by zero.', {id: 'RuntimeException', exception: 'RuntimeException'});
	}
	return how(left, right);
}

function range(from: number, to: number): Value[] {
	const length = Math.abs(to - from) + 1;
	return Array.from({length}, (_, index) => (from <= to ? from + index : from - index));
}

/** As the left side's type decides. Texts without regard to case unless `exact`. */
export function equals(left: Value, right: Value, exact = false): boolean {
	if (left === null || right === null) {
		return left === right;
	}
	return order(left, right, exact) === 0;
}

/** Below, at or above 0; NaN where the two cannot be put in order. */
export function order(left: Value, right: Value, exact = false): number {
	if (typeof left === 'number') {
		return left - numberOr(right);
	}
	if (typeof left === 'boolean') {
		return Number(left) - Number(isTrue(right));
	}
	if (left instanceof PsDate) {
		return left.at - toDate(right).at;
	}
	if (left instanceof PsSpan) {
		return left.ms - (right instanceof PsSpan ? right.ms : Number.NaN);
	}
	if (left instanceof PsObject && left.text === undefined) {
		return left === right ? 0 : Number.NaN;
	}
	if (left instanceof PsHash) {
		return left === right ? 0 : Number.NaN;
	}
	if (left === null) {
		return right === null ? 0 : -1;
	}
	if (left instanceof PsObject && left.number !== undefined && typeof right === 'number') {
		return left.number - right;
	}
	const [a, b] = exact ? [toText(left), toText(right)] : [toText(left).toLowerCase(), toText(right).toLowerCase()];
	return a < b ? -1 : a > b ? 1 : 0;
}

function numberOr(value: Value): number {
	try {
		return toNumber(value);
	} catch {
		return Number.NaN;
	}
}

/** `*`, `?` and `[ab]`, over the whole text. */
export function wildcard(pattern: string, exact = false): RegExp {
	const source = pattern.replaceAll(/\*|\?|\[[^\]]*\]|[\s\S]/g, token =>
		token === '*' ? '[\\s\\S]*' : token === '?' ? '[\\s\\S]' : token.length > 1 ? token : escapeRegex(token),
	);
	return new RegExp(`^${source}$`, exact ? '' : 'i');
}

function escapeRegex(text: string): string {
	return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function regex(pattern: string, exact: boolean, flags = ''): RegExp {
	try {
		return new RegExp(pattern.replaceAll('(?i)', '').replaceAll(/\(\?<(\w+)>/g, '(?<$1>'), (exact ? '' : 'i') + flags);
	} catch {
		throw new NotSimulated(`The regular expression ${pattern}`);
	}
}

function matches(text: string, pattern: string, exact: boolean, matched: Matched): boolean {
	const found = regex(pattern, exact).exec(text);
	if (found === null) {
		return false;
	}
	const groups = new PsHash();
	for (const [index, group] of found.entries()) {
		if (group !== undefined) {
			groups.set(index, group);
		}
	}
	for (const [name, group] of Object.entries(found.groups ?? {})) {
		groups.set(name, group);
	}
	matched(groups);
	return true;
}

/** .NET writes `$1`, `${name}` and `$$`. */
function replacement(text: string): string {
	return text.replaceAll(/\$\{(\w+)\}/g, '$<$1>');
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}

/** > | '{0,-8} {1:N2}' -f 'a', 3 */
function format(pattern: string, given: readonly Value[]): string {
	return pattern.replaceAll(
		/\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^}]+))?\}/g,
		(token, index: string | undefined, width: string | undefined, how: string | undefined) => {
			if (index === undefined) {
				return token.charAt(0);
			}
			const value = given[Number(index)];
			if (value === undefined) {
				throw fail(
					'Error formatting a string: Index (zero based) must be greater than or equal to zero and less than the size of the argument list..',
					{
						category: 'InvalidOperation',
						target: `(${pattern}:String)`,
						id: 'FormatError',
					},
				);
			}
			const text = how === undefined ? toText(value) : formatOne(value, how);
			const cells = Number(width ?? 0);
			return cells < 0 ? text.padEnd(-cells) : text.padStart(cells);
		},
	);
}

/** `N2`, `D3`, `X`, `P0`, `yyyy-MM-dd`, `000`. */
export function formatOne(value: Value, how: string): string {
	if (value instanceof PsDate) {
		return dateText(value, how);
	}
	if (value instanceof PsSpan) {
		const text = toText(value);
		return how === 'c' ? text : text.replace(/\.\d+$/, '');
	}
	if (typeof value !== 'number') {
		return toText(value);
	}
	const [, letter = '', digits] = /^([A-Za-z])(\d*)$/.exec(how) ?? [];
	const places = digits === '' || digits === undefined ? undefined : Number(digits);
	switch (letter.toUpperCase()) {
		case 'N':
			return grouped(value.toFixed(places ?? 2));
		case 'F':
			return value.toFixed(places ?? 2);
		case 'P':
			return `${grouped((value * 100).toFixed(places ?? 2))} %`;
		case 'D':
			return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(places ?? 0, '0');
		case 'X': {
			const text = value.toString(16).padStart(places ?? 0, '0');
			return letter === 'X' ? text.toUpperCase() : text;
		}
	}
	const [, zeros, fraction] = /^(0+)(?:\.(0+))?$/.exec(how) ?? [];
	if (zeros === undefined) {
		throw new NotSimulated(`The format ${how}`);
	}
	const [whole = '', rest] = value.toFixed(fraction?.length ?? 0).split('.');
	return whole.padStart(zeros.length, '0') + (rest === undefined ? '' : `.${rest}`);
}

function grouped(text: string): string {
	const [whole = '', fraction] = text.split('.');
	return whole.replaceAll(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`);
}

function typeNamed(value: Value): string {
	return value instanceof PsType ? value.name : toText(value);
}

function isOfType(value: Value, type: Value): boolean {
	const wanted = fullName(typeNamed(type)).toLowerCase();
	const is = fullTypeName(value).toLowerCase();
	return (
		is === wanted ||
		(wanted === 'system.array' && Array.isArray(value)) ||
		(wanted === 'system.management.automation.psobject' && value instanceof PsObject) ||
		(wanted === 'system.object' && value !== null)
	);
}

/** `[int]'3'`. Throws a PsError where it cannot be. */
export function convert(value: Value, type: string): Value {
	const name = fullName(type);
	switch (name.toLowerCase()) {
		case 'system.string':
			return toText(value);
		case 'system.int32':
		case 'system.int64':
		case 'system.uint32':
		case 'system.uint64':
		case 'system.uint16':
		case 'system.byte':
			return roundToEven(toNumber(value, name));
		case 'system.double':
		case 'system.single':
		case 'system.decimal':
			return toNumber(value, name);
		case 'system.boolean':
		case 'system.management.automation.switchparameter':
			return isTrue(value);
		case 'system.datetime':
			return toDate(value);
		case 'system.timespan':
			return new PsSpan(value instanceof PsSpan ? value.ms : toNumber(value) / 10_000);
		case 'system.void':
			return null;
		case 'system.array':
		case 'system.object[]':
			return toList(value);
		case 'system.string[]':
			return toList(value).map(toText);
		case 'system.int32[]':
			return toList(value).map(item => roundToEven(toNumber(item)));
		case 'system.ordered':
		case 'system.collections.hashtable':
			return value;
		case 'system.char':
			return typeof value === 'number' ? String.fromCharCode(value) : toText(value).charAt(0);
		case 'system.version':
		case 'system.guid':
		case 'system.net.ipaddress':
		case 'system.management.automation.language.nullstring':
			return toText(value);
		case 'system.management.automation.scriptblock':
			return value instanceof PsBlock ? value : toText(value);
		case customType.toLowerCase():
			return value instanceof PsHash
				? new PsObject(customType, Object.fromEntries(value.entries().map(({key, value: of}) => [toText(key), of])))
				: value;
	}
	throw new NotSimulated(`The type [${type}]`);
}

/** As .NET does: 2.5 is 2, 3.5 is 4. */
function roundToEven(value: number): number {
	const floor = Math.floor(value);
	const rest = value - floor;
	return rest === 0.5 ? floor + (floor % 2) : Math.round(value);
}

function toDate(value: Value): PsDate {
	if (value instanceof PsDate) {
		return value;
	}
	const text = toText(value);
	const at = Date.parse(
		/^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?$/.test(text)
			? `${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`
			: `${text} UTC`,
	);
	if (Number.isNaN(at)) {
		throw fail(`Cannot convert value "${text}" to type "System.DateTime".`, {
			category: 'InvalidArgument',
			id: 'InvalidCastParseTargetInvocation',
		});
	}
	return new PsDate(at);
}
