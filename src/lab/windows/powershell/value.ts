import type {Block} from './syntax.js';

/** Anything that a script can hold. Arrays and hashtables are shared, as in PowerShell. */
export type Value =
	| null
	| boolean
	| number
	| string
	| Uint8Array
	| Value[]
	| PsHash
	| PsObject
	| PsDate
	| PsSpan
	| PsBlock
	| PsType
	| ErrorRecord;

/** A hashtable: any key, texts without regard to case, in order of arrival. */
export class PsHash {
	readonly #entries = new Map<string, {readonly key: Value; value: Value}>();

	get(key: Value): Value {
		return this.#entries.get(keyOf(key))?.value ?? null;
	}

	has(key: Value): boolean {
		return this.#entries.has(keyOf(key));
	}

	set(key: Value, value: Value): void {
		const known = this.#entries.get(keyOf(key));
		this.#entries.set(keyOf(key), {key: known?.key ?? key, value});
	}

	delete(key: Value): void {
		this.#entries.delete(keyOf(key));
	}

	entries(): ReadonlyArray<{readonly key: Value; readonly value: Value}> {
		return [...this.#entries.values()];
	}
}

function keyOf(key: Value): string {
	return typeof key === 'string' ? `s${key.toLowerCase()}` : `${typeof key}${toText(key)}`;
}

type Properties = Readonly<Record<string, Value>>;

/** An object of .NET or of a cmdlet: its type, its properties in order, what can be done with it. */
export class PsObject {
	/** As `GetType().FullName` says it; the last part is what people know. */
	readonly type: string;
	readonly #properties: Map<string, {readonly name: string; value: Value}>;
	readonly methods: Readonly<Record<string, (...given: readonly Value[]) => Value | Promise<Value>>>;
	/** What a change of a property does to the world. Without it the change stays with this object. */
	readonly changed: ((name: string, value: Value) => void) | undefined;
	readonly text: string | undefined;
	/** What it is as a number: a name of an enumeration. */
	readonly number: number | undefined;

	constructor(
		type: string,
		properties: Properties,
		{
			methods = {},
			changed,
			text,
			number,
		}: {
			readonly methods?: PsObject['methods'];
			readonly changed?: (name: string, value: Value) => void;
			/** What it is as a text, where that is not its type. */
			readonly text?: string;
			readonly number?: number;
		} = {},
	) {
		this.type = type;
		this.#properties = new Map(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), {name, value}]));
		this.methods = methods;
		this.changed = changed;
		this.text = text;
		this.number = number;
	}

	get(name: string): Value | undefined {
		return this.#properties.get(name.toLowerCase())?.value;
	}

	/** False: it has no such property. */
	set(name: string, value: Value): boolean {
		const property = this.#properties.get(name.toLowerCase());
		if (property === undefined) {
			return false;
		}
		property.value = value;
		this.changed?.(property.name, value);
		return true;
	}

	properties(): ReadonlyArray<{readonly name: string; readonly value: Value}> {
		return [...this.#properties.values()];
	}
}

/** A name of an enumeration, which is a number too: `ClusterAndClient` is 3. */
export function enumerated(type: string, text: string, number: number): PsObject {
	return new PsObject(type, {}, {text, number});
}

/** A point in time, in milliseconds since 1970. The lab's hosts live in UTC. */
export class PsDate {
	readonly at: number;

	constructor(at: number) {
		this.at = at;
	}
}

export class PsSpan {
	readonly ms: number;

	constructor(ms: number) {
		this.ms = ms;
	}
}

/** `{ … }`, with the script that it stands in. */
export class PsBlock {
	readonly block: Block;
	readonly source: string;

	constructor(block: Block, source: string) {
		this.block = block;
		this.source = source;
	}

	get text(): string {
		return this.source.slice(this.block.start, this.block.end);
	}
}

/** `[string]` */
export class PsType {
	readonly name: string;

	constructor(name: string) {
		this.name = name;
	}
}

/** An error as `$_` in `catch` sees it. */
export class ErrorRecord {
	readonly message: string;
	/** `ObjectNotFound: (C:\x:String) [Get-Item], ItemNotFoundException` */
	readonly category: string;
	readonly id: string;
	readonly exception: string;
	/** What stands before the message: `Get-Item`; empty: nothing. */
	activity: string;
	/** > | At line:1 char:1\n+ Get-Item C:\x\n+ ~~~~~~~~~~~~~ */
	position: string | undefined;

	constructor(about: {
		readonly message: string;
		readonly category?: string;
		readonly target?: string;
		readonly id?: string;
		readonly exception?: string;
		readonly activity?: string;
		/** What stands in brackets behind the target; undefined: the activity. */
		readonly within?: string;
	}) {
		const {message, category = 'NotSpecified', target = '(:)', id = 'RuntimeException', activity = ''} = about;
		this.message = message;
		this.exception = about.exception ?? 'RuntimeException';
		this.category = `${category}: ${target} [${about.within ?? activity}], ${this.exception}`;
		this.id = id;
		this.activity = activity;
	}

	/** As the console shows it, without colours. */
	get lines(): readonly string[] {
		const head = this.activity === '' ? this.message : `${this.activity} : ${this.message}`;
		return [
			...head.split('\n'),
			...(this.position?.split('\n') ?? []),
			`    + CategoryInfo          : ${this.category}`,
			`    + FullyQualifiedErrorId : ${this.id}`,
			' ',
		];
	}
}

/** > | (C:\x:String)      what an error is about */
export function target(value: Value): string {
	return `(${toText(value)}:${typeName(value)})`;
}

/** Ends a statement, or the script; `catch` gets its record. */
export class PsError extends Error {
	readonly record: ErrorRecord;
	/** By `throw`, or under `Stop`: it ends the script whatever the preference says. */
	readonly endsScript: boolean;

	constructor(record: ErrorRecord, endsScript = false) {
		super(record.message);
		this.record = record;
		this.endsScript = endsScript;
	}
}

export function fail(
	message: string,
	about: Omit<ConstructorParameters<typeof ErrorRecord>[0], 'message'> = {},
): PsError {
	return new PsError(new ErrorRecord({message, ...about}));
}

/** As it stands in a text. */
export function toText(value: Value): string {
	if (value === null) {
		return '';
	}
	if (typeof value === 'string') {
		return value;
	}
	if (typeof value === 'number') {
		return numberText(value);
	}
	if (typeof value === 'boolean') {
		return value ? 'True' : 'False';
	}
	if (value instanceof Uint8Array) {
		return [...value].join(' ');
	}
	if (Array.isArray(value)) {
		return value.map(toText).join(' ');
	}
	if (value instanceof PsHash) {
		return 'System.Collections.Hashtable';
	}
	if (value instanceof PsDate) {
		return dateText(value, 'MM/dd/yyyy HH:mm:ss');
	}
	if (value instanceof PsSpan) {
		return spanText(value.ms);
	}
	if (value instanceof PsBlock) {
		return value.text;
	}
	if (value instanceof PsType) {
		return fullName(value.name);
	}
	if (value instanceof ErrorRecord) {
		return value.message;
	}
	if (value.type === customType) {
		return `@{${value
			.properties()
			.map(({name, value: of}) => `${name}=${toText(of)}`)
			.join('; ')}}`;
	}
	return value.text ?? value.type;
}

export const customType = 'System.Management.Automation.PSCustomObject';

function numberText(value: number): string {
	if (Number.isNaN(value)) {
		return 'NaN';
	}
	if (!Number.isFinite(value)) {
		return value > 0 ? '∞' : '-∞';
	}
	if (Number.isInteger(value)) {
		return Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value);
	}
	return String(Number(value.toPrecision(15)));
}

function spanText(ms: number): string {
	const part = (size: number, of: number, width = 2) =>
		String(Math.floor(Math.abs(ms) / size) % of).padStart(width, '0');
	const days = Math.floor(Math.abs(ms) / 86_400_000);
	const fraction = Math.round(Math.abs(ms) % 1000);
	return [
		ms < 0 ? '-' : '',
		days > 0 ? `${days}.` : '',
		`${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}`,
		fraction > 0 ? `.${String(fraction).padStart(3, '0')}0000` : '',
	].join('');
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

/** Source: custom date and time format strings of .NET. */
export function dateText({at}: PsDate, format: string): string {
	const date = new Date(at);
	const two = (value: number) => String(value).padStart(2, '0');
	const hour = date.getUTCHours();
	const parts: Readonly<Record<string, string>> = {
		yyyy: String(date.getUTCFullYear()),
		yy: two(date.getUTCFullYear() % 100),
		MMMM: months[date.getUTCMonth()] ?? '',
		MMM: (months[date.getUTCMonth()] ?? '').slice(0, 3),
		MM: two(date.getUTCMonth() + 1),
		M: String(date.getUTCMonth() + 1),
		dddd: weekdays[date.getUTCDay()] ?? '',
		ddd: (weekdays[date.getUTCDay()] ?? '').slice(0, 3),
		dd: two(date.getUTCDate()),
		d: String(date.getUTCDate()),
		HH: two(hour),
		H: String(hour),
		hh: two(hour % 12 || 12),
		h: String(hour % 12 || 12),
		mm: two(date.getUTCMinutes()),
		ss: two(date.getUTCSeconds()),
		fff: String(date.getUTCMilliseconds()).padStart(3, '0'),
		tt: hour < 12 ? 'AM' : 'PM',
		zzz: '+00:00',
		K: 'Z',
	};
	const standard: Readonly<Record<string, string>> = {
		o: 'yyyy-MM-ddTHH:mm:ss.fff0000K',
		s: 'yyyy-MM-ddTHH:mm:ss',
		u: 'yyyy-MM-dd HH:mm:ssZ',
		d: 'M/d/yyyy',
		T: 'h:mm:ss tt',
		t: 'h:mm tt',
	};
	return (standard[format] ?? format).replaceAll(
		/'([^']*)'|yyyy|yy|M{1,4}|d{1,4}|HH?|hh?|mm|ss|fff|tt|zzz|K/g,
		(token, quoted: string | undefined) => quoted ?? parts[token] ?? token,
	);
}

/** As `if` sees it. */
export function isTrue(value: Value): boolean {
	if (Array.isArray(value)) {
		const [first = null] = value;
		return value.length > 1 || (value.length === 1 && isTrue(first));
	}
	return value !== null && value !== false && value !== 0 && value !== '';
}

/** One for one, none for null. */
export function toList(value: Value): Value[] {
	if (value instanceof Uint8Array) {
		return [...value];
	}
	return Array.isArray(value) ? value : value === null ? [] : [value];
}

/** What a pipeline gave, as a variable holds it. */
export function collected(values: readonly Value[]): Value {
	const [only = null] = values;
	return values.length > 1 ? [...values] : only;
}

/** Throws a PsError where it is none. */
export function toNumber(value: Value, type = 'System.Int32'): number {
	if (typeof value === 'number') {
		return value;
	}
	if (value === null || value === '') {
		return 0;
	}
	if (typeof value === 'boolean') {
		return value ? 1 : 0;
	}
	if (value instanceof PsObject && value.number !== undefined) {
		return value.number;
	}
	const text = toText(value).trim();
	const [, digits, unit = ''] = /^([+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|0x[\da-f]+))(kb|mb|gb|tb)?$/i.exec(text) ?? [];
	const number = Number(digits ?? Number.NaN) * 1024 ** ['', 'kb', 'mb', 'gb', 'tb'].indexOf(unit.toLowerCase());
	if (Number.isNaN(number)) {
		throw fail(
			`Cannot convert value "${toText(value)}" to type "${type}". Error: "Input string was not in a correct format."`,
			{category: 'InvalidArgument', id: 'InvalidCastFromStringToInteger', exception: 'RuntimeException'},
		);
	}
	return number;
}

/** `String`, `Int32`, `Object[]` */
function typeName(value: Value): string {
	return fullTypeName(value).replace(/^.*\./, '');
}

export function fullTypeName(value: Value): string {
	switch (typeof value) {
		case 'string':
			return 'System.String';
		case 'boolean':
			return 'System.Boolean';
		case 'number':
			return Number.isInteger(value) ? (Math.abs(value) < 2 ** 31 ? 'System.Int32' : 'System.Int64') : 'System.Double';
	}
	if (value === null) {
		return 'System.Null';
	}
	if (value instanceof Uint8Array) {
		return 'System.Byte[]';
	}
	if (Array.isArray(value)) {
		return 'System.Object[]';
	}
	if (value instanceof PsObject) {
		return value.type;
	}
	return value instanceof PsHash
		? 'System.Collections.Hashtable'
		: value instanceof PsDate
			? 'System.DateTime'
			: value instanceof PsSpan
				? 'System.TimeSpan'
				: value instanceof PsBlock
					? 'System.Management.Automation.ScriptBlock'
					: value instanceof ErrorRecord
						? 'System.Management.Automation.ErrorRecord'
						: 'System.RuntimeType';
}

const shortTypes: Readonly<Record<string, string>> = {
	string: 'System.String',
	int: 'System.Int32',
	int32: 'System.Int32',
	int64: 'System.Int64',
	long: 'System.Int64',
	double: 'System.Double',
	float: 'System.Single',
	bool: 'System.Boolean',
	switch: 'System.Management.Automation.SwitchParameter',
	array: 'System.Array',
	'object[]': 'System.Object[]',
	hashtable: 'System.Collections.Hashtable',
	datetime: 'System.DateTime',
	timespan: 'System.TimeSpan',
	scriptblock: 'System.Management.Automation.ScriptBlock',
	pscustomobject: customType,
	nullstring: 'System.Management.Automation.Language.NullString',
};

/** `int` is `System.Int32`, `IO.File` is `System.IO.File`. */
export function fullName(name: string): string {
	return shortTypes[name.toLowerCase()] ?? (/^system\./i.test(name) ? name : `System.${name}`);
}
