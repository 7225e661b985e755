import {afterAll, expect, test} from 'vitest';
import {Fieldbook} from './fieldbook.js';

const fieldbook = new Fieldbook();
afterAll(() => fieldbook.remove());

const names = Array.from({length: 300}, (_, index) => `esxi${index + 1}`);
const addresses = names.map((_, index) => `10.1.${Math.floor(index / 250)}.${(index % 250) + 2}`);
const lines = (words: (name: string, index: number) => string) => names.map(words).join('');

test('steps on 300 hosts: each is met once, told when it is its turn, and does its part', async () => {
	const runbook = `---
fieldbook: 1
title: Fan-out
hosts:
${lines(name => `  ${name}: { group: esxi, platform: esxi }\n`)}---

# Fan-out

Every host says which release it has.

\`\`\`sh on=esxi id=release readonly
vmware -v
\`\`\`

Every host gets a switch.

\`\`\`sh on=esxi id=switch
esxcfg-vswitch --add Mirror2_vswitch
\`\`\`
`;
	const file = fieldbook.write('fan-out.md', runbook);
	const site = `hosts:\n${lines((name, index) => `  ${name}: { address: ${addresses[index]}, user: root }\n`)}`;
	const world = lines((name, index) => `    ${name}: { platform: esxi, address: ${addresses[index]} }\n`);
	fieldbook.write('site.yaml', site);
	fieldbook.write('lab.yaml', `topology:\n  hosts:\n${world}`);
	const {status, out, err} = await fieldbook.run('rehearse', file, '--pace', 'auto', '--plain', '--yes');
	const told = (pattern: RegExp) => [...out.matchAll(pattern)].map(([, name = '']) => name);
	const met = told(/^[\d:]+ ✔ (esxi\d+) +VMware ESXi/gm);
	const done = told(/^[\d:]+ ✔ release (esxi\d+) +done/gm);
	const changed = told(/^[\d:]+ ✔ switch (esxi\d+) +done/gm);

	expect({status, err}).toEqual({status: 0, err: ''});
	expect(out).not.toMatch(/✘|\?/);
	expect(met.toSorted()).toEqual(names.toSorted());
	expect(done.toSorted()).toEqual(names.toSorted());
	expect(changed.toSorted()).toEqual(names.toSorted());
	// Fifty are met at once, so at most 49 may be slower than one that came behind them
	expect(met.filter((name, place) => place < names.indexOf(name) - 49)).toEqual([]);
	expect(out.trimEnd().split('\n').at(-1)).toMatch(/✔ finished\. 2 steps: 2 done$/);
}, 300_000);
