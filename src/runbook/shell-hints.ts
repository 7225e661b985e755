import type {ProblemList} from './problem-list.js';
import type {Satellite, Script, Step} from './runbook.js';
import {zonesOf} from './script.js';

/** Warns of what a step's scripts do not do although they look as if they did. */
export function warnOfShellTraps({action, check, verify, undo}: Step, problems: ProblemList): void {
	const own = 'script' in action ? action.script : undefined;
	for (const script of [own, check?.script, verify?.script, undo?.script]) {
		if (script !== undefined && stopsAtFailures(script)) {
			warnOfSwallowedFailures(script, problems);
		}
	}

	const asked =
		action.kind === 'wait' ? [action.script, check?.script, verify?.script] : [check?.script, verify?.script];
	for (const script of asked) {
		if (script?.shell === 'powershell') {
			warnOfSilentQuestion(script, problems);
		}
	}

	if (own !== undefined && own.shell !== 'powershell' && check !== undefined) {
		warnOfNarrowCheck(own, check, problems);
	}
}

/** Without a shebang it runs under `sh -eu`. */
function stopsAtFailures({shell, shebang}: Script): boolean {
	return shell !== 'powershell' && (shebang === undefined || /^-\w*e/.test(shebang[1] ?? ''));
}

type Statement = {readonly text: string; readonly line: number};

/**
> | ! grep -q old /etc/fstab       under -e a failing `!` does not stop what comes after it
> | clpstat | while read -r line   nobody asks how `clpstat` ended
> | for h in a b; do ping $h || continue; done
*/
function warnOfSwallowedFailures(script: Script, problems: ProblemList): void {
	if (!/^[ \t]*!|\||&&/m.test(script.template.source)) {
		return;
	}

	const statements = statementsOf(script);
	for (const [index, {text, line}] of statements.entries()) {
		const at = {line: script.at.line + line, column: 1, length: 1};
		if (/^!\s/.test(text) && index < statements.length - 1 && !/&&|\|\|/.test(text)) {
			problems.warning(
				'swallowed-failure',
				at,
				'Under `-e` a `!` stops nothing: the script goes on whatever comes out.',
				'Write `if …; then exit 1; fi`.',
			);
		} else if (/[^|]\|\s*(?:while|until|for)\b/.test(text)) {
			problems.warning(
				'swallowed-failure',
				at,
				'The script goes on if the command before this loop fails.',
				'Write its output to a file first, and read that.',
			);
		} else if (/(?:\|\||&&)\s*(?:continue|break|true|:)(?:\s|;|$)/.test(text) && isInLoop(statements, index)) {
			problems.warning(
				'swallowed-failure',
				at,
				'This loop goes on after a failure.',
				'Count the failures, or wait with a `wait` step.',
			);
		}
	}
}

function isInLoop(statements: readonly Statement[], index: number): boolean {
	let depth = 0;
	for (const {text} of statements.slice(0, index + 1)) {
		depth += text.match(/(?:^|[;&|]\s*)(?:for|while|until)\b/g)?.length ?? 0;
		depth -= text.match(/(?:^|[;&|]\s*)done\b/g)?.length ?? 0;
	}

	return depth > 0 || /\b(?:for|while|until)\b.*\bdo\b/.test(statements[index]?.text ?? '');
}

/** > | Test-Path C:/x      prints False, and ends with 0 all the same */
function warnOfSilentQuestion(script: Script, problems: ProblemList): void {
	const last = statementsOf(script).at(-1);
	if (last !== undefined && /^Test-(?:Path|Connection|NetConnection)\b/i.test(last.text)) {
		problems.warning(
			'silent-question',
			{line: script.at.line + last.line, column: 1, length: 1},
			'This prints True or False, and ends with 0 both times.',
			'Write `if (-not (…)) { exit 1 }`.',
		);
	}
}

/** Several commands make several things; a check that looks at one of them says nothing about the others. */
function warnOfNarrowCheck(own: Script, check: Satellite, problems: ProblemList): void {
	if (!/[\n;&]/.test(own.template.source)) {
		return;
	}

	const changing = statementsOf(own).flatMap(({text}) => commandsOf(text).filter(changesSomething));
	const looks = statementsOf(check.script)
		.flatMap(({text}) => commandsOf(text))
		.filter(text => !/^(?:set|cd|\w+=\S*)(?:\s|$)/.test(text));
	if (changing.length > 1 && looks.length === 1) {
		const names = [...new Set(changing.map(nameOf))].map(name => `\`${name}\``);
		const what =
			names.length === 1 ? `${names.join('')} more than once` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
		problems.warning(
			'narrow-check',
			check.at,
			`The step above runs ${what}, and this check looks at one thing.`,
			'Split the step, or check everything that it changes.',
		);
	}
}

/** > | if [ -e x ]; then rm x; fi && touch y      `rm x`, `touch y`: what is only asked changes nothing */
function commandsOf(statement: string): readonly string[] {
	return statement
		.split(/&&|\|\||;/)
		.map(text => text.trim().replace(/^(?:(?:then|else|do|\{|\()\s+)+/, ''))
		.filter(text => text !== '' && !/^(?:if|elif|while|until|for|case)\b/.test(text));
}

function changesSomething(command: string): boolean {
	const name = nameOf(command);
	return name !== '' && !changesNothing.has(name) && !(name === 'sed' && !/\s-\w*i/.test(command));
}

/** Empty for an assignment, the head of a function, a test in brackets. */
function nameOf(command: string): string {
	return /^[\w./-]+(?=\s|$)/.exec(command)?.[0] ?? '';
}

const changesNothing: ReadonlySet<string> = new Set(
	`set cd echo printf test export readonly local return exit true false sleep wait fi done esac shift unset trap then else do
	cat ls grep egrep awk head tail wc cut sort uniq tr find stat id date hostname uname which command ping`.split(/\s+/),
);

/** The script's lines without comments, with quotes and here-documents blanked, continued lines joined. */
function statementsOf({shell, template: {source}}: Script): readonly Statement[] {
	const masked = maskZones(source, shell).replaceAll(/\\\n/g, ' \u0000');
	const statements: Statement[] = [];
	let line = 1;
	for (const text of masked.split('\n')) {
		const trimmed = text.replaceAll('\u0000', ' ').trim();
		if (trimmed !== '') {
			statements.push({text: trimmed, line});
		}

		line += 1 + (text.match(/\0/g)?.length ?? 0);
	}

	return statements;
}

function maskZones(source: string, shell: Script['shell']): string {
	let masked = '';
	let at = 0;
	for (const {start, end, kind} of zonesOf(source, shell).zones.toSorted((a, b) => a.start - b.start)) {
		if (end <= at) {
			continue;
		}

		const from = Math.max(at, start);
		const filler = kind === 'a comment' || kind === 'a here-document' ? ' ' : 'q';
		masked +=
			source.slice(at, from) +
			source
				.slice(from, end)
				.replaceAll(/[^\n]/g, filler)
				.replaceAll('\n', kind === 'a here-document' ? '\n' : '\\\n');
		at = end;
	}

	return masked + source.slice(at);
}
