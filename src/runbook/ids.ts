import type {Place} from '../document/problem.js';
import type {ProblemList} from './problem-list.js';

/** Words of a heading that go into an id are cut here, so that a whole path still fits a file name on a host. */
const MAX_SLUG = 32;

/**
Gives out ids, each once. Those that the document writes come first; an automatic one that is taken gets `-2`, `-3`, ….
*/
export class Ids {
	readonly #lines = new Map<string, number>();

	/** Takes an id that the document writes. A second one of the same name is a problem, and false. */
	claim(id: string, at: Place, problems: ProblemList): boolean {
		const line = this.#lines.get(id);
		if (line === undefined) {
			this.#lines.set(id, at.line);
		} else {
			problems.error('duplicate-id', at, `The id "${id}" is given twice.`, `It is already on line ${line}.`);
		}

		return line === undefined;
	}

	/** An id that nothing else has. */
	make(wanted: string, at: Place): string {
		let id = wanted;
		for (let count = 2; this.#lines.has(id) || id in {}; count++) {
			id = `${wanted}-${count}`;
		}

		this.#lines.set(id, at.line);
		return id;
	}
}

/** `Setting up ESXi - Network` becomes `setting-up-esxi-network`; a heading without Latin letters or digits, `part`. */
export function slugOf(title: string): string {
	const words = title
		.normalize('NFKD')
		.replaceAll(/\p{M}/gu, '')
		.toLowerCase()
		.split(/[^a-z\d]+/)
		.filter(word => word !== '');
	let slug = '';
	for (const word of words) {
		if (slug !== '' && slug.length + 1 + word.length > MAX_SLUG) {
			break;
		}

		slug = slug === '' ? word.slice(0, MAX_SLUG) : `${slug}-${word}`;
	}

	return slug === '' ? 'part' : slug;
}
