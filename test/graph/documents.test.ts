import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {buildGraph} from '../../src/graph/build.js';
import {formatGraph} from '../../src/graph/format.js';
import {compileRunbook} from '../../src/runbook/compile.js';

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
