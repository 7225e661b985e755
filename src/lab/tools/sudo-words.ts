/** What the words behind `sudo` ask for. */
export type SudoWords = {
	readonly user: string;
	readonly prompt: string | undefined;
	/** `-S` */
	readonly readsInput: boolean;
	/** `-n` */
	readonly neverAsks: boolean;
	/** `-k`, `-K` */
	readonly forgets: boolean;
	/** `-E` */
	readonly keepsEnvironment: boolean;
	/** `-i` */
	readonly login: boolean;
	/** `-s` */
	readonly shell: boolean;
	/** `-l` */
	readonly lists: boolean;
	/** `-v` */
	readonly validates: boolean;
	readonly variables: readonly (readonly [string, string])[];
	readonly command: readonly string[];
};

const longNames: Readonly<Record<string, string>> = {
	stdin: 'S',
	'non-interactive': 'n',
	'reset-timestamp': 'k',
	'remove-timestamp': 'K',
	'preserve-env': 'E',
	'set-home': 'H',
	login: 'i',
	shell: 's',
	list: 'l',
	validate: 'v',
	user: 'u',
	prompt: 'p',
	group: 'g',
};

const valued = 'upgChRrTt';
const plain = 'SnkKEHislvbBAP';

export function readSudo(args: readonly string[]): SudoWords | {readonly wrong: string} {
	const given = new Map<string, string>();
	const words = [...args];
	while (/^-./.test(words[0] ?? '')) {
		const word = words.shift() ?? '';
		if (word === '--') {
			break;
		}
		const wrong = word.startsWith('--') ? readLong(word, words, given) : readLetters(word.slice(1), words, given);
		if (wrong !== undefined) {
			return {wrong: `sudo: ${wrong}`};
		}
	}
	const first = words.findIndex(word => !/^[A-Za-z_]\w*=/.test(word));
	const assignments = first === -1 ? words : words.slice(0, first);
	return {
		user: given.get('u') ?? 'root',
		prompt: given.get('p'),
		readsInput: given.has('S'),
		neverAsks: given.has('n'),
		forgets: given.has('k') || given.has('K'),
		keepsEnvironment: given.has('E'),
		login: given.has('i'),
		shell: given.has('s'),
		lists: given.has('l'),
		validates: given.has('v'),
		variables: assignments.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const),
		command: first === -1 ? [] : words.slice(first),
	};
}

function readLong(word: string, words: string[], given: Map<string, string>): string | undefined {
	const [name = '', ...value] = word.slice(2).split('=');
	const letter = longNames[name];
	if (letter === undefined) {
		return `unrecognized option '--${name}'`;
	}
	given.set(letter, value.length > 0 ? value.join('=') : valued.includes(letter) ? (words.shift() ?? '') : '');
	return undefined;
}

/** > | -kSp PROMPT      letters, up to the first one that takes the rest, or the next word, as its value */
function readLetters(letters: string, words: string[], given: Map<string, string>): string | undefined {
	for (const [index, letter] of [...letters].entries()) {
		if (valued.includes(letter)) {
			const value = letters.slice(index + 1) || words.shift();
			given.set(letter, value ?? '');
			return value === undefined ? `option requires an argument -- '${letter}'` : undefined;
		}
		if (!plain.includes(letter)) {
			return `invalid option -- '${letter}'`;
		}
		given.set(letter, '');
	}
	return undefined;
}
