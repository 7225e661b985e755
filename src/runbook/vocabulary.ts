import * as z from 'zod';
import {durationMs} from './duration.js';
import {evidenceKinds} from './evidence-kinds.js';
import {paramTypes} from './value.js';

/** What words may stand on. */
export type Subject =
	| 'phase'
	| 'script'
	| 'wait'
	| 'probe'
	| 'file'
	| 'manual'
	| 'check'
	| 'verify'
	| 'undo'
	| 'expect'
	| 'gate'
	| 'listing'
	| 'params'
	| 'include';

/** How messages call it. */
export const subjectNames: Readonly<Record<Subject, string>> = {
	phase: 'a heading',
	script: 'a script step',
	wait: 'a `wait` step',
	probe: 'a `probe` step',
	file: 'a file step',
	manual: 'a task item',
	check: 'a `check` fence',
	verify: 'a `verify` fence',
	undo: 'an `undo` fence',
	expect: 'an `expect` fence',
	gate: 'a `[!CAUTION]` alert',
	listing: 'a listing',
	params: 'a parameter table',
	include: 'an include',
};

const steps = ['script', 'wait', 'probe', 'file', 'manual'] as const satisfies readonly Subject[];

const satellites = ['check', 'verify', 'undo'] as const satisfies readonly Subject[];

type WordRule = {
	/** A word stands alone, a key has a value; `expect` is both. */
	readonly form: 'word' | 'key' | 'both';
	readonly on: readonly Subject[];
	/** Words of which one must stand beside it. */
	readonly with?: readonly string[];
};

/** Every word and key of the dialect, in the order of its reference. */
const vocabulary = {
	on: {form: 'key', on: ['phase', ...steps, ...satellites]},
	id: {form: 'key', on: ['phase', ...steps]},
	after: {form: 'key', on: steps},
	when: {form: 'key', on: ['phase', ...steps]},
	serial: {form: 'word', on: ['phase', 'script', 'wait', 'file', 'manual']},
	each: {form: 'key', on: ['phase']},
	as: {form: 'key', on: ['script', 'wait', 'probe', 'file', ...satellites]},
	timeout: {form: 'key', on: [...steps, ...satellites]},
	readonly: {form: 'word', on: ['script', 'wait', 'probe']},
	long: {form: 'word', on: ['script']},
	exit: {form: 'key', on: ['script']},
	fails: {form: 'word', on: ['script']},
	capture: {form: 'key', on: ['script']},
	type: {form: 'key', on: ['script', 'manual', 'gate'], with: ['capture', 'answer']},
	optional: {form: 'word', on: ['script', 'manual'], with: ['capture', 'answer']},
	answer: {form: 'key', on: ['manual']},
	file: {form: 'key', on: ['file']},
	mode: {form: 'key', on: ['file']},
	owner: {form: 'key', on: ['file']},
	lines: {form: 'word', on: ['file']},
	set: {form: 'key', on: ['file']},
	wait: {form: 'word', on: ['wait']},
	every: {form: 'key', on: ['wait', 'probe', 'verify']},
	for: {form: 'key', on: ['wait', 'verify', 'script']},
	measure: {form: 'key', on: ['wait', 'probe', 'manual']},
	from: {form: 'key', on: ['wait', 'manual'], with: ['measure']},
	max: {form: 'key', on: ['wait', 'probe', 'manual'], with: ['measure']},
	probe: {form: 'word', on: ['probe']},
	expect: {form: 'both', on: ['expect', 'manual']},
	reboot: {form: 'word', on: ['script']},
	cut: {form: 'key', on: ['script']},
	once: {form: 'word', on: ['manual']},
	needs: {form: 'key', on: ['script', 'wait', 'file', 'manual']},
	unknown: {form: 'key', on: ['script', 'file']},
	test: {form: 'word', on: ['phase']},
	require: {form: 'word', on: ['phase']},
	restore: {form: 'word', on: ['phase']},
	ways: {form: 'word', on: ['phase']},
	check: {form: 'word', on: ['check']},
	verify: {form: 'word', on: ['verify']},
	undo: {form: 'word', on: ['undo']},
	show: {form: 'word', on: ['listing']},
	params: {form: 'word', on: ['params']},
	include: {form: 'word', on: ['include']},
} as const satisfies Readonly<Record<string, WordRule>>;

export type WordName = keyof typeof vocabulary;

export const wordNames = Object.keys(vocabulary);

export function isWordName(name: string): name is WordName {
	return Object.hasOwn(vocabulary, name);
}

export function ruleOf(name: WordName): WordRule {
	return vocabulary[name];
}

/** Letters, digits, `-` and `_`; a letter first. */
const idPattern = /^[A-Za-z][\w-]{0,63}$/;

const flag = z.literal(true).optional();

/** The same, and of a step of an included runbook: `esxi/switches`. */
const referencePattern = /^(?:[\w-]{1,64}\/)*[A-Za-z][\w-]{0,63}$/;

const Reference = z
	.string()
	.regex(referencePattern, 'An id is letters, digits, `-` and `_`, a letter first; of an included runbook `name/id`.');

const Id = z.string().regex(idPattern, 'An id is letters, digits, `-` and `_`, a letter first, at most 64.');

const Duration = z.string().transform((text, context) => {
	const ms = durationMs(text);
	if (ms === undefined) {
		context.addIssue('Write a number and a unit, such as 500ms, 30s, 2m or 1h; at most 7 days.');
		return z.NEVER;
	}

	return ms;
});

const ValueName = z
	.string()
	.regex(
		/^[A-Za-z_]\w{0,63}$/,
		'A name of a value is letters, digits and `_`, no digit first: scripts see it as a variable.',
	);

const ExitCodes = z
	.string()
	.regex(/^\d{1,3}(?:,\d{1,3})*$/, 'Write exit codes from 0 to 255, such as exit=0,1.')
	.transform(text => text.split(',').map(Number))
	.refine(codes => codes.every(code => code <= 255), 'Write exit codes from 0 to 255, such as exit=0,1.');

const Each = z
	.string()
	.regex(/^[A-Za-z_]\w* +in +[A-Za-z_][\w-]*$/, 'Write a variable and a table or group, such as each="vm in vms".')
	.transform(text => {
		const [variable = '', of = ''] = text.split(/ +in +/);
		return {variable, of};
	});

const Sets = z.string().transform((text, context) => {
	const pairs = text
		.trim()
		.split(/\s+/)
		.map(pair => /^([A-Za-z_]\w*)=(.+)$/.exec(pair));
	if (pairs.some(pair => pair === null)) {
		context.addIssue('Write NAME=value, several with blanks between, such as set="VMX={{vm_path}} PORT=3260".');
		return z.NEVER;
	}

	return pairs.map(pair => ({name: pair?.[1] ?? '', value: pair?.[2] ?? ''}));
});

/** What each word's value must look like. The border between what people write and what the rest of the program reads. */
export const WordValues = z.object({
	on: z.string().optional(),
	id: Id.optional(),
	after: z
		.string()
		.transform(text => text.split(','))
		.pipe(z.array(Reference))
		.optional(),
	when: z.string().optional(),
	serial: flag,
	each: Each.optional(),
	as: z
		.string()
		.regex(/^[A-Za-z_][\w.-]{0,31}$/, 'Write a login name, such as as=root.')
		.optional(),
	timeout: Duration.optional(),
	readonly: flag,
	long: flag,
	exit: ExitCodes.optional(),
	fails: flag,
	capture: ValueName.optional(),
	type: z.string().optional(),
	optional: flag,
	answer: ValueName.optional(),
	file: z.string().optional(),
	mode: z
		.string()
		.regex(/^0?[0-7]{3}$|^[0-7]{4}$/, 'Write an octal mode, such as mode=0755.')
		.optional(),
	owner: z
		.string()
		.regex(/^[A-Za-z_][\w.-]{0,31}(?::[A-Za-z_][\w.-]{0,31})?$/, 'Write a user, or user:group.')
		.optional(),
	lines: flag,
	set: Sets.optional(),
	wait: flag,
	every: Duration.optional(),
	for: Duration.optional(),
	measure: z.string().regex(idPattern, 'A measure has a name of letters, digits, `-` and `_`.').optional(),
	from: z
		.string()
		.refine(text => referencePattern.test(text.replace(/\.start$/, '')), 'Write the id of a step, or id.start.')
		.optional(),
	max: Duration.optional(),
	probe: flag,
	expect: z.union([z.literal(true), z.enum(['down', 'up'])], 'Write expect=down or expect=up.').optional(),
	reboot: flag,
	cut: Duration.optional(),
	once: flag,
	needs: z
		.string()
		.transform(text => text.trim().split(/\s+/))
		.pipe(z.array(z.enum(evidenceKinds, `Write kinds of evidence: ${evidenceKinds.join(', ')}.`)))
		.optional(),
	unknown: z.enum(['ask', 'check', 'rerun'], 'Write unknown=ask, unknown=check or unknown=rerun.').optional(),
	test: flag,
	require: flag,
	restore: flag,
	ways: flag,
	check: flag,
	verify: flag,
	undo: flag,
	show: flag,
	params: flag,
	include: flag,
});

/** The type of a captured or typed value: a table has no text, and a secret must not be read off a screen or an output. */
export const valueTypes = paramTypes.filter(type => type !== 'table' && type !== 'secret' && type !== 'choice');
