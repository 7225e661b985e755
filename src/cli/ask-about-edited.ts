import type {DriftView} from '../view/drift.js';
import type {Decided, FoundEdited} from './edited-runbook.js';
import type {LineInput} from './line-input.js';

type Differing = Extract<FoundEdited, {kind: 'differs'}>;

/** What is said of an edited runbook where nobody is asked: the run keeps its own. */
export function tellOfEdited(edited: FoundEdited): string {
	if (edited.kind === 'told') {
		return `! ${edited.words}`;
	}

	const {isOnlyWords} = edited.view;
	const because = isOnlyWords ? 'Nothing that is executed was changed' : 'Nobody could be asked';
	return [...linesOf(edited.view), `    ${because}: the run keeps its own runbook.`].join('\n');
}

/** Shows what was edited and asks once. Enter keeps what the run has; undefined: the same without a word that it was declined. */
export async function askAboutEdited(edited: Differing, input: LineInput): Promise<Decided | 'leave' | undefined> {
	const {view, adopt, keep} = edited;
	await input.print(linesOf(view).join('\n'));
	await input.print(menu(adopt !== undefined));
	for (;;) {
		const line = await input.read('> ', {hidden: false, signal: new AbortController().signal});
		switch (line?.trim()) {
			case '':
				return adopt === undefined ? undefined : keep;
			case undefined:
			case 'q':
				return 'leave';
			case 'a':
				if (adopt !== undefined) {
					return adopt;
				}
		}

		await input.print(`    That is none of these:\n${menu(adopt !== undefined)}`);
	}
}

function menu(canAdopt: boolean): string {
	return [
		...(canAdopt ? ['    a: adopt the edited runbook'] : []),
		`    Enter: keep what the run has${canAdopt ? ', and do not ask again' : ''}`,
		'    q: leave the run as it is',
	].join('\n');
}

function linesOf({headline, rows, notes, obstacles}: DriftView): readonly string[] {
	return [
		`! ${headline}`,
		...rows.flatMap(({sign, title, where, what, means}) => [
			`    ${sign} ${title}${where}`,
			`        ${what} · ${means}`,
		]),
		...notes.map(note => `    ${note}`),
		...(obstacles.length === 0 ? [] : ['    It cannot be adopted now:', ...obstacles.map(words => `      ${words}`)]),
	];
}
