import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import type {Program} from './rounds.ts';
import type {Sshd} from './sshd.ts';

const root = new URL('..', import.meta.url).pathname;

/** The built program, with the words to put behind it. */
export function fieldbook(...words: readonly string[]): readonly [string, ...string[]] {
	return [process.execPath, join(root, 'bin/fieldbook.js'), ...words];
}

type RunPlace = {readonly words: readonly string[]; readonly runFile: string};

/**
What `run` is given so that each host is the benchmark's own server; the only one is `one`, unless there are addresses
by name. The files are in `scratch`, named after `name`.
*/
export function placeRun(
	{folder, username}: Sshd,
	scratch: string,
	name: string,
	runbook: string,
	addresses: Readonly<Record<string, string>> = {one: '127.0.0.1'},
): RunPlace {
	const [book, site, runFile] = ['md', 'yaml', 'fieldbook'].map(ending => join(scratch, `${name}.${ending}`));
	const hosts = Object.entries(addresses).map(
		([host, address]) =>
			`  ${host}: { address: ${address}, port: 2222, user: ${username}, auth: key, key: ${folder}/id }\n`,
	);
	writeFileSync(book ?? '', runbook);
	writeFileSync(site ?? '', `hosts:\n${hosts.join('')}known_hosts: ${folder}/known_hosts\n`);
	return {
		words: [book ?? '', '--site', site ?? '', '--run-file', runFile ?? '', '--pace', 'auto'],
		runFile: runFile ?? '',
	};
}

type PlainRun = {
	readonly label: string;
	readonly name: string;
	readonly runbook: string;
	readonly parts: number;
	readonly bytes: number;
	/** By the host's name; undefined: `one` alone. */
	readonly addresses?: Readonly<Record<string, string>>;
};

/**
A run without a screen. After each the run file must hold `parts` that ended with 0, and `bytes` of output in all.
*/
export function plainRun(
	sshd: Sshd,
	scratch: string,
	{label, name, runbook, parts, bytes, addresses}: PlainRun,
): Program {
	const {words, runFile} = placeRun(sshd, scratch, name, runbook, addresses);
	return {
		label,
		command: [...sshd.inside, ...fieldbook('run', ...words, '--plain')],
		check() {
			const ended = eventsOf(runFile).filter(({event}) => event.type === 'PartEnded');
			const good = ended.filter(({event}) => event.outcome?.kind === 'exited' && event.outcome.code === 0);
			const sum = ended.reduce((all, {event}) => all + (event.output?.bytes ?? 0), 0);
			rmSync(runFile);
			if (good.length !== parts || ended.length !== parts || sum !== bytes) {
				throw new Error(`${label}: ${good.length} of ${parts} parts ended well, with ${sum} bytes, not ${bytes}`);
			}
		},
	};
}

type Recorded = {
	/** Milliseconds since 1970. */
	readonly at: number;
	/** As in `src/run/event.ts`, as far as we look. */
	readonly event: {
		readonly type: string;
		readonly step?: string;
		readonly outcome?: {readonly kind: string; readonly code?: number};
		readonly output?: {readonly bytes: number; readonly sha256: string};
	};
};

/** Read from the file itself, so that a mistake of `fieldbook show` cannot hide one of the run. */
export function eventsOf(runFile: string): readonly Recorded[] {
	const db = new DatabaseSync(runFile, {readOnly: true});
	const rows = db.prepare('SELECT at, json FROM event ORDER BY seq').all();
	db.close();
	return rows.map(({at, json}) => ({at: Date.parse(String(at)), event: JSON.parse(String(json))}));
}
