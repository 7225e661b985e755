import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {execa} from 'execa';

/**
Scripts of a runbook as they lie on a host, run by this machine's own shell, with programs around them that say what a test wants.

What those remember lies in files of the folder, in which they begin; what they were called with stands in `calls`.
*/
export class ScriptFolder {
	readonly path = mkdtempSync(join(tmpdir(), 'fieldbook-scripts-'));

	/** `name` may lie in a folder of its own: `alone/script.sh`. */
	keep(name: string, text: string): void {
		mkdirSync(dirname(join(this.path, name)), {recursive: true});
		writeFileSync(join(this.path, name), text);
	}

	read(name: string): string {
		return readFileSync(join(this.path, name), 'utf8');
	}

	/** What it was called with is written down, then it does its part. */
	program(name: string, body: string): void {
		this.keep(name, `#!/bin/sh\ncd "${this.path}"\necho "${name} $*" >>calls\n${body}\n`);
		chmodSync(join(this.path, name), 0o755);
	}

	/** Brings a script here, its marks filled in. `as`: what it is called on the host. */
	bring(file: string, marks: Readonly<Record<string, string>>, as: string): void {
		const text = readFileSync(file, 'utf8').replace(/%%(\w+)%%/g, (_, name) => marks[name] ?? '');
		this.keep(as, text.replace('/opt/nec/clusterpro/bin', this.path));
	}

	/** Runs one that is here to its end; programs of this folder come before those of the machine. */
	async run(shell: '/bin/sh' | '/bin/bash', name: string, env: Readonly<Record<string, string>> = {}) {
		const {exitCode, stdout} = await execa(shell, [join(this.path, name)], {
			env: {PATH: `${this.path}:${process.env['PATH']}`, ...env},
			reject: false,
			timeout: 30_000,
			forceKillAfterDelay: 1000,
		});
		return {status: exitCode, said: stdout, calls: this.read('calls')};
	}

	remove(): void {
		rmSync(this.path, {recursive: true});
	}
}
