import {UserError} from '../text/user-error.js';
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

type Surroundings = {
	readonly workbench: Workbench;
	readonly model: () => Model;
	readonly send: (message: Message) => void;
	readonly leave: (how: 'quit' | 'interrupted') => void;
	/** Milliseconds of the clock that stamps keys. */
	readonly stamp: () => number;
};

/** Does what the reducer wants done: asks the program and the run, and sends what came of it as a message. */
export function createPerformer({workbench, model, send, leave, stamp}: Surroundings): Performer {
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
		const text = error instanceof UserError ? `${error.message}\n${error.next}` : String(error);
		send({kind: 'failed', title, text, at: stamp()});
	};

	/** Sends what `work` gives; if it rejects, the person hears it. */
	const tryTo = (title: string, work: Promise<Message>) => {
		work.then(send, error => fail(title, error));
	};

	const follow = (run: OpenRun): Message => {
		open = run;
		watch = watchRun(
			run,
			() => {
				const {screen} = model();
				return screen.kind === 'run'
					? wantOf(screen)
					: {afterSeq: 0, output: undefined, isPinned: false, isBusy: false};
			},
			sight => send({kind: 'saw', sight, stamp: stamp()}),
			error => fail('The run has stopped', error),
		);
		run.handle.ended.catch(error => {
			if (open === run) {
				endedBy = error;
				fail('The run has stopped', error);
			}
		});
		return {kind: 'began', open: run};
	};

	return {
		perform(command) {
			switch (command.kind) {
				case 'list-home':
					return tryTo(
						'The runs cannot be listed',
						workbench.home().then(listing => ({kind: 'listed', listing})),
					);
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
					const resumed = closing.then(() => workbench.resume(command.runFile));
					return tryTo('The run cannot be resumed', resumed.then(follow));
				}
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
				case 'tell':
					open?.handle.tell(command.prompt, command.value).then(
						() => watch?.look(),
						error => fail('The run did not answer', error),
					);
					return;
				case 'pull':
					watch?.look();
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
