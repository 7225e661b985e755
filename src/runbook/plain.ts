import type {Document, Section} from '../document/document.js';
import {Ids, slugOf} from './ids.js';
import {type PlainEntry, plainEntries} from './plain-entries.js';
import type {ProblemList} from './problem-list.js';
import type {Action, Context, Phase, PhaseId, Runbook, Step} from './runbook.js';
import {shebangOf} from './script.js';

const TIMEOUT_MS = 10 * 60_000;

/**
Compiles a document without our front matter to a guided check list: dialect, section 1.

Headings are phases, list items manual steps, code blocks script steps whose host is asked for. Nothing is a placeholder of
ours, and no comment holds words.
*/
export function compilePlain(document: Document, problems: ProblemList): Runbook {
	const ids = new Ids();
	const phases = phasesOf(document.sections, ids);
	const steps: Step[] = [];
	const closing: Record<PhaseId, readonly Context[]> = {};
	let waiting: Context[] = [];
	for (const [index, section] of document.sections.entries()) {
		const phase = phases.get(section);
		let count = 0;
		for (const entry of plainEntries(section.blocks, problems)) {
			if (entry.kind === 'context') {
				waiting.push(entry.context);
			} else {
				count++;
				const id = ids.make(`${phase?.id ?? 'start'}.${count}`, section.at);
				steps.push(stepOf(entry, id, phase, waiting));
				waiting = [];
			}
		}

		const next = document.sections[index + 1];
		if (waiting.length > 0 && !(next !== undefined && next.depth > section.depth)) {
			closing[phase?.id ?? ''] = waiting;
			waiting = [];
		}
	}

	if (steps.length === 0) {
		const help =
			'Steps are list items and code blocks. A runbook of ours begins with front matter that says `fieldbook: 1`.';
		problems.warning(
			'no-steps',
			{line: 1, column: 1, length: 1},
			'This document has no steps: it is prose alone.',
			help,
		);
	}

	const title = document.sections.find(({depth}) => depth === 1)?.title || document.file;
	return {
		file: document.file,
		title,
		plain: true,
		hosts: [],
		roles: [],
		params: [],
		phases: [...phases.values()],
		steps,
		closing,
	};
}

function phasesOf(sections: readonly Section[], ids: Ids): ReadonlyMap<Section, Phase> {
	const phases = new Map<Section, Phase>();
	const around: Phase[] = [];
	const title = sections.find(({depth}) => depth > 0);
	for (const section of sections.filter(({depth}) => depth > 0)) {
		while ((around.at(-1)?.depth ?? 0) >= section.depth) {
			around.pop();
		}

		const parent = around.at(-1);
		const isUnderTitle = parent === undefined || (title?.depth === 1 && parent === phases.get(title));
		const slug = slugOf(section.title);
		const phase: Phase = {
			id: ids.make(isUnderTitle ? slug : `${parent.id}.${slug}`, section.at),
			title: section.title,
			depth: section.depth,
			parent: parent?.id,
			at: section.at,
			on: undefined,
			when: undefined,
			serial: false,
			each: undefined,
			kind: 'plain',
		};
		phases.set(section, phase);
		around.push(phase);
	}

	return phases;
}

function stepOf(
	entry: Exclude<PlainEntry, {kind: 'context'}>,
	id: string,
	phase: Phase | undefined,
	context: readonly Context[],
): Step {
	const isScript = entry.kind === 'script';
	return {
		id,
		idIsExplicit: false,
		title: entry.title || phase?.title || 'Untitled',
		phase: phase?.id,
		context: isScript ? [...context, ...entry.context] : context,
		gates: [],
		action: actionOf(entry),
		on: isScript ? {kind: 'asked'} : undefined,
		as: undefined,
		after: undefined,
		when: undefined,
		serial: false,
		timeoutMs: isScript ? TIMEOUT_MS : undefined,
		readonly: false,
		check: undefined,
		verify: undefined,
		undo: undefined,
		expect: [],
		captures: undefined,
		unknown: 'ask',
		measure: undefined,
		needs: [],
		optional: false,
		at: isScript ? entry.at : entry.item.at,
	};
}

function actionOf(entry: Exclude<PlainEntry, {kind: 'context'}>): Action {
	if (entry.kind === 'manual') {
		const {markdown} = entry.item;
		return {kind: 'manual', instruction: {source: markdown, parts: [markdown]}, expects: undefined, once: false};
	}

	const {code, shell, unfilled, at} = entry;
	const shebang = shell === 'powershell' ? undefined : shebangOf(code);
	return {
		kind: 'script',
		script: {shell, shebang, template: {source: code, parts: [code]}, ...(unfilled.length === 0 ? {} : {unfilled}), at},
		accepts: {codes: [0]},
		long: false,
		reboot: undefined,
		cut: undefined,
	};
}
