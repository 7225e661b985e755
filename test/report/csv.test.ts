import {expect, test} from 'vitest';
import {csv, csvColumns} from '../../src/report/csv.js';
import {recorded} from './recorded.js';

const {record} = recorded('finished');
const rows = [...csv(record)];

test('one row for each step and host below the names of the columns', () => {
	expect(rows[0]).toBe(`${csvColumns.join(',')}\r\n`);
	expect(rows).toHaveLength(1 + record.steps.reduce((sum, {hosts}) => sum + hosts.length, 0));
});

test('a measure stands beside its limit', () => {
	expect(rows.find(row => row.includes(',moved,'))).toMatch(/,move,15\.4\d*,1,over,/);
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx'])(
	'a spreadsheet does not read %j as a formula',
	text => {
		const [first] = record.steps;
		if (first === undefined) {
			throw new Error('There is no step');
		}

		const row = [...csv({...record, steps: [{...first, title: text}]})][1] ?? '';
		expect(row.split(',')[2]?.replace(/^"/, '')).toMatch(/^'/);
	},
);
