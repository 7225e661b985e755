import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import xterm from '@xterm/headless';
import {describe, expect, test} from 'vitest';
import * as z from 'zod';
import {formatNames} from '../../src/report/format-names.js';
import {formats} from '../../src/report/formats.js';
import {RunJson, runJsonSchema} from '../../src/report/json-shape.js';
import {filledMarkdown} from '../../src/report/markdown-prose.js';
import {noEstimates} from '../../src/view/estimates.js';
import {expectGolden} from '../graph/golden.js';
import {recorded} from './recorded.js';

function text(
	format: keyof typeof formats,
	name: 'finished' | 'unfinished',
	view: 'customer' | 'internal' = 'customer',
) {
	const {record, source} = recorded(name);
	return [
		...formats[format](record, source, {view, timeZone: 'UTC', earlier: noEstimates, step: undefined, maxIdleMs: 2000}),
	].join('');
}

test('each format that the command line offers is there, and no other', () => {
	expect(Object.keys(formats).sort()).toEqual([...formatNames].sort());
});

describe.each([
	['md', 'md'],
	['junit', 'junit.xml'],
	['csv', 'csv'],
	['json', 'json'],
	['cast', 'cast'],
] as const)('%s', (format, extension) => {
	test.each(['finished', 'unfinished'] as const)('of the %s run', name => {
		expectGolden(import.meta.url, `${name}.${extension}`, text(format, name));
	});
});

test('md for colleagues has the output, as code that nothing in it can end', () => {
	expect(text('md', 'finished', 'internal')).toContain('    colour red, title , <b>no markup</b> & =1+1\n');
	expect(text('md', 'finished')).not.toContain('no markup');
});

describe('the Markdown of a document keeps its meaning, and a value gets none', () => {
	test.each([
		['see {{x}}', '[a](b) <b>', 'see \\[a\\](b) \\<b\\>'],
		['`{{x}}` and *{{x}}*', 'a`b*', "`a'b*` and *a\\`b\\**"],
		['```sh\necho {{x}}\n```', '```', "```sh\necho '''\n```"],
		['[here](https://{{x}}/)', 'a) <b>', '[here](https://{{x}}/)'],
	])('%j with %j', (markdown, value, filled) => {
		expect(filledMarkdown(markdown, words => words.replaceAll('{{x}}', value))).toBe(filled);
	});
});

describe('json', () => {
	test.each(['finished', 'unfinished'] as const)('of the %s run is what its shape says', name => {
		expect(RunJson.safeParse(JSON.parse(text('json', name))).error).toBeUndefined();
	});

	test('the published schema is that of the shape', () => {
		const file = new URL('../../schemas/run.schema.json', import.meta.url);
		const schema = `${JSON.stringify(runJsonSchema, undefined, '\t')}\n`;
		if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
			mkdirSync(new URL('.', file), {recursive: true});
			writeFileSync(file, schema);
		}

		expect(readFileSync(file, 'utf8')).toBe(schema);
	});
});

/** What Debian's xmllint complains of; empty for nothing. `.ci/run` installs it. */
function againstSchema(document: string): string {
	const {status, stderr} = spawnSync('xmllint', ['--noout', '--schema', join(import.meta.dirname, 'junit.xsd'), '-'], {
		input: document,
		encoding: 'utf8',
	});
	return status === 0 ? '' : stderr;
}

describe('junit', () => {
	const xml = text('junit', 'unfinished');

	test('its counts are those of its cases', () => {
		const [, tests, failures, errors, skipped] =
			/<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml) ?? [];
		const count = (pattern: RegExp) => String([...xml.matchAll(pattern)].length);
		expect([tests, failures, errors, skipped]).toEqual([
			count(/<testcase /g),
			count(/<failure /g),
			count(/<error /g),
			count(/<skipped /g),
		]);
	});

	test.each(['finished', 'unfinished'] as const)('of the %s run is what readers agree on', name => {
		expect(againstSchema(text('junit', name))).toBe('');
	});

	test('and so it is with texts that want out of it', () => {
		const {record, source} = recorded('finished');
		const steps = record.steps.map(step => ({...step, title: `${step.title} ]]> "&<b>' \u{1F4A5} é`}));
		const hostile = [
			...formats.junit({...record, steps}, source, {
				view: 'customer',
				timeZone: 'UTC',
				earlier: noEstimates,
				step: undefined,
				maxIdleMs: 2000,
			}),
		].join('');
		expect(hostile).toContain(']]&gt; &quot;&amp;&lt;b&gt;');
		expect(againstSchema(hostile)).toBe('');
	});

	test('what breaks the schema is seen', () => {
		expect(againstSchema(xml.replace('time="15.4"', 'time="soon"'))).toContain("'soon' is not a valid value");
		expect(againstSchema(xml.replace('</testsuite>', ''))).toContain('parser error');
	});

	test('a measure over its limit fails the test as a whole', () => {
		expect(xml).toContain(
			'<testcase classname="Move home" name="the test as a whole" time="15.4"><failure message="move took 15.4 s, its limit is 1 s"/>',
		);
	});

	test('a failed step carries the end of its output', () => {
		expect(xml).toContain('<system-out>ls: /root/no-such-folder: No such file or directory</system-out>');
	});
});

describe('cast', () => {
	test.each(['finished', 'unfinished'] as const)(
		'of the %s run: a header, then events whose times never go back',
		name => {
			const [header = '', ...events] = text('cast', name).trim().split('\n');
			expect(JSON.parse(header)).toMatchObject({version: 2, width: 120, height: 36});
			const times = events.map(event => z.tuple([z.number(), z.literal('o'), z.string()]).parse(JSON.parse(event))[0]);
			expect(times).toEqual(times.toSorted((one, other) => one - other));
			expect(Math.max(...times.map((time, index) => time - (times[index - 1] ?? 0)))).toBeLessThanOrEqual(2.0001);
		},
	);

	test('a host that takes the terminal over gets nothing of it there but its colours', () => {
		const played = text('cast', 'finished');
		expect(played).toContain('colour \\u001b[31mred\\u001b[0m, title , <b>no markup</b>');
		expect(played).not.toContain('\\u001b]');
	});

	test('played in a terminal, it shows who printed what', async () => {
		const screen = new xterm.Terminal({cols: 120, rows: 36, scrollback: 1000, allowProposedApi: true, logLevel: 'off'});
		for (const event of text('cast', 'finished').trim().split('\n').slice(1)) {
			await new Promise<void>(drawn =>
				screen.write(z.tuple([z.number(), z.string(), z.string()]).parse(JSON.parse(event))[2], drawn),
			);
		}

		const lines = Array.from({length: screen.buffer.active.length}, (_, index) =>
			screen.buffer.active.getLine(index)?.translateToString(true),
		);
		expect(lines).toContain('ec1 | colour red, title , <b>no markup</b> & =1+1');
		expect(lines).toContain('==> Move the group back to ec1 ec2, run, attempt 1');
	});
});
