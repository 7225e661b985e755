import {AsyncLocalStorage} from 'node:async_hooks';
import {Bash, type CommandName, defineCommand} from 'just-bash';
import {type HostFiles, scratch, scratchErrors} from '../machine/host-files.js';
import type {Process} from '../process/process.js';
import {Collector, readAll} from '../process/stream.js';
import type {Program} from '../shell/shell.js';
import {diffFolders} from './diff-folders.js';
import {readsStdin} from './stdin-readers.js';
import {asReadHere, commandOf, isSilent, originalsOf, withAwkFiles} from './tool-words.js';

const names = [
	'awk',
	'base64',
	'basename',
	'chmod',
	'comm',
	'cp',
	'diff',
	'dirname',
	'du',
	'egrep',
	'expand',
	'expr',
	'fgrep',
	'find',
	'fold',
	'grep',
	'gunzip',
	'gzip',
	'ln',
	'md5sum',
	'mkdir',
	'mv',
	'nl',
	'od',
	'paste',
	'printf',
	'readlink',
	'rev',
	'rm',
	'rmdir',
	'sed',
	'seq',
	'sha1sum',
	'sha256sum',
	'sort',
	'split',
	'strings',
	'tac',
	'tar',
	'touch',
	'tr',
	'unexpand',
	'uniq',
	'wc',
	'xargs',
	'zcat',
] as const satisfies readonly CommandName[];

/** What just-bash brings: `sed`, `awk`, `grep` and their like, over the files of one host. */
export class TextTools {
	readonly #bash: Bash;
	readonly #files: HostFiles;
	readonly #caller = new AsyncLocalStorage<Process>();
	#runs = 0;

	/** Puts the tools into `files`. `xargs` and `find -exec` reach the host's other commands through `others`. */
	constructor(files: HostFiles, others: ReadonlyMap<string, Program>, lacks: readonly string[]) {
		this.#files = files;
		const commands = names.filter(name => !lacks.includes(name));
		this.#bash = new Bash({
			fs: files,
			commands,
			defenseInDepth: false,
			executionLimits: {maxExecutionTimeMs: Number.POSITIVE_INFINITY},
			customCommands: [...others].map(([name, program]) =>
				defineCommand(name, async args => this.#bridge(program, [name, ...args])),
			),
		});
	}

	programs(): ReadonlyMap<string, Program> {
		const installed = names.filter(name => this.#isInstalled(name));
		const programs = installed.map(name => [name, this.#programOf(name)] as const);
		return new Map(programs);
	}

	#programOf(name: (typeof names)[number]): Program {
		const run: Program = (process, argv) => this.#run(name, process, argv);
		return name === 'diff'
			? async (process, argv) =>
					(await diffFolders(process, argv.slice(1), this.#files, (options, one, other) =>
						this.#run(name, process, ['diff', ...options, one, other]),
					)) ?? run(process, argv)
			: run;
	}

	#isInstalled(name: string): boolean {
		return this.#files.getAllPaths().includes(`/bin/${name}`);
	}

	async #run(name: string, process: Process, [, ...given]: readonly string[]): Promise<number> {
		const words = name === 'awk' ? await this.#withAwkFiles(process, given) : given;
		if (words === undefined) {
			return 2;
		}
		const args = asReadHere(name, words);
		const input = process.descriptors.get(0);
		const stdin = input !== undefined && readsStdin(name, args) ? await process.wait(readAll(input)) : new Uint8Array();
		if (name === 'sed') {
			await this.#keepOriginals(process, words);
		}
		this.#runs += 1;
		const out = `${scratch}${this.#runs}.out`;
		// Given nothing, `xargs` runs its command once all the same
		const [command = name, ...rest] = name === 'xargs' && isBlank(stdin) ? commandOf(words) : [name, ...args];
		const {stderr, exitCode} = await this.#caller.run(process, () =>
			// The tool's bytes go through a file of their own, because in the result bytes and text look the same
			this.#bash.exec(`${command} >${out}`, {
				args: [...rest],
				cwd: process.cwd,
				env: Object.fromEntries(process.env),
				replaceEnv: true,
				rawScript: true,
				stdin: Buffer.from(stdin).toString('latin1'),
				stdinKind: 'bytes',
				signal: process.signal,
			}),
		);
		process.check();
		await process.write(process.descriptors.get(1), this.#files.takeScratch(out));
		await process.write(process.descriptors.get(2), this.#files.takeScratch(scratchErrors));
		await process.err(isSilent(name, words) ? '' : stderr.replaceAll(/^bash: (line \d+: )?/gm, ''));
		return exitCode;
	}

	/** Undefined after a complaint. */
	async #withAwkFiles(process: Process, words: readonly string[]): Promise<readonly string[] | undefined> {
		try {
			return await withAwkFiles(words, path => this.#files.readFile(this.#files.resolvePath(process.cwd, path)));
		} catch {
			await process.err("awk: can't open the program's file: No such file or directory\n");
			return undefined;
		}
	}

	/** `sed -i.bak`: the file as it was stays beside it. */
	async #keepOriginals(process: Process, words: readonly string[]): Promise<void> {
		for (const {path, kept} of originalsOf(words)) {
			const from = this.#files.resolvePath(process.cwd, path);
			if (await this.#files.exists(from)) {
				await this.#files.cp(from, this.#files.resolvePath(process.cwd, kept));
			}
		}
	}

	/** One of the host's own commands, called by a text tool: its output goes back to the tool. */
	async #bridge(
		program: Program,
		argv: readonly string[],
	): Promise<{stdout: string; stderr: string; exitCode: number}> {
		const caller = this.#caller.getStore();
		if (caller === undefined) {
			return {stdout: '', stderr: `${argv[0]}: not reachable from here\n`, exitCode: 126};
		}
		const before = [caller.descriptors.get(1), caller.descriptors.get(2)] as const;
		const [out, err] = [new Collector(), new Collector()];
		caller.descriptors.set(1, out);
		caller.descriptors.set(2, err);
		try {
			const exitCode = await program(caller, argv);
			return {stdout: Buffer.from(out.bytes()).toString(), stderr: Buffer.from(err.bytes()).toString(), exitCode};
		} finally {
			for (const [index, stream] of before.entries()) {
				if (stream !== undefined) {
					caller.descriptors.set(index + 1, stream);
				}
			}
		}
	}
}

function isBlank(bytes: Uint8Array): boolean {
	return bytes.every(byte => byte === 0x0a || byte === 0x20 || byte === 0x09);
}
