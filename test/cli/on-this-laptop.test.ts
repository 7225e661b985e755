import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Fieldbook} from './fieldbook.js';

const runbook = (folder: string) => `---
fieldbook: 1
title: On the laptop of {{who}}
params:
  who: { type: text, default: "it's Ada" }
---

# Notes of {{who}}
<!-- on=local -->

Write the notes of {{who}}.

\`\`\`text file=${folder}/notes.txt mode=0640 id=notes
by {{who}}
\`\`\`

Fill in [the form](form.txt).
<!-- file=${folder}/filled.txt id=form set="WHO={{who}} WHERE={{notes.path}}" -->

Count what {{who}} wrote.

\`\`\`sh capture=lines type=number
#!/bin/sh -eux
grep -c . {{notes.path}}
\`\`\`
It is one line:
\`\`\`text expect
[0-9] (re)
\`\`\`
Seen from here:
\`\`\`sh verify on=local every=1s for=5s
[ "$who" = {{who}} ] && [ -e {{form.path}} ]
\`\`\`

Say it twice where there are two.

\`\`\`sh when="lines > 1"
echo {{lines}} {{lines}}
\`\`\`
`;

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

test('steps with on=local are done here, files and satellites too, and what they are called is filled in', async () => {
	const book = fieldbook.write('book.md', runbook(fieldbook.folder));
	fieldbook.write('form.txt', '%%WHO%% writes to %%WHERE%%');
	const notes = join(fieldbook.folder, 'notes.txt');
	writeFileSync(notes, 'old\n', {mode: 0o600});
	const run = join(fieldbook.folder, 'run.fieldbook');

	const {status, out, err} = await fieldbook.run('run', book, '--run-file', run, '--plain');
	expect(err).toBe('');
	expect(status).toBe(0);
	expect(readFileSync(notes, 'utf8')).toBe("by it's Ada\n");
	expect((statSync(notes).mode & 0o777).toString(8)).toBe('640');
	expect(readFileSync(join(fieldbook.folder, 'filled.txt'), 'utf8')).toBe(`it's Ada writes to ${notes}`);
	expect(out).toContain("On the laptop of it's Ada: run of 4 steps");
	expect(out).toContain("Write the notes of it's Ada");
	expect(out).toContain('skipped: when lines > 1 is false');
	expect(out).toContain('lines = 1');

	const shown = await fieldbook.run('show', run);
	expect(shown.out).toMatch(/Notes of it's Ada\n.*Write the notes of it's Ada/);
	expect(shown.out).toContain('(when lines > 1 is false)');

	const again = await fieldbook.run('run', book, '--run-file', `${run}.2`, '--plain');
	expect(again.out).toMatch(/= notes this laptop +satisfied/);
	expect(again.status).toBe(0);
});

test('a mark that nothing fills is told before anything is done', async () => {
	const book = fieldbook.write('book.md', runbook(fieldbook.folder));
	fieldbook.write('form.txt', '%%WHO%% writes to %%WHERE%% on %%DAY%%');

	const {status, err} = await fieldbook.run('run', book, '--plain');
	expect(err).toContain('has a mark %%DAY%%');
	expect(status).toBe(2);
	expect(existsSync(join(fieldbook.folder, 'notes.txt'))).toBe(false);
});
