import {readAction, refuseTogether, timeoutOf, wordTemplate} from './action.js';
import type {Annotation} from './annotation.js';
import type {GatePiece, StepDraft} from './assemble.js';
import type {Compiling} from './compiling.js';
import {readExpectedLines} from './expected-lines.js';
import {readTarget} from './names.js';
import type {Outline} from './outline.js';
import {isShellName, readType} from './params.js';
import type {ProblemList} from './problem-list.js';
import type {Capture, Gate, ParamType, PhaseId, Step, StepId, Target} from './runbook.js';
import {readSatellite, readVerify} from './satellite.js';
import {valueTypes} from './vocabulary.js';

/** Understands a step's words and everything that belongs to it; references to other steps are checked by `resolve`. */
export function readStep(
	draft: StepDraft,
	id: StepId,
	phase: PhaseId | undefined,
	outline: Outline,
	compiling: Compiling,
): Step {
	const {piece, satellites} = draft;
	const {annotation} = piece;
	const {values} = annotation;
	const {problems} = compiling;
	const at = 'fence' in piece ? piece.fence.at : piece.kind === 'manual' ? piece.item.at : piece.at;
	const on = targetOf(draft, outline, compiling);
	const step: Step = {
		id,
		idIsExplicit: values.id !== undefined,
		title: draft.title,
		phase,
		context: draft.context,
		gates: draft.gates.map(gate => readGate(gate, compiling)),
		action: readAction(piece, compiling),
		on,
		as: values.as,
		after: values.after,
		when: values.when === undefined ? undefined : {source: values.when, at: annotation.valuePlace('when')},
		serial: values.serial === true || outline.serial,
		timeoutMs: timeoutOf(piece),
		readonly: values.readonly === true,
		check: satellites.check && readSatellite(satellites.check, outline.variables, compiling),
		verify: satellites.verify && readVerify(satellites.verify, outline.variables, compiling),
		undo: satellites.undo && readSatellite(satellites.undo, outline.variables, compiling),
		expect: readExpectedLines(draft.expects, compiling),
		captures: readCapture(annotation, compiling),
		unknown: values.unknown ?? (satellites.check === undefined ? 'ask' : 'check'),
		measure: values.measure === undefined ? undefined : {name: values.measure, from: values.from, maxMs: values.max},
		needs: values.needs ?? [],
		optional: values.optional === true,
		at,
	};
	checkTogether(step, draft, annotation, compiling);
	checkGates(step, compiling);
	if (outline.kind === 'ways') {
		problems.error(
			'step-in-ways',
			at,
			'This step is in none of the ways.',
			'Move it under one of the headings below, or above this heading.',
		);
	}

	return step;
}

/** The step's own `on=`, else that of the headings around; a script, wait, probe or file needs one. */
function targetOf({piece}: StepDraft, outline: Outline, compiling: Compiling): Target | undefined {
	const {annotation} = piece;
	const {on} = annotation.values;
	if (on !== undefined) {
		return readTarget(on, annotation.valuePlace('on'), compiling.names, outline.variables, compiling.problems);
	}

	if (outline.effectiveOn === undefined && piece.kind !== 'manual') {
		const at = 'fence' in piece ? piece.fence.at : piece.at;
		const [what, otherwise] =
			piece.kind === 'script' ? ['script', ', or `show` if it is only to be shown'] : ['file', ''];
		compiling.problems.error(
			'no-host',
			at,
			`Nothing says where this ${what} belongs.`,
			`Write \`on=\` here or on its heading${otherwise}.`,
		);
	}

	return outline.effectiveOn;
}

export function readGate({gate, text, at, annotation}: GatePiece, {problems}: Compiling): Gate {
	const {type} = annotation.values;
	const template = type === undefined ? undefined : wordTemplate(annotation, 'type', type, problems);
	return {kind: gate, text, type: template, at};
}

function readCapture(annotation: Annotation, {problems}: Compiling): Capture | undefined {
	const {values, valuePlace} = annotation;
	const word = values.capture === undefined ? 'answer' : 'capture';
	const name = values[word];
	if (name === undefined) {
		return undefined;
	}

	if (isShellName(name)) {
		problems.error(
			'reserved-name',
			valuePlace(word),
			`No value can be called "${name}": to a shell or a condition it has a meaning of its own.`,
		);
	}

	return {name, type: typeOfValue(annotation, problems) ?? 'text', optional: values.optional === true};
}

/** The type of a captured or typed value. Both stand in the run file, and none has words of its own to choose from. */
function typeOfValue({values: {type}, valuePlace}: Annotation, problems: ProblemList): ParamType | undefined {
	if (type === undefined) {
		return undefined;
	}

	const at = valuePlace('type');
	if (type === 'secret') {
		const help = 'Declare it under `params:`: then it is asked for, and stays in memory.';
		problems.error('secret-in-clear', at, 'A secret cannot be read off a host or a screen: it is written down.', help);
		return undefined;
	}

	if (type === 'choice') {
		const help = 'Read it as `name` or `text`, and compare it in `when=`.';
		problems.error('bad-value', at, 'Nothing says between which words this is a choice.', help);
		return undefined;
	}

	return readType({text: type, at}, valueTypes, problems);
}

/** Words and satellites that make no sense beside each other. */
function checkTogether(
	step: Step,
	{piece, satellites, expects}: StepDraft,
	annotation: Annotation,
	{problems}: Compiling,
): void {
	const {values, place} = annotation;
	const {action, on} = step;
	if (values.capture !== undefined && satellites.check !== undefined) {
		problems.error(
			'contradiction',
			place('capture'),
			'A step with a `check` captures nothing: when the check is satisfied, it does not run.',
			'Capture in a `readonly` step of its own.',
		);
	}

	if (values.answer !== undefined && satellites.check !== undefined) {
		problems.error(
			'contradiction',
			place('answer'),
			'A step with a `check` asks for nothing: when the check is satisfied, nobody is asked.',
			'Ask in a step of its own.',
		);
	}

	if (values.answer !== undefined && values.expect !== undefined) {
		problems.error(
			'contradiction',
			place('answer'),
			'The watchers complete this step, so nobody is asked for an answer.',
			'Ask in a step of its own.',
		);
	}

	for (const which of ['check', 'verify'] as const) {
		const satellite = step[which];
		if (satellite !== undefined && satellite.on === undefined && on === undefined) {
			problems.error(
				'no-host',
				satellite.at,
				`Nothing says where this \`${which}\` runs: its step is on no host.`,
				'Write `on=`.',
			);
		}
	}

	if (values.readonly === true) {
		refuseTogether(annotation, ['readonly', 'unknown'], problems);
	}

	if (values.unknown === 'check' && satellites.check === undefined) {
		problems.error('contradiction', place('unknown'), '`unknown=check` needs a `check`, and this step has none.');
	}

	if (values.wait === true || values.probe === true) {
		refuseTogether(annotation, ['wait', 'probe'], problems);
	}

	if (values.once === true && on?.kind !== 'group') {
		problems.error('contradiction', place('once'), '`once` is one tick for a group, and this step is on none.');
	}

	if (values.expect !== undefined && (on === undefined || on.kind === 'local')) {
		problems.error('no-host', place('expect'), 'Nothing says which host is watched.', 'Write `on=`.');
	}

	if (values.measure !== undefined && values.from === undefined && action.kind !== 'probe') {
		problems.error(
			'missing-word',
			place('measure'),
			'Nothing says from when it is measured.',
			'Write `from=` and the id of a step.',
		);
	}

	const [expected] = expects;
	if (expected !== undefined && action.kind !== 'script') {
		const what =
			piece.kind === 'manual' ? 'A task item' : action.kind === 'file' ? 'A file step' : `A \`${action.kind}\``;
		problems.error(
			'stray-satellite',
			expected.fence.at,
			`${what} has no output that could be compared.`,
			'Expect it of a `verify` or a `readonly` step below.',
		);
	}

	if (satellites.check !== undefined && (action.kind === 'wait' || action.kind === 'probe')) {
		problems.error(
			'contradiction',
			satellites.check.piece.fence.at,
			`A \`${action.kind}\` needs no \`check\`: it only looks.`,
		);
	}
}

/** Where nobody else can name itself, the gate must say what to type. */
export function checkGates({gates, on}: Pick<Step, 'gates' | 'on'>, {problems}: Compiling): void {
	for (const {kind, type, at} of gates) {
		if (kind === 'danger' && type === undefined && (on === undefined || on.kind === 'local')) {
			problems.error(
				'no-host',
				at,
				'This gate asks for the name of the host, but its step has none.',
				'Write `type="…"` in a comment below it: what has to be typed.',
			);
		}
	}
}
