import type {Found} from '../engine/handle.js';
import type {OutputKey} from '../engine/ports.js';
import type {Answer, Request} from '../run/request.js';
import type {Estimates} from '../view/estimates.js';
import type {LogWindow} from './log/lines.js';
import type {Show} from './log/log.js';
import type {Size} from './model.js';
import type {Sight} from './run/watch.js';
import type {SheetScreen} from './sheet/sheet.js';
import type {Stroke} from './stroke.js';
import type {EditedRunbook, HomeListing, Mode, OpenedRunbook, OpenRun, WrittenReport} from './workbench.js';

/** Everything that changes what is looked at. Times are in milliseconds and come in with the message: nothing here reads a clock. */
export type Message =
	/** `isAlone` false: other keys came in the same chunk, as what was typed ahead does. */
	| {readonly kind: 'key'; readonly stroke: Stroke; readonly at: number; readonly isAlone: boolean}
	| {readonly kind: 'pasted'; readonly text: string}
	| {readonly kind: 'resized'; readonly size: Size}
	| {readonly kind: 'listed'; readonly listing: HomeListing}
	| {readonly kind: 'opened'; readonly opened: OpenedRunbook; readonly mode: Mode}
	/** A run is open, new or resumed. `words`: what is to be known of it. */
	| {readonly kind: 'began'; readonly open: OpenRun; readonly words?: string}
	/** How long the steps of this run are likely to take. */
	| {readonly kind: 'estimated'; readonly open: OpenRun; readonly estimates: Estimates}
	/** Before the run goes on somebody has to decide about its edited runbook. */
	| {readonly kind: 'edited'; readonly edited: Extract<EditedRunbook, {kind: 'asked'}>; readonly at: number}
	| {readonly kind: 'site-written'; readonly sheet: SheetScreen}
	/** `stamp` is of the clock that stamps keys. */
	| {readonly kind: 'saw'; readonly sight: Sight; readonly stamp: number}
	| {readonly kind: 'answered'; readonly request: Request; readonly answer: Answer}
	/** What was looked for in the output, and where it is. */
	| {readonly kind: 'found'; readonly text: string; readonly found: Found}
	| {readonly kind: 'log-read'; readonly key: OutputKey; readonly window: LogWindow; readonly show: Show}
	| {readonly kind: 'reported'; readonly report: WrittenReport}
	| {readonly kind: 'copied'; readonly text: string; readonly isTooLong: boolean}
	/** Something that was asked of the program or the run did not work. */
	| {readonly kind: 'failed'; readonly title: string; readonly text: string; readonly at: number};
