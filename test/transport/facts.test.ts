import {expect, test} from 'vitest';
import {readFacts} from '../../src/transport/facts.js';

test('a Linux host: the clock is compared with the middle of the exchange', () => {
	const printed =
		'name=ec1\nversion=Linux 6.1.0-28-amd64\nuptime=2943.69\nboot=5c3f1a52-9be4-4b0f-a7c1-2b1f0f1f7e11\ndate=1700000001.250000000\n';

	expect(readFacts(printed, 1_700_000_000_000, 1_700_000_000_100)).toEqual({
		name: 'ec1',
		version: 'Linux 6.1.0-28-amd64',
		clockSkewMs: 1200,
		uptimeSeconds: 2943.69,
		bootId: '5c3f1a52-9be4-4b0f-a7c1-2b1f0f1f7e11',
	});
});

test('an ESXi host: whole seconds, and an uptime in microseconds', () => {
	const printed =
		'name=esxi1\r\nversion=VMware ESXi 7.0.3 build-20036589\r\nuptimeMicroseconds=86400500000\r\ndate=1700000001.N\r\n';

	expect(readFacts(printed, 1_700_000_001_000, 1_700_000_001_000)).toEqual({
		name: 'esxi1',
		version: 'VMware ESXi 7.0.3 build-20036589',
		clockSkewMs: 500,
		uptimeSeconds: 86_400.5,
		bootId: 'since-1699913601',
	});
});

test('what a host does not say is not known', () => {
	expect(readFacts('name=\nversion=\nuptimeMicroseconds=\ndate=\n', 0, 0)).toEqual({
		name: '',
		version: '',
		clockSkewMs: null,
		uptimeSeconds: null,
		bootId: null,
	});
	expect(readFacts('', 0, 0)).toMatchObject({name: '', clockSkewMs: null});
});
