import type {Problem} from '../document/problem.js';
import {nearest} from '../text/nearest.js';
import {problemList} from './problem-list.js';
import {linkedText} from './render.js';
import type {Runbook, Step} from './runbook.js';

/** Where the marks of a linked file and the `set=` of the step that puts it do not fit: a mark left over, one that is not there. */
export function checkLinkedFile({file}: Runbook, {action, at}: Step, bytes: Uint8Array): readonly Problem[] {
	const problems = problemList(file);
	const text = linkedText(bytes);
	if (action.kind !== 'file' || action.content.kind !== 'linked' || text === undefined) {
		return [];
	}

	const marks = new Set([...text.matchAll(/%%(\w+)%%/g)].map(([, name = '']) => name));
	const set = action.set.map(({name}) => name);
	for (const mark of [...marks].filter(name => !set.includes(name))) {
		const message = `The linked file has a mark %%${mark}%%, and nothing fills it.`;
		problems.error('unfilled-mark', at, message, `Write set="${mark}=…".`);
	}

	for (const name of set.filter(candidate => !marks.has(candidate))) {
		const meant = nearest(name, marks);
		const help = meant === undefined ? 'Take it out of `set`.' : `Did you mean "${meant}"?`;
		problems.error('unknown-mark', at, `The linked file has no mark %%${name}%%.`, help);
	}

	return problems.all();
}
