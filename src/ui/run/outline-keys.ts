import type {PhaseId} from '../../runbook/runbook.js';
import type {OutlineRow} from '../../view/outline.js';
import {bodySize} from '../frame.js';
import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import {undoModal} from '../modal/questions.js';
import {type Model, type Step, stay} from '../model.js';
import {emptyField} from '../text-field.js';
import {above, chosenRow, hasHostRows, needsLook, nextStep, openRows, placeAt, type SeenRow} from './outline.js';
import {chosenAt, type OutlinePlace, type RunScreen, refusal, show} from './run-screen.js';

/** While the filter is typed: letters go into it, and nothing can be run by accident. */
export function filterKeys(model: Model, screen: RunScreen): KeyGroup {
	const rows = openRows(screen, bodySize(model.size).rows - 1);
	const at = chosenRow(rows, screen);
	const move = (to: number) => (): Step => {
		const target = rows[Math.max(0, Math.min(rows.length - 1, to))];
		return target === undefined ? stay(model) : show(model, chosenAt(screen, placeAt(target)));
	};
	return {
		title: 'Filter',
		keys: [
			key(['enter'], 'keep it', () => kept(model, screen)),
			key(['down'], 'next', move(at + 1), {inFooter: false}),
			key(['up'], 'the one before', move(at - 1), {inFooter: false}),
		],
	};
}

/** The keys of the outline: through its rows, into and out of what they hold, and to fewer of them. */
export function outlineKeys(model: Model, screen: RunScreen): KeyGroup {
	const rows = openRows(screen, bodySize(model.size).rows - 1);
	const at = chosenRow(rows, screen);
	const row = rows[at];
	const go = (place: OutlinePlace | undefined, time: number): Step =>
		place === undefined ? stay(model) : choose(model, screen, place, time);
	const move = (to: number): Step => {
		const target = rows[Math.max(0, Math.min(rows.length - 1, to))];
		return target === undefined ? stay(model) : show(model, chosenAt(screen, placeAt(target)));
	};
	return {
		title: 'Outline',
		keys: [
			...foldKeys(model, screen, rows, at, go),
			...(row?.kind === 'phase' ? [undoKey(model, screen, row.id)] : []),
			key(['f'], 'filter…', () =>
				stay({...model, screen: {...screen, isFiltering: true, filter: screen.filter ?? emptyField}}),
			),
			...moveKeys(at, rows.length, move).map(entry => ({
				...entry,
				press: (time: number) => movedBy(entry.press(time), time),
			})),
			key(['-'], 'fold all phases', at => foldAll(model, {...screen, movedAt: at}, row, false), {inFooter: false}),
			key(['+', '='], 'unfold all phases', at => foldAll(model, {...screen, movedAt: at}, row, true), {
				inFooter: false,
			}),
		],
	};
}

function undoKey(model: Model, screen: RunScreen, phase: PhaseId): Key {
	const request = {kind: 'undo-phase', phase} as const;
	return key(['u'], 'undo the phase…', at => stay({...model, modal: undoModal(request, at)}), {
		unless: refusal(screen, request),
	});
}

function kept(model: Model, screen: RunScreen): Step {
	const isEmpty = screen.filter?.graphemes.length === 0;
	return stay({...model, screen: {...screen, isFiltering: false, filter: isEmpty ? undefined : screen.filter}});
}

/** Space opens and closes; the arrows do too, and go on into what is open and out of what is closed. */
function foldKeys(
	model: Model,
	screen: RunScreen,
	rows: readonly SeenRow[],
	at: number,
	go: (place: OutlinePlace | undefined, time: number) => Step,
): readonly Key[] {
	const row = rows[at];
	const outer = above(rows, at);
	const inner = rows[at + 1];
	const isOpen = row !== undefined && inner !== undefined && inner.depth > row.depth;
	const holds = row !== undefined && (row.kind === 'phase' || (row.kind === 'step' && hasHostRows(screen, row.id)));
	const turn = (time: number): Step =>
		row === undefined ? stay(model) : stay({...model, screen: {...turned(screen, row, !isOpen), movedAt: time}});
	const isFiltered = screen.filter !== undefined && row?.kind === 'phase';
	const verb = row?.kind === 'step' ? (isOpen ? 'hide its hosts' : 'its hosts') : isOpen ? 'fold' : 'unfold';
	const unless = isFiltered
		? 'a filter holds'
		: holds
			? ''
			: row?.kind === 'host'
				? 'it is one host'
				: 'it has one host';
	const into = (time: number): Step => (isOpen && inner !== undefined ? go(placeAt(inner), time) : turn(time));
	const out = (time: number): Step => (holds && isOpen && !isFiltered ? turn(time) : go(outer && placeAt(outer), time));
	return [
		...(row?.kind === 'phase' ? [key(['enter', ' '], verb, turn, {unless})] : [key([' '], verb, turn, {unless})]),
		key(['right', 'l'], isOpen ? 'into it' : verb, into, {
			unless: holds ? (isOpen ? '' : unless) : unless,
			inFooter: false,
		}),
		key(['left', 'h'], holds && isOpen ? verb : 'out of it', out, {
			unless: (holds && isOpen) || outer !== undefined ? '' : 'nothing is around it',
			inFooter: false,
		}),
	];
}

function turned(screen: RunScreen, row: SeenRow, open: boolean): RunScreen {
	if (row.kind === 'phase') {
		return {...screen, isOpen: {...screen.isOpen, [row.id]: open}};
	}
	const expanded = new Set(screen.expanded);
	open ? expanded.add(row.id) : expanded.delete(row.id);
	return {...screen, expanded};
}

/** What stood in a phase that folds is chosen no more: the outermost phase around it is. */
function foldAll(model: Model, screen: RunScreen, row: SeenRow | undefined, open: boolean): Step {
	const phases = screen.outline.filter(({kind}) => kind === 'phase');
	const isOpen = Object.fromEntries(phases.map(({id}) => [id, open]));
	const at = screen.outline.findIndex(({id}) => id === row?.id);
	const outermost = screen.outline.slice(0, at + 1).findLast(({kind, depth}) => kind === 'phase' && depth === 0);
	const next = {...screen, isOpen, expanded: open ? screen.expanded : new Set<string>()};
	return stay({
		...model,
		screen: open || outermost === undefined ? next : chosenAt(next, {kind: 'phase', id: outermost.id}),
	});
}

function movedBy(step: Step, at: number): Step {
	const {screen} = step.model;
	return screen.kind === 'run' ? {...step, model: {...step.model, screen: {...screen, movedAt: at}}} : step;
}

/** Goes there, and stays there for a while whatever the run does. What comes up by it counts as new. */
export function choose(model: Model, screen: RunScreen, place: OutlinePlace, at: number): Step {
	return show(model, {...chosenAt(screen, place), movedAt: at, askedAt: at});
}

/** Over the whole outline, also over what is folded: what went wrong, and what waits for a person. */
export function jumpKeys(model: Model, screen: RunScreen): readonly Key[] {
	const jump = (stroke: string, does: string, by: 1 | -1, isWanted: (row: OutlineRow) => boolean, none: string) => {
		const step = nextStep(screen, by, isWanted);
		return key(
			[stroke],
			does,
			at => (step === undefined ? stay(model) : choose(model, screen, {kind: 'step', id: step}, at)),
			{unless: step === undefined ? none : '', inFooter: false},
		);
	};
	const isMine = (row: OutlineRow) => row.isMine;
	return [
		jump('e', 'next failed or unknown step', 1, needsLook, 'nothing else failed or is unknown'),
		jump('E', 'the one before', -1, needsLook, 'nothing else failed or is unknown'),
		jump('m', 'next step that is mine', 1, isMine, 'no other step waits for a person'),
		jump('M', 'the one before', -1, isMine, 'no other step waits for a person'),
	];
}
