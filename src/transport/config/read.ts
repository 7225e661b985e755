import {userInfo} from 'node:os';
import {isDeepStrictEqual} from 'node:util';
import {Fresh} from '../fresh.js';
import {Slots} from '../slots.js';
import {type ConfigFile, type ConfigQuestion, evaluateConfig, isPlain, type Options, runsCommands} from './evaluate.js';
import {type ConfigSource, readConfigFiles} from './files.js';
import {type SshSettings, settingsOf} from './settings.js';
import {askSystemSsh} from './system-ssh.js';
import type {Local} from './tokens.js';

/** What `ssh` would do for a host, and what a person should know of how we found out; `note` is empty where all is plain. */
export type ReadSettings = {readonly settings: SshSettings; readonly note: string};

type Question = Omit<ConfigQuestion, 'localUser'>;

/** Each is a process. */
const questionsAtOnce = 4;

/** One reading of the configuration, and what was found out with it. */
type Reading = {
	readonly files: readonly ConfigFile[];
	readonly answers: Map<string, Promise<ReadSettings>>;
	/** Does the system's `ssh` say the same as we, for hosts of which the configuration says the same kind of things? */
	readonly agreements: Map<string, Promise<boolean>>;
};

/**
Says what `ssh` would do for a host.

The system's `ssh` knows best and is asked; for many hosts of one kind once, as long as it says the same as we. It is
not asked about a host of which its files say nothing that concerns us, and never where they contain `Match exec`,
because it would execute that. Then only we read them.
*/
export class ConfigReader {
	readonly #source: ConfigSource;
	readonly #local: Local;
	readonly #slots = new Slots(questionsAtOnce);
	readonly #lately = new Fresh<Reading>();

	constructor(source: ConfigSource, local: Local) {
		this.#source = source;
		this.#local = local;
	}

	async read(question: Question): Promise<ReadSettings> {
		const reading = await this.#lately.get('', () => this.#readFiles());
		const key = JSON.stringify([question.host, question.user, question.port]);
		const answer = reading.answers.get(key) ?? this.#find(question, reading);
		reading.answers.set(key, answer);
		return answer;
	}

	async #readFiles(): Promise<Reading> {
		const files = await readConfigFiles(this.#source, this.#local.home);
		return {files, answers: new Map(), agreements: new Map()};
	}

	async #find(question: Question, {files, agreements}: Reading): Promise<ReadSettings> {
		const own = evaluateConfig(files, {...question, localUser: this.#local.user});
		const ours = {settings: settingsOf(own, question.host, this.#local), note: ''};
		if (runsCommands(files)) {
			const note = 'The ssh configuration has `Match exec`, which fieldbook never runs: such blocks do not count here.';
			return {...ours, note};
		}

		if (!concernsUs(own) || !isThisUser(this.#local)) {
			return ours;
		}

		const kind = [...own.keys()].toSorted().join(' ');
		const agreement = isPlain(files) ? agreements.get(kind) : undefined;
		if (agreement !== undefined && (await agreement)) {
			return ours;
		}

		const asking = this.#ask(question, ours.settings);
		agreements.set(
			kind,
			asking.then(({settings}) => isDeepStrictEqual(settings, ours.settings)),
		);
		return asking;
	}

	async #ask(question: Question, ours: SshSettings): Promise<ReadSettings> {
		const theirs = await this.#slots.during(() => askSystemSsh(this.#source, question));
		if ('noAnswer' in theirs) {
			const {noAnswer} = theirs;
			return {settings: ours, note: noAnswer === '' ? '' : `ssh itself does not take its configuration: ${noAnswer}.`};
		}

		return {settings: settingsOf(theirs, question.host, this.#local), note: ''};
	}
}

/** `ssh` goes by the password file, whatever `HOME` says: for somebody else it would read other files than we. */
function isThisUser({home, user}: Local): boolean {
	const own = userInfo();
	return home === own.homedir && user === own.username;
}

/** What distributions write for everybody changes nothing for us. */
const beside = new Set([
	'addkeystoagent',
	'compression',
	'controlmaster',
	'controlpath',
	'controlpersist',
	'forwardagent',
	'forwardx11',
	'forwardx11trusted',
	'gssapiauthentication',
	'gssapidelegatecredentials',
	'hashknownhosts',
	'ignoreunknown',
	'loglevel',
	'sendenv',
	'setenv',
	'tcpkeepalive',
	'visualhostkey',
]);

function concernsUs(options: Options): boolean {
	return [...options.keys()].some(keyword => !beside.has(keyword) && keyword !== 'user' && keyword !== 'port');
}
