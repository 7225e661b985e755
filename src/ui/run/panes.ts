import {glyphs} from '../../view/status.js';
import type {Point} from '../frame.js';
import type {Size} from '../model.js';
import {marksOf} from '../theme.js';
import {hasOutput} from './host-layout.js';
import type {Signs} from './phase-text.js';
import {isWide, type RunScreen} from './run-screen.js';
import {type StepText, stepText} from './step-text.js';

/** As many rows and cells as any other set. */
const unicode: Signs = {glyphs: glyphs.unicode, marks: marksOf('unicode')};

/** Where the panes of the steps stand; undefined: not on the screen now. Sizes include the pane's title row. */
export type Panes = {
	readonly outline: {readonly columns: number} | undefined;
	readonly step: Area | undefined;
	readonly output: Area | undefined;
};

export type Area = {readonly at: Point; readonly size: Size};

export function panesOf(screen: RunScreen, size: Size): Panes {
	const hasBoth = isWide(size);
	if (!hasBoth && screen.pane === 'outline') {
		return {outline: {columns: size.columns}, step: undefined, output: undefined};
	}
	const outline = hasBoth ? Math.max(34, Math.min(50, Math.round(size.columns * 0.32))) : 0;
	const right: Area = {at: {x: outline, y: 0}, size: {columns: size.columns - outline, rows: size.rows}};
	return {outline: hasBoth ? {columns: outline} : undefined, ...split(screen, right)};
}

/** The step above its output: as much as it needs, at most half where it has not the focus. */
function split(screen: RunScreen, {at, size}: Area): Pick<Panes, 'step' | 'output'> {
	if (!hasOutput(screen)) {
		return {step: {at, size}, output: undefined};
	}
	if (screen.isZoomed) {
		return {step: undefined, output: {at, size}};
	}
	const text = stepText(screen, size.columns - 2, unicode).lines.length + 1;
	const wanted = text + stepHeadRows({...size, rows: text + 2});
	const most = Math.floor(size.rows * (screen.pane === 'step' ? 0.66 : 0.5));
	const rows = Math.max(4, Math.min(wanted, most));
	return {
		step: {at, size: {columns: size.columns, rows}},
		output: {at: {x: at.x, y: at.y + rows}, size: {columns: size.columns, rows: size.rows - rows}},
	};
}

/** The title of the step, and where there is room a row under it for what does not fit beside it. */
export function stepHeadRows({rows}: Size): number {
	return rows >= 12 ? 2 : 1;
}

/** The step's text in its pane, and which of its rows are in view. */
export type StepView = StepText & {readonly top: number; readonly rows: number};

export function stepView(screen: RunScreen, {size}: Area, signs: Signs = unicode): StepView {
	const text = stepText(screen, size.columns - 2, signs);
	const rows = size.rows - stepHeadRows(size);
	const scrolled = screen.stepTop[screen.chosen ?? screen.phase ?? ''] ?? 0;
	return {...text, rows, top: Math.min(scrolled, Math.max(0, text.lines.length - rows))};
}

/** What keeps the chosen step from being answered: its pane is not on the screen, or there is more to read in it. */
export function unread(screen: RunScreen, size: Size): 'hidden' | 'below' | undefined {
	const {step} = panesOf(screen, size);
	if (step === undefined) {
		return 'hidden';
	}
	const {top, rows, toRead} = stepView(screen, step);
	return top + rows < toRead ? 'below' : undefined;
}

/** How many lines of output are in view. */
export function outputRows(screen: RunScreen, size: Size): number {
	return Math.max(1, (panesOf(screen, size).output?.size.rows ?? 2) - 1);
}
