import type {Place} from '../document/problem.js';
import type {Compiling} from './compiling.js';
import {readCondition} from './condition.js';
import {type EachVariable, hostsOf} from './names.js';
import {suggestion} from './problem-list.js';
import type {
	Condition,
	HostName,
	Param,
	ParamName,
	ParamType,
	Placeholder,
	StepId,
	Target,
	Template,
} from './runbook.js';

/** What names mean in the whole document. */
export type Scope = Compiling & {
	readonly captures: ReadonlyMap<ParamName, CaptureFound>;
	readonly fileSteps: ReadonlyMap<StepId, FileStepFound>;
	/** The types of all values that a condition may name. */
	readonly types: ReadonlyMap<ParamName, ParamType>;
	/** Names of parameters and captured values that something uses. */
	readonly used: Set<ParamName>;
};

/** Where a file step puts its file, and the sections with `each` around it. */
type FileStepFound = {readonly path: Template; readonly line: number; readonly repeats: readonly number[]};

/** A value that steps read off a host or a screen; the same one may be captured on several hosts. */
export type CaptureFound = {
	readonly type: ParamType;
	/** Of the first step that captures it: its line, and its place in document order. */
	readonly line: number;
	readonly index: number;
	/** The hosts that have one; `undefined`: it is one for all, or nobody can say. */
	readonly owners: readonly HostName[] | undefined;
	/** The sections that read it once for each row, outermost first: in other sections it has no value. */
	readonly repeats: readonly number[];
};

/** Who uses a name: where its values must exist, and from where on they can be known. */
export type User = {
	readonly on: Target | undefined;
	readonly variables: readonly EachVariable[];
	/** The sections with `each` around it. */
	readonly repeats: readonly number[];
	/** The step's place in document order; `undefined` where order says nothing, because of `after=`. */
	readonly index: number | undefined;
	/** In prose a value may be missing for a while; in scripts and paths it may not. */
	readonly isShown: boolean;
};

/** Checks each placeholder of a template, and gives it back with the paths of file steps in it. */
export function resolveTemplate(template: Template, user: User, scope: Scope): Template {
	const parts = template.parts.map(part => (typeof part === 'string' ? part : resolvePlaceholder(part, user, scope)));
	return parts.some((part, index) => part !== template.parts[index]) ? {...template, parts} : template;
}

function resolvePlaceholder(placeholder: Placeholder, user: User, scope: Scope): Placeholder {
	const dot = placeholder.name.indexOf('.');
	if (dot === -1) {
		checkValue(placeholder, user, scope);
		return placeholder;
	}

	const owner = placeholder.name.slice(0, dot);
	const field = placeholder.name.slice(dot + 1);
	if (placeholder.host !== undefined) {
		const isHost = owner === 'host' || scope.names.hosts.has(owner);
		scope.problems.error(
			'bad-placeholder',
			placeholder.at,
			`\`{{${placeholder.name}@${placeholder.host}}}\` names two owners.`,
			`Write \`{{${isHost ? placeholder.host : owner}.${field}}}\`.`,
		);
		return placeholder;
	}

	const file = scope.fileSteps.get(owner);
	if (file !== undefined) {
		checkField(owner, field, ['path'], placeholder.at, scope);
		if (!isRepeatedWith(user, file)) {
			scope.problems.error(
				'repeated-step',
				placeholder.at,
				`"${owner}" on line ${file.line} puts one file for each repetition of its phase, and this stands outside of it.`,
				'Use the path inside of that phase.',
			);
		}

		checkPath(file.path, placeholder.at, user, scope);
		return {...placeholder, path: file.path};
	}

	checkOwner(owner, field, placeholder.at, user, scope);
	return placeholder;
}

/** A path is that of the host where it is used, so its values must exist there too. */
function checkPath({parts}: Template, at: Place, user: User, scope: Scope): void {
	for (const part of parts) {
		if (typeof part !== 'string' && !part.name.includes('.')) {
			checkValue({...part, at}, user, scope);
		}
	}
}

/** Everything that repeats the one repeats the other with it, so that one means one. */
export function isRepeatedWith(
	inner: {readonly repeats: readonly number[]},
	outer: {readonly repeats: readonly number[]},
): boolean {
	return outer.repeats.every(section => inner.repeats.includes(section));
}

function checkOwner(owner: string, field: string, at: Place, user: User, scope: Scope): void {
	const {names, problems, used, fileSteps} = scope;
	const loop = user.variables.find(({variable}) => variable === owner);
	const table = names.params.get(loop?.of ?? '');
	if (table?.type === 'table') {
		used.add(table.name);
		checkField(
			owner,
			field,
			table.columns.map(({name}) => name),
			at,
			scope,
		);
	} else if (owner === 'host' && (user.on === undefined || user.on.kind === 'local') && !user.isShown) {
		problems.error(
			'no-host',
			at,
			`\`{{${owner}.${field}}}\` has no value: the step is on no host.`,
			'Name one, such as `{{esxi1.address}}`.',
		);
	} else if (owner === 'host' || loop !== undefined || names.hosts.has(owner)) {
		checkField(owner, field, ['name', 'address'], at, scope);
	} else {
		const owners = [
			'host',
			...names.hosts.keys(),
			...fileSteps.keys(),
			...user.variables.map(({variable}) => variable),
		];
		problems.error(
			'unknown-placeholder',
			at,
			`\`{{${owner}.${field}}}\` names neither a host nor a file step.`,
			suggestion(owner, owners),
		);
	}
}

function checkField(owner: string, field: string, fields: readonly string[], at: Place, {problems}: Scope): void {
	if (!fields.includes(field)) {
		problems.error('unknown-placeholder', at, `\`${owner}\` has no \`${field}\`.`, suggestion(field, fields, 'It has'));
	}
}

function checkValue({name, host, at}: Placeholder, user: User, scope: Scope): void {
	const {names, problems, captures, used} = scope;
	const param = names.params.get(name);
	const captured = captures.get(name);
	if (param === undefined && captured === undefined) {
		const known = [...names.params.keys(), ...captures.keys()];
		const help =
			known.length === 0 ? 'Declare it under `params:` in the front matter.' : suggestion(name, known, 'Values');
		problems.error('unknown-placeholder', at, `No value is called "${name}".`, help);
		return;
	}

	used.add(name);
	if (param?.type === 'secret') {
		problems.error(
			'secret-placeholder',
			at,
			`"${name}" is a secret, which is only ever a variable.`,
			`Use \`$${name}\` in the script; it is fed through stdin.`,
		);
	} else if (param?.type === 'table') {
		problems.error(
			'table-placeholder',
			at,
			`"${name}" is a table.`,
			'Go through its rows with `each="row in …"` on a heading, and write `{{row.column}}`.',
		);
	} else if (captured !== undefined && !isRepeatedWith(user, captured)) {
		problems.error(
			'repeated-value',
			at,
			`"${name}" is read on line ${captured.line} once for each repetition of its phase, and this stands outside of it.`,
			'Use the value inside of that phase.',
		);
	} else if (captured !== undefined && !user.isShown && user.index !== undefined && captured.index >= user.index) {
		problems.error(
			'captured-later',
			at,
			`"${name}" is captured only on line ${captured.line}.`,
			'Move the step that captures it further up.',
		);
	} else {
		checkOwnership(name, loopHost(host, user, scope), at, ownersOf(param, captured, scope), user, scope);
	}
}

/** `{{name@h}}`: of the hosts that `h` goes through, the first one speaks for all. */
function loopHost(host: HostName | undefined, {variables}: User, {names}: Scope): HostName | undefined {
	const loop = variables.find(({variable}) => variable === host);
	return loop === undefined ? host : (names.groups.get(loop.of)?.[0] ?? host);
}

/** The hosts that have a value of their own; `undefined`: one value for all, or nobody can say. */
function ownersOf(
	param: Param | undefined,
	captured: CaptureFound | undefined,
	{names}: Scope,
): readonly HostName[] | undefined {
	if (param === undefined) {
		return captured?.owners;
	}

	return param.each === undefined ? undefined : (names.groups.get(param.each) ?? [param.each]);
}

function checkOwnership(
	name: string,
	host: HostName | undefined,
	at: Place,
	owners: readonly HostName[] | undefined,
	user: User,
	{names, problems}: Scope,
): void {
	if (host !== undefined && !names.hosts.has(host)) {
		problems.error('unknown-host', at, `No host is called "${host}".`, suggestion(host, [...names.hosts.keys()]));
	} else if (host !== undefined && owners === undefined) {
		problems.error('bad-placeholder', at, `"${name}" is one value for all hosts.`, `Write \`{{${name}}}\`.`);
	} else if (host !== undefined && owners?.includes(host) === false) {
		problems.error(
			'no-value',
			at,
			`"${name}" has no value for ${host}.`,
			`It has one for each of ${owners.join(', ')}.`,
		);
	} else if (host === undefined && owners !== undefined && !user.isShown) {
		const without =
			user.on === undefined || user.on.kind === 'local'
				? ['this step']
				: (hostsOf(user.on, names) ?? []).filter(own => !owners.includes(own));
		if (without.length > 0) {
			problems.error(
				'no-value',
				at,
				`"${name}" has no value for ${without.join(', ')}.`,
				`Write \`{{${name}@${owners[0] ?? 'host'}}}\` if you mean the one of ${owners[0] ?? 'a host'}.`,
			);
		}
	}
}

/** Checks a condition against the names it uses, and notes their types in it. */
export function resolveCondition(
	condition: Condition,
	user: Pick<User, 'variables' | 'repeats'>,
	scope: Scope,
): Condition {
	const {names, captures, problems, used, types} = scope;
	const rows = rowsIn(user.variables, scope);
	const read = readCondition(condition.source, types, rows);
	if (read.ok) {
		for (const name of read.uses) {
			used.add(name);
			const captured = captures.get(name);
			if (captured !== undefined && !isRepeatedWith(user, captured)) {
				problems.error(
					'repeated-value',
					condition.at,
					`"${name}" is read on line ${captured.line} once for each repetition of its phase, and this stands outside of it.`,
					'Use the value inside of that phase.',
				);
			}
		}

		const typed = Object.fromEntries(read.uses.map(name => [name, types.get(name) ?? 'text']));
		const typedRows = Object.fromEntries(read.rows.map(name => [name, {types: rows.get(name) ?? {}}]));
		return {...condition, types: typed, ...(read.rows.length === 0 ? {} : {rows: typedRows})};
	}

	const {line, column} = condition.at;
	const at = {line, column: column + read.start, length: Math.max(1, read.end - read.start)};
	const word = condition.source.slice(read.start, read.end);
	const isSecret = names.params.get(word)?.type === 'secret';
	const known = [
		...names.params.keys(),
		...captures.keys(),
		...[...rows].flatMap(([variable, columns]) => Object.keys(columns).map(column => `${variable}.${column}`)),
		'host.name',
		'host.group',
		'host.platform',
	];
	const help = isSecret
		? 'It is a secret.'
		: read.because.startsWith('Unknown variable')
			? suggestion(word, known, 'Names')
			: "Conditions are CEL, such as ec_os == 'linux' && host.group == 'ec'.";
	problems.error('bad-condition', at, `${read.because}.`, help);
	return condition;
}

/** What a condition may ask of the rows and hosts that the phases around go through. */
function rowsIn(
	variables: readonly EachVariable[],
	{names}: Scope,
): ReadonlyMap<string, Readonly<Record<string, ParamType>>> {
	return new Map(
		variables.map(({variable, of}) => {
			const table = names.params.get(of);
			const columns = table?.columns.map(({name, type}): [string, ParamType] => [name, type]);
			return [variable, Object.fromEntries(columns ?? hostFields)];
		}),
	);
}

const hostFields: ReadonlyArray<readonly [string, ParamType]> = [
	['name', 'text'],
	['group', 'text'],
	['platform', 'text'],
];
