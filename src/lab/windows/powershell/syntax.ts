/** A stretch of the script, by offset. */
export type Span = {readonly start: number; readonly end: number};

export type Block = {readonly parameters: readonly Parameter[]; readonly statements: readonly Statement[]} & Span;

export type Parameter = {
	readonly name: string;
	readonly type: string | undefined;
	readonly isSwitch: boolean;
	readonly byDefault: Expression | undefined;
};

export type Statement = Span &
	(
		| {readonly kind: 'pipeline'; readonly elements: readonly PipelineElement[]}
		| {
				readonly kind: 'assign';
				readonly target: Expression;
				readonly operator: string;
				readonly value: Statement;
		  }
		| {
				readonly kind: 'if';
				readonly branches: ReadonlyArray<{readonly condition: Statement; readonly body: Block}>;
				readonly otherwise: Block | undefined;
		  }
		| {readonly kind: 'while'; readonly condition: Statement; readonly body: Block}
		| {readonly kind: 'do'; readonly condition: Statement; readonly body: Block; readonly until: boolean}
		| {
				readonly kind: 'for';
				readonly first: Statement | undefined;
				readonly condition: Statement | undefined;
				readonly next: Statement | undefined;
				readonly body: Block;
		  }
		| {readonly kind: 'foreach'; readonly variable: string; readonly over: Statement; readonly body: Block}
		| {
				readonly kind: 'switch';
				readonly over: Statement;
				readonly cases: ReadonlyArray<{readonly when: Expression | 'default'; readonly body: Block}>;
		  }
		| {
				readonly kind: 'try';
				readonly body: Block;
				readonly catches: Block | undefined;
				readonly finally: Block | undefined;
		  }
		| {readonly kind: 'function'; readonly name: string; readonly body: Block}
		| {readonly kind: 'leave'; readonly how: 'return' | 'exit' | 'throw'; readonly value: Statement | undefined}
		| {readonly kind: 'jump'; readonly how: 'break' | 'continue'}
	);

export type PipelineElement = Span &
	(
		| {readonly kind: 'expression'; readonly expression: Expression; readonly redirections: readonly Redirection[]}
		| Command
	);

export type Command = Span & {
	readonly kind: 'command';
	/** `.` runs in the same scope. */
	readonly dot: boolean;
	readonly name: Expression;
	readonly arguments: readonly Argument[];
	readonly redirections: readonly Redirection[];
};

export type Argument =
	| {readonly kind: 'value'; readonly value: Expression}
	/** `-Name`, `-Name:value`. */
	| {readonly kind: 'parameter'; readonly name: string; readonly text: string; readonly value: Expression | undefined}
	/** `@name` */
	| {readonly kind: 'splat'; readonly name: string};

/** `to` undefined: into the output stream, `2>&1`. */
export type Redirection = {
	readonly stream: 'out' | 'err' | 'all';
	readonly append: boolean;
	readonly to: Expression | undefined;
};

export type Expression = Span &
	(
		| {readonly kind: 'literal'; readonly value: string | number}
		/** A bare word or a string in double quotes. */
		| {readonly kind: 'text'; readonly parts: ReadonlyArray<string | Expression>; readonly bare: boolean}
		| {readonly kind: 'variable'; readonly scope: string | undefined; readonly name: string}
		| {readonly kind: 'array'; readonly items: readonly Expression[]}
		/** `@(…)`, `$(…)`, `(…)`. */
		| {readonly kind: 'subexpression'; readonly form: '@' | '$' | '('; readonly body: Block}
		| {readonly kind: 'hash'; readonly entries: ReadonlyArray<{readonly key: Expression; readonly value: Statement}>}
		| {readonly kind: 'block'; readonly body: Block}
		| {readonly kind: 'type'; readonly name: string}
		| {readonly kind: 'cast'; readonly type: string; readonly operand: Expression}
		| {readonly kind: 'unary'; readonly operator: string; readonly operand: Expression}
		| {readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression}
		| {readonly kind: 'step'; readonly operator: '++' | '--'; readonly prefix: boolean; readonly target: Expression}
		| {
				readonly kind: 'member';
				readonly of: Expression;
				readonly isStatic: boolean;
				readonly name: Expression;
				/** Undefined: a property. */
				readonly call: readonly Expression[] | undefined;
		  }
		| {readonly kind: 'index'; readonly of: Expression; readonly index: Expression}
	);

/** What PowerShell itself does not understand. */
export class ParseFailure extends Error {
	readonly at: number;

	constructor(message: string, at: number) {
		super(message);
		this.at = at;
	}
}

/** What PowerShell understands and the simulation does not. Nothing is guessed: whoever sees it writes it otherwise, or adds it. */
export class NotSimulated extends Error {
	constructor(what: string) {
		super(`${what} is not in this simulation of PowerShell`);
	}
}
