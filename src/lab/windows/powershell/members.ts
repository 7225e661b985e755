import {createHash} from 'node:crypto';
import {formatOne} from './operators.js';
import {NotSimulated} from './syntax.js';
import {
	ErrorRecord,
	fail,
	fullTypeName,
	type PsBlock,
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

/** `$x.Name`; null where there is none, as in PowerShell. */
export function propertyOf(of: Value, name: string): Value {
	const own = ownProperty(of, name);
	if (own !== undefined) {
		return own;
	}
	// > | (Get-Service).Name      of every item
	if (Array.isArray(of)) {
		const values = of.flatMap(item => toList(propertyOf(item, name)));
		return values.length > 1 ? values : (values[0] ?? null);
	}
	return /^(?:count|length)$/i.test(name) && !(of instanceof PsObject) ? (of === null ? 0 : 1) : null;
}

function ownProperty(of: Value, name: string): Value | undefined {
	const lower = name.toLowerCase();
	if (of instanceof PsObject) {
		return of.get(name);
	}
	if (of instanceof PsHash) {
		return of.has(name) ? of.get(name) : hashProperty(of, lower);
	}
	if (typeof of === 'string') {
		return lower === 'length' ? of.length : undefined;
	}
	if (Array.isArray(of) || of instanceof Uint8Array) {
		return lower === 'length' || lower === 'count' ? of.length : undefined;
	}
	if (of instanceof PsDate) {
		return dateProperty(of, lower);
	}
	if (of instanceof PsSpan) {
		return spanProperty(of, lower);
	}
	if (of instanceof ErrorRecord) {
		return errorProperty(of, lower);
	}
	if (of instanceof PsType) {
		return lower === 'name' || lower === 'fullname' ? toText(of) : undefined;
	}
	return undefined;
}

function hashProperty(of: PsHash, name: string): Value | undefined {
	switch (name) {
		case 'count':
			return of.entries().length;
		case 'keys':
			return of.entries().map(({key}) => key);
		case 'values':
			return of.entries().map(({value}) => value);
	}
	return undefined;
}

/** 100 ns from the year 1 to 1970. */
const ticksTo1970 = 621_355_968_000_000_000n;
/** The same from 1601. Source: FILETIME. */
const fileTimeTo1970 = 116_444_736_000_000_000n;

function dateProperty({at}: PsDate, name: string): Value | undefined {
	const date = new Date(at);
	switch (name) {
		case 'year':
			return date.getUTCFullYear();
		case 'month':
			return date.getUTCMonth() + 1;
		case 'day':
			return date.getUTCDate();
		case 'hour':
			return date.getUTCHours();
		case 'minute':
			return date.getUTCMinutes();
		case 'second':
			return date.getUTCSeconds();
		case 'millisecond':
			return date.getUTCMilliseconds();
		case 'date':
			return new PsDate(Math.floor(at / 86_400_000) * 86_400_000);
		case 'ticks':
			return Number(BigInt(Math.round(at)) * 10_000n + ticksTo1970);
		case 'dayofweek':
			return formatOne(new PsDate(at), 'dddd');
	}
	return undefined;
}

function spanProperty({ms}: PsSpan, name: string): Value | undefined {
	switch (name) {
		case 'totalmilliseconds':
			return ms;
		case 'totalseconds':
			return ms / 1000;
		case 'totalminutes':
			return ms / 60_000;
		case 'totalhours':
			return ms / 3_600_000;
		case 'totaldays':
			return ms / 86_400_000;
		case 'days':
			return Math.trunc(ms / 86_400_000);
		case 'hours':
			return Math.trunc(ms / 3_600_000) % 24;
		case 'minutes':
			return Math.trunc(ms / 60_000) % 60;
		case 'seconds':
			return Math.trunc(ms / 1000) % 60;
		case 'ticks':
			return ms * 10_000;
	}
	return undefined;
}

function errorProperty(of: ErrorRecord, name: string): Value | undefined {
	switch (name) {
		case 'exception':
			return new PsObject(
				`System.${of.exception}`,
				{Message: of.message},
				{text: `System.${of.exception}: ${of.message}`},
			);
		case 'fullyqualifiederrorid':
			return of.id;
		case 'categoryinfo':
			return of.category;
	}
	return undefined;
}

/** `$x.Method(…)`. Throws a PsError for a method that is not there, NotSimulated for one that PowerShell knows. */
export async function callMethod(of: Value, name: string, given: readonly Value[]): Promise<Value> {
	const lower = name.toLowerCase();
	if (of === null) {
		throw fail('You cannot call a method on a null-valued expression.', {
			category: 'InvalidOperation',
			id: 'InvokeMethodOnNull',
		});
	}
	if (lower === 'tostring') {
		const [how] = given;
		return how === undefined ? toText(of) : formatOne(of, toText(how));
	}
	if (lower === 'gettype') {
		const full = fullTypeName(of);
		return new PsObject('System.RuntimeType', {Name: full.replace(/^.*\./, ''), FullName: full}, {text: full});
	}
	if (of instanceof PsObject) {
		const method = Object.entries(of.methods).find(([known]) => known.toLowerCase() === lower)?.[1];
		if (method !== undefined) {
			return method(...given);
		}
	}
	const known = knownMethod(of, lower, given);
	if (known !== undefined) {
		return known;
	}
	throw new NotSimulated(`The method ${name} of ${fullTypeName(of)}`);
}

function knownMethod(of: Value, name: string, given: readonly Value[]): Value | undefined {
	if (typeof of === 'string') {
		return textMethod(of, name, given);
	}
	if (of instanceof PsHash) {
		return hashMethod(of, name, given);
	}
	if (of instanceof PsDate) {
		return dateMethod(of, name, given);
	}
	if (Array.isArray(of) && name === 'contains') {
		const [wanted = null] = given;
		return of.includes(wanted);
	}
	return undefined;
}

function textMethod(of: string, name: string, given: readonly Value[]): Value | undefined {
	const [first = null, second] = given;
	const text = toText(first);
	switch (name) {
		case 'tolower':
		case 'tolowerinvariant':
			return of.toLowerCase();
		case 'toupper':
		case 'toupperinvariant':
			return of.toUpperCase();
		case 'trim':
			return given.length === 0 ? of.trim() : trimmed(of, text, true, true);
		case 'trimstart':
			return given.length === 0 ? of.trimStart() : trimmed(of, text, true, false);
		case 'trimend':
			return given.length === 0 ? of.trimEnd() : trimmed(of, text, false, true);
		case 'startswith':
			return of.startsWith(text);
		case 'endswith':
			return of.endsWith(text);
		case 'contains':
			return of.includes(text);
		case 'indexof':
			return of.indexOf(text);
		case 'lastindexof':
			return of.lastIndexOf(text);
		case 'replace':
			return of.replaceAll(text, toText(second ?? null));
		case 'split':
			return of.split(text.length === 1 ? text : new RegExp(`[${text.replaceAll(/[\\\]^-]/g, '\\$&')}]`));
		case 'substring':
			return second === undefined
				? of.slice(toNumber(first))
				: of.slice(toNumber(first), toNumber(first) + toNumber(second));
		case 'padleft':
			return of.padStart(toNumber(first), second === undefined ? ' ' : toText(second));
		case 'padright':
			return of.padEnd(toNumber(first), second === undefined ? ' ' : toText(second));
		case 'tochararray':
			return [...of];
	}
	return undefined;
}

function trimmed(text: string, units: string, start: boolean, end: boolean): string {
	let [from, to] = [0, text.length];
	while (start && from < to && units.includes(text.charAt(from))) {
		from += 1;
	}
	while (end && to > from && units.includes(text.charAt(to - 1))) {
		to -= 1;
	}
	return text.slice(from, to);
}

function hashMethod(of: PsHash, name: string, given: readonly Value[]): Value | undefined {
	const [key = null, value = null] = given;
	switch (name) {
		case 'contains':
		case 'containskey':
			return of.has(key);
		case 'add':
			of.set(key, value);
			return null;
		case 'remove':
			of.delete(key);
			return null;
		case 'getenumerator':
			return of
				.entries()
				.map(
					entry =>
						new PsObject('System.Collections.DictionaryEntry', {Name: entry.key, Key: entry.key, Value: entry.value}),
				);
	}
	return undefined;
}

function dateMethod(of: PsDate, name: string, given: readonly Value[]): Value | undefined {
	const [first = null] = given;
	const units: Readonly<Record<string, number>> = {
		addmilliseconds: 1,
		addseconds: 1000,
		addminutes: 60_000,
		addhours: 3_600_000,
		adddays: 86_400_000,
	};
	const unit = units[name];
	if (unit !== undefined) {
		return new PsDate(of.at + toNumber(first) * unit);
	}
	switch (name) {
		case 'touniversaltime':
		case 'tolocaltime':
			return of;
		case 'tofiletimeutc':
		case 'tofiletime':
			return Number(BigInt(Math.round(of.at)) * 10_000n + fileTimeTo1970);
	}
	return undefined;
}

/** What the static members of types need of the process that they stand in. */
export type Statics = {
	readLine(): Promise<string | null>;
	readToEnd(): Promise<string>;
	write(stream: 'out' | 'err', text: string): Promise<void>;
	setEncoding(label: string): void;
	now(): number;
	readonly computerName: string;
	readonly version: string;
	environment(name: string): string | undefined;
	readBytes(path: string): Promise<Uint8Array>;
	writeBytes(path: string, bytes: Uint8Array): Promise<void>;
	exists(path: string): Promise<boolean>;
	/** `over`: an older file there may be replaced. */
	move(from: string, to: string, over: boolean): Promise<void>;
	compile(source: string): Promise<PsBlock>;
};

/** `[Type]::Name`, or `[Type]::Name(…)` where `given` is there. */
export async function staticMember(
	type: string,
	name: string,
	given: readonly Value[] | undefined,
	process: Statics,
): Promise<Value> {
	const [first = null, second = null] = given ?? [];
	const path = `${type.toLowerCase().replace(/^system\./, '')}::${name.toLowerCase()}${given === undefined ? '' : '()'}`;
	const text = toText(first);
	switch (path) {
		case 'console::out':
			return writer('out', process);
		case 'console::error':
			return writer('err', process);
		case 'console::writeline()':
			await process.write('out', `${text}\r\n`);
			return null;
		case 'console::in':
			return new PsObject(
				'System.IO.TextReader',
				{},
				{methods: {ReadLine: () => process.readLine(), ReadToEnd: () => process.readToEnd()}},
			);
		case 'convert::frombase64string()':
			return fromBase64(text);
		case 'convert::tobase64string()':
			return Buffer.from(first instanceof Uint8Array ? first : []).toString('base64');
		case 'text.encoding::utf8':
			return encoding('utf-8');
		case 'text.encoding::unicode':
			return encoding('utf-16le');
		case 'text.encoding::ascii':
			return encoding('ascii');
		case 'text.encoding::default':
			return encoding('utf-8');
		case 'text.encoding::getencoding()':
			return encoding(text === '932' ? 'shift_jis' : text === '65001' ? 'utf-8' : text);
		case 'security.cryptography.sha256::create()':
			return new PsObject(
				'System.Security.Cryptography.SHA256',
				{},
				{methods: {ComputeHash: bytes => sha256(bytes ?? null)}},
			);
		case 'bitconverter::tostring()':
			return Buffer.from(first instanceof Uint8Array ? first : [])
				.toString('hex')
				.toUpperCase()
				.replaceAll(/..(?!$)/g, '$&-');
		case 'scriptblock::create()':
			return process.compile(text);
		case 'environment::machinename':
			return process.computerName.toUpperCase();
		case 'environment::osversion':
			return new PsObject('System.OperatingSystem', {Version: process.version});
		case 'environment::newline':
			return '\r\n';
		case 'environment::getenvironmentvariable()':
			return process.environment(text) ?? null;
		case 'datetime::utcnow':
		case 'datetime::now':
			return new PsDate(process.now());
		case 'math::floor()':
			return Math.floor(toNumber(first));
		case 'math::ceiling()':
			return Math.ceil(toNumber(first));
		case 'math::round()':
			return Number(toNumber(first).toFixed(toNumber(second)));
		case 'math::max()':
			return Math.max(toNumber(first), toNumber(second));
		case 'math::min()':
			return Math.min(toNumber(first), toNumber(second));
		case 'math::abs()':
			return Math.abs(toNumber(first));
		case 'string::isnullorempty()':
			return text === '';
		case 'string::isnullorwhitespace()':
			return text.trim() === '';
		case 'string::join()':
			return toList(second).map(toText).join(text);
		case 'string::empty':
			return '';
		case 'nullstring::value':
		case 'management.automation.language.nullstring::value':
			return null;
		case 'timespan::fromseconds()':
			return new PsSpan(toNumber(first) * 1000);
		case 'timespan::fromminutes()':
			return new PsSpan(toNumber(first) * 60_000);
		case 'guid::newguid()':
			throw new NotSimulated('Chance, `[guid]::NewGuid()`');
		case 'io.file::exists()':
			return process.exists(text);
		case 'io.file::readalltext()':
			return Buffer.from(await process.readBytes(text))
				.toString()
				.replace(/^\uFEFF/, '');
		case 'io.file::readallbytes()':
			return process.readBytes(text);
		case 'io.file::writeallbytes()':
			await process.writeBytes(text, second instanceof Uint8Array ? second : new Uint8Array());
			return null;
		case 'io.file::writealltext()':
			await process.writeBytes(text, Buffer.from(toText(second)));
			return null;
		case 'io.file::move()':
			await process.move(text, toText(second), false);
			return null;
		case 'io.file::replace()':
			if (!(await process.exists(toText(second)))) {
				throw fail(`Exception calling "Replace" with "3" argument(s): "Could not find file '${toText(second)}'."`, {
					id: 'FileNotFoundException',
					exception: 'MethodInvocationException',
				});
			}
			await process.move(text, toText(second), true);
			return null;
		case 'int32::maxvalue':
			return 2 ** 31 - 1;
	}
	throw new NotSimulated(`[${type}]::${name}`);
}

/** `[Type]::Name = value` */
export function setStaticMember(type: string, name: string, value: Value, process: Statics): void {
	if (/^(?:system\.)?console$/i.test(type) && /^outputencoding$/i.test(name) && value instanceof PsObject) {
		process.setEncoding(toText(value.get('WebName') ?? 'utf-8'));
		return;
	}
	throw new NotSimulated(`Setting [${type}]::${name}`);
}

/** What `New-Object Text.UTF8Encoding` and `[Text.Encoding]` give. */
export function encoding(label: string): PsObject {
	const name = label === 'ascii' ? 'us-ascii' : label;
	return new PsObject(
		'System.Text.Encoding',
		{WebName: name},
		{
			methods: {
				GetString: bytes => {
					if (!(bytes instanceof Uint8Array)) {
						throw fail('Exception calling "GetString" with "1" argument(s): "Array cannot be null."', {
							id: 'ArgumentNullException',
							exception: 'MethodInvocationException',
						});
					}
					return new TextDecoder(label).decode(bytes);
				},
				GetBytes: text => new Uint8Array(Buffer.from(toText(text ?? null), label === 'utf-16le' ? 'utf16le' : 'utf8')),
			},
		},
	);
}

function writer(stream: 'out' | 'err', process: Statics): PsObject {
	return new PsObject(
		'System.IO.TextWriter',
		{},
		{
			methods: {
				WriteLine: async text => {
					await process.write(stream, `${toText(text ?? null)}\r\n`);
					return null;
				},
				Write: async text => {
					await process.write(stream, toText(text ?? null));
					return null;
				},
				Flush: () => null,
			},
		},
	);
}

function fromBase64(text: string): Uint8Array {
	const compact = text.replaceAll(/\s/g, '');
	if (!/^[A-Za-z\d+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) {
		throw fail(
			'Exception calling "FromBase64String" with "1" argument(s): "The input is not a valid Base-64 string."',
			{
				id: 'FormatException',
				exception: 'MethodInvocationException',
			},
		);
	}
	return new Uint8Array(Buffer.from(compact, 'base64'));
}

function sha256(value: Value): Uint8Array {
	if (!(value instanceof Uint8Array)) {
		throw fail('Exception calling "ComputeHash" with "1" argument(s): "Buffer cannot be null."', {
			id: 'ArgumentNullException',
			exception: 'MethodInvocationException',
		});
	}
	return new Uint8Array(createHash('sha256').update(value).digest());
}
