import {expect, test} from 'vitest';
import {clockTime, dateAndTime} from '../../src/view/time.js';

test.for(['2026-11-20T05:31:07.000Z', '2026-01-01T00:00:00.000Z', '2026-07-01T23:59:59.999Z'])(
	'%s reads the same in the zone of this laptop, named or not',
	iso => {
		const {timeZone} = new Intl.DateTimeFormat().resolvedOptions();
		expect(clockTime(iso, undefined)).toBe(clockTime(iso, timeZone));
		expect(dateAndTime(iso, undefined)).toBe(dateAndTime(iso, timeZone));
		expect(dateAndTime(iso, 'Asia/Tokyo')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
	},
);
