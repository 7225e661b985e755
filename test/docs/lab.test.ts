import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {faultNames} from '../../src/lab/faults.js';
import {topologies} from '../../src/lab/world/topologies.js';

const page = readFileSync('docs/lab.md', 'utf8');

test('the page on the lab lists each fault that can be asked for, and no other', () => {
	const [, section = ''] = /^## Faults$(.*?)^## /ms.exec(page) ?? [];
	const listed = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);

	expect(listed.toSorted()).toEqual(faultNames.toSorted());
});

test('and each topology by its name', () => {
	expect(topologies.filter(({name}) => !page.includes(`\`${name}\``)).map(({name}) => name)).toEqual([]);
});
