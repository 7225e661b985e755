import {describe, expect, test} from 'vitest';
import type * as z from 'zod';
import {withoutSecrets} from '../../src/engine/without-secrets.js';
import type {RunEvent} from '../../src/run/event.js';
import {RunEventSchema} from '../../src/run/schema.js';

const secret = 'zebra-crossing';

/** Ids, hashes and names that the runbook, the sheet, the laptop or fieldbook itself gave; a host or a person wrote none. */
const NAMES =
	/^(type|step|host|phase|way|part|job|on|kind|by|device|deviceKey|version|runId|graphHash|scriptHash|sha256|rows|copy|before|replaces|keyType|fingerprint|boot|bootId|pace|startAt|only|added|changed|moved|reworded|since|from|to)$/;

/** What is looked at before the run begins, and refused there; see `cli/start-run.ts`. Titles and file names are the runbook's. */
const LOOKED_AT_BEFORE: Readonly<Record<string, readonly string[]>> = {
	RunStarted: ['title', 'runbook', 'values', 'tables', 'hosts', 'kept'],
	RunSalvaged: ['without'],
	RunbookAdopted: ['runbook', 'calls', 'values', 'removed'],
};

type Definition = {readonly type: string; readonly [key: string]: unknown};

/** Everything that fits the schema, with `secret` in the place of every text; of a union, each member once. */
function filled(schema: z.core.$ZodType): readonly unknown[] {
	const definition = schema._zod.def as unknown as Definition;
	const inner = (name: string) => filled(definition[name] as z.core.$ZodType);
	switch (definition.type) {
		case 'string':
			return [`about ${secret}.`];
		case 'number':
			return [2];
		case 'boolean':
			return [true];
		case 'literal':
			return [(definition['values'] as readonly unknown[])[0]];
		case 'enum':
			return [Object.values(definition['entries'] as object)[0]];
		case 'nullable':
		case 'optional':
		case 'nonoptional':
		case 'default':
			return inner('innerType');
		case 'pipe':
			return inner('out');
		case 'array':
			return [inner('element')];
		case 'record':
			return inner('valueType').map(value => ({key: value}));
		case 'union':
			return (definition['options'] as readonly z.core.$ZodType[]).flatMap(filled);
		case 'object': {
			const fields = Object.entries(definition['shape'] as Record<string, z.core.$ZodType>).map(
				([name, field]) => [name, filled(field)] as const,
			);
			const most = Math.max(...fields.map(([, values]) => values.length));
			return Array.from({length: most}, (_, index) =>
				Object.fromEntries(fields.map(([name, values]) => [name, values[index] ?? values[0]])),
			);
		}

		default:
			throw new Error(`The test does not know how to fill ${definition.type}`);
	}
}

/** > | outcome.evidence      where the secret still stands, without what may hold names */
function leaks(value: unknown, path: readonly string[] = []): readonly string[] {
	if (typeof value === 'string') {
		return value.includes(secret) && !NAMES.test(path.findLast(name => !/^\d+$/.test(name)) ?? '')
			? [path.join('.')]
			: [];
	}

	return typeof value === 'object' && value !== null
		? Object.entries(value).flatMap(([name, field]) => leaks(field, [...path, name]))
		: [];
}

const events = filled(RunEventSchema).map(event => event as RunEvent);

test('every type of event is filled', () => {
	expect(new Set(events.map(({type}) => type)).size).toBeGreaterThan(30);
	expect(events.every(event => JSON.stringify(event).includes(secret) || event.type === 'RunFinished')).toBe(true);
});

describe('a secret in a text of a host or of a person does not get into', () => {
	test.for(events.map(event => [event.type, event] as const))('%s', ([type, event]) => {
		const looked = LOOKED_AT_BEFORE[type] ?? [];
		const left = leaks(withoutSecrets(event, [secret])).filter(path => !looked.includes(path.split('.')[0] ?? ''));
		expect(left).toEqual([]);
	});

	test('control: without the redaction the texts are found', () => {
		expect(events.filter(event => leaks(event).length > 0).length).toBeGreaterThan(12);
	});
});
