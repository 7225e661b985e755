import type {Point} from '../frame.js';
import type {Size} from '../model.js';
import {type RunScreen, shownStretch} from './run-screen.js';

/** Where the panes of the steps stand; undefined: not on the screen now. Sizes include the pane's title row. */
export type Panes = {
	readonly outline: {readonly columns: number} | undefined;
	readonly step: Area | undefined;
	readonly output: Area | undefined;
};

export type Area = {readonly at: Point; readonly size: Size};

/** From this width on the outline stands beside the step; below it there is one of them at a time. */
const wideColumns = 100;

export function panesOf(screen: RunScreen, size: Size): Panes {
	const isWide = size.columns >= wideColumns;
	const showsOutline = screen.pane === 'outline';
	if (!isWide && showsOutline) {
		return {outline: {columns: size.columns}, step: undefined, output: undefined};
	}
	const outline = isWide ? Math.max(30, Math.min(46, Math.round(size.columns * 0.3))) : 0;
	const right: Area = {at: {x: outline, y: 0}, size: {columns: size.columns - outline, rows: size.rows}};
	return {outline: isWide ? {columns: outline} : undefined, ...split(screen, right)};
}

/** The step above its output, as much of the step as leaves the output two thirds where both are long. */
function split(screen: RunScreen, {at, size}: Area): Pick<Panes, 'step' | 'output'> {
	if (shownStretch(screen) === undefined) {
		return {step: {at, size}, output: undefined};
	}
	if (screen.isZoomed) {
		return {step: undefined, output: {at, size}};
	}
	const rows = Math.max(4, Math.floor(size.rows * (screen.pane === 'step' ? 0.66 : 0.45)));
	return {
		step: {at, size: {columns: size.columns, rows}},
		output: {at: {x: at.x, y: at.y + rows}, size: {columns: size.columns, rows: size.rows - rows}},
	};
}

/** How many lines of output are in view. */
export function outputRows(screen: RunScreen, size: Size): number {
	return Math.max(1, (panesOf(screen, size).output?.size.rows ?? 2) - 1);
}
