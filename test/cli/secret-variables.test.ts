import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {environmentWithTaken, takeVariable} from '../../src/cli/secret-variables.js';

test('a variable that held a secret is inherited by nobody, and is found again', () => {
	process.env['CANARY_KEY'] = 'zebra-crossing';
	expect(takeVariable('CANARY_KEY')).toBe('zebra-crossing');
	expect(process.env['CANARY_KEY']).toBeUndefined();
	expect(execFileSync('env', {encoding: 'utf8'})).not.toContain('zebra');
	expect(takeVariable('CANARY_KEY')).toBe('zebra-crossing');
	expect(environmentWithTaken()['CANARY_KEY']).toBe('[secret:env:CANARY_KEY]');
	expect(takeVariable('CANARY_OTHER')).toBeUndefined();
});
