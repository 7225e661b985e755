import type {StepId} from '../../runbook/runbook.js';
import type {OutlineRow} from '../../view/outline.js';
import {cutLine, justify, type Line, span} from '../line.js';
import type {Theme} from '../theme.js';
import {windowOf} from '../window.js';

/**
The rows of the outline that are seen: all if they fit, else the steps of closed phases are left out.

A phase is open while the choice or the run is in it, so that walking from step to step opens and closes phases.
*/
export function seenRows(
	rows: readonly OutlineRow[],
	chosen: StepId | undefined,
	height: number,
): readonly OutlineRow[] {
	const seen =
		rows.length <= height ? rows : rows.filter((row, index) => isOpen(rows, index, chosen) || row.depth === 0);
	return windowOf(
		seen,
		seen.findIndex(({kind, id}) => kind === 'step' && id === chosen),
		height,
	);
}

/** Every phase around the row is open. */
function isOpen(rows: readonly OutlineRow[], index: number, chosen: StepId | undefined): boolean {
	let depth = rows[index]?.depth ?? 0;
	for (let above = index - 1; above >= 0 && depth > 0; above--) {
		const row = rows[above];
		if (row?.kind === 'phase' && row.depth < depth) {
			if (!row.isCurrent && !holds(rows, above, chosen)) {
				return false;
			}
			depth = row.depth;
		}
	}
	return true;
}

function holds(rows: readonly OutlineRow[], phase: number, chosen: StepId | undefined): boolean {
	const depth = rows[phase]?.depth ?? 0;
	for (const row of rows.slice(phase + 1)) {
		if (row.depth <= depth) {
			return false;
		}
		if (row.kind === 'step' && row.id === chosen) {
			return true;
		}
	}
	return false;
}

export function outlineLine(row: OutlineRow, chosen: StepId | undefined, columns: number, theme: Theme): Line {
	const {marks, glyphs} = theme;
	const isChosen = row.kind === 'step' && row.id === chosen;
	const pointer = span(isChosen ? ` ${marks.pointer}` : row.isCurrent && row.kind === 'step' ? ' >' : '  ', 'pointer');
	const indent = span(' '.repeat(1 + 2 * row.depth));
	const {glyph, tone} = row.look;
	if (row.kind === 'phase') {
		const count = row.settled < row.all ? ` ${row.settled}/${row.all} ` : '';
		const left = [
			pointer,
			indent,
			span(`${glyphs[glyph]} `, tone),
			span(row.title, row.isCurrent ? 'strong' : 'plain'),
		];
		return justify(left, [span(count, 'quiet')], columns, marks.cut);
	}
	const role = isChosen ? 'chosen' : row.status === 'waiting' || row.status === 'skipped' ? 'quiet' : 'plain';
	return cutLine([pointer, indent, span(`${glyphs[glyph]} `, tone), span(row.title, role)], columns - 1, marks.cut);
}
