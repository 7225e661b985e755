/** A blank in a script that somebody was meant to fill in. Lines and columns are those of the code, from 1. */
export type Unfilled = {readonly text: string; readonly line: number; readonly column: number};

/**
What looks like a placeholder: `%%VMX%%`, `<IP of host 1>`, `[VMNAME]`, and `$X` where the code never assigns it.

In the order of the code. `code` is what would run: of a transcript, the commands without their prompts. Comments are not
looked at. Only a hint for people: `<in>` in `cat <in>out` is named as well.
*/
export function unfilledPlaceholders(code: string): readonly Unfilled[] {
	const spoken = blankOut(code, 'comments');
	const expanded = blankOut(code, 'comments and single quotes');
	const assigned = assignedNames(code);
	const found = [
		...matches(spoken, /%%[\w-]+%%/g),
		...matches(spoken, /(?<!<)<\p{L}[^<>\n]*(?<=[\p{L}\d_.)-])>/gu),
		...matches(spoken, /(?<!\$\{\w*|\$\w*)\[[A-Z][A-Z\d]*(?:[ _-][A-Z\d]+)*\](?!=)/g).filter(
			({text}) => !isRange(text),
		),
		...matches(
			expanded,
			/(?<![\\$])\$(?!(?:env|global|local|private|script|using):)(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})/gi,
		).filter(({text}) => !assigned.has(nameOf(text)) && !givenVariables.has(nameOf(text))),
	];
	return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Variables that a shell or the system sets, in lower case. */
const givenVariables = new Set(
	`
	_ args bash_source error euid false funcname home host hostname ifs input lang lastexitcode lineno logname matches null
	oldpwd optarg optind ostype path pid pipestatus ppid profile psboundparameters pscommandpath psitem psscriptroot
	psversiontable pwd random reply seconds shell term tmpdir true uid user
	`
		.trim()
		.split(/\s+/),
);

/** PowerShell does not tell capitals apart; for a hint neither need we. */
function nameOf(variable: string): string {
	return variable.replace(/[${}]/g, '').toLowerCase();
}

/**
> | X=1            X=$(id -u)      local X=        $X = Get-VM
> | read -r A B    for X in ...    foreach ($x in  ${X:-default}
*/
function assignedNames(code: string): ReadonlySet<string> {
	const names = [
		...code.matchAll(/(?<![\w$-])([A-Za-z_]\w*)(?:\[[^\]\n]*\])?\+?=(?![=~])/g),
		...code.matchAll(/(?:^|[;{(])\s*\$([A-Za-z_]\w*)\s*[-+*/]?=(?!=)/gm),
		...code.matchAll(/\bfor(?:each)?\s*\(?\s*\$?([A-Za-z_]\w*)\s+in\b/g),
		...code.matchAll(/\$\{([A-Za-z_]\w*):?[-=?+]/g),
		...code.matchAll(/\b(?:printf\s+-v|getopts\s+\S+|mapfile(?:\s+-\w+)*|readarray(?:\s+-\w+)*)\s+([A-Za-z_]\w*)/g),
	].map(match => match[1] ?? '');
	const read = [...code.matchAll(/\bread((?:[ \t]+-?\w+)+)/g)].flatMap(match => (match[1] ?? '').trim().split(/\s+/));
	const parameters = [...code.matchAll(/\bparam\s*\(([^)]*)\)/gi)].flatMap(
		match => (match[1] ?? '').match(/\w+/g) ?? [],
	);
	return new Set([...names, ...read, ...parameters].map(name => name.toLowerCase()));
}

/** `[A-Z]` and `[A-Z0-9]` are patterns. */
function isRange(text: string): boolean {
	return /^\[(?:\w-\w)+\]$/.test(text);
}

function matches(text: string, pattern: RegExp): readonly Unfilled[] {
	return text
		.split('\n')
		.flatMap((line, index) =>
			[...line.matchAll(pattern)].map(match => ({text: match[0], line: index + 1, column: match.index + 1})),
		);
}

/** The code with what does not count replaced by blanks, so that places stay. */
function blankOut(code: string, what: 'comments' | 'comments and single quotes'): string {
	let inside: 'code' | 'single' | 'double' | 'comment' = 'code';
	let result = '';
	for (let index = 0; index < code.length; index++) {
		const char = code.charAt(index);
		const before = inside;
		if (char === '\\' && (inside === 'code' || inside === 'double')) {
			result += code.slice(index, index + 2);
			index++;
			continue;
		}

		inside = nextInside(inside, char, code.charAt(index - 1));
		const isHidden =
			before === 'comment' ||
			inside === 'comment' ||
			(what !== 'comments' && before === 'single' && inside === 'single');
		result += isHidden && char !== '\n' ? ' ' : char;
	}

	return result;
}

function nextInside(
	inside: 'code' | 'single' | 'double' | 'comment',
	char: string,
	previous: string,
): 'code' | 'single' | 'double' | 'comment' {
	switch (inside) {
		case 'code':
			return char === "'"
				? 'single'
				: char === '"'
					? 'double'
					: char === '#' && /^\s?$/.test(previous)
						? 'comment'
						: 'code';
		case 'single':
			return char === "'" ? 'code' : 'single';
		case 'double':
			return char === '"' ? 'code' : 'double';
		case 'comment':
			return char === '\n' ? 'code' : 'comment';
	}
}
