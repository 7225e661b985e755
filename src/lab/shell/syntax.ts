import {
	type CommandNode,
	type PipelineNode,
	parse,
	type SimpleCommandNode,
	type StatementNode,
	type WordNode,
} from 'just-bash';

/**
The syntax tree of just-bash, by the names used here.

just-bash reads shell text well and brings the text tools, but runs a script in one go: no processes, no signals, no `&`,
no `exec`, no `trap`, no output before the end. So its tree is walked here, over the processes of a lab host.
*/
export type Statement = StatementNode;
export type Pipeline = PipelineNode;
export type Command = CommandNode;
export type SimpleCommand = SimpleCommandNode;
export type Word = WordNode;
export type WordPart = WordNode['parts'][number];
export type Assignment = SimpleCommandNode['assignments'][number];
export type Redirection = SimpleCommandNode['redirections'][number];
export type ParameterExpansion = Extract<WordPart, {type: 'ParameterExpansion'}>;
export type ParameterOperation = NonNullable<ParameterExpansion['operation']>;
export type FunctionDefinition = Extract<CommandNode, {type: 'FunctionDef'}>;
export type Conditional = Extract<CommandNode, {type: 'ConditionalCommand'}>['expression'];
export type Arithmetic = Extract<WordPart, {type: 'ArithmeticExpansion'}>['expression']['expression'];

export type ReadScript =
	| {readonly kind: 'script'; readonly statements: readonly Statement[]}
	/** More lines could make it right: an open quote, a missing `fi`. */
	| {readonly kind: 'incomplete'; readonly message: string}
	| {readonly kind: 'wrong'; readonly message: string};

export function readScript(text: string): ReadScript {
	try {
		const {statements} = parse(text);
		if (statements.some(endsOpen)) {
			return {kind: 'incomplete', message: 'syntax error: unexpected end of file'};
		}
		return {kind: 'script', statements};
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return {kind: endedTooEarly(message, text) ? 'incomplete' : 'wrong', message: plainMessage(message)};
	}
}

/** `a |` and `a &&` come back with an empty command at their end, an unfinished here-document with a mark. */
function endsOpen({pipelines}: Statement): boolean {
	const last = pipelines.at(-1)?.commands.at(-1);
	return pipelines.some(({commands}) => commands.some(isOpen)) || (last !== undefined && isOpen(last));
}

function isOpen(command: Command): boolean {
	if (command.type !== 'SimpleCommand') {
		return false;
	}
	const {name, args, assignments, redirections} = command;
	const nothing = name === null && args.length + assignments.length + redirections.length === 0;
	return nothing || redirections.some(({target}) => target.type === 'HereDoc' && target.terminated === false);
}

/** The parser says where it stood: at the end of the text, what is missing may still come. */
function endedTooEarly(message: string, text: string): boolean {
	const lines = text.split('\n');
	const end = `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
	return message.includes('EOF') || message.startsWith(`Parse error at ${end}:`);
}

/** In the words of BusyBox. */
function plainMessage(message: string): string {
	if (/matching `?['"]/.test(message)) {
		return 'syntax error: unterminated quoted string';
	}
	if (message.includes('EOF')) {
		return 'syntax error: unexpected end of file';
	}
	const token = /unexpected token `(.*)'/s.exec(message)?.[1];
	return token === undefined
		? `syntax error: ${message.replace(/^Parse error at \d+:\d+: /, '')}`
		: `syntax error: unexpected "${token}"`;
}
