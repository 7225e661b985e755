import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {formatNames} from '../../src/report/format-names.js';
import {Fieldbook, root} from './fieldbook.js';

const finished = join(root, 'test/report/recorded/finished.fieldbook');
const unfinished = join(root, 'test/report/recorded/unfinished.fieldbook');

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

test.each(formatNames)(
	'export --format %s: on standard output, nothing beside it, and the run file stays as it is',
	async format => {
		const before = readFileSync(finished);
		const {status, out, err} = await fieldbook.run('export', finished, '--format', format);
		expect({status, err}).toEqual({status: 0, err: ''});
		expect(out.length).toBeGreaterThan(500);
		expect(readFileSync(finished).equals(before)).toBe(true);
	},
);

test('verify prints the head hash that the report prints', async () => {
	const {out} = await fieldbook.run('verify', finished);
	const [, head = 'none'] = /head ([0-9a-f]{64})/.exec(out) ?? [];
	for (const format of ['html', 'md', 'json']) {
		expect((await fieldbook.run('export', finished, '--format', format)).out).toContain(head);
	}
});

test('a changed event is found before anything of the run is told', async () => {
	const bytes = readFileSync(finished);
	const at = bytes.indexOf('Nothing is left');
	const changed = fieldbook.write(
		'changed.fieldbook',
		Buffer.concat([bytes.subarray(0, at), Buffer.from('N0thing'), bytes.subarray(at + 7)]),
	);
	for (const words of [
		['export', changed, '--format', 'html'],
		['compare', finished, changed],
	]) {
		const {status, out, err} = await fieldbook.run(...words);
		expect({status, out}).toEqual({status: 5, out: ''});
		expect(err).toContain('not as fieldbook wrote it');
	}
});

test('a file that is no run is refused with what it should be', async () => {
	const foreign = fieldbook.write('foreign.fieldbook', 'PK\u0003\u0004 nonsense');
	const {status, err} = await fieldbook.run('export', foreign, '--format', 'md');
	expect(status).toBe(5);
	expect(err).toContain('foreign.fieldbook is not a readable run file');
});

describe('compare', () => {
	test('says what differs, and names both', async () => {
		const {status, out} = await fieldbook.run('compare', finished, unfinished);
		expect(status).toBe(0);
		expect(out).toContain('Remove what was written down (tidy on ec1): skipped -> failed');
	});

	test('--json is the same as data', async () => {
		const {out} = await fieldbook.run('compare', finished, unfinished, '--json');
		expect(JSON.parse(out)).toMatchObject({
			isEdited: false,
			outcomes: [{step: 'tidy', host: 'ec1', states: ['skipped', 'failed']}, {}],
		});
	});
});

describe('log', () => {
	test('--find prints only lines with the text, under their steps', async () => {
		const {out} = await fieldbook.run('log', finished, '--find', 'EXPRESScls');
		expect(out).toBe('');
		expect((await fieldbook.run('log', finished, '--find', 'expresscls')).out).toMatch(
			/^==> versions ec1, attempt 1\nexpresscls-\S+\n==> versions ec2, attempt 1\nexpresscls-\S+\n$/,
		);
	});

	test('--from and --to: what was under way between them', async () => {
		const late = await fieldbook.run('log', finished, '--from', '2026-01-15T09:06:45Z');
		expect(late.out).toContain('==> tidy ec1, attempt 1');
		expect(late.out).not.toContain('==> versions');
		const early = await fieldbook.run('log', finished, '--to', '2026-01-15T09:00:03Z');
		expect(early.out).toContain('==> versions ec1');
		expect(early.out).not.toContain('==> tidy');
	});

	test.for(['yesterday', '5', '09:75', '24:00', '2026-01-15 9', '2026-02-30 09:00'])(
		'a time that is none is refused with how to write one: %s',
		async written => {
			const {status, err} = await fieldbook.run('log', finished, '--from', written);
			expect(status).toBe(2);
			expect(err).toContain(`${written} is no time`);
			expect(err).toMatch(/Next: .*09:30/);
		},
	);

	test('what the refusal offers is taken', async () => {
		const {err} = await fieldbook.run('log', finished, '--from', 'yesterday');
		const [, ...offered] = /Write (.*), (.*), (.*) or (.*?)\. /.exec(err) ?? [];
		expect(offered).toHaveLength(4);
		for (const written of offered) {
			expect(await fieldbook.run('log', finished, '--from', written)).toMatchObject({status: 0});
		}
	});
});

test('export of a step that there is not names how to find those that there are', async () => {
	const {status, err} = await fieldbook.run('export', finished, '--format', 'cast', '--step', 'nope');
	expect(status).toBe(2);
	expect(err).toContain('fieldbook show');
});
