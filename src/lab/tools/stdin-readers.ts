/**
Which text tools read standard input, given their arguments.

just-bash wants all input beforehand. A channel that stays open would hold up `grep x FILE`, which never looks at it.
*/
type Reader = {
	/** Letters of options that take a value in the next word. */
	readonly valued: string;
	/** Operands in front of the files: a script, a pattern. One of `instead` among the options replaces them. */
	readonly leading: number;
	readonly instead: string;
};

const filter = (valued = '', leading = 0, instead = ''): Reader => ({valued, leading, instead});

const readers: Readonly<Record<string, Reader>> = {
	grep: filter('ABCmefd', 1, 'ef'),
	egrep: filter('ABCmefd', 1, 'ef'),
	fgrep: filter('ABCmefd', 1, 'ef'),
	sed: filter('ef', 1, 'ef'),
	awk: filter('Fvf', 1, 'f'),
	wc: filter(),
	sort: filter('kto'),
	uniq: filter('fsw'),
	paste: filter('d'),
	rev: filter(),
	tac: filter(),
	nl: filter('bsw'),
	fold: filter('w'),
	expand: filter('t'),
	unexpand: filter('t'),
	strings: filter('n'),
	base64: filter('w'),
	md5sum: filter(),
	sha1sum: filter(),
	sha256sum: filter(),
	od: filter('AtNj'),
	gzip: filter(),
	gunzip: filter(),
	zcat: filter(),
};

export function readsStdin(tool: string, args: readonly string[]): boolean {
	if (tool === 'tr' || tool === 'xargs' || tool === 'split') {
		return true;
	}
	const reader = readers[tool];
	if (reader === undefined) {
		return args.includes('-');
	}
	let leading = reader.leading;
	let operands = 0;
	let onlyOperands = false;
	let recursive = false;
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (onlyOperands || !/^-./.test(word)) {
			if (word === '-') {
				return true;
			}
			operands += 1;
		} else if (word === '--') {
			onlyOperands = true;
		} else if (!word.startsWith('--')) {
			const valued = [...word.slice(1)].findIndex(letter => reader.valued.includes(letter));
			const letter = word[valued + 1] ?? '';
			leading = valued !== -1 && reader.instead.includes(letter) ? 0 : leading;
			at += valued !== -1 && valued + 2 === word.length ? 1 : 0;
			recursive = recursive || (tool.endsWith('grep') && /^-\w*[rR]/.test(word));
		}
	}
	return operands <= leading && !recursive;
}
