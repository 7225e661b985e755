import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {domainFaults} from '../../src/lab/domain-faults.js';
import {faultNames} from '../../src/lab/faults.js';
import {topologies} from '../../src/lab/world/topologies.js';

const page = readFileSync('docs/lab.md', 'utf8');

test('the page on the lab lists each fault that can be asked for, and no other', () => {
	const [, section = ''] = /^## Faults$(.*?)^## /ms.exec(page) ?? [];
	const listed = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);

	expect(listed.toSorted()).toEqual(faultNames.toSorted());
});

test.each(domainFaults.map(({name, title, remedy}) => [name, title, remedy]))(
	'and of %s what happens and what one does about it',
	(name, title, remedy) => {
		const row = page.split('\n').find(line => line.startsWith(`| \`${name}\` |`));

		expect(row).toContain(`a host ${title} | ${remedy} |`);
	},
);

test('and each topology by its name, with the states that it starts in, the default first', () => {
	const rows = [...page.matchAll(/^\| (?:`([\w-]+)` )?\| `([\w-]+)` \| [^|]+ \|$/gm)].map(([, name, state]) => ({
		name,
		state,
	}));
	const first = rows.findIndex(({name}) => name === topologies[0]?.name);
	const listed: Record<string, (string | undefined)[]> = {};
	let topology = '';
	for (const {name, state} of rows.slice(first)) {
		topology = name ?? topology;
		listed[topology] = [...(listed[topology] ?? []), state];
	}

	expect(listed).toEqual(Object.fromEntries(topologies.map(({name, starts}) => [name, starts])));
	expect(topologies.filter(({name}) => !page.includes(`\`${name}\` | `)).map(({name}) => name)).toEqual([]);
});
