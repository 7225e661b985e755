import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import * as z from 'zod';
import {jsonSchemas} from '../../src/runbook/json-schema.js';

const root = new URL('../../', import.meta.url);

function accepts(of: keyof typeof jsonSchemas, yaml: string): boolean {
	return z.fromJSONSchema(jsonSchemas[of]).safeParse(parse(yaml)).success;
}

describe('the published schemas', () => {
	test.each(['front-matter', 'site'] as const)('%s is what the shapes say', of => {
		const file = new URL(`schemas/${of}.schema.json`, root);
		const text = `${JSON.stringify(jsonSchemas[of], undefined, '\t')}\n`;
		if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
			mkdirSync(new URL('schemas/', root), {recursive: true});
			writeFileSync(file, text);
		}

		expect(readFileSync(file, 'utf8')).toBe(text);
	});
});

describe('the schema of the site file', () => {
	test('takes the example', () => {
		expect(
			accepts('site', readFileSync(new URL('runbooks/vmware-host-clustering/site.example.yaml', root), 'utf8')),
		).toBe(true);
	});

	test('takes a port and a truth value as people write them', () => {
		expect(accepts('site', 'hosts:\n  ec1: { address: 10.0.0.1, port: 22, sudo: true }\nvalues: { count: 3 }')).toBe(
			true,
		);
	});

	test.each([
		['a key that there is not', 'host: {}'],
		['a key of a host that there is not', 'hosts:\n  ec1: { adress: 10.0.0.1 }'],
		['a password in clear', 'hosts:\n  ec1: { password: hunter2 }'],
		['a way to log in that there is not', 'hosts:\n  ec1: { auth: telepathy }'],
		['a list as a value', 'values:\n  ntp: [a, b]'],
	])('refuses %s', (_what, yaml) => {
		expect(accepts('site', yaml)).toBe(false);
	});
});

describe('the schema of the front matter', () => {
	test.each(['runbooks/vmware-host-clustering/esxi.md'])('takes that of %s', file => {
		const [, yaml = ''] = readFileSync(new URL(file, root), 'utf8').split(/^---$/m);
		expect(accepts('front-matter', yaml)).toBe(true);
	});

	test.each([
		['another version', 'fieldbook: 2'],
		['a type that there is not', 'fieldbook: 1\nparams:\n  a: { type: ipv4 }'],
		['a platform that there is not', 'fieldbook: 1\nhosts:\n  a: { platform: beos }'],
		['a role without its command', 'fieldbook: 1\nroles:\n  active: { of: ec }'],
	])('refuses %s', (_what, yaml) => {
		expect(accepts('front-matter', yaml)).toBe(false);
	});
});
