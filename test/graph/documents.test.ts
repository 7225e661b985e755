import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {buildGraph} from '../../src/graph/build.js';
import {formatGraph} from '../../src/graph/format.js';
import {compileRunbook} from '../../src/runbook/compile.js';
import {expandRunbook} from '../../src/runbook/expand.js';
import {expectGolden} from './golden.js';

/** The documents of the golden files of `runbook/`. */
const documents = join(import.meta.dirname, '../runbook/golden');

function compiled(source: string) {
	const {document} = readDocument('book.md', source);
	const {runbook, problems} = compileRunbook(document);
	const built = buildGraph(runbook);
	return {runbook, graph: built.graph, problems: [...problems, ...built.problems]};
}

const runbookSource = `---
fieldbook: 1
title: Two hosts
hosts:
  esxi1: {group: esxi, platform: esxi}
  esxi2: {group: esxi, platform: esxi}
---

# Two hosts

## Look
<!-- on=esxi -->

The hosts run.

\`\`\`sh id=uptime readonly
uptime
\`\`\`

- [ ] Listen to the fans. <!-- id=fans on=esxi once -->

## Act

Write a mark.

\`\`\`sh id=mark on=esxi1 after=fans
touch /tmp/mark
\`\`\`

Read it.

\`\`\`sh id=read on=esxi1 after=AFTER readonly
cat /tmp/mark
\`\`\`
`;

test('a document is ordered as it says; the heading that repeats the title is no level of its own', () => {
	const {runbook, graph, problems} = compiled(runbookSource.replace('AFTER', 'mark'));
	expect(problems.filter(({severity}) => severity === 'error')).toEqual([]);
	expect(formatGraph(runbook, graph, 'tree')).toBe(
		`Two hosts
  Look
    script  uptime  esxi1, esxi2  The hosts run
    manual  fans    esxi1, esxi2  Listen to the fans
  Act
    script  mark    esxi1         Write a mark
    script  read    esxi1         Read it
`,
	);
});

test('a cycle is told at its step', () => {
	expect(compiled(runbookSource.replace('AFTER', 'read')).problems).toMatchObject([{code: 'cycle', at: {line: 32}}]);
});

test('a plain document has its steps, and their hosts are asked for', () => {
	const {runbook, graph} = compiled('# Set up\n\n1. Click OK.\n\nThen:\n\n```sh\nuptime\n```\n');
	expect(formatGraph(runbook, graph, 'tree')).toBe(`Set up
  manual  set-up.1  -  Click OK
  script  set-up.2  ?  Then
`);
});

const formats = [
	['tree', 'txt'],
	['json', 'json'],
	['mermaid', 'mmd'],
	['dot', 'dot'],
] as const;

test.each(['each', 'include'])('the graph of %s.md in every format', name => {
	const read = (file: string) => readFileSync(join(documents, file), 'utf8');
	const {document} = readDocument(`${name}.md`, read(`${name}.md`));
	const {runbook} = compileRunbook(document, path => ({text: read(path)}));
	const expanded = expandRunbook(runbook, JSON.parse(read(`${name}.rows.json`)));
	const {graph, problems} = buildGraph(expanded);

	expect(problems).toEqual([]);
	for (const [format, ending] of formats) {
		expectGolden(import.meta.url, `${name}.${ending}`, formatGraph(expanded, graph, format));
	}
});
