import {type Key, type KeyGroup, key, moveKeys} from '../keys.js';
import type {Modal} from '../modal/modal.js';
import {act, type Model, type Step, stay} from '../model.js';
import {emptyField} from '../text-field.js';
import type {HomeListing, Mode, RunbookListing, RunListing} from '../workbench.js';

export type HomeScreen = {
	readonly kind: 'home';
	/** Undefined until it was read. */
	readonly listing: HomeListing | undefined;
	/** Index into `entriesOf`. */
	readonly chosen: number;
	/** Files of the runbooks whose parts are shown. */
	readonly unfolded: readonly string[];
	readonly mode: Mode;
};

/** What can be chosen, from top to bottom. */
export type Entry =
	| {readonly kind: 'resume'; readonly run: RunListing}
	/** `parts`: how many runbooks it is made of, which may be folded away. */
	| {readonly kind: 'open'; readonly runbook: RunbookListing; readonly parts: number}
	| {readonly kind: 'open-file'}
	| {readonly kind: 'finished'; readonly run: RunListing};

export function homeScreen(mode: Mode): HomeScreen {
	return {kind: 'home', listing: undefined, chosen: 0, unfolded: [], mode};
}

/** The same screen with a fuller listing. What was chosen stays chosen; who has not moved stays at the top. */
export function withListing(screen: HomeScreen, listing: HomeListing): HomeScreen {
	return screen.chosen === 0 ? {...screen, listing} : stillChosen(screen, {...screen, listing});
}

function stillChosen(before: HomeScreen, after: HomeScreen): HomeScreen {
	const entries = entriesOf(after);
	const chosen = entriesOf(before)[before.chosen];
	const at = chosen === undefined ? -1 : entries.findIndex(entry => nameOf(entry) === nameOf(chosen));
	return {...after, chosen: at === -1 ? Math.max(0, Math.min(before.chosen, entries.length - 1)) : at};
}

function nameOf(entry: Entry): string {
	switch (entry.kind) {
		case 'resume':
		case 'finished':
			return entry.run.file;
		case 'open':
			return entry.runbook.file;
		case 'open-file':
			return '';
	}
}

export function entriesOf({listing, unfolded}: HomeScreen): readonly Entry[] {
	if (listing === undefined) {
		return [];
	}
	const shown = listing.runbooks.filter(({partOf}) => partOf === undefined || unfolded.includes(partOf));
	const partsOf = (file: string) => listing.runbooks.filter(({partOf}) => partOf === file).length;
	return [
		...listing.unfinished.map(run => ({kind: 'resume', run}) as const),
		...shown.map(runbook => ({kind: 'open', runbook, parts: partsOf(runbook.file)}) as const),
		{kind: 'open-file'},
		...listing.finished.map(run => ({kind: 'finished', run}) as const),
	];
}

export function homeKeys(model: Model, screen: HomeScreen): KeyGroup {
	const entries = entriesOf(screen);
	const entry = entries[screen.chosen];
	const move = (to: number): Step =>
		stay({...model, screen: {...screen, chosen: Math.max(0, Math.min(entries.length - 1, to))}});
	const other: Mode = screen.mode === 'real' ? 'rehearsal' : 'real';
	return {
		title: 'Home',
		keys: [
			key(['enter'], entryVerb(entry), at => (entry === undefined ? stay(model) : enter(model, screen, entry, at)), {
				unless: entry === undefined ? 'the list is being read' : '',
			}),
			key(['r'], other === 'rehearsal' ? 'rehearse in the lab' : 'run on real hosts', () =>
				stay({...model, screen: {...screen, mode: other}}),
			),
			foldKey(model, screen, entry),
			...moveKeys(screen.chosen, entries.length, move),
		],
	};
}

/** On a part it leads back to the whole. */
function foldKey(model: Model, screen: HomeScreen, entry: Entry | undefined): Key {
	const runbook = entry?.kind === 'open' ? entry.runbook : undefined;
	const whole = runbook?.partOf ?? runbook?.file ?? '';
	const isOpen = screen.unfolded.includes(whole);
	const hasParts = entry?.kind === 'open' && (entry.parts > 0 || runbook?.partOf !== undefined);
	const fold = (): Step => {
		const chosen = entriesOf(screen).findIndex(other => other.kind === 'open' && other.runbook.file === whole);
		const unfolded = isOpen ? screen.unfolded.filter(file => file !== whole) : [...screen.unfolded, whole];
		return stay({...model, screen: {...screen, chosen, unfolded}});
	};
	return key([' ', isOpen ? 'left' : 'right'], isOpen ? 'hide its pages' : 'show its pages', fold, {
		unless: hasParts ? '' : 'it has no pages of its own',
		inFooter: hasParts,
	});
}

function entryVerb(entry: Entry | undefined): string {
	switch (entry?.kind) {
		case undefined:
		case 'open':
		case 'open-file':
			return 'open';
		case 'finished':
			return 'look at it';
		case 'resume':
			return 'resume';
	}
}

function enter(model: Model, screen: HomeScreen, entry: Entry, at: number): Step {
	switch (entry.kind) {
		case 'resume':
			return act(waiting(model, `Opening ${entry.run.title}`), {kind: 'resume', runFile: entry.run.file});
		case 'open':
			return openFile(model, entry.runbook.file, screen.mode);
		case 'open-file':
			return stay({...model, modal: {kind: 'open-file', openedAt: at, field: emptyField, mode: screen.mode}});
		case 'finished':
			return act(waiting(model, `Opening ${entry.run.title}`), {kind: 'review', runFile: entry.run.file});
	}
}

/** `asked` comes back if the file does not open. */
export function openFile(model: Model, file: string, mode: Mode, asked?: Modal): Step {
	return act({...waiting(model, `Reading ${file}`, asked), modal: undefined}, {kind: 'open', file, mode});
}

/** The same model while something is read or begun; what fails leads back to the screen before. */
function waiting(model: Model, what: string, asked?: Modal): Model {
	return {
		...model,
		screen: {kind: 'waiting', what, back: model.screen, ...(asked === undefined ? {} : {asked})},
	};
}
