import type {HostName} from '../../runbook/runbook.js';
import {textOf} from '../../text/output-line.js';
import {type DifferenceRow, differenceOf} from '../../view/difference.js';
import {hostWord} from '../../view/names.js';
import {bodySize} from '../frame.js';
import {type KeyGroup, key, moveKeys} from '../keys.js';
import type {Modal} from '../modal/modal.js';
import {type Model, type Step, stay} from '../model.js';
import {hostsInOrder} from './host-layout.js';
import type {OutputView} from './output.js';
import {type RunScreen, show, shownHost, stretchOn, viewOfStretch} from './run-screen.js';

/** The modal in which the host to compare with is chosen. */
export type DifferenceModal = Extract<Modal, {readonly kind: 'difference'}>;

/** The other hosts of the chosen step that have printed something. */
export function hostsToCompare(screen: RunScreen): readonly HostName[] {
	const shown = shownHost(screen, screen.chosen);
	return hostsInOrder(screen).filter(host => host !== shown && stretchOn(screen, host) !== undefined);
}

/** Why there is nothing to compare; empty if there is. */
export function noDifference(screen: RunScreen): string {
	const shown = shownHost(screen, screen.chosen);
	if (hostsInOrder(screen).length < 2) {
		return 'the step has one host';
	}
	if (shown === undefined || stretchOn(screen, shown) === undefined) {
		return `${hostWord(shown ?? '')} has printed nothing`;
	}
	return hostsToCompare(screen).length === 0 ? 'no other host has printed anything' : '';
}

/** Two hosts are held against each other at once; of more, the other one is chosen. */
export function openDifference(model: Model, screen: RunScreen, at: number): Step {
	const others = hostsToCompare(screen);
	const [only] = others;
	return others.length === 1 && only !== undefined
		? compareWith(model, screen, only)
		: stay({...model, modal: {kind: 'difference', chosen: 0, openedAt: at}});
}

export function compareWith(model: Model, screen: RunScreen, host: HostName): Step {
	const shown = shownHost(screen, screen.chosen);
	const one = shown === undefined ? undefined : stretchOn(screen, shown);
	const other = stretchOn(screen, host);
	return one === undefined || other === undefined
		? stay(model)
		: show({...model, modal: undefined}, {...screen, difference: {one, other, top: 0}});
}

/** What differs; undefined until both outputs were read. */
export function shownDifference(screen: RunScreen): readonly DifferenceRow[] | undefined {
	const {difference} = screen;
	const one = viewOfStretch(screen, difference?.one);
	const other = viewOfStretch(screen, difference?.other);
	if (one === undefined || other === undefined) {
		return undefined;
	}
	const read = `${one.bytes} ${other.bytes}`;
	const known = made.get(one);
	if (known?.read === read) {
		return known.rows;
	}
	const rows = differenceOf(one.lines.map(textOf), other.lines.map(textOf));
	made.set(one, {read, rows});
	return rows;
}

/** Made once for the frames between two looks. */
const made = new WeakMap<OutputView, {readonly read: string; readonly rows: readonly DifferenceRow[]}>();

/** Rows of what differs that are in view: under a title and over a legend. */
export function differenceRows(rows: number): number {
	return Math.max(1, rows - 3);
}

export function differenceKeys(model: Model, screen: RunScreen): KeyGroup {
	const rows = shownDifference(screen) ?? [];
	const {difference} = screen;
	const height = differenceRows(bodySize(model.size).rows);
	const last = Math.max(0, rows.length - height);
	const top = Math.min(difference?.top ?? 0, last);
	const move = (to: number): Step =>
		difference === undefined
			? stay(model)
			: stay({...model, screen: {...screen, difference: {...difference, top: Math.max(0, Math.min(last, to))}}});
	const begins = rows.flatMap(({kind}, index) => {
		const isOne = kind === 'one' || kind === 'other';
		const before = rows[index - 1]?.kind;
		return isOne && before !== 'one' && before !== 'other' ? [index] : [];
	});
	const next = begins.find(index => index > top && top < last);
	const previous = begins.findLast(index => index < top);
	return {
		title: 'Difference',
		keys: [
			key(['n'], 'next difference', () => move(next ?? top), {unless: next === undefined ? 'it was the last one' : ''}),
			key(['N'], 'the one before', () => move(previous ?? top), {
				unless: previous === undefined ? 'it was the first one' : '',
				inFooter: false,
			}),
			...moveKeys(top, last + 1, move),
		],
	};
}
