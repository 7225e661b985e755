import {expect, test} from 'vitest';
import type {StepOnHost} from '../../src/report/record.js';
import {outputLines} from '../../src/report/source.js';
import {recorded} from './recorded.js';

const {record, source} = recorded('finished');

function onHost(step: string, host: string): StepOnHost {
	const found = record.steps.find(({id}) => id === step)?.hosts.find(on => on.host === host);
	if (found === undefined) {
		throw new Error(`There is no ${step} on ${host}`);
	}

	return found;
}

test('the backbone is the document: its phases and steps from top to bottom', () => {
	expect(record.outline.flatMap(entry => (entry.kind === 'phase' ? [entry.phase.title] : []))).toEqual([
		'Preparation',
		'Power off ESXi#1',
		'Before',
		'Power off',
		'Bring ESXi#1 back',
		'Move home',
		'Leave',
	]);
	expect(record.steps.map(({id}) => id)).toHaveLength(15);
});

test('what was tried on a host is told try by try, with what came of each', () => {
	expect(
		onHost('tidy', 'ec1').story.map(told =>
			told.kind === 'part'
				? `${told.part} ${told.attempt}: ${told.because}`
				: `${told.kind} by ${'by' in told ? told.by : ''}`,
		),
	).toEqual(['run 1: exit 1, accepted: 0', 'asked by root', 'run 2: exit 1, accepted: 0', 'skipped by root']);
});

test('what a person left out is a deviation; what the runbook leaves out is none', () => {
	expect(onHost('old-switch', 'esxi1').status).toBe('skipped');
	expect(record.deviations).toEqual([
		expect.objectContaining({
			kind: 'skipped',
			step: 'tidy',
			host: 'ec1',
			by: 'root',
			reason: expect.stringContaining('Nothing is left'),
		}),
		expect.objectContaining({kind: 'skipped', step: 'tidy', host: 'ec2'}),
	]);
});

test('evidence is counted, and its file can be had by its hash', () => {
	expect(record.evidence).toEqual({needed: 2, there: 2});
	const photo = onHost('photo', '').evidence.find(({kind}) => kind === 'photo');
	expect(photo).toMatchObject({kind: 'photo', by: 'root', file: {name: 'rack-4-front.png'}});
	expect(source.file(photo?.file?.sha256 ?? '')?.length).toBe(photo?.file?.bytes);
});

test('a test has its verdict, its measures, and when it began and ended', () => {
	expect(record.tests.map(({id, verdict, because}) => [id, verdict, because])).toEqual([
		['power-1', 'passed', ''],
		['move-home', 'failed', 'move took 15.4 s, its limit is 1 s'],
	]);
	const [power] = record.tests;
	expect(power?.measurements.map(({name, ms}) => [name, (ms ?? 0) / 1000])).toEqual([
		['outage', expect.closeTo(54, 0)],
		['failover', expect.closeTo(54, 0)],
		['rejoined', expect.closeTo(42, 0)],
	]);
	expect(Date.parse(power?.finishedAt ?? '') - Date.parse(power?.startedAt ?? '')).toBeGreaterThan(300_000);
});

test('a host is told with its identity, and when it was silent', () => {
	const [esxi1] = record.hosts;
	expect(esxi1).toMatchObject({
		name: 'esxi1',
		label: 'ESXi#1',
		facts: {version: expect.stringContaining('VMware ESXi 7.0.3')},
	});
	expect(record.contacts.get('esxi1')?.map(({isHeard}) => isHeard)).toEqual([true, false, true]);
});

test('of a host that nobody asked nothing is known: it may have gone down with the one it runs on', () => {
	const [ec1] = [record.contacts.get('ec1') ?? []];
	expect(ec1.map(({isHeard}) => isHeard)).toEqual([true, true]);
	expect((ec1[1]?.from ?? 0) - (ec1[0]?.to ?? 0)).toBeGreaterThan(300_000);
});

test('what a host printed comes as harmless lines', () => {
	expect([...outputLines(source, {step: 'versions', host: 'ec1', attempt: 1, part: 'run'})].at(-1)).toBe(
		'colour red, title , <b>no markup</b> & =1+1',
	);
});

test('a run that is not over has no end', () => {
	const {record: open} = recorded('unfinished');
	expect(open.finishedAt).toBe('');
	expect(open.steps.at(-1)?.hosts.map(({status}) => status)).toContain('failed');
});
