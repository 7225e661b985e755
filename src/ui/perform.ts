import {UserError} from '../text/user-error.js';
import {readAttached} from './attached-file.js';
import {keptLines, linesOf} from './log/lines.js';
import {WINDOW_BYTES} from './log/log.js';
import type {Message} from './message.js';
import type {Command, Model} from './model.js';
import {wantOf} from './run/run-screen.js';
import {type Watch, watchRun} from './run/watch.js';
import type {OpenRun, Workbench} from './workbench.js';

export type Performer = {
	perform(command: Command, model: Model): void;
	/** The run that is open, and what ended it by itself if anything did; it is looked at no more. */
	release(): Promise<{readonly open: OpenRun | undefined; readonly error: unknown}>;
};

/** What the terminal can do beside showing frames. */
type TerminalHand = {
	/** False: the text is too long for it. */
	copy(text: string): boolean;
	/** Lends the terminal to the person's editor until he has left it. */
	edit(file: string, line: number): Promise<void>;
	/** Lends the terminal to the person's pager until he has read. */
	page(lines: AsyncIterable<string>): Promise<void>;
	/** Stops this program and gives the terminal back to the shell until it goes on. */
	suspend(): Promise<void>;
};

type Surroundings = {
	readonly workbench: Workbench;
	readonly model: () => Model;
	readonly send: (message: Message) => void;
	readonly leave: (how: 'quit' | 'interrupted') => void;
	/** Milliseconds of the clock that stamps keys. */
	readonly stamp: () => number;
	readonly terminal: TerminalHand;
};

/** Does what the reducer wants done: asks the program and the run, and sends what came of it as a message. */
export function createPerformer({workbench, model, send, leave, stamp, terminal}: Surroundings): Performer {
	let open: OpenRun | undefined;
	let watch: Watch | undefined;
	let endedBy: unknown;
	/** What is opened next waits for the last run to be closed: it may want the same file. */
	let closing: Promise<void> = Promise.resolve();

	const fail = (title: string, error: unknown) => {
		const {screen} = model();
		if (screen.kind === 'waiting' && screen.back === undefined) {
			// What the command line asked for did not open: there is no screen to tell it on.
			endedBy = error;
			leave('quit');
			return;
		}
		send({kind: 'failed', title, text: wordsFor(error), at: stamp()});
	};

	/** Of a run that has died nothing can be looked at any more: why, and how to go on, is told when the screens are left. */
	const die = (error: unknown) => {
		endedBy ??= error;
		leave('quit');
	};

	/** Sends what `work` gives; if it rejects, the person hears it. */
	const tryTo = (title: string, work: Promise<Message>) => {
		work.then(send, error => fail(title, error));
	};

	const follow = (run: OpenRun): Extract<Message, {kind: 'began'}> => {
		open = run;
		watch = watchRun(
			run,
			() => {
				const {screen} = model();
				return screen.kind === 'run'
					? wantOf(screen)
					: {afterSeq: 0, output: undefined, lanes: [], laneBytes: 0, isPinned: false, isBusy: false};
			},
			sight => send({kind: 'saw', sight, stamp: stamp()}),
			die,
		);
		run.handle.died.catch(error => {
			if (open === run) {
				die(error);
			}
		});
		run.estimates().then(estimates => send({kind: 'estimated', open: run, estimates}));
		return {kind: 'began', open: run};
	};

	return {
		perform(command) {
			switch (command.kind) {
				case 'list-home':
					workbench
						.home(listing => send({kind: 'listed', listing}))
						.catch(error => fail('The runs cannot be listed', error));
					return;
				case 'open':
					return tryTo(
						'That file cannot be opened',
						workbench.open(command.file).then(opened => ({kind: 'opened', opened, mode: command.mode})),
					);
				case 'start': {
					const {opened, mode, edits, pace} = command.sheet;
					const started = closing.then(() => opened.start({mode, edits, pace}));
					return tryTo('The run cannot be started', started.then(follow));
				}
				case 'resume': {
					const {runFile} = command;
					const resumed = closing.then(() => resumedOrAsked(workbench, runFile, follow, stamp));
					return tryTo('The run cannot be resumed', resumed);
				}
				case 'go-on':
					return tryTo('The run cannot be resumed', command.open().then(follow));
				case 'review': {
					const opened = closing.then(() => workbench.review(command.runFile));
					return tryTo('The run cannot be looked at', opened.then(follow));
				}
				case 'close-run': {
					const run = open;
					open = undefined;
					watch?.stop();
					closing = (command.isVain ? run?.discard?.() : run?.handle.close()) ?? closing;
					closing = closing.catch(error => fail('The run did not close', error));
					return;
				}
				case 'write-site': {
					const {sheet} = command;
					return tryTo(
						'The site file cannot be written',
						sheet.opened.writeSite(sheet.edits).then(() => ({kind: 'site-written', sheet})),
					);
				}
				case 'request': {
					const {request} = command;
					if (open === undefined) {
						return;
					}
					return tryTo(
						'The run did not answer',
						open.handle.request(request).then(answer => {
							watch?.look();
							return {kind: 'answered', request, answer};
						}),
					);
				}
				case 'attach': {
					const {request, path} = command;
					const {handle} = opened(open);
					return tryTo(
						'That file cannot be kept',
						readAttached(path)
							.then(file => handle.request({...request, text: '', file}))
							.then(answer => {
								watch?.look();
								return {kind: 'answered', request, answer};
							}),
					);
				}
				case 'report':
					return tryTo(
						'The report cannot be written',
						workbench.report(opened(open).file).then(report => ({kind: 'reported', report})),
					);
				case 'tell':
					open?.handle.tell(command.prompt, command.value?.reveal()).then(
						() => watch?.look(),
						error => fail('The run did not answer', error),
					);
					return;
				case 'pull':
					watch?.look();
					return;
				case 'edit': {
					const {file, line, open: runbook, mode} = command;
					return tryTo(
						'It cannot be edited',
						terminal
							.edit(file, line)
							.then(() => workbench.open(runbook))
							.then(opened => ({kind: 'opened', opened, mode})),
					);
				}
				case 'search':
					return tryTo(
						'The output cannot be searched',
						opened(open)
							.handle.search({text: command.text, limit: MOST_HITS})
							.then(found => ({kind: 'found', text: command.text, found})),
					);
				case 'read-log': {
					const {key, start, isAligned, show} = command;
					const run = opened(open);
					return tryTo(
						'The output cannot be read',
						run.handle.read({key, start, maxBytes: WINDOW_BYTES}).then(output => ({
							kind: 'log-read',
							key,
							window: linesOf(output, run.encodingOf(key.host), isAligned || output.start > start),
							show,
						})),
					);
				}
				case 'copy': {
					const {text} = command;
					send({kind: 'copied', text, isTooLong: !terminal.copy(text)});
					return;
				}
				case 'page': {
					const run = opened(open);
					terminal.page(keptLines(run, command.key)).catch(error => fail('The pager did not work', error));
					return;
				}
				case 'suspend':
					terminal.suspend().catch(error => fail('fieldbook cannot be stopped here', error));
					return;
				case 'leave':
					leave(command.how);
					return;
				case 'leave-when-ended':
					open?.handle.ended.then(
						() => leave('quit'),
						() => leave('quit'),
					);
			}
		},
		async release() {
			watch?.stop();
			await closing;
			return {open, error: endedBy};
		},
	};
}

/** An edited runbook is asked about before anything is opened. */
async function resumedOrAsked(
	workbench: Workbench,
	runFile: string,
	follow: (run: OpenRun) => Extract<Message, {kind: 'began'}>,
	stamp: () => number,
): Promise<Message> {
	const edited = await workbench.edited(runFile);
	if (edited?.kind === 'asked') {
		return {kind: 'edited', edited, at: stamp()};
	}

	const began = follow(await workbench.resume(runFile));
	return edited === undefined ? began : {...began, words: edited.words};
}

/** Everything but a UserError is our mistake. */
function wordsFor(error: unknown): string {
	if (error instanceof UserError) {
		return `${error.message}\n${error.next}`;
	}

	return `${error instanceof Error ? error.message : String(error)}\nThis is our mistake, not yours.`;
}

/** More than anybody reads one by one. */
const MOST_HITS = 1000;

function opened(run: OpenRun | undefined): OpenRun {
	if (run === undefined) {
		throw new Error('No run is open');
	}

	return run;
}
