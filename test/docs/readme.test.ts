import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {buildGraph} from '../../src/graph/build.js';
import {compileRunbook} from '../../src/runbook/compile.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the runbook in the README has no problem and can be executed', () => {
	const example = /````markdown\n([\s\S]*?)\n````/.exec(readme)?.[1] ?? '';
	const {document, problems: reading} = readDocument('README.md', example);
	const {runbook, problems: compiling} = compileRunbook(document);
	expect([...reading, ...compiling, ...buildGraph(runbook).problems]).toEqual([]);
	expect(runbook.steps.map(({id}) => id)).toEqual(['cabled', 'mirror-switch', 'mirror-uplink']);
});

test('every link of the README leads to a file', () => {
	const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
	expect(targets.length).toBeGreaterThan(4);
	for (const target of targets) {
		expect(() =>
			readFileSync(new URL(`../../${target}${target.endsWith('/') ? 'README.md' : ''}`, import.meta.url)),
		).not.toThrow();
	}
});
