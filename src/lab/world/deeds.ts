import {kindOf} from './kinds.js';
import type {HostKind, SavedMember} from './member.js';
import type {PartKind, SavedPart} from './part.js';
import {partKinds} from './parts.js';

/** Who is in a world. */
type Inhabitants = {readonly hosts: readonly SavedMember[]; readonly parts?: readonly SavedPart[]};

/** The `set …` forms that these hosts and parts know. */
export function deedsOf(world: Inhabitants): readonly string[] {
	return [...new Set(kindsOf(world).flatMap(({deeds = []}) => deeds))];
}

/** Whom the words behind `set` are about: the one behind the verb, or behind `on`, as in `set vm NAME on HOST`; not in `set pdl HOST on`. */
export function subjectOf(words: readonly string[]): string {
	const [, named = '', on, host = named] = words;
	return on === 'on' ? host : named;
}

/** A problem with the words behind `set` that can be seen before there is a world; undefined: they can be done. */
export function checkDeed(words: readonly string[], world: Inhabitants): string | undefined {
	const [verb = ''] = words;
	const name = subjectOf(words);
	if (!kindsOf(world).some(kind => knows(kind, verb))) {
		return `Nobody here can set ${verb || 'nothing'}; known are: ${deedsOf(world).join(', ')}`;
	}

	const {hosts, parts = []} = world;
	const kind = kindNamed(name, world);
	if (kind === undefined) {
		// A part that every world has is called as its kind is: nobody has written it down
		const named = parts.filter(part => partKind(part)?.deeds !== undefined && part.name !== part.kind);
		const names = [...hosts, ...named].map(each => each.name);
		return `There is no host ${name || 'without a name'}; there are ${listed(names)}`;
	}

	return knows(kind, verb)
		? kind.checkDeed?.(words)
		: `Nobody can set ${verb} on ${name}, ${whatIs(kind)}; known are: ${kind.deeds?.join(', ') || 'none'}`;
}

function kindNamed(name: string, {hosts, parts = []}: Inhabitants): HostKind | PartKind | undefined {
	const host = hosts.find(each => each.name === name);
	const part = parts.find(each => each.name === name);
	return host !== undefined ? kindOf(host.kind) : part && partKind(part);
}

function kindsOf({hosts, parts = []}: Inhabitants): readonly (HostKind | PartKind)[] {
	return [
		...new Set(hosts.map(({kind}) => kind).flatMap(name => kindOf(name) ?? [])),
		...new Set(parts.flatMap(part => partKind(part) ?? [])),
	];
}

function partKind({kind}: SavedPart): PartKind | undefined {
	return partKinds.find(each => each.kind === kind);
}

function whatIs(kind: HostKind | PartKind): string {
	return 'platform' in kind ? `a host of platform ${kind.platform}` : `of kind ${kind.kind}`;
}

/** > | set cable HOST NIC in|out */
function knows({deeds = []}: HostKind | PartKind, verb: string): boolean {
	return deeds.some(deed => deed.split(' ')[1] === verb);
}

/** > | esxi1, esxi2 and ec1 */
function listed(names: readonly string[]): string {
	return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
