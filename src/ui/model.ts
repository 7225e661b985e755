import type {OutputKey} from '../engine/ports.js';
import type {Pace} from '../run/event.js';
import type {Request} from '../run/request.js';
import type {Secret} from '../text/secret.js';
import type {HomeScreen} from './home/home.js';
import type {Show} from './log/log.js';
import type {Modal} from './modal/modal.js';
import type {RunScreen} from './run/run-screen.js';
import type {SheetScreen} from './sheet/sheet.js';
import type {OpenRun} from './workbench.js';

/**
What somebody is looking at. Nothing here is saved: close the terminal and no fact is lost.

A screen and at most one modal over it; impossible combinations cannot be written down.
*/
export type Model = {
	readonly size: Size;
	readonly screen: Screen;
	readonly modal: Modal | undefined;
	/** What the program has to say about the last key; gone with the next one. */
	readonly notice: Notice | undefined;
	/** When Ctrl-C was pressed last, in milliseconds of the clock that stamps keys. */
	readonly interruptedAt: number;
	/** The pace that new runs begin with. */
	readonly pace: Pace;
};

export type Size = {readonly columns: number; readonly rows: number};

export type Notice = {readonly text: string; readonly role: 'plain' | 'good' | 'bad'};

export type Screen = WaitingScreen | HomeScreen | SheetScreen | RunScreen;

/** Something is being read or begun; if that fails, the screen before comes back. */
type WaitingScreen = {
	readonly kind: 'waiting';
	readonly what: string;
	readonly back: Screen | undefined;
	/** What was typed to ask for it, to be corrected if it fails. */
	readonly asked?: Modal;
};

/** What the pure part wants done. Each ends in a message of its own. */
export type Command =
	| {readonly kind: 'list-home'}
	| {readonly kind: 'open'; readonly file: string; readonly mode: 'real' | 'rehearsal'}
	| {readonly kind: 'start'; readonly sheet: SheetScreen}
	/** Ends with the open run, or with what is to be decided about its edited runbook first. */
	| {readonly kind: 'resume'; readonly runFile: string}
	/** Somebody has decided: go on with the run so. */
	| {readonly kind: 'go-on'; readonly open: () => Promise<OpenRun>}
	| {readonly kind: 'review'; readonly runFile: string}
	/** Another screen comes: the run is looked at no more. `isVain`: nothing was begun in it, and nothing is kept of it. */
	| {readonly kind: 'close-run'; readonly isVain: boolean}
	| {readonly kind: 'write-site'; readonly sheet: SheetScreen}
	| {readonly kind: 'request'; readonly request: Request}
	/** Hand this file over as evidence. */
	| {readonly kind: 'attach'; readonly request: Extract<Request, {kind: 'evidence'}>; readonly path: string}
	/** Write the report of the run beside it, and open it. */
	| {readonly kind: 'report'}
	| {readonly kind: 'tell'; readonly prompt: number; readonly value: Secret | undefined}
	/** Look at the run again: something else is to be shown. */
	| {readonly kind: 'pull'}
	/** Lends the terminal to the person's editor, then opens the runbook again. */
	| {
			readonly kind: 'edit';
			readonly file: string;
			readonly line: number;
			readonly open: string;
			readonly mode: 'real' | 'rehearsal';
	  }
	/** Look for a text in all output of the run. */
	| {readonly kind: 'search'; readonly text: string}
	/** Read kept output from byte `start` on; the line at byte `show` is to be in view. `isAligned`: a line begins at `start`. */
	| {
			readonly kind: 'read-log';
			readonly key: OutputKey;
			readonly start: number;
			readonly isAligned: boolean;
			readonly show: Show;
	  }
	/** Put a text on the clipboard of the person's terminal. */
	| {readonly kind: 'copy'; readonly text: string}
	/** Show all kept output of this stretch in the person's pager. */
	| {readonly kind: 'page'; readonly key: OutputKey}
	/** Stop the program as a shell's Ctrl-Z does; it draws anew when it goes on. */
	| {readonly kind: 'suspend'}
	| {readonly kind: 'leave'; readonly how: 'quit' | 'interrupted'}
	/** Leave once what is under way has ended. */
	| {readonly kind: 'leave-when-ended'};

/** What one message makes of the model, and what is to be done about it. */
export type Step = {readonly model: Model; readonly commands: readonly Command[]};

export const stay = (model: Model): Step => ({model, commands: []});

export const act = (model: Model, ...commands: readonly Command[]): Step => ({model, commands});

export const say = (model: Model, text: string, role: Notice['role'] = 'plain'): Step =>
	stay({...model, notice: {text, role}});
