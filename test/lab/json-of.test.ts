import fc from 'fast-check';
import {expect, test} from 'vitest';
import {jsonOf} from '../../src/lab/control/json-of.js';

test('is what JSON.stringify makes of it, however many levels are remembered, and the second time too', () => {
	fc.assert(
		fc.property(fc.jsonValue(), fc.nat(6), (value, levels) => {
			const text = JSON.stringify(value);
			expect(jsonOf(value, levels)).toBe(text);
			expect(jsonOf(value, levels)).toBe(text);
		}),
	);
});

test('leaves out what is undefined, and sees what was replaced beside what is as it was', () => {
	const disks = [{name: 'sda', label: undefined}];
	expect(jsonOf({hosts: [{on: true, disks}], fault: undefined}, 5)).toBe(
		'{"hosts":[{"on":true,"disks":[{"name":"sda"}]}]}',
	);
	expect(jsonOf({hosts: [{on: false, disks}]}, 5)).toBe('{"hosts":[{"on":false,"disks":[{"name":"sda"}]}]}');
});
