import type {Process} from '../process/process.js';
import type {FunctionDefinition} from './syntax.js';

export type Variable = {readonly value: string; readonly exported: boolean; readonly readonly: boolean};

export type ShellOption =
	| 'errexit'
	| 'nounset'
	| 'xtrace'
	| 'noglob'
	| 'noexec'
	| 'allexport'
	| 'pipefail'
	| 'noclobber'
	| 'verbose';

export const optionLetters: Readonly<Record<string, ShellOption>> = {
	e: 'errexit',
	u: 'nounset',
	x: 'xtrace',
	f: 'noglob',
	n: 'noexec',
	a: 'allexport',
	C: 'noclobber',
	v: 'verbose',
};

/** What a subshell gets a copy of. */
export class ShellState {
	/** `$0`. */
	name: string;
	positional: readonly string[];
	/** `$$`: of the shell itself, also inside its subshells. */
	readonly pid: number;
	readonly variables: Map<string, Variable>;
	/** Indexed arrays, which bash has and sh has not. */
	readonly arrays = new Map<string, readonly string[]>();
	readonly functions: Map<string, FunctionDefinition>;
	readonly options: Set<ShellOption>;
	/** Commands by signal name or `EXIT`; empty: ignored. */
	readonly traps: Map<string, string>;
	/** `$?`. */
	status = 0;
	/** `$!`. */
	lastBackground: number | undefined;
	/** Children started with `&` that nobody has waited for. */
	readonly jobs = new Map<number, Process>();
	/** What `local` will restore, one map per function call. */
	readonly locals: Array<Map<string, Variable | undefined>> = [];
	previousFolder = '';

	constructor(pid: number, name: string, positional: readonly string[]) {
		this.pid = pid;
		this.name = name;
		this.positional = positional;
		this.variables = new Map();
		this.functions = new Map();
		this.options = new Set();
		this.traps = new Map();
	}

	/** For `( … )`, `$( … )`, a pipe's parts, `&`. Traps are not inherited, what is ignored stays so. */
	copy(): ShellState {
		const copy = new ShellState(this.pid, this.name, this.positional);
		for (const [name, variable] of this.variables) {
			copy.variables.set(name, variable);
		}
		for (const [name, elements] of this.arrays) {
			copy.arrays.set(name, elements);
		}
		for (const [name, definition] of this.functions) {
			copy.functions.set(name, definition);
		}
		for (const option of this.options) {
			copy.options.add(option);
		}
		for (const [signal, action] of this.traps) {
			if (action === '') {
				copy.traps.set(signal, action);
			}
		}
		copy.status = this.status;
		copy.lastBackground = this.lastBackground;
		copy.previousFolder = this.previousFolder;
		return copy;
	}

	/** What the environment brings. */
	adopt(env: ReadonlyMap<string, string>): void {
		for (const [name, value] of env) {
			if (isName(name)) {
				this.variables.set(name, {value, exported: true, readonly: false});
			}
		}
	}

	/** Throws a `ShellError` for a readonly variable. */
	assign(name: string, value: string, how: {readonly exported?: boolean; readonly readonly?: boolean} = {}): void {
		const old = this.variables.get(name);
		if (old?.readonly === true) {
			throw new ShellError(`${name}: is read only`, 2);
		}
		this.variables.set(name, {
			value,
			exported: how.exported ?? (old?.exported === true || this.options.has('allexport')),
			readonly: how.readonly ?? false,
		});
	}

	unset(name: string): void {
		if (this.variables.get(name)?.readonly === true) {
			throw new ShellError(`${name}: is read only`, 2);
		}
		this.variables.delete(name);
		this.arrays.delete(name);
	}

	/** Of an array it is the first element. */
	value(name: string): string | undefined {
		return this.arrays.get(name)?.[0] ?? this.variables.get(name)?.value;
	}

	/** `a[2]=x`; what is skipped is empty. */
	assignElement(name: string, index: number, value: string): void {
		const elements = [...(this.arrays.get(name) ?? [])];
		while (elements.length < index) {
			elements.push('');
		}
		elements[index] = value;
		this.arrays.set(name, elements);
	}

	environment(): Map<string, string> {
		const exported = [...this.variables].filter(([, variable]) => variable.exported);
		return new Map(exported.map(([name, {value}]) => [name, value]));
	}
}

export function isName(text: string): boolean {
	return /^[A-Za-z_]\w*$/.test(text);
}

/** Ends a command with a message; ends a shell that is not interactive, as POSIX wants it for errors of its own. */
export class ShellError extends Error {
	readonly status: number;

	constructor(message: string, status: number) {
		super(message);
		this.status = status;
	}
}

/** `exit`. */
export class ExitShell extends Error {
	readonly status: number;

	constructor(status: number) {
		super('exit');
		this.status = status;
	}
}

/** `return`. */
export class ReturnFrom extends Error {
	readonly status: number;

	constructor(status: number) {
		super('return');
		this.status = status;
	}
}

/** `break 2` and `continue 2`: `levels` counts down on its way out. */
export class LeaveLoop extends Error {
	readonly how: 'break' | 'continue';
	readonly levels: number;

	constructor(how: 'break' | 'continue', levels: number) {
		super(how);
		this.how = how;
		this.levels = levels;
	}
}
