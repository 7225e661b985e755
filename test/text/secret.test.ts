import {inspect} from 'node:util';
import {describe, expect, test} from 'vitest';
import {Secret, sealed, secretsHeld} from '../../src/text/secret.js';

const value = 'zebra-crossing';

/** Everything that somebody may do with a value by mistake. */
const mistakes: ReadonlyArray<readonly [string, (what: unknown) => string]> = [
	['put into a text', what => `${what}`],
	['joined', what => [what].join(',')],
	['written as JSON', what => JSON.stringify({deep: [what]})],
	['inspected', what => inspect({deep: [what]}, {depth: 9, showHidden: true})],
	['the message of an error', what => new Error(String(what)).message],
	['listed by its keys', what => JSON.stringify(Object.entries(Object(what)))],
];

describe('a secret in its holder', () => {
	const secret = new Secret('license_key@esxi1', value);

	test('is given to whoever asks for it by that word', () => {
		expect(secret.reveal()).toBe(value);
	});

	test.for(mistakes)('%s it says its name', ([, doWith]) => {
		expect(doWith(secret)).toContain('license_key@esxi1');
		expect(doWith(secret)).not.toContain(value);
	});

	test('does not cross to another thread by mistake', () => {
		expect(inspect(structuredClone({secret}))).not.toContain(value);
	});
});

describe('sealed values', () => {
	const nested = sealed({license_key: {esxi1: value}, pin: '4711-0815'});

	test('are looked up and handed on as ever', () => {
		expect(nested.license_key.esxi1).toBe(value);
		expect({...nested}).toEqual({license_key: {esxi1: value}, pin: '4711-0815'});
		expect(structuredClone(nested)).toEqual({license_key: {esxi1: value}, pin: '4711-0815'});
	});

	test.for(mistakes.slice(2, 4))('%s they say their names', ([, doWith]) => {
		expect(doWith({command: nested})).toContain('[secret:license_key]');
		expect(doWith({command: nested})).not.toContain(value);
		expect(doWith({command: nested})).not.toContain('4711-0815');
	});
});

test('what was held is known to the thread, each value once', () => {
	expect(secretsHeld().filter(one => one === value)).toHaveLength(1);
	expect(secretsHeld()).toContain('4711-0815');
	expect(secretsHeld()).not.toContain('');
});
