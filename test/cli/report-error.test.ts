import {expect, test} from 'vitest';
import {reportError} from '../../src/cli/report-error.js';
import {errorOf, troubleOf} from '../../src/cli/thread-messages.js';
import {Secret} from '../../src/text/secret.js';
import {UserError} from '../../src/text/user-error.js';

const value = 'zebra-crossing';
new Secret('license_key', value);

test('a crash says nothing of a secret that its thread has held', () => {
	const error = new Error(`cannot parse "${value}"`);
	error.stack = `Error: cannot parse "${value}"\n    at Buffer.from(${Buffer.from(value).toString('hex')})`;
	const {text, status} = reportError(error);
	expect(status).toBe(70);
	expect(text).toContain('cannot parse "[secret]"');
	expect(text).not.toContain(value);
	expect(text).not.toContain(Buffer.from(value).toString('hex'));
});

test('nor does an error that a person can put right', () => {
	expect(reportError(new UserError('x', `no ${value}`, `try ${value}`, 2)).text).toBe(
		'no [secret]\n    Next: try [secret]  [x]',
	);
});

test('nor does what crosses to another thread', () => {
	const crossed = errorOf(structuredClone(troubleOf(new Error(`sent ${value}`))));
	expect(`${crossed.message} ${crossed.stack}`).not.toContain(value);
});
