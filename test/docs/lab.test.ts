import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {Esx4Shape} from '../../src/lab/esx4/kind.js';
import {EsxiShape} from '../../src/lab/esxi/kind.js';
import {ClusterShape} from '../../src/lab/expresscluster/read.js';
import {LinuxShape} from '../../src/lab/linux/kind.js';
import {readLab} from '../../src/lab/read-lab.js';
import {WindowsShape} from '../../src/lab/windows/kind.js';
import {kinds} from '../../src/lab/world/kinds.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/lab.md'), 'utf8');

const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);

describe('docs/lab.md', () => {
	test.each(examples)('every example is a lab file without a problem: %#', text => {
		expect(readLab('lab.yaml', text).problems).toEqual([]);
	});

	test('shows some', () => {
		expect(examples.length).toBeGreaterThan(3);
	});

	test.each([
		['an ESXi host', Object.keys(EsxiShape.shape)],
		['an ESX 4 host', Object.keys(Esx4Shape.shape)],
		['a Linux host', Object.keys(LinuxShape.shape)],
		['a Windows host', Object.keys(WindowsShape.shape)],
		['a cluster', Object.keys(ClusterShape.shape)],
	])('names every key of %s', (_, keys) => {
		const described = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => cell.match(/[a-z_]+/g) ?? []);

		expect(keys.filter(key => !described.includes(key))).toEqual([]);
	});

	test('names every deed that a host knows', () => {
		const verbs = new Set(kinds.flatMap(({deeds}) => deeds.map(deed => deed.split(' ').slice(0, 2).join(' '))));

		expect([...verbs].filter(verb => !page.includes(`| \`${verb} `))).toEqual([]);
	});
});
