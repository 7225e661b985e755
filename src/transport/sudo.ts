import type {SecretPrompt, Secrets} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import type {HostName} from '../runbook/runbook.js';
import {quotePosix} from '../text/quote.js';
import {sanitiseLine} from '../text/sanitise.js';
import {newToken} from './helper.js';
import {MarkerFilter} from './marker.js';
import type {Ending, Listener, Place, Session, Started, StartOptions} from './session.js';
import {atMost, type Timing} from './timing.js';

/** Another user than the one who logs in, and how his rights are had. */
export type Become = {
	readonly user: string;
	/** `sudo: true` in the sheet. Without it a command runs only where the login is that user already. */
	readonly maySudo: boolean;
	/** For questions to a person, and for what to write into the sheet. */
	readonly host: HostName;
	readonly secrets: Secrets;
};

/**
The same place, where every command runs as another user.

> | sudo -k -S -H -p 'TOKEN ask' -u root -- sh -c 'say TOKEN go GROUP; exec sh -c LINE'

sudo asks on standard error with a word of ours, and only then does it get the password: where it needs none, the
password would become the command's input. The second time it asks, the password was wrong; nothing is sent again. The
command has begun when `go` came, and until then its own input waits. Nothing of sudo's talk is the command's output.
*/
export function placeAs(place: Place, become: Become, timing: Timing): Place {
	const line = (wanted: string, token: string) => sudoLine(wanted, token, become);
	return {
		name: place.name,
		shell: {isPosix: true},
		fits: wanted => place.fits(line(wanted, newToken())),
		start: (wanted, listener, how) => {
			const token = newToken();
			const dialogue = new Dialogue(place.name, token, become, listener, timing);
			return startAs(place, line(wanted, token), dialogue, how);
		},
	};
}

/** A person may think for longer than sudo waits (five minutes): then it is asked again, and answered at once. */
async function startAs(place: Place, line: string, dialogue: Dialogue, how: StartOptions): Promise<Started> {
	const started = await place.start(line, dialogue, how);
	if (started.kind !== 'started') {
		return started;
	}

	const settled = await dialogue.settle(started.session, how.cancel);
	return settled === 'again' ? startAs(place, line, dialogue.anew(), how) : settled;
}

/** `$1` is the user, `$2` the line, `$3` is not empty where sudo may be used. */
function sudoLine(line: string, token: string, {user, maySudo}: Become): string {
	const outer = `
say() { printf '%s %s\\n' ${token} "$1" >&2; }
me=$(id -un 2>/dev/null)
[ "$me" = "$1" ] && { say "go $$"; exec sh -c "$2"; }
[ "$3" ] || { say "sheet $me"; exit 1; }
command -v sudo >/dev/null 2>&1 || { say missing; exit 1; }
exec sudo -k -S -H -p '${token} ask
' -u "$1" -- sh -c ${quotePosix(innerScript(token))} fieldbook "$2" $$`;
	const args = [user, line, maySudo ? 'yes' : ''].map(quotePosix).join(' ');
	return `exec sh -c ${quotePosix(outer)} fieldbook ${args}`;
}

/** `$1` is the line, `$2` our process before it was sudo: its group, unless sudo has made another one. */
function innerScript(token: string): string {
	return `
line=$1 group=$2
{ read -r stat </proc/$$/stat; } 2>/dev/null && set -- \${stat##*) } && group=$3
printf '%s go %s\\n' ${token} "$group" >&2
exec sh -c "$line"`;
}

/** Hears sudo until the command begins, and from then on hands everything on. */
class Dialogue implements Listener {
	readonly #place: string;
	readonly #token: string;
	readonly #become: Become;
	readonly #listener: Listener;
	readonly #timing: Timing;
	readonly #words: string[] = [];
	#heard = Promise.withResolvers<void>();
	#filter: MarkerFilter;
	#noise = '';
	#group: string | undefined;
	#ending: Ending | undefined;
	#isOver = false;
	#linkLost: string | undefined;

	constructor(place: string, token: string, become: Become, listener: Listener, timing: Timing) {
		this.#place = place;
		this.#token = token;
		this.#become = become;
		this.#listener = listener;
		this.#timing = timing;
		this.#filter = new MarkerFilter(token);
	}

	anew(): Dialogue {
		return new Dialogue(this.#place, this.#token, this.#become, this.#listener, this.#timing);
	}

	output(stream: 'out' | 'err', bytes: Uint8Array): void {
		let rest: Uint8Array | undefined = bytes;
		while (stream === 'err' && rest !== undefined && this.#group === undefined) {
			rest = this.#filter.push(rest);
			this.#takeWord();
		}

		if (rest !== undefined) {
			this.#listener.output(stream, rest);
		}
	}

	exit(ending: Ending): void {
		this.#ending = ending;
		if (this.#group !== undefined) {
			this.#listener.exit(ending);
		}
	}

	close(linkLost: string | undefined): void {
		this.#isOver = true;
		this.#linkLost = linkLost;
		this.#heard.resolve();
		if (this.#group !== undefined) {
			this.#listener.close(linkLost);
		}
	}

	/** Goes through sudo's questions. `again`: it had given up by the time its password was there. */
	async settle(session: Session, cancel: AbortSignal | undefined): Promise<Started | 'again'> {
		const first = await this.#nextWord(cancel);
		if (first !== 'ask') {
			return this.#conclude(session, first, cancel);
		}

		const {user, secrets} = this.#become;
		const prompt = this.#prompt();
		const asking = secrets.obtain(prompt);
		await atMost(Number.POSITIVE_INFINITY, asking, cancel);
		if (cancel?.aborted === true) {
			return this.#giveUp(session, wasCancelled);
		}

		const password = await asking;
		if (password === undefined) {
			return this.#giveUp(session, `sudo on ${this.#place} wants a password for as=${user}, and nobody gave it.`);
		}

		if (this.#isOver) {
			return 'again'; // Nothing has run, whether sudo had enough or the connection is gone
		}

		await session.write(Buffer.from(`${password}\n`));
		const second = await this.#nextWord(cancel);
		if (second !== 'ask') {
			return this.#conclude(session, second, cancel);
		}

		secrets.refused?.(prompt);
		return this.#giveUp(session, `sudo on ${this.#place} did not take the password. It was sent once.`);
	}

	/** What a word means, or why none came. */
	async #conclude(session: Session, word: string | undefined, cancel: AbortSignal | undefined): Promise<Started> {
		const {user, host} = this.#become;
		const [kind, detail = ''] = word?.split(' ') ?? [];
		switch (kind) {
			case 'go':
				return {kind: 'started', session: inGroup(session, detail)};
			case 'sheet':
				return this.#giveUp(
					session,
					`as=${user} on ${this.#place} needs sudo, since we are ${sanitiseLine(detail)} there: set "sudo: true" for ${host} in the sheet, or log in as ${user}.`,
				);
			case 'missing':
				return this.#giveUp(session, `${this.#place} has no sudo, which as=${user} needs: log in as ${user}.`);
			default:
				return this.#isOver ? this.#explainEnd() : this.#explainSilence(session, cancel);
		}
	}

	/** Too long without a word of ours, or it was cancelled. The command may begin even now. */
	async #explainSilence(session: Session, cancel: AbortSignal | undefined): Promise<Started> {
		await this.#end(session);
		if (this.#group !== undefined) {
			return {kind: 'started', session: inGroup(session, this.#group)};
		}

		if (this.#ending === undefined || this.#linkLost !== undefined) {
			return {kind: 'lost', evidence: `sudo on ${this.#place} did not say whether the command began.`};
		}

		const asks = `sudo on ${this.#place} asks what fieldbook cannot answer: ${sanitiseLine(this.#said()).slice(0, 300)}`;
		return {kind: 'notStarted', reason: cancel?.aborted === true ? wasCancelled : asks};
	}

	/** The channel is gone, and our word did not come: with an exit status that proves that nothing ran. */
	#explainEnd(): Started {
		return this.#ending === undefined || this.#linkLost !== undefined
			? {
					kind: 'lost',
					evidence: `The connection to ${this.#place} was lost while sudo began: ${this.#linkLost ?? 'its channel was closed'}.`,
				}
			: {kind: 'notStarted', reason: this.#whyRefused()};
	}

	#whyRefused(): string {
		const {user, host} = this.#become;
		const said = this.#lastSaid();
		return /\btty\b/.test(said)
			? `sudo on ${this.#place} works on a terminal only (requiretty): nothing ran. Have the line "Defaults:LOGIN !requiretty" added there with visudo, or log in to ${host} as ${user}. It said: ${said}`
			: `sudo on ${this.#place} refused as=${user}: nothing ran. It said: ${said}`;
	}

	/** sudo reads the end of its input for an empty answer and ends. Nothing of ours runs then. */
	async #giveUp(session: Session, reason: string): Promise<Extract<Outcome, {kind: 'notStarted'}>> {
		await this.#end(session);
		return {kind: 'notStarted', reason};
	}

	async #end(session: Session): Promise<void> {
		session.end();
		const hasSettled = async () => {
			while (!this.#isOver && this.#group === undefined) {
				await this.#heard.promise;
			}
		};
		await atMost(this.#timing.marker, hasSettled());
		if (this.#group === undefined) {
			session.close();
		}
	}

	#prompt(): SecretPrompt {
		const {host, user} = this.#become;
		return {name: 'sudo', host, text: `Password for sudo, to become ${user}`, echo: false};
	}

	/** Undefined: the command ended, nothing came in time, or `cancel` was aborted. */
	async #nextWord(cancel: AbortSignal | undefined): Promise<string | undefined> {
		if (this.#words.length === 0 && !this.#isOver) {
			await atMost(this.#timing.login, this.#heard.promise, cancel);
		}

		return this.#words.shift();
	}

	#takeWord(): void {
		const {word} = this.#filter;
		if (word === undefined) {
			return;
		}

		this.#noise += this.#filter.noise;
		this.#words.push(word);
		this.#filter = new MarkerFilter(this.#token);
		this.#group = /^go (\d+)$/.exec(word)?.[1];
		if (this.#group !== undefined && this.#ending !== undefined) {
			this.#listener.exit(this.#ending); // The status of a short command may overtake its standard error
		}
		this.#heard.resolve();
		this.#heard = Promise.withResolvers<void>();
	}

	/** sudo's complaint comes last, behind its lecture. */
	#lastSaid(): string {
		const lines = this.#said().trim().split('\n');
		return sanitiseLine(lines.at(-1) ?? '').slice(0, 300);
	}

	/** All that came and was no word of ours. Nothing more is to come. */
	#said(): string {
		this.#filter.end();
		return this.#noise + this.#filter.noise;
	}
}

const wasCancelled = 'It was cancelled before anything ran.';

function inGroup(session: Session, group: string): Session {
	return {
		group,
		write: bytes => session.write(bytes),
		end: () => session.end(),
		signal: name => session.signal(name),
		close: () => session.close(),
		release: () => session.release(),
	};
}
