import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'vitest';

/** Compares with the golden file `golden/NAME` beside the test; `FIELDBOOK_GOLDEN=write` writes it instead. */
export function expectGolden(test: string, name: string, text: string): void {
	const file = fileURLToPath(new URL(`golden/${name}`, test));
	if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
		mkdirSync(dirname(file), {recursive: true});
		writeFileSync(file, text);
	}

	expect(text).toBe(readFileSync(file, 'utf8'));
}
