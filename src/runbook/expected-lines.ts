import {RE2JS} from 're2js';
import type {ExpectPiece} from './assemble.js';
import type {Compiling} from './compiling.js';
import type {ExpectedLine} from './runbook.js';
import {refuseInvisible} from './script.js';

/** The lines of `expect` fences: blank ones are for the eye, and trailing blanks do not count. */
export function readExpectedLines(pieces: readonly ExpectPiece[], {problems}: Compiling): readonly ExpectedLine[] {
	return pieces.flatMap(({fence}) => {
		refuseInvisible(fence, problems);
		return fence.code.split('\n').flatMap((written, index): ExpectedLine[] => {
			const line = written.trimEnd();
			if (line === '') {
				return [];
			}

			const at = {line: fence.codeLine + index, column: fence.codeColumn, length: Math.max(1, line.length)};
			if (/(?<!\\)\{\{[A-Za-z_]/.test(line)) {
				problems.error(
					'placeholder-in-expect',
					at,
					'Nothing is filled in here: the line is compared as it stands.',
					'Compare the output with a value in a `verify` fence.',
				);
			}

			const [, text = '', match = 'exact'] = /^(.*?)(?: \((glob|re|absent)\))?$/.exec(line) ?? [];
			if (match === 're') {
				const because = whyNoPattern(text);
				if (because !== undefined) {
					problems.error(
						'bad-pattern',
						at,
						`This is no pattern: ${because}.`,
						'The patterns are those of RE2: no look-around, no back references.',
					);
				}
			}

			return [{text, match: matchOf(match), at}];
		});
	});
}

function matchOf(word: string): ExpectedLine['match'] {
	return word === 'glob' || word === 're' || word === 'absent' ? word : 'exact';
}

function whyNoPattern(pattern: string): string | undefined {
	try {
		RE2JS.compile(pattern);
		return undefined;
	} catch (error) {
		return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it cannot be read';
	}
}
