import type {ConfigLine} from './lines.js';
import {matchesPatterns} from './patterns.js';
import {expandHostName} from './tokens.js';

/** A line with the files that it includes, where it is an `Include`. */
type ConfigEntry = ConfigLine & {readonly included: readonly ConfigFile[]};

export type ConfigFile = readonly ConfigEntry[];

/** What the configuration is asked for; user and port where they are given from outside, which wins. */
export type ConfigQuestion = {
	readonly host: string;
	readonly user: string | undefined;
	readonly port: number | undefined;
	readonly localUser: string;
};

/** The values of each keyword that applies, by the keyword in lower case: one, or one for each line of `IdentityFile`. */
export type Options = ReadonlyMap<string, readonly string[]>;

/**
What the files say for a host, the first value of each keyword (ssh_config(5)).

A block whose condition we cannot know without running something (`Match exec`) or do not know at all does not apply.
*/
export function evaluateConfig(files: readonly ConfigFile[], question: ConfigQuestion): Options {
	const evaluation = new Evaluation(question);
	evaluation.readAll(files, false);
	if (evaluation.wantsFinal) {
		evaluation.settleHostName();
		evaluation.readAll(files, true);
	}

	return evaluation.options;
}

/** Is there a condition that `ssh`, even when it is only asked what it would do, answers by running a command? */
export function runsCommands(files: readonly ConfigFile[]): boolean {
	return files.some(file =>
		file.some(
			({keyword, words, included}) =>
				(keyword === 'match' && criteriaIn(words).some(({name}) => name === 'exec')) || runsCommands(included),
		),
	);
}

/** Conditions and names that we read as `ssh` does. What else there is may depend on more than the host's own lines. */
export function isPlain(files: readonly ConfigFile[]): boolean {
	return files.every(file =>
		file.every(({keyword, words, included}) => {
			switch (keyword) {
				case 'match':
					return criteriaIn(words).every(({name}) => knownCriteria.has(name));
				case 'include':
					return words.every(word => !/[%$]/.test(word)) && isPlain(included);
				case 'canonicalizehostname':
					return false;
				default:
					return true;
			}
		}),
	);
}

const knownCriteria = new Set(['all', 'canonical', 'final', 'host', 'originalhost', 'user', 'localuser']);

/** Each line adds one. */
const cumulative = new Set(['identityfile', 'certificatefile']);

/** The rest of the line is a command. */
const commands = new Set(['proxycommand', 'knownhostscommand', 'localcommand', 'remotecommand']);

class Evaluation {
	readonly options = new Map<string, readonly string[]>();
	wantsFinal = false;
	readonly #question: ConfigQuestion;

	constructor(question: ConfigQuestion) {
		this.#question = question;
		if (question.user !== undefined) {
			this.options.set('user', [question.user]);
		}

		if (question.port !== undefined) {
			this.options.set('port', [String(question.port)]);
		}
	}

	/** What the first reading found is the host's name; the second one can no longer change it. */
	settleHostName(): void {
		this.options.set('hostname', [this.#hostName().toLowerCase()]);
	}

	readAll(files: readonly ConfigFile[], isFinal: boolean): void {
		for (const file of files) {
			this.#read(file, isFinal, true);
		}
	}

	/** What a file includes applies where the `Include` does; its blocks end with it. */
	#read(file: ConfigFile, isFinal: boolean, mayApply: boolean): void {
		let applies = mayApply;
		for (const entry of file) {
			switch (entry.keyword) {
				case 'host':
					// The second reading is of the name that the first one found
					applies = mayApply && matchesPatterns(entry.words, isFinal ? this.#hostName() : this.#question.host);
					break;
				case 'match': {
					const holds = this.#holds(entry.words, isFinal); // Asked in any case: it may want a final reading
					applies = mayApply && holds;
					break;
				}

				case 'include':
					for (const included of entry.included) {
						this.#read(included, isFinal, applies);
					}

					break;
				default:
					if (applies) {
						this.#take(entry);
					}
			}
		}
	}

	#take({keyword, words, rest}: ConfigEntry): void {
		const values = commands.has(keyword) ? [rest] : words;
		const known = this.options.get(keyword);
		if (cumulative.has(keyword)) {
			this.options.set(keyword, [...new Set([...(known ?? []), ...words.slice(0, 1)])]);
		} else if (known === undefined && values.length > 0 && !this.#isDecidedByOther(keyword)) {
			this.options.set(keyword, values);
		}
	}

	/** Of the two ways to go through something else the first wins; `ProxyJump none` is none. */
	#isDecidedByOther(keyword: string): boolean {
		const jump = this.options.get('proxyjump')?.[0]?.toLowerCase() ?? 'none';
		return (
			(keyword === 'proxyjump' && this.options.has('proxycommand')) || (keyword === 'proxycommand' && jump !== 'none')
		);
	}

	#holds(words: readonly string[], isFinal: boolean): boolean {
		return criteriaIn(words)
			.map(criterion => this.#isMet(criterion, isFinal))
			.every(isMet => isMet);
	}

	#isMet({name, isNegated, patterns}: Criterion, isFinal: boolean): boolean {
		const {host, localUser} = this.#question;
		switch (name) {
			case 'all':
				return !isNegated;
			case 'final':
				this.wantsFinal = true;
				return isFinal !== isNegated;
			case 'canonical': // The same, but nobody reads a second time for its sake
				return isFinal !== isNegated;
			case 'host':
				return isOneOf(patterns, this.#hostName()) !== isNegated;
			case 'originalhost':
				return isOneOf(patterns, host) !== isNegated;
			case 'user':
				return matchesPatterns(patterns, this.options.get('user')?.[0] ?? localUser) !== isNegated;
			case 'localuser':
				return matchesPatterns(patterns, localUser) !== isNegated;
			default:
				return false;
		}
	}

	#hostName(): string {
		const {host} = this.#question;
		return expandHostName(this.options.get('hostname')?.[0] ?? host, host);
	}
}

/** As `Match` compares names of hosts; `Host` tells upper from lower case. */
function isOneOf(patterns: readonly string[], name: string): boolean {
	return matchesPatterns(
		patterns.map(pattern => pattern.toLowerCase()),
		name.toLowerCase(),
	);
}

type Criterion = {readonly name: string; readonly isNegated: boolean; readonly patterns: readonly string[]};

/**
> | Match host *.example,!gate user=root final
          ^~~~ a name, and behind a blank or `=` its patterns; `all`, `canonical` and `final` have none
*/
function criteriaIn(words: readonly string[]): readonly Criterion[] {
	const criteria: Criterion[] = [];
	for (let at = 0; at < words.length; at += 1) {
		const [, negation, name = '', inline] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
		const isAlone = /^(?:all|canonical|final)$/i.test(name);
		if (!isAlone && inline === undefined) {
			at += 1;
		}

		const patterns = isAlone ? '' : (inline ?? words[at] ?? '');
		criteria.push({name: name.toLowerCase(), isNegated: negation === '!', patterns: patterns.split(',')});
	}

	return criteria;
}
