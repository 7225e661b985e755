/**
What a terminal does with keys before a program sees them: echo, a line to edit, a history, the keys that send signals.
*/
export type TerminalEffects = {
	/** To the screen, line ends as they are. */
	echo(text: string): void;
	/** A finished line with its end. */
	line(text: string): void;
	/** ^D on an empty line. */
	end(): void;
	/** ^C. */
	interrupt(): void;
};

export class Terminal {
	readonly #effects: TerminalEffects;
	readonly #history: string[] = [];
	#line = '';
	/** Where the history was entered: behind the last line. */
	#recall = 0;
	#escape: string | undefined;

	constructor(effects: TerminalEffects) {
		this.#effects = effects;
	}

	type(text: string): void {
		for (const key of text) {
			this.#key(key);
		}
	}

	#key(key: string): void {
		if (this.#escape !== undefined) {
			this.#continueEscape(key);
			return;
		}
		switch (key) {
			case '\x1b':
				this.#escape = '';
				return;
			case '\r':
			case '\n':
				this.#finish();
				return;
			case '\x03':
				this.#line = '';
				this.#effects.echo('^C\r\n');
				this.#effects.interrupt();
				return;
			case '\x04':
				if (this.#line === '') {
					this.#effects.end();
				}
				return;
			case '\x7f':
			case '\b':
				this.#replace([...this.#line].slice(0, -1).join(''));
				return;
			case '\x15':
				this.#replace('');
				return;
			case '\x17':
				this.#replace(this.#line.replace(/\S*\s*$/, ''));
				return;
			default:
				if (key >= ' ') {
					this.#line += key;
					this.#effects.echo(key);
				}
		}
	}

	/**
	> | ESC [ A     up: the line before
	> | ESC [ B     down
	*/
	#continueEscape(key: string): void {
		this.#escape += key;
		if (key === '[' || key === 'O' || /[\d;]/.test(key)) {
			return;
		}
		const sequence = this.#escape;
		this.#escape = undefined;
		if (sequence === '[A' || sequence === '[B') {
			this.#recall = Math.max(0, Math.min(this.#history.length, this.#recall + (sequence === '[A' ? -1 : 1)));
			this.#replace(this.#history[this.#recall] ?? '');
		}
	}

	#replace(line: string): void {
		const columns = [...this.#line].length;
		this.#effects.echo(`${'\b'.repeat(columns)}${' '.repeat(columns)}${'\b'.repeat(columns)}${line}`);
		this.#line = line;
	}

	#finish(): void {
		if (this.#line !== '' && this.#line !== this.#history.at(-1)) {
			this.#history.push(this.#line);
		}
		this.#recall = this.#history.length;
		const line = this.#line;
		this.#line = '';
		this.#effects.echo('\r\n');
		this.#effects.line(`${line}\n`);
	}
}
