import {userInfo} from 'node:os';
import {isDeepStrictEqual} from 'node:util';
import {Slots} from '../slots.js';
import {type ConfigFile, type ConfigQuestion, evaluateConfig, isPlain, type Options, runsCommands} from './evaluate.js';
import {type ConfigSource, readConfigFiles} from './files.js';
import {type SshSettings, settingsOf} from './settings.js';
import {askSystemSsh} from './system-ssh.js';
import type {Local} from './tokens.js';

/** What `ssh` would do for a host, and what a person should know of how we found out; `note` is empty where all is plain. */
export type ReadSettings = {readonly settings: SshSettings; readonly note: string};

type Question = Omit<ConfigQuestion, 'localUser'>;

/** A configuration may be corrected while a run stands; for one wave of connections it is read once. */
const freshMs = 3000;

/** Each is a process. */
const questionsAtOnce = 4;

/** One reading of the configuration, and what was found out with it. */
type Reading = {
	readonly at: number;
	readonly files: Promise<readonly ConfigFile[]>;
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
	#reading: Reading | undefined;

	constructor(source: ConfigSource, local: Local) {
		this.#source = source;
		this.#local = local;
	}

	read(question: Question): Promise<ReadSettings> {
		const reading = this.#freshReading();
		const key = JSON.stringify([question.host, question.user, question.port]);
		const answer = reading.answers.get(key) ?? this.#find(question, reading);
		reading.answers.set(key, answer);
		return answer;
	}

	#freshReading(): Reading {
		if (this.#reading === undefined || performance.now() - this.#reading.at > freshMs) {
			const files = readConfigFiles(this.#source, this.#local.home);
			this.#reading = {at: performance.now(), files, answers: new Map(), agreements: new Map()};
		}

		return this.#reading;
	}

	async #find(question: Question, {files: reading, agreements}: Reading): Promise<ReadSettings> {
		const files = await reading;
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
