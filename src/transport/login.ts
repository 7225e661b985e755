import type {HostAccess, SecretPrompt, Secrets} from '../engine/ports.js';
import {sanitiseLine} from '../text/sanitise.js';
import {fingerprintOf, keyTypeOf} from './fingerprint.js';
import {type Hop, placeOf} from './hop.js';
import type {KeyFile, KeyFiles} from './key-files.js';
import {needsSystemSsh} from './needs-system-ssh.js';
import {type AgentKeys, agentKeys, type LoginAttempt, type OfferedKey, type Question} from './ssh-client.js';

/** A server hangs up at the sixth failure (MaxAuthTries): five keys leave one try for a password. */
const mostKeys = 5;

const agentPatienceMs = 3000;

type AuthMethod = NonNullable<HostAccess['auth']>;

export type LoginMeans = {
	readonly hop: Hop;
	readonly secrets: Secrets;
	readonly keyFiles: KeyFiles;
	/** Undefined: no agent, unless the ssh configuration names one. */
	readonly agentSocket: string | undefined;
};

export type LoginRefusal = {readonly reason: string; readonly next: string};

/**
One log-in: what is tried in which order, and what to say if nothing was taken.

The order is agent, key files, password, keyboard-interactive; `auth` in the sheet leaves one of them. Keys that are named
for the host come before the agent's others. Nothing is sent twice: repeated failures lock accounts.
*/
export class Login {
	readonly #means: LoginMeans;
	readonly #attempts: AsyncGenerator<LoginAttempt>;
	#accepted: readonly string[] | undefined;
	#wasPartial = false;
	/** What was given for this attempt; forgotten if it is refused. */
	#given: SecretPrompt[] = [];
	readonly #offered: OfferedKey[] = [];
	readonly #refusedPasswords = new Set<string>();
	readonly #notes: string[] = [];
	/** Keys that we could not offer, and ssh could. */
	readonly #unusable: Array<{readonly type: string; readonly from: string}> = [];

	constructor(means: LoginMeans) {
		this.#means = means;
		this.#attempts = this.#inOrder();
	}

	/** The next attempt; undefined: there is none. `accepted` and `wasPartial` are the server's answer to the last one. */
	async next(accepted: readonly string[] | undefined, wasPartial: boolean): Promise<LoginAttempt | undefined> {
		this.#accepted = accepted ?? this.#accepted;
		this.#wasPartial = wasPartial;
		this.#settleGiven();
		const {value, done} = await this.#attempts.next();
		return done === true ? undefined : value;
	}

	/** Why it did not work, for the person who has to put it right. `said`: the server's own words, if it had any. */
	refusal(said: string): LoginRefusal {
		this.#wasPartial = false;
		this.#settleGiven();
		const {hop} = this.#means;
		const accepted = (this.#accepted ?? []).map(sanitiseLine).join(', ');
		const systemSsh = this.#accepts('publickey') ? needsSystemSsh({keys: this.#unusable}) : undefined;
		const reason = [
			`Could not log in to ${placeOf(hop)} as ${hop.settings.user}.`,
			accepted === '' ? '' : `The server accepts: ${accepted}.`,
			this.#sayOffered(),
			...this.#notes,
			systemSsh === undefined ? '' : `For ssh itself ${systemSsh}, which fieldbook cannot use.`,
			said === '' ? '' : `The server said: ${sanitiseLine(said)}.`,
		];
		const instead =
			systemSsh === undefined
				? ''
				: ` Or write \`transport: system\` for ${hop.name} into the sheet: this laptop's own ssh then reaches it.`;
		return {
			reason: reason.filter(sentence => sentence !== '').join(' '),
			next: this.#nextMove() + instead,
		};
	}

	async *#inOrder(): AsyncGenerator<LoginAttempt> {
		if (!this.#isAboutKeys()) {
			yield {kind: 'none'};
		}

		const held = this.#allows('agent') ? await this.#keysOfAgent() : noKeys;
		const isNamed = this.#means.hop.settings.identityFiles.length > 0;
		yield* this.#offer(held.named);
		if (isNamed) {
			yield* this.#keyFiles(); // Before what else the agent holds, which may be more than the server lets us try
		}

		yield* this.#offer(held.others);
		if (!isNamed) {
			yield* this.#keyFiles();
		}

		if (this.#isAboutKeys() && this.#accepted === undefined) {
			yield {kind: 'none'}; // For the refusal: what it takes instead
		}

		if (this.#allows('password') && this.#accepts('password')) {
			yield* this.#password();
		}

		if (this.#allows('keyboard-interactive') && this.#accepts('keyboard-interactive')) {
			yield {kind: 'questions', answer: questions => this.#answer(questions)};
		}
	}

	async *#keyFiles(): AsyncGenerator<LoginAttempt> {
		if (this.#allows('key')) {
			yield* this.#offer(await this.#keysInFiles());
		}
	}

	/** Where the sheet says that it is a key, the server need not be asked first: a thousand hosts are quicker by that. */
	#isAboutKeys(): boolean {
		const {auth} = this.#means.hop;
		return auth === 'key' || auth === 'agent';
	}

	#allows(method: AuthMethod): boolean {
		const {auth} = this.#means.hop;
		return auth === undefined || auth === method;
	}

	#accepts(method: string): boolean {
		return this.#accepted?.includes(method) ?? true;
	}

	*#offer(keys: readonly OfferedKey[]): Generator<LoginAttempt> {
		for (const key of keys) {
			if (!this.#accepts('publickey') || this.#offered.some(({publicKey}) => publicKey.equals(key.publicKey))) {
				continue;
			}

			if (this.#offered.length === mostKeys) {
				this.#notes.push(`Of more than ${mostKeys} keys only the first were offered; name the right one in the sheet.`);
				return;
			}

			this.#offered.push(key);
			yield {kind: 'key', key: {...key, sign: (data, hash) => this.#sign(key, data, hash)}};
		}
	}

	async #sign(key: OfferedKey, ...what: Parameters<OfferedKey['sign']>): Promise<Buffer> {
		try {
			return await key.sign(...what);
		} catch (error) {
			const because = error instanceof Error ? error.message : String(error);
			this.#notes.push(`The server took ${fingerprintOf(key.publicKey)}, but we could not sign: ${because}`);
			throw error;
		}
	}

	async #keysOfAgent(): Promise<HeldKeys> {
		const socket = this.#agentSocket();
		if (socket === undefined || !this.#accepts('publickey')) {
			return noKeys;
		}

		const held = await this.#askAgent(socket);
		if (held === undefined) {
			return noKeys;
		}

		const {hop, keyFiles} = this.#means;
		const {identityFiles, identitiesOnly} = hop.settings;
		const isTold = identityFiles.length > 0 || identitiesOnly;
		const named = isTold ? (await keyFiles.find(identityFiles, hop.name)).flatMap(publicKeyOf) : [];
		const isNamed = ({publicKey}: OfferedKey) => named.some(key => key.equals(publicKey));
		this.#unusable.push(...held.others.map(key => ({type: keyTypeOf(key), from: 'in the agent'})));
		return {
			named: held.usable.filter(isNamed),
			others: identitiesOnly ? [] : held.usable.filter(key => !isNamed(key)),
		};
	}

	#agentSocket(): string | undefined {
		const {agentSocket, hop} = this.#means;
		const {identityAgent} = hop.settings;
		switch (identityAgent) {
			case 'usual':
				return agentSocket;
			case 'none':
				return undefined;
			default:
				return identityAgent.socket;
		}
	}

	async #askAgent(socket: string): Promise<AgentKeys | undefined> {
		try {
			return await agentKeys(socket, agentPatienceMs);
		} catch {
			this.#notes.push(`The SSH agent at ${socket} did not answer.`);
			return undefined;
		}
	}

	async #keysInFiles(): Promise<readonly OfferedKey[]> {
		if (!this.#accepts('publickey')) {
			return [];
		}

		const {hop, keyFiles} = this.#means;
		const {identityFiles, certificateFiles} = hop.settings;
		const found = await keyFiles.find(identityFiles, hop.name);
		this.#unusable.push(...(await keyFiles.certificates(certificateFiles, identityFiles)));
		for (const file of found) {
			this.#note(file);
		}

		return found.flatMap(file => (file.kind === 'key' ? [file.key] : []));
	}

	#note(file: KeyFile): void {
		switch (file.kind) {
			case 'unusable':
				this.#notes.push(file.because);
				this.#unusable.push(...(file.type === undefined ? [] : [{type: file.type, from: file.from}]));
				return;
			case 'missing':
				if (this.#means.hop.settings.identityFiles.length > 0) {
					this.#notes.push(`There is no key file ${file.from}.`);
				}

				return;
			case 'key':
			case 'public':
		}
	}

	async *#password(): AsyncGenerator<LoginAttempt> {
		const password = await this.#obtain({
			name: 'password',
			text: `Password for ${this.#means.hop.settings.user}`,
			echo: false,
		});
		if (password !== undefined) {
			yield {kind: 'password', password};
			if (!this.#wasPartial) {
				this.#refusedPasswords.add(password);
				this.#notes.push('It refused the password.');
			}
		}
	}

	/** Undefined ends the login: nobody answers, or we would send what was refused already. */
	async #answer(questions: readonly Question[]): Promise<readonly string[] | undefined> {
		const answers: string[] = [];
		for (const question of questions) {
			const isPassword = asksForPassword(question);
			const wasGiven = this.#given.some(({name}) => name === 'password');
			const answer =
				isPassword && wasGiven
					? undefined
					: await this.#obtain({...question, name: isPassword ? 'password' : 'answer'});
			if (answer === undefined || (isPassword && this.#refusedPasswords.has(answer))) {
				return undefined;
			}

			answers.push(answer);
		}

		return answers;
	}

	async #obtain(question: Omit<SecretPrompt, 'host'>): Promise<string | undefined> {
		const prompt = {...question, host: this.#means.hop.name};
		const value = await this.#means.secrets.obtain(prompt);
		if (value === undefined) {
			this.#notes.push(`Nobody gave the ${question.name === 'password' ? 'password' : 'answer it asked for'}.`);
		} else {
			this.#given.push(prompt);
		}

		return value;
	}

	#settleGiven(): void {
		if (!this.#wasPartial) {
			for (const prompt of this.#given) {
				this.#means.secrets.refused?.(prompt);
			}
		}

		this.#given = [];
	}

	#sayOffered(): string {
		const keys = this.#offered.map(({publicKey, from}) => `${fingerprintOf(publicKey)} (${from})`);
		return keys.length === 0
			? 'We offered no key.'
			: `We offered ${keys.length === 1 ? '1 key' : `${keys.length} keys`}: ${keys.join(', ')}.`;
	}

	#nextMove(): string {
		const {hop: host} = this.#means;
		const wanted = host.auth === 'agent' || host.auth === 'key' ? 'publickey' : host.auth;
		if (wanted !== undefined && !this.#accepts(wanted)) {
			const instead = this.#accepts('keyboard-interactive') ? ': keyboard-interactive, for one' : '';
			return `The server does not take "${host.auth}": set another "auth" for ${host.name} in ${host.writtenIn}${instead}.`;
		}

		if (host.platform === 'esxi' && this.#offered.some(({publicKey}) => keyTypeOf(publicKey) === 'ssh-ed25519')) {
			return 'ESXi takes no ed25519 keys: use an RSA or ECDSA key, or the password.';
		}

		return this.#accepts('password') || this.#accepts('keyboard-interactive')
			? `Check the user, and the password or the key of ${host.name} in ${host.writtenIn}.`
			: `Load the right key into the agent, or set ${host.writtenIn === 'the sheet' ? '"key"' : 'IdentityFile'} for ${host.name} in ${host.writtenIn}.`;
	}
}

function publicKeyOf(file: KeyFile): readonly Buffer[] {
	switch (file.kind) {
		case 'key':
			return [file.key.publicKey];
		case 'public':
			return [file.publicKey];
		case 'missing':
		case 'unusable':
			return [];
	}
}

/** What an agent holds: the keys that are named for this host, and others. */
type HeldKeys = {readonly named: readonly OfferedKey[]; readonly others: readonly OfferedKey[]};

const noKeys: HeldKeys = {named: [], others: []};

/** "Password: ", "root@esxi's password:"; not a new one, and no code from a token. */
function asksForPassword({text, echo}: Question): boolean {
	return (
		!echo && /passw|パスワード/i.test(text) && !/new|retype|again|current|one-?time|verification|token|新し/i.test(text)
	);
}
