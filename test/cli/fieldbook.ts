import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;

export type Ended = {readonly status: number | null; readonly out: string; readonly err: string};

/** The real program in a process of its own, with a state folder of its own. */
export class Fieldbook {
	readonly folder = mkdtempSync(join(tmpdir(), 'fieldbook-cli-'));
	readonly env: Record<string, string> = {FIELDBOOK_HOME: join(this.folder, 'home'), HOME: this.folder, NO_COLOR: '1'};

	/** A file in this test's folder; its path comes back. */
	write(name: string, text: string | Uint8Array): string {
		const path = join(this.folder, name);
		writeFileSync(path, text);
		return path;
	}

	/** Takes one of its files away. */
	drop(path: string): void {
		rmSync(path);
	}

	/** Starts it; `inside` are words before the command, such as `unshare -m`. */
	start(words: readonly string[], inside: readonly string[] = []): Running {
		const [program = '', ...rest] = [...inside, process.execPath, join(root, 'bin/fieldbook.js'), ...words];
		const {PATH = '', SSH_AUTH_SOCK: _agent, ...others} = process.env;
		return new Running(
			spawn(program, rest, {env: {...others, PATH, ...this.env}, stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder}),
		);
	}

	async run(...words: readonly string[]): Promise<Ended> {
		return this.start(words).ended;
	}

	/** What it prints, byte by byte; it must end with 0. */
	async bytes(...words: readonly string[]): Promise<Uint8Array> {
		const running = this.start(words);
		// Of one byte each: nothing is lost on the way through text
		running.process.stdout?.setEncoding('latin1');
		const {status, out, err} = await running.ended;
		if (status !== 0) {
			throw new Error(`ended with ${status}: ${err}`);
		}

		return Buffer.from(out, 'latin1');
	}

	/** Ends the lab that this test's rehearsals left behind, and removes everything. */
	async remove(): Promise<void> {
		await this.run('lab', 'stop');
		rmSync(this.folder, {recursive: true, force: true});
	}
}

export class Running {
	readonly process: ChildProcess;
	readonly ended: Promise<Ended>;
	out = '';
	err = '';
	#look: (() => void) | undefined;

	constructor(process: ChildProcess) {
		this.process = process;
		process.stdout?.on('data', data => {
			this.out += data;
			this.#look?.();
		});
		process.stderr?.on('data', data => {
			this.err += data;
		});
		this.ended = new Promise(resolve => process.on('close', status => resolve({status, out: this.out, err: this.err})));
	}

	/** Resolves when standard output matches; rejects if the program ends before. */
	async prints(pattern: RegExp): Promise<RegExpExecArray> {
		const seen = new Promise<RegExpExecArray>(resolve => {
			this.#look = () => {
				const match = pattern.exec(this.out);
				if (match !== null) {
					resolve(match);
				}
			};
			this.#look();
		});
		const ended = this.ended.then(({status, out, err}) => {
			throw new Error(`ended with ${status} before it printed ${pattern}:\n${out}\n${err}`);
		});
		ended.catch(() => {});
		return Promise.race([seen, ended]);
	}
}
