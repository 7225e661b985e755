import {inRow, type Row, rowsOf} from './rows.js';
import type {
	Action,
	Condition,
	Context,
	Gate,
	ParamName,
	Phase,
	PhaseId,
	Placeholder,
	Runbook,
	Satellite,
	Script,
	Step,
	StepId,
	Target,
	Template,
} from './runbook.js';
import type {Tables} from './site.js';
import {rewritten} from './template.js';

/**
Repeats each phase with `each` for the rows of its table or the hosts of its group: the runbook as it is run.

Everything in such a phase is there once for each row, in the order of the rows: `register` becomes `register[vm1]` and
`register[vm2]`. What it says of other steps of the phase is said of those of its own row; what a step outside of the phase
comes after, it comes after in all rows. A table without rows leaves the phase as it is written, once, as `register[vm]`.
*/
export function expandRunbook(runbook: Runbook, tables: Tables): Runbook {
	const {phases, steps, closing} = runbook;
	if (!phases.some(({each}) => each !== undefined)) {
		return runbook;
	}

	const all: Part = {phases, steps, closing: Object.entries(closing)};
	const expanded = expandPart(all, each => rowsOf(each, runbook, tables)).part;
	return {
		...runbook,
		phases: expanded.phases,
		steps: expanded.steps,
		closing: Object.fromEntries(expanded.closing),
	};
}

/** A stretch of the document: a phase with all that is in it, or the whole. */
type Part = {
	readonly phases: readonly Phase[];
	readonly steps: readonly Step[];
	readonly closing: ReadonlyArray<readonly [PhaseId, readonly Context[]]>;
};

type Expanded = {
	readonly part: Part;
	/** What became of the steps in repeated phases. */
	readonly became: ReadonlyMap<StepId, readonly StepId[]>;
};

type FindRows = (each: NonNullable<Phase['each']>) => readonly Row[];

function expandPart({phases, steps, closing}: Part, find: FindRows): Expanded {
	const repeated = repeatedAround(phases);
	const became = new Map<StepId, readonly StepId[]>();
	const copies = new Map<Phase, Part>();
	for (const phase of phases.filter(({id}) => repeated.get(id)?.id === id)) {
		const own = (id: PhaseId | undefined) => id !== undefined && repeated.get(id) === phase;
		const part = {
			phases: phases.filter(({id}) => own(id)),
			steps: steps.filter(step => own(step.phase)),
			closing: closing.filter(([id]) => own(id)),
		};
		copies.set(phase, repeatPart(part, phase, find, became));
	}

	const put = <T>(
		items: readonly T[],
		phaseOf: (item: T) => PhaseId | undefined,
		take: (part: Part) => readonly T[],
	) => {
		const taken = new Set<Phase>();
		return items.flatMap(item => {
			const around = repeated.get(phaseOf(item) ?? '');
			if (around === undefined) {
				return [item];
			}

			const copy = taken.has(around) ? undefined : copies.get(around);
			taken.add(around);
			return copy === undefined ? [] : take(copy);
		});
	};
	return {
		part: {
			phases: put(
				phases,
				({id}) => id,
				part => part.phases,
			),
			steps: put(
				steps,
				({phase}) => phase,
				part => part.steps,
			).map(step => comesAfter(step, became)),
			closing: put(
				closing,
				([id]) => id,
				part => part.closing,
			),
		},
		became,
	};
}

/** By phase, the outermost one around it, itself included, that is repeated. */
function repeatedAround(phases: readonly Phase[]): ReadonlyMap<PhaseId, Phase> {
	const around = new Map<PhaseId, Phase>();
	for (const phase of phases) {
		const outermost = around.get(phase.parent ?? '') ?? (phase.each === undefined ? undefined : phase);
		if (outermost !== undefined) {
			around.set(phase.id, outermost);
		}
	}

	return around;
}

function repeatPart(part: Part, phase: Phase, find: FindRows, became: Map<StepId, readonly StepId[]>): Part {
	const rows = phase.each === undefined ? [] : find(phase.each);
	const copies = rows.map(row => {
		const {part: copy, became: inner} = expandPart(copyFor(part, phase, row), find);
		for (const {id} of part.steps) {
			const own = inRow(id, row);
			became.set(id, [...(became.get(id) ?? []), ...(inner.get(own) ?? [own])]);
		}

		return copy;
	});
	return {
		phases: copies.flatMap(copy => copy.phases),
		steps: copies.flatMap(copy => copy.steps),
		closing: copies.flatMap(copy => copy.closing),
	};
}

function comesAfter(step: Step, became: ReadonlyMap<StepId, readonly StepId[]>): Step {
	return step.after?.some(id => became.has(id)) === true
		? {...step, after: step.after.flatMap(id => became.get(id) ?? [id])}
		: step;
}

/** What a copy is made with. */
type Copying = {
	readonly row: Row;
	readonly phases: ReadonlySet<PhaseId>;
	readonly steps: ReadonlySet<StepId>;
	/** Values that are read in the phase, by the name that they have had so far. */
	readonly values: ReadonlyMap<ParamName, ParamName>;
};

function copyFor({phases, steps, closing}: Part, repeated: Phase, row: Row): Part {
	const read = steps.flatMap(({captures, on}) => (captures === undefined || isRowHost(on, row) ? [] : [captures.name]));
	const copying: Copying = {
		row,
		phases: new Set(phases.map(({id}) => id)),
		steps: new Set(steps.map(({id}) => id)),
		values: new Map(read.map(name => [name, inRow(name, row)])),
	};
	return {
		phases: phases.map(phase => copyPhase(phase, phase === repeated, copying)),
		steps: steps.map(step => copyStep(step, copying)),
		closing: closing.map(([id, contexts]) => [inRow(id, row), contexts.map(context => copyContext(context, copying))]),
	};
}

/** The step is on the host that the phase is repeated for. */
function isRowHost(on: Target | undefined, {variable}: Row): boolean {
	return on?.kind === 'group' && on.each === variable;
}

function copyPhase(phase: Phase, isRepeated: boolean, copying: Copying): Phase {
	const {satellites, parent} = phase;
	const title = copyText(phase.title, copying);
	return {
		...phase,
		id: inRow(phase.id, copying.row),
		title: isRepeated && !isToldIn(phase.title, copying.row) ? withLabel(title, phase.id, copying.row) : title,
		parent: parent === undefined || !copying.phases.has(parent) ? parent : inRow(parent, copying.row),
		on: copyTarget(phase.on, copying),
		when: copyCondition(phase.when, copying),
		each: isRepeated ? undefined : phase.each,
		...(satellites === undefined
			? {}
			: {
					satellites: {
						check: satellites.check && copySatellite(satellites.check, copying),
						verify: satellites.verify && copySatellite(satellites.verify, copying),
						undo: satellites.undo && copySatellite(satellites.undo, copying),
					},
				}),
	};
}

function copyStep(step: Step, copying: Copying): Step {
	const {row} = copying;
	const {phase, captures, measure} = step;
	const title = copyText(step.title, copying);
	return {
		...step,
		id: inRow(step.id, row),
		title: isRowHost(step.on, row) || isToldIn(step.title, row) ? title : withLabel(title, step.id, row),
		phase: phase === undefined ? undefined : inRow(phase, row),
		context: step.context.map(context => copyContext(context, copying)),
		gates: step.gates.map(gate => copyGate(gate, copying)),
		action: copyAction(step.action, copying),
		on: copyTarget(step.on, copying),
		after: step.after?.map(id => copyId(id, copying)),
		when: copyCondition(step.when, copying),
		check: step.check && copySatellite(step.check, copying),
		verify: step.verify && copySatellite(step.verify, copying),
		undo: step.undo && copySatellite(step.undo, copying),
		captures: captures && {...captures, name: copying.values.get(captures.name) ?? captures.name},
		measure: measure && {...measure, name: inRow(measure.name, row), from: copyFrom(measure.from, copying)},
		...valuesOfRow(step, copying),
	};
}

function valuesOfRow({ofRow}: Step, {values}: Copying): Pick<Step, 'ofRow'> {
	const known = Object.entries(ofRow ?? {}).map(([name, stored]) => [name, values.get(stored) ?? stored] as const);
	const stored = new Set(Object.values(ofRow ?? {}));
	const own = [...values].filter(([name]) => !stored.has(name));
	return known.length + own.length === 0 ? {} : {ofRow: Object.fromEntries([...known, ...own])};
}

/** The title says itself for which row it is; if not, that is said behind it. */
function isToldIn(title: string, {variable}: Row): boolean {
	return title === '' || title.includes(`{{${variable}.`);
}

/** `Start it (vm1)`, in a row of that one `Start it (vm1, disk0)`. */
function withLabel(title: string, id: string, {label}: Row): string {
	const outer = /\[([^\]]*)\]$/.exec(id)?.[1];
	return outer !== undefined && title.endsWith(`${outer})`)
		? `${title.slice(0, -1)}, ${label})`
		: `${title} (${label})`;
}

function copyId(id: StepId, {steps, row}: Copying): StepId {
	return steps.has(id) ? inRow(id, row) : id;
}

function copyFrom(from: string | undefined, copying: Copying): string | undefined {
	const id = from?.replace(/\.start$/, '');
	return id === undefined ? undefined : `${copyId(id, copying)}${from?.slice(id.length)}`;
}

function copyTarget(on: Target | undefined, {row}: Copying): Target | undefined {
	return isRowHost(on, row) && row.host !== undefined ? {kind: 'host', host: row.host} : on;
}

function copyCondition(condition: Condition | undefined, {row}: Copying): Condition | undefined {
	const asked = condition?.rows?.[row.variable];
	return condition === undefined || asked === undefined || row.values === undefined
		? condition
		: {...condition, rows: {...condition.rows, [row.variable]: {...asked, values: row.values}}};
}

function copyContext(context: Context, copying: Copying): Context {
	return context.kind === 'listing' ? context : {...context, markdown: copyText(context.markdown, copying)};
}

function copyGate(gate: Gate, copying: Copying): Gate {
	return {...gate, text: copyText(gate.text, copying), type: gate.type && copyTemplate(gate.type, copying)};
}

function copyAction(action: Action, copying: Copying): Action {
	switch (action.kind) {
		case 'script':
		case 'wait':
		case 'probe':
			return {...action, script: copyScript(action.script, copying)};
		case 'file':
			return {
				...action,
				path: copyTemplate(action.path, copying),
				content:
					action.content.kind === 'inline'
						? {kind: 'inline', text: copyTemplate(action.content.text, copying)}
						: action.content,
				set: action.set.map(({name, value}) => ({name, value: copyTemplate(value, copying)})),
			};
		case 'manual':
			return {...action, instruction: copyTemplate(action.instruction, copying)};
	}
}

function copyScript(script: Script, copying: Copying): Script {
	return {...script, template: copyTemplate(script.template, copying)};
}

function copySatellite<T extends Satellite>(satellite: T, copying: Copying): T {
	return {...satellite, script: copyScript(satellite.script, copying), on: copyTarget(satellite.on, copying)};
}

function copyTemplate({source, parts}: Template, copying: Copying): Template {
	return {
		source: copyText(source, copying),
		parts: parts.map(part => (typeof part === 'string' ? part : copyPlaceholder(part, copying))),
	};
}

function copyPlaceholder(placeholder: Placeholder, copying: Copying): Placeholder {
	const {row, values} = copying;
	const host = placeholder.host === row.variable ? row.host : placeholder.host;
	const field = fieldOf(placeholder, row);
	if (placeholder.path !== undefined) {
		return {...placeholder, path: copyTemplate(placeholder.path, copying)};
	}

	if (field === undefined) {
		return {...placeholder, host, name: values.get(placeholder.name) ?? placeholder.name};
	}

	const value = row.values?.[field];
	if (row.host !== undefined && field !== 'name') {
		return {...placeholder, name: `${row.host}.${field}`};
	}

	return value === undefined ? placeholder : {...placeholder, value};
}

/** Text that is shown is read for placeholders again when it is filled, so what comes from a row must not look like one. */
function copyText(text: string, copying: Copying): string {
	return rewritten(text, placeholder => {
		const {name, host, value} = copyPlaceholder(placeholder, copying);
		return value === undefined ? `{{${name}${host === undefined ? '' : `@${host}`}}}` : value.replaceAll('{{', '\\{{');
	});
}

/** `name` of `{{vm.name}}`. */
function fieldOf({name}: Placeholder, {variable}: Row): string | undefined {
	return name.startsWith(`${variable}.`) ? name.slice(variable.length + 1) : undefined;
}
