import {expect, test} from 'vitest';
import {checkLinkedFile} from '../../src/runbook/linked-file.js';
import {compile, frontMatter} from './compile.js';

function problemsOf(set: string, file: string | Uint8Array): readonly string[] {
	const {runbook} = compile(`${frontMatter}Put [x](x.pl) there. <!-- file=/x on=ec ${set} -->\n`);
	const [step] = runbook.steps;
	const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
	return step === undefined
		? ['no step']
		: checkLinkedFile(runbook, step, bytes).map(({code, help}) => `${code} ${help}`);
}

test.each([
	['every mark filled', 'set="VM={{vm}} IP=1"', '%%VM%% %%IP%% %%VM%%', []],
	['a mark left over', 'set="VM={{vm}}"', '%%VM%% %%IP%%', ['unfilled-mark Write set="IP=…".']],
	[
		'a mark that is not there',
		'set="VMM={{vm}}"',
		'%%VM%%',
		['unfilled-mark Write set="VM=…".', 'unknown-mark Did you mean "VM"?'],
	],
	['no marks at all', '', '100% of %% is fine', []],
] as const)('%s', (_what, set, file, problems) => {
	expect(problemsOf(set, file)).toEqual(problems);
});

test('a binary file has no marks', () => {
	expect(problemsOf('', Uint8Array.of(0xff, 0xfe, ...new TextEncoder().encode('%%VM%%')))).toEqual([]);
});
