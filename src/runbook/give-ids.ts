import type {Annotation} from './annotation.js';
import type {StepDraft} from './assemble.js';
import {Ids, slugOf} from './ids.js';
import type {Outline} from './outline.js';
import type {ProblemList} from './problem-list.js';
import type {PhaseId, StepId} from './runbook.js';

export type GivenIds = {
	/** One for each section; empty for what stands before the first heading. */
	readonly phaseIds: readonly PhaseId[];
	/** One for each draft. */
	readonly stepIds: readonly StepId[];
};

/**
Gives each section and step its id: the written one, else the path of headings, for a step with its ordinal.

Written ids are taken first, so that none of them depends on a heading's words.
*/
export function giveIds(outlines: readonly Outline[], drafts: readonly StepDraft[], problems: ProblemList): GivenIds {
	const ids = new Ids();
	const written = new Map<Annotation, string>();
	for (const {annotation} of [...outlines, ...drafts.map(({piece}) => piece)]) {
		const {id} = annotation.values;
		if (id !== undefined && ids.claim(id, annotation.valuePlace('id'), problems)) {
			written.set(annotation, id);
		}
	}

	const phaseIds: PhaseId[] = [];
	for (const outline of outlines) {
		const id = written.get(outline.annotation);
		phaseIds.push(
			outline.section.depth === 0 ? '' : (id ?? ids.make(pathOf(outline, outlines, phaseIds), outline.section.at)),
		);
	}

	const counts = new Map<number, number>();
	const stepIds = drafts.map(({piece: {annotation}, section}) => {
		const count = (counts.get(section) ?? 0) + 1;
		counts.set(section, count);
		return written.get(annotation) ?? ids.make(`${phaseIds[section] || 'start'}.${count}`, annotation.at);
	});
	return {phaseIds, stepIds};
}

/** The document's title is in no path but its own. */
function pathOf({section, parent}: Outline, outlines: readonly Outline[], phaseIds: readonly PhaseId[]): string {
	const slug = slugOf(section.title);
	return parent === undefined || isTitle(parent, outlines) ? slug : `${phaseIds[parent]}.${slug}`;
}

function isTitle(index: number, outlines: readonly Outline[]): boolean {
	const first = outlines.findIndex(({section}) => section.depth > 0);
	return index === first && outlines[index]?.section.depth === 1 && outlines[index]?.annotation.values.id === undefined;
}
