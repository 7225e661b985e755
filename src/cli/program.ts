import {Argument, Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import {type FormatName, formatNames, type ReportView, reportViews} from '../report/format-names.js';
import type {Pace} from '../run/event.js';
import {nearest} from '../text/nearest.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {version} from './version.js';

/** What `run`, `rehearse` and `resume` take. */
export type RunOptions = {
	readonly site: string | undefined;
	/** `k=v`, or `k@host=v`, as given. */
	readonly set: readonly string[];
	readonly runFile: string | undefined;
	readonly pace: Pace | undefined;
	readonly startAt: string | undefined;
	readonly only: string | undefined;
	readonly detach: 'auto' | 'always';
	readonly plain: boolean;
	readonly yes: boolean;
	readonly ascii: boolean;
	readonly hostKeys: 'strict' | 'ask' | 'accept-new' | undefined;
};

export type RehearseOptions = RunOptions & {
	readonly fault: string | undefined;
	readonly seed: number | undefined;
	readonly speed: number | undefined;
	readonly world: string | undefined;
};

export type ResumeOptions = RunOptions & {
	readonly takeOver: boolean;
	/** The runbook to compare with what the run executes; undefined: the file that the run was started from. */
	readonly runbook: string | undefined;
};

type GraphFormat = 'tree' | 'json' | 'mermaid' | 'dot';

/** What each command does: its exit status comes back. Each loads its own parts, so that `--help` loads none. */
export type Commands = {
	home(options: {readonly ascii: boolean}): Promise<number>;
	run(file: string, options: RunOptions): Promise<number>;
	rehearse(file: string, options: RehearseOptions): Promise<number>;
	resume(run: string | undefined, options: ResumeOptions): Promise<number>;
	check(files: readonly string[], options: {readonly json: boolean; readonly watch: boolean}): Promise<number>;
	graph(file: string, options: GraphOptions): Promise<number>;
	runs(options: {readonly json: boolean}): Promise<number>;
	show(run: string, options: {readonly json: boolean}): Promise<number>;
	verify(
		run: string,
		options: {readonly against: string | undefined; readonly salvage: string | undefined},
	): Promise<number>;
	log(run: string, options: LogOptions): Promise<number>;
	export(run: string, options: ExportOptions): Promise<number>;
	evidence(run: string, step: string, options: EvidenceOptions): Promise<number>;
	compare(one: string, other: string, options: {readonly json: boolean}): Promise<number>;
	lab(what: string | undefined, deed: readonly string[], options: LabCommandOptions): Promise<number>;
	preview(file: string, options: PreviewOptions): Promise<number>;
	/** `words`: those behind `fieldbook` up to the one that is being typed, which may be empty. */
	complete(words: readonly string[], table: CommandTable): Promise<number>;
	completion(shell: CompletionShell): Promise<number>;
	man(table: CommandTable): Promise<number>;
	schema(of: SchemaName): Promise<number>;
};

export type LabCommandOptions = {
	readonly start: string | undefined;
	readonly speed: number | undefined;
	/** Whose lab a deed is for; undefined: the only one. */
	readonly run: string | undefined;
};

export type ExportOptions = {
	readonly format: FormatName | 'run';
	readonly view: ReportView;
	readonly step: string | undefined;
	/** Seconds. */
	readonly idle: number;
};

export type EvidenceOptions = {
	/** Undefined: every host of the step. */
	readonly host: string | undefined;
	readonly file: string | undefined;
	readonly text: string | undefined;
	readonly note: string | undefined;
	readonly takeOver: boolean;
};

export type LogOptions = {
	/** Undefined: all. */
	readonly step: string | undefined;
	readonly host: string | undefined;
	readonly find: string | undefined;
	/** Of the run's clock, as written. */
	readonly from: string | undefined;
	readonly to: string | undefined;
	readonly follow: boolean;
	readonly raw: boolean;
};

export type PreviewOptions = {
	readonly site: string | undefined;
	readonly set: readonly string[];
	readonly step: string | undefined;
	readonly watch: boolean;
};

export type GraphOptions = {readonly format: GraphFormat; readonly site: string | undefined};

const completionShells = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof completionShells)[number];

const schemaNames = ['front-matter', 'site', 'run'] as const;
export type SchemaName = (typeof schemaNames)[number];

/** The command line as data, for completion and the manual page. The first command has no name: the options of fieldbook itself. */
export type CommandTable = readonly CommandEntry[];

export type CommandEntry = {
	readonly name: string;
	readonly description: string;
	/** As the help shows it: `[options] <file>`. */
	readonly usage: string;
	readonly arguments: ReadonlyArray<{readonly name: string; readonly choices: readonly string[]}>;
	readonly options: readonly OptionEntry[];
};

export type OptionEntry = {
	/** `-h, --help`, `--pace <pace>`. */
	readonly flags: string;
	/** `--pace`. */
	readonly long: string;
	readonly takesValue: boolean;
	readonly description: string;
	/** Empty: anything. */
	readonly choices: readonly string[];
};

/**
Reads the command line and does what it says; resolves with the exit status.

`--help` and `--version` print and resolve with 0. Throws a UserError (status 2) for a wrong command line.
*/
export async function runProgram(words: readonly string[], commands: Commands): Promise<number> {
	let status = 0;
	const program = programFor(commands, ended => {
		status = ended;
	});
	requireCommand(
		words,
		program.commands.map(command => command.name()),
	);
	try {
		await program.parseAsync(words, {from: 'user'});
	} catch (error) {
		if (error instanceof CommanderError) {
			return statusOf(error);
		}

		throw error;
	}

	return status;
}

/** `ended` is told the exit status of the command that was given. */
function programFor(commands: Commands, ended: (status: number) => void): Command {
	const program = new Command('fieldbook')
		.description(
			'Walks you through a Markdown runbook over SSH, step by step, and keeps one file that proves what was done.',
		)
		.version(version, '-V, --version', 'print the version')
		.helpOption('-h, --help', 'print this, or the help of a command')
		.helpCommand(false)
		.showSuggestionAfterError()
		.exitOverride()
		.configureOutput({writeErr: () => {}})
		.addOption(asciiOption())
		.action(async options => {
			ended(await commands.home(options));
		});

	withRunOptions(
		program.command('run').argument('<file>', 'the runbook').description('walk through a runbook on real hosts'),
	).action(async (file, options) => {
		ended(await commands.run(file, options));
	});
	withRunOptions(
		program
			.command('rehearse')
			.argument('<file>', 'the runbook')
			.description('the same in the lab: simulated hosts, no hardware'),
	)
		.option(
			'--fault <name>',
			'what goes wrong: refuse, wrong-password, drop-mid-command, hang, no-exit-status, changed-host-key',
		)
		.option('--seed <n>', 'where the fault strikes', wholeNumber)
		.option('--speed <n>', 'at most this many seconds of the lab in one of ours', positiveNumber)
		.option('--world <run>', "begin with that run's world")
		.action(async (file, options) => {
			ended(await commands.rehearse(file, options));
		});
	withRunOptions(
		program
			.command('resume')
			.argument('[run]', 'a run file or its name; the newest unfinished one if left out')
			.description('go on with a run where it stopped'),
	)
		.option('--take-over', 'although another laptop holds the run: from now on this one does', false)
		.option('--runbook <file>', 'the edited runbook; default: the file that the run was started from')
		.action(async (run, options) => {
			ended(await commands.resume(run, options));
		});
	program
		.command('check')
		.argument('<file...>', 'runbooks')
		.description('print every problem, run nothing')
		.option('--json', 'as JSON', false)
		.option('--watch', 'again whenever a file beside them is saved, until ^C', false)
		.action(async (files, options) => {
			ended(await commands.check(files, options));
		});
	program
		.command('preview')
		.argument('<file>', 'a runbook or any Markdown file')
		.description('print the outline and each step as a run will show it; nothing is connected')
		.addOption(siteOption())
		.addOption(setOption())
		.option('--step <id>', 'only this step')
		.option('--watch', 'again whenever a file beside it is saved, until ^C', false)
		.action(async (file, options) => {
			ended(await commands.preview(file, options));
		});
	program
		.command('graph')
		.argument('<file>', 'a runbook or any Markdown file')
		.description('print its steps, where they run and what they come after')
		.addOption(siteOption())
		.addOption(new Option('--format <format>', 'how').choices(['tree', 'json', 'mermaid', 'dot']).default('tree'))
		.action(async (file, {format, site}) => {
			ended(await commands.graph(file, {format, site}));
		});
	program
		.command('runs')
		.description('list the runs on this laptop, newest first')
		.option('--json', 'as JSON', false)
		.action(async options => {
			ended(await commands.runs(options));
		});
	program
		.command('show')
		.argument('<run>', 'a run file or its name')
		.description('print what happened in a run, step by step')
		.option('--json', 'as JSON', false)
		.action(async (run, options) => {
			ended(await commands.show(run, options));
		});
	program
		.command('verify')
		.argument('<run>', 'a run file or its name')
		.description('check that nothing in a run file was changed, and who signed it')
		.option('--against <copy>', 'another copy of the run: whether this one lacks events, or went another way')
		.option('--salvage <new>', 'put what can be proved of a damaged one into a new file')
		.action(async (run, options) => {
			ended(await commands.verify(run, options));
		});
	program
		.command('log')
		.argument('<run>', 'a run file or its name')
		.description('print what hosts sent, also while the run goes on')
		.option('--step <id>', 'only of this step')
		.option('--host <host>', 'only of this host')
		.option('--find <text>', 'only lines with this text; capitals count if it has some')
		.option('--from <time>', 'what was still under way then: 09:30, or with its day')
		.option('--to <time>', 'what had begun by then')
		.option('--follow', 'go on as more comes, until the run ends', false)
		.option('--raw', 'the bytes as they came; into a pipe or file only', false)
		.action(async (run, {step, host, find, from, to, follow, raw}) => {
			ended(await commands.log(run, {step, host, find, from, to, follow, raw}));
		});
	program
		.command('export')
		.argument('<run>', 'a run file or its name')
		.description('print a run in another form; `run`: a copy of the file, also while it is open')
		.addOption(new Option('--format <format>', 'which').choices([...formatNames, 'run']).makeOptionMandatory())
		.addOption(new Option('--view <view>', 'for whom').choices(reportViews).default('customer'))
		.option('--step <id>', 'of a cast: only this step')
		.option('--idle <seconds>', 'of a cast: the longest pause', positiveNumber, 2)
		.action(async (run, options) => {
			ended(await commands.export(run, options));
		});
	program
		.command('evidence')
		.argument('<run>', 'a run file or its name')
		.argument('<step>', 'the id of a step')
		.description('add a file, a text or a note to a step of a run that nobody has open, also when it is over')
		.option('--file <file>', 'a picture, a log: the run file keeps it')
		.option('--text <text>', 'what was read or seen, or a word about the file')
		.option('--note <text>', 'a note on the step')
		.option('--host <host>', 'only on this host of the step')
		.option('--take-over', 'although another laptop holds the run: from now on this one does', false)
		.action(async (run, step, {host, file, text, note, takeOver}) => {
			ended(await commands.evidence(run, step, {host, file, text, note, takeOver}));
		});
	program
		.command('compare')
		.argument('<run>', 'a run file or its name')
		.argument('<other>', 'another run of the same runbook')
		.description('print what differs between two runs in outcome, time and output')
		.option('--json', 'as JSON', false)
		.action(async (one, other, options) => {
			ended(await commands.compare(one, other, options));
		});
	program
		.command('lab')
		.argument(
			'[topology]',
			'which hosts, by name or as a lab.yaml; `stop` ends every lab, `do` acts in the one that runs, `hosts` says how to log in to its hosts',
		)
		.argument('[deed...]', 'behind `do`: power off esxi1, set cables esxi1 in, look esxi1')
		.description('simulated hosts behind SSH on this laptop, until ^C')
		.option('--start <state>', 'the state they start in')
		.option('--speed <n>', 'at most this many seconds of the lab in one of ours', positiveNumber)
		.option('--run <run>', 'whose lab `do` and `hosts` are for, where several run')
		.action(async (what, deed, options) => {
			ended(await commands.lab(what, deed, options));
		});

	program
		.command('completion')
		.addArgument(new Argument('<shell>', 'which shell').choices(completionShells))
		.description('print what makes this shell complete commands, options, runs and step ids')
		.action(async shell => {
			ended(await commands.completion(shell));
		});
	program
		.command('man')
		.description('print the manual page: fieldbook man | man -l -')
		.action(async () => {
			ended(await commands.man(tableOf(program)));
		});
	program
		.command('schema')
		.addArgument(new Argument('<of>', 'of what').choices(schemaNames))
		.description('print a JSON Schema: of what an editor checks, or of what `export --format json` prints')
		.action(async of => {
			ended(await commands.schema(of));
		});
	program
		.command('complete', {hidden: true})
		.argument('[words...]', 'the words so far')
		.action(async words => {
			ended(await commands.complete(words, tableOf(program)));
		});

	for (const command of program.commands) {
		command.helpOption('-h, --help', 'print this');
	}

	return program;
}

function tableOf(program: Command): CommandTable {
	const shown = program.createHelp().visibleCommands(program);
	return [program, ...shown].map(command => ({
		name: command === program ? '' : command.name(),
		description: command.description(),
		usage: command.usage(),
		arguments: command.registeredArguments.map(argument => ({
			name: argument.name(),
			choices: argument.argChoices ?? [],
		})),
		options: command
			.createHelp()
			.visibleOptions(command)
			.map(({flags, long, required, optional, description, argChoices}) => ({
				flags,
				long: long ?? '',
				takesValue: required || optional,
				description,
				choices: argChoices ?? [],
			})),
	}));
}

/** Commander would count the arguments of the home screen, which has none. */
function requireCommand([word = '-']: readonly string[], known: readonly string[]): void {
	if (word.startsWith('-') || known.includes(word)) {
		return;
	}

	const meant = nearest(word, known);
	const next = /\.md$/i.test(word)
		? `To walk through it: fieldbook run ${word}, or fieldbook rehearse ${word}.`
		: meant === undefined
			? '`fieldbook --help` lists the commands.'
			: `Did you mean \`fieldbook ${meant}\`?`;
	throw new UserError('unknown-command', `There is no command ${sanitiseLine(word)}.`, sanitiseLine(next), 2);
}

function withRunOptions(command: Command): Command {
	return command
		.addOption(siteOption())
		.addOption(setOption())
		.option('--run-file <file>', 'where the run is kept')
		.addOption(new Option('--pace <pace>', 'where to wait for Enter').choices(['step', 'phase', 'auto']))
		.option('--start-at <id>', 'skip the steps before this one')
		.option('--only <id>', 'skip all steps but this one')
		.addOption(
			new Option('--detach <when>', 'leave to its host what the runbook says is long, or always what changes something')
				.choices(['auto', 'always'])
				.default('auto'),
		)
		.option('--plain', 'one line per event instead of the full screen', false)
		.option('--yes', 'answer gates and manual steps; in a rehearsal only', false)
		.addOption(
			new Option('--host-keys <policy>', 'what to do with a host that is not in known_hosts').choices([
				'strict',
				'ask',
				'accept-new',
			]),
		)
		.addOption(asciiOption());
}

function siteOption(): Option {
	return new Option('--site <file>', 'the parameter sheet; default: site.yaml beside the runbook');
}

function setOption(): Option {
	return new Option('--set <k=v>', 'a value, over the sheet: name=value or name@host=value')
		.argParser((word: string, all: readonly string[]) => [...all, word])
		.default([]);
}

function asciiOption(): Option {
	return new Option('--ascii', 'no glyphs outside of ASCII').default(false);
}

/** Commander has printed help or the version already; everything else is a mistake on the command line. */
function statusOf(error: CommanderError): number {
	if (error.exitCode === 0) {
		return 0;
	}

	throw new UserError(
		'usage',
		error.message.replace(/^error: /, ''),
		'`fieldbook --help` lists the commands, `fieldbook COMMAND --help` its options.',
		2,
	);
}

function wholeNumber(word: string): number {
	if (!/^\d{1,9}$/.test(word)) {
		throw new InvalidArgumentError('It is a whole number from 0.');
	}

	return Number(word);
}

function positiveNumber(word: string): number {
	const number = Number(word);
	if (!(number > 0)) {
		throw new InvalidArgumentError('It is a number above 0.');
	}

	return number;
}
