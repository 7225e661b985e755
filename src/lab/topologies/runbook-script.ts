import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

/**
A script of our own runbooks as a file step puts it on a host, its marks `%%NAME%%` filled in: named states have what the pages
before them bring. As a text of YAML.

Throws where the runbooks are not beside the program, or a mark is left: our bug.
*/
export function runbookScript(path: string, values: Readonly<Record<string, string>> = {}): string {
	const text = readFileSync(join(runbooksFolder(), path), 'utf8');
	const filled = text.replaceAll(/%%(\w+)%%/g, (mark, name: string) => values[name] ?? mark);
	if (/%%\w+%%/.test(filled)) {
		throw new Error(`${path} has marks that nobody fills: ${filled.match(/%%\w+%%/g)?.join(' ')}`);
	}

	return yamlText(filled);
}

/** Any text, on one line. */
export function yamlText(text: string): string {
	return JSON.stringify(text);
}

/** Beside the bundles, and above the sources. */
function runbooksFolder(): string {
	for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
		const found = join(folder, 'runbooks');
		if (existsSync(join(found, 'vmware-host-clustering'))) {
			return found;
		}

		if (dirname(folder) === folder) {
			throw new Error('The runbooks are not beside the program');
		}
	}
}
