import type {HostFiles} from '../machine/host-files.js';
import {type Process, statusOf} from '../process/process.js';
import {readLine} from '../process/read-line.js';
import {BadDescriptor, NullStream, pipe, readAll, type Stream} from '../process/stream.js';
import type {KillResult} from '../process/table.js';
import {elementOf} from './arrays.js';
import {type Builtin, builtins, specialBuiltins} from './builtins.js';
import {evaluate, expandText, expandWords, matchesWord, type WordContext} from './expand.js';
import {pathsMatching} from './glob.js';
import {quoteForTrace} from './quote-for-trace.js';
import {openRedirection, RedirectionFailed} from './redirect.js';
import {ExitShell, LeaveLoop, ReturnFrom, ShellError, type ShellState} from './state.js';
import {
	type Assignment,
	type Command,
	type Conditional,
	type FunctionDefinition,
	type Pipeline,
	type Redirection,
	readScript,
	type SimpleCommand,
	type Statement,
} from './syntax.js';
import {compare, type Testable, unaryTest} from './test-command.js';

/** Something that a process can be: a tool, a platform's command, another shell. */
export type Program = (process: Process, argv: readonly string[]) => Promise<number>;

export type FoundProgram =
	| {readonly kind: 'program'; readonly program: Program; readonly path: string}
	| {readonly kind: 'none'}
	/** It is there and may not run. */
	| {readonly kind: 'refused'; readonly because: string};

/** The host as a shell sees it. */
export type ShellHost = {
	/** For messages: `sh`. */
	readonly shellName: string;
	readonly fs: HostFiles;
	notFound(name: string): string;
	/** As `execvp` looks: a word in PATH, or a path. */
	find(name: string, env: ReadonlyMap<string, string>, cwd: string): Promise<FoundProgram>;
	/** A child that shares nothing with its parent but what `birth` names. */
	start(parent: Process, birth: ChildBirth, body: (process: Process) => Promise<number>): Process;
	/** `by` reaches only his own processes, unless he is root. */
	kill(target: number, signal: string | undefined, by: string): KillResult;
	home(user: string): string;
};

export type ChildBirth = {
	readonly command: string;
	/** Another user than the parent's. */
	readonly user?: string;
	readonly cwd?: string;
	readonly env?: ReadonlyMap<string, string>;
	readonly leads?: 'nothing' | 'group' | 'session';
};

/** So many statements of one shell cost so much world time: a loop that only spins gets nowhere, but its hour passes. */
const statementsPerRound = 1000;
const roundMs = 100;

/** A person pressed ^C at a prompt. */
export class Interrupted extends Error {}

export class Shell {
	readonly process: Process;
	readonly host: ShellHost;
	readonly state: ShellState;
	readonly words: WordContext;
	/** Depth of places where a failure is being asked for: `-e` does not end the shell there. */
	#tested = 0;
	#statements = 0;
	#loops = 0;
	/** The status of the last `$( … )` of the command at hand. */
	#substituted: number | undefined;
	/** This shell was started for one command and becomes it, so that `$!` and `kill` mean the command. */
	#becomesCommand = false;

	constructor(process: Process, host: ShellHost, state: ShellState) {
		this.process = process;
		this.host = host;
		this.state = state;
		this.words = {
			state,
			expandsBraces: host.shellName === 'bash',
			home: user => (user === undefined ? state.value('HOME') : host.home(user)),
			substitute: async body => {
				const {output, status} = await this.#capture(body.statements);
				state.status = status;
				this.#substituted = status;
				return output.replace(/\n+$/, '');
			},
			glob: pattern => pathsMatching(pattern, this.process.cwd, host.fs),
		};
	}

	/** Runs a whole text as this shell's script and gives the shell's exit status, traps included. */
	async runText(text: string): Promise<number> {
		return this.ending(async () => {
			const read = readScript(text);
			if (read.kind !== 'script') {
				throw new ShellError(read.message, 2);
			}
			await this.runStatements(read.statements);
		});
	}

	/** Runs commands as they come from standard input, which they share. */
	async runInput(input: Stream): Promise<number> {
		return this.ending(async () => {
			let text = '';
			for (let line = await this.readLine(input); line !== undefined; line = await this.readLine(input)) {
				text += line;
				const read = readScript(text);
				if (read.kind === 'wrong') {
					throw new ShellError(read.message, 2);
				}
				if (read.kind === 'script') {
					text = '';
					await this.runStatements(read.statements);
				}
			}
			if (text !== '') {
				throw new ShellError('syntax error: unexpected end of file', 2);
			}
		});
	}

	/** With its line end; undefined at the end of the input. What follows the line stays in the stream. */
	readLine(input: Stream): Promise<string | undefined> {
		return readLine(this.process, input);
	}

	/** What a body's end, an `exit` or an error of the shell makes of this shell: its exit status. Runs the EXIT trap. */
	async ending(body: () => Promise<void>): Promise<number> {
		let status = await this.#statusAfter(body);
		const trap = this.state.traps.get('EXIT');
		if (trap !== undefined && trap !== '') {
			this.state.traps.delete('EXIT');
			this.state.status = status;
			status = await this.#statusAfter(() => this.runTrap(trap), status);
		}
		return status;
	}

	async #statusAfter(body: () => Promise<void>, kept?: number): Promise<number> {
		try {
			await body();
			return kept ?? this.state.status;
		} catch (error) {
			if (error instanceof ExitShell || error instanceof ReturnFrom) {
				return error.status;
			}
			if (error instanceof LeaveLoop) {
				return this.state.status;
			}
			if (error instanceof ShellError) {
				await this.complain(error.message);
				return error.status;
			}
			throw error;
		}
	}

	/** Prints; the status of whoever has nothing else to say. */
	async say(text: string): Promise<number> {
		await this.process.out(text);
		return 0;
	}

	complain(message: string): Promise<void> {
		return this.process.err(`${this.host.shellName}: ${message}\n`);
	}

	/** A trap's command leaves `$?` as it was. */
	async runTrap(text: string): Promise<void> {
		const {status} = this.state;
		const read = readScript(text);
		if (read.kind !== 'script') {
			throw new ShellError(read.message, 2);
		}
		await this.runStatements(read.statements);
		this.state.status = status;
	}

	async runStatements(statements: readonly Statement[]): Promise<number> {
		for (const statement of statements) {
			await this.#pause();
			await this.#runStatement(statement);
			await this.#actOnSignals();
		}
		return this.state.status;
	}

	/** Before every statement: dies if killed, lets the world's time pass if it only spins. */
	async #pause(): Promise<void> {
		this.process.check();
		this.#statements += 1;
		if (this.#statements % statementsPerRound === 0) {
			await this.process.sleep(roundMs);
		}
	}

	async #actOnSignals(): Promise<void> {
		for (let signal = this.process.pending.shift(); signal !== undefined; signal = this.process.pending.shift()) {
			const action = this.state.traps.get(signal);
			if (action !== undefined) {
				await this.runTrap(action);
			} else if (signal === 'INT') {
				throw new Interrupted();
			}
		}
	}

	async #runStatement(statement: Statement): Promise<void> {
		const {pipelines, operators, background, deferredError} = statement;
		if (deferredError !== undefined) {
			throw new ShellError(`syntax error: unexpected "${deferredError.token}"`, 2);
		}
		if (background) {
			this.#startBackground(statement);
			return;
		}
		for (const [index, pipeline] of pipelines.entries()) {
			const operator = operators[index - 1];
			if ((operator === '&&' && this.state.status !== 0) || (operator === '||' && this.state.status === 0)) {
				continue;
			}
			const last = index === pipelines.length - 1;
			await (last ? this.#runPipeline(pipeline) : this.tested(() => this.#runPipeline(pipeline)));
			this.#stopAfterFailure(pipeline, last);
		}
	}

	#stopAfterFailure({negated}: Pipeline, last: boolean): void {
		if (this.state.options.has('errexit') && this.#tested === 0 && last && !negated && this.state.status !== 0) {
			throw new ExitShell(this.state.status);
		}
	}

	/** Runs something whose failure is an answer, so that `-e` lets it fail. */
	async tested<T>(body: () => Promise<T>): Promise<T> {
		this.#tested += 1;
		try {
			return await body();
		} finally {
			this.#tested -= 1;
		}
	}

	#startBackground(statement: Statement): void {
		const child = this.#fork('&', async shell => {
			shell.process.redirect(0, new NullStream());
			shell.process.dispositions.set('INT', 'ignore');
			shell.process.dispositions.set('QUIT', 'ignore');
			shell.#becomesCommand = isOneCommand([{...statement, background: false}]);
			await shell.runStatements([{...statement, background: false}]);
		});
		this.state.lastBackground = child.pid;
		this.state.jobs.set(child.pid, child);
		this.state.status = 0;
	}

	/** A subshell: a process of its own with a copy of everything. */
	#fork(command: string, body: (shell: Shell) => Promise<void>, prepare: (child: Process) => void = () => {}): Process {
		const state = this.state.copy();
		const tested = this.#tested;
		return this.host.start(this.process, {command: `${this.process.command} ${command}`}, process => {
			prepare(process);
			const shell = new Shell(process, this.host, state);
			shell.#tested = tested;
			return shell.ending(() => body(shell));
		});
	}

	async #runPipeline(pipeline: Pipeline): Promise<void> {
		const {commands, negated} = pipeline;
		const run = async () => {
			const [only] = commands;
			this.state.status =
				commands.length === 1 && only !== undefined ? await this.#runCommand(only) : await this.#runPipe(pipeline);
		};
		await (negated ? this.tested(run) : run());
		if (negated) {
			this.state.status = this.state.status === 0 ? 1 : 0;
		}
	}

	async #runPipe({commands, pipeStderr}: Pipeline): Promise<number> {
		let input: Stream | undefined;
		const children = commands.map((command, index) => {
			const between = index < commands.length - 1 ? pipe() : undefined;
			const stdin = input;
			const child = this.#fork(
				'|',
				async shell => {
					shell.#becomesCommand = command.type === 'SimpleCommand';
					shell.state.status = await shell.#runCommand(command);
				},
				process => {
					if (stdin !== undefined) {
						process.redirect(0, stdin);
					}
					if (between !== undefined) {
						process.redirect(1, between.writer);
						if (pipeStderr?.[index] === true) {
							process.redirect(2, between.writer.retain());
						}
					}
				},
			);
			input = between?.reader;
			return child;
		});
		const statuses: number[] = [];
		for (const child of children) {
			statuses.push(statusOf(await this.process.wait(child.ended)));
		}
		const failed = this.state.options.has('pipefail') ? statuses.findLast(status => status !== 0) : undefined;
		return failed ?? statuses.at(-1) ?? 0;
	}

	async #capture(statements: readonly Statement[]): Promise<{readonly output: string; readonly status: number}> {
		const between = pipe();
		const child = this.#fork(
			'$()',
			async shell => {
				shell.#becomesCommand = isOneCommand(statements);
				await shell.runStatements(statements);
			},
			process => process.redirect(1, between.writer),
		);
		const output = await this.process.wait(readAll(between.reader));
		between.reader.release();
		const status = statusOf(await this.process.wait(child.ended));
		return {output: Buffer.from(output).toString().replaceAll('\0', ''), status};
	}

	async #runCommand(command: Command): Promise<number> {
		switch (command.type) {
			case 'SimpleCommand':
				return this.#runSimple(command);
			case 'FunctionDef':
				this.state.functions.set(command.name, command);
				return 0;
			default:
				return this.#complainingAboutFiles(() =>
					this.withRedirections(command.redirections, () => this.#runCompound(command)),
				);
		}
	}

	async #runCompound(command: Exclude<Command, {type: 'SimpleCommand'} | {type: 'FunctionDef'}>): Promise<number> {
		switch (command.type) {
			case 'Group':
				return this.runStatements(command.body);
			case 'Subshell': {
				const child = this.#fork('()', async shell => {
					shell.#becomesCommand = isOneCommand(command.body);
					await shell.runStatements(command.body);
				});
				return statusOf(await this.process.wait(child.ended));
			}
			case 'If': {
				for (const {condition, body} of command.clauses) {
					if ((await this.tested(() => this.runStatements(condition))) === 0) {
						return this.runStatements(body);
					}
				}
				this.state.status = 0;
				return command.elseBody === null ? 0 : this.runStatements(command.elseBody);
			}
			case 'While':
				return this.#loop(
					command.body,
					async () => (await this.tested(() => this.runStatements(command.condition))) === 0,
				);
			case 'Until':
				return this.#loop(
					command.body,
					async () => (await this.tested(() => this.runStatements(command.condition))) !== 0,
				);
			case 'For': {
				const values = command.words === null ? this.state.positional : await expandWords(command.words, this.words);
				const left = values.values();
				return this.#loop(command.body, async () => {
					const {value, done} = left.next();
					if (done !== true) {
						this.state.assign(command.variable, value);
					}
					return done !== true;
				});
			}
			case 'CStyleFor': {
				const value = async (node: typeof command.init) => (node === null ? 1 : evaluate(node.expression, this.words));
				await value(command.init);
				return this.#loop(
					command.body,
					async () => (await value(command.condition)) !== 0,
					async () => {
						await value(command.update);
					},
				);
			}
			case 'Case':
				return this.#runCase(command);
			case 'ArithmeticCommand':
				return (await evaluate(command.expression.expression, this.words)) === 0 ? 1 : 0;
			case 'ConditionalCommand':
				return (await this.#holds(command.expression)) ? 0 : 1;
		}
	}

	async #loop(
		body: readonly Statement[],
		again: () => Promise<boolean>,
		step: () => Promise<void> = async () => {},
	): Promise<number> {
		let status = 0;
		this.#loops += 1;
		try {
			while (await again()) {
				try {
					status = await this.runStatements(body);
				} catch (error) {
					if (!(error instanceof LeaveLoop)) {
						throw error;
					}
					status = 0;
					if (error.levels > 1 && this.#loops > 1) {
						throw new LeaveLoop(error.how, error.levels - 1);
					}
					if (error.how === 'break') {
						break;
					}
				}
				await step();
				await this.#pause();
			}
		} finally {
			this.#loops -= 1;
		}
		this.state.status = status;
		return status;
	}

	/** `break` outside of a loop is nothing. */
	get insideLoop(): boolean {
		return this.#loops > 0;
	}

	async #runCase({word, items}: Extract<Command, {type: 'Case'}>): Promise<number> {
		const text = await expandText(word, this.words);
		let falling = false;
		let status = 0;
		for (const {patterns, body, terminator} of items) {
			let chosen = falling;
			for (const pattern of chosen ? [] : patterns) {
				chosen = chosen || (await matchesWord(text, pattern, this.words));
			}
			falling = false;
			if (chosen) {
				this.state.status = 0;
				status = await this.runStatements(body);
				if (terminator === ';;') {
					return status;
				}
				falling = terminator === ';&';
			}
		}
		return status;
	}

	async #holds(expression: Conditional): Promise<boolean> {
		switch (expression.type) {
			case 'CondAnd':
				return (await this.#holds(expression.left)) && this.#holds(expression.right);
			case 'CondOr':
				return (await this.#holds(expression.left)) || this.#holds(expression.right);
			case 'CondNot':
				return !(await this.#holds(expression.operand));
			case 'CondGroup':
				return this.#holds(expression.expression);
			case 'CondWord':
				return (await expandText(expression.word, this.words)) !== '';
			case 'CondUnary':
				return unaryTest(expression.operator, await expandText(expression.operand, this.words), this.testable());
			case 'CondBinary': {
				const {operator, right} = expression;
				const left = await expandText(expression.left, this.words);
				if (operator === '=~') {
					return new RegExp(await expandText(right, this.words), 'u').test(left);
				}
				if (operator === '=' || operator === '==' || operator === '!=') {
					return (await matchesWord(left, right, this.words)) === (operator !== '!=');
				}
				return compare(operator, left, await expandText(right, this.words), this.testable());
			}
		}
	}

	testable(): Testable {
		return {
			fs: this.host.fs,
			cwd: this.process.cwd,
			isTerminal: descriptor => this.process.descriptors.get(descriptor)?.terminal === true,
		};
	}

	async #runSimple(command: SimpleCommand): Promise<number> {
		this.#substituted = undefined;
		const argv = await this.#argvOf(command);
		const [name, ...args] = argv;
		if (name === undefined) {
			return this.#complainingAboutFiles(async () => {
				await this.#trace(await this.#assign(command.assignments), []);
				await this.withRedirections(command.redirections, async () => 0);
				return this.#substituted ?? 0;
			});
		}
		if (name === 'exec') {
			return this.#exec(command, args);
		}
		const special = specialBuiltins.get(name);
		if (special !== undefined) {
			this.#becomesCommand = false;
			await this.#trace(await this.#assign(command.assignments), argv);
			return this.withRedirections(command.redirections, () => special(this, args));
		}
		return this.#complainingAboutFiles(() =>
			this.withRedirections(command.redirections, () => this.#runNamed(command.assignments, argv)),
		);
	}

	async #argvOf({name, args}: SimpleCommand): Promise<readonly string[]> {
		return name === null ? [] : expandWords([name, ...args], this.words);
	}

	async #runNamed(assignments: readonly Assignment[], argv: readonly string[]): Promise<number> {
		const [name = '', ...args] = argv;
		const own = this.state.functions.get(name);
		const builtin = builtins.get(name);
		if (own === undefined && builtin === undefined) {
			const {env, shown} = await this.#environmentWith(assignments);
			await this.#trace(shown, argv);
			return this.runExternal(argv, env);
		}
		this.#becomesCommand = false; // A function or an `eval` may be more than one
		const before = assignments.map(assignment => [assignment.name, this.state.variables.get(assignment.name)] as const);
		await this.#trace(await this.#assign(assignments), argv);
		try {
			return await (own === undefined ? this.#callBuiltin(builtin, args) : this.#callFunction(own, args));
		} finally {
			this.#restore(before);
		}
	}

	async #callBuiltin(builtin: Builtin | undefined, args: readonly string[]): Promise<number> {
		return builtin === undefined ? 127 : builtin(this, args);
	}

	async #callFunction(definition: FunctionDefinition, args: readonly string[]): Promise<number> {
		const {positional} = this.state;
		const loops = this.#loops;
		this.state.positional = args;
		this.state.locals.push(new Map());
		this.#loops = 0;
		if (this.state.locals.length > 200) {
			throw new ShellError('maximum function recursion depth reached', 2);
		}
		try {
			return await this.withRedirections(definition.redirections, () => this.#runCommand(definition.body));
		} catch (error) {
			if (error instanceof ReturnFrom) {
				return error.status;
			}
			throw error;
		} finally {
			this.#loops = loops;
			this.state.positional = positional;
			this.#restore([...(this.state.locals.pop() ?? new Map())]);
		}
	}

	#restore(before: ReadonlyArray<readonly [string, ReturnType<ShellState['variables']['get']>]>): void {
		for (const [name, variable] of before) {
			if (variable === undefined) {
				this.state.variables.delete(name);
			} else {
				this.state.variables.set(name, variable);
			}
		}
	}

	async #assign(assignments: readonly Assignment[]): Promise<readonly string[]> {
		const shown: string[] = [];
		for (const {name, value, append, array} of assignments) {
			if (array !== null && this.host.shellName !== 'bash') {
				throw new ShellError('syntax error: unexpected "("', 2);
			}
			if (array !== null) {
				const elements = await expandWords(array, this.words);
				const before = append ? (this.state.arrays.get(name) ?? []) : [];
				this.state.arrays.set(name, [...before, ...elements]);
				shown.push(`${name}=(${elements.map(quoteForTrace).join(' ')})`);
				continue;
			}
			const element = elementOf(name, this.state);
			const text = value === null ? '' : await expandText(value, this.words);
			if (element !== undefined) {
				const before = append ? (this.state.arrays.get(element.name)?.[element.index] ?? '') : '';
				this.state.assignElement(element.name, element.index, `${before}${text}`);
				shown.push(`${name}=${quoteForTrace(text)}`);
				continue;
			}
			const whole = append ? `${this.state.value(name) ?? ''}${text}` : text;
			this.state.assign(name, whole);
			shown.push(`${name}=${quoteForTrace(whole)}`);
		}
		return shown;
	}

	async #environmentWith(
		assignments: readonly Assignment[],
	): Promise<{readonly env: ReadonlyMap<string, string>; readonly shown: readonly string[]}> {
		const env = this.state.environment();
		const shown: string[] = [];
		for (const {name, value} of assignments) {
			const text = value === null ? '' : await expandText(value, this.words);
			env.set(name, text);
			shown.push(`${name}=${quoteForTrace(text)}`);
		}
		return {env, shown};
	}

	/** A child process for a program; its exit status. */
	async runExternal(argv: readonly string[], env: ReadonlyMap<string, string>): Promise<number> {
		const found = await this.#find(argv, env);
		if (typeof found === 'number') {
			return found;
		}
		if (this.#becomesCommand) {
			this.process.env = env;
			this.process.command = argv.join(' ');
			return found(this.process, argv);
		}
		const child = this.host.start(this.process, {command: argv.join(' '), env}, process => found(process, argv));
		const ending = await this.process.wait(child.ended);
		if (ending.kind === 'signaled' && ending.signal !== 'INT' && ending.signal !== 'PIPE') {
			await this.process.err(`${signalWords(ending.signal)}\n`);
		}
		return statusOf(ending);
	}

	async #find(argv: readonly string[], env: ReadonlyMap<string, string>): Promise<Program | number> {
		const [name = ''] = argv;
		const found = await this.host.find(name, env, this.process.cwd);
		switch (found.kind) {
			case 'program':
				return found.program;
			case 'none':
				await this.process.err(`${this.host.notFound(name)}\n`);
				return 127;
			case 'refused':
				await this.complain(`${name}: ${found.because}`);
				return 126;
		}
	}

	/** `exec COMMAND`: this process becomes it. `exec >file`: the redirections stay. */
	async #exec(command: SimpleCommand, args: readonly string[]): Promise<number> {
		await this.#trace(await this.#assign(command.assignments), ['exec', ...args]);
		for (const redirection of command.redirections) {
			await openRedirection(redirection, this);
		}
		if (args.length === 0) {
			return 0;
		}
		const env = this.state.environment();
		const found = await this.#find(args, env);
		if (typeof found === 'number') {
			throw new ExitShell(found);
		}
		this.process.env = env;
		this.process.command = args.join(' ');
		this.state.traps.delete('EXIT');
		for (const [signal, disposition] of this.process.dispositions) {
			if (disposition === 'trap') {
				this.process.dispositions.delete(signal);
			}
		}
		throw new ExitShell(await found(this.process, args));
	}

	/** Puts descriptors aside for the time of `body`. */
	async withRedirections(redirections: readonly Redirection[], body: () => Promise<number>): Promise<number> {
		if (redirections.length === 0) {
			return body();
		}
		const {descriptors} = this.process;
		const before = new Map([...descriptors].map(([descriptor, stream]) => [descriptor, stream.retain()]));
		try {
			for (const redirection of redirections) {
				await openRedirection(redirection, this);
			}
			return await body();
		} finally {
			for (const descriptor of [...descriptors.keys()]) {
				this.process.redirect(descriptor, undefined);
			}
			for (const [descriptor, stream] of before) {
				descriptors.set(descriptor, stream);
			}
		}
	}

	/** A file that cannot be opened fails the command, not the shell. */
	async #complainingAboutFiles(body: () => Promise<number>): Promise<number> {
		try {
			return await body();
		} catch (error) {
			if (error instanceof RedirectionFailed) {
				await this.complain(error.message);
				return error.status;
			}
			if (error instanceof BadDescriptor) {
				await this.complain('write error: Bad file descriptor');
				return 1;
			}
			throw error;
		}
	}

	async #trace(assignments: readonly string[], argv: readonly string[]): Promise<void> {
		if (this.state.options.has('xtrace')) {
			const prefix = this.state.value('PS4') ?? '+ ';
			await this.process.err(`${prefix}${[...assignments, ...argv.map(quoteForTrace)].join(' ')}\n`);
		}
	}
}

function isOneCommand([statement, more]: readonly Statement[]): boolean {
	const [pipeline, ...others] = statement?.pipelines ?? [];
	const isAlone = more === undefined && others.length === 0 && statement?.background === false;
	return (
		isAlone && pipeline?.commands.length === 1 && pipeline.commands[0]?.type === 'SimpleCommand' && !pipeline.negated
	);
}

function signalWords(signal: string): string {
	return signal === 'KILL' ? 'Killed' : signal === 'TERM' ? 'Terminated' : signal === 'HUP' ? 'Hangup' : signal;
}
