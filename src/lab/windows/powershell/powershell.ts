import {isInstalled} from '../features.js';
import type {WindowsProcess} from '../process.js';
import {bind, Call, type Cmdlet, findParameter, type Given} from './cmdlet.js';
import {callMethod, propertyOf, setStaticMember, staticMember} from './members.js';
import {convert, equals, type Matched, operate, operateOne} from './operators.js';
import {readScript} from './reader.js';
import {
	type Argument,
	type Block,
	type Command,
	type Expression,
	NotSimulated,
	ParseFailure,
	type PipelineElement,
	type Redirection,
	type Span,
	type Statement,
} from './syntax.js';
import {
	collected,
	ErrorRecord,
	fail,
	isTrue,
	PsBlock,
	PsError,
	PsHash,
	PsObject,
	PsType,
	toList,
	toNumber,
	toText,
	type Value,
} from './value.js';

type Emit = (value: Value) => Promise<void>;

/** A program that is no cmdlet: `ipconfig`. Returns its exit code; what it prints is text with its own line ends. */
export type Native = (args: readonly string[], io: NativeIo) => Promise<number>;

export type NativeIo = {
	readonly process: WindowsProcess;
	out(text: string): Promise<void>;
	err(text: string): Promise<void>;
};

/** What a PowerShell process finds on its host. */
export type Commands = {
	readonly cmdlets: ReadonlyMap<string, Cmdlet>;
	readonly natives: ReadonlyMap<string, Native>;
	/** Lower case, to the cmdlet that they stand for. */
	readonly aliases: Readonly<Record<string, string>>;
};

/** Where results end up that nobody takes. */
export type Display = {
	/** An object, formatted as the console does. */
	show(value: Value): Promise<void>;
	/** Everything that is held back to be formatted together. */
	flush(): Promise<void>;
	error(record: ErrorRecord): Promise<void>;
	message(stream: 'warning' | 'verbose' | 'debug', text: string): Promise<void>;
};

/** Ends everything: `exit 3`. */
class Exit {
	readonly code: number;

	constructor(code: number) {
		this.code = code;
	}
}

class Jump {
	readonly how: 'break' | 'continue' | 'return';

	constructor(how: 'break' | 'continue' | 'return') {
		this.how = how;
	}
}

class Scope {
	readonly variables = new Map<string, Value>();
	readonly functions = new Map<string, PsBlock>();
	readonly parent: Scope | undefined;

	constructor(parent: Scope | undefined) {
		this.parent = parent;
	}

	get top(): Scope {
		return this.parent?.top ?? this;
	}

	holder(name: string): Scope | undefined {
		return this.variables.has(name) ? this : this.parent?.holder(name);
	}

	function(name: string): PsBlock | undefined {
		return this.functions.get(name) ?? this.parent?.function(name);
	}
}

/** Where a piece of script runs. */
type Frame = {
	readonly scope: Scope;
	readonly source: string;
	/** An error inside belongs to a `catch`: it does not end at its statement. */
	readonly caught: boolean;
	/** Takes the errors that a redirection leads away. */
	readonly errors: ((record: ErrorRecord) => Promise<void>) | undefined;
};

/** So many rounds of loops cost so much world time: one that only spins gets nowhere, but its hour passes. */
const roundsPerPause = 1000;
const pauseMs = 100;

/**
One powershell.exe at work. It knows the part of the language that runbooks use; for the rest it throws NotSimulated, which
no `catch` of a script sees.
*/
export class PowerShell {
	readonly process: WindowsProcess;
	readonly display: Display;
	readonly commands: Commands;
	readonly #global = new Scope(undefined);
	#succeeded = true;
	#lastExitCode: number | undefined;
	#errors: Value[] = [];
	#rounds = 0;

	constructor(process: WindowsProcess, commands: Commands, display: Display) {
		this.process = process;
		this.commands = commands;
		this.display = display;
		for (const [name, value] of Object.entries({
			erroractionpreference: 'Continue',
			progresspreference: 'Continue',
			warningpreference: 'Continue',
			verbosepreference: 'SilentlyContinue',
			informationpreference: 'SilentlyContinue',
			pid: process.io.processId,
			home: process.home,
			psversiontable: versionTable(),
		})) {
			this.#global.variables.set(name, value);
		}
	}

	/** Runs a whole script as `powershell -Command` does. Returns the exit code; rejects with NotSimulated. */
	async run(source: string): Promise<number> {
		try {
			const block = await this.compile(source);
			const frame = {scope: this.#global, source: block.source, caught: false, errors: undefined};
			await this.#statements(block.block, frame, this.#shown);
			await this.display.flush();
			return this.#succeeded ? 0 : 1;
		} catch (thrown) {
			if (thrown instanceof Exit) {
				await this.display.flush();
				return thrown.code;
			}
			if (thrown instanceof PsError) {
				await this.display.error(thrown.record);
				return 1;
			}
			if (thrown instanceof Jump) {
				return 0;
			}
			throw thrown;
		}
	}

	/** Throws a PsError for what PowerShell cannot read. */
	async compile(source: string): Promise<PsBlock> {
		const text = source.replaceAll('\r\n', '\n');
		try {
			return new PsBlock(readScript(text), text);
		} catch (error) {
			if (!(error instanceof ParseFailure)) {
				throw error;
			}
			const failure = fail(error.message, {
				category: 'ParserError',
				target: '(:)',
				id: 'UnexpectedToken',
				exception: 'ParentContainsErrorRecordException',
			});
			failure.record.position = positionIn(text, {start: error.at, end: error.at + 1});
			throw failure;
		}
	}

	/** `$?` after a cmdlet that went on after an error is false. */
	noteFailure(): void {
		this.#succeeded = false;
	}

	variable(name: string): Value {
		return this.#global.holder(name.toLowerCase())?.variables.get(name.toLowerCase()) ?? null;
	}

	/** For `Test-Path Variable:x` and `Get-Variable`. */
	hasVariable(name: string): boolean {
		const lower = name.toLowerCase();
		return lower === 'lastexitcode' ? this.#lastExitCode !== undefined : this.#global.holder(lower) !== undefined;
	}

	hasCommand(name: string): boolean {
		const lower = name.toLowerCase();
		return (
			this.#cmdlet(lower) !== undefined ||
			this.#native(lower) !== undefined ||
			this.#global.function(lower) !== undefined
		);
	}

	async #statements(block: Block, frame: Frame, emit: Emit): Promise<void> {
		for (const statement of block.statements) {
			try {
				await this.#statement(statement, frame, emit);
			} catch (thrown) {
				if (!(thrown instanceof PsError)) {
					throw thrown;
				}
				const {record} = thrown;
				record.position ??= positionIn(frame.source, statement);
				this.#succeeded = false;
				if (frame.caught || thrown.endsScript || this.#preference(frame) === 'stop') {
					throw thrown;
				}
				await this.#tell(record, frame);
			}
		}
	}

	/** `Set-Variable` outside of functions, where scripts use it. */
	setGlobal(name: string, value: Value): void {
		this.#global.variables.set(name.toLowerCase(), value);
	}

	#preference({scope}: Frame): string {
		return toText(this.#read('erroractionpreference', scope) ?? null).toLowerCase();
	}

	async #tell(record: ErrorRecord, frame: Frame): Promise<void> {
		this.#errors.unshift(record);
		if (/^(?:silentlycontinue|ignore)$/.test(this.#preference(frame))) {
			return;
		}
		await (frame.errors ?? (told => this.display.error(told)))(record);
	}

	async #statement(statement: Statement, frame: Frame, emit: Emit): Promise<void> {
		switch (statement.kind) {
			case 'pipeline':
				return this.#pipeline(statement.elements, frame, emit);
			case 'assign':
				return this.#assign(statement.target, statement.operator, await this.#collect(statement.value, frame), frame);
			case 'if': {
				for (const {condition, body} of statement.branches) {
					if (isTrue(await this.#collect(condition, frame))) {
						return this.#statements(body, frame, emit);
					}
				}
				return statement.otherwise && this.#statements(statement.otherwise, frame, emit);
			}
			case 'while':
				while (
					isTrue(await this.#collect(statement.condition, frame)) &&
					(await this.#round(statement.body, frame, emit))
				) {}
				return;
			case 'do':
				while (
					(await this.#round(statement.body, frame, emit)) &&
					isTrue(await this.#collect(statement.condition, frame)) !== statement.until
				) {}
				return;
			case 'for': {
				const {first, condition, next, body} = statement;
				const again = async () => condition === undefined || isTrue(await this.#collect(condition, frame));
				for (
					first && (await this.#statement(first, frame, ignore));
					(await again()) && (await this.#round(body, frame, emit));
					next && (await this.#statement(next, frame, ignore))
				) {}
				return;
			}
			case 'foreach':
				for (const item of toList(await this.#collect(statement.over, frame))) {
					frame.scope.variables.set(statement.variable.toLowerCase(), item);
					if (!(await this.#round(statement.body, frame, emit))) {
						return;
					}
				}
				return;
			case 'switch':
				return this.#switch(statement, frame, emit);
			case 'try':
				return this.#try(statement, frame, emit);
			case 'function':
				frame.scope.functions.set(statement.name.toLowerCase(), new PsBlock(statement.body, frame.source));
				return;
			case 'leave':
				return this.#leave(statement, frame, emit);
			case 'jump':
				throw new Jump(statement.how);
		}
	}

	/** One round of a loop. False: `break`. */
	async #round(body: Block, frame: Frame, emit: Emit): Promise<boolean> {
		this.#rounds += 1;
		if (this.#rounds % roundsPerPause === 0) {
			await this.process.io.sleep(pauseMs);
		}
		try {
			await this.#statements(body, frame, emit);
			return true;
		} catch (thrown) {
			if (thrown instanceof Jump && thrown.how !== 'return') {
				return thrown.how === 'continue';
			}
			throw thrown;
		}
	}

	async #switch(statement: Extract<Statement, {kind: 'switch'}>, frame: Frame, emit: Emit): Promise<void> {
		for (const item of toList(await this.#collect(statement.over, frame))) {
			let found = false;
			for (const {when, body} of statement.cases) {
				if (when !== 'default' && when.kind === 'block') {
					throw new NotSimulated('A condition of `switch` that is a script block');
				}
				const isIt = when === 'default' ? !found : equals(item, await this.#value(when, frame));
				if (isIt) {
					found = true;
					frame.scope.variables.set('_', item);
					if (!(await this.#round(body, frame, emit))) {
						return;
					}
				}
			}
		}
	}

	async #try(statement: Extract<Statement, {kind: 'try'}>, frame: Frame, emit: Emit): Promise<void> {
		const {body, catches} = statement;
		try {
			await this.#statements(body, catches === undefined ? frame : {...frame, caught: true}, emit);
		} catch (thrown) {
			if (!(thrown instanceof PsError) || catches === undefined) {
				throw thrown;
			}
			this.#errors.unshift(thrown.record);
			frame.scope.variables.set('_', thrown.record);
			await this.#statements(catches, frame, emit);
		} finally {
			if (statement.finally !== undefined) {
				await this.#statements(statement.finally, frame, emit);
			}
		}
	}

	async #leave({how, value, ...span}: Extract<Statement, {kind: 'leave'}>, frame: Frame, emit: Emit): Promise<never> {
		switch (how) {
			case 'return':
				if (value !== undefined) {
					await this.#statement(value, frame, emit);
				}
				throw new Jump('return');
			case 'exit':
				throw new Exit(value === undefined ? 0 : toNumber(await this.#collect(value, frame)));
			case 'throw': {
				const what = value === undefined ? null : await this.#collect(value, frame);
				const record =
					what instanceof ErrorRecord
						? what
						: new ErrorRecord({
								message: what === null ? 'ScriptHalted' : toText(what),
								category: 'OperationStopped',
								target: `(${toText(what)}:String)`,
								id: what === null ? 'ScriptHalted' : toText(what),
							});
				record.position ??= positionIn(frame.source, span);
				throw new PsError(record, true);
			}
		}
	}

	async #collect(statement: Statement, frame: Frame): Promise<Value> {
		// A lone expression keeps what it is: an array of one stays one
		if (statement.kind === 'pipeline' && statement.elements.length === 1) {
			const [element] = statement.elements;
			if (element?.kind === 'expression' && element.redirections.length === 0) {
				const value = await this.#value(element.expression, frame);
				this.#succeeded = true;
				return value;
			}
		}
		const values: Value[] = [];
		await this.#statement(statement, frame, async value => {
			values.push(value);
		});
		return collected(values);
	}

	async #pipeline(elements: readonly PipelineElement[], frame: Frame, emit: Emit): Promise<void> {
		let input: Value[] | undefined;
		for (const [index, element] of elements.entries()) {
			const isLast = index === elements.length - 1;
			const values: Value[] = [];
			const next: Emit = isLast
				? emit
				: async value => {
						values.push(value);
					};
			await this.#element(element, input, frame, next, isLast);
			input = values;
		}
	}

	async #element(
		element: PipelineElement,
		input: readonly Value[] | undefined,
		frame: Frame,
		emit: Emit,
		isLast: boolean,
	): Promise<void> {
		const {redirections} = element;
		if (element.kind === 'expression') {
			const {expression} = element;
			const value = await this.#value(expression, frame);
			const isQuiet = expression.kind === 'step';
			this.#succeeded = true;
			return isQuiet ? undefined : this.#redirected(redirections, frame, emit, (_, to) => enumerate(value, to));
		}
		return this.#redirected(redirections, frame, emit, (inner, to) =>
			this.#command(element, input, inner, to, isLast && redirections.length === 0),
		);
	}

	/** Leads the streams of `body` where the redirections say. */
	async #redirected(
		redirections: readonly Redirection[],
		frame: Frame,
		emit: Emit,
		body: (frame: Frame, emit: Emit) => Promise<void>,
	): Promise<void> {
		let [inner, to] = [frame, emit];
		const files: Array<() => Promise<void>> = [];
		for (const {stream, append, to: target} of redirections) {
			const sink = await this.#sink(target, append, frame, emit, files);
			if (stream !== 'err') {
				to = sink;
			}
			if (stream !== 'out') {
				const mergesInto = target === undefined ? (value: Value) => to(value) : sink;
				inner = {...inner, errors: record => mergesInto(record)};
			}
		}
		try {
			await body(inner, to);
		} finally {
			for (const write of files) {
				await write();
			}
		}
	}

	/** `$null` takes everything; a file gets its lines at the end, in UTF-16 as `Out-File` writes it. */
	async #sink(
		target: Expression | undefined,
		append: boolean,
		frame: Frame,
		emit: Emit,
		files: Array<() => Promise<void>>,
	): Promise<Emit> {
		if (target === undefined) {
			return emit;
		}
		const path = await this.#value(target, frame);
		if (path === null) {
			return ignore;
		}
		const lines: string[] = [];
		files.push(async () => {
			const {files: store} = this.process;
			const old = append && (await store.exists(toText(path))) ? await store.readText(toText(path)) : '';
			const bytes = Buffer.from(`\uFEFF${old}${lines.map(line => `${line}\r\n`).join('')}`, 'utf16le');
			await store.write(toText(path), bytes);
		});
		return async value => {
			lines.push(value instanceof ErrorRecord ? value.lines.join('\r\n') : toText(value));
		};
	}

	async #command(
		command: Command,
		input: readonly Value[] | undefined,
		frame: Frame,
		emit: Emit,
		isShown: boolean,
	): Promise<void> {
		const called = await this.#value(command.name, frame);
		try {
			if (called instanceof PsBlock) {
				const given = await this.#given(command.arguments, frame, () => false);
				return await this.#invoke(called, given, input, frame, emit, command.dot);
			}
			await this.#commandNamed(toText(called), command, input, frame, emit, isShown);
		} catch (thrown) {
			if (thrown instanceof PsError) {
				thrown.record.position ??= positionIn(frame.source, command);
			}
			throw thrown;
		}
	}

	async #commandNamed(
		name: string,
		command: Command,
		input: readonly Value[] | undefined,
		frame: Frame,
		emit: Emit,
		isShown: boolean,
	): Promise<void> {
		const own = frame.scope.function(name.toLowerCase());
		if (own !== undefined) {
			const switches = new Set(
				own.block.parameters.filter(({isSwitch}) => isSwitch).map(each => each.name.toLowerCase()),
			);
			const given = await this.#given(command.arguments, frame, parameter => switches.has(parameter.toLowerCase()));
			return this.#invoke(own, given, input, frame, emit, command.dot);
		}
		const cmdlet = this.#cmdlet(name.toLowerCase());
		if (cmdlet !== undefined) {
			return this.#runCmdlet(cmdlet, command, input, frame, emit);
		}
		const native = this.#native(name.toLowerCase());
		if (native !== undefined) {
			return this.#runNative(native, name, command, frame, emit, isShown);
		}
		if (/\.ps1$/i.test(name) && (await this.process.files.exists(name))) {
			const script = await this.compile(await this.process.files.readText(name));
			return this.#invoke(
				script,
				await this.#given(command.arguments, frame, () => false),
				input,
				frame,
				emit,
				command.dot,
			);
		}
		throw fail(
			`The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of the name, or if a path was included, verify that the path is correct and try again.`,
			{
				activity: name,
				category: 'ObjectNotFound',
				target: `(${name}:String)`,
				within: '',
				id: 'CommandNotFoundException',
				exception: 'CommandNotFoundException',
			},
		);
	}

	#cmdlet(name: string): Cmdlet | undefined {
		const found =
			this.commands.cmdlets.get(name) ?? this.commands.cmdlets.get((this.commands.aliases[name] ?? '').toLowerCase());
		return found?.feature === undefined || isInstalled(this.process.host, found.feature) ? found : undefined;
	}

	/** With its folder or without, with `.exe` or without. */
	#native(name: string): Native | undefined {
		return this.commands.natives.get(name.replace(/^.*[\\/]/, '').replace(/\.exe$/, ''));
	}

	/** Names and values as they stand; a parameter that is no switch takes the value behind it. */
	async #given(given: readonly Argument[], frame: Frame, isSwitch: (parameter: string) => boolean): Promise<Given> {
		const named: Array<{name: string; value: Value | undefined}> = [];
		const positional: Value[] = [];
		for (let index = 0; index < given.length; index += 1) {
			const argument = given[index];
			switch (argument?.kind) {
				case 'value':
					positional.push(await this.#value(argument.value, frame));
					break;
				case 'splat': {
					const splat = this.#read(argument.name.toLowerCase(), frame.scope) ?? null;
					if (splat instanceof PsHash) {
						named.push(...splat.entries().map(({key, value}) => ({name: toText(key), value})));
					} else {
						positional.push(...toList(splat));
					}
					break;
				}
				case 'parameter': {
					const {name, value} = argument;
					const next = given[index + 1];
					if (value !== undefined) {
						named.push({name, value: await this.#value(value, frame)});
					} else if (isSwitch(name) || next?.kind !== 'value') {
						named.push({name, value: undefined});
					} else {
						named.push({name, value: await this.#value(next.value, frame)});
						index += 1;
					}
				}
			}
		}
		return {named, positional};
	}

	async #runCmdlet(
		cmdlet: Cmdlet,
		command: Command,
		input: readonly Value[] | undefined,
		frame: Frame,
		emit: Emit,
	): Promise<void> {
		const isSwitch = (name: string) => findParameter(cmdlet.parameters, name)?.isSwitch ?? false;
		const given = bind(cmdlet, await this.#given(command.arguments, frame, isSwitch));
		this.#succeeded = true;
		const call = new Call(cmdlet.name, given, {
			shell: this,
			input,
			emit,
			invoke: (block, item, to) => this.#invokeFor(block, item, frame, to),
			report: async (record, asked) => {
				record.position ??= positionIn(frame.source, command);
				const preference = (asked ?? this.#preference(frame)).toLowerCase();
				this.#succeeded = false;
				if (preference === 'stop') {
					throw new PsError(record, true);
				}
				if (preference !== 'silentlycontinue' && preference !== 'ignore') {
					await this.#tell(record, frame);
				}
			},
		});
		try {
			await this.#strike(cmdlet.name, [...given.values()].map(toText));
			await cmdlet.run(call);
		} catch (thrown) {
			const asked = call.text('ErrorAction')?.toLowerCase();
			if (thrown instanceof PsError && !thrown.endsScript && asked !== undefined && asked !== 'stop') {
				this.#succeeded = false;
				if (asked === 'continue') {
					thrown.record.position ??= positionIn(frame.source, command);
					await this.#tell(thrown.record, frame);
				}
				return;
			}
			throw thrown;
		}
	}

	/** What a fault of the lab makes of a cmdlet. */
	async #strike(name: string, words: readonly string[]): Promise<void> {
		const strike = this.process.io.strike(name, words);
		switch (strike?.kind) {
			case undefined:
			case 'before': // Nobody types on a Windows host of the catalogue
			case 'instead':
				return;
			case 'answer':
				throw fail(strike.err.trim());
			case 'hang':
				await this.process.io.sleep(Number.POSITIVE_INFINITY);
				return;
			case 'mishap':
				await strike.over;
				// Whoever lost power meanwhile is not heard of again
				await this.process.io.sleep(0);
		}
	}

	async #runNative(
		native: Native,
		name: string,
		command: Command,
		frame: Frame,
		emit: Emit,
		isShown: boolean,
	): Promise<void> {
		const args: string[] = [];
		for (const argument of command.arguments) {
			args.push(...(await this.#nativeArguments(argument, frame)));
		}
		await this.display.flush();
		const isDirect = isShown && emit === this.#shown;
		const printed = {out: '', err: ''};
		const io: NativeIo = {
			process: this.process,
			out: async text => {
				if (isDirect) {
					await this.process.writeNative('out', text);
				} else {
					printed.out += text;
				}
			},
			err: async text => {
				if (frame.errors === undefined) {
					await this.process.writeNative('err', text);
				} else {
					printed.err += text;
				}
			},
		};
		this.#lastExitCode = await native(args, io);
		this.#succeeded = this.#lastExitCode === 0;
		for (const line of linesOf(this.process.misread(printed.out))) {
			await emit(line);
		}
		await this.#nativeErrors(name, linesOf(this.process.misread(printed.err)), frame);
	}

	/** Windows PowerShell makes errors of them where they are redirected, and under `Stop` the first one ends the script. */
	async #nativeErrors(name: string, lines: readonly string[], frame: Frame): Promise<void> {
		for (const line of lines) {
			const record = new ErrorRecord({
				message: line,
				activity: name,
				target: `(${line}:String)`,
				id: 'NativeCommandError',
				exception: 'RemoteException',
			});
			this.#succeeded = false;
			if (this.#preference(frame) === 'stop') {
				throw new PsError(record, true);
			}
			await frame.errors?.(record);
		}
	}

	async #nativeArguments(argument: Argument, frame: Frame): Promise<readonly string[]> {
		switch (argument.kind) {
			case 'value':
				return toList(await this.#value(argument.value, frame)).map(toText);
			case 'parameter':
				return [
					argument.value === undefined
						? argument.text
						: `${argument.text}${toText(await this.#value(argument.value, frame))}`,
				];
			case 'splat':
				return toList(this.#read(argument.name.toLowerCase(), frame.scope) ?? null).map(toText);
		}
	}

	/** A function or a block with its parameters; `dot`: in the caller's own scope. */
	async #invoke(
		{block, source}: PsBlock,
		given: Given,
		input: readonly Value[] | undefined,
		frame: Frame,
		emit: Emit,
		dot: boolean,
	): Promise<void> {
		if (this.process.io.hangs && source !== frame.source) {
			await this.process.io.sleep(Number.POSITIVE_INFINITY); // The fault: what was sent never ends
		}
		const scope = dot ? frame.scope : new Scope(frame.scope);
		const inner = {...frame, scope, source};
		const positional = [...given.positional];
		for (const {name, type, byDefault, isSwitch} of block.parameters) {
			const named = given.named.find(each => name.toLowerCase().startsWith(each.name.toLowerCase()));
			const byPlace = isSwitch || named !== undefined ? undefined : positional.shift();
			const value = named === undefined ? byPlace : (named.value ?? true);
			const unset = async () => (byDefault === undefined ? (isSwitch ? false : null) : this.#value(byDefault, inner));
			const wanted = value === undefined ? await unset() : value;
			scope.variables.set(name.toLowerCase(), type === undefined ? wanted : convert(wanted, type));
		}
		scope.variables.set('args', positional);
		if (input !== undefined) {
			scope.variables.set('input', [...input]);
		}
		try {
			await this.#statements(block, inner, emit);
		} catch (thrown) {
			if (!(thrown instanceof Jump && thrown.how === 'return')) {
				throw thrown;
			}
		}
	}

	/** For `ForEach-Object` and `Where-Object`: in the caller's scope, the item being `$_`. */
	async #invokeFor({block, source}: PsBlock, item: Value | undefined, frame: Frame, emit: Emit): Promise<void> {
		if (item !== undefined) {
			frame.scope.variables.set('_', item);
		}
		try {
			await this.#round(block, {...frame, source}, emit);
		} catch (thrown) {
			if (!(thrown instanceof Jump && thrown.how === 'return')) {
				throw thrown;
			}
		}
	}

	/** The emit that shows: a program that writes there writes to the console itself. */
	readonly #shown: Emit = value => this.display.show(value);

	async #value(expression: Expression, frame: Frame): Promise<Value> {
		switch (expression.kind) {
			case 'literal':
				return expression.value;
			case 'text': {
				const values = await this.#each(expression.parts, frame);
				const [only = null] = values;
				return expression.bare && values.length === 1 ? only : values.map(toText).join('');
			}
			case 'variable':
				return this.#readVariable(expression, frame);
			case 'array':
				return this.#each(expression.items, frame);
			case 'subexpression':
				return this.#subexpression(expression, frame);
			case 'hash':
				return this.#hash(expression, frame);
			case 'block':
				return new PsBlock(expression.body, frame.source);
			case 'type':
				return new PsType(expression.name);
			case 'cast':
				return this.#cast(expression, frame);
			case 'unary':
				return operateOne(expression.operator, await this.#value(expression.operand, frame));
			case 'binary':
				return this.#binary(expression, frame);
			case 'step': {
				const before = toNumber(await this.#value(expression.target, frame));
				const after = before + (expression.operator === '++' ? 1 : -1);
				await this.#assign(expression.target, '=', after, frame);
				return expression.prefix ? after : before;
			}
			case 'member':
				return this.#member(expression, frame);
			case 'index':
				return indexed(await this.#value(expression.of, frame), await this.#value(expression.index, frame));
		}
	}

	async #each(parts: ReadonlyArray<string | Expression>, frame: Frame): Promise<Value[]> {
		const values: Value[] = [];
		for (const part of parts) {
			values.push(typeof part === 'string' ? part : await this.#value(part, frame));
		}
		return values;
	}

	async #subexpression({form, body}: Extract<Expression, {kind: 'subexpression'}>, frame: Frame): Promise<Value> {
		const [only] = body.statements;
		if (form === '(' && only !== undefined) {
			const value = await this.#collect(only, frame);
			return only.kind === 'assign' ? this.#value(only.target, frame) : value;
		}
		const values: Value[] = [];
		await this.#statements(body, frame, async value => {
			values.push(value);
		});
		return form === '@' ? values : collected(values);
	}

	async #hash({entries}: Extract<Expression, {kind: 'hash'}>, frame: Frame): Promise<PsHash> {
		const hash = new PsHash();
		for (const {key, value} of entries) {
			hash.set(await this.#value(key, frame), await this.#collect(value, frame));
		}
		return hash;
	}

	async #cast({type, operand}: Extract<Expression, {kind: 'cast'}>, frame: Frame): Promise<Value> {
		const value = await this.#value(operand, frame);
		return /^scriptblock$/i.test(type) && !(value instanceof PsBlock)
			? this.compile(toText(value))
			: convert(value, type);
	}

	async #binary({operator, left, right}: Extract<Expression, {kind: 'binary'}>, frame: Frame): Promise<Value> {
		const first = await this.#value(left, frame);
		if (operator === '-and' || operator === '-or') {
			return isTrue(first) === (operator === '-or') ? operator === '-or' : isTrue(await this.#value(right, frame));
		}
		const matched: Matched = groups => frame.scope.variables.set('matches', groups);
		return operate(operator, first, await this.#value(right, frame), matched);
	}

	async #member({of, isStatic, name, call}: Extract<Expression, {kind: 'member'}>, frame: Frame): Promise<Value> {
		const member = toText(await this.#value(name, frame));
		const given = call && (await this.#each(call, frame));
		if (isStatic) {
			const type = await this.#value(of, frame);
			await this.display.flush();
			return staticMember(type instanceof PsType ? type.name : toText(type), member, given, this.process.statics(this));
		}
		const value = await this.#value(of, frame);
		if (given === undefined) {
			return propertyOf(value, member);
		}
		const [block] = given;
		if (block instanceof PsBlock && /^(?:foreach|where)$/i.test(member)) {
			throw new NotSimulated(`The method .${member}()`);
		}
		return callMethod(value, member, given);
	}

	#read(name: string, scope: Scope): Value | undefined {
		return scope.holder(name)?.variables.get(name);
	}

	#readVariable({scope, name}: Extract<Expression, {kind: 'variable'}>, frame: Frame): Value {
		const lower = name.toLowerCase();
		switch (scope) {
			case 'env':
				return this.process.environment.get(lower) ?? null;
			case 'global':
				return this.#automatic(lower) ?? this.#global.variables.get(lower) ?? null;
			case undefined:
			case 'script':
			case 'local':
			case 'private':
				return this.#automatic(lower) ?? this.#read(lower, frame.scope) ?? null;
		}
		throw new NotSimulated(`The drive ${scope}:`);
	}

	#automatic(name: string): Value | undefined {
		switch (name) {
			case 'true':
				return true;
			case 'false':
				return false;
			case '?':
				return this.#succeeded;
			case 'lastexitcode':
				return this.#lastExitCode;
			case 'error':
				return this.#errors;
			case 'pwd':
				return this.process.folder;
			case 'psitem':
				return this.#global.holder('_')?.variables.get('_');
			case 'input':
			case 'host':
			case 'profile':
				throw new NotSimulated(`The variable $${name}`);
		}
		return undefined;
	}

	async #assign(target: Expression, operator: string, value: Value, frame: Frame): Promise<void> {
		const set =
			operator === '=' ? value : operate(operator.slice(0, -1), await this.#value(target, frame), value, () => {});
		this.#succeeded = true;
		switch (target.kind) {
			case 'variable':
				return this.#setVariable(target, set, frame);
			case 'cast':
				return this.#assign(target.operand, '=', convert(set, target.type), frame);
			case 'member':
				return this.#setMember(target, set, frame);
			case 'index':
				return setIndexed(await this.#value(target.of, frame), await this.#value(target.index, frame), set);
			case 'array': {
				const values = toList(set);
				for (const [index, item] of target.items.entries()) {
					const isLast = index === target.items.length - 1;
					await this.#assign(item, '=', isLast ? collected(values.slice(index)) : (values[index] ?? null), frame);
				}
				return;
			}
		}
		throw new NotSimulated(`Assigning to ${frame.source.slice(target.start, target.end)}`);
	}

	#setVariable({scope, name}: Extract<Expression, {kind: 'variable'}>, value: Value, frame: Frame): void {
		const lower = name.toLowerCase();
		if (scope === 'env') {
			if (toText(value).length > 32_766) {
				throw fail('Exception setting "Value": "Environment variable name or value is too long."', {
					category: 'InvalidArgument',
					id: 'ArgumentException',
				});
			}
			this.process.setEnvironment(name, toText(value));
		} else if (lower === 'lastexitcode') {
			this.#lastExitCode = toNumber(value);
		} else if (/^(?:true|false|null)$/.test(lower)) {
			if (lower !== 'null') {
				throw fail(`Cannot overwrite variable ${name} because it is read-only or constant.`, {
					category: 'WriteError',
					id: 'VariableNotWritable',
				});
			}
		} else {
			(scope === 'global' || scope === 'script' ? this.#global : frame.scope).variables.set(lower, value);
		}
	}

	async #setMember(target: Extract<Expression, {kind: 'member'}>, value: Value, frame: Frame): Promise<void> {
		const of = await this.#value(target.of, frame);
		const name = toText(await this.#value(target.name, frame));
		if (target.isStatic) {
			return setStaticMember(of instanceof PsType ? of.name : toText(of), name, value, this.process.statics(this));
		}
		if (of instanceof PsHash) {
			of.set(name, value);
		} else if (!(of instanceof PsObject) || !of.set(name, value)) {
			throw fail(
				`The property '${name}' cannot be found on this object. Verify that the property exists and can be set.`,
				{category: 'InvalidOperation', id: 'PropertyNotFound'},
			);
		}
	}
}

async function enumerate(value: Value, emit: Emit): Promise<void> {
	if (value === null) {
		return;
	}
	for (const item of Array.isArray(value) || value instanceof Uint8Array ? toList(value) : [value]) {
		await emit(item);
	}
}

function indexed(of: Value, index: Value): Value {
	if (Array.isArray(index)) {
		return index.map(each => indexed(of, each));
	}
	if (of instanceof PsHash) {
		return of.get(index);
	}
	if (of === null) {
		throw fail('Cannot index into a null array.', {category: 'InvalidOperation', id: 'NullArray'});
	}
	const items = typeof of === 'string' ? [...of] : toList(of);
	const at = toNumber(index);
	return items[at < 0 ? items.length + at : at] ?? null;
}

function setIndexed(of: Value, index: Value, value: Value): void {
	if (of instanceof PsHash) {
		of.set(index, value);
		return;
	}
	const at = toNumber(index);
	if (!Array.isArray(of) || at < 0 || at >= of.length) {
		throw fail('Index was outside the bounds of the array.', {
			category: 'OperationStopped',
			id: 'IndexOutOfRangeException',
		});
	}
	of[at] = value;
}

/** > | At line:3 char:5 … */
function positionIn(source: string, {start, end}: Span): string {
	const before = source.slice(0, start);
	const line = before.split('\n').length;
	const column = start - (before.lastIndexOf('\n') + 1);
	const text = source.split('\n')[line - 1] ?? '';
	const length = Math.max(1, Math.min(end - start, text.length - column));
	return `At line:${line} char:${column + 1}\n+ ${text}\n+ ${' '.repeat(column)}${'~'.repeat(length)}`;
}

function linesOf(text: string): readonly string[] {
	const lines = text.split(/\r?\n/);
	return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function versionTable(): PsHash {
	const table = new PsHash();
	table.set('PSVersion', new PsObject('System.Version', {Major: 5, Minor: 1, Build: 17763}, {text: '5.1.17763.1'}));
	table.set('PSEdition', 'Desktop');
	return table;
}

async function ignore(): Promise<void> {
	// `$null` takes it
}
