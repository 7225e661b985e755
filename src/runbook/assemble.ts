import type {Compiling} from './compiling.js';
import type {IncludePiece} from './include.js';
import type {Outline} from './outline.js';
import type {Piece} from './pieces.js';
import type {ProblemList} from './problem-list.js';
import type {Context} from './runbook.js';
import {titleOf} from './title.js';

export type StepPiece = Extract<Piece, {kind: 'script' | 'inline-file' | 'linked-file' | 'manual'}>;

type SatellitePiece = Extract<Piece, {kind: 'satellite'}>;

export type ExpectPiece = Extract<Piece, {kind: 'expect'}>;

export type GatePiece = Extract<Piece, {kind: 'gate'}>;

/** A satellite with the lines that its output must have. */
export type SatelliteDraft = {readonly piece: SatellitePiece; readonly expects: ExpectPiece[]};

/** A step with everything that belongs to it, before its words are understood. */
export type StepDraft = {
	readonly piece: StepPiece;
	/** The section it stands in, in the list of all. */
	readonly section: number;
	readonly title: string;
	readonly context: Context[];
	readonly gates: readonly GatePiece[];
	readonly expects: ExpectPiece[];
	readonly satellites: {check?: SatelliteDraft; verify?: SatelliteDraft; undo?: SatelliteDraft};
};

export type Assembled = {
	readonly drafts: readonly StepDraft[];
	/** What stands behind the last step of a section, by section. */
	readonly closing: ReadonlyMap<number, readonly Context[]>;
	/** The satellites under a heading with `ways`, by section: they serve all ways. */
	readonly shared: ReadonlyMap<number, Satellites>;
	readonly includes: readonly IncludeDraft[];
};

/** A link that another runbook stands in place of. */
export type IncludeDraft = {
	readonly piece: IncludePiece;
	/** The section it stands in, in the list of all. */
	readonly section: number;
	/** How many steps stand above it. */
	readonly before: number;
	/** What belongs to the first step of that runbook. */
	readonly context: readonly Context[];
	readonly gates: readonly GatePiece[];
};

/**
Gives each step what belongs to it: the prose and gates above it, the satellites below it.

> | Prose.                  context of the step below, and its title
> | > [!CAUTION] ...        gate of the step below
> | ```sh on=esxi1          the step
> | Already there if:       names the satellite; it ends with a colon
> | ```sh check             belongs to the step above
*/
export function assemble(
	outlines: readonly Outline[],
	sections: ReadonlyArray<readonly Piece[]>,
	{problems}: Compiling,
): Assembled {
	const closing = new Map<number, readonly Context[]>();
	const shared = new Map<number, Satellites>();
	const drafts: StepDraft[] = [];
	const includes: IncludeDraft[] = [];
	const waiting: Waiting = {context: [], gates: []};
	for (const [section, outline] of outlines.entries()) {
		const open: Open = {waiting, satellites: outline.kind === 'ways' ? {} : undefined, introduction: ''};
		for (const piece of sections[section] ?? []) {
			takePiece(piece, open, problems);
			if (isStep(piece)) {
				drafts.push(beginStep(piece, section, outline, open, problems));
			} else if (piece.kind === 'include') {
				includes.push({piece, section, before: drafts.length, ...takeWaiting(open)});
			}

			open.above = piece;
		}

		if (outline.kind === 'ways' && open.satellites !== undefined) {
			shared.set(section, open.satellites);
		}

		if (!outline.leadsOn) {
			closing.set(section, waiting.context.splice(0));
			refuseStrayGates(waiting.gates.splice(0), problems);
		}
	}

	return {drafts, closing, shared, includes};
}

export type Satellites = StepDraft['satellites'];

/** What waits for the next step, also over the end of a section that introduces others. */
type Waiting = {readonly context: Context[]; readonly gates: GatePiece[]};

/** What is known while a section is walked from top to bottom. */
type Open = {
	readonly waiting: Waiting;
	/** Of the last step, or those of a heading with `ways`. */
	satellites: Satellites | undefined;
	step?: StepDraft | undefined;
	/** What `expect` would look at. */
	output?: {readonly expects: ExpectPiece[]} | undefined;
	/** The last paragraph since the last step. */
	introduction: string;
	above?: Piece;
};

function takePiece(piece: Piece, open: Open, problems: ProblemList): void {
	switch (piece.kind) {
		case 'context':
			open.waiting.context.push(piece.context);
			open.introduction = piece.isProse ? piece.text : open.introduction;
			return;
		case 'gate':
			open.waiting.gates.push(piece);
			return;
		case 'satellite':
			takeSatellite(piece, open, problems);
			return;
		case 'expect':
			takeExpect(piece, open, problems);
			return;
		case 'script':
		case 'inline-file':
		case 'linked-file':
		case 'manual':
		case 'include':
		case 'params':
			return;
	}
}

/** What stands below an include belongs to none of the steps above it. */
function takeWaiting(open: Open): Pick<IncludeDraft, 'context' | 'gates'> {
	open.satellites = undefined;
	open.step = undefined;
	open.output = undefined;
	open.introduction = '';
	return {context: open.waiting.context.splice(0), gates: open.waiting.gates.splice(0)};
}

function isStep(piece: Piece): piece is StepPiece {
	return ['script', 'inline-file', 'linked-file', 'manual'].includes(piece.kind);
}

function beginStep(piece: StepPiece, section: number, outline: Outline, open: Open, problems: ProblemList): StepDraft {
	const ownText =
		piece.kind === 'manual' ? piece.item.text : piece.kind === 'linked-file' ? piece.text : open.introduction;
	const title = titleOf(ownText);
	if (title === '' && 'fence' in piece) {
		const help = 'Write a sentence above it: it becomes the title, and on GitHub nobody sees the info string.';
		problems.warning('no-title', piece.fence.at, 'Nothing above this step says what it does.', help);
	}

	const {waiting} = open;
	const step: StepDraft = {
		piece,
		section,
		title: title || outline.section.title || 'Untitled',
		context: waiting.context.splice(0),
		gates: waiting.gates.splice(0),
		expects: [],
		satellites: {},
	};
	open.step = step;
	open.satellites = step.satellites;
	open.output = step;
	open.introduction = '';
	return step;
}

function takeSatellite(piece: SatellitePiece, open: Open, problems: ProblemList): void {
	const {which, fence} = piece;
	const {satellites, above} = open;
	if (!piece.inDetails && !isParagraph(above)) {
		const help = 'Write a line above it, such as "Already there if:".';
		problems.warning('no-introduction', fence.at, `Nothing tells the reader what this \`${which}\` is.`, help);
	}

	giveBack(open);
	if (satellites === undefined) {
		const help = 'It stands right below its step, under the same heading.';
		problems.error('stray-satellite', fence.at, `This \`${which}\` belongs to no step.`, help);
	} else if (satellites[which] !== undefined) {
		problems.error(
			'duplicate-satellite',
			fence.at,
			`The step above has a \`${which}\` already.`,
			'Put both into one fence.',
		);
	} else {
		const draft = {piece, expects: []};
		satellites[which] = draft;
		open.output = draft;
	}
}

function takeExpect(piece: ExpectPiece, open: Open, problems: ProblemList): void {
	giveBack(open);
	if (open.output === undefined) {
		const help = 'They stand right below the fence whose output they are.';
		problems.error('stray-satellite', piece.fence.at, 'These lines are expected of nothing.', help);
		return;
	}

	open.output.expects.push(piece);
}

/** What stands between a step and its satellite is the step's, but for the line that names the satellite. */
function giveBack(open: Open): void {
	const {step, above, waiting} = open;
	open.introduction = '';
	if (step === undefined) {
		return;
	}

	const name = isParagraph(above) && /[:：]$/.test(above.text.trim()) ? above.context : undefined;
	step.context.push(...waiting.context.splice(0).filter(context => context !== name));
}

function isParagraph(piece: Piece | undefined): piece is Extract<Piece, {kind: 'context'}> {
	return piece?.kind === 'context' && piece.isProse;
}

function refuseStrayGates(gates: readonly GatePiece[], problems: ProblemList): void {
	for (const {at} of gates) {
		const help = 'A gate stands before its step; what is only to be known is a `[!NOTE]`.';
		problems.error('stray-gate', at, 'No step follows this alert in its phase: it guards nothing.', help);
	}
}
